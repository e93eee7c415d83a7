//! The pacer: what leaves at once, what waits, what goes when too much waits.

use engine::api::Mono;
use engine::bwe::{Cluster, ProbePlan};
use engine::pacer::{Class, Config, Exit, FrameKind, Pacer};
use proptest::prelude::*;

const MS: u64 = 1_000;

#[derive(Default)]
struct Out {
    left: Vec<(u32, Option<Cluster>)>,
    dropped: Vec<u32>,
    broken: Vec<u16>,
    padding: u32,
}

impl Exit<u32> for Out {
    fn leave(&mut self, handle: u32, probe: Option<Cluster>) {
        self.left.push((handle, probe));
    }
    fn dropped(&mut self, handle: u32) {
        self.dropped.push(handle);
    }
    fn broken(&mut self, slot: u16) {
        self.broken.push(slot);
    }
    fn padding(&mut self, bytes: u16, _: Cluster) -> u16 {
        self.padding += u32::from(bytes);
        bytes
    }
}

impl Out {
    fn handles(&self) -> Vec<u32> {
        self.left.iter().map(|(handle, _)| *handle).collect()
    }
}

fn video(slot: u16, frame: u32, kind: FrameKind) -> Class {
    Class::Video { slot, frame, kind }
}

/// Offer a frame of `packets` full packets; handles are frame * 100 + n.
fn frame(
    pacer: &mut Pacer<u32>,
    now: Mono,
    slot: u16,
    number: u32,
    kind: FrameKind,
    packets: u32,
    out: &mut Out,
) {
    for n in 0..packets {
        pacer.offer(now, number * 100 + n, 1_200, video(slot, number, kind), out);
    }
}

#[test]
fn a_frame_leaves_at_once_as_a_run_and_a_key_frame_is_paced() {
    let mut out = Out::default();
    let mut pacer = Pacer::new(Config::default(), 1_000_000, Mono(0));
    frame(&mut pacer, Mono(0), 0, 1, FrameKind::Delta, 4, &mut out);
    assert_eq!((out.left.len(), pacer.next_deadline()), (4, None));
    out.left.clear();
    frame(
        &mut pacer,
        Mono(1_000 * MS),
        0,
        2,
        FrameKind::Key,
        30,
        &mut out,
    );
    assert!(out.left.len() <= 1, "{}", out.left.len());
    let mut last = 0;
    for step in 0..400u64 {
        let before = out.left.len();
        pacer.poll(Mono((1_000 + step) * MS), &mut out);
        // 5 ms at 1.25 Mbit/s are 781 bytes: one packet at a time.
        assert!(out.left.len() - before <= 1);
        if out.left.len() > before {
            last = step;
        }
    }
    assert_eq!(out.left.len(), 30);
    assert!(
        (200..250).contains(&last),
        "36 kB at 1.25 Mbit/s take 230 ms: {last}"
    );
}

#[test]
fn a_voice_is_never_behind_a_picture() {
    let mut out = Out::default();
    let mut pacer = Pacer::new(Config::default(), 300_000, Mono(0));
    frame(&mut pacer, Mono(0), 0, 1, FrameKind::Key, 40, &mut out);
    let before = out.left.len();
    pacer.offer(Mono(0), 7, 142, Class::Audio, &mut out);
    assert_eq!(
        (out.left.len(), out.left.last()),
        (before + 1, Some(&(7, None)))
    );
}

#[test]
fn a_key_frame_of_one_slot_does_not_hold_up_another() {
    let mut out = Out::default();
    let mut pacer = Pacer::new(Config::default(), 500_000, Mono(0));
    frame(&mut pacer, Mono(0), 3, 1, FrameKind::Key, 60, &mut out);
    frame(&mut pacer, Mono(0), 0, 2, FrameKind::Delta, 2, &mut out);
    for step in 1..200u64 {
        pacer.poll(Mono(step * MS), &mut out);
    }
    let second = out
        .handles()
        .iter()
        .position(|handle| *handle == 201)
        .expect("left");
    assert!(second < 12, "after {second} packets");
}

#[test]
fn too_much_drops_whole_frames_what_nobody_needs_first() {
    let mut out = Out::default();
    let config = Config {
        packets_max: 16,
        ..Config::default()
    };
    let mut pacer = Pacer::new(config, 100_000, Mono(0));
    frame(&mut pacer, Mono(0), 0, 1, FrameKind::Delta, 2, &mut out); // Leaves (burst); the debt stands.
    let at_once = out.left.len();
    frame(&mut pacer, Mono(0), 0, 2, FrameKind::Delta, 4, &mut out);
    frame(
        &mut pacer,
        Mono(0),
        0,
        3,
        FrameKind::Discardable,
        4,
        &mut out,
    );
    frame(&mut pacer, Mono(0), 0, 4, FrameKind::Delta, 4, &mut out);
    frame(&mut pacer, Mono(0), 1, 5, FrameKind::Delta, 4, &mut out);
    assert_eq!(
        out.dropped,
        [300, 301, 302, 303],
        "the discardable frame, whole"
    );
    assert!(out.broken.is_empty());
    frame(&mut pacer, Mono(0), 1, 6, FrameKind::Delta, 4, &mut out);
    assert_eq!(
        out.dropped.len(),
        12,
        "the oldest whole frame goes, with what refers to it: {:?}",
        out.dropped
    );
    assert_eq!(out.broken, [0]);
    out.dropped.clear();
    frame(&mut pacer, Mono(0), 0, 7, FrameKind::Delta, 1, &mut out);
    assert_eq!(
        out.dropped,
        [700],
        "nothing but a key frame makes sense now"
    );
    frame(&mut pacer, Mono(0), 0, 8, FrameKind::Key, 1, &mut out);
    frame(&mut pacer, Mono(0), 0, 9, FrameKind::Delta, 1, &mut out);
    for step in 1..5_000u64 {
        pacer.poll(Mono(step * MS), &mut out);
    }
    let left = out.handles();
    assert!(left.contains(&800) && left.contains(&900), "{left:?}");
    assert_eq!(left.len(), at_once + 1 + 4 + 4 + 2, "{left:?}");
}

#[test]
fn a_key_frame_makes_what_waits_before_it_needless() {
    let mut out = Out::default();
    let mut pacer = Pacer::new(Config::default(), 100_000, Mono(0));
    frame(&mut pacer, Mono(0), 0, 1, FrameKind::Delta, 1, &mut out);
    frame(&mut pacer, Mono(0), 0, 2, FrameKind::Delta, 3, &mut out);
    frame(&mut pacer, Mono(0), 0, 3, FrameKind::Key, 2, &mut out);
    assert_eq!(out.dropped, [200, 201, 202]);
    for step in 1..5_000u64 {
        pacer.poll(Mono(step * MS), &mut out);
    }
    assert_eq!(out.handles(), [100, 300, 301]);
}

#[test]
fn a_probe_runs_at_its_rate_with_media_first() {
    let mut out = Out::default();
    let mut pacer = Pacer::new(Config::default(), 300_000, Mono(0));
    frame(&mut pacer, Mono(0), 0, 1, FrameKind::Key, 3, &mut out);
    let before = out.left.len();
    let plan = ProbePlan {
        cluster: Cluster(9),
        target_bps: 2_000_000,
        bytes_min: 5_000,
        packets_min: 6,
    };
    pacer.probe(plan, Mono(0));
    let mut done = 0;
    for step in 0..100u64 {
        let sent = (out.left.len(), out.padding);
        pacer.poll(Mono(step * MS), &mut out);
        if sent != (out.left.len(), out.padding) {
            done = step;
        }
    }
    let tagged = out.left[before..]
        .iter()
        .filter(|(_, probe)| *probe == Some(Cluster(9)))
        .count();
    assert!(tagged >= 2, "media goes first: {:?}", out.left);
    assert!(out.padding >= 5_000 - 3 * 1_200, "{}", out.padding);
    assert!(
        (15..=25).contains(&done),
        "5,000 bytes at 2 Mbit/s take 20 ms: {done}"
    );
    assert_eq!(pacer.next_deadline(), None);
}

#[test]
fn repairs_do_not_pile_up() {
    let mut out = Out::default();
    let mut pacer = Pacer::new(Config::default(), 300_000, Mono(0));
    for n in 0..200 {
        pacer.offer(Mono(0), n, 1_200, Class::Repair, &mut out);
    }
    assert!(pacer.backlog_bytes() <= 6_000, "{}", pacer.backlog_bytes());
    assert_eq!(
        out.left.len() + out.dropped.len() + pacer.backlog_bytes() / 1_200,
        200
    );
    assert_eq!(pacer.counters().repairs_dropped, out.dropped.len() as u64);
}

#[derive(Clone, Debug)]
enum Act {
    Frame {
        slot: u16,
        kind: FrameKind,
        packets: u32,
    },
    Voice,
    Repair,
    Pass(u64),
    Clear(u16),
    Probe,
}

fn act() -> impl Strategy<Value = Act> {
    let kind = prop_oneof![
        Just(FrameKind::Key),
        Just(FrameKind::Delta),
        Just(FrameKind::Delta),
        Just(FrameKind::Discardable)
    ];
    prop_oneof![
        4 => (0u16..4, kind, 1u32..12).prop_map(|(slot, kind, packets)| Act::Frame { slot, kind, packets }),
        2 => Just(Act::Voice),
        1 => Just(Act::Repair),
        3 => (0u64..30).prop_map(Act::Pass),
        1 => (0u16..4).prop_map(Act::Clear),
        1 => Just(Act::Probe),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing is lost or doubled, the bounds hold, order is kept within a slot, and no frame leaves after one that it may refer
    /// to was dropped.
    #[test]
    fn every_packet_leaves_once_or_is_dropped(acts in proptest::collection::vec(act(), 1..120), bps in 50_000u32..4_000_000) {
        let config = Config { slots: 4, packets_max: 24, repairs_max: 16, ..Config::default() };
        let mut pacer = Pacer::new(config, bps, Mono(0));
        let mut out = Out::default();
        let (mut now, mut next, mut number) = (0u64, 0u32, 0u32);
        // By handle: slot, frame, kind, offer in the slot's present life.
        let mut known: Vec<Option<(u16, u32, FrameKind, u32)>> = Vec::new();
        let mut lives = [0u32; 4];
        for act in acts {
            match act {
                Act::Frame { slot, kind, packets } => {
                    number += 1;
                    for _ in 0..packets {
                        known.push(Some((slot, number, kind, lives[usize::from(slot)])));
                        pacer.offer(Mono(now), next, 1_000, video(slot, number, kind), &mut out);
                        next += 1;
                    }
                }
                Act::Voice => {
                    known.push(None);
                    let before = out.left.len();
                    pacer.offer(Mono(now), next, 140, Class::Audio, &mut out);
                    prop_assert_eq!(out.left.len(), before + 1);
                    next += 1;
                }
                Act::Repair => {
                    known.push(None);
                    pacer.offer(Mono(now), next, 1_000, Class::Repair, &mut out);
                    next += 1;
                }
                Act::Pass(ms) => {
                    for _ in 0..ms {
                        now += MS;
                        pacer.poll(Mono(now), &mut out);
                    }
                }
                Act::Clear(slot) => {
                    pacer.clear_slot(slot, &mut out);
                    lives[usize::from(slot)] += 1;
                }
                Act::Probe => {
                    let plan = ProbePlan { cluster: Cluster(1), target_bps: bps * 2, bytes_min: 3_000, packets_min: 6 };
                    pacer.probe(plan, Mono(now));
                }
            }
            prop_assert!(pacer.backlog_bytes() <= (24 + 16) * 1_000);
        }
        for _ in 0..20_000 {
            now += MS;
            pacer.poll(Mono(now), &mut out);
        }
        prop_assert_eq!(pacer.backlog_bytes(), 0);
        prop_assert_eq!(pacer.next_deadline(), None);
        let mut all: Vec<u32> = out.handles();
        all.extend(&out.dropped);
        all.sort_unstable();
        prop_assert_eq!(all, (0..next).collect::<Vec<u32>>());
        for slot in 0..4u16 {
            let left: Vec<(u32, u32, FrameKind, u32)> = out.handles().iter()
                .filter_map(|handle| known[*handle as usize].filter(|k| k.0 == slot).map(|k| (*handle, k.1, k.2, k.3)))
                .collect();
            prop_assert!(left.windows(2).all(|w| w[0].0 < w[1].0), "order within a slot");
            let whole = |number: u32| {
                let offered = known.iter().flatten().filter(|k| k.1 == number).count();
                left.iter().filter(|l| l.1 == number).count() == offered
            };
            let mut sound = [true; 200];
            for (_, number, kind, life) in &left {
                let life = *life as usize;
                if *kind == FrameKind::Key {
                    sound[life] = true;
                }
                // Since the last key frame of this life every delta frame that was offered has left whole.
                let since = known.iter().flatten().filter(|k| k.0 == slot && k.3 as usize == life && k.1 <= *number && k.2 == FrameKind::Key).map(|k| k.1).max().unwrap_or(0);
                let missing = known.iter().flatten()
                    .any(|k| k.0 == slot && k.3 as usize == life && k.1 > since && k.1 < *number && k.2 == FrameKind::Delta && !whole(k.1));
                prop_assert!(!missing || *kind == FrameKind::Key || known.iter().flatten().any(|k| k.0 == slot && k.3 as usize > life), "frame {number} of slot {slot} without what it refers to");
            }
        }
    }
}
