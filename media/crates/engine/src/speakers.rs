//! Who is heard where: fills the `loudest` slots of every subscriber, and tells who speaks.
//!
//! Sticky on purpose. A slot keeps its Track until somebody clearly louder needs it, so with no more audible Tracks than
//! slots nothing ever moves, and a cough takes nobody's place.

use crate::api::{Mono, TrackKey};

/// A challenger must be this much louder than the quietest holder.
const MARGIN: f32 = 10.0;
/// A holder who spoke within this time keeps the slot against anybody who is not [`MARGIN`] twice over.
const HOLD_US: u64 = 800_000;
/// `Speakers` at most this often.
const TELL_US: u64 = 200_000;
/// Speakers named in an event.
const NAMED_MAX: usize = 8;
/// A level that moved less than this is the same level.
const LEVEL_STEP_DB: u8 = 6;

/// A Track that may be heard, with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    pub track: u32,
    pub score: f32,
    pub quiet_us: u64,
}

/// Decide one subscriber's slots: `holders` has the Track in each slot and is changed in place. `candidates` are all that this
/// subscriber may hear, loudest first; a holder that is not among them has lost its slot. Returns whether anything moved.
pub fn assign(holders: &mut [Option<u32>], candidates: &[Candidate]) -> bool {
    let mut moved = false;
    for holder in holders.iter_mut() {
        if holder.is_some_and(|track| candidates.iter().all(|candidate| candidate.track != track)) {
            *holder = None;
            moved = true;
        }
    }
    for challenger in candidates {
        if holders.contains(&Some(challenger.track)) {
            continue;
        }
        if let Some(free) = holders.iter_mut().find(|holder| holder.is_none()) {
            *free = Some(challenger.track);
            moved = true;
            continue;
        }
        let weakest = holders
            .iter_mut()
            .filter_map(|holder| {
                let held = candidates
                    .iter()
                    .find(|candidate| Some(candidate.track) == *holder)?;
                Some((holder, held))
            })
            .min_by(|(_, a), (_, b)| a.score.total_cmp(&b.score));
        let Some((slot, held)) = weakest else { break };
        let margin = if held.quiet_us < HOLD_US {
            2.0 * MARGIN
        } else {
            MARGIN
        };
        // Candidates come loudest first: who follows cannot do better.
        if challenger.score < held.score + margin {
            break;
        }
        *slot = Some(challenger.track);
        moved = true;
    }
    moved
}

/// Remembers what was told last.
#[derive(Clone, Debug, Default)]
pub struct SpeakersTold {
    last: Vec<(TrackKey, u8)>,
    at: Option<Mono>,
}

impl SpeakersTold {
    /// The event's list, if it is time and it changed. `speaking` has the loudest first.
    pub fn tell(
        &mut self,
        mut speaking: Vec<(TrackKey, u8)>,
        now: Mono,
    ) -> Option<Vec<(TrackKey, u8)>> {
        if self.at.is_some_and(|at| now.0 - at.0 < TELL_US) {
            return None;
        }
        speaking.truncate(NAMED_MAX);
        let same = speaking.len() == self.last.len()
            && speaking
                .iter()
                .zip(&self.last)
                .all(|(a, b)| a.0 == b.0 && a.1.abs_diff(b.1) < LEVEL_STEP_DB);
        if same {
            return None;
        }
        self.last.clone_from(&speaking);
        self.at = Some(now);
        Some(speaking)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(scores: &[(u32, f32)]) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = scores
            .iter()
            .map(|(track, score)| Candidate {
                track: *track,
                score: *score,
                quiet_us: 5_000_000,
            })
            .collect();
        all.sort_by(|a, b| b.score.total_cmp(&a.score));
        all
    }

    #[test]
    fn with_room_for_all_everyone_has_a_slot_for_good() {
        let mut holders = [None; 4];
        assert!(assign(
            &mut holders,
            &candidates(&[(1, 0.0), (2, 90.0), (3, 0.0)])
        ));
        let first = holders;
        assert!(!assign(
            &mut holders,
            &candidates(&[(1, 100.0), (2, 0.0), (3, 50.0)])
        ));
        assert_eq!(holders, first);
        assert_eq!(holders.iter().flatten().count(), 3);
    }

    #[test]
    fn only_somebody_clearly_louder_takes_a_slot() {
        let mut holders = [Some(1), Some(2)];
        assert!(!assign(
            &mut holders,
            &candidates(&[(1, 80.0), (2, 70.0), (3, 79.0)])
        ));
        assert!(assign(
            &mut holders,
            &candidates(&[(1, 80.0), (2, 60.0), (3, 79.0)])
        ));
        assert_eq!(holders, [Some(1), Some(3)]);
    }

    #[test]
    fn who_just_spoke_holds_on() {
        let mut holders = [Some(1)];
        let mut all = candidates(&[(1, 70.0), (2, 85.0)]);
        all[1].quiet_us = 100_000;
        assert!(!assign(&mut holders, &all));
        all[1].quiet_us = 900_000;
        assert!(assign(&mut holders, &all));
    }

    #[test]
    fn who_may_not_be_heard_any_more_loses_the_slot() {
        let mut holders = [Some(1), Some(2)];
        assert!(assign(&mut holders, &candidates(&[(2, 10.0)])));
        assert_eq!(holders, [None, Some(2)]);
    }

    #[test]
    fn a_change_is_told_a_repeat_is_not() {
        let mut told = SpeakersTold::default();
        let one = vec![(TrackKey(1), 30)];
        assert!(told.tell(one.clone(), Mono(0)).is_some());
        assert!(told.tell(vec![], Mono(100_000)).is_none(), "too soon");
        assert!(
            told.tell(vec![(TrackKey(1), 33)], Mono(300_000)).is_none(),
            "the same"
        );
        assert!(told.tell(vec![], Mono(300_000)).is_some());
        assert!(told.tell(one, Mono(600_000)).is_some());
    }
}
