//! A published Track and its layers: what arrives, what is kept of it, and who watches.

use wire::Ssrc;

use crate::api::{Kind, Layer, Mono, TrackKey, TrackSpec};
use crate::arrivals::Arrivals;
use crate::cache::Cache;
use crate::keyframes::Keyframes;
use crate::nacks::Nacks;
use crate::timeline::Timeline;
use crate::voice::Voice;

/// No layer, in the compact form that the loop over watches reads.
pub const NO_LAYER: u8 = u8::MAX;
/// Layers of one Track. Browsers send three at most.
pub const LAYERS_MAX: usize = 4;
/// Audio is repaired by Opus' own means; few packets are kept, for the switch of a slot.
const AUDIO_CACHE_PACKETS: usize = 64;
/// Told as inactive after this silence (the link's contract says 2 s).
const SILENT_US: u64 = 2_000_000;
/// A layer that says nothing for so long, while a lower one goes on, is not waited for. A still screen is repeated each second.
const STALLED_US: u64 = 1_000_000;

/// One quality of a Track.
#[derive(Debug)]
pub struct LayerStream {
    pub ssrc: Option<Ssrc>,
    pub rtx_ssrc: Option<Ssrc>,
    pub arrivals: Arrivals,
    pub nacks: Nacks,
    pub keyframes: Keyframes,
    pub timeline: Timeline,
    pub cache: Cache,
    /// Counts beginnings: a new SSRC, an unmuting. A Slot's stretch holds for one of them.
    pub epoch: u32,
    /// Numbers below this are from before the last beginning: stragglers of what was muted, which nobody may get.
    pub since: u64,
    pub last_packet: Option<Mono>,
    pub live: bool,
    /// Somebody watches it or waits for it.
    pub watched: bool,
    clock_rate_hz: u32,
}

impl LayerStream {
    fn new(spec: &TrackSpec, cache_packets_max: usize) -> Self {
        let clock_rate_hz = spec.codec.clock_rate_hz.max(1);
        let packets_max = if spec.kind == Kind::Audio {
            AUDIO_CACHE_PACKETS
        } else {
            cache_packets_max
        };
        Self {
            ssrc: None,
            rtx_ssrc: None,
            arrivals: Arrivals::new(clock_rate_hz),
            nacks: Nacks::default(),
            keyframes: Keyframes::default(),
            timeline: Timeline::new(clock_rate_hz),
            cache: Cache::new(packets_max),
            epoch: 0,
            since: 0,
            last_packet: None,
            live: false,
            watched: false,
            clock_rate_hz,
        }
    }

    /// The source goes on under another SSRC: numbers and times begin anew.
    pub fn begin(&mut self, ssrc: Ssrc) {
        let is_first = self.ssrc.is_none();
        self.ssrc = Some(ssrc);
        if !is_first {
            self.arrivals = Arrivals::new(self.clock_rate_hz);
            self.timeline = Timeline::new(self.clock_rate_hz);
            self.restart();
        }
    }

    /// What was collected does not continue: whoever watches needs a key frame.
    pub fn restart(&mut self) {
        self.epoch += 1;
        self.since = self.arrivals.highest().map_or(0, |highest| highest.0 + 1);
        self.nacks.clear();
        self.cache.clear();
        self.keyframes.want();
    }

    /// Packets flow, as far as choosing a layer goes.
    pub fn flows(&self, now: Mono) -> bool {
        self.live
            && self
                .last_packet
                .is_some_and(|last| now.0 - last.0 < STALLED_US)
    }
}

/// A Slot that shows, or waits for, a layer of this Track. The loop over watches is the engine's innermost: it is compact, and
/// says without a look elsewhere whether a packet concerns the Slot.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    pub transport: u32,
    pub slot: u16,
    /// What flows now.
    pub current: u8,
    /// What flowed before the last switch: its stragglers can still fill holes.
    pub previous: u8,
    /// What should flow; a switch waits for its key frame.
    pub target: u8,
    pub layer_max: Layer,
}

#[derive(Debug)]
pub struct Track {
    pub spec: TrackSpec,
    /// The publish Transport's index in the Room.
    pub publisher: u32,
    pub layers: Vec<LayerStream>,
    pub watches: Vec<Watch>,
    pub voice: Voice,
}

impl Track {
    pub fn new(spec: TrackSpec, publisher: u32, cache_packets_max: usize) -> Self {
        let count = spec.rids.len().clamp(1, LAYERS_MAX);
        let layers = (0..count)
            .map(|_| LayerStream::new(&spec, cache_packets_max))
            .collect();
        Self {
            spec,
            publisher,
            layers,
            watches: Vec::new(),
            voice: Voice::default(),
        }
    }

    pub fn key(&self) -> TrackKey {
        self.spec.track
    }

    pub fn is_video(&self) -> bool {
        self.spec.kind == Kind::Video
    }

    /// The layer that this rid names.
    pub fn layer_of_rid(&self, rid: &str) -> Option<u8> {
        self.spec
            .rids
            .iter()
            .take(LAYERS_MAX)
            .position(|known| known == rid)
            .map(|at| at as u8)
    }

    /// Find again who is watched, after watches changed.
    pub fn recount_watched(&mut self) {
        for (at, layer) in self.layers.iter_mut().enumerate() {
            layer.watched = self
                .watches
                .iter()
                .any(|watch| usize::from(watch.current) == at || usize::from(watch.target) == at);
            if !layer.watched {
                layer.keyframes.forget();
                layer.nacks.clear();
            }
        }
    }

    /// Layers that have fallen silent since the last look.
    pub fn newly_silent(&mut self, now: Mono) -> impl Iterator<Item = u8> {
        self.layers
            .iter_mut()
            .enumerate()
            .filter_map(move |(at, layer)| {
                let silent = layer.live
                    && layer
                        .last_packet
                        .is_some_and(|last| now.0 - last.0 >= SILENT_US);
                layer.live &= !silent;
                silent.then_some(at as u8)
            })
    }
}
