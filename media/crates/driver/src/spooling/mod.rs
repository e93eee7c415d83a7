//! The recording half of the driver: its threads, its files, its connection.
//!
//! ```text
//! shard (Feed) ──batches──> spool: seal, gather ──blocks──> copy A's queue ──> spool-a: write ─── spool-a-sync: fsync
//!                                                  └──────> copy B's queue ──> spool-b: send ──── spool-b-acks: read
//! ```
//!
//! A shard never waits: batches come from a fixed number of buffers, and when all are on their way the records are counted
//! and dropped. Each queue is bounded and drops its oldest; every hole is written down. What each thread knows of the others is the ledger.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use spool::copy_a::CopyA;
use spool::copy_b::CopyB;
use spool::format::Origin;
use spool::ledger::Ledger;
use spool::progress::Progress;
use spool::sealer::{Sealer, TapFacts};
use spool::waiting::{WAITING_BYTES_MAX, Waiting};

use crate::bell::Bell;
use crate::check;
use crate::clock::ShardClock;
use crate::panics::{adopt_thread, guarded};

mod feed;
mod files;
mod gather;
mod recorder;
mod writer;

pub(crate) use feed::Feed;
pub(crate) use gather::SpoolOrder;

use files::Files;

/// Batches of one shard that may be on their way: at 64 KiB each, a second of 130 Mbit/s.
const BATCHES_MAX: usize = 256;
/// Openings and ends on their way, beside the batches.
const ORDERS_MAX: usize = 4096;

/// So that a thread which panics again and again does not take a core.
const PANIC_PAUSE: Duration = Duration::from_millis(100);

/// Where recordings go.
#[derive(Clone, Debug)]
pub struct SpoolConfig {
    /// Copy A's folder; None: there is no copy A.
    pub folder: Option<PathBuf>,
    pub media_id: String,
    pub node: String,
    /// `unix:/path` or `host:port` of the recorder; None: there is no copy B.
    pub recorder_address: Option<String>,
    pub recorder_token: Vec<u8>,
}

/// What the threads share. Locks are held for moments only, but for `a`, which a stalled disk may hold: no shard and not
/// the gathering thread ever take that one.
pub(crate) struct Shared {
    pub(crate) clock: ShardClock,
    sealer: Mutex<Sealer>,
    pub(crate) ledger: Mutex<Ledger>,
    waiting_a: Mutex<Waiting>,
    wake_a: Condvar,
    a: Option<Mutex<CopyA<Files>>>,
    b: Option<Mutex<CopyB>>,
    wake_b: Condvar,
    stopping: AtomicBool,
    /// The latest of each recording, until somebody asks.
    told: Mutex<BTreeMap<Arc<str>, Progress>>,
    event_bell: Arc<Bell>,
    counts: Counts,
}

#[derive(Default)]
pub(crate) struct Counts {
    blocks: AtomicU64,
    bytes: AtomicU64,
    dropped_a: AtomicU64,
    dropped_b: AtomicU64,
    refused: AtomicU64,
    panics: AtomicU64,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing under these is left half-changed by a panic that matters more than going on recording.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn now_us(&self) -> u64 {
        self.clock.now().0
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    fn tell(&self, progress: Vec<Progress>) {
        if progress.is_empty() {
            return;
        }
        let mut told = lock(&self.told);
        for one in progress {
            told.insert(Arc::clone(&one.recording), one);
        }
        drop(told);
        self.event_bell.ring();
    }
}

/// The spool of a process: what the plane and the shards hold of it.
pub(crate) struct Spool {
    shared: Arc<Shared>,
    orders: SyncSender<SpoolOrder>,
    threads: Vec<JoinHandle<()>>,
}

impl Spool {
    pub(crate) fn start(
        config: &SpoolConfig,
        clock: ShardClock,
        shards: usize,
        event_bell: &Arc<Bell>,
    ) -> io::Result<Self> {
        check::folder_name("media_id", &config.media_id)
            .map_err(|text| io::Error::new(io::ErrorKind::InvalidInput, text))?;
        let origin = Origin {
            media_id: config.media_id.clone(),
            node: config.node.clone(),
            zero_utc_us: clock.utc_us_at_zero(),
        };
        let files = config
            .folder
            .as_ref()
            .map(|folder| Files::new(folder.clone(), &config.media_id));
        let waiting = || Waiting::new(WAITING_BYTES_MAX);
        let shared = Arc::new(Shared {
            clock,
            sealer: Mutex::default(),
            ledger: Mutex::new(Ledger::new(
                origin.zero_utc_us,
                files.is_some(),
                config.recorder_address.is_some(),
            )),
            waiting_a: Mutex::new(waiting()),
            wake_a: Condvar::new(),
            a: files.map(|files| Mutex::new(CopyA::new(files, origin.clone()))),
            b: config
                .recorder_address
                .as_ref()
                .map(|_| Mutex::new(CopyB::new(waiting()))),
            wake_b: Condvar::new(),
            stopping: AtomicBool::new(false),
            told: Mutex::default(),
            event_bell: Arc::clone(event_bell),
            counts: Counts::default(),
        });
        let (orders, orders_end) = sync_channel(shards * BATCHES_MAX + ORDERS_MAX);
        let mut spool = Self {
            shared,
            orders,
            threads: Vec::new(),
        };
        spool.spawn("spool", move |shared| gather::run(shared, &orders_end))?;
        if spool.shared.a.is_some() {
            spool.spawn("spool-a", writer::write)?;
            spool.spawn("spool-a-sync", writer::sync)?;
        }
        if let Some(address) = config.recorder_address.clone() {
            let sender = recorder::Sender {
                address,
                token: config.recorder_token.clone(),
                origin,
            };
            spool.spawn("spool-b", move |shared| sender.run(shared))?;
        }
        Ok(spool)
    }

    fn spawn(&mut self, name: &str, run: impl Fn(&Arc<Shared>) + Send + 'static) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                adopt_thread();
                // All that matters is in `shared`: after a panic the thread goes on from there, and it is counted.
                while guarded(|| run(&shared)).is_err() {
                    shared.counts.panics.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(PANIC_PAUSE);
                }
            })?;
        self.threads.push(thread);
        Ok(())
    }

    /// What one shard gives its records to.
    pub(crate) fn feed(&self) -> Feed {
        Feed::new(self.orders.clone())
    }

    /// A Tap begins: before its shard hears of it. False: too much is waiting.
    pub(crate) fn open(&self, facts: TapFacts) -> bool {
        let sent = self.orders.try_send(SpoolOrder::Open(Box::new(facts)));
        !matches!(sent, Err(TrySendError::Full(_)))
    }

    /// The latest progress of every recording that has news.
    pub(crate) fn take_progress(&self) -> Vec<Progress> {
        std::mem::take(&mut *lock(&self.shared.told))
            .into_values()
            .collect()
    }

    pub(crate) fn counters(&self) -> [(&'static str, u64); 6] {
        let counts = &self.shared.counts;
        let value = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [
            ("spool_blocks", value(&counts.blocks)),
            ("spool_bytes", value(&counts.bytes)),
            ("spool_a_blocks_dropped", value(&counts.dropped_a)),
            ("spool_b_blocks_dropped", value(&counts.dropped_b)),
            ("spool_records_refused", value(&counts.refused)),
            ("spool_panics", value(&counts.panics)),
        ]
    }

    /// After the shards have ended: write out what is here, and wait for it a few seconds at most.
    pub(crate) fn stop(mut self) {
        // The gathering thread ends by this, and sets the others to stop once it has handed out the last block.
        let _ = self.orders.send(SpoolOrder::Stop);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

type Orders = Receiver<SpoolOrder>;
