//! What each subscriber's Estimate means for its Slots: the allocator is asked, its grants become watches' targets.

use crate::allocate::{
    self, AudioDemand, Input, LayerRate, Pause, Prefer, VideoClass, VideoDemand,
};
use crate::api::{Event, Kind, Layer, Mono, TrackKey};
use crate::context::Cx;
use crate::room::Room;
use crate::select;
use crate::slab::Slab;
use crate::slot::Slot;
use crate::subscribe::Subscribe;
use crate::track::{Grant, NO_LAYER, Track, Watch};
use crate::transport::Transport;

/// Without a reason to be quicker, bandwidth is divided each so many ticks; subscribers take turns.
const DIVIDE_TICKS: u64 = 10;

/// Video Slots of one subscriber that are weighed; the allocator pauses what is over it.
const DEMANDS_MAX: usize = 64;

/// Control's priorities (server/rtc/constraints.py) from which on a picture is of a class.
const PRIORITY_SCREEN: u8 = 30;
const PRIORITY_MAIN: u8 = 20;

/// Until a layer has been measured: what browsers send at 180, 360 and 720 lines.
const NOMINAL_BPS: [u32; 4] = [120_000, 500_000, 1_500_000, 3_000_000];

/// A new picture may take this. It is probed for before the first measure is there: else one that turns out to cost more than the Estimate
/// would begin, end and begin again.
const DESIRED_UNKNOWN_BPS: u32 = 3_000_000;

/// A voice that is silent at the moment keeps its share for some seconds: a picture that took it would have to give it back.
const VOICE_SHARE: u32 = 50;

/// A layer that is left and of which even the lowest temporal layer takes more than this part of the Estimate would only lengthen the
/// queue that the key frame of the next one has to wait in.
const ABRUPT_PART: u32 = 2;

const NO_DEMAND: VideoDemand<'static> = VideoDemand {
    slot: 0,
    generation: 0,
    class: VideoClass::Visible,
    priority: 0,
    prefer: Prefer::Motion,
    layer_max: Layer {
        spatial: 0,
        temporal: 0,
    },
    layers: &[],
};

impl Room {
    /// One tick of one subscriber: the Estimate goes on, and is divided if it is time or something changed.
    pub fn adapt(&mut self, at: u32, count: u64, cx: &mut Cx<'_>) {
        let Some(transport) = self.transports.get_mut(at) else {
            return;
        };
        let can_send = transport.can_send();
        let has_transport_cc = transport.spec.extensions.transport_cc.is_some();
        let Some(subscribe) = transport.subscribe().filter(|_| can_send) else {
            return;
        };
        let can_pad = subscribe.can_pad();
        let downlink = &mut subscribe.downlink;
        if cx.config.adapts && downlink.tick(has_transport_cc, can_pad, cx.now) {
            cx.counters.probes += 1;
            self.probe_due = self.probe_due.min(cx.now);
        }
        let regular = (count + u64::from(at)).is_multiple_of(DIVIDE_TICKS);
        if regular {
            downlink.settle_repairs();
        }
        let estimate_bps = downlink.estimate.bps;
        let allocation = &downlink.allocation;
        let is_too_much = estimate_bps < allocation.audio_bps.saturating_add(allocation.video_bps);
        if !(regular || is_too_much || downlink.dirty) {
            return;
        }
        let measured = cx.config.adapts && downlink.is_measured(has_transport_cc);
        downlink.dirty = false;
        self.divide(at, measured.then_some(estimate_bps), cx);
    }

    /// Divide the Estimate among the Slots of one subscriber; without one everybody gets all.
    fn divide(&mut self, at: u32, estimate_bps: Option<u32>, cx: &mut Cx<'_>) {
        let Self {
            transports,
            tracks,
            changed,
            ..
        } = self;
        let Some(subscribe) = transports.get_mut(at).and_then(Transport::subscribe) else {
            return;
        };
        if !subscribe.downlink.memory.covers(subscribe.slots.len()) {
            subscribe.downlink.memory = allocate::Memory::new(subscribe.slots.len());
        }
        match estimate_bps {
            Some(estimate_bps) => ask(subscribe, tracks, estimate_bps, cx),
            None => subscribe.downlink.allocation.video.clear(),
        }
        changed.clear();
        let exploring = subscribe.downlink.is_exploring(cx.now);
        for (number, slot) in subscribe.slots.iter().enumerate() {
            let Some((track_at, _)) = slot.watched.filter(|_| slot.spec.kind == Kind::Video) else {
                continue;
            };
            let grants = &subscribe.downlink.allocation.video;
            let grant = grants
                .iter()
                .find(|grant| usize::from(grant.slot) == number);
            let grant = match (estimate_bps, grant.map(|grant| grant.target)) {
                (None, _) => Grant::All,
                (_, Some(Ok(layer))) => Grant::Layer(layer),
                (_, Some(Err(Pause::NoLayer)) | None) => Grant::Lowest,
                (_, Some(Err(Pause::Bandwidth | Pause::AudioOnly))) => Grant::Nothing,
            };
            let Some(track) = tracks.get_mut(track_at) else {
                continue;
            };
            let base_bps = |layer: u8| {
                let layer = track.layers.get(usize::from(layer))?;
                layer.rates.bps(cx.now)?[0]
            };
            let Some(current) = track.watch(at, number).map(|watch| watch.current) else {
                continue;
            };
            // What has begun is not stopped by a first guess.
            let grant = match grant {
                Grant::Nothing if exploring && current != NO_LAYER => Grant::Lowest,
                grant => grant,
            };
            let abrupt = base_bps(current)
                .zip(estimate_bps)
                .is_some_and(|(base, estimate)| base > estimate / ABRUPT_PART);
            if let Some(watch) = track
                .watch_mut(at, number)
                .filter(|watch| watch.grant != grant)
            {
                watch.grant = grant;
                watch.abrupt = abrupt;
                changed.push(track_at);
            }
        }
        let mut changed = std::mem::take(changed);
        changed.sort_unstable();
        changed.dedup();
        for track in changed.drain(..) {
            self.retarget(track, cx);
        }
        self.changed = changed;
    }
}

/// Gather what is asked for, and let the allocator divide.
fn ask(subscribe: &mut Subscribe, tracks: &Slab<Track>, estimate_bps: u32, cx: &mut Cx<'_>) {
    let audio = &mut cx.scratch.audio;
    let layers = &mut cx.scratch.layers;
    audio.clear();
    layers.clear();
    let mut ends = [(0usize, 0usize); DEMANDS_MAX];
    let mut asked = 0;
    let mut all_measured = true;
    for (number, slot) in subscribe.slots.iter_mut().enumerate() {
        let watched = slot.watched.and_then(|(at, _)| tracks.get(at));
        let Some(track) = watched else {
            slot.voice_bps = 0;
            continue;
        };
        if slot.spec.kind == Kind::Audio {
            audio.push(voice(number, slot, track, cx.now));
        } else if asked < DEMANDS_MAX {
            all_measured &= list_layers(track, layers, cx.now);
            ends[asked] = (number, layers.len());
            asked += 1;
        }
    }
    let mut video = [NO_DEMAND; DEMANDS_MAX];
    let mut start = 0;
    for (demand, (number, end)) in video.iter_mut().zip(&ends[..asked]) {
        *demand = picture(*number, &subscribe.slots[*number], &layers[start..*end]);
        start = *end;
    }
    let downlink = &mut subscribe.downlink;
    let input = Input {
        now: cx.now,
        estimate_bps,
        reserved_bps: downlink.repairs_bps(),
        audio,
        video: &video[..asked],
    };
    allocate::allocate(&input, &mut downlink.memory, &mut downlink.allocation);
    let desired_bps = downlink.allocation.desired_bps;
    downlink.set_desired(if all_measured {
        desired_bps
    } else {
        desired_bps.max(DESIRED_UNKNOWN_BPS)
    });
}

fn voice(number: usize, slot: &mut Slot, track: &Track, now: Mono) -> AudioDemand {
    let now_bps = track.layers[0].rates.bps(now).and_then(|rates| rates[0]);
    slot.voice_bps = (slot.voice_bps - slot.voice_bps / VOICE_SHARE).max(now_bps.unwrap_or(0));
    AudioDemand {
        slot: number as u16,
        bps: slot.voice_bps,
        red_bps: 0,
        pinned: !slot.is_loudest(),
        rank: number.min(usize::from(u8::MAX)) as u8,
    }
}

fn picture<'a>(number: usize, slot: &Slot, layers: &'a [LayerRate]) -> VideoDemand<'a> {
    let (generation, priority, layer_max) =
        slot.subscription
            .as_ref()
            .map_or((0, 0, NO_DEMAND.layer_max), |subscription| {
                (
                    subscription.generation,
                    subscription.priority,
                    subscription.layer_max,
                )
            });
    let (class, prefer) = match priority {
        PRIORITY_SCREEN.. => (VideoClass::Screen, Prefer::Detail),
        PRIORITY_MAIN.. => (VideoClass::Main, Prefer::Motion),
        _ => (VideoClass::Visible, Prefer::Motion),
    };
    VideoDemand {
        slot: number as u16,
        generation,
        class,
        priority,
        prefer,
        layer_max,
        layers,
    }
}

/// The layers that flow, with what they cost. What has not been measured yet has its nominal rate and all its frames.
/// Whether all were measured.
fn list_layers(track: &Track, list: &mut Vec<LayerRate>, now: Mono) -> bool {
    let mut all_measured = true;
    for (spatial, layer) in track.layers.iter().enumerate() {
        if !select::flows(&track.layers, spatial, now) {
            continue;
        }
        let mut add = |temporal: usize, bps: u32| {
            list.push(LayerRate {
                layer: Layer {
                    spatial: spatial as u8,
                    temporal: temporal as u8,
                },
                bps,
            });
        };
        match layer.rates.bps(now) {
            Some(rates) => {
                let told = rates.iter().enumerate();
                told.filter_map(|(temporal, bps)| Some((temporal, (*bps)?)))
                    .for_each(|(temporal, bps)| add(temporal, bps));
            }
            None => {
                all_measured = false;
                add(0, NOMINAL_BPS[spatial.min(NOMINAL_BPS.len() - 1)]);
            }
        }
    }
    all_measured
}

/// What flows ends here; the Slot waits for its target's key frame.
pub fn stop(watch: &mut Watch, transports: &mut Slab<Transport>) {
    let subscribe = transports
        .get_mut(watch.transport)
        .and_then(Transport::subscribe);
    if let Some(slot) =
        subscribe.and_then(|subscribe| subscribe.slots.get_mut(usize::from(watch.slot)))
    {
        slot.rewriter.cut();
        watch.previous = NO_LAYER;
        watch.current = NO_LAYER;
    }
}

/// The bandwidth for this picture is gone: it ends here, and the client is told, so that the tile can say so.
pub fn pause(
    watch: &mut Watch,
    transports: &mut Slab<Transport>,
    track: TrackKey,
    cx: &mut Cx<'_>,
) {
    if watch.current != NO_LAYER {
        stop(watch, transports);
    }
    let Some(transport) = transports.get_mut(watch.transport) else {
        return;
    };
    let key = transport.spec.transport;
    let Some(subscribe) = transport.subscribe() else {
        return;
    };
    let Some(slot) = subscribe.slots.get_mut(usize::from(watch.slot)) else {
        return;
    };
    watch.paused = true;
    slot.layer_told = None;
    cx.counters.pauses += 1;
    cx.out.events.push(Event::SubscriptionLayer {
        transport: key,
        slot: slot.spec.slot,
        track,
        layer: None,
    });
}
