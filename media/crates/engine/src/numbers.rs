//! From a source's numbers to a Slot's: a run that goes on across drops of ours and across switches.
//!
//! What we drop on purpose takes no number. What upstream has not delivered keeps its number, so that the hole is visible
//! and can still be filled (DESIGN section 2). The same map serves sequence numbers and VP8 picture ids.

/// Runs of purposely dropped numbers that are remembered for stragglers. With every second frame dropped at 30 frames/s this
/// is over 4 s, longer than any repair takes; older stragglers are refused.
const RUNS_MAX: usize = 64;
/// More missing than this is no loss that anyone repairs but a new beginning (RFC 3550 appendix A.1 has 3000 of 2^16; a burst
/// this long is over 2 s of the fastest picture, past every cache).
pub const JUMP_MAX: u64 = 1000;

/// Where a source's number goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// To this number of the Slot.
    At(u64),
    /// Nowhere: it was dropped on purpose and has no number.
    Dropped,
    /// Nowhere: older than what is remembered, or from before the switch.
    TooOld,
}

/// Consecutive numbers that were dropped on purpose; numbers below `first` (down to the run before) map with `delta_before`.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    len: u64,
    delta_before: u64,
}

#[derive(Clone, Debug, Default)]
pub struct NumberMap {
    highest: u64,
    /// Added to a source's number, wrapping.
    delta: u64,
    /// The oldest source number that this map may answer for.
    floor: u64,
    /// Oldest first.
    runs: std::collections::VecDeque<Run>,
}

impl NumberMap {
    /// From `source` on, numbers go to `slot` and on. Everything older of the source is from before the switch.
    pub fn start(&mut self, source: u64, slot: u64) {
        self.highest = source.wrapping_sub(1);
        self.delta = slot.wrapping_sub(source);
        self.floor = source;
        self.runs.clear();
    }

    /// The newest source number that was placed or dropped.
    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// Where `source` goes when it is forwarded.
    #[inline]
    pub fn take(&mut self, source: u64) -> Place {
        self.close_jump(source);
        if source > self.highest {
            self.highest = source;
            return Place::At(source.wrapping_add(self.delta));
        }
        self.find(source)
    }

    /// `source` is dropped on purpose. New: it takes no number. A straggler whose number was already reserved, because newer
    /// ones went out meanwhile, answers that number: the caller must fill it with an empty packet.
    pub fn skip(&mut self, source: u64) -> Place {
        if source <= self.highest {
            return self.find(source);
        }
        self.close_jump(source);
        match self.runs.back_mut() {
            Some(run) if run.first + run.len == source && self.highest + 1 == source => {
                run.len += 1
            }
            _ => {
                if self.runs.len() == RUNS_MAX
                    && let Some(oldest) = self.runs.pop_front()
                {
                    self.floor = oldest.first + oldest.len;
                }
                self.runs.push_back(Run {
                    first: source,
                    len: 1,
                    delta_before: self.delta,
                });
            }
        }
        self.highest = source;
        self.delta = self.delta.wrapping_sub(1);
        Place::Dropped
    }

    /// A jump too far to be a loss is a new beginning and leaves no hole (RFC 3550 appendix A.1, MAX_DROPOUT): numbers sent
    /// 2^15 apart would make the other side guess a wrong SRTP rollover, for ever.
    fn close_jump(&mut self, source: u64) {
        let missing = source.saturating_sub(self.highest).saturating_sub(1);
        if missing > JUMP_MAX {
            self.delta = self.delta.wrapping_sub(missing);
            self.highest = source - 1;
            self.floor = source;
            self.runs.clear();
        }
    }

    /// Where a number that is not new went, or would go.
    pub fn find(&self, source: u64) -> Place {
        if source < self.floor {
            return Place::TooOld;
        }
        let mut delta = self.delta;
        for run in self.runs.iter().rev() {
            if source >= run.first + run.len {
                break;
            }
            if source >= run.first {
                return Place::Dropped;
            }
            delta = run.delta_before;
        }
        Place::At(source.wrapping_add(delta))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started() -> NumberMap {
        let mut map = NumberMap::default();
        map.start(1000, 50);
        map
    }

    #[test]
    fn what_we_drop_leaves_no_hole() {
        let mut map = started();
        assert_eq!(map.take(1000), Place::At(50));
        assert_eq!(map.skip(1001), Place::Dropped);
        assert_eq!(map.skip(1002), Place::Dropped);
        assert_eq!(map.take(1003), Place::At(51));
    }

    #[test]
    fn what_upstream_lost_keeps_its_number_and_is_filled_late() {
        let mut map = started();
        assert_eq!(map.take(1000), Place::At(50));
        assert_eq!(map.skip(1001), Place::Dropped);
        assert_eq!(map.take(1004), Place::At(53));
        assert_eq!(map.skip(1005), Place::Dropped);
        assert_eq!(map.take(1006), Place::At(54));
        assert_eq!(map.take(1002), Place::At(51));
        assert_eq!(map.take(1003), Place::At(52));
        assert_eq!(map.take(1001), Place::Dropped);
        assert_eq!(map.take(999), Place::TooOld);
    }

    #[test]
    fn a_late_drop_answers_the_number_it_reserved() {
        let mut map = started();
        assert_eq!(map.take(1000), Place::At(50));
        assert_eq!(map.take(1002), Place::At(52));
        assert_eq!(map.skip(1001), Place::At(51));
    }

    #[test]
    fn a_gap_before_a_drop_is_kept() {
        let mut map = started();
        assert_eq!(map.take(1000), Place::At(50));
        assert_eq!(map.skip(1003), Place::Dropped);
        assert_eq!(map.take(1004), Place::At(53));
        assert_eq!(map.find(1001), Place::At(51));
        assert_eq!(map.find(1002), Place::At(52));
    }

    #[test]
    fn one_run_over_the_limit_forgets_the_oldest() {
        let mut map = started();
        for run in 0..=RUNS_MAX as u64 {
            assert_eq!(map.take(1000 + 2 * run), Place::At(50 + run));
            assert_eq!(map.skip(1001 + 2 * run), Place::Dropped);
        }
        assert_eq!(map.find(1000), Place::TooOld);
        assert_eq!(map.find(1002), Place::At(51));
        assert_eq!(map.find(1003), Place::Dropped);
    }

    #[test]
    fn agrees_with_a_plain_model() {
        let mut random = crate::random::Random::new(3);
        for _ in 0..200 {
            let mut map = started();
            // The model: deliver 1000..1100 in a shuffled-by-up-to-5 order, some dropped; a number is given per source in source
            // order unless it was dropped while newest.
            let mut order: Vec<u64> = (1000..1060).collect();
            for at in 0..order.len() {
                let other = (at + (random.u64() % 5) as usize).min(order.len() - 1);
                order.swap(at, other);
            }
            let mut given = std::collections::BTreeMap::new();
            let mut dropped = std::collections::BTreeSet::new();
            let mut highest = 999;
            for source in order {
                let drop = random.u64().is_multiple_of(3);
                let place = if drop {
                    map.skip(source)
                } else {
                    map.take(source)
                };
                if drop && source > highest {
                    dropped.insert(source);
                    assert_eq!(place, Place::Dropped);
                } else if let Place::At(slot) = place {
                    assert!(given.insert(source, slot).is_none());
                }
                highest = highest.max(source);
            }
            let expected: Vec<u64> = (0..given.len() as u64).map(|step| 50 + step).collect();
            assert_eq!(given.values().copied().collect::<Vec<_>>(), expected);
            assert!(given.keys().all(|source| !dropped.contains(source)));
        }
    }
}
