//! Records from Taps become blocks: numbered, sealed once, gathered by recording.

use std::collections::HashMap;
use std::sync::Arc;

use engine::api::{Codec, CodecName, Kind, TapKey};
use engine::{TapBatch, TapRecord, Tapped};

use crate::block::{Announcement, Block, Span, add_span};
use crate::format::{
    self, EndReason, FLAG_KEYFRAME, FLAG_REPAIRED, GapReason, LEVEL_UNKNOWN, PacketHead, Place,
    Report,
};
use crate::gaps::{self, End, Notes};
use crate::json::Object;
use crate::seal::{KEY_BYTES, SALT_BYTES, TapSeal};

/// A block leaves when it is this long,
pub const BLOCK_BYTES: usize = 64 * 1024;
/// or this old: what was forwarded 250 ms before a kill must be out of the process.
pub const BLOCK_AGE_US: u64 = 40_000;

/// What a Tap is, as control says it. All texts are checked before they come here.
#[derive(Clone)]
pub struct TapFacts {
    pub tap: TapKey,
    pub tap_id: String,
    pub recording: Arc<str>,
    pub room_id: String,
    pub track_id: String,
    pub participant_id: String,
    pub source: String,
    pub label: String,
    pub key_id: String,
    pub key: [u8; KEY_BYTES],
    pub kind: Kind,
    pub codec: Codec,
    pub rids: Vec<String>,
}

/// Records of one Tap that could not be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overrun {
    pub tap: TapKey,
    pub records: u64,
    pub first_arrival_us: u64,
    pub last_arrival_us: u64,
}

struct OpenTap {
    recording: Arc<str>,
    seal: TapSeal,
    next: u64,
}

struct Gathering {
    since_us: u64,
    block: Block,
}

/// Nothing in here waits or fails for what a disk or a connection does.
#[derive(Default)]
pub struct Sealer {
    open: HashMap<TapKey, OpenTap>,
    gathering: HashMap<Arc<str>, Gathering>,
    ready: Vec<Block>,
    blocks: u64,
    /// Records of Taps that are not open, and such as the cipher refused: always a bug of ours.
    pub refused: u64,
}

impl Sealer {
    /// A Tap begins. `salt` must be random.
    pub fn open(&mut self, facts: &TapFacts, salt: [u8; SALT_BYTES], now_us: u64) {
        if self.open.contains_key(&facts.tap) {
            return;
        }
        let Some(seal) = TapSeal::new(&facts.key, &salt) else {
            self.refused += 1;
            return;
        };
        let place = Place {
            tap: facts.tap.0,
            number: 0,
            arrival_us: now_us,
        };
        let mut record = Vec::new();
        format::tap(&mut record, place, &tap_json(facts, &salt));
        let announcement = Announcement {
            tap: facts.tap.0,
            record: record.into(),
        };
        let opened = OpenTap {
            recording: Arc::clone(&facts.recording),
            seal,
            next: 0,
        };
        self.open.insert(facts.tap, opened);
        self.gather(&facts.recording, now_us)
            .block
            .opened
            .push(announcement);
    }

    /// Records that no copy will have: more came than could be taken in. They come before those of the next batch.
    pub fn overrun(&mut self, overrun: &Overrun, now_us: u64) {
        let Some(tap) = self.open.get_mut(&overrun.tap) else {
            return;
        };
        let span = Span {
            tap: overrun.tap.0,
            first: tap.next,
            last: tap.next + overrun.records.max(1) - 1,
            first_arrival_us: overrun.first_arrival_us,
            last_arrival_us: overrun.last_arrival_us,
        };
        tap.next = span.last + 1;
        let recording = Arc::clone(&tap.recording);
        let gathering = self.gather(&recording, now_us);
        let hole = (span, GapReason::Overrun);
        gaps::write_hole(&mut gathering.block.bytes, &hole);
        gathering.block.notes.add_hole(&hole);
    }

    /// Number and seal a batch.
    pub fn take(&mut self, batch: &TapBatch, now_us: u64) {
        for record in &batch.records {
            self.take_one(record, &batch.bytes, now_us);
        }
    }

    fn take_one(&mut self, record: &TapRecord, bytes: &[u8], now_us: u64) {
        let Some(tap) = self.open.get_mut(&record.tap) else {
            self.refused += 1;
            return;
        };
        let place = Place {
            tap: record.tap.0,
            number: tap.next,
            arrival_us: record.arrival.0,
        };
        let gathering = gather(
            &mut self.gathering,
            &mut self.blocks,
            &tap.recording,
            now_us,
        );
        let block = &mut gathering.block;
        if !write(&mut block.bytes, place, record, bytes, &tap.seal) {
            self.refused += 1;
            return;
        }
        tap.next += 1;
        block.oldest_us = block.oldest_us.min(record.arrival.0);
        let span = Span {
            tap: place.tap,
            first: place.number,
            last: place.number,
            first_arrival_us: place.arrival_us,
            last_arrival_us: place.arrival_us,
        };
        add_span(&mut block.spans, span);
        if block.bytes.len() >= BLOCK_BYTES {
            let recording = Arc::clone(&tap.recording);
            self.close_block(&recording);
        }
    }

    /// A Tap ends; how many records it had.
    pub fn end(&mut self, key: TapKey, reason: EndReason, now_us: u64) -> Option<u64> {
        let tap = self.open.remove(&key)?;
        let place = Place {
            tap: key.0,
            number: tap.next,
            arrival_us: now_us,
        };
        let gathering = self.gather(&tap.recording, now_us);
        format::end(&mut gathering.block.bytes, place, reason);
        gathering.block.notes.ends.push(End { place, reason });
        Some(tap.next)
    }

    /// The recording of an open Tap.
    pub fn recording(&self, key: TapKey) -> Option<&Arc<str>> {
        self.open.get(&key).map(|tap| &tap.recording)
    }

    /// Every Tap that is open.
    pub fn open_taps(&self) -> Vec<TapKey> {
        self.open.keys().copied().collect()
    }

    /// Blocks that are due; `all`: those that have just begun too.
    pub fn due(&mut self, now_us: u64, all: bool) -> std::vec::Drain<'_, Block> {
        let due: Vec<Arc<str>> = self
            .gathering
            .iter()
            .filter(|(_, gathering)| all || gathering.since_us + BLOCK_AGE_US <= now_us)
            .map(|(recording, _)| Arc::clone(recording))
            .collect();
        for recording in due {
            self.close_block(&recording);
        }
        self.ready.drain(..)
    }

    /// When the next block is due.
    pub fn next_due_us(&self) -> Option<u64> {
        let oldest = self.gathering.values().map(|g| g.since_us).min();
        oldest.map(|since| since + BLOCK_AGE_US)
    }

    fn gather(&mut self, recording: &Arc<str>, now_us: u64) -> &mut Gathering {
        gather(&mut self.gathering, &mut self.blocks, recording, now_us)
    }

    fn close_block(&mut self, recording: &Arc<str>) {
        if let Some(gathering) = self.gathering.remove(recording) {
            self.ready.push(gathering.block);
        }
    }
}

fn gather<'a>(
    gathering: &'a mut HashMap<Arc<str>, Gathering>,
    blocks: &mut u64,
    recording: &Arc<str>,
    now_us: u64,
) -> &'a mut Gathering {
    if !gathering.contains_key(recording) {
        *blocks += 1;
        let block = Block {
            number: *blocks,
            recording: Arc::clone(recording),
            bytes: Vec::with_capacity(BLOCK_BYTES / 4),
            spans: Vec::new(),
            notes: Notes::default(),
            opened: Vec::new(),
            oldest_us: now_us,
        };
        let begun = Gathering {
            since_us: now_us,
            block,
        };
        gathering.insert(Arc::clone(recording), begun);
    }
    // It was put there just now if it was not there before.
    gathering.get_mut(recording).unwrap()
}

fn write(
    out: &mut Vec<u8>,
    place: Place,
    record: &TapRecord,
    bytes: &[u8],
    seal: &TapSeal,
) -> bool {
    match record.what {
        Tapped::Packet {
            seq,
            level,
            repaired,
            starts_keyframe,
            start,
            len,
        } => {
            let head = PacketHead {
                epoch: record.epoch,
                seq: seq.0,
                layer: record.layer,
                level: level.unwrap_or(LEVEL_UNKNOWN),
                flags: u8::from(repaired) * FLAG_REPAIRED
                    + u8::from(starts_keyframe) * FLAG_KEYFRAME,
            };
            let end = start as usize + len as usize;
            bytes
                .get(start as usize..end)
                .is_some_and(|packet| format::packet(out, place, head, packet, seal))
        }
        Tapped::Report {
            ntp,
            time,
            packets,
            octets,
        } => {
            let report = Report {
                epoch: record.epoch,
                ntp,
                rtp_time: time.0,
                packets,
                octets,
                layer: record.layer,
            };
            format::report(out, place, report);
            true
        }
    }
}

fn tap_json(facts: &TapFacts, salt: &[u8; SALT_BYTES]) -> String {
    let kind = match facts.kind {
        Kind::Audio => "audio",
        Kind::Video => "video",
    };
    let codec = match facts.codec.name {
        CodecName::Opus => "opus",
        CodecName::Vp8 => "vp8",
        CodecName::H264 => "h264",
        CodecName::Vp9 => "vp9",
        CodecName::Av1 => "av1",
    };
    let salt: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
    Object::new()
        .text("tap_id", &facts.tap_id)
        .text("recording_id", &facts.recording)
        .text("room_id", &facts.room_id)
        .text("track_id", &facts.track_id)
        .text("participant_id", &facts.participant_id)
        .text("source", &facts.source)
        .text("label", &facts.label)
        .text("kind", kind)
        .text("codec", codec)
        .number("payload_type", facts.codec.payload_type)
        .number("clock_rate_hz", facts.codec.clock_rate_hz)
        .texts("rids", &facts.rids)
        .text("key_id", &facts.key_id)
        .text("salt", &salt)
        .text("cipher", "aes-256-gcm")
        .done()
}
