//! The recording half of a media process in virtual time: what the driver's threads do, one step after another.

use std::sync::Arc;

use engine::TapBatch;
use engine::api::{Codec, CodecName, Kind, TapKey};
use spool::copy_a::CopyA;
use spool::copy_b::CopyB;
use spool::format::{Copy, EndReason, GapReason, Origin};
use spool::ledger::Ledger;
use spool::progress::{Progress, Trouble};
use spool::sealer::{Overrun, Sealer, TapFacts};
use spool::waiting::Waiting;

use super::disk::{Mood, Shared, Synced, Way};
use super::recorder::Recorder;

pub const KEY: [u8; 32] = [7; 32];

pub struct Media {
    pub origin: Origin,
    sealer: Sealer,
    pub ledger: Ledger,
    waiting: Waiting,
    a: CopyA<Way>,
    b: CopyB,
    disk: Shared,
    pub told: Vec<Progress>,
    /// In doubt about the connection: a new one begins with the next step.
    connected: bool,
}

impl Media {
    pub fn new(media_id: &str, disk: &Shared, waiting_bytes_max: usize) -> Self {
        let origin = Origin {
            media_id: media_id.to_owned(),
            node: "sim".to_owned(),
            zero_utc_us: 1_000_000,
        };
        let way = Way {
            disk: disk.clone(),
            media_id: media_id.to_owned(),
        };
        Self {
            sealer: Sealer::default(),
            ledger: Ledger::new(origin.zero_utc_us, true, true),
            waiting: Waiting::new(waiting_bytes_max),
            a: CopyA::new(way, origin.clone()),
            b: CopyB::new(Waiting::new(waiting_bytes_max)),
            disk: disk.clone(),
            told: Vec::new(),
            connected: false,
            origin,
        }
    }

    pub fn open(&mut self, tap: TapKey, recording: &str, track: &str, salt: u8, now: u64) {
        let facts = TapFacts {
            tap,
            tap_id: format!("tap_{}", tap.0),
            recording: recording.into(),
            room_id: "rom_1".into(),
            track_id: track.to_owned(),
            participant_id: "par_1".into(),
            source: "camera".into(),
            label: String::new(),
            key_id: "key_1".into(),
            key: KEY,
            kind: Kind::Video,
            codec: Codec {
                name: CodecName::Vp8,
                payload_type: 96,
                clock_rate_hz: 90_000,
                rtx_payload_type: None,
                red_payload_type: None,
                nack: true,
                transport_cc: true,
            },
            rids: vec!["q".into()],
        };
        self.ledger
            .opened(&facts.recording, tap.0, &facts.tap_id, track, now);
        self.sealer.open(&facts, [salt; 16], now);
    }

    pub fn take(&mut self, batch: &TapBatch, overruns: &[Overrun], now: u64) {
        for overrun in overruns {
            if let Some(recording) = self.sealer.recording(overrun.tap).cloned() {
                let arrival_us = overrun.last_arrival_us;
                self.ledger
                    .overrun(&recording, overrun.tap.0, overrun.records, arrival_us);
            }
            self.sealer.overrun(overrun, now);
        }
        self.sealer.take(batch, now);
        assert_eq!(self.sealer.refused, 0);
    }

    pub fn end(&mut self, tap: TapKey, now: u64) {
        self.sealer.end(tap, EndReason::Closed, now);
    }

    /// Blocks that are due go to both copies.
    pub fn hand_out(&mut self, now: u64, all: bool) {
        let blocks: Vec<_> = self.sealer.due(now, all).map(Arc::new).collect();
        for block in blocks {
            self.ledger.handed(&block);
            let dropped = [
                (Copy::A, self.waiting.push(Arc::clone(&block))),
                (Copy::B, self.b.push(block)),
            ];
            for (copy, blocks) in dropped {
                for block in blocks {
                    self.ledger
                        .lost(copy, &block.recording, &block.spans, &[block.number]);
                }
            }
        }
    }

    /// Copy A's writing thread.
    pub fn write(&mut self, now: u64) {
        if self.disk.borrow().mood == Mood::Stalled {
            return;
        }
        while let Some(entry) = self.waiting.give(usize::MAX) {
            if let Err(trouble) = self.a.write(&entry, now) {
                self.ledger.trouble(Copy::A, None, Some(&trouble), now);
                self.waiting.rewind();
                return;
            }
            self.waiting.finish();
            self.ledger.trouble(Copy::A, None, None, now);
        }
    }

    /// Copy A's syncing thread.
    pub fn sync(&mut self, now: u64) {
        if self.disk.borrow().mood == Mood::Stalled {
            return;
        }
        for dirty in self.a.dirty() {
            let synced = self.disk.borrow_mut().sync(&dirty.handle);
            let recording = Arc::clone(&dirty.recording);
            let (trouble, reason) = match synced {
                Synced::Yes => {
                    self.a.synced(&dirty);
                    self.ledger
                        .durable(Copy::A, &recording, &dirty.spans, &dirty.blocks);
                    continue;
                }
                Synced::Gone => (Trouble::FolderMissing, GapReason::FileGone),
                Synced::Failed => (Trouble::Io("sync".to_owned()), GapReason::NotWritten),
            };
            let gone = self.a.gone(dirty);
            let missing = gone.missing(reason);
            self.waiting.gaps.note(&recording, &missing, reason);
            self.waiting.gaps.note_again(&recording, &gone.notes);
            self.ledger.undone(Copy::A, &recording, gone.undone(reason));
            self.ledger
                .lost(Copy::A, &recording, &missing, &gone.blocks);
            self.ledger
                .trouble(Copy::A, Some(&recording), Some(&trouble), now);
        }
    }

    /// Copy B's threads.
    pub fn send(&mut self, recorder: &mut Recorder) {
        if !self.connected || !recorder.is_running() {
            recorder.accept(&self.origin);
            self.b.begin();
            self.connected = true;
        }
        while recorder.has_room() {
            let Some(frame) = self.b.next_frame() else {
                break;
            };
            recorder.send(&frame);
        }
    }

    pub fn disconnect(&mut self) {
        self.connected = false;
    }

    pub fn acked(&mut self, number: u64) {
        for one in self.b.acked(number) {
            self.ledger
                .durable(Copy::B, &one.recording, &one.spans, &[one.block]);
        }
    }

    pub fn report(&mut self, now: u64) {
        let told = self.ledger.progress(now, true);
        self.told.extend(told);
    }
}
