//! Audio is served first, whole. When even that is too much: RED goes first, from the least important voice; then voices go.
//! The instructor stays, then the loudest.

use super::{Allocation, AudioDemand, AudioGrant, Input, with_margin};
use crate::api::Mono;

/// What was cut stays cut for this long at least.
const HOLD_US: u64 = 2_000_000;

/// Most audio slots that are weighed; one over it is not sent. A transport has six.
pub const AUDIO_SLOTS_MAX: usize = 32;

/// How far the cuts go. 0: nothing is cut. With n voices 1..=n: that many without RED. n+1..=2n-1: that many more without sound.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AudioMemory {
    cuts: usize,
    cut_at: Option<Mono>,
}

pub(super) fn divide(input: &Input<'_>, memory: &mut AudioMemory, out: &mut Allocation) {
    let mut order = [0u8; AUDIO_SLOTS_MAX];
    let count = input.audio.len().min(AUDIO_SLOTS_MAX);
    for (n, place) in order[..count].iter_mut().enumerate() {
        *place = n as u8;
    }
    let order = &mut order[..count];
    sort(order, input.audio);
    let cuts = choose(input, memory, order);
    out.audio.extend(input.audio.iter().map(|a| AudioGrant {
        slot: a.slot,
        keep: false,
        red: false,
    }));
    out.audio_bps = 0;
    for (place, &index) in order.iter().enumerate() {
        let demand = &input.audio[usize::from(index)];
        let (keep, red) = fate(place, count, cuts);
        out.audio[usize::from(index)] = AudioGrant {
            slot: demand.slot,
            keep,
            red: red && demand.red_bps > 0,
        };
        out.audio_bps = out.audio_bps.saturating_add(cost(demand, keep, red));
    }
}

/// First pinned (the instructor), then the loudest of the rest, then what else is pinned, then by loudness.
fn sort(order: &mut [u8], audio: &[AudioDemand]) {
    let of = |index: &u8| &audio[usize::from(*index)];
    let instructor = order
        .iter()
        .map(of)
        .filter(|a| a.pinned)
        .map(|a| a.slot)
        .min();
    let loudest = order
        .iter()
        .map(of)
        .filter(|a| !a.pinned)
        .min_by_key(|a| (a.rank, a.slot))
        .map(|a| a.slot);
    order.sort_unstable_by_key(|index| {
        let a = of(index);
        let place = match a {
            a if a.pinned && Some(a.slot) == instructor => 0,
            a if !a.pinned && Some(a.slot) == loudest => 1,
            a if a.pinned => 2,
            _ => 3,
        };
        (place, a.rank, a.slot)
    });
}

/// At this many cuts: is the voice at this place kept, and with RED?
fn fate(place: usize, count: usize, cuts: usize) -> (bool, bool) {
    let red_lost = cuts.min(count);
    let voices_lost = cuts.saturating_sub(count);
    (place < count - voices_lost, place < count - red_lost)
}

fn cost(demand: &AudioDemand, keep: bool, red: bool) -> u32 {
    match (keep, red) {
        (true, true) => demand.bps.saturating_add(demand.red_bps),
        (true, false) => demand.bps,
        (false, _) => 0,
    }
}

/// The fewest cuts that fit; fewer than before only with the margin, and not at once.
fn choose(input: &Input<'_>, memory: &mut AudioMemory, order: &[u8]) -> usize {
    let count = order.len();
    if count == 0 {
        return 0;
    }
    let most = 2 * count - 1; // One voice stays.
    let total = |cuts: usize| -> u64 {
        order
            .iter()
            .enumerate()
            .map(|(place, &index)| {
                let (keep, red) = fate(place, count, cuts);
                u64::from(cost(&input.audio[usize::from(index)], keep, red))
            })
            .sum()
    };
    let before = memory.cuts.min(most);
    let held = memory
        .cut_at
        .is_none_or(|at| input.now.0.saturating_sub(at.0) >= HOLD_US);
    let fits = |cuts: usize| {
        if cuts < before {
            held && with_margin(total(cuts)) <= input.estimate_bps.into()
        } else {
            total(cuts) <= input.estimate_bps.into()
        }
    };
    let cuts = (0..=most).find(|&cuts| fits(cuts)).unwrap_or(most);
    if cuts > before {
        memory.cut_at = Some(input.now);
    }
    memory.cuts = cuts;
    cuts
}
