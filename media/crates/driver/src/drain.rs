//! What a shard told, with control's ids again.

use std::sync::Arc;

use engine::api::{CommandError, Event, Layer, TransportState, TransportStats};

use crate::queue::{ObjectKind, Told};
use crate::registry::Registry;

/// An event as control knows it. What is of a closed object is left out: control has closed it.
#[derive(Clone, Debug)]
pub enum PlaneEvent {
    Handshake {
        transport: Arc<str>,
        datagram: Vec<u8>,
    },
    TransportState {
        transport: Arc<str>,
        state: TransportState,
        reason: &'static str,
    },
    TrackLive {
        track: Arc<str>,
        spatial: u8,
        active: bool,
    },
    SlotMapped {
        transport: Arc<str>,
        slot: u16,
        generation: u32,
        track: Option<Arc<str>>,
        rtp_timestamp: u32,
    },
    SubscriptionLayer {
        transport: Arc<str>,
        slot: u16,
        track: Arc<str>,
        layer: Option<Layer>,
    },
    Speakers {
        room: Arc<str>,
        speakers: Vec<(Arc<str>, u8)>,
    },
    Stats {
        transport: Arc<str>,
        stats: TransportStats,
    },
    Counters(Vec<(&'static str, u64)>),
    RoomFaulted {
        room: Arc<str>,
        reason: String,
    },
    CommandFailed {
        kind: ObjectKind,
        id: Arc<str>,
        error: CommandError,
    },
}

/// Give ids to what was told; a faulted Room, or an object that was never opened, is forgotten here. `Counters` are not
/// events of one object and are left to the caller.
pub(crate) fn name(registry: &mut Registry, told: Told) -> Option<PlaneEvent> {
    match told {
        Told::Engine(event) => name_event(registry, event),
        Told::Counters(values) => Some(PlaneEvent::Counters(values)),
        Told::RoomFaulted { room, reason } => {
            let room = registry.name(ObjectKind::Room, room.0)?;
            registry.forget(ObjectKind::Room, &room);
            Some(PlaneEvent::RoomFaulted { room, reason })
        }
        Told::CommandFailed {
            kind,
            key,
            opening,
            error,
        } => {
            let id = registry.name(kind, key)?;
            if opening {
                registry.forget(kind, &id);
            }
            Some(PlaneEvent::CommandFailed { kind, id, error })
        }
    }
}

fn name_event(registry: &Registry, event: Event) -> Option<PlaneEvent> {
    let transport_name =
        |key: engine::api::TransportKey| registry.name(ObjectKind::Transport, key.0);
    let track_name = |key: engine::api::TrackKey| registry.name(ObjectKind::Track, key.0);
    Some(match event {
        Event::Handshake {
            transport,
            datagram,
        } => PlaneEvent::Handshake {
            transport: transport_name(transport)?,
            datagram,
        },
        Event::TransportState {
            transport,
            state,
            reason,
        } => PlaneEvent::TransportState {
            transport: transport_name(transport)?,
            state,
            reason,
        },
        Event::TrackLive {
            track,
            spatial,
            active,
        } => PlaneEvent::TrackLive {
            track: track_name(track)?,
            spatial,
            active,
        },
        Event::SlotMapped {
            transport,
            slot,
            generation,
            track,
            rtp_timestamp,
        } => PlaneEvent::SlotMapped {
            transport: transport_name(transport)?,
            slot,
            generation,
            // A Track that is closed by now leaves the slot showing nothing: the engine says so next.
            track: match track {
                Some(track) => Some(track_name(track)?),
                None => None,
            },
            rtp_timestamp,
        },
        Event::SubscriptionLayer {
            transport,
            slot,
            track,
            layer,
        } => PlaneEvent::SubscriptionLayer {
            transport: transport_name(transport)?,
            slot,
            track: track_name(track)?,
            layer,
        },
        Event::Speakers { room, speakers } => PlaneEvent::Speakers {
            room: registry.name(ObjectKind::Room, room.0)?,
            speakers: speakers
                .into_iter()
                .filter_map(|(track, level)| Some((track_name(track)?, level)))
                .collect(),
        },
        Event::Stats { transport, stats } => PlaneEvent::Stats {
            transport: transport_name(transport)?,
            stats,
        },
    })
}
