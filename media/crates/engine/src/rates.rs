//! What a layer costs on the way to a subscriber: its measured rate, by temporal layer.

use crate::api::Mono;

/// Temporal layers told apart (VP8 has two bits for them).
pub const TEMPORAL_MAX: usize = 4;
/// Measured in steps of this length, over this many of them: a key frame now and then must not look like another rate.
const STEP_US: u64 = 100_000;
const STEPS: u64 = 10;
/// Ring of steps: a power of two above `STEPS`.
const RING: usize = 16;
/// Younger than this, a layer has shown little but its key frame.
const SETTLED_STEPS: u64 = 5;
/// Around each payload: RTP header with extensions, SRTP tag, UDP and IPv4.
const AROUND_BYTES: u32 = 64;

/// Bytes of one layer over about the last second.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    ring: [[u32; TEMPORAL_MAX]; RING],
    step: u64,
    /// The first step of the present run.
    since: u64,
}

impl Rates {
    /// A packet that subscribers may get.
    #[inline]
    pub fn note(&mut self, temporal: u8, payload_len: usize, now: Mono) {
        let step = now.0 / STEP_US;
        if step != self.step {
            self.advance(step);
        }
        let temporal = usize::from(temporal).min(TEMPORAL_MAX - 1);
        self.ring[step as usize % RING][temporal] += payload_len as u32 + AROUND_BYTES;
    }

    fn advance(&mut self, step: u64) {
        if step > self.step + STEPS {
            self.ring = Default::default();
            self.since = step;
        } else {
            (self.step + 1..=step)
                .for_each(|new| self.ring[new as usize % RING] = [0; TEMPORAL_MAX]);
        }
        self.step = step;
    }

    /// Bits per second of each temporal layer with those below it; `None`: a layer that did not occur, or it is too early to say.
    pub fn bps(&self, now: Mono) -> Option<[Option<u32>; TEMPORAL_MAX]> {
        let end = now.0 / STEP_US;
        let steps = end.saturating_sub(self.since).min(STEPS);
        if steps < SETTLED_STEPS || end > self.step + STEPS {
            return None;
        }
        let mut told = [None; TEMPORAL_MAX];
        let mut sum = 0u64;
        for (temporal, told) in told.iter_mut().enumerate() {
            let bytes: u64 = (end - steps..end)
                .filter(|step| *step <= self.step)
                .map(|step| u64::from(self.ring[step as usize % RING][temporal]))
                .sum();
            sum += bytes;
            *told = (bytes > 0).then_some((sum * 8_000_000 / (steps * STEP_US)) as u32);
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_second_and_sums_up_by_temporal_layer() {
        let mut rates = Rates::default();
        assert_eq!(rates.bps(Mono(0)), None);
        for n in 0..200u64 {
            rates.note((n % 2) as u8, 1_250 - 64, Mono(3_000_000 + n * 10_000));
        }
        assert_eq!(rates.bps(Mono(3_400_000)), None, "too early to say");
        assert_eq!(
            rates.bps(Mono(5_000_000)),
            Some([Some(500_000), Some(1_000_000), None, None])
        );
        assert_eq!(
            rates.bps(Mono(5_500_000)).and_then(|all| all[1]),
            Some(500_000),
            "it has stopped half a second ago"
        );
        assert_eq!(rates.bps(Mono(7_000_000)), None);
    }
}
