//! A shard's side: records leave in batches, and nothing here ever waits.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use engine::TapBatch;
use engine::api::{Mono, TapKey};
use spool::format::EndReason;
use spool::sealer::Overrun;

use super::BATCHES_MAX;
use super::gather::{Records, SpoolOrder};

/// A batch leaves when it is this long,
const BATCH_BYTES: usize = 32 * 1024;
/// or this old.
const BATCH_AGE_US: u64 = 10_000;
/// While no buffer is free so much is kept; over it, it is counted and dropped.
const HELD_BYTES_MAX: usize = 256 * 1024;

pub(crate) struct Feed {
    orders: SyncSender<SpoolOrder>,
    home: SyncSender<TapBatch>,
    /// Empty buffers, those that came back and those never used.
    free: Receiver<TapBatch>,
    unused: usize,
    /// Dropped since the last batch.
    overruns: HashMap<TapKey, Overrun>,
    ends: Vec<(TapKey, EndReason)>,
    since: Option<Mono>,
    /// Records that no copy will have.
    pub(crate) dropped: u64,
}

impl Feed {
    pub(crate) fn new(orders: SyncSender<SpoolOrder>) -> Self {
        let (home, free) = sync_channel(BATCHES_MAX);
        Self {
            orders,
            home,
            free,
            unused: BATCHES_MAX,
            overruns: HashMap::new(),
            ends: Vec::new(),
            since: None,
            dropped: 0,
        }
    }

    /// Take what was recorded, and give a buffer for what will be: the same one until it is worth sending.
    pub(crate) fn take(&mut self, batch: TapBatch, now: Mono) -> TapBatch {
        if batch.records.is_empty() && self.ends.is_empty() && self.overruns.is_empty() {
            return batch;
        }
        let since = *self.since.get_or_insert(now);
        let is_due = batch.bytes.len() >= BATCH_BYTES
            || now.0 >= since.0 + BATCH_AGE_US
            || !self.ends.is_empty();
        if !is_due {
            return batch;
        }
        self.send(batch)
    }

    /// The shard ends: what is held leaves now, if there is a buffer for it.
    pub(crate) fn finish(&mut self, batch: TapBatch) {
        if !batch.records.is_empty() || !self.overruns.is_empty() {
            drop(self.send(batch));
        }
    }

    /// A Tap has ended: after what it brought.
    pub(crate) fn end(&mut self, tap: TapKey, reason: EndReason) {
        self.ends.push((tap, reason));
    }

    fn send(&mut self, batch: TapBatch) -> TapBatch {
        let Some(empty) = self.buffer() else {
            return self.hold(batch);
        };
        let records = Records {
            overruns: self.overruns.drain().map(|(_, overrun)| overrun).collect(),
            batch,
            ends: std::mem::take(&mut self.ends),
            home: self.home.clone(),
        };
        match self.orders.try_send(SpoolOrder::Records(records)) {
            Ok(()) => {
                self.since = None;
                empty
            }
            Err(TrySendError::Full(order) | TrySendError::Disconnected(order)) => {
                self.unused += 1;
                // Give back what the order took along.
                let SpoolOrder::Records(records) = order else {
                    return empty;
                };
                self.ends = records.ends;
                for overrun in records.overruns {
                    self.overruns.insert(overrun.tap, overrun);
                }
                self.hold(records.batch)
            }
        }
    }

    fn buffer(&mut self) -> Option<TapBatch> {
        if let Ok(empty) = self.free.try_recv() {
            return Some(empty);
        }
        self.unused = self.unused.checked_sub(1)?;
        Some(TapBatch::default())
    }

    /// There is no buffer: wait with it, or count it as lost.
    fn hold(&mut self, mut batch: TapBatch) -> TapBatch {
        if batch.bytes.len() < HELD_BYTES_MAX {
            return batch;
        }
        for record in &batch.records {
            let held = self.overruns.entry(record.tap).or_insert(Overrun {
                tap: record.tap,
                records: 0,
                first_arrival_us: record.arrival.0,
                last_arrival_us: record.arrival.0,
            });
            held.records += 1;
            held.last_arrival_us = record.arrival.0;
        }
        self.dropped += batch.records.len() as u64;
        batch.clear();
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{TapRecord, Tapped};

    const TAP: TapKey = TapKey(3);

    fn filled(batch: &mut TapBatch, arrival: u64, len: usize) {
        let start = batch.bytes.len() as u32;
        batch.bytes.resize(batch.bytes.len() + len, 0);
        batch.records.push(TapRecord {
            tap: TAP,
            arrival: Mono(arrival),
            epoch: 1,
            layer: 0,
            what: Tapped::Packet {
                seq: wire::ExtSeq(arrival),
                level: None,
                repaired: false,
                starts_keyframe: false,
                start,
                len: len as u32,
            },
        });
    }

    #[test]
    fn a_batch_leaves_when_it_is_old_or_long() {
        let (orders, end) = sync_channel(8);
        let mut feed = Feed::new(orders);
        let mut batch = TapBatch::default();
        filled(&mut batch, 0, 100);
        let mut batch = feed.take(batch, Mono(0));
        assert!(end.try_recv().is_err());
        filled(&mut batch, 1, BATCH_BYTES);
        let batch = feed.take(batch, Mono(1));
        assert!(batch.records.is_empty());
        assert!(matches!(end.try_recv(), Ok(SpoolOrder::Records(r)) if r.batch.records.len() == 2));
        let mut batch = batch;
        filled(&mut batch, 2, 100);
        let batch = feed.take(batch, Mono(2));
        feed.take(batch, Mono(2 + BATCH_AGE_US));
        assert!(matches!(end.try_recv(), Ok(SpoolOrder::Records(r)) if r.batch.records.len() == 1));
    }

    #[test]
    fn when_nobody_takes_it_records_are_counted_and_told_with_the_next_batch() {
        let (orders, end) = sync_channel(1);
        let mut feed = Feed::new(orders);
        let mut batch = TapBatch::default();
        for turn in 0..40 {
            filled(&mut batch, turn, BATCH_BYTES);
            batch = feed.take(batch, Mono(turn));
        }
        assert!(feed.dropped > 0);
        let held = batch.records.len() as u64;
        let Ok(SpoolOrder::Records(first)) = end.try_recv() else {
            panic!("a batch is on its way")
        };
        batch = feed.take(batch, Mono(1000 + BATCH_AGE_US));
        assert!(batch.records.is_empty());
        let Ok(SpoolOrder::Records(second)) = end.try_recv() else {
            panic!("a batch is on its way")
        };
        let lost: u64 = second.overruns.iter().map(|overrun| overrun.records).sum();
        assert_eq!(lost, feed.dropped);
        assert_eq!(first.batch.records.len() as u64 + lost + held, 40);
    }
}
