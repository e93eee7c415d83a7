//! What is known of the way to one subscriber: the one place where reports and feedback about it end.
//!
//! The send-side estimator takes its facts here: what left under which transport-wide number, and what feedback says of it.

use wire::rtcp::TransportFeedback;

use crate::api::Mono;

/// Before anything was measured: neither so short that repairs come twice, nor so long that the second one is too late.
const ROUND_TRIP_FIRST_US: u32 = 100_000;

#[derive(Debug, Default)]
pub struct Downlink {
    round_trip_us: Option<u32>,
    /// Transport-wide: numbers go over all SSRCs of the transport and never repeat within feedback's memory.
    next_number: u64,
    /// As feedback told: arrived, lost.
    pub arrived: u64,
    pub lost: u64,
    pub feedback_at: Option<Mono>,
    /// The subscriber's own estimate, if it makes one.
    pub remb_bps: Option<u64>,
}

impl Downlink {
    /// The number for the next packet.
    #[inline]
    pub fn number(&mut self) -> u16 {
        self.next_number += 1;
        self.next_number as u16
    }

    /// A report block closed a round trip.
    pub fn note_round_trip(&mut self, trip_us: u32) {
        let before = self.round_trip_us.unwrap_or(trip_us);
        self.round_trip_us = Some((u64::from(before) * 7 / 8 + u64::from(trip_us) / 8) as u32);
    }

    pub fn note_feedback(&mut self, feedback: &TransportFeedback<'_>, now: Mono) {
        self.feedback_at = Some(now);
        for packet in feedback.packets() {
            match packet.arrival_us {
                Some(_) => self.arrived += 1,
                None => self.lost += 1,
            }
        }
    }

    pub fn note_remb(&mut self, bitrate_bps: u64) {
        self.remb_bps = Some(bitrate_bps);
    }

    pub fn round_trip_us(&self) -> Option<u32> {
        self.round_trip_us
    }

    /// The least time between two repeats of one packet.
    pub fn repeat_spacing_ms(&self) -> u16 {
        (self.round_trip_us.unwrap_or(ROUND_TRIP_FIRST_US) / 1000).clamp(5, 1000) as u16
    }
}
