//! Layers, sources, mutes and addresses change under a Slot: its numbers, times and pictures go on.

use engine::api::{Command, Event, Layer, SubscriptionKey, TransportState};
use sim::{Camera, LAYER_TOP, Network, Seats, World};

const SECOND: u64 = 1_000_000;
const LAYER_LOW: Layer = Layer {
    spatial: 0,
    temporal: 3,
};

#[test]
fn a_slot_follows_its_layer_limit_at_key_frames() {
    let mut world = World::new(31);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    for (round, spatial) in [2u8, 0, 1, 2, 1, 0].into_iter().enumerate() {
        world.subscribe(
            viewer,
            0,
            camera,
            1,
            Layer {
                spatial,
                temporal: 3,
            },
        );
        world.run(2 * SECOND);
        let screen = world.screen(viewer, 0);
        assert_eq!(screen.shows, Some((camera.0, spatial)), "round {round}");
        assert!(
            screen.longest_freeze_us < 150_000,
            "{}",
            screen.longest_freeze_us
        );
        assert_eq!(screen.lost_frames, 0);
    }
    let verdict = world.finish()[0];
    assert_eq!((verdict.switches, verdict.upstream_holes), (5, 0));
}

#[test]
fn a_storm_of_switches_between_two_cameras_leaves_no_hole() {
    for seed in 40..44 {
        println!("seed {seed}");
        let mut world = World::new(seed);
        let network = Network {
            loss: 0.02,
            jitter_us: 20_000,
            reorders: true,
            ..Network::default()
        };
        let one = world.add_publisher(network);
        let two = world.add_publisher(network);
        let cameras = [
            world.add_camera(
                one,
                Camera {
                    temporal: 3,
                    ..Camera::default()
                },
            ),
            world.add_camera(
                two,
                Camera {
                    temporal: 2,
                    frame_us: 40_000,
                    ..Camera::default()
                },
            ),
        ];
        let viewer = world.add_subscriber(network, Seats::default());
        let mut generation = 0;
        for _ in 0..120 {
            generation += 1;
            let camera = cameras[world.chance.below(2) as usize];
            let layer = Layer {
                spatial: world.chance.below(3) as u8,
                temporal: world.chance.below(3) as u8,
            };
            world.subscribe(viewer, 0, camera, generation, layer);
            let pause = 30_000 + world.chance.below(700_000);
            world.run(pause);
        }
        world.run(3 * SECOND);
        let mapped = world.mapped(viewer, 0);
        assert!(mapped.len() > 20, "{}", mapped.len());
        assert!(
            mapped.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "generations only grow: {mapped:?}"
        );
        assert_eq!(mapped.last().map(|(last, _, _)| *last), Some(generation));
        let verdict = world.finish()[0];
        println!("{verdict:?}");
        assert!(verdict.switches > 30);
    }
}

#[test]
fn the_announced_time_is_that_of_the_first_new_picture() {
    let mut world = World::new(45);
    let one = world.add_publisher(Network::default());
    let two = world.add_publisher(Network::default());
    let cameras = [
        world.add_camera(one, Camera::default()),
        world.add_camera(two, Camera::default()),
    ];
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    for generation in 1..9u32 {
        world.subscribe(
            viewer,
            0,
            cameras[(generation % 2) as usize],
            generation,
            LAYER_TOP,
        );
        world.run(SECOND);
    }
    let mapped = world.mapped(viewer, 0);
    assert_eq!(mapped.len(), 8);
    for pair in mapped.windows(2) {
        let step = pair[1].2.wrapping_sub(pair[0].2);
        assert!(
            (80_000..100_000).contains(&step),
            "about a second of 90 kHz: {step}"
        );
    }
    assert_eq!(world.screen(viewer, 0).tracks_seen.len(), 2);
    world.finish();
}

#[test]
fn a_layer_that_falls_silent_gives_way_and_comes_back() {
    let mut world = World::new(46);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.run(3 * SECOND);
    world.publishers[publisher].tracks[0].sources[2].active = false;
    world.run(4 * SECOND);
    assert_eq!(world.screen(viewer, 0).shows, Some((camera.0, 1)));
    let silent = world.events.iter().any(|(_, event)| {
        matches!(event, Event::TrackLive { track, spatial: 2, active: false } if *track == camera)
    });
    assert!(silent);
    world.publishers[publisher].tracks[0].sources[2].active = true;
    world.run(3 * SECOND);
    assert_eq!(world.screen(viewer, 0).shows, Some((camera.0, 2)));
    assert_eq!(world.finish()[0].upstream_holes, 0);
}

#[test]
fn mute_pause_and_close_are_no_holes() {
    let mut world = World::new(47);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let microphone = world.add_microphone(publisher, true);
    let viewer = world.add_subscriber(
        Network::default(),
        Seats {
            bound_audio: 1,
            ..Seats::default()
        },
    );
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.subscribe(viewer, 100, microphone, 1, LAYER_LOW);
    world.run(2 * SECOND);
    for round in 0..4u32 {
        world.mute(publisher, camera, true);
        world.mute(publisher, microphone, true);
        let before = (
            world.screen(viewer, 0).frames,
            world.screen(viewer, 100).frames,
        );
        world.run(2 * SECOND);
        let during = (
            world.screen(viewer, 0).frames,
            world.screen(viewer, 100).frames,
        );
        assert!(
            during.0 - before.0 < 4 && during.1 - before.1 < 4,
            "round {round}"
        );
        world.mute(publisher, camera, false);
        world.mute(publisher, microphone, false);
        world.run(2 * SECOND);
        let after = (
            world.screen(viewer, 0).frames,
            world.screen(viewer, 100).frames,
        );
        assert!(
            after.0 - during.0 > 45 && after.1 - during.1 > 90,
            "round {round}: {during:?} {after:?}"
        );
        world.set_subscription(viewer, 0, camera, 1, LAYER_TOP, true);
        world.run(SECOND);
        world.set_subscription(viewer, 0, camera, 1, LAYER_TOP, false);
        world.run(SECOND);
    }
    world.command(Command::CloseSubscription(SubscriptionKey(0)));
    world.run(SECOND);
    assert_eq!(
        world.mapped(viewer, 0).last().map(|(_, track, _)| *track),
        Some(None)
    );
    world.subscribe(viewer, 0, camera, 2, LAYER_TOP);
    world.run(SECOND);
    world.command(Command::CloseTrack(camera));
    world.run(SECOND);
    assert_eq!(
        world.mapped(viewer, 0).last().map(|(_, track, _)| *track),
        Some(None)
    );
    let verdict = world.finish()[0];
    assert_eq!((verdict.upstream_holes, verdict.picture_jumps), (0, 0));
}

#[test]
fn who_moves_is_followed_only_after_a_check() {
    let mut world = World::new(48);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.run(3 * SECOND);
    // The subscriber's device changes networks; its old address stays proven, so the new one must be nominated.
    world.subscribers[viewer].end.move_to(1, world.now);
    world.run(4 * SECOND);
    let now = world.now;
    let last = world.screen(viewer, 0).last_decoded_us;
    assert!(
        last.is_some_and(|last| now - last < 100_000),
        "{last:?} {now} {}",
        world.engine.snapshot()
    );
    // The publisher moves; what it sends from the new address before a check is not believed.
    let before = world.engine.counters().drop_unproven_address;
    let mut sealed = vec![
        0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        16,
    ];
    let stranger = engine::api::Path {
        local: [10, 0, 0, 1].into(),
        remote: ([10, 9, 9, 9], 9).into(),
    };
    world.engine.receive(
        engine::api::Mono(world.now),
        stranger,
        &mut sealed,
        &mut world.out,
    );
    assert_eq!(world.engine.counters().drop_unproven_address, before + 1);
    world.publishers[publisher].end.move_to(2, world.now);
    world.run(4 * SECOND);
    let now = world.now;
    assert!(
        world
            .screen(viewer, 0)
            .last_decoded_us
            .is_some_and(|last| now - last < 100_000)
    );
    world.finish();
}

#[test]
fn silence_disconnects_and_then_fails_a_transport() {
    let mut world = World::new(49);
    let publisher = world.add_publisher(Network::default());
    world.run(SECOND);
    world.publishers[publisher].end.up.network.loss = 1.0;
    world.run(40 * SECOND);
    let states: Vec<(u64, TransportState)> = world
        .events
        .iter()
        .filter_map(|(at, event)| match event {
            Event::TransportState { state, .. } => Some((*at / SECOND, *state)),
            _ => None,
        })
        .collect();
    assert_eq!(
        states.iter().map(|(_, state)| *state).collect::<Vec<_>>(),
        [
            TransportState::Connected,
            TransportState::Disconnected,
            TransportState::Failed
        ]
    );
    assert!(
        (6..9).contains(&states[1].0) && (28..32).contains(&states[2].0),
        "{states:?}"
    );
    world.publishers[publisher].end.up.network.loss = 0.0;
    world.run(4 * SECOND);
    assert!(matches!(
        world.events.last(),
        Some((
            _,
            Event::TransportState {
                state: TransportState::Connected,
                ..
            }
        ))
    ));
}

#[test]
fn a_long_outage_ends_with_a_key_frame_and_no_far_hole() {
    let mut world = World::new(53);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.run(3 * SECOND);
    world.publishers[publisher].end.up.network.loss = 1.0;
    world.run(25 * SECOND);
    world.publishers[publisher].end.up.network.loss = 0.0;
    let (frames, lost) = (
        world.screen(viewer, 0).frames,
        world.screen(viewer, 0).lost_frames,
    );
    world.run(3 * SECOND);
    let screen = world.screen(viewer, 0);
    assert!(screen.frames - frames > 45, "{}", screen.frames - frames);
    assert_eq!(screen.lost_frames, lost, "nothing undecodable was sent");
    assert_eq!(world.finish()[0].upstream_holes, 0);
}
