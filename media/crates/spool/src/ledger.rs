//! Who has what: of each Tap how much was forwarded, and how much of it each copy holds for good.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::block::{Block, Span};
use crate::format::Copy;
use crate::progress::{CopyHealth, CopyState, Position, Progress, TapProgress, Trouble};

/// Records that wait longer than this make a copy lag.
const LAGGING_US: u64 = 5_000_000;
/// A trouble that went away by itself is still told for so long: who looks each few seconds must not miss it.
const TROUBLE_SHOWN_US: u64 = 10_000_000;

#[derive(Default)]
struct TapLine {
    tap_id: String,
    track_id: String,
    open: bool,
    forwarded: u64,
    forwarded_us: Option<u64>,
    durable: [u64; 2],
    lost: [u64; 2],
    durable_us: [Option<u64>; 2],
}

/// A block that a copy has not settled.
#[derive(Clone, Copy)]
struct Outstanding {
    oldest_us: u64,
    bytes: usize,
}

struct CopyLine {
    trouble: Option<Trouble>,
    /// When the trouble came, and whether it is over.
    trouble_since_us: u64,
    trouble_over: bool,
    outstanding: BTreeMap<u64, Outstanding>,
    told: CopyHealth,
    told_since_us: u64,
}

impl CopyLine {
    fn new(now_us: u64) -> Self {
        Self {
            trouble: None,
            trouble_since_us: now_us,
            trouble_over: true,
            outstanding: BTreeMap::new(),
            told: CopyHealth::Ok,
            told_since_us: now_us,
        }
    }

    fn oldest_us(&self) -> Option<u64> {
        self.outstanding.values().next().map(|one| one.oldest_us)
    }

    fn health(&self, on: bool, now_us: u64) -> CopyHealth {
        let shown = !self.trouble_over || now_us < self.trouble_since_us + TROUBLE_SHOWN_US;
        if !on {
            CopyHealth::Off
        } else if self.trouble.is_some() && shown {
            CopyHealth::Failing
        } else if self
            .oldest_us()
            .is_some_and(|oldest| oldest + LAGGING_US < now_us)
        {
            CopyHealth::Lagging
        } else {
            CopyHealth::Ok
        }
    }
}

struct Line {
    taps: BTreeMap<u32, TapLine>,
    copies: [CopyLine; 2],
    changed: bool,
}

pub struct Ledger {
    zero_utc_us: u64,
    on: [bool; 2],
    lines: HashMap<Arc<str>, Line>,
    /// What keeps a copy of every recording, also of those that begin now.
    common: [Option<Trouble>; 2],
}

fn at(copy: Copy) -> usize {
    match copy {
        Copy::A => 0,
        Copy::B => 1,
    }
}

impl Ledger {
    pub fn new(zero_utc_us: u64, a: bool, b: bool) -> Self {
        Self {
            zero_utc_us,
            on: [a, b],
            lines: HashMap::new(),
            common: [None, None],
        }
    }

    pub fn opened(
        &mut self,
        recording: &Arc<str>,
        tap: u32,
        tap_id: &str,
        track_id: &str,
        now_us: u64,
    ) {
        let common = &self.common;
        let line = self.lines.entry(Arc::clone(recording)).or_insert_with(|| {
            let mut copies = [CopyLine::new(now_us), CopyLine::new(now_us)];
            for (copy, trouble) in copies.iter_mut().zip(common) {
                copy.trouble.clone_from(trouble);
                copy.trouble_over = trouble.is_none();
            }
            Line {
                taps: BTreeMap::new(),
                copies,
                changed: false,
            }
        });
        let tap = line.taps.entry(tap).or_default();
        tap_id.clone_into(&mut tap.tap_id);
        track_id.clone_into(&mut tap.track_id);
        tap.open = true;
    }

    /// More came than could be taken in: no copy has it.
    pub fn overrun(&mut self, recording: &str, tap: u32, records: u64, arrival_us: u64) {
        if let Some(tap) = self.tap(recording, tap) {
            tap.forwarded += records;
            tap.forwarded_us = tap.forwarded_us.max(Some(arrival_us));
            tap.lost.iter_mut().for_each(|lost| *lost += records);
        }
    }

    /// A block goes to both copies. A Tap has ended when the block that says so is on its way: not sooner, or the recording
    /// would seem settled while its last records are still being gathered.
    pub fn handed(&mut self, block: &Block) {
        let on = self.on;
        let Some(line) = self.lines.get_mut(&block.recording) else {
            return;
        };
        for span in &block.spans {
            let tap = line.taps.entry(span.tap).or_default();
            tap.forwarded += span.records();
            tap.forwarded_us = tap.forwarded_us.max(Some(span.last_arrival_us));
        }
        for end in &block.notes.ends {
            line.taps.entry(end.place.tap).or_default().open = false;
        }
        for (copy, _) in line.copies.iter_mut().zip(on).filter(|(_, on)| *on) {
            let outstanding = Outstanding {
                oldest_us: block.oldest_us,
                bytes: block.bytes.len(),
            };
            copy.outstanding.insert(block.number, outstanding);
        }
    }

    /// A copy has this for good.
    pub fn durable(&mut self, copy: Copy, recording: &str, spans: &[Span], blocks: &[u64]) {
        self.settle(copy, recording, blocks);
        for span in spans {
            if let Some(tap) = self.tap(recording, span.tap) {
                let copy = at(copy);
                tap.durable[copy] += span.records();
                tap.durable_us[copy] = tap.durable_us[copy].max(Some(span.last_arrival_us));
            }
        }
    }

    /// A copy will never have this.
    pub fn lost(&mut self, copy: Copy, recording: &str, spans: &[Span], blocks: &[u64]) {
        self.settle(copy, recording, blocks);
        for span in spans {
            if let Some(tap) = self.tap(recording, span.tap) {
                tap.lost[at(copy)] += span.records();
            }
        }
    }

    /// A copy does not have any more what was durable.
    pub fn undone(&mut self, copy: Copy, recording: &str, spans: &[Span]) {
        for span in spans {
            if let Some(tap) = self.tap(recording, span.tap) {
                let durable = &mut tap.durable[at(copy)];
                *durable = durable.saturating_sub(span.records());
            }
        }
    }

    fn settle(&mut self, copy: Copy, recording: &str, blocks: &[u64]) {
        if let Some(line) = self.lines.get_mut(recording) {
            for block in blocks {
                line.copies[at(copy)].outstanding.remove(block);
            }
        }
    }

    fn tap(&mut self, recording: &str, tap: u32) -> Option<&mut TapLine> {
        self.lines.get_mut(recording)?.taps.get_mut(&tap)
    }

    /// A copy of one recording, or of all, is in trouble; None: not any more.
    pub fn trouble(
        &mut self,
        copy: Copy,
        recording: Option<&str>,
        trouble: Option<&Trouble>,
        now_us: u64,
    ) {
        if recording.is_none() {
            self.common[at(copy)] = trouble.cloned();
        }
        for (name, line) in &mut self.lines {
            if recording.is_some_and(|one| one != &**name) {
                continue;
            }
            let held = &mut line.copies[at(copy)];
            match trouble {
                Some(trouble) => {
                    let is_news = held.trouble_over || held.trouble.as_ref() != Some(trouble);
                    if is_news {
                        held.trouble_since_us = now_us;
                        line.changed = true;
                    }
                    held.trouble = Some(trouble.clone());
                    held.trouble_over = false;
                }
                None => held.trouble_over = true,
            }
        }
    }

    /// Whether something changed that must be told at once.
    pub fn has_news(&self) -> bool {
        self.lines.values().any(|line| line.changed)
    }

    /// Every recording, or those that have news. A recording that has settled is told once more and forgotten.
    pub fn progress(&mut self, now_us: u64, all: bool) -> Vec<Progress> {
        let (on, zero) = (self.on, self.zero_utc_us);
        let mut told = Vec::new();
        for (recording, line) in &mut self.lines {
            if !all && !std::mem::take(&mut line.changed) {
                continue;
            }
            line.changed = false;
            told.push(tell(recording, line, on, zero, now_us));
        }
        for one in told.iter().filter(|one| one.settled) {
            self.lines.remove(&one.recording);
        }
        told
    }

    /// Recordings with open Taps or something that waits.
    pub fn recordings(&self) -> impl Iterator<Item = &Arc<str>> {
        self.lines.keys()
    }
}

fn tell(recording: &Arc<str>, line: &mut Line, on: [bool; 2], zero: u64, now_us: u64) -> Progress {
    let utc = |us: Option<u64>| us.map_or(0, |us| us + zero);
    let position = |tap: &TapLine, copy: usize| Position {
        durable: tap.durable[copy],
        lost: tap.lost[copy],
        durable_utc_us: utc(tap.durable_us[copy]),
    };
    let taps = line
        .taps
        .values()
        .map(|tap| TapProgress {
            tap_id: tap.tap_id.clone(),
            track_id: tap.track_id.clone(),
            forwarded: tap.forwarded,
            forwarded_utc_us: utc(tap.forwarded_us),
            a: position(tap, 0),
            b: position(tap, 1),
            open: tap.open,
        })
        .collect();
    let is_settled = line.taps.values().all(|tap| !tap.open)
        && line.copies.iter().all(|copy| copy.outstanding.is_empty());
    // What has ended and settled has said its last: it is told this once more.
    let nothing_waits = line.copies.iter().all(|copy| copy.outstanding.is_empty());
    let mut state = |which: Copy| {
        let copy = &mut line.copies[at(which)];
        let health = copy.health(on[at(which)], now_us);
        if health != copy.told {
            copy.told = health;
            copy.told_since_us = now_us;
        }
        let trouble = copy
            .trouble
            .as_ref()
            .filter(|_| health == CopyHealth::Failing);
        CopyState {
            copy: which,
            health,
            code: trouble.map(|one| one.code().to_owned()).unwrap_or_default(),
            text: trouble.map(Trouble::text).unwrap_or_default(),
            since_utc_us: utc(Some(copy.told_since_us)),
            waiting_bytes: copy.outstanding.values().map(|one| one.bytes as u64).sum(),
            oldest_waiting_utc_us: utc(copy.oldest_us()),
        }
    };
    let copies = [state(Copy::A), state(Copy::B)];
    if nothing_waits {
        line.taps.retain(|_, tap| tap.open);
    }
    Progress {
        recording: Arc::clone(recording),
        at_utc_us: utc(Some(now_us)),
        taps,
        copies,
        settled: is_settled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(recording: &Arc<str>, number: u64, first: u64, last: u64) -> Block {
        let span = Span {
            tap: 7,
            first,
            last,
            first_arrival_us: 100,
            last_arrival_us: 200,
        };
        Block {
            number,
            recording: Arc::clone(recording),
            bytes: vec![0; 10],
            spans: vec![span],
            notes: crate::gaps::Notes::default(),
            opened: vec![],
            oldest_us: 100,
        }
    }

    #[test]
    fn a_recording_settles_when_its_taps_ended_and_both_copies_have_or_lost_everything() {
        let recording: Arc<str> = "rec".into();
        let mut ledger = Ledger::new(1_000_000, true, true);
        ledger.opened(&recording, 7, "tap_7", "trk_7", 0);
        let block = block(&recording, 1, 0, 9);
        ledger.handed(&block);
        ledger.overrun(&recording, 7, 5, 300);
        let mut last = self::block(&recording, 2, 15, 15);
        last.spans.clear();
        last.notes.ends.push(crate::gaps::End {
            place: crate::format::Place {
                tap: 7,
                number: 15,
                arrival_us: 400,
            },
            reason: crate::format::EndReason::Closed,
        });
        ledger.handed(&last);
        ledger.durable(Copy::A, &recording, &block.spans, &[1, 2]);
        let told = ledger.progress(1000, true);
        assert!(!told[0].settled);
        assert_eq!(told[0].copies[1].waiting_bytes, 20);
        ledger.lost(Copy::B, &recording, &block.spans, &[1, 2]);
        let told = ledger.progress(2000, true);
        let tap = &told[0].taps[0];
        assert!(told[0].settled);
        assert_eq!((tap.forwarded, tap.forwarded_utc_us), (15, 1_000_300));
        assert_eq!((tap.a.durable, tap.a.lost), (10, 5));
        assert_eq!((tap.b.durable, tap.b.lost), (0, 15));
        assert!(ledger.progress(3000, true).is_empty());
    }

    #[test]
    fn a_trouble_is_news_and_stays_in_sight_for_a_while() {
        let recording: Arc<str> = "rec".into();
        let mut ledger = Ledger::new(0, true, false);
        ledger.opened(&recording, 7, "tap_7", "trk_7", 0);
        ledger.trouble(Copy::A, Some("rec"), Some(&Trouble::DiskFull), 1000);
        assert!(ledger.has_news());
        let told = ledger.progress(1000, false);
        assert_eq!(told[0].copies[0].code, "disk_full");
        assert_eq!(told[0].copies[1].health, CopyHealth::Off);
        ledger.trouble(Copy::A, Some("rec"), None, 2000);
        let told = ledger.progress(3000, true);
        assert_eq!(told[0].copies[0].health, CopyHealth::Failing);
        let told = ledger.progress(1000 + TROUBLE_SHOWN_US, true);
        assert_eq!(told[0].copies[0].health, CopyHealth::Ok);
    }

    #[test]
    fn what_waits_too_long_makes_a_copy_lag() {
        let recording: Arc<str> = "rec".into();
        let mut ledger = Ledger::new(0, true, false);
        ledger.opened(&recording, 7, "tap_7", "trk_7", 0);
        ledger.handed(&block(&recording, 1, 0, 0));
        let told = ledger.progress(LAGGING_US + 101, true);
        assert_eq!(told[0].copies[0].health, CopyHealth::Lagging);
        assert_eq!(told[0].copies[0].oldest_waiting_utc_us, 100);
    }
}
