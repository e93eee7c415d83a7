//! One received Slot: repairs what it misses and decodes what it can, as strictly as a browser would.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wire::rtp::rtx;
use wire::{RtpTime, SeqNo, Ssrc};

use crate::stamp::Stamp;

/// A hole is waited for this long, then the picture goes on without.
const PATIENCE_US: u64 = 400_000;
const NACK_FIRST_US: u64 = 10_000;
const NACK_AGAIN_US: u64 = 60_000;
const NACKS_MAX: u32 = 8;
const PLI_US: u64 = 300_000;
/// Decoded frames remembered for references.
const DECODED: usize = 64;

#[derive(Clone, Copy, Debug)]
enum Got {
    Media(Stamp, RtpTime),
    Empty,
}

#[derive(Clone, Copy)]
struct Missing {
    since: u64,
    asked: u64,
    asks: u32,
}

/// Receives one Slot.
pub struct Screen {
    pub ssrc: Ssrc,
    pub rtx_ssrc: Option<Ssrc>,
    pub video: bool,
    got: BTreeMap<u64, (Got, u64)>,
    missing: BTreeMap<u64, Missing>,
    newest: Option<u64>,
    cursor: u64,
    decoded: VecDeque<(u32, u8, u64)>,
    wants_key: bool,
    last_pli: u64,
    pub last_decoded_us: Option<u64>,
    pub longest_freeze_us: u64,
    pub frames: u64,
    pub lost_frames: u64,
    pub plis: u64,
    pub nacks: u64,
    pub repaired: u64,
    pub shows: Option<(u32, u8)>,
    pub received: u64,
    lost_reported: (u64, u64),
    /// Server time of a sender report and its RTP time.
    pub report: Option<(u64, RtpTime)>,
    /// Last (server time by report) - (true capture), in microseconds.
    pub sync_us: Option<i64>,
    pub tracks_seen: BTreeSet<u32>,
}

impl Screen {
    pub fn new(ssrc: u32, rtx_ssrc: Option<u32>, video: bool) -> Self {
        Self {
            ssrc: Ssrc(ssrc),
            rtx_ssrc: rtx_ssrc.map(Ssrc),
            video,
            got: BTreeMap::new(),
            missing: BTreeMap::new(),
            newest: None,
            cursor: 0,
            decoded: VecDeque::new(),
            wants_key: false,
            last_pli: 0,
            last_decoded_us: None,
            longest_freeze_us: 0,
            frames: 0,
            lost_frames: 0,
            plis: 0,
            nacks: 0,
            repaired: 0,
            shows: None,
            received: 0,
            lost_reported: (0, 0),
            report: None,
            sync_us: None,
            tracks_seen: BTreeSet::new(),
        }
    }

    /// A packet under the Slot's own SSRC.
    pub fn receive(&mut self, number: u64, time: RtpTime, payload: &[u8], now: u64) {
        self.received += 1;
        self.take(number, time, payload, now);
    }

    /// An RTX packet for the Slot.
    pub fn receive_rtx(&mut self, time: RtpTime, payload: &[u8], now: u64) {
        let Some(low) = wire::bytes::u16_at(payload, 0) else {
            return;
        };
        let original = rtx::parse(payload).map_or(&[][..], |(_, original)| original);
        let Some(newest) = self.newest else { return };
        let number = wire::ExtSeq(newest).nearest(SeqNo(low)).0;
        if self.missing.contains_key(&number) {
            self.repaired += 1;
        }
        self.take(number, time, original, now);
    }

    fn take(&mut self, number: u64, time: RtpTime, payload: &[u8], now: u64) {
        let got = match Stamp::read(self.video, payload) {
            Some(stamp) => Got::Media(stamp, time),
            None => Got::Empty,
        };
        match self.newest {
            None => {
                self.cursor = number;
                self.newest = Some(number);
            }
            Some(newest) if number > newest => {
                let missing = Missing {
                    since: now,
                    asked: 0,
                    asks: 0,
                };
                self.missing
                    .extend((newest + 1..number).map(|hole| (hole, missing)));
                self.newest = Some(number);
            }
            Some(_) => {}
        }
        self.missing.remove(&number);
        if number >= self.cursor {
            self.got.entry(number).or_insert((got, now));
        }
        self.decode(now);
    }

    /// Decode on from the cursor as far as possible.
    pub fn decode(&mut self, now: u64) {
        while let Some((next, (got, at))) = self
            .got
            .first_key_value()
            .map(|(number, got)| (*number, *got))
        {
            if next > self.cursor {
                // Something is missing before it.
                if now - at < PATIENCE_US {
                    return;
                }
                self.lost_frames += 1;
                self.skip_to(next);
                continue;
            }
            match got {
                Got::Empty => self.skip_to(next + 1),
                Got::Media(stamp, _) if stamp.index > 0 => self.skip_to(next + 1),
                Got::Media(stamp, time) => match self.frame_end(next, &stamp) {
                    FrameEnd::Complete(end) => {
                        self.show(&stamp, time, now);
                        self.skip_to(end);
                    }
                    FrameEnd::Cut(end) => self.skip_to(end),
                    FrameEnd::Open(since) => {
                        if now - since.max(at) < PATIENCE_US {
                            return;
                        }
                        self.lost_frames += 1;
                        self.skip_to(next + 1);
                    }
                },
            }
        }
    }

    fn skip_to(&mut self, end: u64) {
        self.cursor = end;
        self.got = self.got.split_off(&end);
        self.missing = self.missing.split_off(&end);
    }

    fn frame_end(&self, first: u64, stamp: &Stamp) -> FrameEnd {
        for step in 1..u64::from(stamp.count) {
            match self.got.get(&(first + step)) {
                Some((Got::Media(next, _), _))
                    if (next.track, next.layer, next.frame)
                        == (stamp.track, stamp.layer, stamp.frame) => {}
                Some((Got::Empty, _)) => {}
                // Another frame follows without a hole: the rest was never sent here.
                Some(_) => return FrameEnd::Cut(first + step),
                None => {
                    let newer = self
                        .got
                        .range(first + step..)
                        .next()
                        .map_or(u64::MAX >> 1, |(_, (_, at))| *at);
                    let since = if newer == u64::MAX >> 1 {
                        self.got.get(&first).map_or(0, |(_, at)| *at)
                    } else {
                        newer
                    };
                    return FrameEnd::Open(since);
                }
            }
        }
        FrameEnd::Complete(first + u64::from(stamp.count))
    }

    fn show(&mut self, stamp: &Stamp, time: RtpTime, now: u64) {
        let source = (stamp.track, stamp.layer);
        let needed = (stamp.track, stamp.layer, stamp.reference);
        if self.video && !stamp.key && !self.decoded.contains(&needed) {
            self.wants_key = true;
            self.lost_frames += 1;
            return;
        }
        self.wants_key = false;
        self.shows = Some(source);
        self.tracks_seen.insert(stamp.track);
        self.decoded
            .push_back((stamp.track, stamp.layer, stamp.frame));
        if self.decoded.len() > DECODED {
            self.decoded.pop_front();
        }
        if let Some(last) = self.last_decoded_us {
            self.longest_freeze_us = self.longest_freeze_us.max(now - last);
        }
        self.last_decoded_us = Some(now);
        self.frames += 1;
        if let Some((server_us, report_time)) = self.report {
            let clock = if self.video { 90_000 } else { 48_000 };
            let since = i64::from(time.distance_from(report_time)) * 1_000_000 / clock;
            self.sync_us = Some(server_us as i64 + since - stamp.captured_us as i64);
        }
    }

    /// What to ask for now: missing numbers, and whether a key frame.
    pub fn ask(&mut self, now: u64) -> (Vec<SeqNo>, bool) {
        self.decode(now);
        let mut seqs = Vec::new();
        if self.video && self.rtx_ssrc.is_some() {
            for (number, missing) in &mut self.missing {
                let due = if missing.asks == 0 {
                    now - missing.since >= NACK_FIRST_US
                } else {
                    now - missing.asked >= NACK_AGAIN_US
                };
                if due && missing.asks < NACKS_MAX {
                    missing.asks += 1;
                    missing.asked = now;
                    seqs.push(SeqNo(*number as u16));
                }
            }
        }
        self.nacks += seqs.len() as u64;
        let pli = self.wants_key && now - self.last_pli >= PLI_US;
        if pli {
            self.last_pli = now;
            self.plis += 1;
        }
        (seqs, pli)
    }

    /// Highest number, packets lost so far, and the share lost since the last call, in 1/256.
    pub fn loss(&mut self) -> Option<(u64, u64, u8)> {
        let newest = self.newest?;
        let (expected, received) = (newest, self.received);
        let (expected_now, received_now) = (
            expected - self.lost_reported.0,
            received - self.lost_reported.1,
        );
        let first = self.lost_reported == (0, 0);
        self.lost_reported = (expected, received);
        let lost = if first {
            0
        } else {
            expected_now.saturating_sub(received_now)
        };
        Some((
            newest,
            lost,
            ((lost << 8) / expected_now.max(1)).min(255) as u8,
        ))
    }
}

enum FrameEnd {
    /// All there; the number behind it.
    Complete(u64),
    /// Its end was never sent; the number of what follows.
    Cut(u64),
    /// Something is missing, noticed at this time.
    Open(u64),
}
