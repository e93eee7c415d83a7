//! Records of one recording on their way to both copies: sealed once, shared, never changed.

use std::sync::Arc;

use crate::gaps::Notes;

/// What a block holds of one Tap: records `first` to `last` without a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub tap: u32,
    pub first: u64,
    pub last: u64,
    pub first_arrival_us: u64,
    pub last_arrival_us: u64,
}

impl Span {
    pub fn records(&self) -> u64 {
        self.last + 1 - self.first
    }

    /// Take in what follows directly. False: it does not.
    pub fn join(&mut self, next: &Span) -> bool {
        let follows = next.tap == self.tap && next.first == self.last + 1;
        if follows {
            self.last = next.last;
            self.last_arrival_us = next.last_arrival_us;
        }
        follows
    }
}

/// A Tap's `TAP` record, as every segment repeats it.
#[derive(Clone, Debug)]
pub struct Announcement {
    pub tap: u32,
    pub record: Arc<[u8]>,
}

#[derive(Debug)]
pub struct Block {
    pub number: u64,
    pub recording: Arc<str>,
    /// Whole records, without the `TAP`s: whoever writes puts them where they are needed.
    pub bytes: Vec<u8>,
    pub spans: Vec<Span>,
    /// What its bytes name: whoever loses the block must name it elsewhere.
    pub notes: Notes,
    /// Taps that begin in this block.
    pub opened: Vec<Announcement>,
    /// Arrival of its oldest record.
    pub oldest_us: u64,
}

/// What a block costs beside its bytes, so that a queue of tiny ones is bounded too.
const BLOCK_OVERHEAD_BYTES: usize = 512;

impl Block {
    pub fn cost(&self) -> usize {
        self.bytes.len() + BLOCK_OVERHEAD_BYTES
    }
}

/// Append a span to a list, joining it to the last of its Tap.
pub fn add_span(spans: &mut Vec<Span>, next: Span) {
    let last = spans.iter_mut().rev().find(|span| span.tap == next.tap);
    if !last.is_some_and(|last| last.join(&next)) {
        spans.push(next);
    }
}
