//! What went out under which number of a Slot: answers NACKs, and guards that no number is sealed twice.
//!
//! A ring over the Slot's newest numbers. A number may be sealed only when it is newer than all, or when the ring says that
//! it is still missing; anything the ring no longer remembers is refused. Two bytes of the source's number are enough: the
//! layer's cache is far shorter than half their circle.

use wire::SeqNo;

/// Numbers a video ring starts with; it doubles up to [`RING_MAX`] when NACKs still come for what it just forgot, so a tile of
/// 30 packets/s costs little and a 250 packets/s picture keeps 2 s.
const RING_MIN: usize = 128;
/// Longest ring: 2 s of a 250 packets/s picture.
const RING_MAX: usize = 512;
/// Younger than this, an overwritten number could still have been asked for: time to grow.
const YOUNG_MS: u16 = 1500;
/// A repeat is worth trying this often; a receiver asks ten times at most and gives up after a second.
const RESENDS_MAX: u8 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// Upstream has not delivered it: may be filled once.
    Missing,
    /// Carries this source number.
    Media,
    /// Filled with an empty packet.
    Padding,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    source: SeqNo,
    sent: Sent,
    resends: u8,
    /// Low bits of the time of the last send, in ms.
    at_ms: u16,
}

/// What a NACKed number carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    Media(SeqNo),
    Padding,
}

/// Why a NACKed number is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Upstream never delivered it, or the ring has moved on.
    Unknown,
    /// Resent less than a round trip ago.
    TooSoon,
    /// Resent often enough.
    TooOften,
}

#[derive(Clone, Debug)]
pub struct History {
    ring: Vec<Entry>,
    newest: u64,
    oldest: u64,
    ring_max: usize,
}

impl History {
    /// `first` is the number before the first that will be sent. `ring_max` is a power of two at most [`RING_MAX`].
    pub fn new(first: u64, video: bool) -> Self {
        Self {
            ring: Vec::new(),
            newest: first,
            oldest: first + 1,
            ring_max: if video { RING_MAX } else { 64 },
        }
    }

    /// The newest number that was sent or reserved.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Take `number` for sealing, now, with what it carries. `false`: it was sealed already, or may have been.
    #[inline]
    pub fn claim(&mut self, number: u64, carried: Carried, now_ms: u64) -> bool {
        if number > self.newest {
            self.advance(number, now_ms as u16);
        } else if number < self.oldest || self.entry(number).sent != Sent::Missing {
            return false;
        }
        let entry = self.entry_mut(number);
        *entry = match carried {
            Carried::Media(source) => Entry {
                source,
                sent: Sent::Media,
                resends: 0,
                at_ms: now_ms as u16,
            },
            Carried::Padding => Entry {
                source: SeqNo(0),
                sent: Sent::Padding,
                resends: 0,
                at_ms: now_ms as u16,
            },
        };
        true
    }

    /// What to send again for a NACKed number, or why not.
    pub fn resend(
        &mut self,
        number: u64,
        now_ms: u64,
        spacing_ms: u16,
    ) -> Result<Carried, Refusal> {
        if number > self.newest || number < self.oldest {
            return Err(Refusal::Unknown);
        }
        let entry = self.entry_mut(number);
        let carried = match entry.sent {
            Sent::Missing => return Err(Refusal::Unknown),
            Sent::Media => Carried::Media(entry.source),
            Sent::Padding => Carried::Padding,
        };
        if entry.resends >= RESENDS_MAX {
            return Err(Refusal::TooOften);
        }
        // The first answer is given at once: what is NACKed was lost on the way there, whatever the round trip.
        if entry.resends > 0 && (now_ms as u16).wrapping_sub(entry.at_ms) < spacing_ms {
            return Err(Refusal::TooSoon);
        }
        entry.resends += 1;
        entry.at_ms = now_ms as u16;
        Ok(carried)
    }

    fn advance(&mut self, number: u64, now_ms: u16) {
        if self.ring.is_empty() {
            let missing = Entry {
                source: SeqNo(0),
                sent: Sent::Missing,
                resends: 0,
                at_ms: now_ms,
            };
            self.ring = vec![missing; RING_MIN.min(self.ring_max)];
        }
        let held = self.newest + 1 - self.oldest;
        if held as usize == self.ring.len() && self.ring.len() < self.ring_max {
            let oldest = self.entry(self.oldest);
            if now_ms.wrapping_sub(oldest.at_ms) < YOUNG_MS {
                self.grow();
            }
        }
        let len = self.ring.len() as u64;
        let reserved_from = (self.newest + 1).max(number.saturating_sub(len - 1));
        for reserved in reserved_from..number {
            *self.entry_mut(reserved) = Entry {
                source: SeqNo(0),
                sent: Sent::Missing,
                resends: 0,
                at_ms: now_ms,
            };
        }
        self.newest = number;
        self.oldest = self.oldest.max((number + 1).saturating_sub(len));
    }

    fn grow(&mut self) {
        let missing = Entry {
            source: SeqNo(0),
            sent: Sent::Missing,
            resends: 0,
            at_ms: 0,
        };
        let mut longer = vec![missing; self.ring.len() * 2];
        let mask = longer.len() - 1;
        for number in self.oldest..=self.newest {
            longer[number as usize & mask] = self.entry(number);
        }
        self.ring = longer;
    }

    // The ring's length is a power of two, so the masked index is always inside.
    #[inline]
    fn entry(&self, number: u64) -> Entry {
        self.ring[number as usize & (self.ring.len() - 1)]
    }

    #[inline]
    fn entry_mut(&mut self, number: u64) -> &mut Entry {
        let mask = self.ring.len() - 1;
        &mut self.ring[number as usize & mask]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(seq: u16) -> Carried {
        Carried::Media(SeqNo(seq))
    }

    #[test]
    fn a_number_is_claimed_once() {
        let mut history = History::new(99, true);
        assert!(history.claim(100, media(1), 0));
        assert!(!history.claim(100, media(1), 0));
        assert!(history.claim(103, media(4), 0));
        assert!(history.claim(101, media(2), 0));
        assert!(!history.claim(101, media(2), 0));
        assert!(history.claim(102, Carried::Padding, 0));
        assert!(!history.claim(99, media(0), 0));
    }

    #[test]
    fn what_the_ring_forgot_is_refused() {
        let mut history = History::new(0, false);
        for number in (2..200).filter(|n| *n != 150) {
            assert!(history.claim(number, media(number as u16), 0));
        }
        assert!(!history.claim(1, media(1), 0));
        assert!(history.claim(150, media(150), 0));
        assert_eq!(history.resend(100, 0, 10), Err(Refusal::Unknown));
    }

    #[test]
    fn a_jump_past_the_ring_leaves_only_missing_numbers() {
        let mut history = History::new(0, false);
        assert!(history.claim(1, media(1), 0));
        assert!(history.claim(100_000, media(9), 0));
        assert!(!history.claim(2, media(2), 0));
        assert_eq!(history.resend(99_999, 0, 10), Err(Refusal::Unknown));
        assert!(history.claim(99_999, media(8), 0));
        assert!(history.claim(100_001 - 64, media(7), 0));
        assert!(!history.claim(100_000 - 64, media(6), 0));
    }

    #[test]
    fn a_fast_picture_grows_its_ring_and_keeps_what_it_had() {
        let mut history = History::new(0, true);
        for number in 1..=600u64 {
            assert!(history.claim(number, media(number as u16), number));
        }
        assert_eq!(history.resend(600 - 511, 600, 10), Ok(media(89)));
        assert_eq!(history.resend(600 - 512, 600, 10), Err(Refusal::Unknown));
        let mut slow = History::new(0, true);
        for number in 1..=600u64 {
            assert!(slow.claim(number, media(number as u16), number * 100));
        }
        assert_eq!(slow.resend(600 - 128, 60_000, 10), Err(Refusal::Unknown));
    }

    #[test]
    fn repeats_are_spaced_and_counted() {
        let mut history = History::new(0, true);
        assert!(history.claim(1, media(5), 1000));
        assert_eq!(history.resend(1, 1001, 50), Ok(media(5)));
        assert_eq!(history.resend(1, 1040, 50), Err(Refusal::TooSoon));
        for repeat in 1..RESENDS_MAX {
            assert_eq!(
                history.resend(1, 1001 + 50 * u64::from(repeat), 50),
                Ok(media(5))
            );
        }
        assert_eq!(history.resend(1, 5000, 50), Err(Refusal::TooOften));
        assert_eq!(history.resend(2, 5000, 50), Err(Refusal::Unknown));
    }
}
