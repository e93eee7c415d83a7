//! What a person sees in one video Slot: whole frames whose references are there, and the freezes between them.
//!
//! Packets are put in order, holes wait for RTX as a browser's do, and a frame counts only when the frame that it refers to,
//! of the same Track and Layer, was decoded too. So a switch that is not at a key frame shows.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::books::Books;
use crate::stamp::{NO_REFERENCE, Stamp, Tag};
use crate::vp8::{Piece, read};

/// A person notices a picture that stands longer.
pub const FREEZE: Duration = Duration::from_millis(500);
/// A hole is waited for this long; then a key frame is asked for, as browsers do.
const HOLE_WAIT: Duration = Duration::from_millis(300);
const ASK_EVERY: Duration = Duration::from_millis(500);
const HELD_MAX: usize = 1024;
const DECODED_KEPT: usize = 16;

struct Held {
    piece: Option<Piece>,
    marker: bool,
    came: Instant,
}

/// What the Slot should show, and since when.
#[derive(Clone, Copy)]
struct Wish {
    track: u32,
    since: Instant,
}

/// One Slot.
#[derive(Default)]
pub struct Eye {
    wish: Option<Wish>,
    /// Last frame that a person saw of what the Slot should show.
    seen: Option<Instant>,
    held: BTreeMap<u64, Held>,
    next: Option<u64>,
    /// The frame that is being put together: its stamp and whether it is a key frame.
    open: Option<(Stamp, bool)>,
    decoded: VecDeque<(Tag, u32)>,
    /// Something was given up since the last frame that could be decoded.
    holed: bool,
    asked: Option<Instant>,
}

/// What came of a packet or of time passing.
#[derive(Default, Debug, PartialEq)]
pub struct Outcome {
    /// The first frame of what the Slot should show, this long after it was asked for.
    pub first_after: Option<Duration>,
    pub frames: u32,
    pub freezes: u32,
    pub ask_keyframe: bool,
}

impl Eye {
    /// From now on the Slot should show this Track (by `Tag::track`), or nothing that could be judged.
    pub fn show(&mut self, track: Option<u32>, now: Instant, books: &mut Books) -> Outcome {
        let mut outcome = Outcome::default();
        if self.wish.map(|wish| wish.track) != track {
            self.end(now, books, &mut outcome);
            self.wish = track.map(|track| Wish { track, since: now });
            self.seen = None;
        }
        outcome
    }

    /// A freeze that still lasts is counted.
    pub fn end(&mut self, now: Instant, books: &mut Books, outcome: &mut Outcome) {
        if self.wish.is_some() && self.seen.is_some() {
            self.saw(now, books, outcome);
        }
    }

    pub fn take(
        &mut self,
        number: u64,
        marker: bool,
        payload: &[u8],
        now: Instant,
        books: &mut Books,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let next = *self.next.get_or_insert(number);
        if number < next || self.held.len() >= HELD_MAX {
            return outcome;
        }
        let held = Held {
            piece: if payload.is_empty() {
                None
            } else {
                read(payload)
            },
            marker,
            came: now,
        };
        self.held.insert(number, held);
        self.advance(now, books, &mut outcome);
        self.give_up(now, books, &mut outcome);
        outcome
    }

    /// Takes what is in order.
    fn advance(&mut self, now: Instant, books: &mut Books, outcome: &mut Outcome) {
        while let Some(next) = self.next {
            let Some(held) = self.held.remove(&next) else {
                return;
            };
            self.next = Some(next + 1);
            let Some(piece) = held.piece else {
                continue; // padding
            };
            if piece.starts_frame {
                self.open = piece.stamp.map(|stamp| (stamp, piece.key));
            }
            if held.marker
                && let Some((stamp, key)) = self.open.take()
            {
                self.decode(stamp, key, now, books, outcome);
            }
        }
    }

    /// A hole that nobody fills: what is behind it goes on without.
    fn give_up(&mut self, now: Instant, books: &mut Books, outcome: &mut Outcome) {
        while let (Some(next), Some((&first, held))) = (self.next, self.held.first_key_value()) {
            if now.duration_since(held.came) < HOLE_WAIT && self.held.len() < HELD_MAX / 2 {
                return;
            }
            books.video_packets_lost += first - next;
            self.next = Some(first);
            self.open = None;
            self.holed = true;
            self.advance(now, books, outcome);
        }
    }

    fn decode(
        &mut self,
        stamp: Stamp,
        key: bool,
        now: Instant,
        books: &mut Books,
        outcome: &mut Outcome,
    ) {
        let needs = (stamp.tag, stamp.reference);
        if !key && (stamp.reference == NO_REFERENCE || !self.decoded.contains(&needs)) {
            books.frames_undecodable += u64::from(self.holed);
            books.frames_garbled += u64::from(!self.holed);
            let due = |asked: Instant| now.duration_since(asked) >= ASK_EVERY;
            if self.asked.is_none_or(due) {
                self.asked = Some(now);
                outcome.ask_keyframe = true;
                books.keyframes_asked += 1;
            }
            return;
        }
        if key {
            self.decoded.clear();
        }
        self.holed = false;
        self.decoded.push_back((stamp.tag, stamp.number));
        if self.decoded.len() > DECODED_KEPT {
            self.decoded.pop_front();
        }
        match self.wish {
            Some(wish) if wish.track == stamp.tag.track() => {
                books.frames_decoded += 1;
                outcome.frames += 1;
                if self.seen.is_none() {
                    outcome.first_after = Some(now.duration_since(wish.since));
                    self.seen = Some(now);
                }
                self.saw(now, books, outcome);
            }
            // After a switch the old picture may run on for a moment, never come back.
            Some(_) if self.seen.is_some() => books.frames_foreign += 1,
            _ => {}
        }
    }

    fn saw(&mut self, now: Instant, books: &mut Books, outcome: &mut Outcome) {
        let before = self.seen.replace(now);
        if let Some(stood) = before.map(|before| now.duration_since(before))
            && stood > FREEZE
        {
            books.freezes.add(stood.as_millis() as u64);
            outcome.freezes += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vp8::Frame;

    struct Scene {
        eye: Eye,
        books: Books,
        start: Instant,
        number: u64,
        outcomes: Vec<Outcome>,
    }

    impl Scene {
        fn new() -> Scene {
            let (mut eye, mut books, start) = (Eye::default(), Books::default(), Instant::now());
            eye.show(Some(track(1)), start, &mut books);
            Scene {
                eye,
                books,
                start,
                number: 1,
                outcomes: Vec::new(),
            }
        }

        /// Frame `number` of a bot in three packets at `at_ms`, those in `lost` missing.
        fn frame(&mut self, bot: u32, number: u32, reference: u32, at_ms: u64, lost: &[usize]) {
            let frame = Frame {
                key: reference == NO_REFERENCE,
                temporal: 0,
                picture_id: 0,
                tl0_pic_idx: 0,
                key_idx: 0,
                width: 320,
                height: 180,
                len: 3000,
                stamp: Stamp {
                    tag: Tag::new(bot, 1, 0),
                    number,
                    reference,
                    sent_us: 0,
                },
            };
            let now = self.start + Duration::from_millis(at_ms);
            let packets = frame.packets();
            for (at, payload) in packets.iter().enumerate() {
                if !lost.contains(&at) {
                    let marker = at + 1 == packets.len();
                    let outcome = self
                        .eye
                        .take(self.number, marker, payload, now, &mut self.books);
                    self.outcomes.push(outcome);
                }
                self.number += 1;
            }
        }
    }

    fn track(bot: u32) -> u32 {
        Tag::new(bot, 1, 0).track()
    }

    #[test]
    fn whole_frames_are_seen_and_the_first_is_timed() {
        let mut scene = Scene::new();
        scene.frame(1, 0, NO_REFERENCE, 80, &[]);
        scene.frame(1, 1, 0, 120, &[]);
        assert_eq!(scene.books.frames_decoded, 2);
        let first = scene
            .outcomes
            .iter()
            .find_map(|outcome| outcome.first_after);
        assert_eq!(first, Some(Duration::from_millis(80)));
        assert_eq!(scene.books.freezes.spread(1.0).count, 0);
    }

    #[test]
    fn a_hole_breaks_the_chain_until_a_key_frame() {
        let mut scene = Scene::new();
        scene.frame(1, 0, NO_REFERENCE, 0, &[]);
        scene.frame(1, 1, 0, 40, &[1]);
        scene.frame(1, 2, 1, 80, &[]);
        scene.frame(1, 3, 2, 500, &[]); // gives up, cannot decode 2 and 3
        assert!(scene.outcomes.iter().any(|outcome| outcome.ask_keyframe));
        assert_eq!(
            (
                scene.books.video_packets_lost,
                scene.books.frames_undecodable
            ),
            (1, 2)
        );
        scene.frame(1, 4, NO_REFERENCE, 900, &[]);
        assert_eq!(scene.books.frames_decoded, 2);
        assert_eq!(scene.books.frames_garbled, 0);
        assert_eq!(scene.books.freezes.spread(1.0).max, 900.0);
    }

    #[test]
    fn a_switch_without_a_key_frame_is_garbled() {
        let mut scene = Scene::new();
        scene.frame(1, 0, NO_REFERENCE, 0, &[]);
        scene.frame(2, 9, 8, 40, &[]);
        assert_eq!(scene.books.frames_garbled, 1);
    }

    #[test]
    fn a_freeze_that_lasts_to_the_end_counts() {
        let mut scene = Scene::new();
        scene.frame(1, 0, NO_REFERENCE, 0, &[]);
        let late = scene.start + Duration::from_millis(1500);
        let outcome = scene.eye.show(None, late, &mut scene.books);
        assert_eq!(outcome.freezes, 1);
    }

    #[test]
    fn another_track_than_the_wished_one_is_foreign() {
        let mut scene = Scene::new();
        scene.frame(1, 0, NO_REFERENCE, 0, &[]);
        scene.frame(2, 0, NO_REFERENCE, 40, &[]);
        assert_eq!(scene.books.frames_foreign, 1);
    }
}
