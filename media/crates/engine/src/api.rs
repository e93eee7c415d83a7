//! What goes into the engine and what comes out: the whole contract with the driver and the simulator.
//!
//! The engine is sans-I/O: time is an argument, output goes into the [`Outbox`] that the caller passes. Keys are small
//! integers minted by the caller (the driver interns control's string ids), so no packet ever hashes a string.

use std::net::{IpAddr, SocketAddr};

/// Time since the engine was made, in microseconds. Never wall time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub u64);

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
    };
}
key!(/// A Room on this shard.
    RoomKey);
key!(/// A Participant; only compared for equality, so that one never hears oneself.
    ParticipantKey);
key!(/// A Transport.
    TransportKey);
key!(/// A Track.
    TrackKey);
key!(/// A Subscription.
    SubscriptionKey);

/// Fixed at start. `ntp_at_zero` is the server's wall clock at `Mono(0)` as a 32.32 NTP timestamp (RFC 5905), for sender reports only.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    pub ntp_at_zero: u64,
    /// Seed of everything random in the engine (first sequence numbers, SSRC of reports).
    pub seed: u64,
    pub limits: Limits,
}

/// Every bound of the engine, with what happens one over it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Over it: the command is answered with [`CommandError::LimitReached`].
    pub rooms_max: usize,
    pub transports_per_room_max: usize,
    pub tracks_per_transport_max: usize,
    pub slots_per_transport_max: usize,
    /// Packets kept per layer for RTX and first pictures; the oldest goes first.
    pub cache_packets_max: usize,
    /// Handshake datagrams a transport may raise per second before keys are there; over it they are dropped and counted.
    pub handshakes_per_s_max: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Publish,
    Subscribe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Audio,
    Video,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecName {
    Opus,
    Vp8,
    H264,
    Vp9,
    Av1,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codec {
    pub name: CodecName,
    pub payload_type: u8,
    pub clock_rate_hz: u32,
    pub rtx_payload_type: Option<u8>,
    pub red_payload_type: Option<u8>,
    pub nack: bool,
    pub transport_cc: bool,
}

/// Header extension ids negotiated on one transport (RFC 8285).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtensionIds {
    pub mid: Option<u8>,
    pub rid: Option<u8>,
    pub repaired_rid: Option<u8>,
    pub audio_level: Option<u8>,
    pub transport_cc: Option<u8>,
    pub abs_send_time: Option<u8>,
    pub dependency_descriptor: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotMode {
    /// Shows the Track of its Subscription.
    Bound,
    /// Filled by the engine with the Room's loudest audible Tracks.
    Loudest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSpec {
    pub slot: u16,
    pub mid: String,
    pub kind: Kind,
    pub mode: SlotMode,
    pub ssrc: u32,
    pub rtx_ssrc: Option<u32>,
}

/// The wanted end of a transport; sent again whenever a part changes. Changed ICE credentials are an ICE restart.
#[derive(Clone, Debug)]
pub struct TransportSpec {
    pub transport: TransportKey,
    pub room: RoomKey,
    pub participant: ParticipantKey,
    pub direction: Direction,
    pub ice_ufrag: String,
    pub ice_pwd: String,
    pub remote_ufrag: Option<String>,
    pub extensions: ExtensionIds,
    /// What a subscribe transport may be sent.
    pub codecs: Vec<Codec>,
    /// Grow-only.
    pub slots: Vec<SlotSpec>,
}

#[derive(Clone, Debug)]
pub struct TrackSpec {
    pub track: TrackKey,
    pub transport: TransportKey,
    pub participant: ParticipantKey,
    pub kind: Kind,
    pub mid: String,
    pub codec: Codec,
    /// Low to high; empty means one layer.
    pub rids: Vec<String>,
    /// Announced (media, rtx) SSRCs, if any.
    pub ssrcs: Vec<(u32, Option<u32>)>,
    /// Competes for `Loudest` slots.
    pub audible: bool,
    /// What arrives is dropped.
    pub muted: bool,
}

/// One quality; 0 is lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer {
    pub spatial: u8,
    pub temporal: u8,
}

#[derive(Clone, Debug)]
pub struct SubscriptionSpec {
    pub subscription: SubscriptionKey,
    pub transport: TransportKey,
    pub slot: u16,
    pub track: TrackKey,
    /// Only grows per slot; echoed in [`Event::SlotMapped`].
    pub generation: u32,
    pub layer_max: Layer,
    pub priority: u8,
    pub paused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrtpProfile {
    /// RFC 7714.
    AeadAes128Gcm,
    /// RFC 3711.
    AesCm128HmacSha1_80,
}

/// From the DTLS exporter (RFC 5764 section 4.2). Zeroed on drop is the crypto library's business.
#[derive(Clone)]
pub struct SrtpKeys {
    pub profile: SrtpProfile,
    pub local_key: Vec<u8>,
    pub local_salt: Vec<u8>,
    pub remote_key: Vec<u8>,
    pub remote_salt: Vec<u8>,
}

/// All that the driver may ask. Every command is idempotent.
pub enum Command {
    OpenRoom(RoomKey),
    CloseRoom(RoomKey),
    OpenTransport(TransportSpec),
    CloseTransport(TransportKey),
    /// DTLS bytes from Python to the browser, on the transport's selected (or latest proven) pair.
    SendHandshake(TransportKey, Vec<u8>),
    InstallKeys(TransportKey, SrtpKeys),
    OpenTrack(TrackSpec),
    CloseTrack(TrackKey),
    OpenSubscription(SubscriptionSpec),
    CloseSubscription(SubscriptionKey),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandError {
    UnknownRoom,
    UnknownTransport,
    UnknownTrack,
    UnknownSlot,
    LimitReached,
    BadKeys,
    WrongDirection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportState {
    New,
    /// A check succeeded; DTLS is under way.
    Connecting,
    /// Keys are installed and the pair has consent.
    Connected,
    /// No authenticated check for 5 s (RFC 7675).
    Disconnected,
    /// None for 30 s.
    Failed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransportStats {
    pub packets_in: u64,
    pub packets_out: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub packets_lost_in: u64,
    pub packets_lost_out: u64,
    pub nacks_in: u64,
    pub nacks_out: u64,
    pub plis_in: u64,
    pub plis_out: u64,
    pub rtx_out: u64,
    pub rtt_us: Option<u32>,
    pub loss_fraction_in: f32,
    pub loss_fraction_out: f32,
}

/// All that the engine tells. `Speakers` and `Stats` are latest-wins, the rest must arrive.
#[derive(Clone, Debug)]
pub enum Event {
    /// A DTLS datagram from a proven pair, for Python.
    Handshake {
        transport: TransportKey,
        datagram: Vec<u8>,
    },
    TransportState {
        transport: TransportKey,
        state: TransportState,
        reason: &'static str,
    },
    TrackLive {
        track: TrackKey,
        spatial: u8,
        active: bool,
    },
    SlotMapped {
        transport: TransportKey,
        slot: u16,
        generation: u32,
        track: Option<TrackKey>,
        rtp_timestamp: u32,
    },
    SubscriptionLayer {
        transport: TransportKey,
        slot: u16,
        track: TrackKey,
        layer: Option<Layer>,
    },
    Speakers {
        room: RoomKey,
        speakers: Vec<(TrackKey, u8)>,
    },
    Stats {
        transport: TransportKey,
        stats: TransportStats,
    },
}

/// Where a datagram goes: the remote address, and the local one it must leave from (PKTINFO).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    pub local: IpAddr,
    pub remote: SocketAddr,
}

/// One datagram in the outbox's arena.
#[derive(Clone, Copy, Debug)]
pub struct Datagram {
    pub path: Path,
    pub start: u32,
    pub len: u32,
}

/// What the engine wants sent and said. Owned and reused by the caller; datagrams to one path that were appended one after
/// another lie side by side in the arena, so that the driver can send a run with one call.
#[derive(Default)]
pub struct Outbox {
    pub arena: Vec<u8>,
    pub datagrams: Vec<Datagram>,
    pub events: Vec<Event>,
}

impl Outbox {
    /// Forget everything, keep the capacity.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.datagrams.clear();
        self.events.clear();
    }
}

// The engine itself (lib.rs):
//
//   impl Engine {
//       pub fn new(config: EngineConfig) -> Engine;
//       pub fn command(&mut self, now: Mono, command: Command, out: &mut Outbox) -> Result<(), CommandError>;
//       /// One datagram as it came; decrypted in place. Never panics, whatever the bytes.
//       pub fn receive(&mut self, now: Mono, path: Path, datagram: &mut [u8], out: &mut Outbox);
//       /// After each batch of `receive`: what was gathered per subscriber leaves as runs.
//       pub fn flush(&mut self, now: Mono, out: &mut Outbox);
//       /// When `tick` must be called at the latest.
//       pub fn next_deadline(&self) -> Mono;
//       pub fn tick(&mut self, now: Mono, out: &mut Outbox);
//       pub fn counters(&self) -> &Counters;          // named u64s, drops by reason
//       pub fn snapshot(&self) -> String;             // JSON
//       /// Drop one room after a panic was caught while serving it.
//       pub fn serving(&self) -> Option<RoomKey>;     // the room whose packet is being worked on
//       pub fn abandon_room(&mut self, room: RoomKey, out: &mut Outbox);
//   }
