//! Looks at every datagram the engine emits, before the network touches it, and holds it to the promises:
//! no nonce twice, no hole of the engine's making, time and picture ids in order.

use std::collections::{BTreeMap, HashMap, HashSet};

use engine::api::SrtpKeys;
use engine::srtp::{Opener, contexts};
use wire::rtp::rtx;
use wire::{RtpTime, Ssrc};

use crate::stamp::Stamp;

/// Numbers of a Slot that stay open for late fills; older ones are judged.
const OPEN: u64 = 700;

/// What left under one number of a Slot.
#[derive(Clone, Copy, Debug)]
enum Left {
    /// With the time at which it left.
    Media {
        stamp: Stamp,
        time: RtpTime,
        ids: Option<(u16, u8)>,
        at: u64,
    },
    Empty,
}

/// Picture id and TL0PICIDX.
type Ids = Option<(u16, u8)>;
/// A number, and the newest media up to it.
type Judged = Option<(u64, Option<(Stamp, RtpTime, Ids)>)>;

#[derive(Default)]
struct SlotView {
    video: bool,
    left: BTreeMap<u64, Left>,
    /// The newest that was judged.
    judged: Judged,
}

/// What a Slot's numbers have shown so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub packets: u64,
    pub empties: u64,
    pub repeats: u64,
    /// Numbers never used, each owed to a packet that never reached the engine.
    pub upstream_holes: u64,
    pub switches: u64,
    /// Picture ids that did not follow the one before.
    pub picture_jumps: u64,
}

/// Source packets that reached the engine, and when, by (track, layer).
pub type Reached = HashMap<(u32, u8), BTreeMap<u64, u64>>;

/// Watches one subscribe transport.
pub struct Judge {
    opener: Opener,
    sealed: HashSet<(u32, u64)>,
    slots: HashMap<u32, SlotView>,
    /// RTX SSRC to media SSRC.
    rtx: HashMap<u32, u32>,
    pub verdict: Verdict,
}

impl Judge {
    /// With the client's keys.
    pub fn new(client: &SrtpKeys) -> Self {
        let (_, opener) =
            contexts(client).unwrap_or_else(|_| panic!("made keys fit their profile"));
        Self {
            opener,
            sealed: HashSet::new(),
            slots: HashMap::new(),
            rtx: HashMap::new(),
            verdict: Verdict::default(),
        }
    }

    pub fn expect_slot(&mut self, ssrc: u32, rtx_ssrc: Option<u32>, video: bool) {
        self.slots.insert(
            ssrc,
            SlotView {
                video,
                ..SlotView::default()
            },
        );
        if let Some(rtx_ssrc) = rtx_ssrc {
            self.rtx.insert(rtx_ssrc, ssrc);
        }
    }

    /// One emitted datagram.
    pub fn see(&mut self, now: u64, datagram: &[u8], reached: &Reached) {
        if wire::demux(datagram) != wire::DatagramKind::Rtp {
            return;
        }
        let mut bytes = datagram.to_vec();
        let opened = match self.opener.open_rtp(&mut bytes) {
            Ok(opened) => opened,
            Err(error) => panic!("what the engine sealed does not open: {error:?}"),
        };
        let Ssrc(ssrc) = opened.header.ssrc;
        assert!(
            self.sealed.insert((ssrc, opened.index.0)),
            "SSRC {ssrc:#x}, index {} was sealed twice",
            opened.index.0
        );
        let packet = &bytes[..opened.len];
        let payload = opened
            .header
            .payload(packet)
            .unwrap_or_else(|error| panic!("{error}"));
        if let Some(media) = self.rtx.get(&ssrc).copied() {
            self.see_repeat(media, payload, opened.header.time);
            return;
        }
        let Some(slot) = self.slots.get_mut(&ssrc) else {
            panic!("SSRC {ssrc:#x} is of no Slot")
        };
        let left = if payload.is_empty() {
            self.verdict.empties += 1;
            Left::Empty
        } else {
            self.verdict.packets += 1;
            let Some(stamp) = Stamp::read(slot.video, payload) else {
                panic!("payload was changed")
            };
            let ids = if slot.video {
                Stamp::running_ids(payload)
            } else {
                None
            };
            Left::Media {
                stamp,
                time: opened.header.time,
                ids,
                at: now,
            }
        };
        slot.left.insert(opened.index.0, left);
        let newest = slot.left.last_key_value().map_or(0, |(number, _)| *number);
        self.judge_up_to(ssrc, newest.saturating_sub(OPEN), reached);
        if self.sealed.len() > 200_000 {
            self.sealed
                .retain(|(other, number)| *other != ssrc || *number + 20_000 > newest);
        }
    }

    /// RTX must carry exactly what its number carried.
    fn see_repeat(&mut self, media: u32, payload: &[u8], time: RtpTime) {
        self.verdict.repeats += 1;
        let Some(slot) = self.slots.get(&media) else {
            panic!("RTX of no Slot")
        };
        let low = wire::bytes::u16_at(payload, 0).unwrap_or_else(|| panic!("RTX without a number"));
        let Some((number, left)) = slot
            .left
            .iter()
            .rev()
            .find(|(number, _)| **number as u16 == low)
        else {
            return;
        };
        match (left, rtx::parse(payload)) {
            (
                Left::Media {
                    stamp,
                    time: first,
                    ids,
                    ..
                },
                Some((_, original)),
            ) => {
                assert_eq!(
                    Stamp::read(slot.video, original),
                    Some(*stamp),
                    "repeat of {number}"
                );
                assert_eq!(
                    Stamp::running_ids(original).filter(|_| slot.video),
                    *ids,
                    "repeat of {number}"
                );
                assert_eq!(time, *first, "repeat of {number}");
            }
            (Left::Empty, None) => {}
            (left, _) => panic!("number {number} carried {left:?}, its repeat something else"),
        }
    }

    fn judge_up_to(&mut self, ssrc: u32, end: u64, reached: &Reached) {
        let Some(slot) = self.slots.get_mut(&ssrc) else {
            return;
        };
        while let Some((number, left)) = slot
            .left
            .first_key_value()
            .map(|(number, left)| (*number, *left))
        {
            if number > end {
                break;
            }
            // Only looked at when something is odd: it walks over all that is open.
            let until = if follows(&slot.judged, number, &left) {
                0
            } else {
                stretch_end(&slot.left)
            };
            slot.left.remove(&number);
            judge_one(
                &mut slot.judged,
                number,
                left,
                until,
                reached,
                &mut self.verdict,
            );
        }
    }

    /// The run is over: judge what is still open.
    pub fn finish(&mut self, reached: &Reached) -> Verdict {
        let slots: Vec<u32> = self.slots.keys().copied().collect();
        slots
            .into_iter()
            .for_each(|ssrc| self.judge_up_to(ssrc, u64::MAX, reached));
        self.verdict
    }
}

/// Whether a packet follows the judged one without any gap.
fn follows(judged: &Judged, number: u64, left: &Left) -> bool {
    let (Some((before, Some((_, _, old)))), Left::Media { ids, .. }) = (judged, left) else {
        return false;
    };
    let step = ids
        .zip(*old)
        .map_or(0, |((id, _), (old, _))| id.wrapping_sub(old) & 0x7fff);
    number == before + 1 && step <= 1
}

/// When the oldest open packet's source last fed the Slot. What reaches the engine after that is owed to nobody: the Slot is
/// paused, muted, or shows something else.
fn stretch_end(left: &BTreeMap<u64, Left>) -> u64 {
    let mut before: Option<(u64, Stamp)> = None;
    let mut end = 0;
    for (number, left) in left {
        let Left::Media { stamp, at, .. } = left else {
            before = before.map(|(_, stamp)| (*number, stamp));
            continue;
        };
        if let Some((last, old)) = before {
            let other = (old.track, old.layer) != (stamp.track, stamp.layer);
            let anew = stamp.key && stamp.index == 0 || stamp.count == 1;
            if other || anew && number - last == 1 && stamp.seq != old.seq + 1 {
                break;
            }
        }
        before = Some((*number, *stamp));
        end = end.max(*at);
    }
    end
}

fn judge_one(
    judged: &mut Judged,
    number: u64,
    left: Left,
    until: u64,
    reached: &Reached,
    verdict: &mut Verdict,
) {
    let before = judged.take();
    let last_media = before.and_then(|(_, media)| media);
    let media = match left {
        Left::Media {
            stamp, time, ids, ..
        } => Some((stamp, time, ids)),
        Left::Empty => None,
    };
    if let Some((before, _)) = before {
        let hole = number - before - 1;
        verdict.upstream_holes += hole;
        // Empty packets do not say where they come from: only runs between media are judged for holes.
        if let (Some((old, _, _)), Some((new, _, _)), true) = (last_media, media, hole > 0) {
            judge_hole(hole, number, &old, &new, until, reached);
        }
    }
    if let (Some((old, old_time, old_ids)), Some((new, time, ids))) = (last_media, media) {
        judge_order(
            number,
            (&old, old_time, old_ids),
            (&new, time, ids),
            until,
            reached,
            verdict,
        );
    }
    *judged = Some((number, media.or(last_media)));
}

/// Whether the packet `seq` of the same source reached the engine while its Slot could still be filled.
fn in_time(source: &Stamp, seq: u64, until: u64, reached: &Reached) -> bool {
    let arrived = reached
        .get(&(source.track, source.layer))
        .and_then(|arrived| arrived.get(&seq));
    arrived.is_some_and(|at| *at <= until)
}

fn judge_hole(hole: u64, number: u64, old: &Stamp, new: &Stamp, until: u64, reached: &Reached) {
    assert_eq!(
        (old.track, old.layer),
        (new.track, new.layer),
        "a hole of {hole} before {number}, over a switch"
    );
    let never = (old.seq + 1..new.seq)
        .filter(|seq| !in_time(old, *seq, until, reached))
        .count();
    assert!(
        hole <= never as u64,
        "a hole of {hole} before number {number} of track {} layer {}, upstream lost only {never} of {}..{}",
        old.track,
        old.layer,
        old.seq,
        new.seq
    );
}

fn judge_order(
    number: u64,
    old: (&Stamp, RtpTime, Option<(u16, u8)>),
    new: (&Stamp, RtpTime, Option<(u16, u8)>),
    until: u64,
    reached: &Reached,
    verdict: &mut Verdict,
) {
    let ((old, old_time, old_ids), (new, time, ids)) = (old, new);
    let same_source = (old.track, old.layer) == (new.track, new.layer);
    if !same_source {
        verdict.switches += 1;
        assert!(
            time.is_newer_than(old_time),
            "time stood still or went back over a switch at {number}"
        );
        assert!(
            ids.is_none() || new.key && new.index == 0,
            "a switch at {number} not on a key frame: {new:?}"
        );
    } else if new.frame == old.frame {
        assert_eq!(time, old_time, "one frame, two times at {number}");
        assert!(
            new.index > old.index,
            "packets of a frame out of order at {number}"
        );
        assert_eq!(ids, old_ids, "one frame, two picture ids at {number}");
    } else {
        assert!(
            new.frame > old.frame,
            "frames out of order at {number}: {old:?} then {new:?}"
        );
        assert!(time.is_newer_than(old_time), "time went back at {number}");
    }
    if let (Some((old_id, _)), Some((id, _)), true) =
        (old_ids, ids, old.frame != new.frame || !same_source)
    {
        let step = id.wrapping_sub(old_id) & 0x7fff;
        assert!(
            (1..0x4000).contains(&step),
            "picture ids {old_id} then {id} at {number}"
        );
        if step > 1 {
            verdict.picture_jumps += 1;
            let lost = (old.seq + 1..new.seq).any(|seq| !in_time(old, seq, until, reached));
            assert!(
                lost,
                "picture ids {old_id} then {id} at {number}, and upstream lost nothing: {old:?} {new:?}"
            );
        }
    }
}
