//! What a synthetic publisher says and hears in RTCP: reports, repairs, key frames.

use engine::srtp::OpenError;
use wire::rtcp::report::SenderFacts;
use wire::rtcp::{Block, Compound, append_sdes_cname, append_sender_report};
use wire::rtp::rtx;
use wire::{RtpTime, SeqNo, Ssrc};

use crate::publisher::{Outgoing, Publisher, RTX_TYPE, Source};

/// A browser needs this long from a request to a key frame.
const KEYFRAME_US: u64 = 30_000;

impl Publisher {
    pub(crate) fn report(&mut self, now: u64, out: &mut Vec<Outgoing>) {
        let ntp = (u128::from(now + self.clock_skew_us) << 32) / 1_000_000;
        for at in 0..self.tracks.len() {
            let clock = self.tracks[at].clock_rate();
            for layer in 0..self.tracks[at].sources.len() {
                let source = &self.tracks[at].sources[layer];
                if source.packets == 0 {
                    continue;
                }
                let time =
                    RtpTime(((now * clock / 1_000_000) as u32).wrapping_add(source.time_offset));
                let facts = SenderFacts {
                    ssrc: source.ssrc,
                    ntp: ntp as u64,
                    time,
                    packets: 0,
                    octets: 0,
                };
                let mut compound = Vec::new();
                append_sender_report(&facts, &[], &mut compound);
                append_sdes_cname(source.ssrc, "browser", &mut compound);
                let bytes = self.end.seal_rtcp(&compound);
                out.push(Outgoing { bytes, what: None });
            }
        }
    }

    /// RTCP from the engine.
    pub fn receive(&mut self, now: u64, datagram: &mut [u8], out: &mut Vec<Outgoing>) {
        if wire::demux(datagram) != wire::DatagramKind::Rtcp {
            return;
        }
        let len = match self.end.opener.open_rtcp(datagram) {
            Ok(len) => len,
            // A network that doubles datagrams makes replays.
            Err(OpenError::Replayed) => return,
            Err(error) => panic!("what the engine sealed does not open: {error:?}"),
        };
        let plain = datagram[..len].to_vec();
        for block in Compound::new(&plain) {
            match block.unwrap_or_else(|error| panic!("the engine wrote bad RTCP: {error}")) {
                Block::Nack(nack) => {
                    self.nacks += 1;
                    let missing: Vec<SeqNo> = nack.missing().collect();
                    missing
                        .into_iter()
                        .for_each(|seq| self.repair(nack.media, seq, out));
                }
                Block::Pli(pli) => self.keyframe(pli.media, now),
                Block::ReceiverReport(report) => {
                    for block in report.blocks() {
                        if let Some(source) = self.source(block.ssrc) {
                            source.reported = true;
                        }
                    }
                }
                Block::TransportFeedback(feedback) => {
                    for packet in feedback.packets() {
                        match packet.arrival_us {
                            Some(_) => self.feedback_arrived += 1,
                            None => self.feedback_lost += 1,
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn source(&mut self, ssrc: Ssrc) -> Option<&mut Source> {
        self.tracks
            .iter_mut()
            .flat_map(|track| &mut track.sources)
            .find(|source| source.ssrc == ssrc)
    }

    /// libwebrtc's VP8 answers a request for one layer with key frames on all of them.
    fn keyframe(&mut self, ssrc: Ssrc, now: u64) {
        self.plis += 1;
        for track in &mut self.tracks {
            if track.sources.iter().any(|source| source.ssrc == ssrc) {
                for source in &mut track.sources {
                    source.wants_key_at.get_or_insert(now + KEYFRAME_US);
                }
            }
        }
    }

    fn repair(&mut self, ssrc: Ssrc, seq: SeqNo, out: &mut Vec<Outgoing>) {
        let found = self.tracks.iter().enumerate().find_map(|(at, track)| {
            let layer = track
                .sources
                .iter()
                .position(|source| source.ssrc == ssrc)?;
            Some((at, layer))
        });
        let Some((at, layer)) = found else {
            panic!("a NACK for an SSRC that is not ours")
        };
        let key_id = self.tracks[at].key.0;
        let source = &mut self.tracks[at].sources[layer];
        let Some(rtx_ssrc) = source.rtx_ssrc else {
            return;
        };
        let Some(kept) = source.history.iter().find(|kept| kept.seq as u16 == seq.0) else {
            return;
        };
        let mut payload = Vec::new();
        rtx::append(SeqNo(kept.seq as u16), &kept.payload, &mut payload);
        let (time, marker, original) = (kept.time, kept.marker, kept.seq);
        source.rtx_seq += 1;
        source.repairs += 1;
        let rtx_seq = source.rtx_seq;
        let bytes = self.seal(
            at, layer, rtx_ssrc, RTX_TYPE, rtx_seq, time, marker, false, &payload,
        );
        out.push(Outgoing {
            bytes,
            what: Some((key_id, layer as u8, original)),
        });
    }
}
