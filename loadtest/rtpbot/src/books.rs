//! What is counted over all bots: plain numbers, and histograms from which percentiles are read.

use std::collections::BTreeMap;

use serde::Serialize;

/// Steps per doubling: a percentile is at most 4.5 % too high.
const STEPS: usize = 16;
const BUCKETS: usize = 40 * STEPS;

/// Values spread over logarithmic buckets; memory is fixed, whatever the length of a run.
#[derive(Clone)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: u64,
}

/// What a report says of a histogram.
#[derive(Serialize, Debug, PartialEq)]
pub struct Spread {
    pub count: u64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            buckets: vec![0; BUCKETS],
            count: 0,
            max: 0,
        }
    }
}

impl Histogram {
    pub fn add(&mut self, value: u64) {
        let at = ((value.max(1) as f64).log2() * STEPS as f64).ceil() as usize;
        self.buckets[at.min(BUCKETS - 1)] += 1;
        self.count += 1;
        self.max = self.max.max(value);
    }

    /// `unit` values make one of what is reported: 1000 when microseconds are reported as milliseconds.
    pub fn spread(&self, unit: f64) -> Spread {
        Spread {
            count: self.count,
            p50: self.percentile(0.5) / unit,
            p95: self.percentile(0.95) / unit,
            p99: self.percentile(0.99) / unit,
            max: self.max as f64 / unit,
        }
    }

    fn percentile(&self, share: f64) -> f64 {
        let wanted = (self.count as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (at, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                if at == 0 {
                    return 0.0; // 0 and 1 share the first bucket
                }
                return 2f64.powf(at as f64 / STEPS as f64).min(self.max as f64);
            }
        }
        0.0
    }
}

/// Of one bot.
#[derive(Clone, Default, Serialize)]
pub struct BotBook {
    pub sent_packets: u64,
    pub received_audio: u64,
    pub received_video: u64,
    pub frames: u64,
    pub freezes: u64,
}

/// Of all of them.
#[derive(Default)]
pub struct Books {
    pub bots: BTreeMap<u32, BotBook>,
    /// One-way, through the server, in microseconds.
    pub audio_latency: Histogram,
    pub video_latency: Histogram,
    /// Spoken frames of 20 ms that came in time, and those that came late or never.
    pub sound_frames: u64,
    pub sound_frames_lost: u64,
    /// Runs of lost frames, in milliseconds.
    pub sound_gaps: Histogram,
    /// What was missing at the front of a talk-spurt, in milliseconds.
    pub onset_clips: Histogram,
    pub video_packets_lost: u64,
    pub frames_decoded: u64,
    /// Complete, but what they refer to never came: a consequence of loss.
    pub frames_undecodable: u64,
    /// The same with nothing lost: the server switched or dropped wrongly.
    pub frames_garbled: u64,
    /// Frames of another Track than the one the Slot should show, after the new one had come.
    pub frames_foreign: u64,
    pub freezes: Histogram,
    pub pictures_first: Histogram,
    pub keyframes_asked: u64,
    pub keyframes_sent: u64,
    /// A sender of ours came so late to its own packet, in microseconds: the tool was the bottleneck.
    pub own_lateness: Histogram,
    pub own_send_errors: u64,
}

impl Books {
    pub fn bot(&mut self, bot: u32) -> &mut BotBook {
        self.bots.entry(bot).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_close_and_never_above_the_maximum() {
        let mut histogram = Histogram::default();
        for value in 1..=1000 {
            histogram.add(value);
        }
        let spread = histogram.spread(1.0);
        assert_eq!(spread.count, 1000);
        assert!((500.0..=525.0).contains(&spread.p50), "{spread:?}");
        assert!((990.0..=1000.0).contains(&spread.p99), "{spread:?}");
        assert_eq!(spread.max, 1000.0);
        assert_eq!(Histogram::default().spread(1.0).p99, 0.0);
    }
}
