//! The engine's doors: datagrams and ticks. Commands come in by `commands`.

use wire::DatagramKind;
use wire::stun::{Message, local_ufrag};

use crate::api::{EngineConfig, Event, Mono, Outbox, Path, RoomKey, TransportState};
use crate::context::Scratch;
use crate::counters::{Counters, Reason};
use crate::directory::{Directory, Spot};
use crate::hash::{Quick, QuickMap};
use crate::ice::Ignored;
use crate::random::Random;
use crate::room::Room;
use crate::slab::Slab;
use crate::tick::TICK_US;

/// Packets taken in before what they gathered is sent, even if the caller has not flushed: far below the shortest layer's
/// ring, so that nothing gathered can be overwritten.
const BATCH_PACKETS_MAX: usize = 48;
/// Datagrams gathered before they are sent: bounds the arena to a few MiB, which still sits in a cache.
const GATHERED_MAX: usize = 4096;

/// One shard's forwarding state.
pub struct Engine {
    pub(crate) config: EngineConfig,
    pub(crate) counters: Counters,
    pub(crate) random: Random,
    pub(crate) scratch: Scratch,
    pub(crate) hash: Quick,
    pub(crate) directory: Directory,
    pub(crate) rooms: Slab<Room>,
    pub(crate) room_at: QuickMap<RoomKey, u32>,
    /// Rooms with something to flush.
    pub(crate) busy: Vec<u32>,
    pub(crate) serving: Option<RoomKey>,
    taken: usize,
    /// Time never goes back here, whatever the caller says.
    now: Mono,
    next_tick: Mono,
    ticks: u64,
}

/// Borrow what a step needs, apart from Rooms and directory.
macro_rules! cx {
    ($engine:ident, $now:expr, $out:expr) => {
        $crate::context::Cx {
            now: $now,
            out: $out,
            counters: &mut $engine.counters,
            config: &$engine.config,
            scratch: &mut $engine.scratch,
        }
    };
}
pub(crate) use cx;

impl Engine {
    pub fn new(config: EngineConfig) -> Self {
        let mut random = Random::new(config.seed);
        let hash = Quick::new(random.u64());
        Self {
            counters: Counters::default(),
            scratch: Scratch::default(),
            directory: Directory::new(hash),
            rooms: Slab::default(),
            room_at: QuickMap::with_hasher(hash),
            busy: Vec::new(),
            serving: None,
            taken: 0,
            now: Mono(0),
            next_tick: Mono(TICK_US),
            ticks: 0,
            config,
            random,
            hash,
        }
    }

    /// One datagram as it came; decrypted in place. Never panics, whatever the bytes.
    ///
    /// What it causes leaves with [`Engine::flush`] at the end of the batch, or here once enough has gathered.
    pub fn receive(&mut self, now: Mono, path: Path, datagram: &mut [u8], out: &mut Outbox) {
        let now = self.advance(now);
        self.counters.datagrams_in += 1;
        self.counters.bytes_in += datagram.len() as u64;
        let kind = wire::demux(datagram);
        let taken = match kind {
            DatagramKind::Stun => self.check(now, path, datagram, out),
            DatagramKind::Dtls => self.handshake(now, path, datagram, out),
            DatagramKind::Rtp | DatagramKind::Rtcp => self.media(now, path, kind, datagram, out),
            DatagramKind::Unknown => Err((|c| &mut c.drop_unknown_protocol) as Reason),
        };
        if let Err(reason) = taken {
            self.counters.count(reason);
        }
        self.serving = None;
    }

    pub(crate) fn advance(&mut self, now: Mono) -> Mono {
        self.now = self.now.max(now);
        self.now
    }

    /// SRTP and SRTCP: from proven pairs only.
    fn media(
        &mut self,
        now: Mono,
        path: Path,
        kind: DatagramKind,
        datagram: &mut [u8],
        out: &mut Outbox,
    ) -> Result<(), Reason> {
        let spot = self.proven(now, path)?;
        let Some(room) = self.rooms.get_mut(spot.room) else {
            return Err(UNPROVEN);
        };
        self.serving = Some(room.key);
        let mut cx = cx!(self, now, out);
        let taken = match kind {
            DatagramKind::Rtcp => room.receive_rtcp(spot.transport, datagram, &mut cx),
            _ => room.receive_rtp(spot.transport, datagram, &mut cx),
        };
        if !self.busy.contains(&spot.room) {
            self.busy.push(spot.room);
        }
        self.taken += 1;
        if self.taken >= BATCH_PACKETS_MAX || room.gathered >= GATHERED_MAX {
            self.flush(now, out);
        }
        taken
    }

    fn proven(&self, now: Mono, path: Path) -> Result<Spot, Reason> {
        let spot = self.directory.at_path(&path).ok_or(UNPROVEN)?;
        let transport = self
            .rooms
            .get(spot.room)
            .and_then(|room| room.transports.get(spot.transport));
        transport
            .filter(|transport| transport.ice.is_proven(now, path))
            .map(|_| spot)
            .ok_or(UNPROVEN)
    }

    /// A connectivity check: finds its transport by ufrag, and is answered where it came from.
    fn check(
        &mut self,
        now: Mono,
        path: Path,
        datagram: &[u8],
        out: &mut Outbox,
    ) -> Result<(), Reason> {
        let message =
            Message::parse(datagram).map_err::<Reason, _>(|_| |c| &mut c.drop_stun_malformed)?;
        let stranger: Reason = |c| &mut c.drop_stun_stranger;
        let spot = local_ufrag(&message)
            .and_then(|ufrag| self.directory.at_ufrag(ufrag))
            .ok_or(stranger)?;
        let room = self.rooms.get_mut(spot.room).ok_or(stranger)?;
        self.serving = Some(room.key);
        let transport = room.transport_mut(spot.transport).ok_or(stranger)?;
        let start = out.arena.len();
        let checked = transport
            .ice
            .receive_message(now, path, &message, &mut out.arena);
        let mut cx = cx!(self, now, out);
        if cx.out.arena.len() > start {
            cx.push(path, start);
            cx.counters.stun_answered += 1;
        }
        let checked = checked.map_err(ignored)?;
        if checked.pair_is_new || checked.restarted {
            self.directory.register(spot, transport);
        }
        room.update_state(spot.transport, &mut cx);
        Ok(())
    }

    /// DTLS: from proven pairs only, and only so much a second.
    fn handshake(
        &mut self,
        now: Mono,
        path: Path,
        datagram: &[u8],
        out: &mut Outbox,
    ) -> Result<(), Reason> {
        let spot = self.proven(now, path)?;
        let room = self.rooms.get_mut(spot.room).ok_or(UNPROVEN)?;
        self.serving = Some(room.key);
        let transport = room.transport_mut(spot.transport).ok_or(UNPROVEN)?;
        if !transport.allow_handshake(self.config.limits.handshakes_per_s_max, now) {
            return Err(|c| &mut c.drop_handshake_over_rate);
        }
        self.counters.handshakes_in += 1;
        let transport = transport.spec.transport;
        out.events.push(Event::Handshake {
            transport,
            datagram: datagram.to_vec(),
        });
        Ok(())
    }

    /// After each batch of `receive`: what was gathered per subscriber leaves as runs.
    pub fn flush(&mut self, now: Mono, out: &mut Outbox) {
        let now = self.advance(now);
        self.taken = 0;
        while let Some(at) = self.busy.pop() {
            let Some(room) = self.rooms.get_mut(at) else {
                continue;
            };
            self.serving = Some(room.key);
            let mut cx = cx!(self, now, out);
            if room.voices_changed {
                room.assign_loudest(&mut cx);
            }
            room.flush(&mut cx);
        }
        self.serving = None;
    }

    /// When `tick` must be called at the latest.
    pub fn next_deadline(&self) -> Mono {
        if self.rooms.len() == 0 {
            Mono(u64::MAX)
        } else {
            self.next_tick
        }
    }

    /// What is due by now. Calling it early or late does no harm: a tick that was missed is not made up for.
    pub fn tick(&mut self, now: Mono, out: &mut Outbox) {
        let now = self.advance(now);
        if now < self.next_tick {
            return;
        }
        self.next_tick = Mono((now.0 / TICK_US + 1) * TICK_US);
        self.ticks += 1;
        for at in 0..self.rooms.end() {
            let Some(room) = self.rooms.get_mut(at) else {
                continue;
            };
            self.serving = Some(room.key);
            room.tick(self.ticks, &mut cx!(self, now, out));
        }
        self.serving = None;
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The Room that is being worked on, for whoever catches a panic.
    pub fn serving(&self) -> Option<RoomKey> {
        self.serving
    }

    /// Drop one Room after a panic was caught while serving it. Its state is not looked at any more, only dropped.
    pub fn abandon_room(&mut self, room: RoomKey, out: &mut Outbox) {
        self.serving = None;
        let Some(at) = self.room_at.remove(&room) else {
            return;
        };
        let transports: Vec<_> = self
            .directory
            .transports
            .iter()
            .filter(|(_, spot)| spot.room == at)
            .map(|(key, _)| *key)
            .collect();
        self.directory.forget_room(at);
        self.busy.retain(|busy| *busy != at);
        drop(self.rooms.remove(at));
        self.counters.rooms_abandoned += 1;
        for transport in transports {
            let state = TransportState::Failed;
            out.events.push(Event::TransportState {
                transport,
                state,
                reason: "room abandoned",
            });
        }
    }
}

fn ignored(ignored: Ignored) -> Reason {
    match ignored {
        Ignored::Malformed(_) => |c| &mut c.drop_stun_malformed,
        Ignored::Stranger => |c| &mut c.drop_stun_stranger,
        Ignored::Forged => |c| &mut c.drop_stun_forged,
        Ignored::NotARequest | Ignored::RoleConflict | Ignored::UnknownAttribute => {
            |c| &mut c.drop_stun_other
        }
    }
}

const UNPROVEN: Reason = |c| &mut c.drop_unproven_address;
