//! What a copy will never have, until it is written down in it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::block::Span;
use crate::format::{self, GapReason, Place};

/// Holes of all recordings. Bounded by the Taps: neighbouring holes of a Tap for one reason are one.
#[derive(Default)]
pub struct Gaps {
    of: HashMap<Arc<str>, Vec<(Span, GapReason)>>,
}

impl Gaps {
    /// Note that these records are missing.
    pub fn note(&mut self, recording: &Arc<str>, spans: &[Span], reason: GapReason) {
        let held = self.of.entry(Arc::clone(recording)).or_default();
        for span in spans {
            let last = held
                .iter_mut()
                .rev()
                .find(|(held, why)| held.tap == span.tap && *why == reason);
            if !last.is_some_and(|(held, _)| held.join(span)) {
                held.push((*span, reason));
            }
        }
    }

    pub fn is_empty(&self, recording: &str) -> bool {
        !self.of.contains_key(recording)
    }

    /// Recordings with holes that are not written down yet.
    pub fn recordings(&self) -> impl Iterator<Item = &Arc<str>> {
        self.of.keys()
    }

    /// The holes of a recording as records; forgotten here.
    pub fn take(&mut self, recording: &str) -> Vec<u8> {
        let mut out = Vec::new();
        for (span, reason) in self.of.remove(recording).unwrap_or_default() {
            write(&mut out, &span, reason);
        }
        out
    }
}

/// One hole as a record.
pub fn write(out: &mut Vec<u8>, span: &Span, reason: GapReason) {
    let place = Place {
        tap: span.tap,
        number: span.first,
        arrival_us: span.first_arrival_us,
    };
    format::gap(out, place, span.last, span.last_arrival_us, reason);
}
