//! What this process has cost so far: its CPU clock in nanoseconds (not ticks), split into user and system, and its memory.

use std::mem::zeroed;

/// A reading; two of them make a cost.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// The exact sum.
    pub cpu_ns: u64,
    /// The kernel's split of it, which is sampled: for shares over seconds.
    pub user_us: u64,
    pub system_us: u64,
    pub resident_kib: u64,
}

impl Meter {
    pub fn read() -> Self {
        // SAFETY: all-zero bytes are valid values of these plain C structs, and both calls only write to the one passed.
        let (clock, usage) = unsafe {
            let mut clock = zeroed::<libc::timespec>();
            libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut clock);
            let mut usage = zeroed::<libc::rusage>();
            libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
            (clock, usage)
        };
        let us = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
        Self {
            cpu_ns: clock.tv_sec as u64 * 1_000_000_000 + clock.tv_nsec as u64,
            user_us: us(usage.ru_utime),
            system_us: us(usage.ru_stime),
            resident_kib: resident_kib(),
        }
    }

    /// Members of a JSON object.
    pub fn members(&self) -> String {
        format!(
            "\"cpu_ns\":{},\"user_us\":{},\"system_us\":{},\"resident_kib\":{}",
            self.cpu_ns, self.user_us, self.system_us, self.resident_kib
        )
    }
}

fn resident_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4
}

/// CPU nanoseconds of one call of `work`, over `rounds` calls.
pub fn cost_ns(rounds: u32, mut work: impl FnMut()) -> f64 {
    let before = Meter::read().cpu_ns;
    for _ in 0..rounds {
        work();
    }
    (Meter::read().cpu_ns - before) as f64 / f64::from(rounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_costs_and_memory_is_there() {
        let before = Meter::read();
        let sum: u64 = (0..5_000_000u64).map(std::hint::black_box).sum();
        assert!(sum > 0);
        let after = Meter::read();
        assert!(after.cpu_ns > before.cpu_ns && after.resident_kib > 100);
    }
}
