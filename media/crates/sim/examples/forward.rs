//! Nanoseconds of the engine per forwarded packet: open once, then select, rewrite, gather and seal for every subscriber. No
//! sockets. `cargo run --release -p homeroom-sim --example forward [subscribers] [packets per frame] [frames]`
//!
//! CPU time from the scheduler, which ticks in milliseconds: a round must last long against that. The smallest of several
//! rounds is printed, since whoever shares the machine only adds.

use engine::api::{Mono, Outbox};
use sim::{Camera, LAYER_TOP, Network, Seats, World};

const ROUNDS: u64 = 7;
/// Consent must last over a round: 30 s at 33 ms a frame.
const FRAMES_MAX: u64 = 800;

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|text| text.parse::<u64>().unwrap_or(0));
    let subscribers = arguments.next().unwrap_or(100);
    let packets = arguments.next().unwrap_or(5) as u16;
    let frames = arguments.next().unwrap_or(400);
    let mut world = World::new(1);
    let network = Network {
        delay_us: 0,
        ..Network::default()
    };
    let publisher = world.add_publisher(network);
    let camera = world.add_camera(
        publisher,
        Camera {
            layers: 1,
            payload_len: 1150,
            ..Camera::default()
        },
    );
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
    println!(
        "{subscribers} subscribers, frames of {packets} packets of 1150 B: {best_ns:.0} ns per forwarded packet"
    );
    println!(
        "{} packets out in all, {} refused by the sealer",
        counters.rtp_out, counters.refuse_seal
    );
}

/// One round of frames straight into the engine; only its own work is counted.
fn round(world: &mut World, publisher: usize, frames: u64) -> f64 {
    let mut out = Outbox::default();
    let mut now = world.now;
    // Consent first, so that none is needed on the way.
    for subscriber in &mut world.subscribers {
        let mut check = subscriber.end.check(now);
        world
            .engine
            .receive(Mono(now), subscriber.end.path, &mut check, &mut out);
    }
    out.clear();
    let mut batches: Vec<(u64, Vec<Vec<u8>>)> = Vec::new();
    for _ in 0..frames.min(FRAMES_MAX) {
        now += 33_000;
        let mut outgoing = Vec::new();
        world.publishers[publisher].wake(now, &mut outgoing);
        batches.push((
            now,
            outgoing
                .into_iter()
                .map(|outgoing| outgoing.bytes)
                .collect(),
        ));
    }
    let path = world.publishers[publisher].end.path;
    let mut sent = 0u64;
    let began = cpu_ns();
    for (now, datagrams) in &mut batches {
        for datagram in datagrams {
            world.engine.receive(Mono(*now), path, datagram, &mut out);
        }
        world.engine.flush(Mono(*now), &mut out);
        sent += out.datagrams.len() as u64;
        out.clear();
    }
    let spent_ns = cpu_ns() - began;
    world.engine.tick(Mono(now), &mut out);
    world.now = now;
    spent_ns as f64 / sent as f64
}

/// CPU time of this process so far: on a shared machine, wall time says little.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_whitespace()
        .next()
        .and_then(|first| first.parse().ok())
        .unwrap_or(0)
}
