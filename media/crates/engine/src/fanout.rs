//! From one stored packet to every Slot that watches its layer: select, rewrite, gather.

use wire::{ExtSeq, RtpTime};

use crate::api::{Event, Layer, TransportKey};
use crate::cache::Cached;
use crate::context::Cx;
use crate::rewrite::{Rewritten, Source, Step};
use crate::slab::Slab;
use crate::slot::Slot;
use crate::subscribe::{Gathered, What};
use crate::track::{LayerStream, Track, Watch};
use crate::transport::Transport;

/// Packets behind the first of a key frame that came before it: a repair of a key frame's first packet comes after the rest
/// of it. A key frame of 1080p has at most this many.
const REPLAY_MAX: u64 = 128;

/// The subscribers of a Room, and what has been gathered for them.
pub struct Fan<'a, 'c> {
    pub transports: &'a mut Slab<Transport>,
    /// Transports with something gathered.
    pub waiting: &'a mut Vec<u32>,
    pub gathered: &'a mut usize,
    pub cx: &'a mut Cx<'c>,
}

/// One packet on offer.
#[derive(Clone, Copy)]
struct Offer<'a> {
    source: Source,
    packet: &'a Cached,
    layers: &'a [LayerStream],
    /// A Slot may begin here.
    begins: bool,
    /// Newer packets of the layer came before it.
    late: bool,
}

impl Fan<'_, '_> {
    /// Offer the packet `seq` of a layer to all who watch.
    pub fn offer(&mut self, track: &mut Track, at: u32, layer: u8, seq: ExtSeq, late: bool) {
        // A picture begins with what decoding can start with; sound begins anywhere.
        let needs_keyframe = track.is_video();
        let key = track.key();
        let Track {
            layers, watches, ..
        } = track;
        let stream = &layers[usize::from(layer)];
        let Some(packet) = stream.cache.get(seq) else {
            return;
        };
        let offer = Offer {
            source: Source {
                at,
                track: key,
                layer,
                epoch: stream.epoch,
            },
            packet,
            layers,
            begins: packet.shape.starts_keyframe || !needs_keyframe,
            late,
        };
        for watch in watches {
            let flows = watch.current == layer;
            let switches = offer.begins && watch.target == layer;
            let fills = late && watch.previous == layer;
            if flows || switches || fills {
                self.offer_one(watch, &offer);
            }
        }
    }

    #[inline]
    fn offer_one(&mut self, watch: &mut Watch, offer: &Offer<'_>) {
        let Some(transport) = self.transports.get_mut(watch.transport) else {
            return;
        };
        let key = transport.spec.transport;
        let Some(subscribe) = transport.subscribe() else {
            return;
        };
        let Some(slot) = subscribe.slots.get_mut(usize::from(watch.slot)) else {
            return;
        };
        let list = &mut subscribe.gathered;
        let before = list.len();
        if slot.rewriter.source() == Some(offer.source) {
            let step = slot
                .rewriter
                .place(offer.packet, watch.layer_max.temporal, self.cx.now);
            take(
                step,
                slot,
                key,
                watch.slot,
                offer.source,
                offer.packet,
                list,
                self.cx,
            );
        } else if offer.late
            && slot
                .rewriter
                .belongs_to_previous(offer.source, offer.packet.seq)
        {
            let step = slot.rewriter.place_in_previous(offer.packet, self.cx.now);
            take(
                step,
                slot,
                key,
                watch.slot,
                offer.source,
                offer.packet,
                list,
                self.cx,
            );
        } else if offer.begins && watch.target == offer.source.layer {
            switch(watch, slot, key, offer, self.cx);
            // What came of the frame before its first packet was repaired is already here.
            let cache = &offer.layers[usize::from(offer.source.layer)].cache;
            let newest = cache.newest().map_or(offer.packet.seq.0, |newest| newest.0);
            let end = newest.min(offer.packet.seq.0 + REPLAY_MAX);
            for packet in (offer.packet.seq.0..=end).filter_map(|seq| cache.get(ExtSeq(seq))) {
                let step = slot
                    .rewriter
                    .place(packet, watch.layer_max.temporal, self.cx.now);
                take(
                    step,
                    slot,
                    key,
                    watch.slot,
                    offer.source,
                    packet,
                    list,
                    self.cx,
                );
            }
        }
        let gathered = list.len() - before;
        if before == 0 && gathered > 0 {
            self.waiting.push(watch.transport);
        }
        *self.gathered += gathered;
        subscribe.earn_repeats(gathered);
    }

    /// A packet without payload came on a layer: it takes no number in any Slot, unless one was reserved for it.
    pub fn skip(&mut self, track: &Track, at: u32, layer: u8, seq: ExtSeq, time: RtpTime) {
        let epoch = track.layers[usize::from(layer)].epoch;
        let source = Source {
            at,
            track: track.key(),
            layer,
            epoch,
        };
        for watch in track.watches.iter().filter(|watch| watch.current == layer) {
            let transport = self.transports.get_mut(watch.transport);
            let Some(subscribe) = transport.and_then(Transport::subscribe) else {
                continue;
            };
            let Some(slot) = subscribe.slots.get_mut(usize::from(watch.slot)) else {
                continue;
            };
            if slot.rewriter.source() != Some(source) {
                continue;
            }
            if let Step::Fill(rewritten) = slot.rewriter.skip(seq, time, self.cx.now) {
                if subscribe.gathered.is_empty() {
                    self.waiting.push(watch.transport);
                }
                subscribe.gathered.push(Gathered {
                    slot: watch.slot,
                    what: What::Fill,
                    source,
                    seq,
                    rewritten,
                });
                *self.gathered += 1;
            }
        }
    }
}

/// Go on with another source from this packet on; tell which layer flows.
fn switch(
    watch: &mut Watch,
    slot: &mut Slot,
    key: TransportKey,
    offer: &Offer<'_>,
    cx: &mut Cx<'_>,
) {
    let Offer {
        source,
        packet,
        layers,
        ..
    } = *offer;
    let before = slot
        .rewriter
        .source()
        .filter(|before| before.track == source.track);
    let captured = before.and_then(|before| {
        let old = layers
            .get(usize::from(before.layer))
            .filter(|old| old.epoch == before.epoch)?;
        let then = old.timeline.server_us(slot.rewriter.source_time())?;
        Some(
            layers[usize::from(source.layer)]
                .timeline
                .server_us(packet.time)?
                - then,
        )
    });
    slot.rewriter
        .switch(source, packet, captured, watch.layer_max.temporal, cx.now);
    watch.previous = watch.current;
    watch.current = source.layer;
    cx.counters.layer_switches += 1;
    let flows = Layer {
        spatial: source.layer,
        temporal: slot.rewriter.temporal(),
    };
    slot.layer_told = Some(flows);
    if !slot.is_loudest() {
        cx.out.events.push(Event::SubscriptionLayer {
            transport: key,
            slot: slot.spec.slot,
            track: source.track,
            layer: Some(flows),
        });
    }
}

/// Gather what a step asks for; tell the first packet of what is new in the Slot.
#[inline]
#[expect(
    clippy::too_many_arguments,
    reason = "the innermost step: what it needs is borrowed apart"
)]
fn take(
    step: Step,
    slot: &mut Slot,
    key: TransportKey,
    number: u16,
    source: Source,
    packet: &Cached,
    list: &mut Vec<Gathered>,
    cx: &mut Cx<'_>,
) {
    let (what, rewritten) = match step {
        Step::Send(rewritten) => (What::Media, rewritten),
        Step::Fill(rewritten) => (What::Fill, rewritten),
        Step::Drop => return,
        Step::Refuse => {
            cx.counters.refuse_late += 1;
            return;
        }
    };
    if slot.announce {
        announce(slot, key, source, &rewritten, cx);
    }
    list.push(Gathered {
        slot: number,
        what,
        source,
        seq: packet.seq,
        rewritten,
    });
}

#[cold]
fn announce(
    slot: &mut Slot,
    key: TransportKey,
    source: Source,
    rewritten: &Rewritten,
    cx: &mut Cx<'_>,
) {
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
