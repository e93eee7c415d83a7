//! What a person hears in one audio Slot: spoken frames in time, and the gaps between them.

use crate::books::Books;
use crate::stamp::Stamp;

pub const FRAME_MS: u64 = 20;
/// Later than the fastest by this much, a frame is as good as lost: browsers' jitter buffers hold about as much.
const LATE_US: u64 = 200_000;
/// A frame is judged when one this much further has come: by then RTX has brought it or not.
const WINDOW: u32 = 10;

/// One talk-spurt as it arrives.
struct Spurt {
    track: u32,
    first: u32,
    /// Everything before this number is judged.
    judged: u32,
    /// Bit n: number `judged + n` came in time.
    came: u64,
    newest: u32,
    run: u64,
    transit_min_us: u64,
}

/// One Slot.
#[derive(Default)]
pub struct Ear {
    spurt: Option<Spurt>,
}

impl Ear {
    /// A packet with a stamp came at `now_us`. `open_us`: since when this Slot could carry anything.
    pub fn hear(&mut self, stamp: &Stamp, now_us: u64, open_us: u64, books: &mut Books) {
        let transit_us = now_us.saturating_sub(stamp.sent_us);
        books.audio_latency.add(transit_us);
        let (track, first) = (
            stamp.tag.track(),
            stamp.number.wrapping_sub(stamp.reference),
        );
        let same = |spurt: &Spurt| spurt.track == track && spurt.first == first;
        if !self.spurt.as_ref().is_some_and(same) {
            if let Some(mut old) = self.spurt.take() {
                if old.track == track && first.wrapping_sub(old.first) > u32::MAX / 2 {
                    self.spurt = Some(old); // a straggler of a spurt that is over
                    return;
                }
                old.judge_to(old.newest.wrapping_add(1), books);
            }
            // A spurt that began before this Slot was there is no fault of anybody.
            let began_us = stamp
                .sent_us
                .saturating_sub(u64::from(stamp.reference) * FRAME_MS * 1000);
            if began_us > open_us {
                books.onset_clips.add(u64::from(stamp.reference) * FRAME_MS);
            }
            self.spurt = Some(Spurt {
                track,
                first,
                judged: stamp.number,
                came: 0,
                newest: stamp.number,
                run: 0,
                transit_min_us: transit_us,
            });
        }
        if let Some(spurt) = &mut self.spurt {
            spurt.take(stamp.number, transit_us, books);
        }
    }
}

impl Spurt {
    fn take(&mut self, number: u32, transit_us: u64, books: &mut Books) {
        let ahead = number.wrapping_sub(self.judged);
        if ahead > u32::MAX / 2 {
            return; // judged already: it came too late
        }
        if ahead >= 64 {
            self.judge_to(number.wrapping_sub(WINDOW), books);
        }
        self.transit_min_us = self.transit_min_us.min(transit_us);
        if transit_us <= self.transit_min_us + LATE_US {
            self.came |= 1 << number.wrapping_sub(self.judged);
        }
        if number.wrapping_sub(self.newest) < u32::MAX / 2 {
            self.newest = number;
        }
        if self.newest.wrapping_sub(self.judged) > WINDOW {
            self.judge_to(self.newest.wrapping_sub(WINDOW), books);
        }
    }

    fn judge_to(&mut self, end: u32, books: &mut Books) {
        while self.judged != end {
            if self.came & 1 == 1 {
                books.sound_frames += 1;
                self.end_run(books);
            } else {
                books.sound_frames_lost += 1;
                self.run += 1;
            }
            self.came >>= 1;
            self.judged = self.judged.wrapping_add(1);
        }
    }

    fn end_run(&mut self, books: &mut Books) {
        if self.run > 0 {
            books.sound_gaps.add(self.run * FRAME_MS);
            self.run = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp::Tag;

    fn stamp(number: u32, reference: u32) -> Stamp {
        Stamp {
            tag: Tag::new(1, 0, 0),
            number,
            reference,
            sent_us: 1_000_000 + u64::from(number) * 20_000,
        }
    }

    fn hear(numbers: &[(u32, u64)]) -> Books {
        let (mut ear, mut books) = (Ear::default(), Books::default());
        for &(number, transit_us) in numbers {
            let stamp = stamp(number, number);
            ear.hear(&stamp, stamp.sent_us + transit_us, 0, &mut books);
        }
        // the next spurt: everything before it is judged
        ear.hear(&stamp(900, 0), 30_000_000, 0, &mut books);
        books
    }

    #[test]
    fn whole_speech_has_no_gap() {
        let books = hear(&(0..100).map(|n| (n, 500)).collect::<Vec<_>>());
        assert_eq!((books.sound_frames, books.sound_frames_lost), (100, 0));
        assert_eq!(books.sound_gaps.spread(1.0).count, 0);
        assert_eq!(books.onset_clips.spread(1.0).max, 0.0);
    }

    #[test]
    fn a_hole_is_a_gap_of_its_length_and_reordering_is_none() {
        let mut order: Vec<(u32, u64)> = (0..50).map(|n| (n, 500)).collect();
        order.drain(20..23);
        order.swap(5, 7);
        let books = hear(&order);
        assert_eq!((books.sound_frames, books.sound_frames_lost), (47, 3));
        assert_eq!(books.sound_gaps.spread(1.0).max, 60.0);
    }

    #[test]
    fn what_comes_too_late_is_lost() {
        let books = hear(
            &(0..50)
                .map(|n| (n, if n == 30 { 250_000 } else { 500 }))
                .collect::<Vec<_>>(),
        );
        assert_eq!(books.sound_frames_lost, 1);
    }

    #[test]
    fn a_clipped_beginning_is_counted_apart() {
        let books = hear(&(5..50).map(|n| (n, 500)).collect::<Vec<_>>());
        assert_eq!(books.sound_frames_lost, 0);
        assert_eq!(books.onset_clips.spread(1.0).max, 100.0);
    }
}
