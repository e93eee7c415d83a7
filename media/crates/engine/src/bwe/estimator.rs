//! The Estimator: takes in what left and what was told, and says what may be sent.

use super::acked::Acked;
use super::aimd::{Aimd, Seen};
use super::delay::StandingDelay;
use super::groups::Groups;
use super::loss::{LossLimit, Surroundings};
use super::probe::{Prober, Situation};
use super::reports::Reports;
use super::sent::{SentLog, SentPacket};
use super::trendline::Detector;
use super::{Config, Estimate, ProbePlan, SentKind, Source, Usage};
use crate::api::Mono;

/// Until a round trip was measured.
const RTT_FIRST_US: u32 = 200_000;

/// Feedback's reference time wraps here: 24 bits of 64 ms.
const ARRIVAL_PERIOD_US: i64 = (1 << 24) * 64_000;

/// Sent, and nothing told for this long and two round trips: something is broken on the way.
const SILENCE_US: u64 = 1_000_000;
/// Until the first word ever more patience: the browser may just be building its decoder.
const SILENCE_FIRST_US: u64 = 3_000_000;

/// Then the rate decays by this, each time this long passes.
const DECAY_SHARE: f32 = 0.8;
const DECAY_STEP_US: u64 = 500_000;

/// A pause in feedback longer than this makes old delay groups worthless.
const GROUPS_STALE_US: u64 = 5_000_000;

/// A standing delay above this, and above what jitter explains, is a queue.
const QUEUE_MIN_US: u32 = 30_000;

/// One per subscribe transport. See the module for the units.
pub struct Estimator {
    config: Config,
    sent: SentLog,
    groups: Groups,
    detector: Detector,
    standing: StandingDelay,
    acked: Acked,
    aimd: Aimd,
    loss: LossLimit,
    prober: Prober,
    reports: Reports,
    rtt_us: Option<u32>,
    desired_bps: u32,
    /// Newest arrival, unwrapped.
    arrival_us: Option<i64>,
    last_feedback: Option<Mono>,
    /// Number last told about.
    told_to: Option<u16>,
    /// First packet sent since the last word from the subscriber.
    unanswered_since: Option<Mono>,
    last_decay: Option<Mono>,
    before_silence_bps: Option<u32>,
}

impl Estimator {
    pub fn new(config: Config, now: Mono) -> Estimator {
        let (start, min, max) = (config.start_bps, config.min_bps, config.max_bps);
        Estimator {
            sent: SentLog::new(config.sent_packets_max),
            groups: Groups::default(),
            detector: Detector::new(),
            standing: StandingDelay::default(),
            acked: Acked::new(),
            aimd: Aimd::new(start, min, max, now),
            loss: LossLimit::default(),
            prober: Prober::new(start),
            reports: Reports::new(start, min, max, now),
            rtt_us: None,
            desired_bps: max,
            arrival_us: None,
            last_feedback: None,
            told_to: None,
            unanswered_since: None,
            last_decay: None,
            before_silence_bps: None,
            config,
        }
    }

    /// Each datagram that carries media or padding, when it leaves. `seq` is its transport-wide number (for a subscriber
    /// without the extension: any running number), `bytes` its size on the wire.
    pub fn on_sent(&mut self, seq: u16, bytes: u16, now: Mono, kind: SentKind) {
        self.sent.push(seq, bytes, now, kind);
        self.reports.sent(bytes);
        if self.unanswered_since.is_none() {
            self.unanswered_since = Some(now);
        }
    }

    /// One transport-wide feedback message: (number, arrival in the receiver's microseconds, modulo 2^24 * 64 ms) in order.
    pub fn on_feedback(&mut self, now: Mono, told: impl IntoIterator<Item = (u16, Option<i64>)>) {
        if self
            .last_feedback
            .is_some_and(|last| now.0 - last.0 > GROUPS_STALE_US)
        {
            self.groups.reset();
            self.detector.reset();
            self.standing.reset();
        }
        let mut newest: Option<Mono> = None;
        // Packets of messages that were lost themselves: they arrived like the others, and we are not told.
        let mut untold_bytes = 0;
        for (seq, arrival) in told {
            if let Some(told_to) = self.told_to.replace(seq) {
                untold_bytes += self.sent.in_flight_between(told_to, seq);
            }
            let Some(packet) = self.sent.settle(seq, arrival.is_some(), now) else {
                continue;
            };
            match arrival {
                Some(raw_us) => {
                    let before_us = self.arrival_us;
                    let arrived_us = self.unwrap_arrival(raw_us);
                    if untold_bytes > 0
                        && let Some(before_us) = before_us
                    {
                        let through = (untold_bytes as f32 * (1.0 - self.loss.floor())) as u32;
                        self.acked.fill(before_us, arrived_us, through);
                    }
                    untold_bytes = 0;
                    newest = newest.max(Some(packet.sent));
                    self.take_arrival(&packet, arrived_us);
                }
                None => match packet.kind {
                    SentKind::Probe(cluster) => self.prober.lost(cluster, packet.bytes),
                    SentKind::Media => self.loss.note(true),
                },
            }
        }
        if let Some(sent) = newest {
            self.measure_rtt((now.0 - sent.0) as u32);
        }
        self.last_feedback = Some(now);
        self.answered();
        self.update(now);
    }

    fn take_arrival(&mut self, packet: &SentPacket, arrived_us: i64) {
        self.acked.push(arrived_us, packet.bytes);
        if let SentKind::Probe(cluster) = packet.kind {
            // A probe builds a queue on purpose. The detector must not cut for it.
            self.prober
                .arrived(cluster, packet.sent, arrived_us, packet.bytes);
            return;
        }
        if packet.was_lost {
            self.loss.forgive();
            return;
        }
        self.loss.note(false);
        let calm = self.detector.usage() == Usage::Normal;
        self.standing
            .push(arrived_us, arrived_us - packet.sent.0 as i64, calm);
        if let Some(delta) = self.groups.push(packet.sent, arrived_us, packet.bytes) {
            self.detector.push(
                delta,
                self.standing.standing_us(),
                self.standing.jitter_us(),
            );
        }
    }

    /// The rates after a message was taken in.
    fn update(&mut self, now: Mono) {
        let usage = self.detector.usage();
        let rtt_us = self.rtt_us.unwrap_or(RTT_FIRST_US);
        // What is lost behind the bottleneck went through it.
        let through = |bps: u32| (bps as f32 / (1.0 - self.loss.floor())) as u32;
        let seen = Seen {
            usage,
            quick_bps: self.acked.quick_bps().map(through),
            slow_bps: self.acked.slow_bps().map(through),
            standing_us: self.standing.standing_us(),
            rtt_us,
        };
        if let Some(before) = self.aimd.update(now, &seen) {
            self.prober.fell(before, self.aimd.bps());
        }
        let around = Surroundings {
            queue: usage == Usage::Over || self.queue(),
            arrived_bps: self.acked.quick_bps(),
            rtt_us,
            current_bps: self.current_bps(now),
            delay_bps: self.aimd.bps(),
        };
        self.loss.update(now, &around);
        if let Some(result) = self.prober.result(now, rtt_us, self.loss.floor())
            && usage != Usage::Over
            && result.bps > self.current_bps(now)
        {
            self.aimd.set(result.bps, now);
            self.loss.raise(result.bps);
        }
    }

    /// One report block of a receiver report; `fraction_lost` in 1/256.
    pub fn on_receiver_report(&mut self, fraction_lost: u8, rtt_us: Option<u32>, now: Mono) {
        if let Some(rtt_us) = rtt_us {
            self.measure_rtt(rtt_us);
        }
        self.reports
            .report(fraction_lost, self.rtt_us.unwrap_or(RTT_FIRST_US), now);
        if self.last_feedback.is_none() {
            self.answered();
        }
    }

    /// The receiver's own bound (REMB); also a bound while transport-wide feedback is there.
    pub fn on_remb(&mut self, bps: u32, now: Mono) {
        self.reports.remb(bps, now);
        if self.last_feedback.is_none() {
            self.answered();
        }
    }

    /// What the allocator could use at most. Beyond it nothing is probed.
    pub fn set_desired(&mut self, bps: u32) {
        self.desired_bps = bps;
    }

    /// About every 10 ms. A plan is for [`crate::pacer::Pacer::probe`], at once.
    pub fn tick(&mut self, now: Mono) -> Option<ProbePlan> {
        self.decay_in_silence(now);
        if self.silent(now)
            || (self.last_feedback.is_none() && self.reports.last_report().is_some())
        {
            return None; // Without transport-wide feedback a probe tells nothing.
        }
        let situation = Situation {
            estimate_bps: self.current_bps(now),
            desired_bps: self.desired_bps,
            max_bps: self
                .reports
                .remb_bps(now)
                .unwrap_or(u32::MAX)
                .min(self.config.max_bps),
            usage: self.detector.usage(),
            queue: self.queue(),
            last_decrease: self.aimd.last_decrease(),
            rtt_us: self.rtt_us.unwrap_or(RTT_FIRST_US),
            jitter_us: self.standing.jitter_us(),
        };
        self.prober.plan(now, &situation)
    }

    /// What may be sent now.
    pub fn estimate(&self, now: Mono) -> Estimate {
        let source = self.source();
        Estimate {
            bps: self.current_bps(now),
            source,
            delay_bps: self.aimd.bps(),
            loss_bps: self.loss.limit_bps(),
            acked_bps: self.acked.slow_bps(),
            usage: self.detector.usage(),
            standing_us: self.standing.standing_us(),
            jitter_us: self.standing.jitter_us(),
            rtt_us: self.rtt_us,
            loss: if source == Source::Reports {
                self.reports.loss()
            } else {
                self.loss.share()
            },
        }
    }

    fn source(&self) -> Source {
        match (self.last_feedback, self.reports.last_report()) {
            (Some(_), _) => Source::TransportFeedback,
            (None, Some(_)) => Source::Reports,
            (None, None) => Source::Start,
        }
    }

    fn current_bps(&self, now: Mono) -> u32 {
        if self.source() == Source::Reports {
            return self.reports.bps(now);
        }
        let bound = self
            .reports
            .remb_bps(now)
            .unwrap_or(u32::MAX)
            .min(self.loss.limit_bps().unwrap_or(u32::MAX));
        self.aimd.bps().min(bound).max(self.config.min_bps)
    }

    fn queue(&self) -> bool {
        self.standing.standing_us() > QUEUE_MIN_US.max(self.standing.jitter_us().saturating_mul(3))
    }

    fn measure_rtt(&mut self, sample_us: u32) {
        self.rtt_us = Some(match self.rtt_us {
            None => sample_us,
            Some(rtt) => (rtt / 8 * 7).saturating_add(sample_us / 8),
        });
    }

    fn unwrap_arrival(&mut self, raw_us: i64) -> i64 {
        let last = self.arrival_us.unwrap_or(raw_us);
        let step = (raw_us - last).rem_euclid(ARRIVAL_PERIOD_US);
        let step = if step > ARRIVAL_PERIOD_US / 2 {
            step - ARRIVAL_PERIOD_US
        } else {
            step
        };
        let arrived_us = last + step;
        self.arrival_us = Some(last.max(arrived_us));
        arrived_us
    }

    fn answered(&mut self) {
        self.unanswered_since = None;
        self.last_decay = None;
        if let Some(before) = self.before_silence_bps.take() {
            self.prober.wish(before);
        }
    }

    fn silent(&self, now: Mono) -> bool {
        let heard = self.last_feedback.is_some() || self.reports.last_report().is_some();
        let patience_us = if heard { SILENCE_US } else { SILENCE_FIRST_US };
        let limit_us = patience_us + 2 * u64::from(self.rtt_us.unwrap_or(RTT_FIRST_US));
        // Receiver reports come once in 1 to 5 s (RFC 3550 section 6.2); their silence is longer.
        let limit_us = if self.source() == Source::Reports {
            limit_us * 5
        } else {
            limit_us
        };
        self.unanswered_since
            .is_some_and(|since| now.0.saturating_sub(since.0) > limit_us)
    }

    fn decay_in_silence(&mut self, now: Mono) {
        let due = self
            .last_decay
            .is_none_or(|last| now.0 - last.0 >= DECAY_STEP_US);
        if !self.silent(now) || !due {
            return;
        }
        self.last_decay = Some(now);
        if self.before_silence_bps.is_none() {
            self.before_silence_bps = Some(self.aimd.bps());
        }
        self.aimd
            .set((self.aimd.bps() as f32 * DECAY_SHARE) as u32, now);
        self.reports.decay(DECAY_SHARE);
    }
}
