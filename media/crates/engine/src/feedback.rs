//! Transport-wide feedback that we give a publisher, from which its own estimator works
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use wire::rtcp::twcc::{FeedbackHead, append_transport_feedback};
use wire::{SeqNo, SeqUnwrapper, Ssrc};

use crate::api::Mono;

/// libwebrtc's senders expect feedback each 50 to 250 ms; the faster end lets them ramp up quickly, and at 100 packets per
/// message it still costs under 1 % of the stream.
const INTERVAL_US: u64 = 50_000;
/// Numbers remembered: 2 s of a 500 packets/s transport. A longer gap begins anew.
const RING: u64 = 1024;
/// Time 0 would be indistinguishable from "did not come", so arrivals are kept one up.
const ABSENT: u64 = 0;

#[derive(Clone, Debug, Default)]
pub struct FeedbackRecorder {
    unwrapper: SeqUnwrapper,
    /// Arrival in microseconds plus one, by number; made with the first packet.
    ring: Vec<u64>,
    /// The first number not yet told about.
    from: u64,
    /// There are arrivals to tell about.
    fresh: bool,
    told: Mono,
    count: u8,
    media: Ssrc,
}

impl FeedbackRecorder {
    /// A packet with this transport-wide number came, on this SSRC.
    #[inline]
    pub fn note(&mut self, seq: SeqNo, media: Ssrc, now: Mono) {
        if self.ring.is_empty() {
            self.ring = vec![ABSENT; RING as usize];
        }
        let before = self.unwrapper.newest();
        let seq = self.unwrapper.unwrap(seq).0;
        match before {
            None => self.from = seq,
            Some(newest) if seq > newest.0 => {
                if seq - newest.0 >= RING {
                    self.ring.fill(ABSENT);
                    self.from = seq;
                } else {
                    (newest.0 + 1..seq).for_each(|skipped| self.set(skipped, ABSENT));
                    self.from = self.from.max((seq + 1).saturating_sub(RING));
                }
            }
            Some(newest) if seq + RING <= newest.0 => return,
            // Told about as lost: tell again from there, as libwebrtc's own recorder does.
            Some(_) => self.from = self.from.min(seq),
        }
        self.set(seq, now.0 + 1);
        self.fresh = true;
        self.media = media;
    }

    /// Whether there is something to tell, and it is time.
    pub fn due(&self, now: Mono) -> bool {
        self.fresh && now.0 - self.told.0 >= INTERVAL_US
    }

    /// Append messages about all that came since the last time; each is handed to `emit`, since one compound may not hold all.
    pub fn tell(
        &mut self,
        sender: Ssrc,
        now: Mono,
        scratch: &mut Vec<Option<u64>>,
        emit: &mut dyn FnMut(&[u8]),
    ) {
        let Some(newest) = self.unwrapper.newest() else {
            return;
        };
        self.told = now;
        self.fresh = false;
        scratch.clear();
        scratch.extend((self.from..=newest.0).map(|seq| {
            let kept = self.ring[(seq % RING) as usize];
            (kept != ABSENT).then(|| kept - 1)
        }));
        let mut message = Vec::with_capacity(256);
        let mut at = 0;
        while at < scratch.len() {
            let head = FeedbackHead {
                sender,
                media: self.media,
                feedback_count: self.count,
            };
            message.clear();
            let base = SeqNo((self.from + at as u64) as u16);
            let progress = append_transport_feedback(head, base, &scratch[at..], &mut message);
            if progress.written {
                self.count = self.count.wrapping_add(1);
                emit(&message);
            }
            if progress.statuses == 0 {
                break;
            }
            at += progress.statuses;
        }
        self.from = newest.0 + 1;
    }

    fn set(&mut self, seq: u64, value: u64) {
        self.ring[(seq % RING) as usize] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::rtcp::{Block, Compound};

    fn told(recorder: &mut FeedbackRecorder, now: Mono) -> Vec<(u16, bool)> {
        let mut all = Vec::new();
        recorder.tell(Ssrc(1), now, &mut Vec::new(), &mut |message| {
            for block in Compound::new(message).flatten() {
                if let Block::TransportFeedback(feedback) = block {
                    all.extend(
                        feedback
                            .packets()
                            .map(|packet| (packet.seq.0, packet.arrival_us.is_some())),
                    );
                }
            }
        });
        all
    }

    #[test]
    fn each_number_is_told_once_and_losses_show() {
        let mut recorder = FeedbackRecorder::default();
        for (ms, seq) in [(0u64, 65_534u16), (1, 65_535), (3, 1)] {
            recorder.note(SeqNo(seq), Ssrc(9), Mono(1_000_000 + ms * 1000));
        }
        assert!(recorder.due(Mono(1_050_000)));
        assert_eq!(
            told(&mut recorder, Mono(1_050_000)),
            [(65_534, true), (65_535, true), (0, false), (1, true)]
        );
        assert!(!recorder.due(Mono(2_000_000)));
        recorder.note(SeqNo(2), Ssrc(9), Mono(1_060_000));
        assert!(!recorder.due(Mono(1_099_000)));
        assert_eq!(told(&mut recorder, Mono(1_100_000)), [(2, true)]);
    }

    #[test]
    fn a_late_one_is_told_again() {
        let mut recorder = FeedbackRecorder::default();
        for seq in [10u16, 12, 13] {
            recorder.note(SeqNo(seq), Ssrc(9), Mono(100_000 + u64::from(seq)));
        }
        let _ = told(&mut recorder, Mono(150_000));
        recorder.note(SeqNo(11), Ssrc(9), Mono(151_000));
        assert_eq!(
            told(&mut recorder, Mono(200_000)),
            [(11, true), (12, true), (13, true)]
        );
    }

    #[test]
    fn a_gap_over_the_ring_begins_anew() {
        let mut recorder = FeedbackRecorder::default();
        recorder.note(SeqNo(10), Ssrc(9), Mono(1));
        let _ = told(&mut recorder, Mono(50_000));
        recorder.note(SeqNo(10 + RING as u16), Ssrc(9), Mono(60_000));
        assert_eq!(
            told(&mut recorder, Mono(100_000)),
            [(10 + RING as u16, true)]
        );
    }
}
