//! A publisher's picture in three spatial and three temporal layers, as it reaches the server.

use super::Random;
use engine::allocate::{LayerRate, Prefer, VideoClass};
use engine::api::Layer;
use engine::pacer::FrameKind;

/// Share of the rate up to each temporal layer.
const TEMPORAL: [f64; 3] = [0.45, 0.65, 1.0];
const FPS: u64 = 25;
const KEY_FACTOR: f64 = 8.0;

/// A key frame of another layer is there this long after it was asked for.
const KEY_WAIT_US: u64 = 100_000;

#[derive(Clone, Debug)]
pub struct SourceSpec {
    pub class: VideoClass,
    pub prefer: Prefer,
    /// On the wire, at full frame rate.
    pub bps: [u32; 3],
}

pub struct Source {
    pub spec: SourceSpec,
    pub rates: Vec<LayerRate>,
    pub target: Option<Layer>,
    pub current: Option<Layer>,
    asked: Option<u64>,
    count: u64,
    phase_us: u64,
    /// Last frame that was sent, for the longest freeze.
    pub last_frame_us: u64,
}

/// What a frame is made of.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub bytes: u32,
    pub kind: FrameKind,
    pub number: u32,
}

impl Source {
    pub fn new(spec: SourceSpec, slot: u16) -> Source {
        let mut rates = Vec::new();
        for (spatial, bps) in spec.bps.iter().enumerate().filter(|(_, bps)| **bps > 0) {
            for (temporal, share) in TEMPORAL.iter().enumerate() {
                let layer = Layer {
                    spatial: spatial as u8,
                    temporal: temporal as u8,
                };
                rates.push(LayerRate {
                    layer,
                    bps: (f64::from(*bps) * share) as u32,
                });
            }
        }
        let phase_us = u64::from(slot) * 7_000 % (1_000_000 / FPS);
        Source {
            spec,
            rates,
            target: None,
            current: None,
            asked: None,
            count: 0,
            phase_us,
            last_frame_us: 0,
        }
    }

    /// A decoder or the pacer lost the thread.
    pub fn ask_key(&mut self, now_us: u64) {
        self.asked.get_or_insert(now_us);
    }

    /// The frame that falls into this millisecond, if one is to be sent.
    pub fn frame(&mut self, now_us: u64, random: &mut Random) -> Option<Frame> {
        let period_us = 1_000_000 / FPS;
        if now_us < self.phase_us || !(now_us - self.phase_us).is_multiple_of(period_us) {
            return None;
        }
        self.count += 1;
        let Some(target) = self.target else {
            (self.current, self.asked) = (None, None);
            return None;
        };
        if self.current.map(|layer| layer.spatial) != Some(target.spatial) {
            self.ask_key(now_us);
        }
        if self.asked.is_some_and(|at| now_us - at >= KEY_WAIT_US) {
            self.asked = None;
            self.current = Some(target);
            self.count = 0;
            return Some(self.make(target.spatial, KEY_FACTOR, FrameKind::Key, random));
        }
        let current = self.current?;
        // Going down: until the lower layer's key frame is there, as little of the higher one as possible.
        let temporal = if current.spatial > target.spatial {
            0
        } else {
            target.temporal
        };
        let (belongs, factor, kind) = match self.count % 4 {
            0 => (0, TEMPORAL[0] * 4.0, FrameKind::Delta),
            2 => (1, (TEMPORAL[1] - TEMPORAL[0]) * 4.0, FrameKind::Delta),
            _ => (2, (1.0 - TEMPORAL[1]) * 2.0, FrameKind::Discardable),
        };
        (belongs <= temporal).then(|| self.make(current.spatial, factor, kind, random))
    }

    fn make(&mut self, spatial: u8, factor: f64, kind: FrameKind, random: &mut Random) -> Frame {
        let mean = f64::from(self.spec.bps[usize::from(spatial)]) / 8.0 / FPS as f64;
        let bytes = mean * factor * (0.8 + 0.4 * random.share());
        Frame {
            bytes: bytes as u32,
            kind,
            number: random.next() as u32,
        }
    }
}
