//! The bottleneck and the way behind it.

use super::Random;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
pub struct LinkSpec {
    pub bps: u64,
    pub queue_ms: u64,
    /// One way, after the bottleneck; feedback takes it too.
    pub delay_us: u64,
    pub jitter_us: u64,
    /// At random, each way.
    pub loss: f64,
    /// Mean length of a loss burst in packets; 1 is independent loss.
    pub burst: f64,
}

#[derive(Clone, Copy, Debug)]
pub struct Packet {
    pub flow: usize,
    pub seq: u16,
    pub bytes: u16,
    pub audio: bool,
    pub probe: bool,
    pub sent_us: u64,
}

#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    pub packet: Packet,
    pub at_us: u64,
    /// Time in the bottleneck.
    pub queued_us: u64,
}

pub struct Link {
    pub spec: LinkSpec,
    random: Random,
    queue: VecDeque<Packet>,
    queued_bytes: u64,
    /// Bytes of the head that are through already.
    head_done: f64,
    on_the_way: VecDeque<Arrival>,
    last_arrival_us: u64,
    in_burst: bool,
    pub dropped: u64,
    pub audio_dropped: u64,
}

impl Link {
    pub fn new(spec: LinkSpec, seed: u64) -> Link {
        Link {
            spec,
            random: Random(seed),
            queue: VecDeque::new(),
            queued_bytes: 0,
            head_done: 0.0,
            on_the_way: VecDeque::new(),
            last_arrival_us: 0,
            in_burst: false,
            dropped: 0,
            audio_dropped: 0,
        }
    }

    pub fn queue_us(&self) -> u64 {
        self.queued_bytes * 8_000_000 / self.spec.bps
    }

    pub fn push(&mut self, packet: Packet) {
        if self.queue_us() > self.spec.queue_ms * 1_000 {
            self.dropped += 1;
            self.audio_dropped += u64::from(packet.audio);
            return;
        }
        self.queued_bytes += u64::from(packet.bytes);
        self.queue.push_back(packet);
    }

    /// Serve the millisecond that begins at `now_us`.
    pub fn step(&mut self, now_us: u64) {
        let bytes_per_us = self.spec.bps as f64 / 8e6;
        let (mut cursor, end) = (now_us as f64, (now_us + 1_000) as f64);
        while let Some(packet) = self.queue.front().copied() {
            let left = f64::from(packet.bytes) - self.head_done;
            let finish = cursor + left / bytes_per_us;
            if finish > end {
                self.head_done += (end - cursor) * bytes_per_us;
                return;
            }
            cursor = finish;
            self.head_done = 0.0;
            self.queue.pop_front();
            self.queued_bytes -= u64::from(packet.bytes);
            self.forward(packet, finish as u64);
        }
    }

    fn forward(&mut self, packet: Packet, at_us: u64) {
        if self.loses() {
            return;
        }
        let way_us = self.way_us();
        let arrive_us = self.last_arrival_us.max(at_us + way_us);
        self.last_arrival_us = arrive_us;
        self.on_the_way.push_back(Arrival {
            packet,
            at_us: arrive_us,
            queued_us: at_us.saturating_sub(packet.sent_us),
        });
    }

    /// Two states (Gilbert), so that bursts can be had.
    fn loses(&mut self) -> bool {
        if self.spec.loss <= 0.0 {
            return false;
        }
        let leave = 1.0 / self.spec.burst;
        let enter = self.spec.loss * leave / (1.0 - self.spec.loss);
        let dice = self.random.share();
        self.in_burst = if self.in_burst {
            dice >= leave
        } else {
            dice < enter
        };
        if self.spec.burst <= 1.0 {
            self.in_burst = dice < self.spec.loss;
        }
        self.in_burst
    }

    pub fn way_us(&mut self) -> u64 {
        self.spec.delay_us + (self.random.share() * self.spec.jitter_us as f64) as u64
    }

    pub fn loses_feedback(&mut self) -> bool {
        self.random.share() < self.spec.loss
    }

    /// Arrivals are handed out at once with their time; the receiver waits by itself.
    pub fn take(&mut self) -> Option<Arrival> {
        self.on_the_way.pop_front()
    }
}
