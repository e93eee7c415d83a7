//! Forgetting: an object goes with all that is inside, and its parents let go of it.

use std::sync::Arc;

use super::Registry;
use crate::queue::ObjectKind;

impl Registry {
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

    pub(super) fn forget_subscription(&mut self, id: &str) {
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
}
