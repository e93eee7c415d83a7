//! One copy's queue: bounded, in order. Full: the oldest that nobody has begun to write goes, and a gap says so.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::block::Block;
use crate::format::GapReason;
use crate::gaps::{Gaps, Notes};

/// What waits for one copy: half a minute of 100 classes' sound and pictures of 150 kbit/s each, or a minute of one at 9 Mbit/s.
pub const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// One thing to write: holes first, then the block, if there is one.
#[derive(Debug)]
pub struct Entry {
    pub recording: Arc<str>,
    /// `GAP` and `END` records, and what they say.
    pub gaps: Vec<u8>,
    pub notes: Notes,
    pub block: Option<Arc<Block>>,
}

impl Entry {
    pub fn bytes(&self) -> usize {
        self.gaps.len() + self.block.as_ref().map_or(0, |block| block.bytes.len())
    }

    fn cost(&self) -> usize {
        self.gaps.len() + self.block.as_ref().map_or(0, |block| block.cost())
    }
}

pub struct Waiting {
    entries: VecDeque<Arc<Entry>>,
    /// So many from the front have been given out.
    given: usize,
    given_bytes: usize,
    bytes: usize,
    bytes_max: usize,
    pub gaps: Gaps,
}

impl Waiting {
    pub fn new(bytes_max: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            given: 0,
            given_bytes: 0,
            bytes: 0,
            bytes_max,
            gaps: Gaps::default(),
        }
    }

    /// Take a block in. What had to go for it is returned; it is in the gaps already.
    pub fn push(&mut self, block: Arc<Block>) -> Vec<Arc<Block>> {
        self.bytes += block.cost();
        self.entries.push_back(Arc::new(Entry {
            recording: Arc::clone(&block.recording),
            gaps: Vec::new(),
            notes: Notes::default(),
            block: Some(block),
        }));
        let mut dropped = Vec::new();
        while self.bytes > self.bytes_max && self.given < self.entries.len() {
            let Some(entry) = self.entries.remove(self.given) else {
                break;
            };
            self.bytes -= entry.cost();
            self.gaps.note_again(&entry.recording, &entry.notes);
            if let Some(block) = &entry.block {
                self.gaps.note_again(&block.recording, &block.notes);
                self.gaps
                    .note(&block.recording, &block.spans, GapReason::QueueFull);
                dropped.push(Arc::clone(block));
            }
        }
        dropped
    }

    /// The next to write; it stays until [`Waiting::finish`]. Notes without a block after them come when nothing else waits.
    pub fn give(&mut self, given_bytes_max: usize) -> Option<Arc<Entry>> {
        if self.given_bytes >= given_bytes_max {
            return None;
        }
        if self.given == self.entries.len() {
            let recording = self.gaps.recordings().next().cloned()?;
            self.entries.push_back(Arc::new(Entry {
                recording,
                gaps: Vec::new(),
                notes: Notes::default(),
                block: None,
            }));
        }
        let place = self.entries.get_mut(self.given)?;
        if !self.gaps.is_empty(&place.recording) {
            let mut notes = place.notes.clone();
            notes.absorb(&self.gaps.take(&place.recording));
            let mut gaps = Vec::new();
            notes.write(&mut gaps);
            self.bytes -= place.cost();
            *place = Arc::new(Entry {
                recording: Arc::clone(&place.recording),
                gaps,
                notes,
                block: place.block.clone(),
            });
            self.bytes += place.cost();
        }
        self.given += 1;
        self.given_bytes += place.cost();
        Some(Arc::clone(place))
    }

    /// The oldest that was given out is safe.
    pub fn finish(&mut self) -> Option<Arc<Entry>> {
        if self.given == 0 {
            return None;
        }
        let entry = self.entries.pop_front()?;
        self.given -= 1;
        self.given_bytes -= entry.cost();
        self.bytes -= entry.cost();
        Some(entry)
    }

    /// The oldest that was given out, to see whether it is safe.
    pub fn first_given(&self) -> Option<&Arc<Entry>> {
        self.entries.front().filter(|_| self.given > 0)
    }

    /// Everything that is here must be given out again.
    pub fn rewind(&mut self) {
        self.given = 0;
        self.given_bytes = 0;
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.gaps.recordings().next().is_none()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Span;

    fn block(number: u64, len: usize) -> Arc<Block> {
        let span = Span {
            tap: 1,
            first: number * 10,
            last: number * 10 + 9,
            first_arrival_us: number,
            last_arrival_us: number,
        };
        Arc::new(Block {
            number,
            recording: "rec".into(),
            bytes: vec![0; len],
            spans: vec![span],
            notes: Notes::default(),
            opened: vec![],
            oldest_us: number,
        })
    }

    #[test]
    fn over_the_limit_the_oldest_that_nobody_has_begun_goes_and_a_gap_precedes_what_follows() {
        let mut waiting = Waiting::new(8000);
        assert!(waiting.push(block(0, 2000)).is_empty());
        let first = waiting.give(usize::MAX).unwrap();
        assert_eq!(first.block.as_ref().unwrap().number, 0);
        assert!(waiting.push(block(1, 2000)).is_empty());
        assert!(waiting.push(block(2, 2000)).is_empty());
        let dropped = waiting.push(block(3, 2000));
        assert_eq!(dropped.iter().map(|b| b.number).collect::<Vec<_>>(), [1]);
        let next = waiting.give(usize::MAX).unwrap();
        assert_eq!(next.block.as_ref().unwrap().number, 2);
        let records = crate::read::records(&next.gaps).collect::<Vec<_>>();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].place().number, 10);
    }

    #[test]
    fn what_is_not_safe_is_given_again_with_its_gaps() {
        let mut waiting = Waiting::new(2000);
        waiting.push(block(0, 1000));
        waiting.push(block(1, 1000));
        let once = waiting.give(usize::MAX).unwrap();
        assert_eq!(once.block.as_ref().unwrap().number, 1);
        assert!(!once.gaps.is_empty());
        assert!(waiting.give(usize::MAX).is_none());
        waiting.rewind();
        let again = waiting.give(usize::MAX).unwrap();
        assert_eq!(again.gaps, once.gaps);
        assert!(waiting.finish().is_some());
        assert!(waiting.is_empty() && waiting.bytes() == 0);
    }

    #[test]
    fn holes_that_nothing_follows_are_written_too() {
        let mut waiting = Waiting::new(2000);
        let gone = block(4, 0);
        waiting
            .gaps
            .note(&gone.recording, &gone.spans, GapReason::FileGone);
        assert!(!waiting.is_empty());
        let entry = waiting.give(usize::MAX).unwrap();
        assert!(entry.block.is_none() && !entry.gaps.is_empty());
        waiting.finish();
        assert!(waiting.is_empty());
    }

    #[test]
    fn no_more_is_given_out_than_the_window_allows() {
        let mut waiting = Waiting::new(1 << 20);
        (0..4).for_each(|n| drop(waiting.push(block(n, 1000))));
        assert!(waiting.give(2000).is_some());
        assert!(waiting.give(2000).is_some());
        assert!(waiting.give(2000).is_none());
        waiting.finish();
        assert!(waiting.give(2000).is_some());
    }
}
