//! Copy A: segments in a folder, one file after another, never opened again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::block::{Span, add_span};
use crate::format::{self, Copy, GapReason, Origin};
use crate::gaps::Notes;
use crate::progress::Trouble;
use crate::waiting::Entry;

pub const SEGMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
pub const SEGMENT_AGE_US_MAX: u64 = 600_000_000;

/// Where segments go. The real one is files (`driver`), the simulator's is memory with faults.
pub trait Store {
    /// An open segment; `Handle` is how another thread makes it durable.
    type File;
    type Handle;

    /// Make a segment that does not exist yet, at `segment` or the next free number, with its folders; the number it got.
    /// `head` makes what it begins with.
    fn create(
        &mut self,
        recording: &str,
        segment: u32,
        head: &dyn Fn(u32) -> Vec<u8>,
    ) -> Result<(u32, Self::File), Trouble>;

    /// Append all of it or nothing. `Broken` when the file may hold a part of it.
    fn append(&mut self, file: &mut Self::File, parts: &[&[u8]]) -> Result<(), NotAppended>;

    fn handle(&self, file: &Self::File) -> Self::Handle;
}

/// Why nothing was appended.
#[derive(Debug)]
pub enum NotAppended {
    /// The file is as it was.
    Clean(Trouble),
    /// It may end in a part of a record: no more is appended to it.
    Broken(Trouble),
}

struct Open<F> {
    file: F,
    segment: u32,
    bytes: u64,
    opened_us: u64,
    announced: BTreeSet<u32>,
    /// All that it holds, and what of it is not synced.
    inside: Vec<Span>,
    unsynced: Vec<Span>,
    /// What it names.
    notes: Notes,
    blocks: Vec<u64>,
    dirty: bool,
    /// It was rotated out: forgotten once it is synced.
    done: bool,
}

struct Part<F> {
    next_segment: u32,
    open: Vec<Open<F>>,
    /// All Taps of the recording, and which of them have ended: their `TAP` records stay until all is synced.
    taps: BTreeMap<u32, Arc<[u8]>>,
    ended: BTreeSet<u32>,
}

/// What must be synced, and what is durable then.
pub struct Dirty<H> {
    pub recording: Arc<str>,
    pub segment: u32,
    pub handle: H,
    pub spans: Vec<Span>,
    pub blocks: Vec<u64>,
}

/// What is gone with a segment.
#[derive(Default)]
pub struct Gone {
    /// Was durable.
    pub durable: Vec<Span>,
    /// Was not yet.
    pub unsynced: Vec<Span>,
    /// What it named: it must be named again.
    pub notes: Notes,
    pub blocks: Vec<u64>,
}

impl Gone {
    /// What the copy lacks from now on: all of a file that is gone, what a failed sync did not make durable.
    pub fn missing(&self, reason: GapReason) -> Vec<Span> {
        let mut missing = self.undone(reason).to_vec();
        for span in &self.unsynced {
            add_span(&mut missing, *span);
        }
        missing
    }

    /// What of it had been durable.
    pub fn undone(&self, reason: GapReason) -> &[Span] {
        match reason {
            GapReason::FileGone => &self.durable,
            // What was synced before stays where it is.
            _ => &[],
        }
    }
}

pub struct CopyA<S: Store> {
    store: S,
    origin: Origin,
    parts: HashMap<Arc<str>, Part<S::File>>,
}

impl<S: Store> CopyA<S> {
    pub fn new(store: S, origin: Origin) -> Self {
        Self {
            store,
            origin,
            parts: HashMap::new(),
        }
    }

    pub fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Append an entry. On an error nothing of it is in the copy, and the same entry may be tried again.
    pub fn write(&mut self, entry: &Entry, now_us: u64) -> Result<(), Trouble> {
        let part = self
            .parts
            .entry(Arc::clone(&entry.recording))
            .or_insert_with(|| Part {
                next_segment: 1,
                open: Vec::new(),
                taps: BTreeMap::new(),
                ended: BTreeSet::new(),
            });
        if let Some(block) = &entry.block {
            for opened in &block.opened {
                part.taps.insert(opened.tap, Arc::clone(&opened.record));
            }
        }
        let is_current = part.open.last().is_some_and(|open| {
            !open.done
                && open.bytes < SEGMENT_BYTES_MAX
                && now_us.saturating_sub(open.opened_us) < SEGMENT_AGE_US_MAX
        });
        if !is_current {
            begin(
                &mut self.store,
                &self.origin,
                &entry.recording,
                part,
                now_us,
            )?;
        }
        // `begin` has just put one there if there was none.
        let open = part.open.last_mut().unwrap();
        append(&mut self.store, open, &part.taps, entry)?;
        let in_block = entry.block.iter().flat_map(|block| &block.notes.ends);
        for end in in_block.chain(&entry.notes.ends) {
            part.ended.insert(end.place.tap);
        }
        Ok(())
    }

    /// What was written since the last time: the caller syncs it, and says with [`CopyA::synced`] or [`CopyA::gone`] how it went.
    pub fn dirty(&mut self) -> Vec<Dirty<S::Handle>> {
        let mut dirty = Vec::new();
        for (recording, part) in &mut self.parts {
            for open in part.open.iter_mut().filter(|open| open.dirty) {
                open.dirty = false;
                dirty.push(Dirty {
                    recording: Arc::clone(recording),
                    segment: open.segment,
                    handle: self.store.handle(&open.file),
                    spans: std::mem::take(&mut open.unsynced),
                    blocks: std::mem::take(&mut open.blocks),
                });
            }
        }
        dirty
    }

    /// It is on the disk.
    pub fn synced(&mut self, dirty: &Dirty<S::Handle>) {
        if let Some(part) = self.parts.get_mut(&dirty.recording) {
            part.open
                .retain(|open| open.segment != dirty.segment || !open.done || open.dirty);
        }
        self.forget_idle(&dirty.recording);
    }

    /// The disk refused: another try may succeed.
    pub fn unsynced(&mut self, dirty: Dirty<S::Handle>) {
        let part = self.parts.get_mut(&dirty.recording);
        let open = part.and_then(|part| part.open.iter_mut().find(|o| o.segment == dirty.segment));
        if let Some(open) = open {
            open.dirty = true;
            dirty
                .spans
                .into_iter()
                .for_each(|span| add_span(&mut open.unsynced, span));
            open.blocks.extend(dirty.blocks);
        }
    }

    /// The segment is no more what it was: removed, or its pages were thrown away. The next entry begins another.
    pub fn gone(&mut self, dirty: Dirty<S::Handle>) -> Gone {
        let mut gone = Gone {
            unsynced: dirty.spans,
            blocks: dirty.blocks,
            ..Gone::default()
        };
        if let Some(part) = self.parts.get_mut(&dirty.recording)
            && let Some(at) = part
                .open
                .iter()
                .position(|open| open.segment == dirty.segment)
        {
            let open = part.open.remove(at);
            open.unsynced
                .into_iter()
                .for_each(|span| add_span(&mut gone.unsynced, span));
            gone.blocks.extend(open.blocks);
            gone.notes = open.notes;
            gone.durable = without(&open.inside, &gone.unsynced);
        }
        gone
    }

    /// Whether everything of a recording is written and synced.
    pub fn is_clean(&self) -> bool {
        let mut open = self.parts.values().flat_map(|part| &part.open);
        open.all(|open| !open.dirty)
    }

    /// Forget a recording without Taps whose segments are synced: its next Tap begins another segment.
    fn forget_idle(&mut self, recording: &str) {
        let is_idle = self.parts.get(recording).is_some_and(|part| {
            part.taps.keys().all(|tap| part.ended.contains(tap))
                && part.open.iter().all(|open| !open.dirty)
        });
        if is_idle {
            self.parts.remove(recording);
        }
    }
}

/// `inside` up to where `tail` begins, Tap by Tap: records of a Tap are written in order.
fn without(inside: &[Span], tail: &[Span]) -> Vec<Span> {
    let mut rest = Vec::new();
    for span in inside {
        let first = tail
            .iter()
            .filter(|cut| cut.tap == span.tap)
            .map(|cut| cut.first)
            .min()
            .unwrap_or(u64::MAX);
        if span.first < first {
            rest.push(Span {
                last: span.last.min(first - 1),
                ..*span
            });
        }
    }
    rest
}

fn begin<S: Store>(
    store: &mut S,
    origin: &Origin,
    recording: &str,
    part: &mut Part<S::File>,
    now_us: u64,
) -> Result<(), Trouble> {
    let opened_utc_us = origin.zero_utc_us + now_us;
    let head = |segment| format::segment_head(origin, Copy::A, recording, segment, opened_utc_us);
    let (segment, file) = store.create(recording, part.next_segment, &head)?;
    part.next_segment = segment + 1;
    if let Some(last) = part.open.last_mut() {
        last.done = true;
    }
    part.open
        .retain(|open| !open.done || open.dirty || !open.unsynced.is_empty());
    part.open.push(Open {
        file,
        segment,
        bytes: 0,
        opened_us: now_us,
        announced: BTreeSet::new(),
        inside: Vec::new(),
        unsynced: Vec::new(),
        notes: Notes::default(),
        blocks: Vec::new(),
        dirty: true,
        done: false,
    });
    Ok(())
}

fn append<S: Store>(
    store: &mut S,
    open: &mut Open<S::File>,
    taps: &BTreeMap<u32, Arc<[u8]>>,
    entry: &Entry,
) -> Result<(), Trouble> {
    let unknown = taps.iter().filter(|(tap, _)| !open.announced.contains(tap));
    let unknown: Vec<&[u8]> = unknown.map(|(_, record)| &**record).collect();
    let mut parts = unknown;
    parts.push(&entry.gaps);
    if let Some(block) = &entry.block {
        parts.push(&block.bytes);
    }
    match store.append(&mut open.file, &parts) {
        Ok(()) => {}
        Err(NotAppended::Clean(trouble)) => return Err(trouble),
        Err(NotAppended::Broken(trouble)) => {
            open.done = true;
            return Err(trouble);
        }
    }
    open.bytes += parts.iter().map(|part| part.len() as u64).sum::<u64>();
    open.announced.extend(taps.keys());
    open.dirty = true;
    open.notes.absorb(&entry.notes);
    if let Some(block) = &entry.block {
        open.notes.absorb(&block.notes);
        for span in &block.spans {
            add_span(&mut open.inside, *span);
            add_span(&mut open.unsynced, *span);
        }
        open.blocks.push(block.number);
    }
    Ok(())
}
