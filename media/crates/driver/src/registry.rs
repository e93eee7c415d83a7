//! Control's ids and the engine's keys: who is whom, who is in whom. Touched once per command and per drained event, never
//! per packet. A key is never given twice, so an event that is late by a close is known as such.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine::api::{ParticipantKey, RoomKey, SubscriptionKey, TrackKey, TransportKey};

use crate::queue::ObjectKind;

mod forget;
mod open;

type Id = Arc<str>;

struct Room {
    key: RoomKey,
    shard: usize,
    transports: HashSet<Id>,
    /// Participants by id, with the number of transports and Tracks that name each.
    participants: HashMap<Id, (ParticipantKey, usize)>,
}

struct Transport {
    key: TransportKey,
    room: Id,
    participant: Id,
    is_publish: bool,
    tracks: HashSet<Id>,
    /// What each slot shows.
    slots: HashMap<u16, Id>,
}

struct Track {
    key: TrackKey,
    transport: Id,
    participant: Id,
    subscriptions: HashSet<Id>,
}

struct Subscription {
    key: SubscriptionKey,
    transport: Id,
    slot: u16,
    track: Id,
}

/// Where a command goes: the shard, the object's key, and whether it is the first command for that object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<K> {
    pub(crate) shard: usize,
    pub(crate) key: K,
    pub(crate) opening: bool,
}

/// Why an id cannot be used so; the text goes to the caller.
pub(crate) type Refused = String;

#[derive(Default)]
pub(crate) struct Registry {
    last_key: u32,
    rooms: HashMap<Id, Room>,
    transports: HashMap<Id, Transport>,
    tracks: HashMap<Id, Track>,
    subscriptions: HashMap<Id, Subscription>,
    names: HashMap<u32, (ObjectKind, Id)>,
}

fn unknown(kind: ObjectKind, id: &str) -> Refused {
    format!("unknown {}: {id}", kind.name())
}

impl Registry {
    fn mint(&mut self, kind: ObjectKind, id: &Id) -> u32 {
        let key = self.mint_unnamed();
        self.names.insert(key, (kind, Arc::clone(id)));
        key
    }

    fn mint_unnamed(&mut self) -> u32 {
        // Invariant: four billion objects do not fit the life of a process (136 years at one a second).
        self.last_key = self
            .last_key
            .checked_add(1)
            .expect("keys of a process's life fit 32 bits");
        self.last_key
    }

    /// The id of a live object.
    pub(crate) fn name(&self, kind: ObjectKind, key: u32) -> Option<Id> {
        self.names
            .get(&key)
            .filter(|(of, _)| *of == kind)
            .map(|(_, id)| Arc::clone(id))
    }

    /// Shard, key and Room of a transport.
    fn transport_place(&self, id: &str) -> Result<(usize, TransportKey, Id), Refused> {
        let transport = self
            .transports
            .get(id)
            .ok_or_else(|| unknown(ObjectKind::Transport, id))?;
        let room = self
            .rooms
            .get(&transport.room)
            .ok_or_else(|| unknown(ObjectKind::Room, &transport.room))?;
        Ok((room.shard, transport.key, Arc::clone(&transport.room)))
    }

    pub(crate) fn transport(&self, id: &str) -> Result<(usize, TransportKey), Refused> {
        self.transport_place(id).map(|(shard, key, _)| (shard, key))
    }

    /// Shard and key of any object; None when there is none of that name.
    pub(crate) fn find(&self, kind: ObjectKind, id: &str) -> Option<(usize, u32)> {
        let on_transport = |transport: &Id| {
            self.transport_place(transport)
                .ok()
                .map(|(shard, ..)| shard)
        };
        match kind {
            ObjectKind::Room => self.rooms.get(id).map(|room| (room.shard, room.key.0)),
            ObjectKind::Transport => self.transport(id).ok().map(|(shard, key)| (shard, key.0)),
            ObjectKind::Track => {
                let track = self.tracks.get(id)?;
                Some((on_transport(&track.transport)?, track.key.0))
            }
            ObjectKind::Subscription => {
                let subscription = self.subscriptions.get(id)?;
                Some((on_transport(&subscription.transport)?, subscription.key.0))
            }
        }
    }

    /// (kind, key, id) of all objects, for the snapshot.
    pub(crate) fn names(&self) -> impl Iterator<Item = (ObjectKind, u32, &str)> {
        self.names
            .iter()
            .map(|(key, (kind, id))| (*kind, *key, &**id))
    }
}

#[cfg(test)]
mod tests;
