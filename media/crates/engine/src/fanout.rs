//! From one stored packet to every Slot that watches its layer: select, rewrite, gather.

use wire::{ExtSeq, RtpTime};

use crate::api::{Event, Layer};
use crate::cache::Cached;
use crate::context::Cx;
use crate::rewrite::{Source, Step};
use crate::slab::Slab;
use crate::subscribe::{Gathered, What};
use crate::track::{LayerStream, Track, Watch};
use crate::transport::Transport;

/// Packets behind the first of a key frame that came before it: a repair of a key frame's first packet comes after the rest of
/// it. A key frame of 1080p has at most this many.
const REPLAY_MAX: u64 = 128;

/// Offer the packet `seq` of a layer to all who watch. The number of datagrams gathered.
pub fn offer(
    track: &mut Track,
    at: u32,
    layer: u8,
    seq: ExtSeq,
    transports: &mut Slab<Transport>,
    waiting: &mut Vec<u32>,
    cx: &mut Cx<'_>,
) -> usize {
    let needs_keyframe = track.needs_keyframe();
    let key = track.key();
    let Track {
        layers, watches, ..
    } = track;
    let layers: &[LayerStream] = layers;
    let stream = &layers[usize::from(layer)];
    let Some(packet) = stream.cache.get(seq) else {
        return 0;
    };
    let source = Source {
        at,
        track: key,
        layer,
        epoch: stream.epoch,
    };
    let begins = packet.shape.starts_keyframe || !needs_keyframe;
    let mut gathered = 0;
    for watch in watches {
        if watch.current != layer && !(begins && watch.target == layer) {
            continue;
        }
        gathered += offer_one(
            watch, source, packet, begins, layers, transports, waiting, cx,
        );
    }
    gathered
}

/// Offer a packet to one watcher.
#[inline]
#[expect(
    clippy::too_many_arguments,
    reason = "the innermost step: everything it needs is borrowed apart"
)]
fn offer_one(
    watch: &mut Watch,
    source: Source,
    packet: &Cached,
    begins: bool,
    layers: &[LayerStream],
    transports: &mut Slab<Transport>,
    waiting: &mut Vec<u32>,
    cx: &mut Cx<'_>,
) -> usize {
    let Some(transport) = transports.get_mut(watch.transport) else {
        return 0;
    };
    let key = transport.spec.transport;
    let Some(subscribe) = transport.subscribe() else {
        return 0;
    };
    let Some(slot) = subscribe.slots.get_mut(usize::from(watch.slot)) else {
        return 0;
    };
    let before = slot.rewriter.source();
    let mut replay = 0;
    if before != Some(source) {
        if !begins {
            return 0;
        }
        let captured = before.filter(|before| {
            before.track == source.track && before.epoch == layer_epoch(layers, before)
        });
        let captured = captured.and_then(|before| {
            captured_since(
                layers,
                source.layer,
                packet.time,
                before.layer,
                slot.rewriter.source_time(),
            )
        });
        slot.rewriter
            .switch(source, packet, captured, watch.layer_max.temporal, cx.now);
        watch.current = source.layer;
        cx.counters.layer_switches += 1;
        let newest = layers[usize::from(source.layer)]
            .cache
            .newest()
            .map_or(packet.seq.0, |newest| newest.0);
        replay = (newest - packet.seq.0).min(REPLAY_MAX);
        let flows = Layer {
            spatial: source.layer,
            temporal: slot.rewriter.temporal(),
        };
        slot.layer_told = Some(flows);
        if !slot.is_loudest() {
            let event = Event::SubscriptionLayer {
                transport: key,
                slot: slot.spec.slot,
                track: source.track,
                layer: Some(flows),
            };
            cx.out.events.push(event);
        }
    }
    let cache = &layers[usize::from(source.layer)].cache;
    let mut gathered = 0;
    for seq in packet.seq.0..=packet.seq.0 + replay {
        let Some(packet) = cache.get(ExtSeq(seq)) else {
            continue;
        };
        let step = slot
            .rewriter
            .place(packet, watch.layer_max.temporal, cx.now);
        let (what, rewritten) = match step {
            Step::Send(rewritten) => (What::Media, rewritten),
            Step::Fill(rewritten) => (What::Fill, rewritten),
            Step::Drop => continue,
            Step::Refuse => {
                cx.counters.refuse_late += 1;
                continue;
            }
        };
        if slot.announce {
            slot.announce = false;
            slot.announced = Some(source.track);
            cx.out.events.push(Event::SlotMapped {
                transport: key,
                slot: slot.spec.slot,
                generation: slot.generation,
                track: Some(source.track),
                rtp_timestamp: rewritten.time.0,
            });
        }
        let one = Gathered {
            slot: watch.slot,
            what,
            source,
            seq: packet.seq,
            rewritten,
        };
        subscribe_gather(&mut subscribe.gathered, one, watch.transport, waiting);
        gathered += 1;
    }
    subscribe.earn_repeats(gathered);
    gathered
}

#[inline]
fn subscribe_gather(
    list: &mut Vec<Gathered>,
    one: Gathered,
    transport: u32,
    waiting: &mut Vec<u32>,
) {
    if list.is_empty() {
        waiting.push(transport);
    }
    list.push(one);
}

fn layer_epoch(layers: &[LayerStream], source: &Source) -> u32 {
    layers
        .get(usize::from(source.layer))
        .map_or(0, |layer| layer.epoch)
}

/// The capture time of `time` on one layer since that of `before` on another, where both are known on the server's clock.
fn captured_since(
    layers: &[LayerStream],
    layer: u8,
    time: RtpTime,
    before_layer: u8,
    before: RtpTime,
) -> Option<i64> {
    let then = layers
        .get(usize::from(before_layer))?
        .timeline
        .server_us(before)?;
    Some(layers.get(usize::from(layer))?.timeline.server_us(time)? - then)
}

/// A packet without payload came on a layer: it takes no number in any Slot, unless one was reserved for it.
#[expect(clippy::too_many_arguments, reason = "as offer")]
pub fn skip(
    track: &mut Track,
    at: u32,
    layer: u8,
    seq: ExtSeq,
    time: RtpTime,
    transports: &mut Slab<Transport>,
    waiting: &mut Vec<u32>,
    cx: &mut Cx<'_>,
) -> usize {
    let source = Source {
        at,
        track: track.key(),
        layer,
        epoch: track.layers[usize::from(layer)].epoch,
    };
    let mut gathered = 0;
    for watch in track.watches.iter().filter(|watch| watch.current == layer) {
        let Some(subscribe) = transports
            .get_mut(watch.transport)
            .and_then(Transport::subscribe)
        else {
            continue;
        };
        let Some(slot) = subscribe.slots.get_mut(usize::from(watch.slot)) else {
            continue;
        };
        if slot.rewriter.source() != Some(source) {
            continue;
        }
        if let Step::Fill(rewritten) = slot.rewriter.skip(seq, time, cx.now) {
            let one = Gathered {
                slot: watch.slot,
                what: What::Fill,
                source,
                seq,
                rewritten,
            };
            subscribe_gather(&mut subscribe.gathered, one, watch.transport, waiting);
            gathered += 1;
        }
    }
    gathered
}
