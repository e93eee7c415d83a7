//! The one place that reads a clock: intervals from the monotonic clock, wall time once, at start.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use engine::api::Mono;

/// Seconds between the NTP era 0 (1900) and the Unix epoch (RFC 5905 section 6).
const NTP_UNIX_OFFSET_S: u64 = 2_208_988_800;

/// Microseconds since the clock was made. One for all shards of a plane, so that their times compare.
#[derive(Clone, Copy)]
pub(crate) struct ShardClock {
    zero: Instant,
    ntp_at_zero: u64,
}

impl ShardClock {
    pub(crate) fn start() -> Self {
        Self {
            zero: Instant::now(),
            ntp_at_zero: ntp_of(SystemTime::now()),
        }
    }

    pub(crate) fn now(&self) -> Mono {
        // 2^64 us is 584,000 years.
        Mono(self.zero.elapsed().as_micros() as u64)
    }

    /// The wall clock at `Mono(0)`, 32.32 NTP; sender reports only.
    pub(crate) fn ntp_at_zero(&self) -> u64 {
        self.ntp_at_zero
    }
}

fn ntp_of(time: SystemTime) -> u64 {
    // A clock before 1970 is a machine without a clock; sender reports then run from the epoch, which is harmless.
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    // The era rolls over in 2036: only the low 32 bits of the seconds are on the wire.
    let seconds = since_epoch.as_secs().wrapping_add(NTP_UNIX_OFFSET_S) & 0xffff_ffff;
    let fraction = (u64::from(since_epoch.subsec_nanos()) << 32) / 1_000_000_000;
    (seconds << 32) | fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn ntp_counts_from_1900_with_a_binary_fraction() {
        assert_eq!(ntp_of(UNIX_EPOCH), NTP_UNIX_OFFSET_S << 32);
        assert_eq!(
            ntp_of(UNIX_EPOCH + Duration::from_millis(500)) & 0xffff_ffff,
            1 << 31
        );
        // 2036-02-07 06:28:16 UTC is second 0 of era 1.
        assert_eq!(
            ntp_of(UNIX_EPOCH + Duration::from_secs(2_085_978_496)) >> 32,
            0
        );
    }

    #[test]
    fn time_does_not_go_back() {
        let clock = ShardClock::start();
        let first = clock.now();
        assert!(clock.now() >= first);
    }
}
