//! Nanoseconds of the engine per forwarded packet: open once, then select, rewrite, gather and seal for every subscriber. No
//! sockets. `cargo run --release -p homeroom-sim --example forward [subscribers] [packets per frame] [frames]`
//!
//! Wall time of a busy loop; on a shared machine take the smallest of several runs (the rounds below do).

use std::time::Instant;

use engine::api::{Mono, Outbox};
use sim::{Camera, LAYER_TOP, Network, Seats, World};

const ROUNDS: u64 = 7;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap_or(0));
    let subscribers = arguments.next().unwrap_or(100);
    let packets = arguments.next().unwrap_or(5) as u16;
    let frames = arguments.next().unwrap_or(400);
    let mut world = World::new(1);
    let network = Network { delay_us: 0, ..Network::default() };
    let publisher = world.add_publisher(network);
    let camera = world.add_camera(publisher, Camera { layers: 1, payload_len: 1150, ..Camera::default() });
    world.publishers[publisher].tracks[0].sources[0].packets_per_frame = packets;
    for _ in 0..subscribers {
        let subscriber = world.add_subscriber(network, Seats::default());
        world.subscribe(subscriber, 0, camera, 1, LAYER_TOP);
    }
    world.run(1_000_000);

    let mut best_ns = f64::MAX;
    for _ in 0..ROUNDS {
        best_ns = best_ns.min(round(&mut world, publisher, frames));
    }
    let counters = world.engine.counters();
    println!("{subscribers} subscribers, frames of {packets} packets of 1150 B: {best_ns:.0} ns per forwarded packet");
    println!("{} packets out in all, {} refused by the sealer", counters.rtp_out, counters.refuse_seal);
}

/// One round of frames straight into the engine, only its own time counted.
fn round(world: &mut World, publisher: usize, frames: u64) -> f64 {
    let path = world.publishers[publisher].end.path;
    let mut out = Outbox::default();
    let (mut spent_ns, mut sent) = (0u128, 0u64);
    let mut now = world.now;
    for _ in 0..frames {
        now += 33_000;
        let mut outgoing = Vec::new();
        // Also seals on the publisher's side, which is not counted.
        world.publishers[publisher].wake(now, &mut outgoing);
        let mut datagrams: Vec<Vec<u8>> = outgoing.into_iter().map(|outgoing| outgoing.bytes).collect();
        let began = Instant::now();
        for datagram in &mut datagrams {
            world.engine.receive(Mono(now), path, datagram, &mut out);
        }
        world.engine.flush(Mono(now), &mut out);
        spent_ns += began.elapsed().as_nanos();
        sent += out.datagrams.len() as u64;
        out.clear();
        // Subscribers stay alive by their checks; their answers are not counted.
        for subscriber in &mut world.subscribers {
            if now >= subscriber.end.next_check {
                let mut check = subscriber.end.check(now);
                let path = subscriber.end.path;
                world.engine.receive(Mono(now), path, &mut check, &mut out);
            }
        }
        world.engine.tick(Mono(now), &mut out);
        out.clear();
    }
    world.now = now;
    spent_ns as f64 / sent as f64
}
