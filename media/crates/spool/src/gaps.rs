//! What a copy must still be told: records that it will never have, and Taps that ended. Whoever loses a place where this was
//! written down notes it again for the next.

use std::collections::HashMap;
use std::sync::Arc;

use crate::block::Span;
use crate::format::{self, EndReason, GapReason, Place};

/// Records that a copy does not have, and why.
pub type Hole = (Span, GapReason);

/// A Tap's end; `place.number` is how many records it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub place: Place,
    pub reason: EndReason,
}

/// `GAP` and `END` records, as values. Bounded by the Taps: neighbouring holes of a Tap for one reason are one.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    pub holes: Vec<Hole>,
    pub ends: Vec<End>,
}

impl Notes {
    pub fn is_empty(&self) -> bool {
        self.holes.is_empty() && self.ends.is_empty()
    }

    pub fn add_hole(&mut self, next: &Hole) {
        let alike = |hole: &&mut Hole| hole.0.tap == next.0.tap && hole.1 == next.1;
        let last = self.holes.iter_mut().rev().find(alike);
        if !last.is_some_and(|(span, _)| span.join(&next.0)) {
            self.holes.push(*next);
        }
    }

    /// Take in what is noted elsewhere.
    pub fn absorb(&mut self, other: &Notes) {
        other.holes.iter().for_each(|hole| self.add_hole(hole));
        let is_news = |end: &&End| !self.ends.contains(end);
        let news: Vec<End> = other.ends.iter().filter(is_news).copied().collect();
        self.ends.extend(news);
    }

    /// As records.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.holes.iter().for_each(|hole| write_hole(out, hole));
        for end in &self.ends {
            format::end(out, end.place, end.reason);
        }
    }
}

/// One hole as a record.
pub fn write_hole(out: &mut Vec<u8>, (span, reason): &Hole) {
    let place = Place {
        tap: span.tap,
        number: span.first,
        arrival_us: span.first_arrival_us,
    };
    format::gap(out, place, span.last, span.last_arrival_us, *reason);
}

/// Notes of all recordings that wait to be written down.
#[derive(Default)]
pub struct Gaps {
    of: HashMap<Arc<str>, Notes>,
}

impl Gaps {
    /// Note that these records are missing.
    pub fn note(&mut self, recording: &Arc<str>, spans: &[Span], reason: GapReason) {
        if !spans.is_empty() {
            let held = self.of.entry(Arc::clone(recording)).or_default();
            spans
                .iter()
                .for_each(|span| held.add_hole(&(*span, reason)));
        }
    }

    /// Note what was written down where it cannot be read any more.
    pub fn note_again(&mut self, recording: &Arc<str>, notes: &Notes) {
        if !notes.is_empty() {
            self.of
                .entry(Arc::clone(recording))
                .or_default()
                .absorb(notes);
        }
    }

    pub fn is_empty(&self, recording: &str) -> bool {
        !self.of.contains_key(recording)
    }

    /// Recordings with notes that are not written down yet.
    pub fn recordings(&self) -> impl Iterator<Item = &Arc<str>> {
        self.of.keys()
    }

    /// The notes of a recording; forgotten here.
    pub fn take(&mut self, recording: &str) -> Notes {
        self.of.remove(recording).unwrap_or_default()
    }
}
