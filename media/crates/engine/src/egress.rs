//! What was gathered leaves: header, payload, seal, straight into the outbox, one subscriber after another.

use wire::{ExtSeq, SeqNo};

use crate::cache::Cached;
use crate::context::Cx;
use crate::header::HeaderTemplate;
use crate::rewrite::Rewritten;
use crate::room::Room;
use crate::slab::Slab;
use crate::subscribe::{Gathered, Subscribe, What};
use crate::track::Track;
use crate::transport::{Crypto, Role, Transport};

/// Largest datagram sent, so that with UDP and IPv6 around it no usual path fragments it.
const DATAGRAM_MAX: usize = 1400;

impl Room {
    /// Everything gathered leaves; the datagrams of one subscriber lie side by side, so the driver can send them as a run.
    pub fn flush_media(&mut self, cx: &mut Cx<'_>) {
        let mut waiting = std::mem::take(&mut self.waiting);
        for at in waiting.drain(..) {
            if let Some(transport) = self.transports.get_mut(at) {
                emit(transport, &self.tracks, cx);
            }
        }
        self.waiting = waiting;
        self.gathered = 0;
    }
}

/// Seal and append all that one subscriber has waiting.
fn emit(transport: &mut Transport, tracks: &Slab<Track>, cx: &mut Cx<'_>) {
    let path = transport.ice.selected(cx.now);
    let Transport {
        crypto,
        role,
        stats,
        ..
    } = transport;
    let Role::Subscribe(subscribe) = role else {
        return;
    };
    let (Some(path), Some(crypto)) = (path, crypto.as_mut()) else {
        cx.counters.refuse_no_path += subscribe.gathered.len() as u64;
        subscribe.gathered.clear();
        return;
    };
    let mut gathered = std::mem::take(&mut subscribe.gathered);
    for one in gathered.drain(..) {
        let start = cx.out.arena.len();
        if seal(subscribe, crypto, tracks, &one, cx).is_some() {
            stats.packets_out += 1;
            stats.bytes_out += (cx.out.arena.len() - start) as u64;
            stats.rtx_out += u64::from(matches!(one.what, What::Repeat | What::RepeatFill));
            cx.push(path, start);
        }
    }
    subscribe.gathered = gathered;
}

/// Write and seal one packet at the end of the arena; `None` leaves the arena as it was.
fn seal(
    subscribe: &mut Subscribe,
    crypto: &mut Crypto,
    tracks: &Slab<Track>,
    one: &Gathered,
    cx: &mut Cx<'_>,
) -> Option<()> {
    let slot = subscribe.slots.get_mut(usize::from(one.slot))?;
    let start = cx.out.arena.len();
    let packet = match one.what {
        What::Media | What::Repeat => Some(cached(tracks, one)?),
        What::Fill | What::RepeatFill => None,
    };
    let dress = slot.dress.as_ref()?;
    let (template, number) = match one.what {
        What::Media | What::Fill => (&dress.media, one.rewritten.number),
        What::Repeat | What::RepeatFill => {
            let template = dress.rtx.as_ref()?.clone();
            let number = slot.next_rtx();
            return seal_repeat(
                &template,
                number,
                packet,
                &one.rewritten,
                subscribe,
                crypto,
                cx,
                start,
            );
        }
    };
    let transport_cc = if template.has_transport_cc() {
        subscribe.downlink.number()
    } else {
        0
    };
    let marker = packet.is_some_and(|packet| packet.marker);
    let seq = ExtSeq(number).seq();
    let header_len = template.append(
        marker,
        packet.is_none(),
        seq,
        one.rewritten.time,
        transport_cc,
        &mut cx.out.arena,
    );
    let payload_len = match packet {
        Some(packet) => append_payload(packet, &one.rewritten, &mut cx.out.arena),
        None => {
            // One byte of padding that says so (RFC 3550 section 5.1): a packet without content.
            cx.out.arena.push(1);
            0
        }
    };
    finish(crypto, ExtSeq(number), header_len, start, cx)?;
    slot.packets += 1;
    slot.octets += payload_len as u64;
    cx.counters.rtp_out += 1;
    cx.counters.fill_out += u64::from(packet.is_none());
    Some(())
}

#[expect(
    clippy::too_many_arguments,
    reason = "borrowed apart from one transport"
)]
fn seal_repeat(
    template: &HeaderTemplate,
    number: u64,
    packet: Option<&Cached>,
    rewritten: &Rewritten,
    subscribe: &mut Subscribe,
    crypto: &mut Crypto,
    cx: &mut Cx<'_>,
    start: usize,
) -> Option<()> {
    let transport_cc = if template.has_transport_cc() {
        subscribe.downlink.number()
    } else {
        0
    };
    let marker = packet.is_some_and(|packet| packet.marker);
    let seq = ExtSeq(number).seq();
    let header_len = template.append(
        marker,
        false,
        seq,
        rewritten.time,
        transport_cc,
        &mut cx.out.arena,
    );
    let original = SeqNo(rewritten.number as u16);
    cx.out.arena.extend_from_slice(&original.0.to_be_bytes());
    if let Some(packet) = packet {
        append_payload(packet, rewritten, &mut cx.out.arena);
    }
    finish(crypto, ExtSeq(number), header_len, start, cx)?;
    cx.counters.rtx_out += 1;
    Some(())
}

/// The shared payload, with this Slot's running ids in it.
#[inline]
fn append_payload(packet: &Cached, rewritten: &Rewritten, arena: &mut Vec<u8>) -> usize {
    let start = arena.len();
    arena.extend_from_slice(&packet.payload);
    if let Some(vp8) = &packet.shape.vp8 {
        vp8.rewrite(&mut arena[start..], rewritten.picture, rewritten.tl0);
    }
    packet.payload.len()
}

/// Seal what stands from `start` on. A refusal takes it off the arena again and is counted: it is always a bug of ours.
#[inline]
fn finish(
    crypto: &mut Crypto,
    index: ExtSeq,
    header_len: usize,
    start: usize,
    cx: &mut Cx<'_>,
) -> Option<()> {
    if cx.out.arena.len() - start + crypto.sealer.rtp_overhead() > DATAGRAM_MAX {
        cx.out.arena.truncate(start);
        cx.counters.refuse_oversize_out += 1;
        return None;
    }
    match crypto
        .sealer
        .seal_rtp(index, header_len, &mut cx.out.arena, start)
    {
        Ok(()) => Some(()),
        Err(_) => {
            cx.counters.refuse_seal += 1;
            None
        }
    }
}

/// The packet that was gathered, if its Track and layer are still the same.
#[inline]
fn cached<'a>(tracks: &'a Slab<Track>, one: &Gathered) -> Option<&'a Cached> {
    let track = tracks
        .get(one.source.at)
        .filter(|track| track.key() == one.source.track)?;
    let layer = track
        .layers
        .get(usize::from(one.source.layer))
        .filter(|layer| layer.epoch == one.source.epoch)?;
    layer.cache.get(one.seq)
}
