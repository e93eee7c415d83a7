//! Who is heard, and whether sound and picture stay together.

use engine::api::{Event, Layer, TrackKey};
use sim::{Camera, LAYER_TOP, Network, Seats, World};

const SECOND: u64 = 1_000_000;
const SOUND: Layer = Layer {
    spatial: 0,
    temporal: 0,
};

fn heard(world: &World, subscriber: usize, slots: u16) -> Vec<Option<TrackKey>> {
    (0..slots)
        .map(|slot| {
            world
                .mapped(subscriber, 200 + slot)
                .last()
                .and_then(|(_, track, _)| *track)
        })
        .collect()
}

fn speak(world: &mut World, publisher: usize, talking: bool) {
    world.publishers[publisher].tracks[0].talking = talking;
    world.publishers[publisher].tracks[0].level = 25;
}

#[test]
fn with_slots_for_all_everyone_is_heard_but_oneself_and_the_pinned() {
    let mut world = World::new(60);
    let microphones: Vec<TrackKey> = (0..4)
        .map(|_| {
            let publisher = world.add_publisher(Network::default());
            world.add_microphone(publisher, true)
        })
        .collect();
    let seats = Seats {
        video: 0,
        bound_audio: 1,
        loudest: 4,
        participant: 2,
        ..Seats::default()
    };
    let listener = world.add_subscriber(Network::default(), seats);
    world.subscribe(listener, 100, microphones[0], 1, SOUND);
    world.run(3 * SECOND);
    let mut tracks: Vec<TrackKey> = heard(&world, listener, 4).into_iter().flatten().collect();
    tracks.sort();
    assert_eq!(tracks, [microphones[1], microphones[3]]);
    assert!(world.screen(listener, 100).frames > 100);
    let events = world.mapped(listener, 200).len() + world.mapped(listener, 201).len();
    assert_eq!(events, 2, "nothing moves when there is room for all");
    world.finish();
}

#[test]
fn the_loudest_take_the_slots_and_silence_keeps_them() {
    let mut world = World::new(61);
    let microphones: Vec<TrackKey> = (0..12)
        .map(|_| {
            let publisher = world.add_publisher(Network::default());
            world.add_microphone(publisher, true)
        })
        .collect();
    let seats = Seats {
        video: 0,
        loudest: 3,
        ..Seats::default()
    };
    let listeners: Vec<usize> = (0..3)
        .map(|_| world.add_subscriber(Network::default(), seats))
        .collect();
    world.run(2 * SECOND);
    for round in 0..10usize {
        let speaker = (round * 5) % 12;
        speak(&mut world, speaker, true);
        world.run(400_000);
        for listener in &listeners {
            let heard = heard(&world, *listener, 3);
            assert!(
                heard.contains(&Some(microphones[speaker])),
                "round {round}: {heard:?}"
            );
        }
        world.run(2 * SECOND);
        speak(&mut world, speaker, false);
        world.run(2 * SECOND);
        let quiet: Vec<_> = listeners
            .iter()
            .map(|listener| heard(&world, *listener, 3))
            .collect();
        assert!(
            quiet
                .iter()
                .all(|heard| heard.contains(&Some(microphones[speaker]))),
            "silence keeps the slot"
        );
    }
    let told: Vec<(u64, &Vec<(TrackKey, u8)>)> = world
        .events
        .iter()
        .filter_map(|(at, event)| {
            if let Event::Speakers { speakers, .. } = event {
                Some((*at, speakers))
            } else {
                None
            }
        })
        .collect();
    assert!(
        told.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 200_000),
        "at most each 200 ms"
    );
    assert!(told.len() >= 20 && told.len() < 120, "{}", told.len());
    assert!(
        told.iter()
            .any(|(_, speakers)| speakers.first().map(|first| first.0) == Some(microphones[0]))
    );
    for verdict in world.finish() {
        assert_eq!(verdict.upstream_holes, 0);
    }
}

#[test]
fn a_bound_track_leaves_the_loudest_slots() {
    let mut world = World::new(62);
    let publisher = world.add_publisher(Network::default());
    let microphone = world.add_microphone(publisher, true);
    let seats = Seats {
        video: 0,
        bound_audio: 1,
        loudest: 2,
        ..Seats::default()
    };
    let listener = world.add_subscriber(Network::default(), seats);
    world.run(SECOND);
    assert!(heard(&world, listener, 2).contains(&Some(microphone)));
    world.subscribe(listener, 100, microphone, 1, SOUND);
    world.run(SECOND);
    assert_eq!(heard(&world, listener, 2), [None, None]);
    assert_eq!(
        world.mapped(listener, 100).last().map(|told| told.1),
        Some(Some(microphone))
    );
    world.finish();
}

#[test]
fn sound_and_picture_of_one_publisher_share_one_clock() {
    for seed in 63..67 {
        println!("seed {seed}");
        let mut world = World::new(seed);
        let network = Network {
            delay_us: 30_000,
            jitter_us: 30_000,
            loss: 0.01,
            ..Network::default()
        };
        let publisher = world.add_publisher(network);
        world.publishers[publisher].clock_skew_us = world.chance.below(9_000_000_000_000);
        let microphone = world.add_microphone(publisher, true);
        let camera = world.add_camera(publisher, Camera::default());
        // A picture takes longer to encode than sound: only sender reports can tell.
        world.publishers[publisher].tracks[1].encode_us = 80_000;
        let viewer = world.add_subscriber(
            network,
            Seats {
                bound_audio: 1,
                ..Seats::default()
            },
        );
        world.subscribe(viewer, 100, microphone, 1, SOUND);
        for round in 0..6u8 {
            world.subscribe(
                viewer,
                0,
                camera,
                1,
                Layer {
                    spatial: round % 3,
                    temporal: 3,
                },
            );
            world.run(3 * SECOND);
            let picture = world.screen(viewer, 0).sync_us;
            let sound = world.screen(viewer, 100).sync_us;
            let skew = picture
                .zip(sound)
                .map(|(picture, sound)| (picture - sound).abs());
            println!("round {round}: picture {picture:?} us, sound {sound:?} us");
            assert!(
                skew.is_some_and(|skew| skew < 20_000),
                "{picture:?} {sound:?}"
            );
        }
        world.subscribe(viewer, 0, camera, 2, LAYER_TOP);
        world.run(SECOND);
        world.finish();
    }
}
