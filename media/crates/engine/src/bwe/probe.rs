//! Probing: short bursts above the estimate, so that a link which carries more is found without risking the class.
//!
//! The draft has no probing; the idea is libwebrtc's. What differs here: a plan is made only while more bandwidth would be of use (the
//! allocator's `desired_bps`), a next one only after the last told its result, and small (at most 2 to 3 times the estimate, 20 ms, longer
//! only under jitter), because the voice of the same subscriber stands behind it in the queue if it fails.

use super::{Cluster, ProbePlan, Usage};
use crate::api::Mono;

/// While more would be of use: one probe in this time. With four doublings at 300 ms RTT, 3 Mbit/s is back within 5 s.
const PERIOD_US: u64 = 1_500_000;

/// After a decrease the network is left alone this long.
const CALM_US: u64 = 1_000_000;

/// First of all: this many times the start rate.
const FIRST_FACTOR: f32 = 3.0;
const PERIODIC_FACTOR: f32 = 2.0;

/// After a decrease to less than this share: try this much of what was.
const RECOVER_BELOW: f32 = 0.66;
const RECOVER_TO: f32 = 0.85;

/// A result of at least this share of its target is followed by the next doubling.
const GO_ON_SHARE: f32 = 0.7;

/// The estimate may lack this share of what is desired before anyone asks.
const ENOUGH_SHARE: f32 = 0.98;

const DURATION_MIN_US: u64 = 20_000;
const DURATION_MAX_US: u64 = 80_000;
const PACKETS_MIN: u32 = 6;

/// A result that did not come by then never will.
const ANSWER_WAIT_US: u64 = 1_000_000;

/// Share of a cluster that must have arrived for a result.
const ARRIVED_SHARE: f32 = 0.65;

/// This long after a round trip a part is taken for the whole, if it is at least this much.
const PART_AFTER_US: u64 = 350_000;
const PART_SHARE: f32 = 0.25;
const PART_PACKETS: u32 = 3;

/// Less arrives per time than was sent per time, by this much: the link was full.
const FULL_SHARE: f32 = 0.9;
const FULL_CAUTION: f32 = 0.92;

/// Arrivals denser than sent by more than this: the way bunched them and they tell nothing.
const BUNCHED: f32 = 1.5;

/// Shorter than the arrival times are exact.
const INTERVAL_MIN_US: f32 = 1_000.0;

/// Of a burst's length, this much at most is taken for the jitter's doing.
const STRETCH_SHARE: f32 = 0.15;

/// What was sent and what arrived of the cluster under way.
struct Flight {
    cluster: Cluster,
    target_bps: u32,
    bytes_min: u32,
    planned: Mono,
    jitter_us: u32,
    received: u32,
    bytes: u32,
    lost_bytes: u32,
    sent: Option<(Mono, Mono)>,
    sent_last_bytes: u16,
    arrived: Option<(i64, i64)>,
    arrived_first_bytes: u16,
}

/// What a cluster proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProbeResult {
    pub bps: u32,
    /// The link carried no more than this.
    pub full: bool,
}

/// What the prober must know to make a plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation {
    pub estimate_bps: u32,
    pub desired_bps: u32,
    pub max_bps: u32,
    pub usage: Usage,
    pub queue: bool,
    pub last_decrease: Option<Mono>,
    pub rtt_us: u32,
    pub jitter_us: u32,
}

pub(super) struct Prober {
    next_cluster: u8,
    flight: Option<Flight>,
    last_planned: Option<Mono>,
    /// Wanted as soon as the network is calm, before the period is over.
    wish_bps: Option<u32>,
}

impl Prober {
    pub fn new(start_bps: u32) -> Prober {
        let wish = (start_bps as f32 * FIRST_FACTOR) as u32;
        Prober {
            next_cluster: 1,
            flight: None,
            last_planned: None,
            wish_bps: Some(wish),
        }
    }

    /// The rate fell from `before` to `after`: if it fell far, look soon whether that was needed.
    pub fn fell(&mut self, before: u32, after: u32) {
        if (after as f32) < before as f32 * RECOVER_BELOW {
            self.wish_bps = Some((before as f32 * RECOVER_TO) as u32);
        }
    }

    /// Feedback is back after a silence that cost `before`.
    pub fn wish(&mut self, before: u32) {
        self.wish_bps = Some(before);
    }

    pub fn plan(&mut self, now: Mono, situation: &Situation) -> Option<ProbePlan> {
        let wait_us = ANSWER_WAIT_US + u64::from(situation.rtt_us);
        if self
            .flight
            .as_ref()
            .is_some_and(|flight| now.0 - flight.planned.0 > wait_us)
        {
            self.flight = None;
        }
        let disturbed = situation.usage != Usage::Normal
            || situation.queue
            || situation
                .last_decrease
                .is_some_and(|last| now.0 - last.0 < CALM_US);
        if self.flight.is_some() || disturbed {
            return None;
        }
        let estimate = situation.estimate_bps as f32;
        if estimate >= situation.desired_bps.min(situation.max_bps) as f32 * ENOUGH_SHARE {
            self.wish_bps = None;
            return None;
        }
        let due = self
            .last_planned
            .is_none_or(|last| now.0 - last.0 >= PERIOD_US);
        let wish = match self.wish_bps.take() {
            Some(wish) => (wish as f32).max(estimate * 1.5),
            None if due => estimate * PERIODIC_FACTOR,
            None => return None,
        };
        let useful = (situation.desired_bps as f32 * 1.1).max(estimate * 1.2);
        // Nothing is known yet at the first; later a failure stands in the way of voices.
        let factor_max = if self.last_planned.is_none() {
            FIRST_FACTOR
        } else {
            PERIODIC_FACTOR
        };
        let target = wish
            .min(estimate * factor_max)
            .min(useful)
            .min(situation.max_bps as f32);
        Some(self.launch(now, target as u32, situation.jitter_us))
    }

    fn launch(&mut self, now: Mono, target_bps: u32, jitter_us: u32) -> ProbePlan {
        let cluster = Cluster(self.next_cluster);
        // 0 means none in the log of sent packets.
        self.next_cluster = self.next_cluster.checked_add(1).unwrap_or(1);
        // Under jitter a short burst is stretched or bunched to any rate.
        let duration_us = (DURATION_MIN_US + 6 * u64::from(jitter_us)).min(DURATION_MAX_US);
        let bytes_min = (u64::from(target_bps) * duration_us / 8_000_000) as u32;
        self.last_planned = Some(now);
        self.flight = Some(Flight {
            cluster,
            target_bps,
            bytes_min,
            planned: now,
            jitter_us,
            received: 0,
            bytes: 0,
            lost_bytes: 0,
            sent: None,
            sent_last_bytes: 0,
            arrived: None,
            arrived_first_bytes: 0,
        });
        ProbePlan {
            cluster,
            target_bps,
            bytes_min,
            packets_min: PACKETS_MIN,
        }
    }

    /// A packet of a cluster arrived.
    pub fn arrived(&mut self, cluster: Cluster, sent: Mono, arrived_us: i64, bytes: u16) {
        let Some(flight) = self
            .flight
            .as_mut()
            .filter(|flight| flight.cluster == cluster)
        else {
            return;
        };
        flight.received += 1;
        flight.bytes += u32::from(bytes);
        let (first, last) = flight.sent.unwrap_or((sent, sent));
        if sent >= last {
            flight.sent_last_bytes = bytes;
        }
        flight.sent = Some((first.min(sent), last.max(sent)));
        let (first, last) = flight.arrived.unwrap_or((arrived_us, arrived_us));
        if arrived_us <= first {
            flight.arrived_first_bytes = bytes;
        }
        flight.arrived = Some((first.min(arrived_us), last.max(arrived_us)));
    }

    /// A packet of a cluster is told as lost.
    pub fn lost(&mut self, cluster: Cluster, bytes: u16) {
        if let Some(flight) = self
            .flight
            .as_mut()
            .filter(|flight| flight.cluster == cluster)
        {
            flight.lost_bytes += u32::from(bytes);
        }
    }

    /// After each feedback message: the result, once enough of the cluster arrived; when its time is over, also from a part of it, since
    /// messages get lost too. `random_loss` is the share that the way loses whatever is sent.
    pub fn result(&mut self, now: Mono, rtt_us: u32, random_loss: f32) -> Option<ProbeResult> {
        let flight = self.flight.as_ref()?;
        let late = now.0 - flight.planned.0 > u64::from(rtt_us) + PART_AFTER_US;
        let (share, packets) = if late {
            (PART_SHARE, PART_PACKETS)
        } else {
            (ARRIVED_SHARE, PACKETS_MIN - 2)
        };
        if flight.received < packets || (flight.bytes as f32) < flight.bytes_min as f32 * share {
            return None;
        }
        let flight = self.flight.take()?;
        let result = flight.measure(random_loss)?;
        if !result.full && result.bps as f32 >= flight.target_bps as f32 * GO_ON_SHARE {
            self.wish_bps = Some(result.bps.saturating_mul(2));
        }
        Some(result)
    }
}

impl Flight {
    fn measure(&self, random_loss: f32) -> Option<ProbeResult> {
        let (sent_first, sent_last) = self.sent?;
        let (arrived_first, arrived_last) = self.arrived?;
        let sent_us = (sent_last.0 - sent_first.0) as f32;
        // Jitter that keeps the order stretches a burst more often than it shrinks it.
        // A little of it is taken off, or no probe through Wi-Fi would ever succeed.
        let arrived_us = (arrived_last - arrived_first) as f32;
        let stretch_us = (self.jitter_us as f32)
            .min(sent_us * STRETCH_SHARE)
            .min(arrived_us - sent_us);
        let arrived_us = arrived_us - stretch_us.max(0.0);
        // A frame that left as one run in the middle of the probe is a train: then its length at the far end tells the link.
        let (sent_us, arrived_us) = (
            sent_us.max(INTERVAL_MIN_US),
            arrived_us.max(INTERVAL_MIN_US),
        );
        // The last packet's own time is not in the interval at the sender, the first one's not at the receiver.
        let sent_bps = (self.bytes - u32::from(self.sent_last_bytes)) as f32 * 8e6 / sent_us;
        let arrived_bps =
            (self.bytes - u32::from(self.arrived_first_bytes)) as f32 * 8e6 / arrived_us;
        if arrived_bps > sent_bps * BUNCHED {
            return None;
        }
        let full = arrived_bps < sent_bps.min(self.target_bps as f32) * FULL_SHARE;
        let proved = if arrived_bps < sent_bps * FULL_SHARE {
            arrived_bps * FULL_CAUTION
        } else {
            arrived_bps.min(sent_bps)
        };
        // Lost at random behind the bottleneck, not by it: it went through.
        let lost = self.lost_bytes as f32 / (self.lost_bytes + self.bytes) as f32;
        let bps = (proved / (1.0 - lost.min(random_loss))).min(self.target_bps as f32);
        Some(ProbeResult {
            bps: bps as u32,
            full,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(estimate_bps: u32) -> Situation {
        Situation {
            estimate_bps,
            desired_bps: 4_000_000,
            max_bps: 10_000_000,
            usage: Usage::Normal,
            queue: false,
            last_decrease: None,
            rtt_us: 50_000,
            jitter_us: 0,
        }
    }

    /// Send the plan at its rate through a link of `carries` and take the result.
    fn fly(prober: &mut Prober, plan: ProbePlan, from: Mono, carries: u32) -> Option<ProbeResult> {
        let gap = |bps: u32| 500 * 8_000_000 / u64::from(bps);
        for n in 0..u64::from(plan.bytes_min / 500 + 1).max(5) {
            let sent = Mono(from.0 + n * gap(plan.target_bps));
            let arrived = (n * gap(plan.target_bps.min(carries))) as i64;
            prober.arrived(plan.cluster, sent, arrived, 500);
        }
        prober.result(from, 50_000, 0.0)
    }

    #[test]
    fn the_first_probes_double_until_the_link_is_full() {
        let mut prober = Prober::new(300_000);
        let first = prober.plan(Mono(0), &situation(300_000)).expect("at once");
        assert_eq!(first.target_bps, 900_000);
        assert_eq!(
            prober.plan(Mono(10_000), &situation(300_000)),
            None,
            "one at a time"
        );
        let result = fly(&mut prober, first, Mono(0), 1_200_000).expect("arrived");
        assert!(!result.full && result.bps >= 890_000, "{result:?}");
        let second = prober
            .plan(Mono(100_000), &situation(result.bps))
            .expect("goes on");
        assert!(second.target_bps > 1_700_000);
        let result = fly(&mut prober, second, Mono(100_000), 1_200_000).expect("arrived");
        assert!(
            result.full && (1_050_000..1_200_000).contains(&result.bps),
            "{result:?}"
        );
        assert_eq!(
            prober.plan(Mono(200_000), &situation(result.bps)),
            None,
            "the period begins"
        );
        assert!(
            prober
                .plan(Mono(2_200_000), &situation(result.bps))
                .is_some()
        );
    }

    #[test]
    fn no_probe_without_need_or_calm() {
        let mut prober = Prober::new(300_000);
        assert_eq!(prober.plan(Mono(0), &situation(4_000_000)), None);
        let over = Situation {
            usage: Usage::Over,
            ..situation(300_000)
        };
        assert_eq!(prober.plan(Mono(5_000_000), &over), None);
        let fell = Situation {
            last_decrease: Some(Mono(4_500_000)),
            ..situation(300_000)
        };
        assert_eq!(prober.plan(Mono(5_000_000), &fell), None);
        assert!(prober.plan(Mono(5_600_000), &fell).is_some());
    }

    #[test]
    fn a_lost_cluster_does_not_block_the_next() {
        let mut prober = Prober::new(300_000);
        prober.plan(Mono(0), &situation(300_000)).expect("at once");
        assert_eq!(prober.plan(Mono(1_000_000), &situation(300_000)), None);
        assert!(prober.plan(Mono(2_100_000), &situation(300_000)).is_some());
    }
}
