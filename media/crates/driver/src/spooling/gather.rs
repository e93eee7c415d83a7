//! The thread between shards and copies: it seals, gathers blocks and tells how far things are. It does no I/O, so nothing
//! that a disk or a recorder does can hold it up.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, SyncSender};
use std::time::Duration;

use engine::TapBatch;
use engine::api::TapKey;
use spool::block::Block;
use spool::format::{Copy, EndReason};
use spool::seal::SALT_BYTES;
use spool::sealer::{Overrun, Sealer, TapFacts};

use super::{Orders, Shared, lock};

/// Between two reports of a recording.
const REPORT_INTERVAL_US: u64 = 1_000_000;
/// Longest sleep: news of other threads are told within this.
const SLEEP_MAX_US: u64 = 200_000;

pub(crate) struct Records {
    pub(crate) overruns: Vec<Overrun>,
    pub(crate) batch: TapBatch,
    pub(crate) ends: Vec<(TapKey, EndReason)>,
    /// Where the empty buffer goes.
    pub(crate) home: SyncSender<TapBatch>,
}

pub(crate) enum SpoolOrder {
    Open(Box<TapFacts>),
    Records(Records),
    Stop,
}

pub(crate) fn run(shared: &Arc<Shared>, orders: &Orders) {
    // Nobody else takes it: it is there so that it outlives this loop.
    let mut sealer = lock(&shared.sealer);
    let mut report_at = 0;
    loop {
        let now = shared.now_us();
        let wake_at = sealer.next_due_us().unwrap_or(u64::MAX).min(report_at);
        let sleep_us = wake_at.saturating_sub(now).clamp(1, SLEEP_MAX_US);
        let order = orders.recv_timeout(Duration::from_micros(sleep_us));
        let now = shared.now_us();
        let go_on = match order {
            Ok(order) => serve(shared, &mut sealer, order, now),
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        };
        if !go_on {
            for tap in sealer.open_taps() {
                sealer.end(tap, EndReason::ProcessStopped, now);
            }
        }
        for block in sealer.due(now, !go_on) {
            hand_out(shared, block);
        }
        let refused = sealer.refused;
        shared.counts.refused.store(refused, Ordering::Relaxed);
        report(shared, now, &mut report_at);
        if !go_on {
            shared.stopping.store(true, Ordering::Release);
            shared.wake_a.notify_all();
            shared.wake_b.notify_all();
            return;
        }
    }
}

fn serve(shared: &Shared, sealer: &mut Sealer, order: SpoolOrder, now: u64) -> bool {
    match order {
        SpoolOrder::Stop => return false,
        SpoolOrder::Open(facts) => open(shared, sealer, &facts, now),
        SpoolOrder::Records(mut records) => {
            for overrun in &records.overruns {
                if let Some(recording) = sealer.recording(overrun.tap).cloned() {
                    let arrival_us = overrun.last_arrival_us;
                    lock(&shared.ledger).overrun(
                        &recording,
                        overrun.tap.0,
                        overrun.records,
                        arrival_us,
                    );
                }
                sealer.overrun(overrun, now);
            }
            sealer.take(&records.batch, now);
            for (tap, reason) in records.ends {
                sealer.end(tap, reason, now);
            }
            records.batch.clear();
            // A shard that is gone needs no buffer.
            let _ = records.home.try_send(records.batch);
        }
    }
    true
}

fn open(shared: &Shared, sealer: &mut Sealer, facts: &TapFacts, now: u64) {
    // Without randomness nothing may be sealed.
    let Some(salt) = random::<SALT_BYTES>() else {
        shared.counts.refused.fetch_add(1, Ordering::Relaxed);
        return;
    };
    lock(&shared.ledger).opened(
        &facts.recording,
        facts.tap.0,
        &facts.tap_id,
        &facts.track_id,
        now,
    );
    sealer.open(facts, salt, now);
}

/// To both copies; what had to go for it is lost in that copy.
fn hand_out(shared: &Shared, block: Block) {
    let counts = &shared.counts;
    counts.blocks.fetch_add(1, Ordering::Relaxed);
    counts
        .bytes
        .fetch_add(block.bytes.len() as u64, Ordering::Relaxed);
    let block = Arc::new(block);
    lock(&shared.ledger).handed(&block);
    if shared.a.is_some() {
        let dropped = lock(&shared.waiting_a).push(Arc::clone(&block));
        shared.wake_a.notify_one();
        let count = dropped.len() as u64;
        counts.dropped_a.fetch_add(count, Ordering::Relaxed);
        lose(shared, Copy::A, &dropped);
    }
    if let Some(b) = &shared.b {
        let dropped = lock(b).push(block);
        shared.wake_b.notify_one();
        let count = dropped.len() as u64;
        counts.dropped_b.fetch_add(count, Ordering::Relaxed);
        lose(shared, Copy::B, &dropped);
    }
}

fn lose(shared: &Shared, copy: Copy, dropped: &[Arc<Block>]) {
    if dropped.is_empty() {
        return;
    }
    let mut ledger = lock(&shared.ledger);
    for block in dropped {
        ledger.lost(copy, &block.recording, &block.spans, &[block.number]);
    }
}

fn report(shared: &Shared, now: u64, report_at: &mut u64) {
    let mut ledger = lock(&shared.ledger);
    let is_time = now >= *report_at;
    if is_time {
        *report_at = now + REPORT_INTERVAL_US;
    }
    if is_time || ledger.has_news() {
        let progress = ledger.progress(now, is_time);
        drop(ledger);
        shared.tell(progress);
    }
}

/// Bytes nobody can guess.
pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let mut source = std::fs::File::open("/dev/urandom").ok()?;
    std::io::Read::read_exact(&mut source, &mut bytes).ok()?;
    Some(bytes)
}
