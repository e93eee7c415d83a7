//! Segments as a crash or a bad disk leaves them, and frames from who speaks another protocol: read as far as they are whole.

use engine::api::{Codec, CodecName, Kind, Mono, TapKey};
use engine::{TapBatch, TapRecord, Tapped};
use spool::format::{EndReason, GapReason};
use spool::frame;
use spool::gaps::{Notes, write_hole};
use spool::read::{Content, Record, records, segment};
use spool::seal::TapSeal;
use spool::sealer::{Overrun, Sealer, TapFacts};
use wire::{ExtSeq, RtpTime};

const KEY: [u8; 32] = [4; 32];
const SALT: [u8; 16] = [6; 16];
const TAP: TapKey = TapKey(9);

fn facts() -> TapFacts {
    TapFacts {
        tap: TAP,
        tap_id: "tap_1".into(),
        recording: "rec_1".into(),
        room_id: "rom_1".into(),
        track_id: "trk_1".into(),
        participant_id: "par_1".into(),
        source: "mic".into(),
        label: "a \"label\"".into(),
        key_id: "key_1".into(),
        key: KEY,
        kind: Kind::Audio,
        codec: Codec {
            name: CodecName::Opus,
            payload_type: 111,
            clock_rate_hz: 48_000,
            rtx_payload_type: None,
            red_payload_type: None,
            nack: false,
            transport_cc: false,
        },
        rids: vec![],
    }
}

fn record(arrival: u64, what: Tapped) -> TapRecord {
    TapRecord {
        tap: TAP,
        arrival: Mono(arrival),
        epoch: 77,
        layer: 0,
        what,
    }
}

/// A Tap's records: 20 packets, a report, an overrun of 5, its end.
fn made() -> Vec<u8> {
    let mut sealer = Sealer::default();
    sealer.open(&facts(), SALT, 5);
    let mut batch = TapBatch::default();
    for seq in 0..20 {
        let start = batch.bytes.len() as u32;
        batch.bytes.extend([seq as u8; 30]);
        let packet = Tapped::Packet {
            seq: ExtSeq(65_530 + seq),
            level: Some(20),
            repaired: seq == 3,
            starts_keyframe: false,
            start,
            len: 30,
        };
        batch.records.push(record(100 + seq, packet));
    }
    let report = Tapped::Report {
        ntp: 1 << 40,
        time: RtpTime(7),
        packets: 20,
        octets: 600,
    };
    batch.records.push(record(200, report));
    sealer.take(&batch, 200);
    let overrun = Overrun {
        tap: TAP,
        records: 5,
        first_arrival_us: 201,
        last_arrival_us: 205,
    };
    sealer.overrun(&overrun, 205);
    assert_eq!(sealer.end(TAP, EndReason::Closed, 300), Some(26));
    let blocks: Vec<_> = sealer.due(300, true).collect();
    assert_eq!(blocks.len(), 1);
    let mut bytes = blocks[0].opened[0].record.to_vec();
    bytes.extend_from_slice(&blocks[0].bytes);
    bytes
}

fn kinds(bytes: &[u8]) -> Vec<Content<'_>> {
    records(bytes).map(|record| record.content()).collect()
}

#[test]
fn what_was_written_is_read_again() {
    let bytes = made();
    let all: Vec<Record<'_>> = records(&bytes).collect();
    assert_eq!(all.len(), 1 + 20 + 1 + 1 + 1);
    let Content::Tap(json) = all[0].content() else {
        panic!("the Tap comes first")
    };
    let json = std::str::from_utf8(json).unwrap();
    assert_eq!(
        frame::json_text(json, "label").as_deref(),
        Some("a \"label\"")
    );
    let seal = TapSeal::new(&KEY, &SALT).unwrap();
    for (at, record) in all[1..21].iter().enumerate() {
        let Content::Packet(head) = record.content() else {
            panic!("a packet")
        };
        assert_eq!(
            (head.seq, head.epoch, head.level),
            (65_530 + at as u64, 77, 20)
        );
        assert_eq!(head.flags, u8::from(at == 3));
        assert_eq!(record.place().number, at as u64);
        assert_eq!(record.open(&seal), Some(vec![at as u8; 30]));
        assert_eq!(record.open(&TapSeal::new(&[0; 32], &SALT).unwrap()), None);
    }
    assert!(matches!(all[21].content(), Content::Report(report) if report.octets == 600));
    let Content::Gap { last, reason, .. } = all[22].content() else {
        panic!("a gap")
    };
    assert_eq!(
        (all[22].place().number, last, reason),
        (21, 25, GapReason::Overrun as u8)
    );
    assert_eq!(all[23].content(), Content::End { reason: 1 });
    assert_eq!(all[23].place().number, 26);
}

#[test]
fn a_torn_or_damaged_segment_is_read_up_to_there() {
    let bytes = made();
    let whole = kinds(&bytes);
    for len in 0..bytes.len() {
        let found = kinds(&bytes[..len]);
        assert!(found.len() < whole.len());
        assert_eq!(found, whole[..found.len()], "cut at {len}");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let found = kinds(&damaged).len();
        // Nothing after the damage is taken for what it is not.
        assert!(found < whole.len(), "damaged at {at}");
        assert_eq!(kinds(&damaged), whole[..found]);
    }
}

#[test]
fn foreign_bytes_are_no_segment_and_no_frame() {
    let mut state = 1_u64;
    let mut bytes = Vec::new();
    for _ in 0..20_000 {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        bytes.push((state >> 56) as u8);
    }
    for start in 0..2000 {
        let some = &bytes[start..start + (start * 7) % 64];
        assert_eq!(segment(some), None);
        let _ = frame::parse(some);
        let _ = kinds(some);
    }
}

#[test]
fn notes_join_what_follows_and_are_written_as_records() {
    let span = |first, last| spool::block::Span {
        tap: 1,
        first,
        last,
        first_arrival_us: first,
        last_arrival_us: last,
    };
    let mut notes = Notes::default();
    notes.add_hole(&(span(0, 4), GapReason::QueueFull));
    notes.add_hole(&(span(5, 9), GapReason::QueueFull));
    notes.add_hole(&(span(20, 20), GapReason::QueueFull));
    notes.add_hole(&(span(21, 22), GapReason::FileGone));
    assert_eq!(notes.holes.len(), 3);
    let mut bytes = Vec::new();
    notes.write(&mut bytes);
    assert_eq!(kinds(&bytes).len(), 3);
    let mut one = Vec::new();
    write_hole(&mut one, &notes.holes[0]);
    let first = records(&one).next().unwrap();
    assert_eq!((first.place().number, first.place().arrival_us), (0, 0));
    assert!(matches!(first.content(), Content::Gap { last: 9, .. }));
}
