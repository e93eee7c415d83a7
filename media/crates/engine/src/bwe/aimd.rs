//! The delay-based rate (draft-ietf-rmcat-gcc-02 section 5.5): up carefully, down to what arrives.
//!
//! Changed from the draft: the link's capacity is remembered as mean and spread of what arrived at over-use (libwebrtc's
//! idea), a deep queue is cut deeper so that it empties, and near the capacity the increase has a floor in proportion to the rate.

use super::Usage;
use crate::api::Mono;

/// Section 5.5: decrease to this share of what arrives.
const BETA: f32 = 0.85;

/// Each 100 ms of standing queue takes this much more off, to empty it: 200 ms at 0.85 would stand for 1.3 s.
const DRAIN_PER_100_MS: f32 = 0.08;
const BETA_MIN: f32 = 0.70;

/// Below this standing delay the queue may be one frame's: what arrives then tells the sources and not the link, so that the
/// decrease is from the rate itself. A link that fell fills its queue further within one feedback message.
const SHALLOW_US: u32 = 50_000;

/// Section 5.5: 8 % a second while far from the known capacity.
const MULTIPLICATIVE_PER_S: f32 = 1.08;

/// Near the capacity: the draft's half packet per response time, but at least and at most this share a second. By itself it needs
/// 20 s to win back one decrease at 3 Mbit/s, and overshoots 300 kbit/s by 13 % a second.
const ADDITIVE_MIN_PER_S: f32 = 0.015;
const ADDITIVE_MAX_PER_S: f32 = 0.04;

/// Section 5.5: without a probe no more than 1.5 times what arrives.
const AHEAD_MAX: f32 = 1.5;
const AHEAD_FREE_BPS: u32 = 10_000;

const PACKET_BITS: f32 = 9_600.0;

/// What arrived when the link was full: mean and normalised variance, smoothed.
#[derive(Clone, Copy, Debug, Default)]
struct Capacity {
    kbps: Option<f32>,
    variance: f32,
}

impl Capacity {
    fn push(&mut self, bps: u32) {
        const SHARE: f32 = 0.05;
        let sample = bps as f32 / 1e3;
        let mean = self
            .kbps
            .map_or(sample, |mean| mean + SHARE * (sample - mean));
        self.kbps = Some(mean);
        let error = mean - sample;
        self.variance =
            ((1.0 - SHARE) * self.variance + SHARE * error * error / mean.max(1.0)).clamp(0.4, 2.5);
    }

    /// Three deviations around the mean, in kbit/s.
    fn range(&self) -> Option<(f32, f32)> {
        let mean = self.kbps?;
        let spread = 3.0 * (self.variance.max(0.4) * mean).sqrt();
        Some((mean - spread, mean + spread))
    }

    /// More arrives than the link could carry: it is another one now.
    fn check_above(&mut self, bps: u32) {
        if self
            .range()
            .is_some_and(|(_, high)| bps as f32 / 1e3 > high)
        {
            *self = Capacity::default();
        }
    }

    /// Full, and less arrives than the link used to carry: the same.
    fn check_below(&mut self, bps: u32) {
        if self
            .range()
            .is_some_and(|(low, _)| (bps as f32) / 1e3 < low)
        {
            *self = Capacity::default();
        }
    }
}

/// What the controller sees at an update.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub usage: Usage,
    /// What arrives, and what the way loses at random counted in.
    pub quick_bps: Option<u32>,
    pub slow_bps: Option<u32>,
    pub standing_us: u32,
    pub rtt_us: u32,
}

pub(super) struct Aimd {
    bps: f32,
    min_bps: f32,
    max_bps: f32,
    holding: bool,
    capacity: Capacity,
    last_update: Mono,
    last_decrease: Option<Mono>,
    /// The queue at that time.
    last_standing_us: u32,
}

impl Aimd {
    pub fn new(start_bps: u32, min_bps: u32, max_bps: u32, now: Mono) -> Aimd {
        Aimd {
            bps: start_bps as f32,
            min_bps: min_bps as f32,
            max_bps: max_bps as f32,
            holding: true,
            capacity: Capacity::default(),
            last_update: now,
            last_decrease: None,
            last_standing_us: 0,
        }
    }

    pub fn bps(&self) -> u32 {
        self.bps as u32
    }

    pub fn last_decrease(&self) -> Option<Mono> {
        self.last_decrease
    }

    /// One step of the draft's state machine; the rate before it, if this was a decrease.
    pub fn update(&mut self, now: Mono, seen: &Seen) -> Option<u32> {
        let passed_s = (now.0.saturating_sub(self.last_update.0).min(1_000_000)) as f32 / 1e6;
        self.last_update = now;
        match seen.usage {
            Usage::Over => self.decrease(now, seen),
            Usage::Under => {
                self.holding = true; // Let the queue empty.
                None
            }
            Usage::Normal if self.holding => {
                self.holding = false;
                None
            }
            Usage::Normal => {
                self.increase(passed_s, seen);
                None
            }
        }
    }

    fn increase(&mut self, passed_s: f32, seen: &Seen) {
        if let Some(slow) = seen.slow_bps {
            self.capacity.check_above(slow);
        }
        let near = self
            .capacity
            .range()
            .is_some_and(|(low, _)| self.bps / 1e3 >= low);
        let step = if near {
            let response_s = 2.0 * (seen.rtt_us as f32 / 1e6 + 0.1);
            let (low, high) = (self.bps * ADDITIVE_MIN_PER_S, self.bps * ADDITIVE_MAX_PER_S);
            (PACKET_BITS / response_s).clamp(low, high) * passed_s
        } else {
            (self.bps * (MULTIPLICATIVE_PER_S.powf(passed_s) - 1.0)).max(1_000.0 * passed_s)
        };
        // No wish to be ahead of what was proven: what is sent is less than what is allowed most of the time here.
        let arrived = seen.slow_bps.unwrap_or(0).max(seen.quick_bps.unwrap_or(0));
        let cap = arrived as f32 * AHEAD_MAX + AHEAD_FREE_BPS as f32;
        if self.bps < cap {
            self.bps = (self.bps + step).min(cap).clamp(self.min_bps, self.max_bps);
        }
    }

    fn decrease(&mut self, now: Mono, seen: &Seen) -> Option<u32> {
        let arrived = seen.quick_bps? as f32;
        // Once per round trip: what is seen sooner was sent before the last decrease. Not in the next one either while the queue
        // shrinks: it is the old one going. Unless the last decrease was far too little.
        let trip_us = u64::from(seen.rtt_us.min(500_000)) + 100_000;
        let since_us = self
            .last_decrease
            .map_or(u64::MAX, |last| now.0.saturating_sub(last.0));
        let going = seen.standing_us <= self.last_standing_us / 5 * 4;
        let too_little = if seen.standing_us < SHALLOW_US {
            0.5
        } else {
            0.75
        };
        if (since_us < trip_us || (since_us < 2 * trip_us && going))
            && arrived > too_little * self.bps
        {
            return None;
        }
        let drain = (seen.standing_us as f32 / 1e5 * DRAIN_PER_100_MS).min(BETA - BETA_MIN);
        let shallow = if seen.standing_us < SHALLOW_US {
            self.bps * BETA
        } else {
            0.0
        };
        let target = (arrived * (BETA - drain)).max(shallow);
        let before = self.bps as u32;
        self.holding = true;
        self.capacity.check_below(arrived as u32);
        self.capacity.push(arrived as u32);
        self.last_decrease = Some(now);
        self.last_standing_us = seen.standing_us;
        if target < self.bps {
            self.bps = target.max(self.min_bps);
        }
        Some(before)
    }

    /// A probe or a limit from elsewhere sets the rate.
    pub fn set(&mut self, bps: u32, now: Mono) {
        self.bps = (bps as f32).clamp(self.min_bps, self.max_bps);
        self.last_update = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(usage: Usage, arrived: u32, standing_us: u32) -> Seen {
        Seen {
            usage,
            quick_bps: Some(arrived),
            slow_bps: Some(arrived),
            standing_us,
            rtt_us: 100_000,
        }
    }

    #[test]
    fn over_use_goes_to_a_share_of_what_arrives_and_deeper_for_a_deep_queue() {
        let mut aimd = Aimd::new(1_000_000, 50_000, 5_000_000, Mono(0));
        assert_eq!(
            aimd.update(Mono(100_000), &seen(Usage::Over, 800_000, 0)),
            Some(1_000_000)
        );
        assert_eq!(aimd.bps(), 850_000, "a shallow queue may be one frame's");
        let mut middle = Aimd::new(1_000_000, 50_000, 5_000_000, Mono(0));
        middle.update(Mono(100_000), &seen(Usage::Over, 800_000, 50_000));
        assert_eq!(middle.bps(), 648_000);
        let mut deep = Aimd::new(1_000_000, 50_000, 5_000_000, Mono(0));
        deep.update(Mono(100_000), &seen(Usage::Over, 800_000, 200_000));
        assert_eq!(deep.bps(), 560_000);
    }

    #[test]
    fn growth_stops_ahead_of_what_arrives() {
        let mut aimd = Aimd::new(300_000, 50_000, 5_000_000, Mono(0));
        for n in 1..1_000u64 {
            aimd.update(Mono(n * 100_000), &seen(Usage::Normal, 400_000, 0));
        }
        assert_eq!(aimd.bps(), 610_000);
    }

    #[test]
    fn one_decrease_per_round_trip() {
        let mut aimd = Aimd::new(1_000_000, 50_000, 5_000_000, Mono(0));
        aimd.update(Mono(100_000), &seen(Usage::Over, 900_000, 0));
        assert_eq!(
            aimd.update(Mono(150_000), &seen(Usage::Over, 600_000, 0)),
            None
        );
        let later = aimd.update(Mono(350_000), &seen(Usage::Over, 600_000, 0));
        assert_eq!(later, None, "the queue is going");
        assert!(
            aimd.update(Mono(600_000), &seen(Usage::Over, 600_000, 0))
                .is_some()
        );
    }
}
