//! The layers of one Track as a ladder: each rung costs more and is worth more than the one below.

use super::{LayerRate, Prefer, VideoDemand};
use crate::api::Layer;

/// Three spatial layers of three temporal ones, and room for a fourth.
pub(super) const RUNGS_MAX: usize = 12;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ladder {
    rungs: [Option<LayerRate>; RUNGS_MAX],
    len: usize,
}

impl Ladder {
    /// What fits the constraints, cheapest first; what costs more without being worth more is left out.
    pub fn of(demand: &VideoDemand<'_>) -> Ladder {
        let mut ladder = Ladder::default();
        let allowed = |rate: &&LayerRate| {
            rate.layer.spatial <= demand.layer_max.spatial
                && rate.layer.temporal <= demand.layer_max.temporal
        };
        for rate in demand.layers.iter().filter(allowed) {
            ladder.insert(*rate, demand.prefer);
        }
        ladder
    }

    fn insert(&mut self, rate: LayerRate, prefer: Prefer) {
        let value = worth(rate.layer, prefer);
        let rungs = &mut self.rungs[..self.len];
        let beaten = rungs
            .iter()
            .flatten()
            .any(|r| r.bps <= rate.bps && worth(r.layer, prefer) >= value);
        if beaten {
            return;
        }
        // What the newcomer beats goes; the rest keeps its order around it.
        let old = self.rungs;
        let mut rest = old
            .iter()
            .flatten()
            .filter(|r| !(r.bps >= rate.bps && worth(r.layer, prefer) <= value))
            .peekable();
        self.rungs = [None; RUNGS_MAX];
        self.len = 0;
        while let Some(rung) = rest.next_if(|r| r.bps < rate.bps) {
            self.put(*rung);
        }
        self.put(rate);
        for rung in rest {
            self.put(*rung);
        }
    }

    fn put(&mut self, rate: LayerRate) {
        if self.len < RUNGS_MAX {
            self.rungs[self.len] = Some(rate);
            self.len += 1;
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn get(&self, rung: usize) -> Option<LayerRate> {
        self.rungs.get(rung).copied().flatten()
    }

    pub fn bps(&self, rung: Option<usize>) -> u32 {
        rung.and_then(|rung| self.get(rung))
            .map_or(0, |rate| rate.bps)
    }

    pub fn top_bps(&self) -> u32 {
        self.bps(self.len.checked_sub(1))
    }

    pub fn position(&self, layer: Layer) -> Option<usize> {
        self.rungs
            .iter()
            .flatten()
            .position(|rate| rate.layer == layer)
    }

    /// Where a slot with this target stands: on its rung, or, if that is gone, on the highest below it.
    pub fn stand(&self, target: Option<Layer>) -> Option<usize> {
        target.and_then(|layer| self.position(layer).or_else(|| self.at_most(layer)))
    }

    fn at_most(&self, layer: Layer) -> Option<usize> {
        (0..self.len)
            .rev()
            .find(|&rung| self.get(rung).is_some_and(|rate| rate.layer <= layer))
    }
}

/// Faces: a spatial layer is worth a bit more than one temporal, so a picture at full rate goes before a larger one at a quarter of it.
fn worth(layer: Layer, prefer: Prefer) -> u32 {
    let (spatial, temporal) = (u32::from(layer.spatial), u32::from(layer.temporal));
    match prefer {
        Prefer::Motion => 4 * spatial + 3 * temporal,
        Prefer::Detail => 8 * spatial + temporal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::VideoClass;

    fn ladder(prefer: Prefer, rates: &[(u8, u8, u32)]) -> Vec<(u8, u8)> {
        let layers: Vec<LayerRate> = rates
            .iter()
            .map(|&(spatial, temporal, bps)| LayerRate {
                layer: Layer { spatial, temporal },
                bps,
            })
            .collect();
        let layer_max = Layer {
            spatial: 2,
            temporal: 2,
        };
        let demand = VideoDemand {
            slot: 0,
            generation: 0,
            class: VideoClass::Main,
            priority: 0,
            prefer,
            layer_max,
            layers: &layers,
        };
        let ladder = Ladder::of(&demand);
        (0..ladder.len())
            .filter_map(|n| ladder.get(n))
            .map(|r| (r.layer.spatial, r.layer.temporal))
            .collect()
    }

    const RATES: [(u8, u8, u32); 9] = [
        (2, 2, 1_500),
        (0, 0, 60),
        (0, 1, 100),
        (0, 2, 150),
        (1, 0, 200),
        (1, 1, 330),
        (1, 2, 500),
        (2, 0, 600),
        (2, 1, 1_000),
    ];

    #[test]
    fn faces_climb_by_motion_and_text_by_detail() {
        assert_eq!(
            ladder(Prefer::Motion, &RATES),
            [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]
        );
        let detail = ladder(Prefer::Detail, &RATES);
        assert_eq!(
            detail,
            [
                (0, 0),
                (0, 1),
                (0, 2),
                (1, 0),
                (1, 1),
                (1, 2),
                (2, 0),
                (2, 1),
                (2, 2)
            ]
        );
    }

    #[test]
    fn what_costs_more_and_is_worth_less_is_left_out() {
        assert_eq!(
            ladder(Prefer::Detail, &[(0, 2, 300), (1, 0, 200), (1, 0, 250)]),
            [(1, 0)]
        );
    }
}
