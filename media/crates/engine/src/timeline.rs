//! One layer's RTP time on the server's clock.
//!
//! A publisher's sender reports tie its RTP times to its own wall clock; one offset per publish transport, the smallest
//! (arrival - publisher's time) of late, ties that wall clock to ours. Being one number for all Tracks of the publisher, it
//! keeps its sound and picture aligned. Until the first report the smallest transit of packets stands in.
//!
//! Server time here is microseconds on the engine's own clock ([`Mono`]) as a signed number, so that differences are plain.

use wire::RtpTime;

use crate::api::Mono;

/// The smallest is taken over the running window and the one before it, so the estimate follows a drifting clock
/// (100 ppm is 3 ms in this time) and forgets a route that was faster.
const WINDOW_US: u64 = 30_000_000;

/// The smallest value of late.
#[derive(Clone, Copy, Debug, Default)]
pub struct Smallest {
    since: Mono,
    now: Option<i64>,
    before: Option<i64>,
}

impl Smallest {
    pub fn note(&mut self, value: i64, now: Mono) {
        if now.0 - self.since.0 > WINDOW_US {
            self.before = self.now.take();
            self.since = now;
        }
        self.now = Some(self.now.map_or(value, |smallest| smallest.min(value)));
    }

    pub fn get(&self) -> Option<i64> {
        match (self.now, self.before) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }
}

/// A 32.32 NTP timestamp in microseconds. The publisher's clock may be any; only differences are used.
pub fn ntp_us(ntp: u64) -> i64 {
    ((u128::from(ntp) * 1_000_000) >> 32) as i64
}

/// A sender report, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    pub ntp: u64,
    pub time: RtpTime,
    pub arrival: Mono,
}

#[derive(Clone, Debug)]
pub struct Timeline {
    clock_rate_hz: u32,
    report: Option<Report>,
    /// Publisher's wall clock to server time, in microseconds; the same for all layers of the publisher.
    offset_us: Option<i64>,
    /// An RTP time and its transit: arrival minus the time since `origin`.
    origin: Option<(RtpTime, Mono)>,
    transit_us: Smallest,
}

impl Timeline {
    pub fn new(clock_rate_hz: u32) -> Self {
        let clock_rate_hz = clock_rate_hz.max(1);
        Self {
            clock_rate_hz,
            report: None,
            offset_us: None,
            origin: None,
            transit_us: Smallest::default(),
        }
    }

    pub fn report(&self) -> Option<Report> {
        self.report
    }

    /// A sender report of this layer came.
    pub fn note_report(&mut self, report: Report) {
        self.report = Some(report);
    }

    /// The publisher's offset changed.
    pub fn set_offset(&mut self, offset_us: i64) {
        self.offset_us = Some(offset_us);
    }

    /// A packet came in order.
    #[inline]
    pub fn note_packet(&mut self, time: RtpTime, now: Mono) {
        let Some((origin, origin_arrival)) = self.origin else {
            self.origin = Some((time, now));
            self.transit_us.note(0, now);
            return;
        };
        let steps = time.distance_from(origin);
        let transit = now.0 as i64 - origin_arrival.0 as i64 - self.us(steps);
        self.transit_us.note(transit, now);
        // Move the origin along, long before the distance could wrap.
        if steps > 1 << 28 {
            self.origin = Some((
                time,
                Mono((origin_arrival.0 as i64 + self.us(steps)).max(0) as u64),
            ));
        }
    }

    /// When the instant `time` was captured, in server time.
    pub fn server_us(&self, time: RtpTime) -> Option<i64> {
        if let (Some(report), Some(offset_us)) = (self.report, self.offset_us) {
            return Some(ntp_us(report.ntp) + offset_us + self.us(time.distance_from(report.time)));
        }
        let (origin, arrival) = self.origin?;
        Some(arrival.0 as i64 + self.transit_us.get()? + self.us(time.distance_from(origin)))
    }

    /// The RTP time of the instant `server_us`; the inverse of [`Timeline::server_us`].
    pub fn time_at(&self, server_us: i64) -> Option<RtpTime> {
        let (known, known_us) = match (self.report, self.offset_us, self.origin) {
            (Some(report), Some(offset_us), _) => (report.time, ntp_us(report.ntp) + offset_us),
            (_, _, Some((origin, arrival))) => (origin, arrival.0 as i64 + self.transit_us.get()?),
            _ => return None,
        };
        let ticks = i128::from(server_us - known_us) * i128::from(self.clock_rate_hz) / 1_000_000;
        Some(known.plus(ticks as u32))
    }

    fn us(&self, ticks: i32) -> i64 {
        i64::from(ticks) * 1_000_000 / i64::from(self.clock_rate_hz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_reports_the_quickest_packet_sets_the_clock() {
        let mut timeline = Timeline::new(90_000);
        for (step, delay_ms) in [(0u32, 30u64), (1, 10), (2, 50)] {
            timeline.note_packet(
                RtpTime(5).plus(step * 3000),
                Mono((u64::from(step) * 100 / 3 + delay_ms) * 1000),
            );
        }
        let server = timeline.server_us(RtpTime(5)).unwrap_or_default();
        assert!((9_000..11_000).contains(&server), "{server}");
        assert_eq!(timeline.time_at(server), Some(RtpTime(5)));
    }

    #[test]
    fn reports_align_two_layers_whatever_their_delay() {
        let ntp_of = |ms: u64| ((ms << 32) / 1000) + (77 << 32);
        let offset = Mono(1_020_000).0 as i64 - ntp_us(ntp_of(1000));
        let mut sound = Timeline::new(48_000);
        let mut picture = Timeline::new(90_000);
        sound.note_packet(RtpTime(1000), Mono(20_000));
        picture.note_packet(RtpTime(9), Mono(90_000));
        sound.note_report(Report {
            ntp: ntp_of(1000),
            time: RtpTime(1000 + 48_000),
            arrival: Mono(1_020_000),
        });
        picture.note_report(Report {
            ntp: ntp_of(2000),
            time: RtpTime(9 + 180_000),
            arrival: Mono(2_090_000),
        });
        sound.set_offset(offset);
        picture.set_offset(offset);
        let (a, b) = (
            sound.server_us(RtpTime(1000)),
            picture.server_us(RtpTime(9)),
        );
        assert!(
            a.zip(b).is_some_and(|(a, b)| (a - b).abs() < 100),
            "{a:?} {b:?}"
        );
        assert!(a.is_some_and(|a| (a - 20_000).abs() < 100), "{a:?}");
    }

    #[test]
    fn a_day_of_time_keeps_the_transit() {
        let mut timeline = Timeline::new(90_000);
        for second in 0..86_400u64 {
            timeline.note_packet(
                RtpTime((second as u32).wrapping_mul(90_000)),
                Mono(second * 1_000_000 + 40_000),
            );
        }
        let server = timeline
            .server_us(RtpTime(86_399u32.wrapping_mul(90_000)))
            .unwrap_or_default();
        assert!((server - 86_399_040_000).abs() < 1000, "{server}");
    }

    #[test]
    fn the_smallest_forgets_a_faster_route() {
        let mut smallest = Smallest::default();
        smallest.note(5, Mono(0));
        for second in 1..70u64 {
            smallest.note(20, Mono(second * 1_000_000));
        }
        assert_eq!(smallest.get(), Some(20));
    }
}
