//! What one allocation must know of those before it.

use super::audio::AudioMemory;
use super::ladder::Ladder;
use super::{AUDIO_ONLY_BELOW_BPS, AUDIO_ONLY_HOLD_US, AUDIO_ONLY_UNTIL_BPS};
use crate::api::{Layer, Mono};

/// After a step down a slot stays this long; after a step up, or without any picture, a shorter time.
const HOLD_AFTER_DOWN_US: u64 = 2_000_000;
const HOLD_SHORT_US: u64 = 500_000;

/// A step up that does not last this long has failed.
const TRIAL_US: u64 = 10_000_000;

/// The same step is not tried again for this long; twice as long after each failure.
const BACK_OFF_FIRST_US: u64 = 4_000_000;
const BACK_OFF_MAX_US: u64 = 60_000_000;

/// Unless the Estimate is by this share above what it was at the try: then it is another network.
const BACK_OFF_VOID_PERCENT: u64 = 150;

/// Of one video slot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SlotMemory {
    generation: Option<u32>,
    pub target: Option<Layer>,
    changed: Option<(Mono, bool)>,
    /// The last step up: when, to what rate, at what Estimate.
    tried: Option<(Mono, u32, u32)>,
    failures: u32,
    /// Not before this time, not to this rate or more, unless the Estimate is well above this.
    blocked: Option<(Mono, u32, u32)>,
}

impl SlotMemory {
    pub fn begin(&mut self, generation: u32) {
        if self.generation != Some(generation) {
            *self = SlotMemory {
                generation: Some(generation),
                ..SlotMemory::default()
            };
        }
    }

    /// May the slot go up to a layer of this rate now?
    /// `smallest`: the smallest picture of a class that matters.
    pub fn may_rise(&self, now: Mono, bps: u32, estimate_bps: u32, smallest: bool) -> bool {
        let held = self.changed.is_none_or(|(at, up)| {
            now.0.saturating_sub(at.0)
                >= if up || self.target.is_none() {
                    HOLD_SHORT_US
                } else {
                    HOLD_AFTER_DOWN_US
                }
        });
        let blocked = self.blocked.is_some_and(|(until, rate, estimate)| {
            let another =
                u64::from(estimate_bps) * 100 >= u64::from(estimate) * BACK_OFF_VOID_PERCENT;
            let until = match self.changed {
                Some((at, _)) if smallest => until.min(Mono(at.0 + BACK_OFF_FIRST_US)),
                _ => until,
            };
            now < until && bps >= rate && !another
        });
        held && !blocked
    }

    pub fn rose(&mut self, now: Mono, to: Layer, bps: u32, estimate_bps: u32) {
        if self
            .tried
            .is_some_and(|(at, _, _)| now.0.saturating_sub(at.0) >= TRIAL_US)
        {
            self.failures = 0; // The last one lasted.
        }
        self.tried = Some((now, bps, estimate_bps));
        self.target = Some(to);
        self.changed = Some((now, true));
    }

    /// `forced`: for want of bandwidth, not because the layer went away or is not asked for any more.
    pub fn fell(&mut self, now: Mono, to: Option<Layer>, forced: bool) {
        if let Some((at, bps, estimate)) = self.tried.take_if(|_| forced)
            && now.0.saturating_sub(at.0) < TRIAL_US
        {
            self.failures += 1;
            let back_off = (BACK_OFF_FIRST_US << (self.failures - 1).min(8)).min(BACK_OFF_MAX_US);
            self.blocked = Some((Mono(now.0 + back_off), bps, estimate));
        }
        self.target = to;
        self.changed = Some((now, false));
    }
}

/// Small, per subscribe transport; begins empty.
#[derive(Clone, Debug)]
pub struct Memory {
    pub(super) slots: Vec<SlotMemory>,
    pub(super) audio: AudioMemory,
    audio_only_since: Option<Mono>,
    // Room to work in, kept so that a call does not allocate.
    pub(super) ladders: Vec<Ladder>,
    pub(super) order: Vec<u16>,
}

impl Memory {
    /// `slots`: video slots are numbered below this; others get nothing.
    pub fn new(slots: usize) -> Memory {
        Memory {
            slots: vec![SlotMemory::default(); slots],
            audio: AudioMemory::default(),
            audio_only_since: None,
            ladders: Vec::with_capacity(slots),
            order: Vec::with_capacity(slots),
        }
    }

    pub(super) fn audio_only(&mut self, now: Mono, estimate_bps: u32) -> bool {
        match self.audio_only_since {
            None if estimate_bps < AUDIO_ONLY_BELOW_BPS => self.audio_only_since = Some(now),
            Some(since)
                if estimate_bps >= AUDIO_ONLY_UNTIL_BPS
                    && now.0.saturating_sub(since.0) >= AUDIO_ONLY_HOLD_US =>
            {
                self.audio_only_since = None;
            }
            _ => {}
        }
        self.audio_only_since.is_some()
    }
}
