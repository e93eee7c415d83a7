use super::*;
use engine::api::{TrackKey, TransportStats};

const LOUD: RoomKey = RoomKey(1);
const QUIET: RoomKey = RoomKey(2);

fn live(room: RoomKey, track: u32) -> (Option<RoomKey>, Told) {
    (
        Some(room),
        Told::Engine(Event::TrackLive {
            track: TrackKey(track),
            spatial: 0,
            active: true,
        }),
    )
}

fn speakers(room: RoomKey, level: u8) -> (Option<RoomKey>, Told) {
    (
        Some(room),
        Told::Engine(Event::Speakers {
            room,
            speakers: vec![(TrackKey(1), level)],
        }),
    )
}

fn stats(transport: u32, packets_in: u64) -> (Option<RoomKey>, Told) {
    let stats = TransportStats {
        packets_in,
        ..TransportStats::default()
    };
    (
        Some(LOUD),
        Told::Engine(Event::Stats {
            transport: TransportKey(transport),
            stats,
        }),
    )
}

fn handshake(room: RoomKey) -> (Option<RoomKey>, Told) {
    (
        Some(room),
        Told::Engine(Event::Handshake {
            transport: TransportKey(1),
            datagram: vec![22],
        }),
    )
}

fn drained(queue: &EventQueue) -> Vec<Told> {
    let mut told = Vec::new();
    queue.drain(usize::MAX, &mut told);
    told
}

#[test]
fn the_latest_value_takes_the_place_of_the_older() {
    let queue = EventQueue::new(8);
    queue.push(&mut vec![
        speakers(LOUD, 10),
        live(LOUD, 1),
        speakers(LOUD, 20),
        stats(1, 1),
        stats(1, 2),
    ]);
    let told = drained(&queue);
    assert_eq!(told.len(), 3);
    let Told::Engine(Event::Speakers { speakers, .. }) = &told[0] else {
        panic!("{told:?}")
    };
    assert_eq!(speakers[0].1, 20);
    let Told::Engine(Event::Stats { stats, .. }) = &told[2] else {
        panic!("{told:?}")
    };
    assert_eq!(stats.packets_in, 2);
}

#[test]
fn drains_oldest_first_and_says_when_there_is_more() {
    let queue = EventQueue::new(8);
    queue.push(&mut (0..5).map(|track| live(LOUD, track)).collect());
    let mut told = Vec::new();
    assert!(queue.drain(2, &mut told));
    assert!(!queue.drain(3, &mut told));
    let tracks: Vec<u32> = told
        .iter()
        .map(|told| match told {
            Told::Engine(Event::TrackLive { track, .. }) => track.0,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(tracks, [0, 1, 2, 3, 4]);
}

#[test]
fn one_over_the_limit_ends_the_room_that_floods_not_the_one_that_speaks_last() {
    let queue = EventQueue::new(8);
    assert_eq!(
        queue.push(&mut (0..8).map(|track| live(LOUD, track)).collect()),
        Pushed::default()
    );
    let pushed = queue.push(&mut vec![live(QUIET, 100), live(LOUD, 9)]);
    assert_eq!(pushed.overflowed, [LOUD]);
    queue.push_fault(LOUD, "events were not drained".into());
    let told = drained(&queue);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(matches!(
        told[0],
        Told::Engine(Event::TrackLive {
            track: TrackKey(100),
            ..
        })
    ));
    assert!(matches!(&told[1], Told::RoomFaulted { room: LOUD, .. }));
}

#[test]
fn a_fault_is_told_even_when_the_queue_is_full() {
    let queue = EventQueue::new(2);
    queue.push(&mut vec![live(LOUD, 1), live(LOUD, 2)]);
    queue.push_fault(QUIET, "a bug".into());
    assert_eq!(drained(&queue).len(), 3);
}

#[test]
fn handshakes_leave_room_for_what_must_arrive() {
    let queue = EventQueue::new(8);
    let pushed = queue.push(&mut (0..10).map(|_| handshake(LOUD)).collect());
    assert_eq!((pushed.handshakes_dropped, pushed.overflowed.len()), (4, 0));
    assert_eq!(
        queue.push(&mut vec![live(LOUD, 1), live(LOUD, 2)]),
        Pushed::default()
    );
    assert_eq!(drained(&queue).len(), 8);
}

#[test]
fn what_is_of_no_room_is_dropped_and_counted_when_full() {
    let queue = EventQueue::new(1);
    let failed = || Told::CommandFailed {
        kind: ObjectKind::Room,
        key: 7,
        opening: true,
        error: CommandError::LimitReached,
    };
    let pushed = queue.push(&mut vec![(None, failed()), (None, failed())]);
    assert_eq!((pushed.events_dropped, drained(&queue).len()), (1, 1));
    // The counts went down with the drain: there is room again.
    assert_eq!(queue.push(&mut vec![(None, failed())]), Pushed::default());
}
