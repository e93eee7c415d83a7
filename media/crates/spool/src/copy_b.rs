//! Copy B as seen by who sends it: what goes next over the connection, what is acknowledged, what is sent again.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use crate::block::{Block, Span};
use crate::frame::{FRAME_BYTES_MAX, block_head};
use crate::waiting::{Entry, Waiting};

/// Sent and not acknowledged, at most: a recorder that reads but never acknowledges cannot make all that waits undroppable.
pub const UNACKED_BYTES_MAX: usize = 32 * 1024 * 1024;

/// One frame, in the parts that are written one after another.
pub struct Frame {
    pub head: Vec<u8>,
    /// `TAP` and `GAP` records.
    pub before: Vec<u8>,
    pub block: Option<Arc<Block>>,
}

impl Frame {
    pub fn len(&self) -> usize {
        self.head.len() + self.before.len() + self.block.as_ref().map_or(0, |b| b.bytes.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What the recorder has now.
#[derive(Debug)]
pub struct Acked {
    pub recording: Arc<str>,
    pub spans: Vec<Span>,
    pub block: u64,
}

pub struct CopyB {
    pub waiting: Waiting,
    /// Frame numbers of what was given out, oldest first.
    sent: VecDeque<u64>,
    next_frame: u64,
    taps: HashMap<Arc<str>, BTreeMap<u32, Arc<[u8]>>>,
    /// Said on this connection.
    announced: BTreeSet<u32>,
}

impl CopyB {
    pub fn new(waiting: Waiting) -> Self {
        Self {
            waiting,
            sent: VecDeque::new(),
            next_frame: 1,
            taps: HashMap::new(),
            announced: BTreeSet::new(),
        }
    }

    /// Take a block in; what had to go for it.
    pub fn push(&mut self, block: Arc<Block>) -> Vec<Arc<Block>> {
        for opened in &block.opened {
            self.taps
                .entry(Arc::clone(&block.recording))
                .or_default()
                .insert(opened.tap, Arc::clone(&opened.record));
        }
        // Who began or ended in a block that has to go is announced all the same: a later entry says so.
        self.waiting.push(block)
    }

    /// A new connection: all that is not acknowledged goes again.
    pub fn begin(&mut self) {
        self.waiting.rewind();
        self.sent.clear();
        self.announced.clear();
    }

    /// The next frame to send.
    pub fn next_frame(&mut self) -> Option<Frame> {
        let entry = self.waiting.give(UNACKED_BYTES_MAX)?;
        let number = self.next_frame;
        self.next_frame += 1;
        self.sent.push_back(number);
        let mut before = Vec::new();
        for (tap, record) in self.taps.get(&entry.recording).into_iter().flatten() {
            // A recording has at most some hundred Taps of some hundred bytes; the rest of them goes with the next block.
            let has_room = before.len() + record.len() + entry.bytes() < FRAME_BYTES_MAX / 2;
            if has_room && self.announced.insert(*tap) {
                before.extend_from_slice(record);
            }
        }
        before.extend_from_slice(&entry.gaps);
        let len = before.len() + entry.block.as_ref().map_or(0, |block| block.bytes.len());
        Some(Frame {
            head: block_head(number, &entry.recording, len),
            before,
            block: entry.block.clone(),
        })
    }

    /// This frame and all before it are durable.
    pub fn acked(&mut self, number: u64) -> Vec<Acked> {
        let mut acked = Vec::new();
        while self.sent.front().is_some_and(|sent| *sent <= number) {
            self.sent.pop_front();
            let Some(entry) = self.waiting.finish() else {
                break;
            };
            self.forget_ended(&entry);
            if let Some(block) = &entry.block {
                acked.push(Acked {
                    recording: Arc::clone(&block.recording),
                    spans: block.spans.clone(),
                    block: block.number,
                });
            }
        }
        acked
    }

    /// Whether anything was sent that is not acknowledged.
    pub fn awaits_ack(&self) -> bool {
        !self.sent.is_empty()
    }

    fn forget_ended(&mut self, entry: &Entry) {
        let Some(taps) = self.taps.get_mut(&entry.recording) else {
            return;
        };
        let in_block = entry.block.iter().flat_map(|block| &block.notes.ends);
        for end in in_block.chain(&entry.notes.ends) {
            taps.remove(&end.place.tap);
            self.announced.remove(&end.place.tap);
        }
        if taps.is_empty() {
            self.taps.remove(&entry.recording);
        }
    }
}
