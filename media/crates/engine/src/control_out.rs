//! RTCP that we send: questions and reports to publishers, sender reports to subscribers.

use wire::Ssrc;
use wire::rtcp::report::SenderFacts;
use wire::rtcp::{
    append_nack, append_pli, append_receiver_report, append_sdes_cname, append_sender_report,
};

use crate::api::{Mono, TransportStats};
use crate::context::Cx;
use crate::room::Room;
use crate::slab::Slab;
use crate::track::Track;
use crate::transport::{Role, Transport};

/// All Slots of a subscriber run on the server's one clock, so they share one name (RFC 3550 section 6.5.1).
const CNAME: &str = "homeroom";
const REPORT_INTERVAL_US: u64 = 1_000_000;
/// A new Slot reports this soon, so that sound and picture are aligned from the first second on.
const FIRST_REPORT_US: u64 = 50_000;
/// Compounds stay under this, before SRTCP's own bytes.
const COMPOUND_MAX: usize = 1150;

impl Transport {
    /// Seal and append one RTCP datagram, if there is a way to send it.
    pub fn send_rtcp(&mut self, cx: &mut Cx<'_>, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let Some(path) = self.ice.selected(cx.now) else {
            return false;
        };
        let Some(crypto) = self.crypto.as_mut() else {
            return false;
        };
        let start = cx.out.arena.len();
        write(&mut cx.out.arena);
        if crypto.sealer.seal_rtcp(&mut cx.out.arena, start).is_err() {
            cx.counters.refuse_seal += 1;
            return false;
        }
        cx.counters.rtcp_out += 1;
        cx.push(path, start);
        true
    }
}

impl Room {
    /// Ask publishers for what their layers miss, where it is due. Layers that still wait are looked at on the next tick.
    pub fn send_requests(&mut self, cx: &mut Cx<'_>) {
        let mut attention = std::mem::take(&mut self.attention);
        attention.sort_unstable();
        attention.dedup();
        for (at, layer) in attention.drain(..) {
            self.send_request(at, layer, cx);
        }
        self.attention = attention;
    }

    fn send_request(&mut self, at: u32, layer: u8, cx: &mut Cx<'_>) {
        let Some(track) = self.tracks.get_mut(at) else {
            return;
        };
        let is_video = track.is_video();
        let Some(stream) = track.layers.get_mut(usize::from(layer)) else {
            return;
        };
        let (Some(ssrc), Some(highest)) = (stream.ssrc, stream.arrivals.highest()) else {
            return;
        };
        let Some(publisher) = self.transports.get_mut(track.publisher) else {
            return;
        };
        let sender = publisher.report_ssrc;
        cx.scratch.seqs.clear();
        let mut missing = std::mem::take(&mut cx.scratch.seqs);
        let due = stream.nacks.due(highest.0, cx.now, &mut missing);
        if due.gave_up && stream.watched {
            stream.keyframes.want();
        }
        if due.asked > 0 && publisher.send_rtcp(cx, |out| append_nack(sender, ssrc, &missing, out))
        {
            cx.counters.nacks_out += 1;
            publisher.stats.nacks_out += 1;
        }
        cx.scratch.seqs = missing;
        if is_video
            && publisher.ice.selected(cx.now).is_some()
            && stream.keyframes.due(cx.now)
            && publisher.send_rtcp(cx, |out| append_pli(sender, ssrc, out))
        {
            cx.counters.plis_out += 1;
            publisher.stats.plis_out += 1;
        }
    }

    /// Transport-wide feedback of one publisher, when due.
    pub fn send_feedback(&mut self, at: u32, cx: &mut Cx<'_>) {
        let Some(transport) = self.transports.get_mut(at) else {
            return;
        };
        let sender = transport.report_ssrc;
        let Role::Publish(publish) = &mut transport.role else {
            return;
        };
        if !publish.feedback.due(cx.now) {
            return;
        }
        let mut messages = std::mem::take(&mut cx.scratch.compound);
        let mut ends = [0usize; 16];
        let mut count = 0;
        messages.clear();
        publish
            .feedback
            .tell(sender, cx.now, &mut cx.scratch.arrivals, &mut |message| {
                if count < ends.len() {
                    messages.extend_from_slice(message);
                    ends[count] = messages.len();
                    count += 1;
                }
            });
        let mut start = 0;
        for end in &ends[..count] {
            transport.send_rtcp(cx, |out| out.extend_from_slice(&messages[start..*end]));
            start = *end;
        }
        cx.scratch.compound = messages;
    }

    /// Reports of one Transport, when due: receiver reports to a publisher, sender reports to a subscriber.
    pub fn send_reports(&mut self, at: u32, cx: &mut Cx<'_>) {
        let Self {
            transports, tracks, ..
        } = self;
        let Some(transport) = transports.get_mut(at) else {
            return;
        };
        if !transport.can_send() {
            return;
        }
        match &transport.role {
            Role::Publish(_) if transport.reports_due <= cx.now => {
                transport.reports_due = Mono(cx.now.0 + REPORT_INTERVAL_US);
                send_receiver_reports(transport, tracks, cx);
            }
            Role::Publish(_) => {}
            Role::Subscribe(_) => send_sender_reports(transport, tracks, cx),
        }
    }
}

fn send_receiver_reports(transport: &mut Transport, tracks: &mut Slab<Track>, cx: &mut Cx<'_>) {
    let Role::Publish(publish) = &transport.role else {
        return;
    };
    let ntp_unit_us = |us: u64| (us * 65_536 / 1_000_000) as u32;
    let mut blocks = Vec::with_capacity(16);
    for at in &publish.tracks {
        let Some(track) = tracks.get_mut(*at) else {
            continue;
        };
        for layer in &mut track.layers {
            let Some(ssrc) = layer.ssrc else { continue };
            let (last_sr, delay) = layer.timeline.report().map_or((0, 0), |report| {
                (
                    (report.ntp >> 16) as u32,
                    ntp_unit_us(cx.now.0 - report.arrival.0),
                )
            });
            blocks.extend(layer.arrivals.report(ssrc, last_sr, delay));
        }
    }
    let sender = transport.report_ssrc;
    for some in blocks.chunks(31) {
        transport.send_rtcp(cx, |out| {
            append_receiver_report(sender, some, out);
            append_sdes_cname(sender, CNAME, out);
        });
    }
}

fn send_sender_reports(transport: &mut Transport, tracks: &Slab<Track>, cx: &mut Cx<'_>) {
    let ntp = cx.ntp();
    let now = cx.now;
    let mut compound = std::mem::take(&mut cx.scratch.compound);
    compound.clear();
    let slots = transport
        .subscribe_ref()
        .map_or(0, |subscribe| subscribe.slots.len());
    for at in 0..slots {
        if let Some(facts) = sender_facts(transport, at, tracks, ntp, now) {
            append_sender_report(&facts, &[], &mut compound);
            append_sdes_cname(facts.ssrc, CNAME, &mut compound);
        }
        if compound.len() > COMPOUND_MAX - 60 {
            transport.send_rtcp(cx, |out| out.extend_from_slice(&compound));
            compound.clear();
        }
    }
    if !compound.is_empty() {
        transport.send_rtcp(cx, |out| out.extend_from_slice(&compound));
    }
    cx.scratch.compound = compound;
}

/// What a Slot's sender report says now, if one is due.
fn sender_facts(
    transport: &mut Transport,
    at: usize,
    tracks: &Slab<Track>,
    ntp: u64,
    now: Mono,
) -> Option<SenderFacts> {
    let slot = transport.subscribe()?.slots.get_mut(at)?;
    let source = slot
        .rewriter
        .source()
        .filter(|_| slot.packets > 0 && slot.report_due <= now)?;
    let track = tracks
        .get(source.at)
        .filter(|track| track.key() == source.track)?;
    let layer = track.layers.get(usize::from(source.layer))?;
    // A silent Slot has nothing to align.
    if layer
        .last_packet
        .is_none_or(|last| now.0 - last.0 > 5 * REPORT_INTERVAL_US)
    {
        return None;
    }
    let time = slot
        .rewriter
        .map_time(layer.timeline.time_at(now.0 as i64)?)?;
    let interval_us = if slot.packets < 50 {
        FIRST_REPORT_US * 4
    } else {
        REPORT_INTERVAL_US
    };
    slot.report_due = Mono(now.0 + interval_us);
    Some(SenderFacts {
        ssrc: Ssrc(slot.spec.ssrc),
        ntp,
        time,
        packets: slot.packets as u32,
        octets: slot.octets as u32,
    })
}

/// The counters of a Transport that are kept elsewhere, put together.
pub fn gather_stats(transport: &Transport, tracks: &Slab<Track>) -> TransportStats {
    let mut stats = transport.stats;
    match &transport.role {
        Role::Publish(publish) => {
            let mut worst = 0u8;
            let layers = publish
                .tracks
                .iter()
                .filter_map(|at| tracks.get(*at))
                .flat_map(|track| &track.layers);
            for layer in layers {
                stats.packets_lost_in += layer.arrivals.lost();
                if layer.live {
                    worst = worst.max(layer.arrivals.fraction_lost());
                }
            }
            stats.loss_fraction_in = f32::from(worst) / 256.0;
        }
        Role::Subscribe(subscribe) => {
            let shown = subscribe.slots.iter().filter(|slot| slot.watched.is_some());
            let worst = shown.map(|slot| slot.fraction_lost).max().unwrap_or(0);
            stats.packets_lost_out = subscribe
                .slots
                .iter()
                .map(|slot| slot.lost.max(0) as u64)
                .sum();
            stats.loss_fraction_out = f32::from(worst) / 256.0;
        }
    }
    stats
}
