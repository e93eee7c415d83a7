//! One subscriber: voices and pictures, allocator, pacer, estimator, and the far end that tells what arrived.

use super::link::{Arrival, Link};
use super::wire::{Handle, Wire};
use super::{Random, Source, SourceSpec};
use engine::allocate::{self, Allocation, AudioDemand, Input, Memory, VideoDemand};
use engine::api::{Layer, Mono};
use engine::bwe::{self, Estimator};
use engine::pacer::{self, Class, Pacer};
use std::collections::VecDeque;

const PACKET_MAX: u32 = 1_228;
const VOICE_BYTES: u16 = 142; // 32 kbit/s of Opus, and headers: 57 kbit/s on the wire.
pub const VOICE_BPS: u32 = 56_800;
const FEEDBACK_EVERY_US: u64 = 100_000;

/// Once in 10 ms.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub at_us: u64,
    pub estimate_bps: u32,
    pub queue_us: u64,
    /// Bytes that arrived in these 10 ms.
    pub arrived_bytes: u32,
    pub pictures: usize,
    pub voices: usize,
    pub told: bwe::Estimate,
    pub plan: u32,
}

/// A feedback message.
type Told = Vec<(u16, Option<i64>)>;

struct FarEnd {
    waiting: VecDeque<Arrival>,
    /// Arrived, not told: (number, time in ticks of 250 us).
    untold: Vec<(u16, i64)>,
    told_to: Option<u16>,
    next_us: u64,
    messages: VecDeque<(u64, Told)>,
}

pub struct Flow {
    pub estimator: Estimator,
    pub pacer: Pacer<Handle>,
    memory: Memory,
    pub allocation: Allocation,
    pub sources: Vec<Source>,
    talkers: usize,
    red_bps: u32,
    /// What repairs took, smoothed over about a second.
    repair_bps: f64,
    random: Random,
    seq: u16,
    sent: Vec<Option<Handle>>,
    far: FarEnd,
    arrived_bytes: u32,
    begin_us: u64,
    /// The extension is negotiated.
    transport_feedback: bool,
    pub samples: Vec<Sample>,
    pub audio_sent: u64,
    pub audio_arrived: u64,
    pub audio_queued_us: Vec<(u64, u64)>,
    pub audio_delayed: u64,
    pub picture_gaps_us: Vec<(u64, u64)>,
}

impl Flow {
    pub fn new(sources: &[SourceSpec], talkers: usize, seed: u64, begin_us: u64) -> Flow {
        let now = Mono(begin_us);
        let config = bwe::Config::default();
        let sources: Vec<Source> = sources
            .iter()
            .enumerate()
            .map(|(n, s)| Source::new(s.clone(), n as u16))
            .collect();
        Flow {
            pacer: Pacer::new(pacer::Config::default(), config.start_bps, now),
            estimator: Estimator::new(config, now),
            memory: Memory::new(sources.len()),
            allocation: Allocation::default(),
            sources,
            talkers,
            red_bps: 0,
            repair_bps: 0.0,
            random: Random(seed),
            seq: (seed as u16) | 0xff00, // Near the wrap, on purpose.
            sent: vec![None; 1 << 16],
            far: FarEnd {
                waiting: VecDeque::new(),
                untold: Vec::new(),
                told_to: None,
                next_us: begin_us,
                messages: VecDeque::new(),
            },
            arrived_bytes: 0,
            begin_us,
            transport_feedback: true,
            samples: Vec::new(),
            audio_sent: 0,
            audio_arrived: 0,
            audio_queued_us: Vec::new(),
            audio_delayed: 0,
            picture_gaps_us: Vec::new(),
        }
    }

    pub fn step(&mut self, now_us: u64, index: usize, link: &mut Link) {
        if now_us < self.begin_us {
            return;
        }
        self.far_end(now_us, link);
        let repairs = self.take_messages(now_us);
        self.repair_bps *= 0.999;
        self.repair_bps += repairs
            .iter()
            .map(|handle| f64::from(handle.bytes) * 8.0)
            .sum::<f64>();
        if now_us.is_multiple_of(10_000) {
            self.tick(now_us, link);
        }
        let mut wire = Wire {
            now_us,
            flow: index,
            link,
            estimator: &mut self.estimator,
            seq: &mut self.seq,
            sent: &mut self.sent,
            broken: Vec::new(),
            audio_sent: 0,
            audio_out: 0,
        };
        let now = Mono(now_us);
        for n in 0..self.talkers {
            let keep = self.allocation.audio.get(n).is_none_or(|grant| grant.keep);
            if keep && (now_us + 3_000 * n as u64).is_multiple_of(20_000) {
                wire.audio_sent += 1;
                let handle = Handle {
                    bytes: VOICE_BYTES,
                    slot: 0,
                    audio: true,
                };
                self.pacer
                    .offer(now, handle, handle.bytes, Class::Audio, &mut wire);
            }
        }
        // "Never delayed": every voice packet was out again before the call came back.
        assert_eq!(wire.audio_out, wire.audio_sent);
        for handle in repairs {
            self.pacer
                .offer(now, handle, handle.bytes, Class::Repair, &mut wire);
        }
        for (slot, source) in self.sources.iter_mut().enumerate() {
            let slot = slot as u16;
            let Some(frame) = source.frame(now_us, &mut self.random) else {
                continue;
            };
            if source.last_frame_us > 0 && source.spec.class != allocate::VideoClass::Visible {
                self.picture_gaps_us
                    .push((now_us, now_us - source.last_frame_us));
            }
            source.last_frame_us = now_us;
            let packets = frame.bytes.div_ceil(PACKET_MAX).max(1);
            for _ in 0..packets {
                let handle = Handle {
                    bytes: (frame.bytes / packets) as u16,
                    slot,
                    audio: false,
                };
                let class = Class::Video {
                    slot,
                    frame: frame.number,
                    kind: frame.kind,
                };
                self.pacer
                    .offer(now, handle, handle.bytes, class, &mut wire);
            }
        }
        self.pacer.poll(now, &mut wire);
        self.audio_sent += wire.audio_sent;
        for slot in std::mem::take(&mut wire.broken) {
            self.sources[usize::from(slot)].ask_key(now_us);
        }
    }

    fn tick(&mut self, now_us: u64, link: &Link) {
        let now = Mono(now_us);
        let plan = self.estimator.tick(now);
        if let Some(plan) = plan {
            self.pacer.probe(plan, now);
        }
        let estimate = self.estimator.estimate(now);
        self.pacer.set_rate(estimate.bps);
        let audio: Vec<AudioDemand> = (0..self.talkers)
            .map(|n| AudioDemand {
                slot: n as u16,
                bps: VOICE_BPS,
                red_bps: self.red_bps,
                pinned: n == 0,
                rank: n as u8,
            })
            .collect();
        let video: Vec<VideoDemand<'_>> = self
            .sources
            .iter()
            .enumerate()
            .map(|(slot, source)| VideoDemand {
                slot: slot as u16,
                generation: 1,
                class: source.spec.class,
                priority: 0,
                prefer: source.spec.prefer,
                layer_max: Layer {
                    spatial: 2,
                    temporal: 2,
                },
                layers: &source.rates,
            })
            .collect();
        let input = Input {
            now,
            estimate_bps: estimate.bps,
            reserved_bps: self.repair_bps.min(f64::from(estimate.bps) / 5.0) as u32,
            audio: &audio,
            video: &video,
        };
        allocate::allocate(&input, &mut self.memory, &mut self.allocation);
        self.estimator.set_desired(self.allocation.desired_bps);
        for (source, grant) in self.sources.iter_mut().zip(&self.allocation.video) {
            source.target = grant.target.ok();
        }
        self.samples.push(Sample {
            at_us: now_us,
            estimate_bps: estimate.bps,
            queue_us: link.queue_us(),
            arrived_bytes: std::mem::take(&mut self.arrived_bytes),
            pictures: self
                .allocation
                .video
                .iter()
                .filter(|grant| grant.target.is_ok())
                .count(),
            voices: self
                .allocation
                .audio
                .iter()
                .filter(|grant| grant.keep)
                .count(),
            told: estimate,
            plan: plan.map_or(0, |plan| plan.target_bps),
        });
    }

    pub fn arrived(&mut self, arrival: &Arrival, _link: &mut Link) {
        self.far.waiting.push_back(*arrival);
    }

    fn far_end(&mut self, now_us: u64, link: &mut Link) {
        while let Some(arrival) = self
            .far
            .waiting
            .front()
            .copied()
            .filter(|arrival| arrival.at_us <= now_us)
        {
            self.far.waiting.pop_front();
            self.arrived_bytes += u32::from(arrival.packet.bytes);
            if arrival.packet.audio {
                self.audio_arrived += 1;
                self.audio_queued_us.push((now_us, arrival.queued_us));
            }
            // The far end's clock stands elsewhere, and about to wrap.
            let ticks = (arrival.at_us + ((1 << 24) - 200) * 64_000) / 250;
            self.far.untold.push((arrival.packet.seq, ticks as i64));
        }
        if now_us < self.far.next_us || self.far.untold.is_empty() {
            return;
        }
        self.far.next_us = now_us + FEEDBACK_EVERY_US;
        let mut untold = std::mem::take(&mut self.far.untold);
        untold.sort_by_key(|(seq, _)| {
            seq.wrapping_sub(self.far.told_to.unwrap_or(untold_first(seq)))
        });
        let last = untold[untold.len() - 1].0;
        let first = self
            .far
            .told_to
            .map_or(untold[0].0, |told| told.wrapping_add(1));
        self.far.told_to = Some(last);
        let mut message = Vec::new();
        let mut seq = first;
        loop {
            let arrival = untold
                .iter()
                .find(|(s, _)| *s == seq)
                .map(|(_, ticks)| ticks * 250 % ((1 << 24) * 64_000));
            message.push((seq, arrival));
            if seq == last {
                break;
            }
            seq = seq.wrapping_add(1);
        }
        if !link.loses_feedback() {
            let way_us = link.way_us();
            self.far.messages.push_back((now_us + way_us, message));
        }
    }

    /// Feedback that is back; what it says is lost is sent again once (as if a NACK had come).
    fn take_messages(&mut self, now_us: u64) -> Vec<Handle> {
        let mut repairs = Vec::new();
        while self
            .far
            .messages
            .front()
            .is_some_and(|(at, _)| *at <= now_us)
        {
            let Some((_, message)) = self.far.messages.pop_front() else {
                break;
            };
            for (seq, arrival) in &message {
                let handle = self.sent[usize::from(*seq)].take();
                if let (None, Some(handle)) = (arrival, handle) {
                    repairs.push(handle);
                }
            }
            if self.transport_feedback {
                self.estimator.on_feedback(Mono(now_us), message);
            }
        }
        repairs
    }

    pub fn silence_feedback(&mut self, silent: bool) {
        self.transport_feedback = !silent;
    }

    pub fn use_red(&mut self, bps: u32) {
        self.red_bps = bps;
    }
}

fn untold_first(seq: &u16) -> u16 {
    *seq
}
