//! A day of numbers, and chance: seeds are printed, one reproduces all.

use engine::api::Layer;
use sim::{Camera, LAYER_TOP, Network, Seats, World};

const SECOND: u64 = 1_000_000;

/// 24 h at 80 ms a packet: sequence numbers wrap 16 times, rollovers count, the 90 kHz clock wraps, picture ids 32 times.
#[test]
fn a_day_goes_by_in_seconds() {
    let mut world = World::new(70);
    world.reached_max = 5_000;
    let publisher = world.add_publisher(Network {
        delay_us: 5_000,
        ..Network::default()
    });
    let camera = world.add_camera(
        publisher,
        Camera {
            layers: 1,
            frame_us: 80_000,
            payload_len: 70,
            temporal: 1,
        },
    );
    let viewer = world.add_subscriber(
        Network {
            delay_us: 5_000,
            ..Network::default()
        },
        Seats::default(),
    );
    world.subscribers[viewer].ask_us = 100_000;
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    for hour in 0..24 {
        // A little loss now and then, so that repairs cross the wraps too.
        let loss = if hour % 3 == 0 { 0.002 } else { 0.0 };
        world.publishers[publisher].end.up.network.loss = loss;
        world.subscribers[viewer].end.down.network.loss = loss;
        world.run(3600 * SECOND);
        world.events.clear();
    }
    let screen = world.screen(viewer, 0);
    println!(
        "{} frames, {} lost, longest freeze {} us",
        screen.frames, screen.lost_frames, screen.longest_freeze_us
    );
    assert!(screen.frames > 1_077_000, "{}", screen.frames);
    assert!(
        screen.longest_freeze_us < 1_000_000,
        "{}",
        screen.longest_freeze_us
    );
    world.finish();
}

/// Whatever the network, the layers and the order of commands: the judge of every subscriber is content.
#[test]
fn chance_finds_no_hole_of_ours() {
    let first = std::env::var("HOMEROOM_SIM_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let count = std::env::var("HOMEROOM_SIM_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(24);
    for seed in first.unwrap_or(1000)..first.unwrap_or(1000) + count {
        println!("HOMEROOM_SIM_SEED={seed}");
        one_class(seed);
    }
}

fn some_network(world: &mut World) -> Network {
    let chance = &mut world.chance;
    Network {
        loss: [0.0, 0.0, 0.02, 0.05, 0.10][chance.below(5) as usize],
        delay_us: 2_000 + chance.below(120_000),
        jitter_us: chance.below(40_000),
        reorders: chance.happens(0.5),
        duplicates: if chance.happens(0.3) { 0.03 } else { 0.0 },
        rate_bps: if chance.happens(0.2) {
            900_000 + chance.below(2_000_000)
        } else {
            0
        },
        queue_us: 200_000,
    }
}

fn one_class(seed: u64) {
    let mut world = World::new(seed);
    let mut cameras = Vec::new();
    let mut microphones = Vec::new();
    for _ in 0..1 + world.chance.below(3) {
        let network = some_network(&mut world);
        let publisher = world.add_publisher(network);
        let layers = 1 + world.chance.below(3) as u8;
        let temporal = 1 + world.chance.below(3) as u8;
        let payload_len = 80 + world.chance.below(300) as usize;
        microphones.push(world.add_microphone(publisher, true));
        cameras.push(world.add_camera(
            publisher,
            Camera {
                layers,
                temporal,
                frame_us: 33_000,
                payload_len,
            },
        ));
    }
    for _ in 0..1 + world.chance.below(3) {
        let network = some_network(&mut world);
        let rtx = world.chance.happens(0.8);
        world.add_subscriber(
            network,
            Seats {
                video: 2,
                loudest: 2,
                rtx,
                ..Seats::default()
            },
        );
    }
    let mut generation = 0;
    for _ in 0..40 {
        generation += 1;
        let viewer = world.chance.below(world.subscribers.len() as u64) as usize;
        let slot = world.chance.below(2) as u16;
        let at = world.chance.below(cameras.len() as u64) as usize;
        let layer = Layer {
            spatial: world.chance.below(3) as u8,
            temporal: world.chance.below(4) as u8,
        };
        match world.chance.below(10) {
            0 => world.set_subscription(viewer, slot, cameras[at], generation, layer, true),
            1 => {
                let muted = world.chance.happens(0.3);
                world.mute(at, cameras[at], muted);
            }
            2 => {
                let muted = world.chance.happens(0.3);
                world.mute(at, microphones[at], muted);
            }
            3 => {
                let now = world.now;
                let number = world.chance.below(3) as u16;
                world.subscribers[viewer].end.move_to(number, now);
            }
            4 => world.publishers[at].tracks[0].talking ^= true,
            5 => {
                let layer = world
                    .chance
                    .below(world.publishers[at].tracks[1].sources.len() as u64)
                    as usize;
                world.publishers[at].tracks[1].sources[layer].active ^= true;
            }
            _ => world.subscribe(viewer, slot, cameras[at], generation, layer),
        }
        let pause = world.chance.below(900_000);
        world.run(pause);
    }
    world.run(4 * SECOND);
    for verdict in world.finish() {
        assert!(verdict.packets > 0 || verdict.repeats == 0);
    }
}
