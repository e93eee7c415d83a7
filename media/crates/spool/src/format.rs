//! Every byte of a segment, as `docs/spool-format.md` says.

use crate::json::Object;
use crate::seal::{TAG_BYTES, TapSeal};

/// `HRSEG`, 0, version, line feed.
pub const MAGIC: [u8; 8] = *b"HRSEG\x00\x01\n";
/// Length and checksum before each body.
pub const FRONT_BYTES: usize = 8;
/// Type, flags, tap, number and arrival begin each body.
pub const BODY_MIN: usize = 24;
pub const BODY_MAX: usize = 65_535;
/// Head of a packet's body: what is not sealed.
pub const PACKET_HEAD_BYTES: usize = 44;
pub const HEAD_JSON_MAX: usize = 4096;

pub const TYPE_TAP: u8 = 1;
pub const TYPE_PACKET: u8 = 2;
pub const TYPE_REPORT: u8 = 3;
pub const TYPE_GAP: u8 = 4;
pub const TYPE_END: u8 = 5;

pub const FLAG_REPAIRED: u8 = 1;
pub const FLAG_KEYFRAME: u8 = 2;

/// Loudness was not said.
pub const LEVEL_UNKNOWN: u8 = 255;

/// Why records are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum GapReason {
    /// More came than the process could take in.
    Overrun = 1,
    /// The copy's queue was full.
    QueueFull = 2,
    /// The file was removed or cut.
    FileGone = 3,
    /// The records could not be written.
    NotWritten = 4,
}

/// Why a Tap ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EndReason {
    Closed = 1,
    TrackEnded = 2,
    RoomFailed = 3,
    ProcessStopped = 4,
}

/// Which copy a segment is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    A,
    B,
}

impl Copy {
    pub fn word(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

/// The process that records, as segments and copy B's greeting name it.
#[derive(Clone, Debug)]
pub struct Origin {
    pub media_id: String,
    pub node: String,
    /// Unix time, in microseconds, of arrival time 0.
    pub zero_utc_us: u64,
}

/// What begins every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub tap: u32,
    pub number: u64,
    pub arrival_us: u64,
}

/// The head of a segment file.
pub fn segment_head(
    origin: &Origin,
    copy: Copy,
    recording_id: &str,
    segment: u32,
    opened_utc_us: u64,
) -> Vec<u8> {
    let json = Object::new()
        .text("recording_id", recording_id)
        .text("media_id", &origin.media_id)
        .text("node", &origin.node)
        .text("copy", copy.word())
        .number("segment", segment)
        .number("opened_utc_us", opened_utc_us)
        .number("zero_utc_us", origin.zero_utc_us)
        .done();
    let mut head = Vec::with_capacity(16 + json.len());
    head.extend_from_slice(&MAGIC);
    // Ids have at most 64 bytes each, so the length has a few hundred.
    head.extend_from_slice(&(json.len() as u32).to_be_bytes());
    head.extend_from_slice(&crc32c::crc32c(json.as_bytes()).to_be_bytes());
    head.extend_from_slice(json.as_bytes());
    head
}

fn begin(out: &mut Vec<u8>, kind: u8, flags: u8, place: Place) -> usize {
    let start = out.len();
    let mut front = [0; FRONT_BYTES + BODY_MIN];
    front[8] = kind;
    front[9] = flags;
    front[12..16].copy_from_slice(&place.tap.to_be_bytes());
    front[16..24].copy_from_slice(&place.number.to_be_bytes());
    front[24..32].copy_from_slice(&place.arrival_us.to_be_bytes());
    out.extend_from_slice(&front);
    start
}

fn finish(out: &mut [u8], start: usize) {
    let (front, body) = out[start..].split_at_mut(FRONT_BYTES);
    // A packet has at most 1312 bytes, a Tap's JSON what its checked texts can hold: far below `BODY_MAX`.
    front[..4].copy_from_slice(&(body.len() as u32).to_be_bytes());
    front[4..].copy_from_slice(&crc32c::crc32c(body).to_be_bytes());
}

/// `TAP`.
pub fn tap(out: &mut Vec<u8>, place: Place, json: &str) {
    let start = begin(out, TYPE_TAP, 0, place);
    out.extend_from_slice(json.as_bytes());
    finish(out, start);
}

/// A packet's unsealed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketHead {
    pub epoch: u64,
    pub seq: u64,
    pub layer: u8,
    pub level: u8,
    pub flags: u8,
}

/// `RTP`: the packet is copied in and sealed where it lies. False, and nothing is written, if the cipher refuses.
pub fn packet(
    out: &mut Vec<u8>,
    place: Place,
    head: PacketHead,
    packet: &[u8],
    seal: &TapSeal,
) -> bool {
    out.reserve(FRONT_BYTES + PACKET_HEAD_BYTES + packet.len() + TAG_BYTES);
    let start = begin(out, TYPE_PACKET, head.flags, place);
    out.extend_from_slice(&head.epoch.to_be_bytes());
    out.extend_from_slice(&head.seq.to_be_bytes());
    out.extend_from_slice(&[head.layer, head.level, 0, 0]);
    let plain = out.len();
    out.extend_from_slice(packet);
    let (aad, plain) = out[start + FRONT_BYTES..].split_at_mut(plain - start - FRONT_BYTES);
    let Some(tag) = seal.seal(place.number, aad, plain) else {
        out.truncate(start);
        return false;
    };
    out.extend_from_slice(&tag);
    finish(out, start);
    true
}

/// A publisher's sender report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    pub epoch: u64,
    pub ntp: u64,
    pub rtp_time: u32,
    pub packets: u32,
    pub octets: u32,
    pub layer: u8,
}

/// `SR`.
pub fn report(out: &mut Vec<u8>, place: Place, report: Report) {
    let start = begin(out, TYPE_REPORT, 0, place);
    out.extend_from_slice(&report.epoch.to_be_bytes());
    out.extend_from_slice(&report.ntp.to_be_bytes());
    out.extend_from_slice(&report.rtp_time.to_be_bytes());
    out.extend_from_slice(&report.packets.to_be_bytes());
    out.extend_from_slice(&report.octets.to_be_bytes());
    out.extend_from_slice(&[report.layer, 0, 0, 0]);
    finish(out, start);
}

/// `GAP`: from `place` to `last`, both missing.
pub fn gap(out: &mut Vec<u8>, place: Place, last: u64, last_arrival_us: u64, reason: GapReason) {
    let start = begin(out, TYPE_GAP, 0, place);
    out.extend_from_slice(&last.to_be_bytes());
    out.extend_from_slice(&last_arrival_us.to_be_bytes());
    out.extend_from_slice(&[reason as u8, 0, 0, 0, 0, 0, 0, 0]);
    finish(out, start);
}

/// `END`.
pub fn end(out: &mut Vec<u8>, place: Place, reason: EndReason) {
    let start = begin(out, TYPE_END, 0, place);
    out.extend_from_slice(&[reason as u8, 0, 0, 0, 0, 0, 0, 0]);
    finish(out, start);
}
