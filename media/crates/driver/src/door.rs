//! The way to one shard: its ports, its thread, its orders.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use engine::api::{EngineConfig, Limits};

use crate::bell::Bell;
use crate::bind::bind_shard;
use crate::clock::ShardClock;
use crate::core::Core;
use crate::queue::EventQueue;
use crate::shard::{Order, Shard, ShardParts};

/// Orders waiting for one shard. A shard serves over 100,000 a second; when so many wait the caller hears `Busy` and tries
/// again, nothing is lost.
pub(crate) const ORDERS_MAX: usize = 8192;

#[derive(Clone, Debug)]
pub struct PlaneConfig {
    pub shard_count: usize,
    /// Empty: the wildcards of both families.
    pub bind_addresses: Vec<IpAddr>,
    /// Shard `n` binds `port_first + n`; 0: any free ports.
    pub port_first: u16,
    /// Must-arrive events a shard may have waiting.
    pub event_queue_max: usize,
}

/// Why an order was not taken.
#[derive(Debug)]
pub(crate) enum NotTaken {
    Full,
    Gone,
}

pub(crate) struct ShardDoor {
    pub(crate) port: u16,
    pub(crate) queue: Arc<EventQueue>,
    orders: SyncSender<Order>,
    bell: Arc<Bell>,
    thread: JoinHandle<()>,
}

/// Bounds of one shard, so far above a full one that only a fault or an attack meets them.
fn limits() -> Limits {
    Limits {
        rooms_max: 1024,
        transports_per_room_max: 2048,
        tracks_per_transport_max: 8,
        slots_per_transport_max: 64,
        // 1.5 s of 3 Mbit/s in 1200-byte packets is 470; a key frame of a shared screen adds some.
        cache_packets_max: 1024,
        // A browser's ClientHello has 2 datagrams and comes at most 4 times in the first second (RFC 6347 section 4.2.4.1).
        handshakes_per_s_max: 50,
    }
}

fn seed() -> io::Result<u64> {
    let mut bytes = [0; 8];
    io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

impl ShardDoor {
    /// Bind the ports and start the thread.
    pub(crate) fn open<C: Core + 'static>(
        config: &PlaneConfig,
        index: usize,
        clock: ShardClock,
        event_bell: &Arc<Bell>,
    ) -> io::Result<Self> {
        let port = match config.port_first {
            0 => 0,
            first => u16::try_from(usize::from(first) + index).map_err(|_| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "the last shard's port is over 65535",
                )
            })?,
        };
        let (sockets, port) = bind_shard(&config.bind_addresses, port)
            .map_err(|error| io::Error::new(error.kind(), format!("UDP port {port}: {error}")))?;
        let (orders, orders_end) = sync_channel(ORDERS_MAX);
        let bell = Arc::new(Bell::new()?);
        let queue = Arc::new(EventQueue::new(config.event_queue_max));
        let parts = ShardParts {
            sockets,
            orders: orders_end,
            order_bell: Arc::clone(&bell),
            queue: Arc::clone(&queue),
            event_bell: Arc::clone(event_bell),
            clock,
            config: EngineConfig {
                ntp_at_zero: clock.ntp_at_zero(),
                seed: seed()?,
                limits: limits(),
            },
        };
        let (started, start) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name(format!("shard-{index}"))
            .spawn(move || {
                // The engine is made on its own thread: it need not be able to move between threads.
                match Shard::<C>::new(parts) {
                    Ok(shard) => {
                        let _ = started.send(Ok(()));
                        shard.run();
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                    }
                }
            })?;
        start
            .recv()
            .map_err(|_| io::Error::other("a shard's thread ended at start"))??;
        Ok(Self {
            port,
            orders,
            bell,
            queue,
            thread,
        })
    }

    /// Never waits.
    pub(crate) fn order(&self, order: Order) -> Result<(), NotTaken> {
        let sent = self.orders.try_send(order);
        self.bell.ring();
        sent.map_err(|error| match error {
            TrySendError::Full(_) => NotTaken::Full,
            TrySendError::Disconnected(_) => NotTaken::Gone,
        })
    }

    /// End the thread and wait for it; its sockets are closed then.
    pub(crate) fn close(self) {
        let Self {
            orders,
            bell,
            thread,
            ..
        } = self;
        // A shard that cannot be told, because its queue is full, sees that nobody holds the other end any more.
        let _ = orders.try_send(Order::Stop);
        drop(orders);
        bell.ring();
        let _ = thread.join();
    }
}
