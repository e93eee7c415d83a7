//! Estimate for a subscriber that sends no transport-wide feedback: receiver reports and REMB.
//!
//! Receiver reports: draft-ietf-rmcat-gcc-02 section 6 as it stands. REMB: draft-alvestrand-rmcat-remb-03; the receiver runs the
//! delay part itself, its word is an upper bound. Changed: a step up is the only probe there is here, so the rate grows without limit by
//! what is sent, but no further than would be of use; what was sent and came through is carried, whatever the rate was before; a cut is from
//! what was sent; and good news binds nobody in the first seconds, so that what a class shows can begin and prove itself.

use crate::api::Mono;

/// Section 6.
const LOSS_LOW: f32 = 0.02;
const LOSS_HIGH: f32 = 0.10;
const GROWTH_PER_S: f32 = 1.08;

/// What is sent is counted for at least and at most so long.
const SENT_MIN_US: u64 = 500_000;
const SENT_MAX_US: u64 = 2_000_000;

/// Before so long after the first packet a report without loss says nothing yet.
const FIRST_US: u64 = 2_000_000;

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
    sent_first: Option<Mono>,
    /// Of no use beyond.
    desired_bps: f32,
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
            sent_first: None,
            desired_bps: max_bps as f32,
            loss: 0.0,
        }
    }

    pub fn sent(&mut self, bytes: u16, now: Mono) {
        self.sent_bytes += u64::from(bytes);
        self.sent_first.get_or_insert(now);
    }

    pub fn set_desired(&mut self, bps: u32) {
        self.desired_bps = bps as f32;
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
        let is_early = self
            .sent_first
            .is_none_or(|first| now.0.saturating_sub(first.0) < FIRST_US);
        if is_early && self.last_report.is_none() && loss < LOSS_HIGH {
            if self.sent_bps(now).is_some() {
                self.count_anew(now);
            }
            return;
        }
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
                // Little was sent: then the loss says little about the link, and a half is enough.
                let was = self.sent_bps(now).unwrap_or(self.bps).max(self.bps / 2.0);
                self.bps = (was * (1.0 - 0.5 * loss)).max(self.min_bps);
                self.count_anew(now);
            }
        } else if loss < LOSS_LOW {
            self.grow(passed_us, now);
        }
        if now.0.saturating_sub(self.sent_from.0) > SENT_MAX_US {
            self.count_anew(now);
        }
    }

    fn grow(&mut self, passed_us: u64, now: Mono) {
        let Some(sent_bps) = self.sent_bps(now) else {
            return;
        };
        self.bps = self.bps.max(sent_bps.min(self.max_bps));
        let cap = self.desired_bps.min(self.max_bps);
        if self.bps < cap {
            self.bps = (self.bps * GROWTH_PER_S.powf(passed_us as f32 / 1e6)).min(cap);
        }
    }

    fn count_anew(&mut self, now: Mono) {
        self.sent_from = now;
        self.sent_bytes = 0;
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

    fn sent_bps(&self, now: Mono) -> Option<f32> {
        let passed_us = now.0.saturating_sub(self.sent_from.0);
        (passed_us >= SENT_MIN_US).then(|| self.sent_bytes as f32 * 8e6 / passed_us as f32)
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
                reports.sent(1_250, Mono(second * 1_000_000));
            }
            reports.report(0, 50_000, Mono(second * 1_000_000));
        }
        let grown = reports.bps(Mono(5_000_000));
        assert!((570_000..600_000).contains(&grown), "{grown}");
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
    fn what_came_through_is_carried_and_what_did_not_is_cut_from_what_was_sent() {
        let run = |loss: u8| {
            let mut reports = Reports::new(500_000, 50_000, 5_000_000, Mono(0));
            reports.set_desired(2_200_000);
            for n in 0..400 {
                reports.sent(1_250, Mono(n * 5_000));
            }
            // Two slots of one report; the second has no news of its own.
            reports.report(loss, 50_000, Mono(2_000_000));
            reports.report(0, 50_000, Mono(2_000_000));
            reports.bps(Mono(2_000_000))
        };
        assert!((2_000_000..2_200_000).contains(&run(0)), "{}", run(0));
        assert_eq!(run(128), 1_500_000);
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
