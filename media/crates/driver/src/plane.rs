//! All shards of a process behind plain methods; what the bindings call. Each method checks, finds the shard and returns at
//! once; what became of it comes back as an event.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::os::fd::RawFd;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::api::{Command, Direction, SrtpKeys, SubscriptionSpec, TrackSpec, TransportSpec};

use crate::bell::Bell;
use crate::check;
use crate::clock::ShardClock;
use crate::core::Core;
use crate::door::{NotTaken, ORDERS_MAX, PlaneConfig, ShardDoor};
use crate::drain::{PlaneEvent, name};
use crate::queue::{ObjectKind, Told};
use crate::registry::Registry;
use crate::shard::Order;
use crate::spec::{SubscriptionRequest, TrackRequest, TransportRequest};

const SHARDS_MAX: usize = 256;

/// A shard that is silent for so long has lost its thread.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub enum PlaneError {
    /// The request itself is wrong, or names what does not exist.
    Refused(String),
    /// The shard has too much to do; try again.
    Busy(usize),
    /// The shard's thread is gone.
    Stopped,
}

impl fmt::Display for PlaneError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(text) => formatter.write_str(text),
            Self::Busy(shard) => write!(
                formatter,
                "shard {shard} has {ORDERS_MAX} commands waiting; try again"
            ),
            Self::Stopped => formatter.write_str("the media plane has stopped"),
        }
    }
}

impl std::error::Error for PlaneError {}

impl From<String> for PlaneError {
    fn from(text: String) -> Self {
        Self::Refused(text)
    }
}

#[derive(Default)]
struct DrainState {
    /// The shard to begin with, so that a loud one does not starve the others.
    first: usize,
    counters: Vec<Vec<(&'static str, u64)>>,
}

pub struct Plane {
    shards: Vec<ShardDoor>,
    event_bell: Arc<Bell>,
    registry: Mutex<Registry>,
    drain: Mutex<DrainState>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only callers' threads take these, and nothing under them is left half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plane {
    /// Bind the ports and start the threads.
    pub fn start(config: &PlaneConfig) -> io::Result<Self> {
        Self::start_with::<engine::Engine>(config)
    }

    /// As `start`, with another engine: for tests of the driver itself.
    pub fn start_with<C: Core + 'static>(config: &PlaneConfig) -> io::Result<Self> {
        if !(1..=SHARDS_MAX).contains(&config.shard_count) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("1 to {SHARDS_MAX} shards"),
            ));
        }
        let event_bell = Arc::new(Bell::new()?);
        let clock = ShardClock::start();
        let mut plane = Self {
            shards: Vec::with_capacity(config.shard_count),
            event_bell,
            registry: Mutex::default(),
            drain: Mutex::new(DrainState {
                first: 0,
                counters: vec![Vec::new(); config.shard_count],
            }),
        };
        for index in 0..config.shard_count {
            // An error drops the plane, which stops the shards that run already.
            let door = ShardDoor::open::<C>(config, index, clock, &plane.event_bell)?;
            plane.shards.push(door);
        }
        Ok(plane)
    }

    /// One UDP port a shard.
    pub fn ports(&self) -> Vec<u16> {
        self.shards.iter().map(|shard| shard.port).collect()
    }

    /// Readable while there are events.
    pub fn event_fd(&self) -> RawFd {
        self.event_bell.fd()
    }

    fn order(&self, shard: usize, order: Order) -> Result<(), PlaneError> {
        let door = self.shards.get(shard).ok_or(PlaneError::Stopped)?;
        door.order(order).map_err(|why| match why {
            NotTaken::Full => PlaneError::Busy(shard),
            NotTaken::Gone => PlaneError::Stopped,
        })
    }

    fn open(
        &self,
        registry: &mut Registry,
        (kind, id): (ObjectKind, &str),
        (shard, key, opening): (usize, u32, bool),
        command: Command,
    ) -> Result<(), PlaneError> {
        let sent = self.order(
            shard,
            Order::Command {
                kind,
                key,
                opening,
                command: Box::new(command),
            },
        );
        if sent.is_err() && opening {
            registry.forget(kind, id);
        }
        sent
    }

    pub fn open_room(&self, room_id: &str, shard: usize) -> Result<(), PlaneError> {
        check::id("room_id", room_id)?;
        if shard >= self.shards.len() {
            return Err(PlaneError::Refused(format!(
                "there are {} shards, no shard {shard}",
                self.shards.len()
            )));
        }
        let mut registry = lock(&self.registry);
        let entry = registry.open_room(room_id, shard)?;
        let place = (entry.shard, entry.key.0, entry.opening);
        self.open(
            &mut registry,
            (ObjectKind::Room, room_id),
            place,
            Command::OpenRoom(entry.key),
        )
    }

    pub fn open_transport(&self, request: TransportRequest) -> Result<(), PlaneError> {
        check::transport(&request)?;
        let mut registry = lock(&self.registry);
        let is_publish = request.direction == Direction::Publish;
        let (entry, room, participant) = registry.open_transport(
            &request.transport_id,
            &request.room_id,
            &request.participant_id,
            is_publish,
        )?;
        let spec = TransportSpec {
            transport: entry.key,
            room,
            participant,
            direction: request.direction,
            ice_ufrag: request.ice_ufrag,
            ice_pwd: request.ice_pwd,
            remote_ufrag: request.remote_ufrag,
            extensions: request.extensions,
            codecs: request.codecs,
            slots: request.slots,
        };
        let place = (entry.shard, entry.key.0, entry.opening);
        let object = (ObjectKind::Transport, request.transport_id.as_str());
        self.open(&mut registry, object, place, Command::OpenTransport(spec))
    }

    pub fn open_track(&self, request: TrackRequest) -> Result<(), PlaneError> {
        check::track(&request)?;
        let mut registry = lock(&self.registry);
        let (entry, transport, participant) = registry.open_track(
            &request.track_id,
            &request.transport_id,
            &request.participant_id,
        )?;
        let spec = TrackSpec {
            track: entry.key,
            transport,
            participant,
            kind: request.kind,
            mid: request.mid,
            codec: request.codec,
            rids: request.rids,
            ssrcs: request.ssrcs,
            audible: request.audible,
            muted: request.muted,
        };
        let place = (entry.shard, entry.key.0, entry.opening);
        let object = (ObjectKind::Track, request.track_id.as_str());
        self.open(&mut registry, object, place, Command::OpenTrack(spec))
    }

    pub fn open_subscription(&self, request: SubscriptionRequest) -> Result<(), PlaneError> {
        check::id("subscription_id", &request.subscription_id)?;
        let mut registry = lock(&self.registry);
        let (entry, transport, track) = registry.open_subscription(
            &request.subscription_id,
            &request.transport_id,
            request.slot,
            &request.track_id,
        )?;
        let spec = SubscriptionSpec {
            subscription: entry.key,
            transport,
            slot: request.slot,
            track,
            generation: request.generation,
            layer_max: request.layer_max,
            priority: request.priority,
            paused: request.paused,
        };
        let place = (entry.shard, entry.key.0, entry.opening);
        let object = (ObjectKind::Subscription, request.subscription_id.as_str());
        self.open(
            &mut registry,
            object,
            place,
            Command::OpenSubscription(spec),
        )?;
        registry.show(&request.subscription_id);
        Ok(())
    }

    /// The object and all that is in it is gone; of an unknown one it is true already.
    pub fn close(&self, kind: ObjectKind, id: &str) -> Result<(), PlaneError> {
        use engine::api::{RoomKey, SubscriptionKey, TrackKey, TransportKey};
        let mut registry = lock(&self.registry);
        let Some((shard, key)) = registry.find(kind, id) else {
            return Ok(());
        };
        let command = match kind {
            ObjectKind::Room => Command::CloseRoom(RoomKey(key)),
            ObjectKind::Transport => Command::CloseTransport(TransportKey(key)),
            ObjectKind::Track => Command::CloseTrack(TrackKey(key)),
            ObjectKind::Subscription => Command::CloseSubscription(SubscriptionKey(key)),
        };
        self.order(
            shard,
            Order::Command {
                kind,
                key,
                opening: false,
                command: Box::new(command),
            },
        )?;
        registry.forget(kind, id);
        Ok(())
    }

    pub fn send_handshake(&self, transport_id: &str, datagram: Vec<u8>) -> Result<(), PlaneError> {
        check::handshake(&datagram)?;
        let (shard, key) = lock(&self.registry).transport(transport_id)?;
        let command = Box::new(Command::SendHandshake(key, datagram));
        self.order(
            shard,
            Order::Command {
                kind: ObjectKind::Transport,
                key: key.0,
                opening: false,
                command,
            },
        )
    }

    pub fn install_keys(&self, transport_id: &str, keys: SrtpKeys) -> Result<(), PlaneError> {
        check::keys(&keys)?;
        let (shard, key) = lock(&self.registry).transport(transport_id)?;
        let command = Box::new(Command::InstallKeys(key, keys));
        self.order(
            shard,
            Order::Command {
                kind: ObjectKind::Transport,
                key: key.0,
                opening: false,
                command,
            },
        )
    }

    /// At most `max` events, oldest first within a shard; `event_fd` stays readable while there are more.
    pub fn drain(&self, max: usize) -> Vec<PlaneEvent> {
        self.event_bell.clear();
        if self.shards.is_empty() {
            return Vec::new();
        }
        let mut drain = lock(&self.drain);
        let (mut events, mut told, mut more) = (Vec::new(), Vec::new(), false);
        let mut counted = false;
        drain.first = (drain.first + 1) % self.shards.len();
        for offset in 0..self.shards.len() {
            let index = (drain.first + offset) % self.shards.len();
            let left = max.saturating_sub(events.len() + usize::from(counted));
            more |= self.shards[index].queue.drain(left, &mut told);
            let mut registry = lock(&self.registry);
            for one in told.drain(..) {
                match one {
                    Told::Counters(values) => {
                        drain.counters[index] = values;
                        counted = true;
                    }
                    one => events.extend(name(&mut registry, one)),
                }
            }
        }
        if counted {
            events.push(PlaneEvent::Counters(sum(&drain.counters)));
        }
        if more {
            self.event_bell.ring();
        }
        events
    }

    /// The whole state as JSON. Waits for each shard's answer: not for a thread that must not wait.
    pub fn snapshot(&self) -> Result<String, PlaneError> {
        let mut shards = Vec::with_capacity(self.shards.len());
        for index in 0..self.shards.len() {
            let (answer, answered) = sync_channel(1);
            self.order(index, Order::Snapshot(answer))?;
            shards.push(match answered.recv_timeout(SNAPSHOT_TIMEOUT) {
                Ok(text) => text,
                Err(RecvTimeoutError::Timeout) => "\"no answer\"".to_owned(),
                Err(RecvTimeoutError::Disconnected) => return Err(PlaneError::Stopped),
            });
        }
        let mut names: HashMap<&str, Vec<String>> = HashMap::new();
        let registry = lock(&self.registry);
        for (kind, key, id) in registry.names() {
            // Ids are printable ASCII; only these two need an escape in JSON.
            let id = id.replace('\\', "\\\\").replace('"', "\\\"");
            names
                .entry(kind.name())
                .or_default()
                .push(format!("\"{key}\":\"{id}\""));
        }
        let names: Vec<String> = names
            .iter()
            .map(|(kind, ids)| format!("\"{kind}\":{{{}}}", ids.join(",")))
            .collect();
        Ok(format!(
            "{{\"ids\":{{{}}},\"shards\":[{}]}}",
            names.join(","),
            shards.join(",")
        ))
    }

    /// Stop and join the threads; sockets are closed when it returns.
    pub fn stop(&mut self) {
        self.shards.drain(..).for_each(ShardDoor::close);
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        self.stop();
    }
}

fn sum(shards: &[Vec<(&'static str, u64)>]) -> Vec<(&'static str, u64)> {
    let mut total: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (name, value) in shards.iter().flatten() {
        *total.entry(name).or_default() += value;
    }
    total.into_iter().collect()
}
