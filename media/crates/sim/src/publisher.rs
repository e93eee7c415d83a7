//! A synthetic publisher: frames of every layer by the clock, repairs and key frames when asked.

use std::collections::VecDeque;

use engine::api::{ExtensionIds, TrackKey};
use wire::rtp::{HeaderExtension, HeaderSpec};
use wire::{ExtSeq, RtpTime, SeqNo, Ssrc};

use crate::chance::Chance;
use crate::end::End;
use crate::stamp::{Stamp, Vp8};

pub const VIDEO_TYPE: u8 = 96;
pub const RTX_TYPE: u8 = 97;
pub const AUDIO_TYPE: u8 = 111;
/// Sent packets kept for repairs.
const HISTORY: usize = 1024;
const REPORT_US: u64 = 1_000_000;

/// The extensions of a publish transport.
pub fn extension_ids() -> ExtensionIds {
    ExtensionIds {
        mid: Some(4),
        rid: Some(5),
        repaired_rid: Some(6),
        audio_level: Some(1),
        transport_cc: Some(3),
        ..ExtensionIds::default()
    }
}

/// A packet on its way to the engine; `what` is the source packet it delivers.
pub struct Outgoing {
    pub bytes: Vec<u8>,
    pub what: Option<(u32, u8, u64)>,
}

pub(crate) struct Kept {
    pub seq: u64,
    pub time: RtpTime,
    pub marker: bool,
    pub payload: Vec<u8>,
}

/// One layer of a synthetic Track.
pub struct Source {
    pub rid: Option<&'static str>,
    pub ssrc: Ssrc,
    pub rtx_ssrc: Option<Ssrc>,
    pub active: bool,
    pub packets_per_frame: u16,
    pub payload_len: usize,
    pub frames: u64,
    pub packets: u64,
    seq: u64,
    pub(crate) rtx_seq: u64,
    pub(crate) time_offset: u32,
    picture: u16,
    tl0: u8,
    last_base: u64,
    last_frame: u64,
    pub(crate) history: VecDeque<Kept>,
    pub(crate) wants_key_at: Option<u64>,
    pub(crate) reported: bool,
    pub keyframes: u64,
    pub repairs: u64,
}

pub struct PublishedTrack {
    pub key: TrackKey,
    pub mid: String,
    pub video: bool,
    pub frame_us: u64,
    /// Temporal layers, 1 to 3.
    pub temporal: u8,
    pub sources: Vec<Source>,
    /// 0 loudest.
    pub level: u8,
    pub talking: bool,
    /// From capture to sending.
    pub encode_us: u64,
    next_frame: u64,
}

pub struct Publisher {
    pub end: End,
    pub tracks: Vec<PublishedTrack>,
    pub plis: u64,
    pub nacks: u64,
    pub feedback_arrived: u64,
    pub feedback_lost: u64,
    /// Its wall clock is so far from the server's, in microseconds.
    pub clock_skew_us: u64,
    transport_cc: u64,
    next_report: u64,
    probes: bool,
}

impl Source {
    pub fn new(
        rid: Option<&'static str>,
        ssrc: u32,
        rtx: bool,
        packets: u16,
        len: usize,
        chance: &mut Chance,
    ) -> Self {
        Self {
            rid,
            ssrc: Ssrc(ssrc),
            rtx_ssrc: rtx.then_some(Ssrc(ssrc + 1)),
            active: true,
            packets_per_frame: packets,
            payload_len: len,
            frames: 0,
            packets: 0,
            seq: chance.below(0x7fff),
            rtx_seq: chance.below(0x7fff),
            time_offset: chance.u64() as u32,
            picture: chance.below(0x7fff) as u16,
            tl0: chance.u64() as u8,
            last_base: 0,
            last_frame: 0,
            history: VecDeque::new(),
            wants_key_at: Some(0),
            reported: false,
            keyframes: 0,
            repairs: 0,
        }
    }

    fn temporal(&mut self, layers: u8, key: bool) -> (u8, bool) {
        if key {
            return (0, false);
        }
        match layers {
            1 => (0, false),
            2 => ((self.frames % 2) as u8, true),
            _ => (
                [0, 2, 1, 2][(self.frames % 4) as usize],
                self.frames % 4 != 3,
            ),
        }
    }
}

impl PublishedTrack {
    pub fn new(
        key: TrackKey,
        mid: &str,
        video: bool,
        frame_us: u64,
        temporal: u8,
        sources: Vec<Source>,
    ) -> Self {
        let mid = mid.to_owned();
        Self {
            key,
            mid,
            video,
            frame_us,
            temporal,
            sources,
            level: 127,
            talking: false,
            encode_us: 0,
            next_frame: 0,
        }
    }

    pub(crate) fn clock_rate(&self) -> u64 {
        if self.video { 90_000 } else { 48_000 }
    }
}

impl Publisher {
    pub fn new(end: End) -> Self {
        Self {
            end,
            tracks: Vec::new(),
            plis: 0,
            nacks: 0,
            feedback_arrived: 0,
            feedback_lost: 0,
            clock_skew_us: 1_000_000_000,
            transport_cc: 0,
            next_report: 200_000,
            probes: true,
        }
    }

    /// When something happens by the clock.
    pub fn next_wake(&self) -> u64 {
        let frames = self
            .tracks
            .iter()
            .map(|track| track.next_frame)
            .min()
            .unwrap_or(u64::MAX);
        frames.min(self.next_report).min(self.end.next_check)
    }

    pub fn wake(&mut self, now: u64, out: &mut Vec<Outgoing>) {
        if now >= self.end.next_check {
            let bytes = self.end.check(now);
            out.push(Outgoing { bytes, what: None });
        }
        if std::mem::take(&mut self.probes) {
            self.probe(out);
        }
        for at in 0..self.tracks.len() {
            if now >= self.tracks[at].next_frame {
                self.tracks[at].next_frame =
                    now.max(self.tracks[at].next_frame) + self.tracks[at].frame_us;
                for layer in 0..self.tracks[at].sources.len() {
                    self.send_frame(at, layer, now, out);
                }
            }
        }
        if now >= self.next_report {
            self.next_report = now + REPORT_US;
            self.report(now, out);
        }
    }

    /// RTX that carries nothing comes before any media, as browsers probe.
    fn probe(&mut self, out: &mut Vec<Outgoing>) {
        for at in 0..self.tracks.len() {
            for layer in 0..self.tracks[at].sources.len() {
                let source = &mut self.tracks[at].sources[layer];
                let Some(ssrc) = source.rtx_ssrc else {
                    continue;
                };
                source.rtx_seq += 1;
                let seq = source.rtx_seq;
                let padding = vec![0, 0, 0, 4];
                let bytes = self.seal(
                    at,
                    layer,
                    ssrc,
                    RTX_TYPE,
                    seq,
                    RtpTime(0),
                    false,
                    true,
                    &padding,
                );
                out.push(Outgoing { bytes, what: None });
            }
        }
    }

    fn send_frame(&mut self, at: usize, layer: usize, now: u64, out: &mut Vec<Outgoing>) {
        let track = &mut self.tracks[at];
        let (video, key_id, clock, temporals) =
            (track.video, track.key.0, track.clock_rate(), track.temporal);
        let talking = track.talking;
        let captured_us = now.saturating_sub(track.encode_us);
        let encode_ticks = (track.encode_us * clock / 1_000_000) as u32;
        let source = &mut track.sources[layer];
        if !source.active {
            return;
        }
        let key = video && source.wants_key_at.is_some_and(|at| now >= at);
        if key {
            source.wants_key_at = None;
            source.keyframes += 1;
        }
        let (temporal, sync) = source.temporal(temporals, key);
        source.frames += 1;
        source.picture = (source.picture + 1) & 0x7fff;
        let reference = if key || !video {
            0
        } else if temporal == 0 || sync {
            source.last_base
        } else {
            source.last_frame
        };
        if temporal == 0 {
            source.tl0 = source.tl0.wrapping_add(1);
            source.last_base = source.frames;
        }
        if temporal < 2 {
            source.last_frame = source.frames;
        }
        let time = RtpTime(((now * clock / 1_000_000) as u32).wrapping_add(source.time_offset))
            .minus(encode_ticks);
        let count = if key {
            source.packets_per_frame * 3
        } else {
            source.packets_per_frame
        };
        let (picture, tl0) = (source.picture, source.tl0);
        let len = if video || talking {
            source.payload_len
        } else {
            source.payload_len / 2
        };
        for index in 0..count {
            let source = &mut self.tracks[at].sources[layer];
            source.seq += 1;
            source.packets += 1;
            let stamp = Stamp {
                track: key_id,
                layer: layer as u8,
                seq: source.seq,
                frame: source.frames,
                index,
                count,
                temporal,
                key,
                reference,
                captured_us,
            };
            let payload = if video {
                stamp.video(Vp8 { picture, tl0, sync }, len)
            } else {
                stamp.audio(len)
            };
            let marker = video && index + 1 == count;
            let (seq, ssrc) = (source.seq, source.ssrc);
            if video {
                source.history.push_back(Kept {
                    seq,
                    time,
                    marker,
                    payload: payload.clone(),
                });
                if source.history.len() > HISTORY {
                    source.history.pop_front();
                }
            }
            let kind = if video { VIDEO_TYPE } else { AUDIO_TYPE };
            let bytes = self.seal(at, layer, ssrc, kind, seq, time, marker, false, &payload);
            out.push(Outgoing {
                bytes,
                what: Some((key_id, layer as u8, seq)),
            });
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "an RTP header has this many fields"
    )]
    pub(crate) fn seal(
        &mut self,
        at: usize,
        layer: usize,
        ssrc: Ssrc,
        payload_type: u8,
        seq: u64,
        time: RtpTime,
        marker: bool,
        padding: bool,
        payload: &[u8],
    ) -> Vec<u8> {
        let track = &self.tracks[at];
        let source = &track.sources[layer];
        let ids = extension_ids();
        self.transport_cc += 1;
        let number = (self.transport_cc as u16).to_be_bytes();
        // The V bit is set whatever is said, as browsers do.
        let level = [0x80 | if track.talking { track.level } else { 120 }];
        let mut elements = vec![HeaderExtension {
            id: ids.transport_cc.unwrap_or(0),
            value: &number,
        }];
        if !track.video {
            elements.push(HeaderExtension {
                id: ids.audio_level.unwrap_or(0),
                value: &level,
            });
        }
        // Each SSRC names itself until a report speaks of it; none speaks of RTX.
        if !source.reported || Some(ssrc) == source.rtx_ssrc {
            elements.push(HeaderExtension {
                id: ids.mid.unwrap_or(0),
                value: track.mid.as_bytes(),
            });
            let id = if Some(ssrc) == source.rtx_ssrc {
                ids.repaired_rid
            } else {
                ids.rid
            };
            if let Some(rid) = source.rid {
                elements.push(HeaderExtension {
                    id: id.unwrap_or(0),
                    value: rid.as_bytes(),
                });
            }
        }
        let spec = HeaderSpec {
            marker,
            payload_type,
            seq: SeqNo(seq as u16),
            time,
            ssrc,
            csrcs: &[],
            extensions: &elements,
        };
        let mut out = Vec::with_capacity(payload.len() + 60);
        let header_len = spec
            .append(&mut out)
            .unwrap_or_else(|error| panic!("{error}"));
        if padding {
            out[0] |= 0x20;
        }
        out.extend_from_slice(payload);
        let sealed = self
            .end
            .sealer
            .seal_rtp(ExtSeq(seq), header_len, &mut out, 0);
        assert_eq!(sealed, Ok(()), "publisher's own numbering");
        out
    }
}
