//! Standing delay: how far the way is above the shortest seen, and how much it jitters.
//!
//! Not in the draft. The trendline sees change only; what the queue holds decides whether a change is worth a reaction and how
//! deep the reaction goes.

/// The shortest way is remembered this long at least and twice this long at most: clocks drift by at most 100 ppm, so by 2 ms.
const WINDOW_US: i64 = 10_000_000;

/// With more than this standing it is a queue that varies, not the way.
const JITTER_BELOW_US: f32 = 50_000.0;

#[derive(Default)]
pub(super) struct StandingDelay {
    /// Shortest of the window before and of this one.
    shortest: [Option<i64>; 2],
    window_begin: i64,
    now_us: f32,
    jitter_us: f32,
}

impl StandingDelay {
    /// One packet's way, in any constant offset: receiver's clock minus sender's.
    /// `calm`: no queue of our own making grows or goes, so that what varies is the way.
    pub fn push(&mut self, arrived_us: i64, way_us: i64, calm: bool) {
        if arrived_us - self.window_begin > WINDOW_US || arrived_us < self.window_begin - WINDOW_US
        {
            self.shortest = [self.shortest[1], None];
            self.window_begin = arrived_us;
        }
        let shortest = self.shortest[1].map_or(way_us, |s| s.min(way_us));
        self.shortest[1] = Some(shortest);
        let base = self.shortest[0].map_or(shortest, |s| s.min(shortest));
        let standing = way_us - base;
        // Quick smoothing over packets: a queue is there for all of them, jitter is not.
        self.now_us += (standing as f32 - self.now_us) / 8.0;
        // Around the smoothed value, not between neighbours: what the way bunches differs little from its neighbours.
        if calm && self.now_us < JITTER_BELOW_US {
            self.jitter_us += ((standing as f32 - self.now_us).abs() - self.jitter_us) / 32.0;
        }
    }

    /// Delay above the shortest way, smoothed.
    pub fn standing_us(&self) -> u32 {
        self.now_us as u32
    }

    /// Mean deviation from it.
    pub fn jitter_us(&self) -> u32 {
        self.jitter_us as u32
    }

    pub fn reset(&mut self) {
        *self = StandingDelay::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_stands_above_the_shortest_way() {
        let mut delay = StandingDelay::default();
        for n in 0..100 {
            delay.push(n * 10_000, 40_000, true);
        }
        assert_eq!(delay.standing_us(), 0);
        for n in 100..200 {
            delay.push(n * 10_000, 90_000, true);
        }
        assert!(delay.standing_us() > 49_000);
        for n in 200..4_000 {
            delay.push(n * 10_000, 90_000, true);
        }
        assert_eq!(delay.standing_us(), 0, "a new route becomes the base");
    }
}
