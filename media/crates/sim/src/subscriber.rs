//! A synthetic subscriber: one transport with its Slots, repairing and reporting as browsers do.

use std::collections::BTreeMap;

use wire::rtcp::twcc::{FeedbackHead, append_transport_feedback};
use wire::rtcp::{Block, Compound, ReportBlock, append_nack, append_pli, append_receiver_report};
use wire::{SeqNo, Ssrc};

use crate::end::End;
use crate::screen::Screen;

pub const TRANSPORT_CC_ID: u8 = 3;
/// How often the screens are looked at, unless the run says otherwise.
const ASK_US: u64 = 20_000;
const REPORT_US: u64 = 1_000_000;
const FEEDBACK_US: u64 = 100_000;
const OWN_SSRC: Ssrc = Ssrc(1);

pub struct Subscriber {
    pub end: End,
    pub screens: Vec<Screen>,
    pub reports: u64,
    /// Transport-wide numbers seen twice: must never be.
    pub repeated_numbers: u64,
    pub ask_us: u64,
    next_ask: u64,
    next_report: u64,
    next_feedback: u64,
    arrivals: BTreeMap<u64, u64>,
    numbers: wire::SeqUnwrapper,
    feedback_count: u8,
    last_sr: BTreeMap<u32, (u32, u64)>,
    /// The engine's NTP time at zero, to compare sender reports with the simulation's time.
    ntp_at_zero: u64,
}

impl Subscriber {
    pub fn new(end: End, ntp_at_zero: u64) -> Self {
        Self {
            end,
            screens: Vec::new(),
            reports: 0,
            repeated_numbers: 0,
            ask_us: ASK_US,
            next_ask: 0,
            next_report: 500_000,
            next_feedback: FEEDBACK_US,
            arrivals: BTreeMap::new(),
            numbers: wire::SeqUnwrapper::new(),
            feedback_count: 0,
            last_sr: BTreeMap::new(),
            ntp_at_zero,
        }
    }

    pub fn next_wake(&self) -> u64 {
        self.next_ask
            .min(self.next_report)
            .min(self.next_feedback)
            .min(self.end.next_check)
    }

    pub fn wake(&mut self, now: u64, out: &mut Vec<Vec<u8>>) {
        if now >= self.end.next_check {
            out.push(self.end.check(now));
        }
        if now >= self.next_ask {
            self.next_ask = now + self.ask_us;
            self.ask(now, out);
        }
        if now >= self.next_report {
            self.next_report = now + REPORT_US;
            self.report(now, out);
        }
        if now >= self.next_feedback {
            self.next_feedback = now + FEEDBACK_US;
            self.feed_back(out);
        }
    }

    fn ask(&mut self, now: u64, out: &mut Vec<Vec<u8>>) {
        for at in 0..self.screens.len() {
            let (missing, pli) = self.screens[at].ask(now);
            let ssrc = self.screens[at].ssrc;
            let mut compound = Vec::new();
            append_nack(OWN_SSRC, ssrc, &missing, &mut compound);
            if pli {
                append_pli(OWN_SSRC, ssrc, &mut compound);
            }
            if !compound.is_empty() {
                out.push(self.end.seal_rtcp(&compound));
            }
        }
    }

    fn report(&mut self, now: u64, out: &mut Vec<Vec<u8>>) {
        let mut blocks = Vec::new();
        for screen in &mut self.screens {
            let Some((newest, lost, fraction_lost)) = screen.loss() else {
                continue;
            };
            let (last_sr, at) = self
                .last_sr
                .get(&screen.ssrc.0)
                .copied()
                .unwrap_or((0, now));
            blocks.push(ReportBlock {
                ssrc: screen.ssrc,
                fraction_lost,
                packets_lost: lost as i32,
                highest_seq: newest as u32,
                jitter: 0,
                last_sr,
                delay_since_last_sr: ((now - at) * 65_536 / 1_000_000) as u32,
            });
        }
        for some in blocks.chunks(31) {
            let mut compound = Vec::new();
            append_receiver_report(OWN_SSRC, some, &mut compound);
            out.push(self.end.seal_rtcp(&compound));
        }
    }

    fn feed_back(&mut self, out: &mut Vec<Vec<u8>>) {
        let (Some((first, _)), Some((last, _))) = (
            self.arrivals.first_key_value(),
            self.arrivals.last_key_value(),
        ) else {
            return;
        };
        let (first, last) = (*first, *last);
        let all: Vec<Option<u64>> = (first..=last)
            .map(|number| self.arrivals.get(&number).copied())
            .collect();
        let mut at = 0;
        while at < all.len() {
            let head = FeedbackHead {
                sender: OWN_SSRC,
                media: OWN_SSRC,
                feedback_count: self.feedback_count,
            };
            let mut message = Vec::new();
            let base = SeqNo((first + at as u64) as u16);
            let progress = append_transport_feedback(head, base, &all[at..], &mut message);
            self.feedback_count = self.feedback_count.wrapping_add(1);
            if progress.written {
                out.push(self.end.seal_rtcp(&message));
            }
            at += progress.statuses.max(1);
        }
        self.arrivals.clear();
    }

    /// A datagram from the engine.
    pub fn receive(&mut self, now: u64, datagram: &mut [u8]) {
        match wire::demux(datagram) {
            wire::DatagramKind::Rtp => self.receive_rtp(now, datagram),
            wire::DatagramKind::Rtcp => self.receive_rtcp(now, datagram),
            _ => {}
        }
    }

    fn receive_rtp(&mut self, now: u64, datagram: &mut [u8]) {
        // A network that duplicates makes replays: the only thing that may not open.
        let Ok(opened) = self.end.opener.open_rtp(datagram) else {
            return;
        };
        let packet = &datagram[..opened.len];
        let number = opened.header.extensions(packet).find_id(TRANSPORT_CC_ID);
        if let Some(seq) = number.and_then(wire::rtp::extension::transport_cc::parse) {
            let number = self.numbers.unwrap(seq).0;
            if self.arrivals.insert(number, now).is_some() {
                self.repeated_numbers += 1;
            }
        }
        let Ok(payload) = opened.header.payload(packet) else {
            return;
        };
        let (ssrc, time) = (opened.header.ssrc, opened.header.time);
        for screen in &mut self.screens {
            if screen.ssrc == ssrc {
                screen.receive(opened.index.0, time, payload, now);
            } else if screen.rtx_ssrc == Some(ssrc) {
                screen.receive_rtx(time, payload, now);
            }
        }
    }

    fn receive_rtcp(&mut self, now: u64, datagram: &mut [u8]) {
        let Ok(len) = self.end.opener.open_rtcp(datagram) else {
            return;
        };
        let plain = datagram[..len].to_vec();
        for block in Compound::new(&plain).flatten() {
            let Block::SenderReport(report) = block else {
                continue;
            };
            self.reports += 1;
            let facts = report.facts;
            self.last_sr
                .insert(facts.ssrc.0, ((facts.ntp >> 16) as u32, now));
            let server_us =
                (u128::from(facts.ntp.wrapping_sub(self.ntp_at_zero)) * 1_000_000) >> 32;
            if let Some(screen) = self
                .screens
                .iter_mut()
                .find(|screen| screen.ssrc == facts.ssrc)
            {
                screen.report = Some((server_us as u64, facts.time));
            }
        }
    }
}
