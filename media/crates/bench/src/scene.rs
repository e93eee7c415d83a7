//! Who sends what to whom: known to the plane, its clients and the bare forwarder alike, so that they need not tell each other.

use driver::{SubscriptionRequest, TapRequest, TrackRequest, TransportRequest};
use engine::api::{
    Codec, CodecName, Direction, ExtensionIds, Kind, Layer, SlotMode, SlotSpec, SrtpKeys,
    SrtpProfile,
};

pub const ROOM: &str = "rom_measured";
pub const PROFILE: SrtpProfile = SrtpProfile::AeadAes128Gcm;
const KEY_LEN: usize = 16;
const SALT_LEN: usize = 12;
pub const VIDEO_TYPE: u8 = 96;
pub const AUDIO_TYPE: u8 = 111;
pub const TRANSPORT_CC_ID: u8 = 3;
pub const LEVEL_ID: u8 = 2;
const MID_ID: u8 = 4;
/// Slots of a desktop: what a subscriber costs in memory.
const VIDEO_SLOTS: u16 = 25;
const AUDIO_SLOT: u16 = 100;
const LOUDEST_SLOTS: u16 = 3;
/// Publishers' numbers begin here, so that they and subscribers have keys and names of their own.
const PUBLISHERS_FROM: u32 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// One camera: frames of 5 packets, each 1200 bytes as a datagram.
    Video,
    /// One microphone: 120 bytes a datagram.
    Audio,
    /// Fifty microphones, of which each subscriber hears the loudest three.
    Loudest,
}

impl Scene {
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "video" => Ok(Self::Video),
            "audio" => Ok(Self::Audio),
            "loudest" => Ok(Self::Loudest),
            other => Err(format!("no scene is called {other}")),
        }
    }

    pub fn publishers(self) -> u32 {
        if self == Self::Loudest { 50 } else { 1 }
    }

    pub fn is_video(self) -> bool {
        self == Self::Video
    }

    /// Packets that leave back to back.
    pub fn packets_per_frame(self) -> u32 {
        if self.is_video() { 5 } else { 1 }
    }

    /// RTP payload, so that what subscribers get is 1200 or 120 bytes: 12 of header, 8 of extension, 16 of tag.
    pub fn payload_len(self) -> usize {
        if self.is_video() { 1164 } else { 84 }
    }
}

/// One end of a transport, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat(u32);

impl Seat {
    pub fn publisher(index: u32) -> Self {
        Self(PUBLISHERS_FROM + index)
    }

    pub fn subscriber(index: u32) -> Self {
        Self(index)
    }

    /// From the user name of a check.
    pub fn of_ufrag(ufrag: &str) -> Option<Self> {
        ufrag.strip_prefix("seat")?.parse().ok().map(Self)
    }

    /// Its place among the subscribers, or `None` for a publisher.
    pub fn subscriber_index(self) -> Option<usize> {
        (self.0 < PUBLISHERS_FROM).then_some(self.0 as usize)
    }

    pub fn ufrag(self) -> String {
        format!("seat{:06}", self.0)
    }

    pub fn pwd(self) -> String {
        format!("password+of+seat+{:06}", self.0)
    }

    pub fn transport(self) -> String {
        format!("trn_{:06}", self.0)
    }

    /// The server's keys and the client's: any, but different for each.
    pub fn keys(self) -> (SrtpKeys, SrtpKeys) {
        let part = |what: u8, len: usize| -> Vec<u8> {
            let seed = self.0.to_be_bytes();
            let byte = |at: usize| what ^ seed[at % 4] ^ (at as u8).wrapping_mul(37);
            (0..len).map(byte).collect()
        };
        let [server_key, client_key] = [1, 2].map(|what| part(what, KEY_LEN));
        let [server_salt, client_salt] = [3, 4].map(|what| part(what, SALT_LEN));
        let server = SrtpKeys {
            profile: PROFILE,
            local_key: server_key.clone(),
            local_salt: server_salt.clone(),
            remote_key: client_key.clone(),
            remote_salt: client_salt.clone(),
        };
        let client = SrtpKeys {
            profile: PROFILE,
            local_key: client_key,
            local_salt: client_salt,
            remote_key: server_key,
            remote_salt: server_salt,
        };
        (server, client)
    }

    /// Of a publisher.
    pub fn ssrc(self) -> u32 {
        0x1000_0000 + self.0
    }

    fn track(self) -> String {
        format!("trk_{:06}", self.0)
    }

    /// Of a subscriber's slot.
    pub fn slot_ssrc(self, slot: u16) -> u32 {
        0x2000_0000 + self.0 * 1024 + u32::from(slot) * 2
    }
}

fn extensions(level: bool) -> ExtensionIds {
    ExtensionIds {
        mid: Some(MID_ID),
        transport_cc: Some(TRANSPORT_CC_ID),
        audio_level: level.then_some(LEVEL_ID),
        ..ExtensionIds::default()
    }
}

fn codec(kind: Kind) -> Codec {
    let video = kind == Kind::Video;
    Codec {
        name: if video {
            CodecName::Vp8
        } else {
            CodecName::Opus
        },
        payload_type: if video { VIDEO_TYPE } else { AUDIO_TYPE },
        clock_rate_hz: if video { 90_000 } else { 48_000 },
        rtx_payload_type: video.then_some(97),
        red_payload_type: None,
        nack: video,
        transport_cc: true,
    }
}

fn transport(seat: Seat, direction: Direction, slots: Vec<SlotSpec>) -> TransportRequest {
    let subscribes = direction == Direction::Subscribe;
    TransportRequest {
        transport_id: seat.transport(),
        room_id: ROOM.to_owned(),
        participant_id: format!("par_{:06}", seat.0),
        direction,
        group: 0,
        ice_ufrag: seat.ufrag(),
        ice_pwd: seat.pwd(),
        remote_ufrag: Some("them".to_owned()),
        extensions: extensions(!subscribes),
        codecs: if subscribes {
            vec![codec(Kind::Audio), codec(Kind::Video)]
        } else {
            Vec::new()
        },
        slots,
    }
}

/// A publisher's transport.
pub fn publish_transport(seat: Seat) -> TransportRequest {
    transport(seat, Direction::Publish, Vec::new())
}

/// A subscriber's transport, with all the slots of a desktop.
pub fn subscribe_transport(seat: Seat) -> TransportRequest {
    let slot = |slot: u16, kind: Kind, mode: SlotMode| SlotSpec {
        slot,
        mid: slot.to_string(),
        kind,
        mode,
        ssrc: seat.slot_ssrc(slot),
        rtx_ssrc: (kind == Kind::Video).then(|| seat.slot_ssrc(slot) + 1),
    };
    let video = (0..VIDEO_SLOTS).map(|number| slot(number, Kind::Video, SlotMode::Bound));
    let pinned = [slot(AUDIO_SLOT, Kind::Audio, SlotMode::Bound)];
    let loudest =
        (1..=LOUDEST_SLOTS).map(|number| slot(AUDIO_SLOT + number, Kind::Audio, SlotMode::Loudest));
    transport(
        seat,
        Direction::Subscribe,
        video.chain(pinned).chain(loudest).collect(),
    )
}

/// What a publisher sends.
/// A publisher is recorded.
pub fn tap(seat: Seat) -> TapRequest {
    TapRequest {
        tap_id: format!("tap_{}", seat.0),
        room_id: ROOM.into(),
        track_id: seat.track(),
        participant_id: format!("par_{:06}", seat.0),
        recording_id: "rec_measured".into(),
        key_id: "key_measured".into(),
        key: [3; 32],
        source: String::new(),
        label: String::new(),
        layer_max: Layer {
            spatial: 2,
            temporal: 3,
        },
    }
}

pub fn track(scene: Scene, seat: Seat) -> TrackRequest {
    let kind = if scene.is_video() {
        Kind::Video
    } else {
        Kind::Audio
    };
    TrackRequest {
        track_id: seat.track(),
        transport_id: seat.transport(),
        participant_id: format!("par_{:06}", seat.0),
        kind,
        mid: "0".to_owned(),
        codec: codec(kind),
        rids: Vec::new(),
        ssrcs: vec![(seat.ssrc(), None)],
        audible: scene == Scene::Loudest,
        muted: false,
    }
}

/// What a subscriber shows of the first publisher; `None` where the loudest slots fill themselves.
pub fn subscription(scene: Scene, seat: Seat) -> Option<SubscriptionRequest> {
    let slot = match scene {
        Scene::Video => 0,
        Scene::Audio => AUDIO_SLOT,
        Scene::Loudest => return None,
    };
    Some(SubscriptionRequest {
        subscription_id: format!("sub_{:06}", seat.0),
        transport_id: seat.transport(),
        slot,
        track_id: Seat::publisher(0).track(),
        generation: 1,
        layer_max: Layer {
            spatial: 3,
            temporal: 3,
        },
        priority: 0,
        paused: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_found_by_its_name() {
        let seat = Seat::subscriber(499);
        assert_eq!(Seat::of_ufrag(&seat.ufrag()), Some(seat));
        assert_eq!(seat.subscriber_index(), Some(499));
        assert_eq!(Seat::publisher(0).subscriber_index(), None);
        assert_eq!(Seat::of_ufrag("somebody"), None);
    }
}
