//! The loss-based limit (draft-ietf-rmcat-gcc-02 section 6), with tolerance for links that lose at random.
//!
//! Changed from the draft: it holds above 2 % and cuts above 10 % whatever the cause, so a classroom on lossy Wi-Fi would never
//! grow. Loss that comes from sending too much falls when the rate falls; loss of the radio does not. So a floor of random loss
//! is kept, only what is above it by more than chance and the draft's 2 % counts, and every cut is an experiment: if
//! the loss did not fall with the rate, the loss is the radio's, the floor learns it and the cut is taken back.

use crate::api::Mono;

/// A window closes after this time, when it holds enough packets.
const WINDOW_US: u64 = 200_000;
const WINDOW_PACKETS_MIN: u32 = 20;

/// Windows in a verdict: 1 s at usual rates.
const WINDOWS: usize = 5;

/// Section 6: no reaction at 2 % and below.
const LOSS_MIN: f32 = 0.02;

/// Deviations above the floor that chance is allowed.
const DEVIATIONS: f32 = 2.0;

/// The floor's share of each quiet window's loss, upwards and downwards: time constants of 5 s and 1.3 s. Slow upwards, or it
/// would follow a rate that grows past what the link carries.
const FLOOR_UP: f32 = 0.04;
const FLOOR_DOWN: f32 = 0.15;

/// No more than this is believed to be the radio.
const FLOOR_MAX: f32 = 0.20;

/// Above this excess what arrives tells the rate (a policer or a full queue without delay).
const EXCESS_HEAVY: f32 = 0.20;

/// Less than this share of the rate arrives: not the link but the sources limit it, and what arrives does not tell the link.
const LINK_LIMITED_SHARE: f32 = 0.7;
const LINK_LIMITED_CAUTION: f32 = 0.97;

/// A cut acts on what arrives after a round trip and the time in which layers change; then the experiment's second half is
/// counted for this long.
const TRIAL_SETTLE_US: u64 = 400_000;
const TRIAL_US: u64 = 1_000_000;

/// Section 5.5's increase, for the limit itself.
const GROWTH_PER_S: f32 = 1.08;

/// A limit this far above the delay-based rate is no limit.
const FORGET_ABOVE: f32 = 1.5;

#[derive(Clone, Copy, Default)]
struct Window {
    told: u32,
    lost: u32,
}

/// What else is known when a feedback message was taken in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// The delay detector sees over-use, or a queue stands.
    pub queue: bool,
    pub arrived_bps: Option<u32>,
    pub rtt_us: u32,
    /// The rate in force.
    pub current_bps: u32,
    /// The delay-based rate alone.
    pub delay_bps: u32,
}

/// A cut under way to be judged.
#[derive(Clone, Copy)]
struct Trial {
    counts_from: Mono,
    /// The loss that led to the cut, and its part above the floor.
    share: f32,
    excess: f32,
    limit_before: Option<f32>,
    counting: bool,
}

#[derive(Default)]
pub(super) struct LossLimit {
    open: Window,
    opened: Option<Mono>,
    closed: [Window; WINDOWS],
    next: usize,
    floor: f32,
    limit_bps: Option<f32>,
    trial: Option<Trial>,
    last_growth: Option<Mono>,
}

impl LossLimit {
    /// One packet's fate. Probes are not told here: what they lose, they risked.
    pub fn note(&mut self, lost: bool) {
        self.open.told += 1;
        self.open.lost += u32::from(lost);
    }

    /// A packet told as lost did arrive.
    pub fn forgive(&mut self) {
        self.open.lost = self.open.lost.saturating_sub(1);
    }

    pub fn limit_bps(&self) -> Option<u32> {
        self.limit_bps.map(|bps| bps as u32)
    }

    /// Loss that is taken for the radio's.
    pub fn floor(&self) -> f32 {
        self.floor
    }

    /// Share lost over about the last second.
    pub fn share(&self) -> f32 {
        let sum = self.sum();
        if sum.told == 0 {
            0.0
        } else {
            sum.lost as f32 / sum.told as f32
        }
    }

    fn sum(&self) -> Window {
        self.closed.iter().fold(Window::default(), |sum, w| Window {
            told: sum.told + w.told,
            lost: sum.lost + w.lost,
        })
    }

    /// A probe proved more.
    pub fn raise(&mut self, bps: u32) {
        if let Some(limit) = &mut self.limit_bps {
            *limit = limit.max(bps as f32);
        }
    }

    /// After each feedback message.
    pub fn update(&mut self, now: Mono, around: &Surroundings) {
        let opened = *self.opened.get_or_insert(now);
        self.grow(now, around);
        if now.0 - opened.0 < WINDOW_US || self.open.told < WINDOW_PACKETS_MIN {
            return;
        }
        let window = std::mem::take(&mut self.open);
        self.opened = Some(now);
        self.closed[self.next] = window;
        self.next = (self.next + 1) % WINDOWS;
        if self.trial.is_some() {
            self.try_out(now);
        } else {
            self.learn(window, around);
        }
        self.judge(now, around);
    }

    fn learn(&mut self, window: Window, around: &Surroundings) {
        if !around.queue {
            let share = window.lost as f32 / window.told as f32;
            let pace = if share > self.floor {
                FLOOR_UP
            } else {
                FLOOR_DOWN
            };
            self.floor = (self.floor + pace * (share - self.floor)).min(FLOOR_MAX);
        }
    }

    /// Did the cut help?
    fn try_out(&mut self, now: Mono) {
        let Some(trial) = &mut self.trial else { return };
        if now < trial.counts_from {
            return;
        }
        if !trial.counting {
            trial.counting = true;
            self.closed = [Window::default(); WINDOWS];
            return;
        }
        if now.0 - trial.counts_from.0 < TRIAL_US {
            return;
        }
        let trial = *trial;
        self.trial = None;
        let after = self.share();
        if after < trial.share - 0.5 * trial.excess {
            self.floor = self.floor.min(after);
        } else {
            self.floor = after.min(FLOOR_MAX);
            self.limit_bps = trial.limit_before;
        }
    }

    fn judge(&mut self, now: Mono, around: &Surroundings) {
        let told = self.sum().told.max(1) as f32;
        let share = self.share();
        let expected = share.max(self.floor).min(0.5);
        let chance = DEVIATIONS * (expected * (1.0 - expected) / told).sqrt();
        let excess = share - self.floor;
        let heavy = excess > EXCESS_HEAVY;
        // While one cut is judged only a disaster brings the next.
        let waiting = self
            .trial
            .is_some_and(|trial| !heavy || now < trial.counts_from);
        if excess <= LOSS_MIN + chance || waiting {
            return;
        }
        let current = around.current_bps as f32;
        let mut target = current * (1.0 - 0.5 * excess); // Section 6, with the excess for the loss.
        if let Some(arrived) = around.arrived_bps.map(|bps| bps as f32)
            && (heavy || arrived > current * LINK_LIMITED_SHARE)
        {
            target = target.min(arrived / (1.0 - self.floor) * LINK_LIMITED_CAUTION);
        }
        self.trial = Some(Trial {
            counts_from: Mono(now.0 + u64::from(around.rtt_us) + TRIAL_SETTLE_US),
            share,
            excess,
            limit_before: self.limit_bps,
            counting: false,
        });
        self.limit_bps = Some(target);
        self.last_growth = Some(now);
        self.closed = [Window::default(); WINDOWS]; // One loss is answered once.
    }

    fn grow(&mut self, now: Mono, around: &Surroundings) {
        let Some(limit) = &mut self.limit_bps else {
            return;
        };
        let passed_us = self
            .last_growth
            .map_or(0, |last| now.0 - last.0)
            .min(1_000_000);
        self.last_growth = Some(now);
        if self.trial.is_some() {
            return;
        }
        *limit *= GROWTH_PER_S.powf(passed_us as f32 / 1e6);
        if *limit > around.delay_bps as f32 * FORGET_ABOVE {
            self.limit_bps = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 300 packets a second through `carries` bit/s, told every 100 ms; every `radio`-th is lost whatever the rate.
    fn run(loss: &mut LossLimit, seconds: u64, radio: u32, carries: u32, from_s: u64) -> u32 {
        let (mut count, mut debt) = (0u32, 0.0);
        let mut current = loss.limit_bps().unwrap_or(3_000_000);
        for step in 0..seconds * 10 {
            let now = Mono((from_s * 10 + step) * 100_000);
            for _ in 0..30 {
                count += 1;
                debt += (1.0 - carries as f32 / current as f32).max(0.0);
                let policed = debt >= 1.0;
                if policed {
                    debt -= 1.0;
                }
                loss.note(policed || (radio > 0 && count.is_multiple_of(radio)));
            }
            let around = Surroundings {
                queue: false,
                arrived_bps: Some(current.min(carries)),
                rtt_us: 50_000,
                current_bps: current,
                delay_bps: 3_000_000,
            };
            loss.update(now, &around);
            current = loss.limit_bps().unwrap_or(3_000_000).min(3_000_000);
        }
        current
    }

    #[test]
    fn ten_percent_at_random_does_not_collapse_the_rate() {
        let mut loss = LossLimit::default();
        assert!(run(&mut loss, 20, 10, 10_000_000, 0) > 2_500_000);
        assert!((0.07..0.13).contains(&loss.floor()), "{}", loss.floor());
    }

    #[test]
    fn a_policer_without_a_queue_is_found() {
        let mut loss = LossLimit::default();
        let rate = run(&mut loss, 20, 0, 1_000_000, 0);
        assert!((800_000..1_200_000).contains(&rate), "{rate}");
    }

    #[test]
    fn the_limit_goes_when_the_loss_does() {
        let mut loss = LossLimit::default();
        run(&mut loss, 10, 0, 500_000, 0);
        run(&mut loss, 40, 0, 10_000_000, 10);
        assert_eq!(loss.limit_bps(), None);
    }
}
