//! What is known of the way to one subscriber: the one place where reports and feedback about it end, and what follows for it.
//!
//! The send-side [`Estimator`] takes its facts here: what left under which transport-wide number, and what feedback says of it.

use wire::rtcp::TransportFeedback;

use crate::allocate::{Allocation, Memory};
use crate::api::Mono;
use crate::bwe::{Config, Estimate, Estimator, SentKind, Source};
use crate::probing::Probing;

/// Before anything was measured: neither so short that repairs come twice, nor so long that the second one is too late.
const ROUND_TRIP_FIRST_US: u32 = 100_000;

/// Enough for the sound and a first picture of whoever joins; the first probe goes to three times this in the same moment.
const START_BPS: u32 = 500_000;

/// UDP with IPv4 or IPv6 around a datagram.
const AROUND_V4: usize = 28;
const AROUND_V6: usize = 48;

/// Repairs may take half of the Estimate, and what was not taken is saved for so long: what a full queue loses must not come back on top.
const REPAIRS_PART: u64 = 2;
const REPAIRS_SAVED_US: u64 = 100_000;
/// But a few full packets are always saved.
const REPAIRS_SAVED_MIN: i64 = 4 * 1_250;

/// Of what repairs take, so much is believed each 100 ms.
const REPAIRS_SHARE: u32 = 8;

/// Numbered packets without any feedback ever, after which none is expected: browsers answer each 50 to 250 ms. From then on
/// receiver reports bind, as for who negotiates none.
const UNANSWERED_MAX: u64 = 100;

/// The first probes are over by then.
const EXPLORING_US: u64 = 3_000_000;

pub struct Downlink {
    round_trip_us: Option<u32>,
    /// Transport-wide: numbers go over all SSRCs of the transport and never repeat within feedback's memory.
    next_number: u64,
    /// As feedback told: arrived, lost.
    pub arrived: u64,
    pub lost: u64,
    pub feedback_at: Option<Mono>,
    feedback_first: Option<Mono>,
    /// The subscriber's own estimate, if it makes one.
    pub remb_bps: Option<u64>,
    estimator: Estimator,
    /// As of the last tick.
    pub estimate: Estimate,
    pub probing: Option<Probing>,
    pub probes: u64,
    pub memory: Memory,
    pub allocation: Allocation,
    /// What is to be divided, or among whom, has changed.
    pub dirty: bool,
    repairs_bytes: u32,
    repairs_bps: u32,
    repairs_saved: i64,
    ticked: Mono,
}

impl Downlink {
    pub fn new(now: Mono) -> Self {
        let config = Config {
            start_bps: START_BPS,
            ..Config::default()
        };
        Self {
            round_trip_us: None,
            next_number: 0,
            arrived: 0,
            lost: 0,
            feedback_at: None,
            feedback_first: None,
            remb_bps: None,
            estimator: Estimator::new(config, now),
            estimate: Estimate::default(),
            probing: None,
            probes: 0,
            memory: Memory::new(0),
            allocation: Allocation::default(),
            dirty: true,
            repairs_bytes: 0,
            repairs_bps: 0,
            repairs_saved: REPAIRS_SAVED_MIN,
            ticked: now,
        }
    }

    /// The number for the next packet. Without the extension nobody sees it; the estimator counts by it all the same.
    #[inline]
    pub fn number(&mut self) -> u16 {
        self.next_number += 1;
        self.next_number as u16
    }

    /// A datagram of `len` bytes leaves now under this number.
    #[inline]
    pub fn left(&mut self, number: u16, len: usize, is_v6: bool, now: Mono) {
        let bytes = (len + if is_v6 { AROUND_V6 } else { AROUND_V4 }) as u16;
        let kind = match &mut self.probing {
            Some(probing) => {
                probing.left(bytes);
                SentKind::Probe(probing.cluster())
            }
            None => SentKind::Media,
        };
        self.estimator.on_sent(number, bytes, now, kind);
    }

    /// Whether one more repair fits.
    pub fn affords_repair(&self) -> bool {
        self.repairs_saved > 0
    }

    /// A repair of about so many bytes will leave.
    pub fn note_repair(&mut self, len: usize) {
        self.repairs_bytes += len as u32;
        self.repairs_saved -= len as i64;
    }

    fn save_for_repairs(&mut self, has_transport_cc: bool, now: Mono) {
        let passed_us = (now.0 - self.ticked.0).min(REPAIRS_SAVED_US);
        self.ticked = now;
        if !self.is_measured(has_transport_cc) {
            self.repairs_saved = i64::from(i32::MAX);
            return;
        }
        let bytes =
            |us: u64| (u64::from(self.estimate.bps) * us / (8_000_000 * REPAIRS_PART)) as i64;
        let saved_max = bytes(REPAIRS_SAVED_US).max(REPAIRS_SAVED_MIN);
        self.repairs_saved = (self.repairs_saved + bytes(passed_us)).min(saved_max);
    }

    /// What is kept free for repairs; to be called each 100 ms.
    pub fn settle_repairs(&mut self) {
        let now_bps = std::mem::take(&mut self.repairs_bytes).saturating_mul(80);
        self.repairs_bps =
            self.repairs_bps / REPAIRS_SHARE * (REPAIRS_SHARE - 1) + now_bps / REPAIRS_SHARE;
    }

    pub fn repairs_bps(&self) -> u32 {
        self.repairs_bps
    }

    /// A report block: how a Slot arrives, and perhaps the round trip.
    pub fn note_report(&mut self, fraction_lost: u8, trip_us: Option<u32>, now: Mono) {
        if let Some(trip_us) = trip_us {
            let before = self.round_trip_us.unwrap_or(trip_us);
            self.round_trip_us = Some((u64::from(before) * 7 / 8 + u64::from(trip_us) / 8) as u32);
        }
        self.estimator
            .on_receiver_report(fraction_lost, trip_us, now);
    }

    pub fn note_feedback(&mut self, feedback: &TransportFeedback<'_>, now: Mono) {
        self.feedback_at = Some(now);
        self.feedback_first.get_or_insert(now);
        let (mut arrived, mut lost) = (0, 0);
        let told = feedback.packets().map(|packet| {
            match packet.arrival_us {
                Some(_) => arrived += 1,
                None => lost += 1,
            }
            (packet.seq.0, packet.arrival_us)
        });
        self.estimator.on_feedback(now, told);
        self.arrived += arrived;
        self.lost += lost;
    }

    pub fn note_remb(&mut self, bitrate_bps: u64, now: Mono) {
        self.remb_bps = Some(bitrate_bps);
        self.estimator
            .on_remb(bitrate_bps.min(u32::MAX.into()) as u32, now);
    }

    /// Each 10 ms. A probe begins if one is due, there is something to pad with, and the subscriber would tell how it arrives.
    pub fn tick(&mut self, has_transport_cc: bool, can_pad: bool, now: Mono) -> bool {
        let may_probe = has_transport_cc && can_pad && self.probing.is_none();
        let plan = self.estimator.tick(now, may_probe);
        self.estimate = self.estimator.estimate(now);
        self.save_for_repairs(has_transport_cc, now);
        let Some(plan) = plan else {
            return false;
        };
        self.probing = Some(Probing::new(plan, now));
        self.probes += 1;
        true
    }

    /// What all that is asked for would take.
    pub fn set_desired(&mut self, bps: u32) {
        self.estimator.set_desired(bps);
    }

    /// Whether the Estimate stands on anything. Who negotiates no transport-wide feedback and has reported nothing yet is not
    /// held back on a guess; nor is who negotiates it and then never sends any. Reports come soon, and then bind both.
    pub fn is_measured(&self, has_transport_cc: bool) -> bool {
        let expects_feedback = has_transport_cc && self.next_number < UNANSWERED_MAX;
        expects_feedback || self.estimate.source != Source::Start
    }

    /// The link is being explored: the Estimate is a beginning and says what may begin, not what is too much.
    pub fn is_exploring(&self, now: Mono) -> bool {
        self.estimator.is_exploring()
            && self
                .feedback_first
                .is_none_or(|first| now.0 - first.0 < EXPLORING_US)
    }

    pub fn round_trip_us(&self) -> Option<u32> {
        self.round_trip_us
    }

    /// The least time between two repeats of one packet.
    pub fn repeat_spacing_ms(&self) -> u16 {
        (self.round_trip_us.unwrap_or(ROUND_TRIP_FIRST_US) / 1000).clamp(5, 1000) as u16
    }
}
