//! What one shard tells, on its way to whoever drains it. Bounded. Three kinds of events:
//! *latest wins* (speakers, stats, counters: one place per object, the newer value takes it), *may be lost* (handshake
//! datagrams: DTLS sends them again) and *must arrive* (the rest: when there is no room for one, the Room that holds most of
//! the queue is ended and told so, instead of leaving a hole that nobody knows of).

use std::collections::hash_map::Entry as Place;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::api::{CommandError, Event, RoomKey, TransportKey};

/// What a key or id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    Room,
    Transport,
    Track,
    Subscription,
}

impl ObjectKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Transport => "transport",
            Self::Track => "track",
            Self::Subscription => "subscription",
        }
    }
}

/// What a shard tells; keys, not ids.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Engine(Event),
    /// `opening`: the object did not exist before this command, so it does not exist now.
    CommandFailed {
        kind: ObjectKind,
        key: u32,
        opening: bool,
        error: CommandError,
    },
    Counters(Vec<(&'static str, u64)>),
    RoomFaulted {
        room: RoomKey,
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum LatestKey {
    Speakers(RoomKey),
    Stats(TransportKey),
    Counters,
}

fn latest_key(told: &Told) -> Option<LatestKey> {
    match told {
        Told::Engine(Event::Speakers { room, .. }) => Some(LatestKey::Speakers(*room)),
        Told::Engine(Event::Stats { transport, .. }) => Some(LatestKey::Stats(*transport)),
        Told::Counters(_) => Some(LatestKey::Counters),
        _ => None,
    }
}

enum Entry {
    Once {
        room: Option<RoomKey>,
        told: Told,
    },
    Latest {
        room: Option<RoomKey>,
        key: LatestKey,
    },
}

#[derive(Default)]
struct Inner {
    order: VecDeque<Entry>,
    latest: HashMap<LatestKey, Told>,
    /// `Once` entries, and how many of them each Room holds.
    once: usize,
    once_of_room: HashMap<RoomKey, usize>,
}

/// What became of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// Rooms whose events were thrown away: the shard must abandon them and say so with `push_fault`.
    pub(crate) overflowed: Vec<RoomKey>,
    pub(crate) handshakes_dropped: u64,
    pub(crate) events_dropped: u64,
}

pub(crate) struct EventQueue {
    inner: Mutex<Inner>,
    once_max: usize,
}

impl EventQueue {
    pub(crate) fn new(once_max: usize) -> Self {
        Self {
            inner: Mutex::new(Inner::default()),
            once_max: once_max.max(1),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here panics half-way through a change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Take over a batch with the Room that each event is of, oldest first. One lock a batch.
    pub(crate) fn push(&self, batch: &mut Vec<(Option<RoomKey>, Told)>) -> Pushed {
        let mut pushed = Pushed::default();
        let mut inner = self.lock();
        for (room, told) in batch.drain(..) {
            if room.is_some_and(|room| pushed.overflowed.contains(&room)) {
                continue;
            }
            self.push_one(&mut inner, room, told, &mut pushed);
        }
        pushed
    }

    fn push_one(&self, inner: &mut Inner, room: Option<RoomKey>, told: Told, pushed: &mut Pushed) {
        if let Some(key) = latest_key(&told) {
            match inner.latest.entry(key) {
                Place::Occupied(mut place) => {
                    place.insert(told);
                }
                Place::Vacant(place) => {
                    place.insert(told);
                    inner.order.push_back(Entry::Latest { room, key });
                }
            }
            return;
        }
        // Handshakes leave the last quarter to what must arrive.
        let is_handshake = matches!(told, Told::Engine(Event::Handshake { .. }));
        if is_handshake && inner.once >= self.once_max - self.once_max / 4 {
            pushed.handshakes_dropped += 1;
            return;
        }
        if inner.once >= self.once_max {
            let Some(fullest) = inner.fullest_room() else {
                pushed.events_dropped += 1;
                return;
            };
            inner.forget_room(fullest);
            pushed.overflowed.push(fullest);
            if room == Some(fullest) {
                return;
            }
        }
        inner.append(room, told);
    }

    /// A Room is gone: its events are worth nothing any more, this one is. Never refused: there is at most one per Room.
    pub(crate) fn push_fault(&self, room: RoomKey, reason: String) {
        let mut inner = self.lock();
        inner.forget_room(room);
        inner.append(None, Told::RoomFaulted { room, reason });
    }

    /// Move at most `max` events to `into`, oldest first; true when there are more.
    pub(crate) fn drain(&self, max: usize, into: &mut Vec<Told>) -> bool {
        let mut inner = self.lock();
        for _ in 0..max {
            match inner.order.pop_front() {
                None => return false,
                Some(Entry::Once { room, told }) => {
                    inner.count_down(room);
                    into.push(told);
                }
                Some(Entry::Latest { key, .. }) => into.extend(inner.latest.remove(&key)),
            }
        }
        !inner.order.is_empty()
    }
}

impl Inner {
    fn append(&mut self, room: Option<RoomKey>, told: Told) {
        self.once += 1;
        if let Some(room) = room {
            *self.once_of_room.entry(room).or_default() += 1;
        }
        self.order.push_back(Entry::Once { room, told });
    }

    fn count_down(&mut self, room: Option<RoomKey>) {
        self.once -= 1;
        let Some(room) = room else { return };
        if let Place::Occupied(mut count) = self.once_of_room.entry(room) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    fn fullest_room(&self) -> Option<RoomKey> {
        self.once_of_room
            .iter()
            .max_by_key(|(room, count)| (**count, **room))
            .map(|(room, _)| *room)
    }

    fn forget_room(&mut self, gone: RoomKey) {
        let latest = &mut self.latest;
        self.order.retain(|entry| match entry {
            Entry::Once { room, .. } => *room != Some(gone),
            Entry::Latest { room, key } => {
                if *room == Some(gone) {
                    latest.remove(key);
                }
                *room != Some(gone)
            }
        });
        self.once -= self.once_of_room.remove(&gone).unwrap_or(0);
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
