//! Opening: an id gets a key, and its place in its parents.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine::api::{ParticipantKey, RoomKey, SubscriptionKey, TrackKey, TransportKey};

use super::{Entry, Id, Refused, Registry, Room, Subscription, Track, Transport, unknown};
use crate::queue::ObjectKind;

impl Registry {
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
}
