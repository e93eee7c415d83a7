//! Control's ids and the engine's keys: who is whom, who is in whom. Touched once per command and per drained event, never
//! per packet. A key is never given twice, so an event that is late by a close is known as such.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine::api::{ParticipantKey, RoomKey, SubscriptionKey, TrackKey, TransportKey};

use crate::queue::ObjectKind;

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

    pub(crate) fn open_room(&mut self, id: &str, shard: usize) -> Result<Entry<RoomKey>, Refused> {
        if let Some(room) = self.rooms.get(id) {
            if room.shard != shard {
                return Err(format!("room {id} is on shard {}", room.shard));
            }
            return Ok(Entry {
                shard,
                key: room.key,
                opening: false,
            });
        }
        let id: Id = id.into();
        let key = RoomKey(self.mint(ObjectKind::Room, &id));
        self.rooms.insert(
            id,
            Room {
                key,
                shard,
                transports: HashSet::new(),
                participants: HashMap::new(),
            },
        );
        Ok(Entry {
            shard,
            key,
            opening: true,
        })
    }

    pub(crate) fn open_transport(
        &mut self,
        id: &str,
        room_id: &str,
        participant_id: &str,
        is_publish: bool,
    ) -> Result<(Entry<TransportKey>, RoomKey, ParticipantKey), Refused> {
        let room = self
            .rooms
            .get(room_id)
            .ok_or_else(|| unknown(ObjectKind::Room, room_id))?;
        let (shard, room_key) = (room.shard, room.key);
        if let Some(transport) = self.transports.get(id) {
            let same = &*transport.room == room_id
                && &*transport.participant == participant_id
                && transport.is_publish == is_publish;
            if !same {
                return Err(format!(
                    "transport {id} keeps its room, participant and direction"
                ));
            }
            let participant = room.participants.get(participant_id).map(|(key, _)| *key);
            let participant =
                participant.ok_or_else(|| format!("unknown participant: {participant_id}"))?;
            return Ok((
                Entry {
                    shard,
                    key: transport.key,
                    opening: false,
                },
                room_key,
                participant,
            ));
        }
        let (id, room): (Id, Id) = (id.into(), room_id.into());
        let key = TransportKey(self.mint(ObjectKind::Transport, &id));
        let (participant, participant_key) = self.hold_participant(room_id, participant_id);
        if let Some(room) = self.rooms.get_mut(room_id) {
            room.transports.insert(Arc::clone(&id));
        }
        let transport = Transport {
            key,
            room,
            participant,
            is_publish,
            tracks: HashSet::new(),
            slots: HashMap::new(),
        };
        self.transports.insert(id, transport);
        Ok((
            Entry {
                shard,
                key,
                opening: true,
            },
            room_key,
            participant_key,
        ))
    }

    pub(crate) fn open_track(
        &mut self,
        id: &str,
        transport_id: &str,
        participant_id: &str,
    ) -> Result<(Entry<TrackKey>, TransportKey, ParticipantKey), Refused> {
        let (shard, transport_key, room_id) = self.transport_place(transport_id)?;
        if let Some(track) = self.tracks.get(id) {
            if &*track.transport != transport_id || &*track.participant != participant_id {
                return Err(format!("track {id} keeps its transport and participant"));
            }
            let participant = self
                .rooms
                .get(&room_id)
                .and_then(|room| room.participants.get(participant_id));
            let participant = participant
                .ok_or_else(|| format!("unknown participant: {participant_id}"))?
                .0;
            return Ok((
                Entry {
                    shard,
                    key: track.key,
                    opening: false,
                },
                transport_key,
                participant,
            ));
        }
        let id: Id = id.into();
        let key = TrackKey(self.mint(ObjectKind::Track, &id));
        let (participant, participant_key) = self.hold_participant(&room_id, participant_id);
        if let Some(transport) = self.transports.get_mut(transport_id) {
            transport.tracks.insert(Arc::clone(&id));
        }
        let track = Track {
            key,
            transport: transport_id.into(),
            participant,
            subscriptions: HashSet::new(),
        };
        self.tracks.insert(id, track);
        Ok((
            Entry {
                shard,
                key,
                opening: true,
            },
            transport_key,
            participant_key,
        ))
    }

    pub(crate) fn open_subscription(
        &mut self,
        id: &str,
        transport_id: &str,
        slot: u16,
        track_id: &str,
    ) -> Result<(Entry<SubscriptionKey>, TransportKey, TrackKey), Refused> {
        let (shard, transport_key, room) = self.transport_place(transport_id)?;
        let track = self
            .tracks
            .get(track_id)
            .ok_or_else(|| unknown(ObjectKind::Track, track_id))?;
        let track_key = track.key;
        if self
            .transports
            .get(&track.transport)
            .is_none_or(|transport| transport.room != room)
        {
            return Err(format!(
                "track {track_id} is in another room than transport {transport_id}"
            ));
        }
        let track: Id = track_id.into();
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            if &*subscription.transport != transport_id || subscription.slot != slot {
                return Err(format!("subscription {id} keeps its transport and slot"));
            }
            let key = subscription.key;
            let before = std::mem::replace(&mut subscription.track, Arc::clone(&track));
            if before != track {
                self.move_subscription(id, &before, &track);
            }
            return Ok((
                Entry {
                    shard,
                    key,
                    opening: false,
                },
                transport_key,
                track_key,
            ));
        }
        let id: Id = id.into();
        let key = SubscriptionKey(self.mint(ObjectKind::Subscription, &id));
        if let Some(track) = self.tracks.get_mut(track_id) {
            track.subscriptions.insert(Arc::clone(&id));
        }
        self.subscriptions.insert(
            id,
            Subscription {
                key,
                transport: transport_id.into(),
                slot,
                track,
            },
        );
        Ok((
            Entry {
                shard,
                key,
                opening: true,
            },
            transport_key,
            track_key,
        ))
    }

    /// The engine has been told that this Subscription has its slot now: the one before is replaced by it.
    pub(crate) fn show(&mut self, id: &str) {
        let Some((shown, subscription)) = self.subscriptions.get_key_value(id) else {
            return;
        };
        let (shown, slot) = (Arc::clone(shown), subscription.slot);
        let Some(transport) = self.transports.get_mut(&subscription.transport) else {
            return;
        };
        match transport.slots.insert(slot, shown) {
            Some(replaced) if &*replaced != id => self.forget_subscription(&replaced),
            _ => {}
        }
    }

    fn move_subscription(&mut self, id: &str, before: &Id, after: &Id) {
        let held = self
            .tracks
            .get_mut(before)
            .and_then(|track| track.subscriptions.take(id));
        if let Some(track) = self.tracks.get_mut(after) {
            track
                .subscriptions
                .insert(held.unwrap_or_else(|| id.into()));
        }
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

    /// The object and all that is in it is gone. Unknown: nothing happens.
    pub(crate) fn forget(&mut self, kind: ObjectKind, id: &str) {
        match kind {
            ObjectKind::Room => self.forget_room(id),
            ObjectKind::Transport => self.forget_transport(id),
            ObjectKind::Track => self.forget_track(id),
            ObjectKind::Subscription => self.forget_subscription(id),
        }
    }

    fn forget_room(&mut self, id: &str) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        for transport in std::mem::take(&mut room.transports) {
            self.forget_transport(&transport);
        }
        if let Some(room) = self.rooms.remove(id) {
            self.names.remove(&room.key.0);
        }
    }

    fn forget_transport(&mut self, id: &str) {
        let Some(transport) = self.transports.get_mut(id) else {
            return;
        };
        let tracks = std::mem::take(&mut transport.tracks);
        let slots = std::mem::take(&mut transport.slots);
        tracks.iter().for_each(|track| self.forget_track(track));
        slots
            .values()
            .for_each(|subscription| self.forget_subscription(subscription));
        let Some(transport) = self.transports.remove(id) else {
            return;
        };
        self.names.remove(&transport.key.0);
        self.release_participant(&transport.room, &transport.participant);
        if let Some(room) = self.rooms.get_mut(&transport.room) {
            room.transports.remove(id);
        }
    }

    fn forget_track(&mut self, id: &str) {
        let Some(track) = self.tracks.remove(id) else {
            return;
        };
        self.names.remove(&track.key.0);
        track
            .subscriptions
            .iter()
            .for_each(|subscription| self.forget_subscription(subscription));
        let Some(transport) = self.transports.get_mut(&track.transport) else {
            return;
        };
        transport.tracks.remove(id);
        let room = Arc::clone(&transport.room);
        self.release_participant(&room, &track.participant);
    }

    fn forget_subscription(&mut self, id: &str) {
        let Some(subscription) = self.subscriptions.remove(id) else {
            return;
        };
        self.names.remove(&subscription.key.0);
        if let Some(transport) = self.transports.get_mut(&subscription.transport) {
            let shows_it = transport
                .slots
                .get(&subscription.slot)
                .is_some_and(|shown| &**shown == id);
            if shows_it {
                transport.slots.remove(&subscription.slot);
            }
        }
        if let Some(track) = self.tracks.get_mut(&subscription.track) {
            track.subscriptions.remove(id);
        }
    }

    fn hold_participant(&mut self, room_id: &str, participant_id: &str) -> (Id, ParticipantKey) {
        let key = ParticipantKey(self.mint_unnamed());
        let id: Id = participant_id.into();
        let Some(room) = self.rooms.get_mut(room_id) else {
            return (id, key);
        };
        let held = room.participants.entry(Arc::clone(&id)).or_insert((key, 0));
        held.1 += 1;
        (id, held.0)
    }

    fn release_participant(&mut self, room_id: &str, participant_id: &str) {
        let Some(room) = self.rooms.get_mut(room_id) else {
            return;
        };
        if let Some(held) = room.participants.get_mut(participant_id) {
            held.1 -= 1;
            if held.1 == 0 {
                room.participants.remove(participant_id);
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
#[path = "registry_tests.rs"]
mod tests;
