//! Pictures share what audio leaves: whole layers, by class.

use super::ladder::Ladder;
use super::{Allocation, Input, Memory, Pause, VideoClass, VideoGrant, with_margin};

/// One division under way.
struct Division<'a> {
    input: &'a Input<'a>,
    memory: &'a mut Memory,
    /// By demand: the rung taken so far.
    taken: [Option<u8>; DEMANDS_MAX],
    left_bps: u32,
}

/// Most video slots that are weighed; one over it is paused. A desktop has 25.
pub const DEMANDS_MAX: usize = 64;

pub(super) fn divide(
    input: &Input<'_>,
    budget_bps: u32,
    memory: &mut Memory,
    out: &mut Allocation,
) {
    let count = input.video.len().min(DEMANDS_MAX);
    memory.ladders.clear();
    memory.order.clear();
    for demand in &input.video[..count] {
        let known = memory.slots.get_mut(usize::from(demand.slot));
        memory.ladders.push(if known.is_some() {
            Ladder::of(demand)
        } else {
            Ladder::default()
        });
        if let Some(slot) = known {
            slot.begin(demand.generation);
        }
        memory.order.push(memory.order.len() as u16);
    }
    memory.order.sort_unstable_by_key(|&n| {
        let demand = &input.video[usize::from(n)];
        (demand.class, u8::MAX - demand.priority, demand.slot)
    });
    let mut division = Division {
        input,
        memory,
        taken: [None; DEMANDS_MAX],
        left_bps: budget_bps,
    };
    division.serve();
    division.settle(out);
}

impl Division<'_> {
    /// A small picture of each that matters; then these up to their best, in order; then the others, evenly.
    fn serve(&mut self) {
        let count = self.memory.order.len();
        let essential = |division: &Division<'_>, place: usize| {
            let demand = &division.input.video[usize::from(division.memory.order[place])];
            demand.class != VideoClass::Visible
        };
        let firsts = (0..count)
            .take_while(|&place| essential(self, place))
            .count();
        for place in 0..firsts {
            self.rise(place, 0);
        }
        self.left_bps = self.left_bps.saturating_sub(self.input.reserved_bps);
        for place in 0..firsts {
            for rung in 1..self.rungs(place) {
                self.rise(place, rung);
            }
        }
        let tallest = (firsts..count)
            .map(|place| self.rungs(place))
            .max()
            .unwrap_or(0);
        for rung in 0..tallest {
            for place in firsts..count {
                self.rise(place, rung);
            }
        }
    }

    fn rungs(&self, place: usize) -> usize {
        self.memory.ladders[usize::from(self.memory.order[place])].len()
    }

    /// Take a rung if it fits. Rungs that may not be taken now are passed over: a higher one may be where the slot already is.
    fn rise(&mut self, place: usize, rung: usize) {
        let n = usize::from(self.memory.order[place]);
        let ladder = &self.memory.ladders[n];
        let Some(rate) = ladder.get(rung) else { return };
        let demand = &self.input.video[n];
        let Some(slot) = self.memory.slots.get(usize::from(demand.slot)) else {
            return;
        };
        let base = ladder.stand(slot.target);
        let has_bps = ladder.bps(self.taken[n].map(usize::from));
        let up = base.is_none_or(|base| rung > base);
        let needs = if up {
            with_margin(rate.bps.into())
        } else {
            rate.bps.into()
        };
        let fits = needs <= u64::from(has_bps) + u64::from(self.left_bps);
        let (now, estimate) = (self.input.now, self.input.estimate_bps);
        let smallest = rung == 0 && demand.class != VideoClass::Visible;
        if !fits || (up && !slot.may_rise(now, rate.bps, estimate, smallest)) {
            return;
        }
        // The margin is asked for, not taken: others keep what they have.
        self.left_bps -= rate.bps.saturating_sub(has_bps);
        self.taken[n] = Some(rung as u8);
    }

    /// Remember, and tell.
    fn settle(mut self, out: &mut Allocation) {
        out.video_bps = 0;
        for n in 0..self.input.video.len() {
            let demand = &self.input.video[n];
            let grant = match self.memory.ladders.get(n) {
                Some(_) => self.settle_slot(n),
                None => VideoGrant {
                    slot: demand.slot,
                    target: Err(Pause::NoLayer),
                    bps: 0,
                },
            };
            out.video_bps += grant.bps;
            out.video.push(grant);
        }
    }

    fn settle_slot(&mut self, n: usize) -> VideoGrant {
        let (now, estimate) = (self.input.now, self.input.estimate_bps);
        let demand = &self.input.video[n];
        let ladder = self.memory.ladders[n];
        let taken = self.taken[n].and_then(|rung| ladder.get(usize::from(rung)));
        let none = if ladder.len() == 0 {
            Pause::NoLayer
        } else {
            Pause::Bandwidth
        };
        let rung = self.taken[n].map(usize::from);
        if let Some(slot) = self.memory.slots.get_mut(usize::from(demand.slot)) {
            // A layer that is not on the ladder went away or is not asked for any more: no failure of ours.
            let forced = slot
                .target
                .is_some_and(|layer| ladder.position(layer).is_some());
            let base = ladder.stand(slot.target);
            match taken {
                Some(rate) if rung > base => slot.rose(now, rate.layer, rate.bps, estimate),
                _ if rung < base || (rung.is_none() && slot.target.is_some()) => {
                    slot.fell(now, taken.map(|rate| rate.layer), forced);
                }
                _ if !forced => slot.target = taken.map(|rate| rate.layer),
                _ => {}
            }
        }
        VideoGrant {
            slot: demand.slot,
            target: taken.map(|r| r.layer).ok_or(none),
            bps: taken.map_or(0, |r| r.bps),
        }
    }
}
