//! What arrived on one RTP stream: extended numbers, duplicates, loss and jitter (RFC 3550 sections 6.4.1 and A.3, A.8).

use wire::rtcp::ReportBlock;
use wire::{ExtSeq, RtpTime, SeqNo, SeqUnwrapper, Ssrc};

use crate::api::Mono;

/// Numbers behind the newest for which we know whether they came: as far as the longest cache goes.
const WINDOW: u64 = 1024;
const WORDS: usize = (WINDOW / 64) as usize;

/// How a packet stands to what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Newer than all; this many numbers between the newest before and it have not come.
    Next { seq: ExtSeq, missing: u64 },
    /// Fills a hole.
    Late { seq: ExtSeq },
    /// Came before: a network duplicate, or a repair of what was not lost.
    Duplicate,
    /// Too old to know.
    TooOld,
}

#[derive(Clone, Debug)]
pub struct Arrivals {
    clock_rate_hz: u32,
    unwrapper: SeqUnwrapper,
    first: u64,
    came: [u64; WORDS],
    /// Without repairs: what the network delivered.
    received: u64,
    bytes: u64,
    expected_reported: u64,
    received_reported: u64,
    transit: Option<i64>,
    /// In timestamp units, times 16 (RFC 3550 section A.8).
    jitter_16: i64,
    fraction_lost: u8,
}

impl Arrivals {
    pub fn new(clock_rate_hz: u32) -> Self {
        Self {
            clock_rate_hz,
            unwrapper: SeqUnwrapper::new(),
            first: 0,
            came: [0; WORDS],
            received: 0,
            bytes: 0,
            expected_reported: 0,
            received_reported: 0,
            transit: None,
            jitter_16: 0,
            fraction_lost: 0,
        }
    }

    /// The newest number.
    pub fn highest(&self) -> Option<ExtSeq> {
        self.unwrapper.newest()
    }

    /// Note a packet that came on its own SSRC.
    #[inline]
    pub fn note(&mut self, seq: SeqNo, time: RtpTime, len: usize, now: Mono) -> Arrival {
        let arrival = self.place(seq);
        self.received += 1;
        self.bytes += len as u64;
        if let Arrival::Next { .. } = arrival {
            self.note_jitter(time, now);
        }
        arrival
    }

    /// Note a packet that was restored from RTX: it fills a hole, but the network did lose it.
    pub fn note_repaired(&mut self, seq: SeqNo) -> Arrival {
        self.place(seq)
    }

    fn place(&mut self, seq: SeqNo) -> Arrival {
        let Some(highest) = self.unwrapper.newest() else {
            let seq = self.unwrapper.unwrap(seq);
            self.first = seq.0;
            self.mark(seq.0);
            return Arrival::Next { seq, missing: 0 };
        };
        let seq = self.unwrapper.unwrap(seq);
        if seq > highest {
            let steps = seq.0 - highest.0;
            if steps >= WINDOW {
                self.came = [0; WORDS];
            } else {
                (highest.0 + 1..seq.0).for_each(|skipped| self.unmark(skipped));
            }
            self.mark(seq.0);
            return Arrival::Next {
                seq,
                missing: steps - 1,
            };
        }
        if seq.0 + WINDOW <= highest.0 || seq.0 < self.first {
            return Arrival::TooOld;
        }
        if self.has(seq.0) {
            return Arrival::Duplicate;
        }
        self.mark(seq.0);
        Arrival::Late { seq }
    }

    fn note_jitter(&mut self, time: RtpTime, now: Mono) {
        let arrival = i128::from(now.0) * i128::from(self.clock_rate_hz) / 1_000_000;
        let transit = (arrival as u32).wrapping_sub(time.0);
        if let Some(before) = self.transit {
            let difference = i64::from(transit.wrapping_sub(before as u32) as i32).abs();
            // Over a second apart is a paused or restarted source, not jitter.
            if difference < i64::from(self.clock_rate_hz) {
                self.jitter_16 += difference - ((self.jitter_16 + 8) >> 4);
            }
        }
        self.transit = Some(i64::from(transit));
    }

    fn expected(&self) -> u64 {
        self.unwrapper
            .newest()
            .map_or(0, |highest| highest.0 + 1 - self.first)
    }

    /// Packets that the network has lost so far; duplicates can hide some.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    pub fn received(&self) -> u64 {
        self.received
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Loss of the last report, in 1/256.
    pub fn fraction_lost(&self) -> u8 {
        self.fraction_lost
    }

    /// The block of a receiver report; its interval ends here.
    pub fn report(
        &mut self,
        ssrc: Ssrc,
        last_sr: u32,
        delay_since_last_sr: u32,
    ) -> Option<ReportBlock> {
        let highest = self.unwrapper.newest()?;
        let expected = self.expected();
        let expected_now = expected - self.expected_reported;
        let received_now = self.received - self.received_reported;
        let lost_now = expected_now.saturating_sub(received_now);
        self.fraction_lost = (lost_now << 8)
            .checked_div(expected_now)
            .unwrap_or(0)
            .min(255) as u8;
        self.expected_reported = expected;
        self.received_reported = self.received;
        let lost = expected as i64 - self.received as i64;
        Some(ReportBlock {
            ssrc,
            fraction_lost: self.fraction_lost,
            packets_lost: lost.clamp(-0x80_0000, 0x7f_ffff) as i32,
            // The unwrapper starts one rollover up; the report counts from none (RFC 3550 section A.1).
            highest_seq: (highest.0 - (1 << 16)) as u32,
            jitter: (self.jitter_16 >> 4) as u32,
            last_sr,
            delay_since_last_sr,
        })
    }

    fn has(&self, seq: u64) -> bool {
        self.came[(seq / 64) as usize % WORDS] & (1 << (seq % 64)) != 0
    }

    fn mark(&mut self, seq: u64) {
        self.came[(seq / 64) as usize % WORDS] |= 1 << (seq % 64);
    }

    fn unmark(&mut self, seq: u64) {
        self.came[(seq / 64) as usize % WORDS] &= !(1 << (seq % 64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(arrivals: &mut Arrivals, seq: u16) -> Arrival {
        arrivals.note(SeqNo(seq), RtpTime(0), 100, Mono(0))
    }

    #[test]
    fn holes_fill_once() {
        let mut arrivals = Arrivals::new(90_000);
        assert!(matches!(
            note(&mut arrivals, 65_534),
            Arrival::Next { missing: 0, .. }
        ));
        assert!(matches!(
            note(&mut arrivals, 1),
            Arrival::Next { missing: 2, .. }
        ));
        assert!(matches!(note(&mut arrivals, 65_535), Arrival::Late { .. }));
        assert_eq!(note(&mut arrivals, 65_535), Arrival::Duplicate);
        assert!(matches!(
            arrivals.note_repaired(SeqNo(0)),
            Arrival::Late { .. }
        ));
        assert_eq!(note(&mut arrivals, 0), Arrival::Duplicate);
        assert_eq!(note(&mut arrivals, 65_533), Arrival::TooOld);
    }

    #[test]
    fn the_window_forgets_what_it_has_passed() {
        let mut arrivals = Arrivals::new(90_000);
        for seq in (0..3000u16).filter(|seq| *seq != 2900) {
            note(&mut arrivals, seq);
        }
        assert_eq!(note(&mut arrivals, 1500), Arrival::TooOld);
        assert_eq!(note(&mut arrivals, 2500), Arrival::Duplicate);
        assert!(matches!(note(&mut arrivals, 2900), Arrival::Late { .. }));
        assert!(matches!(
            note(&mut arrivals, 5000),
            Arrival::Next { missing: 2000, .. }
        ));
        assert!(matches!(note(&mut arrivals, 4500), Arrival::Late { .. }));
    }

    #[test]
    fn the_report_counts_what_the_network_lost() {
        let mut arrivals = Arrivals::new(90_000);
        for seq in (0..100u16).filter(|seq| seq % 4 != 1) {
            note(&mut arrivals, seq);
        }
        let _ = arrivals.note_repaired(SeqNo(1));
        let block = arrivals.report(Ssrc(1), 0, 0);
        assert_eq!(
            block.map(|block| (block.fraction_lost, block.packets_lost)),
            Some((64, 25))
        );
        assert_eq!(block.map(|block| block.highest_seq), Some(99));
        for seq in 100..200u16 {
            note(&mut arrivals, seq);
        }
        let block = arrivals.report(Ssrc(1), 0, 0);
        assert_eq!(
            block.map(|block| (block.fraction_lost, block.packets_lost)),
            Some((0, 25))
        );
    }

    #[test]
    fn even_spacing_has_no_jitter() {
        let mut arrivals = Arrivals::new(48_000);
        for step in 0..100u64 {
            arrivals.note(
                SeqNo(step as u16),
                RtpTime(960 * step as u32),
                80,
                Mono(20_000 * step),
            );
        }
        assert_eq!(
            arrivals.report(Ssrc(1), 0, 0).map(|block| block.jitter),
            Some(0)
        );
    }
}
