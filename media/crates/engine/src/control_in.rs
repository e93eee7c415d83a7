//! RTCP that comes in. It ends here at every hop: what one side asks becomes our own question to the other.

use wire::rtcp::report::SenderFacts;
use wire::rtcp::{Block, Compound, Nack, ReportBlock};
use wire::{SeqNo, Ssrc};

use crate::api::Event;
use crate::context::Cx;
use crate::counters::Reason;
use crate::history::{Carried, Refusal};
use crate::ingress::open_error;
use crate::room::Room;
use crate::subscribe::{Gathered, Subscribe, What};
use crate::timeline::{Report, ntp_us};
use crate::track::NO_LAYER;
use crate::transport::Transport;

/// Numbers of one NACK that are looked at; a receiver that misses more needs a key frame.
const NACKED_MAX: usize = 512;

impl Room {
    /// One RTCP datagram of a proven pair: opened in place, then each of its packets in turn.
    pub fn receive_rtcp(
        &mut self,
        from: u32,
        datagram: &mut [u8],
        cx: &mut Cx<'_>,
    ) -> Result<(), Reason> {
        let transport = self
            .transports
            .get_mut(from)
            .ok_or::<Reason>(|c| &mut c.drop_unproven_address)?;
        let crypto = transport
            .crypto
            .as_mut()
            .ok_or::<Reason>(|c| &mut c.drop_no_keys)?;
        let len = crypto.opener.open_rtcp(datagram).map_err(open_error)?;
        transport.ice.note_media(cx.now);
        cx.counters.rtcp_in += 1;
        for block in Compound::new(&datagram[..len]) {
            let block = block.map_err::<Reason, _>(|_| |c| &mut c.drop_rtcp_malformed)?;
            self.receive_block(from, &block, cx);
        }
        Ok(())
    }

    fn receive_block(&mut self, from: u32, block: &Block<'_>, cx: &mut Cx<'_>) {
        match block {
            Block::SenderReport(report) => {
                self.note_sender_report(from, &report.facts, cx);
                report
                    .blocks()
                    .for_each(|block| self.note_report_block(from, &block, cx));
            }
            Block::ReceiverReport(report) => {
                report
                    .blocks()
                    .for_each(|block| self.note_report_block(from, &block, cx));
            }
            Block::Nack(nack) => self.repeat(from, nack, cx),
            Block::Pli(pli) => self.want_keyframe(from, pli.media, cx),
            Block::Fir(fir) => fir
                .entries()
                .for_each(|entry| self.want_keyframe(from, entry.media, cx)),
            Block::TransportFeedback(feedback) => {
                if let Some(subscribe) = self.subscribe_of(from) {
                    subscribe.downlink.note_feedback(feedback, cx.now);
                }
            }
            Block::Remb(remb) => {
                if let Some(subscribe) = self.subscribe_of(from) {
                    subscribe.downlink.note_remb(remb.bitrate_bps);
                }
            }
            Block::Bye(bye) => bye.sources().for_each(|ssrc| self.note_bye(from, ssrc, cx)),
            Block::Sdes(_) | Block::Other { .. } => {}
        }
    }

    fn subscribe_of(&mut self, at: u32) -> Option<&mut Subscribe> {
        self.transports.get_mut(at).and_then(Transport::subscribe)
    }

    /// A publisher tied its RTP time to its clock: take it for the layer, and its clock for all layers of the publisher.
    fn note_sender_report(&mut self, from: u32, facts: &SenderFacts, cx: &mut Cx<'_>) {
        let Some(publish) = self.transports.get_mut(from).and_then(Transport::publish) else {
            return;
        };
        let Some(latched) = publish.find(facts.ssrc).filter(|latched| !latched.rtx) else {
            return;
        };
        publish
            .offset_us
            .note(cx.now.0 as i64 - ntp_us(facts.ntp), cx.now);
        let offset_us = publish.offset_us.get();
        let report = Report {
            ntp: facts.ntp,
            time: facts.time,
            arrival: cx.now,
        };
        for at in &publish.tracks {
            let Some(track) = self.tracks.get_mut(*at) else {
                continue;
            };
            if *at == latched.track {
                track.layers[usize::from(latched.layer)]
                    .timeline
                    .note_report(report);
            }
            if let Some(offset_us) = offset_us {
                track
                    .layers
                    .iter_mut()
                    .for_each(|layer| layer.timeline.set_offset(offset_us));
            }
        }
    }

    /// A subscriber told how a Slot arrives.
    fn note_report_block(&mut self, from: u32, block: &ReportBlock, cx: &mut Cx<'_>) {
        let trip = block.round_trip(cx.ntp_middle());
        let Some(transport) = self.transports.get_mut(from) else {
            return;
        };
        let ids = transport.spec.extensions;
        let Some(subscribe) = transport.subscribe() else {
            return;
        };
        if let Some(trip) = trip {
            subscribe
                .downlink
                .note_round_trip(((u64::from(trip) * 1_000_000) >> 16) as u32);
        }
        let round_trip_us = subscribe.downlink.round_trip_us();
        let Some(at) = subscribe
            .slots
            .iter()
            .position(|slot| slot.ssrc() == block.ssrc)
        else {
            return;
        };
        let shown = subscribe.slots[at].dress.as_ref().map(|dress| dress.codec);
        let codec = shown.and_then(|name| subscribe.codec(name)).cloned();
        let slot = &mut subscribe.slots[at];
        slot.fraction_lost = block.fraction_lost;
        slot.lost = block.packets_lost;
        if !slot.reported {
            slot.reported = true;
            if let Some(codec) = codec {
                slot.dress_for(&codec, &ids);
            }
        }
        transport.stats.rtt_us = round_trip_us;
    }

    /// A subscriber cannot decode a Slot: one wish among others for the layer that it shows or waits for.
    fn want_keyframe(&mut self, from: u32, media: Ssrc, cx: &mut Cx<'_>) {
        cx.counters.plis_in += 1;
        let Some(transport) = self.transports.get_mut(from) else {
            return;
        };
        transport.stats.plis_in += 1;
        let Some(subscribe) = transport.subscribe() else {
            return;
        };
        let Some(slot) = subscribe.slots.iter().position(|slot| slot.ssrc() == media) else {
            return;
        };
        let Some((at, _)) = subscribe.slots[slot].watched else {
            return;
        };
        let Some(track) = self.tracks.get_mut(at).filter(|track| track.is_video()) else {
            return;
        };
        let watch = track
            .watches
            .iter()
            .find(|watch| (watch.transport, usize::from(watch.slot)) == (from, slot));
        let Some(layer) = watch.map(|watch| {
            if watch.current == NO_LAYER {
                watch.target
            } else {
                watch.current
            }
        }) else {
            return;
        };
        if let Some(stream) = track.layers.get_mut(usize::from(layer)) {
            stream.keyframes.want();
            self.attention.push((at, layer));
        }
    }

    /// A subscriber misses packets: gather repeats of what is still there. Without RTX there is none, since the same number
    /// must never be sealed over other bytes, and keeping sealed bytes for everyone would be a cache per subscriber.
    fn repeat(&mut self, from: u32, nack: &Nack<'_>, cx: &mut Cx<'_>) {
        cx.counters.nacks_in += 1;
        let Some(transport) = self.transports.get_mut(from) else {
            return;
        };
        transport.stats.nacks_in += 1;
        let Some(subscribe) = transport.subscribe() else {
            return;
        };
        let Some(at) = subscribe
            .slots
            .iter()
            .position(|slot| slot.ssrc() == nack.media)
        else {
            return;
        };
        if subscribe.slots[at]
            .dress
            .as_ref()
            .is_none_or(|dress| dress.rtx.is_none())
        {
            cx.counters.refuse_nack_without_rtx += 1;
            return;
        }
        let was_empty = subscribe.gathered.is_empty();
        for seq in nack.missing().take(NACKED_MAX) {
            match self.find_repeat(from, at, seq, cx) {
                Ok(one) => {
                    if let Some(subscribe) = self.subscribe_of(from) {
                        subscribe.gathered.push(one);
                        self.gathered += 1;
                    }
                }
                Err(reason) => cx.counters.count(reason),
            }
        }
        if was_empty
            && self
                .subscribe_of(from)
                .is_some_and(|subscribe| !subscribe.gathered.is_empty())
        {
            self.waiting.push(from);
        }
    }

    fn find_repeat(
        &mut self,
        from: u32,
        at: usize,
        seq: SeqNo,
        cx: &Cx<'_>,
    ) -> Result<Gathered, Reason> {
        const UNKNOWN: Reason = |c| &mut c.refuse_nack_unknown;
        let Self {
            transports, tracks, ..
        } = self;
        let subscribe = transports
            .get_mut(from)
            .and_then(Transport::subscribe)
            .ok_or(UNKNOWN)?;
        let spacing_ms = subscribe.downlink.repeat_spacing_ms();
        let slot = subscribe.slots.get_mut(at).ok_or(UNKNOWN)?;
        let (number, source, carried) = slot
            .rewriter
            .resend(seq, cx.now, spacing_ms)
            .map_err(refusal)?;
        let track = tracks
            .get(source.at)
            .filter(|track| track.key() == source.track)
            .ok_or(UNKNOWN)?;
        let layer = track
            .layers
            .get(usize::from(source.layer))
            .filter(|layer| layer.epoch == source.epoch);
        let cache = &layer.ok_or(UNKNOWN)?.cache;
        let one = match carried {
            Carried::Media(seq) => {
                let packet = cache
                    .nearest(seq)
                    .and_then(|seq| cache.get(seq))
                    .ok_or(UNKNOWN)?;
                let rewritten = slot.rewriter.repeat(number, packet).ok_or(UNKNOWN)?;
                Gathered {
                    slot: at as u16,
                    what: What::Repeat,
                    source,
                    seq: packet.seq,
                    rewritten,
                }
            }
            Carried::Padding => {
                let rewritten = slot.rewriter.repeat_empty(number);
                Gathered {
                    slot: at as u16,
                    what: What::RepeatFill,
                    source,
                    seq: wire::ExtSeq(0),
                    rewritten,
                }
            }
        };
        if !subscribe.afford_repeat() {
            return Err(|c| &mut c.refuse_nack_over_budget);
        }
        Ok(one)
    }

    /// A publisher ended a source.
    fn note_bye(&mut self, from: u32, ssrc: Ssrc, cx: &mut Cx<'_>) {
        let Some(publish) = self.transports.get_mut(from).and_then(Transport::publish) else {
            return;
        };
        let Some(latched) = publish.find(ssrc).filter(|latched| !latched.rtx) else {
            return;
        };
        let Some(track) = self.tracks.get_mut(latched.track) else {
            return;
        };
        let key = track.key();
        let layer = &mut track.layers[usize::from(latched.layer)];
        if std::mem::take(&mut layer.live) {
            cx.out.events.push(Event::TrackLive {
                track: key,
                spatial: latched.layer,
                active: false,
            });
            self.retarget(latched.track, cx);
        }
    }
}

fn refusal(refusal: Refusal) -> Reason {
    match refusal {
        Refusal::Unknown => |c| &mut c.refuse_nack_unknown,
        Refusal::TooSoon => |c| &mut c.refuse_nack_too_soon,
        Refusal::TooOften => |c| &mut c.refuse_nack_too_often,
    }
}
