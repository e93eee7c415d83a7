//! What we ask a publisher to send again (RFC 4585 section 6.2.1): for one layer, bounded, with patience and back-off.

use wire::SeqNo;

use crate::api::Mono;

/// Numbers asked for at the same time. More missing than this is an outage: asking for a key frame is cheaper.
const MISSING_MAX: usize = 256;
/// Newer packets after which a hole is loss and not reordering; browsers use about the same.
const REORDER_PACKETS: u64 = 2;
/// After this long a hole is loss even when nothing newer comes (the end of a frame).
const REORDER_US: u64 = 20_000;
/// Asked this often, then given up.
const ASKS_MAX: u8 = 10;
/// A packet this late is of no use to a live picture.
const USEFUL_US: u64 = 1_500_000;
/// Round trip before the first repair has been timed.
const ROUND_TRIP_FIRST_US: u64 = 100_000;
const ROUND_TRIP_MIN_US: u64 = 10_000;
const ROUND_TRIP_MAX_US: u64 = 500_000;

#[derive(Clone, Copy, Debug)]
struct Missing {
    seq: u64,
    since: Mono,
    asked: Mono,
    asks: u8,
}

#[derive(Clone, Debug)]
pub struct Nacks {
    missing: Vec<Missing>,
    round_trip_us: u64,
}

/// What came of a look at the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Numbers appended to be asked for.
    pub asked: usize,
    /// Something was given up: only a key frame helps now.
    pub gave_up: bool,
}

impl Default for Nacks {
    fn default() -> Self {
        Self {
            missing: Vec::new(),
            round_trip_us: ROUND_TRIP_FIRST_US,
        }
    }
}

impl Nacks {
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    pub fn round_trip_us(&self) -> u64 {
        self.round_trip_us
    }

    /// Numbers `from..to` were skipped by a newer packet. `false`: too many, the list was dropped and a key frame is needed.
    pub fn skipped(&mut self, from: u64, to: u64, now: Mono) -> bool {
        if (to - from) as usize + self.missing.len() > MISSING_MAX {
            self.missing.clear();
            return false;
        }
        self.missing.extend((from..to).map(|seq| Missing {
            seq,
            since: now,
            asked: Mono(0),
            asks: 0,
        }));
        true
    }

    /// A hole was filled. A repair that answers the first ask times the round trip.
    pub fn filled(&mut self, seq: u64, repaired: bool, now: Mono) {
        let Ok(at) = self
            .missing
            .binary_search_by_key(&seq, |missing| missing.seq)
        else {
            return;
        };
        let missing = self.missing.remove(at);
        if repaired && missing.asks == 1 {
            let trip = (now.0 - missing.asked.0).clamp(ROUND_TRIP_MIN_US, ROUND_TRIP_MAX_US);
            self.round_trip_us = (7 * self.round_trip_us + trip) / 8;
        }
    }

    /// Append what should be asked for now.
    pub fn due(&mut self, highest: u64, now: Mono, asked: &mut Vec<SeqNo>) -> Due {
        let mut due = Due::default();
        let round_trip_us = self.round_trip_us;
        self.missing.retain_mut(|missing| {
            if missing.asks >= ASKS_MAX || now.0 - missing.since.0 > USEFUL_US {
                due.gave_up = true;
                return false;
            }
            let is_due = if missing.asks == 0 {
                highest >= missing.seq + REORDER_PACKETS || now.0 - missing.since.0 >= REORDER_US
            } else {
                // A quarter more for each ask: what queues in a full uplink does not empty faster by asking.
                let patience = round_trip_us * (4 + u64::from(missing.asks)) / 4;
                now.0 - missing.asked.0 >= patience
            };
            if is_due {
                missing.asks += 1;
                missing.asked = now;
                asked.push(SeqNo(missing.seq as u16));
                due.asked += 1;
            }
            true
        });
        due
    }

    pub fn clear(&mut self) {
        self.missing.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(nacks: &mut Nacks, highest: u64, at_ms: u64) -> Vec<u16> {
        let mut asked = Vec::new();
        nacks.due(highest, Mono(at_ms * 1000), &mut asked);
        asked.iter().map(|seq| seq.0).collect()
    }

    #[test]
    fn reordering_is_given_a_chance() {
        let mut nacks = Nacks::default();
        assert!(nacks.skipped(10, 11, Mono(0)));
        assert!(asks(&mut nacks, 11, 5).is_empty());
        assert_eq!(asks(&mut nacks, 12, 6), [10]);
        let mut tail = Nacks::default();
        assert!(tail.skipped(10, 11, Mono(0)));
        assert!(asks(&mut tail, 11, 19).is_empty());
        assert_eq!(asks(&mut tail, 11, 20), [10]);
    }

    #[test]
    fn asking_again_waits_longer_each_time_and_ends() {
        let mut nacks = Nacks::default();
        assert!(nacks.skipped(10, 11, Mono(0)));
        let times: Vec<u64> = (0..2000)
            .filter(|ms| !asks(&mut nacks, 20, *ms).is_empty())
            .collect();
        assert_eq!(times.first(), Some(&0));
        assert!(
            times.windows(3).all(|w| w[2] - w[1] >= w[1] - w[0]),
            "{times:?}"
        );
        assert!(nacks.is_empty());
    }

    #[test]
    fn a_repair_times_the_round_trip() {
        let mut nacks = Nacks::default();
        for round in 0..40u64 {
            assert!(nacks.skipped(round, round + 1, Mono(round * 1_000_000)));
            assert_eq!(asks(&mut nacks, round + 5, round * 1000).len(), 1);
            nacks.filled(round, true, Mono(round * 1_000_000 + 30_000));
        }
        assert!(
            (28_000..33_000).contains(&nacks.round_trip_us()),
            "{}",
            nacks.round_trip_us()
        );
        assert!(nacks.is_empty());
    }

    #[test]
    fn one_over_the_limit_asks_for_a_key_frame_instead() {
        let mut nacks = Nacks::default();
        assert!(nacks.skipped(0, MISSING_MAX as u64, Mono(0)));
        assert!(!nacks.skipped(300, 301, Mono(0)));
        assert!(nacks.is_empty());
    }
}
