//! Breakout groups: who is heard is of one's own group, and a move holds at once.

use engine::api::{Event, TrackKey};
use sim::{Network, Seats, World};

const SECOND: u64 = 1_000_000;
const LOUDEST: u16 = 3;

/// Some who talk all the time, and one listener; publisher n has microphone n.
fn class(seed: u64, talkers: usize) -> (World, Vec<TrackKey>, usize) {
    let mut world = World::new(seed);
    let microphones = (0..talkers)
        .map(|_| {
            let publisher = world.add_publisher(Network::default());
            let key = world.add_microphone(publisher, true);
            world.publishers[publisher].tracks[0].talking = true;
            world.publishers[publisher].tracks[0].level = 25;
            key
        })
        .collect();
    let seats = Seats {
        video: 0,
        loudest: LOUDEST,
        ..Seats::default()
    };
    let listener = world.add_subscriber(Network::default(), seats);
    (world, microphones, listener)
}

fn heard(world: &World, listener: usize) -> Vec<TrackKey> {
    let mut heard: Vec<TrackKey> = (0..LOUDEST)
        .filter_map(|slot| world.mapped(listener, 200 + slot).last()?.1)
        .collect();
    heard.sort();
    heard
}

fn frames(world: &World, listener: usize) -> u64 {
    (0..LOUDEST)
        .map(|slot| world.screen(listener, 200 + slot).frames)
        .sum()
}

fn publish_to(world: &mut World, publisher: usize, group: u16) {
    let transport = world.publishers[publisher].end.transport;
    world.set_group(transport, group);
}

fn listen_to(world: &mut World, listener: usize, group: u16) {
    let transport = world.subscribers[listener].end.transport;
    world.set_group(transport, group);
}

#[test]
fn a_move_changes_who_is_heard_at_once() {
    let (mut world, microphones, listener) = class(70, 4);
    publish_to(&mut world, 2, 7);
    publish_to(&mut world, 3, 7);
    world.run(2 * SECOND);
    assert_eq!(heard(&world, listener), microphones[..2]);

    listen_to(&mut world, listener, 7);
    assert_eq!(heard(&world, listener), [], "not one more packet");
    world.run(100_000);
    assert_eq!(heard(&world, listener), microphones[2..]);

    // somebody joins them, somebody leaves
    publish_to(&mut world, 0, 7);
    publish_to(&mut world, 3, 0);
    assert_eq!(heard(&world, listener), [microphones[2]]);
    world.run(100_000);
    assert_eq!(heard(&world, listener), [microphones[0], microphones[2]]);

    listen_to(&mut world, listener, 9);
    world.run(100_000);
    let before = frames(&world, listener);
    world.run(SECOND);
    assert_eq!(frames(&world, listener), before, "alone in a group");
    for verdict in world.finish() {
        assert_eq!(verdict.upstream_holes, 0);
    }
}

#[test]
fn each_group_is_told_who_speaks_in_it() {
    let (mut world, microphones, _) = class(71, 4);
    for publisher in 2..4 {
        publish_to(&mut world, publisher, 1);
    }
    world.run(2 * SECOND);
    let last = |world: &World, wanted: u16| {
        world
            .events
            .iter()
            .rev()
            .find_map(|(_, event)| match event {
                Event::Speakers {
                    group, speakers, ..
                } if *group == wanted => Some(
                    speakers
                        .iter()
                        .map(|(track, _)| *track)
                        .collect::<Vec<TrackKey>>(),
                ),
                _ => None,
            })
    };
    assert_eq!(last(&world, 0).as_deref(), Some(&microphones[..2]));
    assert_eq!(last(&world, 1).as_deref(), Some(&microphones[2..]));
    // The breakout ends: its last word is that nobody speaks in it.
    for publisher in 2..4 {
        publish_to(&mut world, publisher, 0);
    }
    world.run(SECOND);
    assert_eq!(last(&world, 1).as_deref(), Some(&[][..]));
    assert_eq!(last(&world, 0).map(|speakers| speakers.len()), Some(4));
    world.finish();
}

#[test]
fn a_bound_slot_does_not_ask_for_the_group() {
    let mut world = World::new(72);
    let publisher = world.add_publisher(Network::default());
    let microphone = world.add_microphone(publisher, true);
    let listener = world.add_subscriber(
        Network::default(),
        Seats {
            video: 0,
            bound_audio: 1,
            ..Seats::default()
        },
    );
    let layer = sim::LAYER_TOP;
    world.subscribe(listener, 100, microphone, 1, layer);
    publish_to(&mut world, publisher, 3);
    world.run(SECOND);
    assert!(world.screen(listener, 100).frames > 40);
    world.finish();
}
