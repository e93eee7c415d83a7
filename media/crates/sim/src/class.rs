//! Builds a class in a [`World`]: participants, their Tracks and Slots.

use engine::api::{
    Codec, CodecName, Command, Direction, Event, ExtensionIds, Kind, Layer, ParticipantKey,
    SlotMode, SlotSpec, SrtpProfile, SubscriptionKey, SubscriptionSpec, TrackKey, TrackSpec,
    TransportKey, TransportSpec,
};

use crate::end::{End, keys};
use crate::judge::Judge;
use crate::link::Network;
use crate::publisher::{
    AUDIO_TYPE, PublishedTrack, Publisher, RTX_TYPE, Source, VIDEO_TYPE, extension_ids,
};
use crate::screen::Screen;
use crate::subscriber::{Subscriber, TRANSPORT_CC_ID};
use crate::world::{NTP_AT_ZERO, ROOM, World};

pub const LAYER_TOP: Layer = Layer {
    spatial: 2,
    temporal: 3,
};

/// The codec of a published or subscribed video; `rtx` says whether repairs are negotiated.
pub fn vp8(rtx: bool) -> Codec {
    Codec {
        name: CodecName::Vp8,
        payload_type: VIDEO_TYPE,
        clock_rate_hz: 90_000,
        rtx_payload_type: rtx.then_some(RTX_TYPE),
        red_payload_type: None,
        nack: true,
        transport_cc: true,
    }
}

pub fn opus() -> Codec {
    Codec {
        name: CodecName::Opus,
        payload_type: AUDIO_TYPE,
        clock_rate_hz: 48_000,
        rtx_payload_type: None,
        red_payload_type: None,
        nack: false,
        transport_cc: true,
    }
}

/// What a camera sends.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    pub layers: u8,
    pub temporal: u8,
    pub frame_us: u64,
    pub payload_len: usize,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            layers: 3,
            temporal: 1,
            frame_us: 33_000,
            payload_len: 300,
        }
    }
}

/// What a subscriber's transport has.
#[derive(Clone, Copy, Debug)]
pub struct Seats {
    pub video: u16,
    pub bound_audio: u16,
    pub loudest: u16,
    pub rtx: bool,
    pub participant: u32,
    pub profile: SrtpProfile,
}

impl Default for Seats {
    fn default() -> Self {
        Self {
            video: 1,
            bound_audio: 0,
            loudest: 0,
            rtx: true,
            participant: 9000,
            profile: SrtpProfile::AeadAes128Gcm,
        }
    }
}

fn ends(
    world: &World,
    network: Network,
    profile: SrtpProfile,
) -> (TransportKey, engine::api::SrtpKeys, End, Judge) {
    let number = 1 + (world.publishers.len() + world.subscribers.len()) as u32;
    let transport = TransportKey(number);
    let (server, client) = keys(number, profile);
    let end = End::new(transport, &client, network, network);
    let judge = Judge::new(&client);
    (transport, server, end, judge)
}

impl World {
    /// A participant that publishes; its number is index and participant key.
    pub fn add_publisher(&mut self, network: Network) -> usize {
        let (transport, server, end, _) = ends(self, network, SrtpProfile::AeadAes128Gcm);
        let at = self.publishers.len();
        self.command(Command::OpenTransport(TransportSpec {
            transport,
            room: ROOM,
            participant: ParticipantKey(at as u32),
            direction: Direction::Publish,
            ice_ufrag: end.ufrag.clone(),
            ice_pwd: end.pwd.clone(),
            remote_ufrag: Some("them".into()),
            extensions: extension_ids(),
            codecs: vec![],
            slots: vec![],
        }));
        self.publishers.push(Publisher::new(end));
        self.command(Command::InstallKeys(transport, server));
        at
    }

    /// A camera on a publisher; its Track key is returned.
    pub fn add_camera(&mut self, publisher: usize, camera: Camera) -> TrackKey {
        let key = TrackKey(1000 + publisher as u32);
        let rids: Vec<&'static str> = if camera.layers == 1 {
            vec![]
        } else {
            ["q", "h", "f"][..usize::from(camera.layers)].to_vec()
        };
        let ssrc = 0x1000_0000 + (publisher as u32) * 0x100;
        let sources: Vec<Source> = (0..u32::from(camera.layers))
            .map(|layer| {
                let rid = rids.get(layer as usize).copied();
                let packets = 1 + layer as u16;
                Source::new(
                    rid,
                    ssrc + layer * 2,
                    true,
                    packets,
                    camera.payload_len,
                    &mut self.chance,
                )
            })
            .collect();
        let track = PublishedTrack::new(key, "1", true, camera.frame_us, camera.temporal, sources);
        self.publishers[publisher].tracks.push(track);
        let rids = rids.into_iter().map(str::to_owned).collect();
        self.open_track(publisher, key, Kind::Video, vp8(true), rids, false);
        key
    }

    /// A microphone on a publisher.
    pub fn add_microphone(&mut self, publisher: usize, audible: bool) -> TrackKey {
        let key = TrackKey(2000 + publisher as u32);
        let ssrc = 0x2000_0000 + (publisher as u32) * 0x100;
        let source = Source::new(None, ssrc, false, 1, 90, &mut self.chance);
        let track = PublishedTrack::new(key, "0", false, 20_000, 1, vec![source]);
        self.publishers[publisher].tracks.push(track);
        self.open_track(publisher, key, Kind::Audio, opus(), vec![], audible);
        key
    }

    fn open_track(
        &mut self,
        publisher: usize,
        key: TrackKey,
        kind: Kind,
        codec: Codec,
        rids: Vec<String>,
        audible: bool,
    ) {
        let spec = TrackSpec {
            track: key,
            transport: self.publishers[publisher].end.transport,
            participant: ParticipantKey(publisher as u32),
            kind,
            mid: if kind == Kind::Video {
                "1".into()
            } else {
                "0".into()
            },
            codec,
            rids,
            ssrcs: vec![],
            audible,
            muted: false,
        };
        self.command(Command::OpenTrack(spec));
    }

    /// The server mutes or unmutes a Track.
    pub fn mute(&mut self, publisher: usize, key: TrackKey, muted: bool) {
        let video = self.publishers[publisher]
            .tracks
            .iter()
            .any(|track| track.key == key && track.video);
        let layers = self.publishers[publisher]
            .tracks
            .iter()
            .find(|track| track.key == key)
            .map_or(1, |t| t.sources.len());
        let rids: Vec<String> = if layers == 1 {
            vec![]
        } else {
            ["q", "h", "f"].map(str::to_owned)[..layers].to_vec()
        };
        let spec = TrackSpec {
            track: key,
            transport: self.publishers[publisher].end.transport,
            participant: ParticipantKey(publisher as u32),
            kind: if video { Kind::Video } else { Kind::Audio },
            mid: if video { "1".into() } else { "0".into() },
            codec: if video { vp8(true) } else { opus() },
            rids,
            ssrcs: vec![],
            audible: !video,
            muted,
        };
        self.command(Command::OpenTrack(spec));
    }

    /// A participant that subscribes. Slots: video from 0, bound audio from 100, loudest from 200.
    pub fn add_subscriber(&mut self, network: Network, seats: Seats) -> usize {
        let (transport, server, end, mut judge) = ends(self, network, seats.profile);
        let at = self.subscribers.len();
        let mut slots = Vec::new();
        let mut add = |first: u16, count: u16, kind: Kind, mode: SlotMode| {
            for number in 0..count {
                let slot = first + number;
                let ssrc = 0x4000_0000 + (at as u32) * 0x1000 + u32::from(slot) * 2;
                slots.push(SlotSpec {
                    slot,
                    mid: format!("s{slot}"),
                    kind,
                    mode,
                    ssrc,
                    rtx_ssrc: (kind == Kind::Video && seats.rtx).then_some(ssrc + 1),
                });
            }
        };
        add(0, seats.video, Kind::Video, SlotMode::Bound);
        add(100, seats.bound_audio, Kind::Audio, SlotMode::Bound);
        add(200, seats.loudest, Kind::Audio, SlotMode::Loudest);
        let mut subscriber_screens = Vec::new();
        for slot in &slots {
            let video = slot.kind == Kind::Video;
            judge.expect_slot(slot.ssrc, slot.rtx_ssrc, video);
            subscriber_screens.push(Screen::new(slot.ssrc, slot.rtx_ssrc, video));
        }
        self.command(Command::OpenTransport(TransportSpec {
            transport,
            room: ROOM,
            participant: ParticipantKey(seats.participant),
            direction: Direction::Subscribe,
            ice_ufrag: end.ufrag.clone(),
            ice_pwd: end.pwd.clone(),
            remote_ufrag: Some("them".into()),
            extensions: ExtensionIds {
                mid: Some(4),
                transport_cc: Some(TRANSPORT_CC_ID),
                ..Default::default()
            },
            codecs: vec![opus(), vp8(seats.rtx)],
            slots,
        }));
        let mut subscriber = Subscriber::new(end, NTP_AT_ZERO);
        subscriber.screens = subscriber_screens;
        self.subscribers.push(subscriber);
        self.judges.push(judge);
        self.command(Command::InstallKeys(transport, server));
        at
    }

    /// A Slot shall show a Track.
    pub fn subscribe(
        &mut self,
        subscriber: usize,
        slot: u16,
        track: TrackKey,
        generation: u32,
        layer_max: Layer,
    ) {
        self.set_subscription(subscriber, slot, track, generation, layer_max, false);
    }

    pub fn set_subscription(
        &mut self,
        subscriber: usize,
        slot: u16,
        track: TrackKey,
        generation: u32,
        layer_max: Layer,
        paused: bool,
    ) {
        let spec = SubscriptionSpec {
            subscription: SubscriptionKey(subscriber as u32 * 1000 + u32::from(slot)),
            transport: self.subscribers[subscriber].end.transport,
            slot,
            track,
            generation,
            layer_max,
            priority: 0,
            paused,
        };
        self.command(Command::OpenSubscription(spec));
    }

    /// The screen of a Slot.
    pub fn screen(&self, subscriber: usize, slot: u16) -> &Screen {
        let at = self.subscribers[subscriber]
            .screens
            .iter()
            .position(|screen| {
                screen.ssrc.0 == 0x4000_0000 + (subscriber as u32) * 0x1000 + u32::from(slot) * 2
            });
        at.map(|at| &self.subscribers[subscriber].screens[at])
            .unwrap_or_else(|| panic!("no slot {slot}"))
    }

    /// All mappings of a Slot that were told: (generation, Track, RTP time).
    pub fn mapped(&self, subscriber: usize, slot: u16) -> Vec<(u32, Option<TrackKey>, u32)> {
        let wanted = self.subscribers[subscriber].end.transport;
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::SlotMapped {
                    transport,
                    slot: told,
                    generation,
                    track,
                    rtp_timestamp,
                } if (*transport, *told) == (wanted, slot) => {
                    Some((*generation, *track, *rtp_timestamp))
                }
                _ => None,
            })
            .collect()
    }
}
