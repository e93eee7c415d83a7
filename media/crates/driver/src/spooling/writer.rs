//! Copy A's two threads: one writes, so that what was forwarded is out of the process soon; one makes it durable, which may take long.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use spool::copy_a::{CopyA, Dirty};
use spool::format::{Copy, GapReason};
use spool::progress::Trouble;
use spool::waiting::Entry;

use super::files::{Files, NotSynced};
use super::{Shared, lock};

/// Between two syncs: with the sync itself a power cut takes less than a second.
const SYNC_INTERVAL: Duration = Duration::from_millis(400);
/// After a disk refused.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// Longest sleep of a thread that nobody wakes.
const SLEEP_MAX: Duration = Duration::from_millis(200);
/// What could not be written so long after the end is given up: the process must stop.
const STOP_PATIENCE_US: u64 = 3_000_000;

fn copy_a(shared: &Shared) -> std::sync::MutexGuard<'_, CopyA<Files>> {
    // The threads in here run only when there is a copy A.
    lock(shared.a.as_ref().unwrap())
}

/// Write entries in order until told to stop and nothing waits.
pub(super) fn write(shared: &Arc<Shared>) {
    let mut give_up_at = u64::MAX;
    // After a panic: what was being written comes again; twice in the copy is once in the union.
    lock(&shared.waiting_a).rewind();
    while let Some(entry) = next(shared) {
        let mut in_trouble = false;
        loop {
            let now = shared.now_us();
            let written = copy_a(shared).write(&entry, now);
            let Err(trouble) = written else { break };
            in_trouble = true;
            lock(&shared.ledger).trouble(Copy::A, None, Some(&trouble), now);
            if shared.is_stopping() {
                give_up_at = give_up_at.min(now + STOP_PATIENCE_US);
                if now >= give_up_at {
                    return;
                }
            }
            std::thread::sleep(RETRY_INTERVAL);
        }
        lock(&shared.waiting_a).finish();
        if in_trouble {
            lock(&shared.ledger).trouble(Copy::A, None, None, shared.now_us());
        }
    }
}

/// The next entry; None when all is written and the process stops.
fn next(shared: &Shared) -> Option<Arc<Entry>> {
    let mut waiting = lock(&shared.waiting_a);
    loop {
        if let Some(entry) = waiting.give(usize::MAX) {
            return Some(entry);
        }
        if shared.is_stopping() {
            return None;
        }
        (waiting, _) = shared
            .wake_a
            .wait_timeout(waiting, SLEEP_MAX)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

/// Sync what was written, again and again.
pub(super) fn sync(shared: &Arc<Shared>) {
    let mut left_since = None;
    loop {
        let was_stopping = shared.is_stopping();
        let dirty = copy_a(shared).dirty();
        for one in dirty {
            sync_one(shared, one);
        }
        if was_stopping {
            let now = shared.now_us();
            let since = *left_since.get_or_insert(now);
            // One lock after the other: a stalled disk may hold the second.
            let is_written = lock(&shared.waiting_a).is_empty();
            let is_done = is_written && copy_a(shared).is_clean();
            if is_done || now >= since + STOP_PATIENCE_US {
                return;
            }
            std::thread::sleep(SYNC_INTERVAL / 8);
        } else {
            std::thread::sleep(SYNC_INTERVAL);
        }
    }
}

fn sync_one(shared: &Shared, dirty: Dirty<std::io::Result<super::files::Handle>>) {
    let synced = match &dirty.handle {
        Ok(handle) => handle.sync(),
        Err(error) => Err(NotSynced::Failed(super::files::trouble(error))),
    };
    match synced {
        Ok(()) => {
            copy_a(shared).synced(&dirty);
            lock(&shared.ledger).durable(Copy::A, &dirty.recording, &dirty.spans, &dirty.blocks);
        }
        Err(NotSynced::Gone) => {
            abandon(shared, dirty, &Trouble::FolderMissing, GapReason::FileGone)
        }
        // After a failed sync the kernel has thrown the pages away: what the file holds of them is not known (PostgreSQL's
        // lesson of 2018). The other copy has them.
        Err(NotSynced::Failed(trouble)) => abandon(shared, dirty, &trouble, GapReason::NotWritten),
    }
}

/// The segment is lost: say so in the next one and to control.
fn abandon(
    shared: &Shared,
    dirty: Dirty<std::io::Result<super::files::Handle>>,
    trouble: &Trouble,
    reason: GapReason,
) {
    let recording = Arc::clone(&dirty.recording);
    let gone = copy_a(shared).gone(dirty);
    let missing = gone.missing(reason);
    let now = shared.now_us();
    {
        let mut waiting = lock(&shared.waiting_a);
        waiting.gaps.note(&recording, &missing, reason);
        waiting.gaps.note_again(&recording, &gone.notes);
    }
    shared.wake_a.notify_one();
    let mut ledger = lock(&shared.ledger);
    ledger.undone(Copy::A, &recording, gone.undone(reason));
    ledger.lost(Copy::A, &recording, &missing, &gone.blocks);
    ledger.trouble(Copy::A, Some(&recording), Some(trouble), now);
    // It is over with the next segment; it stays in sight for a while.
    ledger.trouble(Copy::A, Some(&recording), None, now);
}
