//! What the driver asks, put into effect. Every command states a wanted end and may come twice.

use crate::api::{
    Command, CommandError, Direction, Mono, Outbox, RoomKey, SrtpKeys, SubscriptionKey,
    SubscriptionSpec, TrackKey, TrackSpec, TransportKey, TransportSpec,
};
use crate::directory::{SlotSpot, Spot};
use crate::engine::{Engine, cx};
use crate::room::Room;
use crate::slot::Slot;
use crate::transport::{Crypto, Transport};

impl Engine {
    pub fn command(
        &mut self,
        now: Mono,
        command: Command,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let now = self.advance(now);
        // Indices must not change under what is gathered.
        self.flush(now, out);
        let done = match command {
            Command::OpenRoom(key) => self.open_room(key),
            Command::CloseRoom(key) => self.close_room(key),
            Command::OpenTransport(spec) => self.open_transport(now, spec, out),
            Command::CloseTransport(key) => self.close_transport(now, key, out),
            Command::SendHandshake(key, datagram) => self.send_handshake(now, key, &datagram, out),
            Command::InstallKeys(key, keys) => self.install_keys(now, key, keys, out),
            Command::OpenTrack(spec) => self.open_track(now, spec, out),
            Command::CloseTrack(key) => self.close_track(now, key, out),
            Command::OpenSubscription(spec) => self.open_subscription(now, spec, out),
            Command::CloseSubscription(key) => self.close_subscription(now, key, out),
        };
        // Key frames that the command calls for are asked for at once.
        for at in 0..self.rooms.end() {
            let Some(room) = self
                .rooms
                .get_mut(at)
                .filter(|room| !room.attention.is_empty())
            else {
                continue;
            };
            self.serving = Some(room.key);
            room.flush(&mut cx!(self, now, out));
        }
        self.serving = None;
        done
    }

    fn open_room(&mut self, key: RoomKey) -> Result<(), CommandError> {
        if self.room_at.contains_key(&key) {
            return Ok(());
        }
        if self.rooms.len() >= self.config.limits.rooms_max {
            return Err(CommandError::LimitReached);
        }
        let at = self.rooms.insert(Room::new(key, self.hash));
        self.room_at.insert(key, at);
        Ok(())
    }

    fn close_room(&mut self, key: RoomKey) -> Result<(), CommandError> {
        let Some(at) = self.room_at.remove(&key) else {
            return Ok(());
        };
        self.directory.forget_room(at);
        self.busy.retain(|busy| *busy != at);
        self.rooms.remove(at);
        Ok(())
    }

    fn open_transport(
        &mut self,
        now: Mono,
        spec: TransportSpec,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        if spec.slots.len() > self.config.limits.slots_per_transport_max {
            return Err(CommandError::LimitReached);
        }
        if let Some(spot) = self.directory.transports.get(&spec.transport).copied() {
            return self.update_transport(now, spot, spec, out);
        }
        let room_at = *self
            .room_at
            .get(&spec.room)
            .ok_or(CommandError::UnknownRoom)?;
        let room = self
            .rooms
            .get_mut(room_at)
            .ok_or(CommandError::UnknownRoom)?;
        if room.transports.len() >= self.config.limits.transports_per_room_max {
            return Err(CommandError::LimitReached);
        }
        let key = spec.transport;
        let transport = Transport::new(spec, &mut self.random, now);
        let spot = Spot {
            room: room_at,
            transport: room.transports.insert(transport),
        };
        self.directory.transports.insert(key, spot);
        if let Some(transport) = room.transports.get_mut(spot.transport) {
            self.directory.register(spot, transport);
        }
        Ok(())
    }

    fn update_transport(
        &mut self,
        now: Mono,
        spot: Spot,
        spec: TransportSpec,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let room = self
            .rooms
            .get_mut(spot.room)
            .ok_or(CommandError::UnknownRoom)?;
        let transport = room
            .transports
            .get_mut(spot.transport)
            .ok_or(CommandError::UnknownTransport)?;
        if transport.spec.direction != spec.direction {
            return Err(CommandError::WrongDirection);
        }
        self.serving = Some(room.key);
        transport
            .ice
            .set_credentials(&spec.ice_ufrag, &spec.ice_pwd, spec.remote_ufrag.as_deref());
        self.directory.register(spot, transport);
        let random = &mut self.random;
        if let Some(subscribe) = transport.subscribe() {
            subscribe.codecs.clone_from(&spec.codecs);
            // Grow-only: a Slot that is there keeps its numbers.
            for slot in &spec.slots {
                if subscribe.slot_at(slot.slot).is_none() {
                    subscribe.slots.push(Slot::new(slot.clone(), random));
                }
            }
        }
        transport.spec = spec;
        let mut cx = cx!(self, now, out);
        room.rewatch_all(spot.transport, &mut cx);
        Ok(())
    }

    fn close_transport(
        &mut self,
        now: Mono,
        key: TransportKey,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let Some(spot) = self.directory.transports.get(&key).copied() else {
            return Ok(());
        };
        let Some(room) = self.rooms.get_mut(spot.room) else {
            return Ok(());
        };
        self.serving = Some(room.key);
        let mut cx = cx!(self, now, out);
        let Some(mut transport) = room.remove_transport(spot.transport, &mut cx) else {
            return Ok(());
        };
        self.directory.forget_transport(spot, &transport);
        if transport.publish().is_some() {
            let Engine {
                directory, rooms, ..
            } = self;
            directory.tracks.retain(|track, room| {
                *room != spot.room
                    || rooms
                        .get(spot.room)
                        .is_some_and(|room| room.track_at.contains_key(track))
            });
        }
        Ok(())
    }

    fn send_handshake(
        &mut self,
        now: Mono,
        key: TransportKey,
        datagram: &[u8],
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let (room, at) = self.transport_room(key)?;
        let transport = room
            .transports
            .get(at)
            .ok_or(CommandError::UnknownTransport)?;
        // Nobody has consented to be sent anything: DTLS will repeat it.
        let Some(path) = transport.ice.selected(now) else {
            return Ok(());
        };
        let mut cx = cx!(self, now, out);
        let start = cx.out.arena.len();
        cx.out.arena.extend_from_slice(datagram);
        cx.push(path, start);
        cx.counters.handshakes_out += 1;
        Ok(())
    }

    fn install_keys(
        &mut self,
        now: Mono,
        key: TransportKey,
        keys: SrtpKeys,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let spot = self.spot(key)?;
        let room = self
            .rooms
            .get_mut(spot.room)
            .ok_or(CommandError::UnknownTransport)?;
        let transport = room
            .transports
            .get_mut(spot.transport)
            .ok_or(CommandError::UnknownTransport)?;
        if transport
            .crypto
            .as_ref()
            .is_some_and(|crypto| crypto.is_from(&keys))
        {
            return Ok(());
        }
        transport.crypto = Some(Crypto::new(keys).ok_or(CommandError::BadKeys)?);
        self.serving = Some(room.key);
        room.update_state(spot.transport, &mut cx!(self, now, out));
        Ok(())
    }

    fn open_track(
        &mut self,
        now: Mono,
        spec: TrackSpec,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let spot = self.spot(spec.transport)?;
        let room = self
            .rooms
            .get_mut(spot.room)
            .ok_or(CommandError::UnknownTransport)?;
        self.serving = Some(room.key);
        let transport = room
            .transports
            .get_mut(spot.transport)
            .ok_or(CommandError::UnknownTransport)?;
        if transport.spec.direction != Direction::Publish {
            return Err(CommandError::WrongDirection);
        }
        let mut cx = cx!(self, now, out);
        if let Some(at) = room.track_at.get(&spec.track).copied() {
            room.update_track(at, spec, &mut cx);
            return Ok(());
        }
        let publish = transport.publish().ok_or(CommandError::WrongDirection)?;
        if publish.tracks.len() >= cx.config.limits.tracks_per_transport_max {
            return Err(CommandError::LimitReached);
        }
        self.directory.tracks.insert(spec.track, spot.room);
        room.insert_track(spot.transport, spec, &mut cx);
        Ok(())
    }

    fn close_track(
        &mut self,
        now: Mono,
        key: TrackKey,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let Some(room_at) = self.directory.tracks.remove(&key) else {
            return Ok(());
        };
        let Some(room) = self.rooms.get_mut(room_at) else {
            return Ok(());
        };
        self.serving = Some(room.key);
        if let Some(at) = room.track_at.get(&key).copied() {
            room.remove_track(at, &mut cx!(self, now, out));
        }
        Ok(())
    }

    fn open_subscription(
        &mut self,
        now: Mono,
        spec: SubscriptionSpec,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let spot = self.spot(spec.transport)?;
        let room = self
            .rooms
            .get_mut(spot.room)
            .ok_or(CommandError::UnknownTransport)?;
        self.serving = Some(room.key);
        if !room.track_at.contains_key(&spec.track) {
            return Err(CommandError::UnknownTrack);
        }
        let transport = room
            .transports
            .get_mut(spot.transport)
            .ok_or(CommandError::UnknownTransport)?;
        let subscribe = transport.subscribe().ok_or(CommandError::WrongDirection)?;
        let slot = subscribe
            .slot_at(spec.slot)
            .ok_or(CommandError::UnknownSlot)?;
        let held = &mut subscribe.slots[slot];
        if held.is_loudest() {
            return Err(CommandError::UnknownSlot);
        }
        let key = spec.subscription;
        match &held.subscription {
            // Commands may be reordered: an older wish does not undo a newer one.
            Some(held) if held.generation > spec.generation => return Ok(()),
            Some(held) if held.subscription != key => {
                self.directory.subscriptions.remove(&held.subscription);
            }
            _ => {}
        }
        let is_new = held
            .subscription
            .as_ref()
            .is_none_or(|old| old.generation != spec.generation);
        held.generation = spec.generation;
        held.subscription = Some(spec);
        let shows_it_already = is_new && held.watched.is_some();
        self.directory
            .subscriptions
            .insert(key, SlotSpot { spot, slot });
        let mut cx = cx!(self, now, out);
        room.rewatch(spot.transport, slot, &mut cx);
        if shows_it_already {
            room.announce_again(spot.transport, slot);
        }
        room.voices_changed = true;
        Ok(())
    }

    fn close_subscription(
        &mut self,
        now: Mono,
        key: SubscriptionKey,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        let Some(SlotSpot { spot, slot }) = self.directory.subscriptions.remove(&key) else {
            return Ok(());
        };
        let Some(room) = self.rooms.get_mut(spot.room) else {
            return Ok(());
        };
        self.serving = Some(room.key);
        let Some(transport) = room.transports.get_mut(spot.transport) else {
            return Ok(());
        };
        let Some(held) = transport
            .subscribe()
            .and_then(|subscribe| subscribe.slots.get_mut(slot))
        else {
            return Ok(());
        };
        if held
            .subscription
            .as_ref()
            .is_some_and(|held| held.subscription == key)
        {
            held.subscription = None;
            room.rewatch(spot.transport, slot, &mut cx!(self, now, out));
            room.voices_changed = true;
        }
        Ok(())
    }

    fn spot(&self, key: TransportKey) -> Result<Spot, CommandError> {
        self.directory
            .transports
            .get(&key)
            .copied()
            .ok_or(CommandError::UnknownTransport)
    }

    fn transport_room(&mut self, key: TransportKey) -> Result<(&mut Room, u32), CommandError> {
        let spot = self.spot(key)?;
        let room = self
            .rooms
            .get_mut(spot.room)
            .ok_or(CommandError::UnknownTransport)?;
        Ok((room, spot.transport))
    }
}
