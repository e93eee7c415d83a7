//! A probe on its way out: how much of the plan has left, and how large the next padding is.

use crate::api::Mono;
use crate::bwe::ProbePlan;

/// Largest padding packet asked for: as a full media packet. Smallest: less tells nothing.
const PADDING_MAX: u32 = 1_200;
const PADDING_MIN: u32 = 100;

pub(super) struct Probe {
    pub plan: ProbePlan,
    pub began: Mono,
    pub bytes: u32,
    pub packets: u32,
    /// Bytes sent ahead of the plan's rate.
    pub ahead: f32,
}

impl Probe {
    pub fn new(plan: ProbePlan, now: Mono) -> Probe {
        Probe {
            plan,
            began: now,
            bytes: 0,
            packets: 0,
            ahead: 0.0,
        }
    }

    pub fn done(&self) -> bool {
        self.bytes >= self.plan.bytes_min && self.packets >= self.plan.packets_min
    }

    /// Small packets at low rates: five full ones at 300 kbit/s would fill a queue for 160 ms.
    pub fn padding(&self) -> u16 {
        let packets = self.plan.packets_min.saturating_sub(self.packets).max(1);
        let bytes = self
            .plan
            .bytes_min
            .saturating_sub(self.bytes)
            .div_ceil(packets);
        bytes.clamp(PADDING_MIN, PADDING_MAX) as u16
    }
}
