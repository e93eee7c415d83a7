//! Estimate for a subscriber that sends no transport-wide feedback: receiver reports and REMB.
//!
//! Receiver reports: draft-ietf-rmcat-gcc-02 section 6 as it stands. REMB: draft-alvestrand-rmcat-remb-03; the receiver runs the
//! delay part itself, its word is an upper bound. Changed: no growth beyond 1.5 times what is sent.

use crate::api::Mono;

/// Section 6.
const LOSS_LOW: f32 = 0.02;
const LOSS_HIGH: f32 = 0.10;
const GROWTH_PER_S: f32 = 1.08;

const AHEAD_MAX: f32 = 1.5;
const AHEAD_FREE_BPS: f32 = 10_000.0;

/// A REMB holds this long; receivers repeat it each second.
const REMB_HOLDS_US: u64 = 10_000_000;

pub(super) struct Reports {
    bps: f32,
    min_bps: f32,
    max_bps: f32,
    remb: Option<(u32, Mono)>,
    last_report: Option<Mono>,
    last_cut: Option<Mono>,
    sent_bytes: u64,
    sent_from: Mono,
    loss: f32,
}

impl Reports {
    pub fn new(start_bps: u32, min_bps: u32, max_bps: u32, now: Mono) -> Reports {
        Reports {
            bps: start_bps as f32,
            min_bps: min_bps as f32,
            max_bps: max_bps as f32,
            remb: None,
            last_report: None,
            last_cut: None,
            sent_bytes: 0,
            sent_from: now,
            loss: 0.0,
        }
    }

    pub fn sent(&mut self, bytes: u16) {
        self.sent_bytes += u64::from(bytes);
    }

    pub fn remb(&mut self, bps: u32, now: Mono) {
        self.remb = Some((bps, now));
    }

    /// The receiver's bound, while it holds.
    pub fn remb_bps(&self, now: Mono) -> Option<u32> {
        self.remb
            .filter(|(_, at)| now.0.saturating_sub(at.0) < REMB_HOLDS_US)
            .map(|(bps, _)| bps)
    }

    pub fn last_report(&self) -> Option<Mono> {
        self.last_report.max(self.remb.map(|(_, at)| at))
    }

    pub fn loss(&self) -> f32 {
        self.loss
    }

    /// A report block; `fraction_lost` in 1/256 (RFC 3550 section 6.4.1). A message with many blocks is told block by block: growth
    /// goes by time, and cuts are at most one per `rtt` + 300 ms, so the count does not matter.
    pub fn report(&mut self, fraction_lost: u8, rtt_us: u32, now: Mono) {
        let loss = f32::from(fraction_lost) / 256.0;
        self.loss += 0.3 * (loss - self.loss);
        let passed_us = self
            .last_report
            .map_or(0, |last| now.0.saturating_sub(last.0))
            .min(1_000_000);
        self.last_report = Some(now);
        if loss > LOSS_HIGH {
            let wait_us = u64::from(rtt_us) + 300_000;
            if self
                .last_cut
                .is_none_or(|last| now.0.saturating_sub(last.0) >= wait_us)
            {
                self.last_cut = Some(now);
                self.bps = (self.bps * (1.0 - 0.5 * loss)).max(self.min_bps);
            }
        } else if loss < LOSS_LOW {
            let cap = (self.sent_bps(now) * AHEAD_MAX + AHEAD_FREE_BPS).min(self.max_bps);
            if self.bps < cap {
                self.bps = (self.bps * GROWTH_PER_S.powf(passed_us as f32 / 1e6)).min(cap);
            }
        }
        if now.0.saturating_sub(self.sent_from.0) > 2_000_000 {
            self.sent_from = now;
            self.sent_bytes = 0;
        }
    }

    /// With a REMB the receiver has measured; growth by our own 8 % would only be late.
    pub fn bps(&self, now: Mono) -> u32 {
        let own = self.bps;
        let bps = match self.remb_bps(now) {
            Some(remb) if self.loss <= LOSS_HIGH => remb as f32,
            Some(remb) => own.min(remb as f32),
            None => own,
        };
        bps.clamp(self.min_bps, self.max_bps) as u32
    }

    fn sent_bps(&self, now: Mono) -> f32 {
        let passed_us = now.0.saturating_sub(self.sent_from.0);
        if passed_us < 500_000 {
            f32::MAX
        } else {
            self.sent_bytes as f32 * 8e6 / passed_us as f32
        }
    }

    pub fn decay(&mut self, share: f32) {
        self.bps = (self.bps * share).max(self.min_bps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_grow_hold_and_cut() {
        let mut reports = Reports::new(500_000, 50_000, 5_000_000, Mono(0));
        for second in 1..=5u64 {
            for _ in 0..50 {
                reports.sent(1_250);
            }
            reports.report(0, 50_000, Mono(second * 1_000_000));
        }
        let grown = reports.bps(Mono(5_000_000));
        assert!((640_000..700_000).contains(&grown), "{grown}");
        reports.report(13, 50_000, Mono(6_000_000));
        assert_eq!(reports.bps(Mono(6_000_000)), grown);
        reports.report(128, 50_000, Mono(7_000_000));
        let cut = reports.bps(Mono(7_000_000));
        assert!(cut < grown * 4 / 5, "{cut}");
        reports.report(128, 50_000, Mono(7_000_100));
        assert_eq!(
            reports.bps(Mono(7_000_100)),
            cut,
            "one cut a round trip, whatever the number of blocks"
        );
    }

    #[test]
    fn a_remb_is_the_word_of_the_receiver_while_it_holds() {
        let mut reports = Reports::new(500_000, 50_000, 5_000_000, Mono(0));
        reports.remb(1_800_000, Mono(0));
        assert_eq!(reports.bps(Mono(1)), 1_800_000);
        reports.remb(90_000, Mono(2));
        assert_eq!(reports.bps(Mono(3)), 90_000);
        assert_eq!(reports.bps(Mono(20_000_000)), 500_000);
    }
}
