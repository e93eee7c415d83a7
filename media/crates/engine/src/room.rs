//! One Room: its Transports and Tracks, and the references between them.
//!
//! All that belongs to a Room hangs on it, so that a fault in it ends with it. Whatever removes an object removes all
//! references to it here, before its index can be used again.

use crate::api::{Event, Kind, Layer, RoomKey, TrackKey};
use crate::context::Cx;
use crate::hash::{Quick, QuickMap};
use crate::select;
use crate::slab::Slab;
use crate::speakers::SpeakersTold;
use crate::track::{NO_LAYER, Track, Watch};
use crate::transport::Transport;

pub struct Room {
    pub key: RoomKey,
    pub transports: Slab<Transport>,
    pub tracks: Slab<Track>,
    pub track_at: QuickMap<TrackKey, u32>,
    /// Subscribers with something gathered.
    pub waiting: Vec<u32>,
    /// Datagrams gathered over all of them.
    pub gathered: usize,
    /// Layers whose publisher may have to be asked for something.
    pub attention: Vec<(u32, u8)>,
    /// Somebody began to speak, came or went: the `loudest` slots must be looked at.
    pub voices_changed: bool,
    pub told: SpeakersTold,
}

impl Room {
    pub fn new(key: RoomKey, hash: Quick) -> Self {
        Self {
            key,
            transports: Slab::default(),
            tracks: Slab::default(),
            track_at: QuickMap::with_hasher(hash),
            waiting: Vec::new(),
            gathered: 0,
            attention: Vec::new(),
            voices_changed: false,
            told: SpeakersTold::default(),
        }
    }

    /// Find again what a bound Slot shows, after anything it depends on changed.
    pub fn rewatch(&mut self, transport: u32, slot: usize, cx: &mut Cx<'_>) {
        let Some(holder) = self.transports.get_mut(transport) else {
            return;
        };
        let can_send = holder.can_send();
        let Some(subscribe) = holder.subscribe() else {
            return;
        };
        let Some(held) = subscribe.slots.get(slot) else {
            return;
        };
        let Some(subscription) = held
            .subscription
            .as_ref()
            .filter(|sub| can_send && !sub.paused)
        else {
            return self.watch(
                transport,
                slot,
                None,
                Layer {
                    spatial: 0,
                    temporal: 0,
                },
                cx,
            );
        };
        let layer_max = subscription.layer_max;
        let wanted = self
            .track_at
            .get(&subscription.track)
            .copied()
            .filter(|at| self.can_show(transport, slot, *at));
        self.watch(transport, slot, wanted, layer_max, cx);
    }

    /// Find again what all Slots of a Transport show.
    pub fn rewatch_all(&mut self, transport: u32, cx: &mut Cx<'_>) {
        let Some(subscribe) = self
            .transports
            .get(transport)
            .and_then(Transport::subscribe_ref)
        else {
            return;
        };
        for slot in 0..subscribe.slots.len() {
            let loudest = self
                .transports
                .get(transport)
                .and_then(Transport::subscribe_ref)
                .is_some_and(|s| s.slots[slot].is_loudest());
            if !loudest {
                self.rewatch(transport, slot, cx);
            }
        }
        self.voices_changed = true;
    }

    /// Whether a Slot can carry a Track: same kind, and a codec that the subscriber takes. Undecodable bytes are worse than none.
    pub fn can_show(&self, transport: u32, slot: usize, track: u32) -> bool {
        let Some(subscribe) = self
            .transports
            .get(transport)
            .and_then(Transport::subscribe_ref)
        else {
            return false;
        };
        let (Some(slot), Some(track)) = (subscribe.slots.get(slot), self.tracks.get(track)) else {
            return false;
        };
        slot.spec.kind == track.spec.kind && subscribe.codec(track.spec.codec.name).is_some()
    }

    /// Make a Slot show this Track, or nothing. Idempotent.
    pub fn watch(
        &mut self,
        transport: u32,
        slot: usize,
        wanted: Option<u32>,
        layer_max: Layer,
        cx: &mut Cx<'_>,
    ) {
        let Some(holder) = self.transports.get_mut(transport) else {
            return;
        };
        let ids = holder.spec.extensions;
        let Some(subscribe) = holder.subscribe() else {
            return;
        };
        let Some(held) = subscribe.slots.get_mut(slot) else {
            return;
        };
        let watched = held.watched.map(|(at, _)| at);
        if watched != wanted {
            held.rewriter.stop();
            held.watched = None;
            held.announce = wanted.is_some();
            if let Some(at) = watched {
                self.unwatch(at, transport, slot);
            }
        }
        let Some(at) = wanted else {
            return self.tell_empty(transport, slot, cx);
        };
        let Some(track) = self.tracks.get_mut(at) else {
            return;
        };
        let Some(subscribe) = self
            .transports
            .get_mut(transport)
            .and_then(Transport::subscribe)
        else {
            return;
        };
        let codec = subscribe.codec(track.spec.codec.name).cloned();
        let Some(held) = subscribe.slots.get_mut(slot) else {
            return;
        };
        if let Some(codec) = codec {
            held.dress_for(&codec, &ids);
        }
        held.watched = Some((at, track.key()));
        let number = slot as u16;
        let known = track
            .watches
            .iter_mut()
            .find(|watch| watch.transport == transport && watch.slot == number);
        match known {
            Some(watch) => watch.layer_max = layer_max,
            None => track.watches.push(Watch {
                transport,
                slot: number,
                current: NO_LAYER,
                previous: NO_LAYER,
                target: NO_LAYER,
                layer_max,
            }),
        }
        self.retarget(at, cx);
    }

    fn unwatch(&mut self, track: u32, transport: u32, slot: usize) {
        let Some(track) = self.tracks.get_mut(track) else {
            return;
        };
        track
            .watches
            .retain(|watch| (watch.transport, usize::from(watch.slot)) != (transport, slot));
        track.recount_watched();
    }

    /// A Slot shows nothing now: tell it once.
    fn tell_empty(&mut self, transport: u32, slot: usize, cx: &mut Cx<'_>) {
        let Some(holder) = self.transports.get_mut(transport) else {
            return;
        };
        let key = holder.spec.transport;
        let Some(held) = holder
            .subscribe()
            .and_then(|subscribe| subscribe.slots.get_mut(slot))
        else {
            return;
        };
        let told = held.announced;
        if let (Some(track), Some(_)) = (told, held.layer_told.take()) {
            cx.out.events.push(Event::SubscriptionLayer {
                transport: key,
                slot: held.spec.slot,
                track,
                layer: None,
            });
        }
        // A paused or undecodable Track is still what the Slot stands for; only one without a Track is empty.
        let stands_for = held
            .subscription
            .as_ref()
            .map(|subscription| subscription.track);
        if told.is_some() && told != stands_for {
            held.announced = None;
            cx.out.events.push(Event::SlotMapped {
                transport: key,
                slot: held.spec.slot,
                generation: held.generation,
                track: None,
                rtp_timestamp: held.rewriter.time().0,
            });
        }
    }

    /// Choose the target layer of everybody who watches a Track; ask for the key frames that a change needs.
    pub fn retarget(&mut self, at: u32, cx: &mut Cx<'_>) {
        let Some(track) = self.tracks.get_mut(at) else {
            return;
        };
        let mut wanted = [false; crate::track::LAYERS_MAX];
        for watch in &mut track.watches {
            let target = select::target(&track.layers, watch.layer_max, watch.current, cx.now);
            watch.target = target;
            if target != watch.current && target != NO_LAYER {
                wanted[usize::from(target)] = true;
            }
        }
        track.recount_watched();
        if track.spec.kind == Kind::Audio {
            return;
        }
        for (layer, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            track.layers[layer].keyframes.want();
            self.attention.push((at, layer as u8));
        }
    }

    /// A Track is gone: so is every watch on it.
    pub fn remove_track(&mut self, at: u32, cx: &mut Cx<'_>) -> Option<Track> {
        let watches = std::mem::take(&mut self.tracks.get_mut(at)?.watches);
        let track = self.tracks.remove(at)?;
        self.track_at.remove(&track.key());
        for watch in watches {
            let slot = usize::from(watch.slot);
            let held = self
                .transports
                .get_mut(watch.transport)
                .and_then(Transport::subscribe);
            if let Some(held) = held.and_then(|subscribe| subscribe.slots.get_mut(slot)) {
                held.rewriter.stop();
                held.watched = None;
                held.announce = false;
            }
        }
        self.attention.retain(|(track, _)| *track != at);
        for (_, transport) in self.transports.iter_mut() {
            if let Some(publish) = transport.publish() {
                publish.forget(at);
            }
        }
        self.forget_subscriptions(track.key(), cx);
        self.voices_changed |= track.spec.audible;
        Some(track)
    }

    fn forget_subscriptions(&mut self, track: TrackKey, cx: &mut Cx<'_>) {
        for transport in 0..self.transports.end() {
            let Some(subscribe) = self
                .transports
                .get_mut(transport)
                .and_then(Transport::subscribe)
            else {
                continue;
            };
            for slot in 0..subscribe.slots.len() {
                let Some(subscribe) = self
                    .transports
                    .get_mut(transport)
                    .and_then(Transport::subscribe)
                else {
                    break;
                };
                let held = &mut subscribe.slots[slot];
                let bound = held
                    .subscription
                    .as_ref()
                    .is_some_and(|subscription| subscription.track == track);
                if bound {
                    held.subscription = None;
                }
                if bound || held.announced == Some(track) {
                    self.tell_empty(transport, slot, cx);
                }
            }
        }
    }

    /// A Transport is gone: its Tracks and its watches with it.
    pub fn remove_transport(&mut self, at: u32, cx: &mut Cx<'_>) -> Option<Transport> {
        let published = self
            .transports
            .get_mut(at)?
            .publish()
            .map(|publish| publish.tracks.clone())
            .unwrap_or_default();
        for track in published {
            self.remove_track(track, cx);
        }
        let mut transport = self.transports.remove(at)?;
        for (_, track) in self.tracks.iter_mut() {
            let before = track.watches.len();
            track.watches.retain(|watch| watch.transport != at);
            if track.watches.len() != before {
                track.recount_watched();
            }
        }
        if let Some(subscribe) = transport.subscribe() {
            self.gathered -= subscribe.gathered.len();
        }
        self.waiting.retain(|waiting| *waiting != at);
        Some(transport)
    }
}
