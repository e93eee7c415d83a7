//! Is the queue growing? A line through the smoothed delays of the last groups, and a threshold that adapts to the network
//! (draft-ietf-rmcat-gcc-02 sections 5.3 and 5.4).
//!
//! Changed from the draft: its Kalman filter is replaced by a least-squares line over the last groups, as libwebrtc does since
//! 2016; the line's slope is what the filter's m(i) was. New here: a verdict of over-use also needs a standing delay that jitter
//! alone does not explain (see [`Detector::push`]).

use super::Usage;
use super::groups::GroupDelta;

/// Groups in the line.
const WINDOW: usize = 20;

/// Share of the old value when the accumulated delay is smoothed.
const SMOOTHING: f32 = 0.9;

/// The slope is compared with the threshold after this gain and times the number of groups (at most `COUNT_MAX`), so that a
/// long history weighs as the draft's offset does.
const GAIN: f32 = 4.0;
const COUNT_MAX: u32 = 60;

/// Section 5.4, table of section 5.6: how fast the threshold follows outwards and inwards, and where it begins.
const K_UP: f32 = 0.0087;
const K_DOWN: f32 = 0.039;
const THRESHOLD_FIRST_MS: f32 = 12.5;
const THRESHOLD_MIN_MS: f32 = 6.0;
const THRESHOLD_MAX_MS: f32 = 600.0;

/// A slope this far above the threshold is a fault or a route change; the threshold does not learn from it.
const SPIKE_MS: f32 = 15.0;

/// Over-use must last this long (section 5.4, overuse_time_th).
const OVERUSE_MS: f32 = 10.0;

/// Below this standing delay there is no queue worth cutting for, whatever its slope.
const STANDING_MIN_US: u32 = 10_000;

/// Sum over the window, in four parts side by side so that the compiler may use vectors: this runs for every group.
fn sum(of: impl Fn(usize) -> f32) -> f32 {
    let mut parts = [0.0f32; 4];
    for base in (0..WINDOW).step_by(4) {
        for (lane, part) in parts.iter_mut().enumerate() {
            *part += of(base + lane);
        }
    }
    parts.iter().sum()
}

/// Least-squares slope over a ring of (time, delay).
pub(super) struct Trendline {
    times: [f32; WINDOW],
    delays: [f32; WINDOW],
    len: usize,
    next: usize,
    groups: u32,
    accumulated_ms: f32,
    smoothed_ms: f32,
    origin_us: i64,
}

impl Trendline {
    pub fn new() -> Trendline {
        Trendline {
            times: [0.0; WINDOW],
            delays: [0.0; WINDOW],
            len: 0,
            next: 0,
            groups: 0,
            accumulated_ms: 0.0,
            smoothed_ms: 0.0,
            origin_us: 0,
        }
    }

    /// Take one delta; the slope (ms of delay per ms) once the window is full.
    pub fn push(&mut self, delta: GroupDelta) -> Option<f32> {
        if self.len == 0 {
            self.origin_us = delta.complete_us;
        }
        self.groups = (self.groups + 1).min(COUNT_MAX);
        self.accumulated_ms += delta.arrived_ms - delta.sent_ms;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.accumulated_ms;
        self.rebase(delta.complete_us);
        self.times[self.next] = (delta.complete_us - self.origin_us) as f32 / 1e3;
        self.delays[self.next] = self.smoothed_ms;
        self.next = (self.next + 1) % WINDOW;
        self.len = (self.len + 1).min(WINDOW);
        if self.len < WINDOW {
            None
        } else {
            self.slope()
        }
    }

    /// Keep the numbers small: an f32 counts milliseconds exactly for hours only, and a sum of differences drifts.
    fn rebase(&mut self, complete_us: i64) {
        const REBASE_US: i64 = 60_000_000;
        let ahead = complete_us - self.origin_us;
        if ahead < REBASE_US {
            return;
        }
        self.origin_us = complete_us;
        let level = self.smoothed_ms;
        for (time, delay) in self.times.iter_mut().zip(&mut self.delays) {
            *time -= ahead as f32 / 1e3;
            *delay -= level;
        }
        self.accumulated_ms -= level;
        self.smoothed_ms = 0.0;
    }

    /// Only of a full window.
    fn slope(&self) -> Option<f32> {
        let mean_x = sum(|n| self.times[n]) / WINDOW as f32;
        let mean_y = sum(|n| self.delays[n]) / WINDOW as f32;
        let over = sum(|n| (self.times[n] - mean_x) * (self.delays[n] - mean_y));
        let under = sum(|n| (self.times[n] - mean_x) * (self.times[n] - mean_x));
        (under > 0.0).then(|| over / under)
    }
}

/// The adaptive threshold around the slope.
pub(super) struct Detector {
    line: Trendline,
    threshold_ms: f32,
    previous_slope: f32,
    over_ms: f32,
    over_count: u32,
    last_us: Option<i64>,
    usage: Usage,
}

impl Detector {
    pub fn new() -> Detector {
        Detector {
            line: Trendline::new(),
            threshold_ms: THRESHOLD_FIRST_MS,
            previous_slope: 0.0,
            over_ms: 0.0,
            over_count: 0,
            last_us: None,
            usage: Usage::Normal,
        }
    }

    /// `standing_us` and `jitter_us` (see `delay`) are the veto: frames that leave as runs and Wi-Fi that sends in bursts give
    /// slopes without a queue.
    pub fn push(&mut self, delta: GroupDelta, standing_us: u32, jitter_us: u32) {
        let Some(slope) = self.line.push(delta) else {
            return;
        };
        let scaled = slope * self.line.groups as f32 * GAIN;
        let queue = standing_us >= STANDING_MIN_US.max(jitter_us.saturating_mul(2));
        if scaled > self.threshold_ms && queue {
            self.over_ms += delta.sent_ms;
            self.over_count += 1;
            if self.over_ms > OVERUSE_MS && self.over_count > 1 && slope >= self.previous_slope {
                self.over_ms = 0.0;
                self.over_count = 0;
                self.usage = Usage::Over;
            }
        } else {
            self.over_ms = 0.0;
            self.over_count = 0;
            self.usage = if scaled < -self.threshold_ms {
                Usage::Under
            } else {
                Usage::Normal
            };
        }
        self.previous_slope = slope;
        self.adapt(scaled, delta.complete_us);
    }

    /// Section 5.4: del_var_th follows |m| so that it lies above what is common here, and a TCP flow beside us does not starve us.
    fn adapt(&mut self, scaled: f32, now_us: i64) {
        let passed_ms = self
            .last_us
            .map_or(0, |last| now_us - last)
            .clamp(0, 100_000) as f32
            / 1e3;
        self.last_us = Some(now_us);
        let above = scaled.abs() - self.threshold_ms;
        if above > SPIKE_MS {
            return;
        }
        let k = if above < 0.0 { K_DOWN } else { K_UP };
        self.threshold_ms =
            (self.threshold_ms + k * above * passed_ms).clamp(THRESHOLD_MIN_MS, THRESHOLD_MAX_MS);
    }

    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// The line begins anew; the threshold stays, it belongs to the network.
    pub fn reset(&mut self) {
        self.line = Trendline::new();
        self.over_ms = 0.0;
        self.over_count = 0;
        self.last_us = None;
        self.usage = Usage::Normal;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(detector: &mut Detector, groups: i64, growth_ms: f32, from_us: i64) -> Usage {
        let mut now = from_us;
        for _ in 0..groups {
            now += 20_000 + (growth_ms * 1e3) as i64;
            let delta = GroupDelta {
                sent_ms: 20.0,
                arrived_ms: 20.0 + growth_ms,
                complete_us: now,
            };
            detector.push(delta, 50_000, 1_000);
        }
        detector.usage()
    }

    #[test]
    fn growing_delay_is_overuse_and_shrinking_underuse() {
        let mut detector = Detector::new();
        assert_eq!(feed(&mut detector, 60, 0.0, 0), Usage::Normal);
        assert_eq!(feed(&mut detector, 25, 4.0, 2_000_000), Usage::Over);
        assert_eq!(feed(&mut detector, 40, -6.0, 4_000_000), Usage::Under);
        assert_eq!(feed(&mut detector, 60, 0.0, 6_000_000), Usage::Normal);
    }

    #[test]
    fn a_slope_without_a_queue_is_no_overuse() {
        let mut detector = Detector::new();
        let mut now = 0;
        for _ in 0..100 {
            now += 24_000;
            let delta = GroupDelta {
                sent_ms: 20.0,
                arrived_ms: 24.0,
                complete_us: now,
            };
            detector.push(delta, 5_000, 0);
            assert_ne!(detector.usage(), Usage::Over);
        }
    }

    #[test]
    fn the_line_survives_days() {
        let mut detector = Detector::new();
        let mut now = 0i64;
        for _ in 0..200 {
            now += 3_600_000_000;
            feed(&mut detector, 30, 0.0, now);
        }
        assert_eq!(feed(&mut detector, 25, 4.0, now + 2_000_000), Usage::Over);
    }
}
