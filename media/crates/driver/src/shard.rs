//! One shard: its thread, its sockets, its engine. The whole way of a batch stands in `turn`.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};

use engine::api::{Command, EngineConfig, Mono, Outbox, RoomKey};

use crate::bell::Bell;
use crate::bind::BoundSocket;
use crate::clock::ShardClock;
use crate::core::Core;
use crate::counters::ShardCounters;
use crate::index::{Change, Index};
use crate::panics::{adopt_thread, guarded};
use crate::poll::Poll;
use crate::queue::{EventQueue, ObjectKind, Told};
use crate::receive::ReceiveBatch;
use crate::send::SendBatch;

/// Commands served before the sockets get their turn again: a resync of a whole node must not hold up packets.
const COMMANDS_PER_TURN_MAX: usize = 64;

/// Batches read from one socket before the others, commands and the clock get their turn.
const BATCHES_PER_TURN_MAX: usize = 8;

const REPORT_INTERVAL_US: u64 = 2_000_000;

/// Longest sleep, so that a broken deadline shows as a late tick and not as a dead shard.
const SLEEP_MAX_US: u64 = 1_000_000;

const TOKEN_BELL: u64 = u64::MAX;

/// What a shard is told.
pub(crate) enum Order {
    /// `opening`: the first command for this object.
    Command {
        kind: ObjectKind,
        key: u32,
        opening: bool,
        command: Box<Command>,
    },
    Snapshot(SyncSender<String>),
    Stop,
}

/// What a shard is made of; moved to its thread.
pub(crate) struct ShardParts {
    pub(crate) sockets: Vec<BoundSocket>,
    pub(crate) orders: Receiver<Order>,
    /// Rung by whoever sends an order.
    pub(crate) order_bell: Arc<Bell>,
    pub(crate) queue: Arc<EventQueue>,
    /// Rung when there are events.
    pub(crate) event_bell: Arc<Bell>,
    pub(crate) clock: ShardClock,
    pub(crate) config: EngineConfig,
}

pub(crate) struct Shard<C> {
    parts: ShardParts,
    core: C,
    poll: Poll,
    receive: ReceiveBatch,
    send: SendBatch,
    out: Outbox,
    told: Vec<(Option<RoomKey>, Told)>,
    index: Index,
    counters: ShardCounters,
    /// Where the last panic was; for the snapshot.
    last_panic: String,
    report_at: Mono,
}

impl<C: Core> Shard<C> {
    pub(crate) fn new(parts: ShardParts) -> io::Result<Self> {
        adopt_thread();
        let poll = Poll::new()?;
        poll.add(parts.order_bell.fd(), TOKEN_BELL)?;
        for (index, socket) in parts.sockets.iter().enumerate() {
            poll.add(socket.fd(), index as u64)?;
        }
        Ok(Self {
            core: C::make(parts.config.clone()),
            poll,
            receive: ReceiveBatch::new(),
            send: SendBatch::new(),
            out: Outbox::default(),
            told: Vec::new(),
            index: Index::default(),
            counters: ShardCounters::default(),
            last_panic: String::new(),
            report_at: Mono(REPORT_INTERVAL_US),
            parts,
        })
    }

    /// Until it is told to stop.
    pub(crate) fn run(mut self) {
        while self.turn() {}
    }

    /// One turn: wait, orders, each ready socket, the clock. False: stop.
    fn turn(&mut self) -> bool {
        let timeout_us = self.sleep_us();
        if self.poll.wait(timeout_us).is_err() {
            // Only a broken descriptor gets here; the orders still say when to stop.
            self.counters.in_errors += 1;
        }
        let mut go_on = true;
        for index in 0..self.poll.ready_count() {
            match self.poll.token(index) {
                TOKEN_BELL => go_on = self.take_orders(),
                socket => self.read_socket(socket as usize),
            }
        }
        self.tick();
        self.report();
        go_on
    }

    fn sleep_us(&self) -> u64 {
        let now = self.parts.clock.now();
        let wake_at = self.core.next_deadline().min(self.report_at);
        wake_at.0.saturating_sub(now.0).min(SLEEP_MAX_US)
    }

    fn take_orders(&mut self) -> bool {
        self.parts.order_bell.clear();
        for _ in 0..COMMANDS_PER_TURN_MAX {
            match self.parts.orders.try_recv() {
                Ok(Order::Command {
                    kind,
                    key,
                    opening,
                    command,
                }) => self.command(kind, key, opening, *command),
                // Nobody waits any more: no harm.
                Ok(Order::Snapshot(answer)) => drop(answer.try_send(self.snapshot())),
                Ok(Order::Stop) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
        // There may be more: come back after the sockets.
        self.parts.order_bell.ring();
        true
    }

    fn command(&mut self, kind: ObjectKind, key: u32, opening: bool, command: Command) {
        self.counters.commands += 1;
        let change = Change::of(&command);
        let room = self.index.room_of_change(&change);
        let now = self.parts.clock.now();
        match self.serve(|core, out| core.command(now, command, out)) {
            Some(Ok(())) => self.index.apply(&change),
            Some(Err(error)) => {
                self.counters.commands_failed += 1;
                self.told.push((
                    room,
                    Told::CommandFailed {
                        kind,
                        key,
                        opening,
                        error,
                    },
                ));
            }
            // A Room that panicked while it was opened is in no index yet: it must be told of all the same.
            None => {
                if let Change::OpenRoom(room) = change {
                    self.fault(room, self.last_panic.clone());
                }
            }
        }
        self.serve(|core, out| core.flush(now, out));
        self.deliver();
    }

    fn read_socket(&mut self, socket: usize) {
        for _ in 0..BATCHES_PER_TURN_MAX {
            let count = match self.receive.receive(&self.parts.sockets[socket]) {
                Ok(0) => return,
                Ok(count) => count,
                Err(_) => {
                    self.counters.in_errors += 1;
                    return;
                }
            };
            // One reading for the batch: it lay in the kernel's queue, and its order within is kept.
            let now = self.parts.clock.now();
            for index in 0..count {
                self.receive_one(now, socket, index);
            }
            self.serve(|core, out| core.flush(now, out));
            self.deliver();
            if count < crate::receive::BATCH_MAX {
                return;
            }
        }
    }

    fn receive_one(&mut self, now: Mono, socket: usize, index: usize) {
        let received = self.receive.datagram(index);
        self.counters.datagrams_in += 1;
        self.counters.bytes_in += received.bytes.len() as u64;
        if let Some(overflow) = received.overflow {
            let seen = std::mem::replace(&mut self.parts.sockets[socket].overflow_seen, overflow);
            self.counters.in_overflow += u64::from(overflow.wrapping_sub(seen));
        }
        if received.truncated {
            self.counters.in_truncated += 1;
            return;
        }
        let Some(path) = received.path else {
            self.counters.in_no_address += 1;
            return;
        };
        let (core, out, bytes) = (&mut self.core, &mut self.out, received.bytes);
        let mark = Mark::of(out);
        if let Err(reason) = guarded(|| core.receive(now, path, bytes, out)) {
            self.recover(mark, reason);
        }
    }

    fn tick(&mut self) {
        let now = self.parts.clock.now();
        if now < self.core.next_deadline() {
            return;
        }
        self.serve(|core, out| core.tick(now, out));
        self.serve(|core, out| core.flush(now, out));
        self.deliver();
    }

    /// Call the engine; a panic ends the Room that it was serving, and the shard goes on.
    fn serve<T>(&mut self, call: impl FnOnce(&mut C, &mut Outbox) -> T) -> Option<T> {
        let mark = Mark::of(&self.out);
        let (core, out) = (&mut self.core, &mut self.out);
        match guarded(|| call(core, out)) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.recover(mark, reason);
                None
            }
        }
    }

    /// After a panic: what the call wrote is not sent, its Room is dropped; when it was serving none, or dropping it panics
    /// too, the engine is made anew, and all its Rooms are told as faulted.
    fn recover(&mut self, mark: Mark, reason: String) {
        self.counters.panics += 1;
        self.last_panic.clone_from(&reason);
        mark.restore(&mut self.out);
        let (core, out) = (&mut self.core, &mut self.out);
        let abandoned = guarded(|| {
            let room = core.serving()?;
            core.abandon_room(room, out);
            Some(room)
        });
        if let Ok(Some(room)) = abandoned {
            self.fault(room, reason);
            return;
        }
        mark.restore(&mut self.out);
        // Its keys are gone with it, so no nonce is used again; transports come back with new handshakes.
        self.core = C::make(EngineConfig {
            seed: self.parts.config.seed ^ self.counters.panics,
            ..self.parts.config.clone()
        });
        for room in self.index.take_rooms() {
            self.fault(room, reason.clone());
        }
    }

    fn fault(&mut self, room: RoomKey, reason: String) {
        self.counters.rooms_faulted += 1;
        let index = &self.index;
        self.told.retain(|(of, _)| *of != Some(room));
        self.out
            .events
            .retain(|event| index.room_of(event) != Some(room));
        self.index.forget_room(room);
        self.parts.queue.push_fault(room, reason);
        self.parts.event_bell.ring();
    }

    /// The outbox to the sockets and the queue.
    fn deliver(&mut self) {
        if !self.out.datagrams.is_empty() {
            self.send
                .send(&self.parts.sockets, &self.out, &mut self.counters);
        }
        for event in self.out.events.drain(..) {
            self.told
                .push((self.index.room_of(&event), Told::Engine(event)));
        }
        self.out.clear();
        self.tell();
    }

    fn tell(&mut self) {
        if self.told.is_empty() {
            return;
        }
        let pushed = self.parts.queue.push(&mut self.told);
        self.parts.event_bell.ring();
        self.counters.handshakes_dropped += pushed.handshakes_dropped;
        self.counters.events_dropped += pushed.events_dropped;
        for room in pushed.overflowed {
            self.serve(|core, out| core.abandon_room(room, out));
            self.fault(room, "its events were not drained in time".to_owned());
        }
    }

    fn report(&mut self) {
        let now = self.parts.clock.now();
        if now < self.report_at {
            return;
        }
        self.report_at = Mono(now.0 + REPORT_INTERVAL_US);
        let mut values = Vec::with_capacity(64);
        self.counters
            .each(&mut |name, value| values.push((name, value)));
        let core = &self.core;
        let told = guarded(|| core.each_counter(&mut |name, value| values.push((name, value))));
        self.counters.panics += u64::from(told.is_err());
        self.told.push((None, Told::Counters(values)));
        self.tell();
    }

    /// JSON: the sockets' buffers, the counters and the engine's own state.
    fn snapshot(&mut self) -> String {
        let mut counters = Vec::new();
        self.counters
            .each(&mut |name, value| counters.push(format!("\"{name}\":{value}")));
        let sockets: Vec<String> = self
            .parts
            .sockets
            .iter()
            .map(|socket| {
                let (receive, send) = socket.buffer_bytes();
                let family = if socket.address.is_ipv4() { 4 } else { 6 };
                format!("{{\"family\":{family},\"receive_buffer_bytes\":{receive},\"send_buffer_bytes\":{send}}}")
            })
            .collect();
        let core = &self.core;
        let engine = guarded(|| core.snapshot()).unwrap_or_else(|_| "null".to_owned());
        format!(
            "{{\"sockets\":[{}],\"counters\":{{{}}},\"last_panic\":\"{}\",\"engine\":{engine}}}",
            sockets.join(","),
            counters.join(","),
            self.last_panic.replace(['"', '\\'], "/")
        )
    }
}

/// How full the outbox was before a call.
#[derive(Clone, Copy)]
struct Mark {
    arena: usize,
    datagrams: usize,
    events: usize,
}

impl Mark {
    fn of(out: &Outbox) -> Self {
        Self {
            arena: out.arena.len(),
            datagrams: out.datagrams.len(),
            events: out.events.len(),
        }
    }

    fn restore(self, out: &mut Outbox) {
        out.arena.truncate(self.arena);
        out.datagrams.truncate(self.datagrams);
        out.events.truncate(self.events);
    }
}
