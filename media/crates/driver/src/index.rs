//! Which Room an event is of. A shard's own small map, kept by its commands, read once per event and never per packet.

use std::collections::{HashMap, HashSet};

use engine::api::{Command, Event, RoomKey, TrackKey, TransportKey};

#[derive(Default)]
pub(crate) struct Index {
    rooms: HashSet<RoomKey>,
    transports: HashMap<TransportKey, RoomKey>,
    tracks: HashMap<TrackKey, (TransportKey, RoomKey)>,
}

/// What a command changes here once the engine has accepted it.
pub(crate) enum Change {
    None,
    OpenRoom(RoomKey),
    CloseRoom(RoomKey),
    OpenTransport(TransportKey, RoomKey),
    CloseTransport(TransportKey),
    OpenTrack(TrackKey, TransportKey),
    CloseTrack(TrackKey),
}

impl Change {
    pub(crate) fn of(command: &Command) -> Self {
        match command {
            Command::OpenRoom(room) => Self::OpenRoom(*room),
            Command::CloseRoom(room) => Self::CloseRoom(*room),
            Command::OpenTransport(spec) => Self::OpenTransport(spec.transport, spec.room),
            Command::CloseTransport(transport) => Self::CloseTransport(*transport),
            Command::OpenTrack(spec) => Self::OpenTrack(spec.track, spec.transport),
            Command::CloseTrack(track) => Self::CloseTrack(*track),
            Command::SendHandshake(..)
            | Command::InstallKeys(..)
            | Command::OpenSubscription(_)
            | Command::CloseSubscription(_) => Self::None,
        }
    }
}

impl Index {
    pub(crate) fn apply(&mut self, change: &Change) {
        match *change {
            Change::None => {}
            Change::OpenRoom(room) => {
                self.rooms.insert(room);
            }
            Change::CloseRoom(room) => self.forget_room(room),
            Change::OpenTransport(transport, room) => {
                self.transports.insert(transport, room);
            }
            Change::CloseTransport(gone) => {
                self.transports.remove(&gone);
                self.tracks.retain(|_, (transport, _)| *transport != gone);
            }
            Change::OpenTrack(track, transport) => {
                if let Some(room) = self.transports.get(&transport) {
                    self.tracks.insert(track, (transport, *room));
                }
            }
            Change::CloseTrack(track) => {
                self.tracks.remove(&track);
            }
        }
    }

    pub(crate) fn forget_room(&mut self, gone: RoomKey) {
        self.rooms.remove(&gone);
        self.transports.retain(|_, room| *room != gone);
        self.tracks.retain(|_, (_, room)| *room != gone);
    }

    /// Every Room of the shard; none afterwards.
    pub(crate) fn take_rooms(&mut self) -> Vec<RoomKey> {
        self.transports.clear();
        self.tracks.clear();
        self.rooms.drain().collect()
    }

    pub(crate) fn room_of(&self, event: &Event) -> Option<RoomKey> {
        match event {
            Event::Handshake { transport, .. }
            | Event::TransportState { transport, .. }
            | Event::SlotMapped { transport, .. }
            | Event::SubscriptionLayer { transport, .. }
            | Event::Stats { transport, .. } => self.transports.get(transport).copied(),
            Event::TrackLive { track, .. } => self.tracks.get(track).map(|(_, room)| *room),
            Event::Speakers { room, .. } => Some(*room),
        }
    }

    /// The Room that a command is of, as far as it is known before the engine has seen it.
    pub(crate) fn room_of_change(&self, change: &Change) -> Option<RoomKey> {
        match *change {
            Change::None => None,
            Change::OpenRoom(room) | Change::CloseRoom(room) | Change::OpenTransport(_, room) => {
                Some(room)
            }
            Change::CloseTransport(transport) | Change::OpenTrack(_, transport) => {
                self.transports.get(&transport).copied()
            }
            Change::CloseTrack(track) => self.tracks.get(&track).map(|(_, room)| *room),
        }
    }
}
