//! How much arrived lately: bytes by the receiver's clock, in buckets.
//!
//! Takes the place of the draft's R_hat (section 5.5), which is measured over 0.5 to 1 s. Two spans are kept: a quick one for
//! decreases, when the link is full and arrivals are dense, and a slow one for the cap of increases.

const BUCKET_US: i64 = 20_000;
const BUCKETS: usize = 64;

/// Spans in buckets: 0.16 s and 1 s.
const QUICK: i64 = 8;
const SLOW: i64 = 50;

/// The quick rate is the best of spans that ended up to this many buckets ago: sources pause, a full link does not.
const QUICK_BACK: i64 = 2;

/// The quick span is stretched, at most to the slow one, until it holds this much: with fewer packets the rate is mostly rounding.
const QUICK_BYTES_MIN: u32 = 6_000;

pub(super) struct Acked {
    bytes: [u32; BUCKETS],
    /// Number of the newest bucket.
    newest: Option<i64>,
    oldest: i64,
}

impl Acked {
    pub fn new() -> Acked {
        Acked {
            bytes: [0; BUCKETS],
            newest: None,
            oldest: 0,
        }
    }

    pub fn push(&mut self, arrived_us: i64, bytes: u16) {
        let bucket = arrived_us.div_euclid(BUCKET_US);
        let newest = match self.newest {
            Some(newest) if (bucket - newest).abs() < 10 * BUCKETS as i64 => newest,
            _ => {
                *self = Acked::new();
                self.oldest = bucket;
                bucket
            }
        };
        for empty in newest + 1..=bucket.min(newest + BUCKETS as i64) {
            self.bytes[index(empty)] = 0;
        }
        self.newest = Some(newest.max(bucket));
        if bucket > newest - BUCKETS as i64 {
            self.bytes[index(bucket)] = self.bytes[index(bucket)].saturating_add(bytes.into());
        }
    }

    /// These bytes arrived some time between; spread evenly. Longer than a second ago is of no interest.
    pub fn fill(&mut self, from_us: i64, to_us: i64, bytes: u32) {
        let steps = ((to_us - from_us) / BUCKET_US).clamp(1, SLOW);
        for step in 0..steps {
            let share = (bytes / steps as u32).min(u16::MAX.into()) as u16;
            self.push(to_us - step * BUCKET_US, share);
        }
    }

    /// What a full link carried lately: the best 0.16 s (longer at low rates) of the last 0.2 s; `None` before there is as much.
    pub fn quick_bps(&self) -> Option<u32> {
        (0..=QUICK_BACK)
            .filter_map(|back| self.rate(back, QUICK, QUICK_BYTES_MIN))
            .max()
    }

    /// Rate over the last second.
    pub fn slow_bps(&self) -> Option<u32> {
        self.rate(0, SLOW, u32::MAX)
    }

    /// Over a span that ended `back` buckets ago. The newest bucket is still filling and does not count.
    fn rate(&self, back: i64, span_min: i64, bytes_min: u32) -> Option<u32> {
        let newest = self.newest? - back;
        let known = (newest - self.oldest).min(BUCKETS as i64 - 1 - back);
        if known < span_min.min(QUICK) {
            return None;
        }
        let (mut sum, mut span) = (0u64, 0);
        while span < known.min(SLOW) && (span < span_min || sum < u64::from(bytes_min)) {
            span += 1;
            sum += u64::from(self.bytes[index(newest - span)]);
        }
        let bps = sum * 8_000_000 / (span * BUCKET_US).max(1) as u64;
        Some(bps.min(u32::MAX.into()) as u32)
    }
}

fn index(bucket: i64) -> usize {
    bucket.rem_euclid(BUCKETS as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_span_follows_and_the_slow_one_remembers() {
        let mut acked = Acked::new();
        for n in 0..200 {
            acked.push(n * 10_000, 1_250); // 1 Mbit/s
        }
        assert_eq!(acked.quick_bps(), Some(1_000_000));
        assert_eq!(acked.slow_bps(), Some(1_000_000));
        for n in 0..40 {
            acked.push(2_000_000 + n * 10_000, 2_500);
        }
        assert_eq!(acked.quick_bps(), Some(2_000_000));
        let slow = acked.slow_bps().expect("known");
        assert!((1_300_000..1_500_000).contains(&slow), "{slow}");
    }

    #[test]
    fn silence_counts_as_time() {
        let mut acked = Acked::new();
        for n in 0..100 {
            acked.push(n * 10_000, 1_250);
        }
        acked.push(1_000_000 + 2_000_000, 100);
        assert_eq!(acked.slow_bps(), Some(0));
    }
}
