//! When packets of one subscribe transport leave.
//!
//! Audio leaves at once, always. Without a backlog a video frame leaves at once too, as one run. Only what is more than the link
//! can take soon waits: the rest of a large frame, key frames, backlog, and probes; it leaves in quanta of at most 5 ms. What cannot wait
//! any longer is dropped by whole frames.
//!
//! The pacer knows sizes and handles, no bytes. **A packet gets its sequence numbers and is sealed when it leaves**
//! ([`Exit::leave`]), not when it is offered: so a frame dropped here leaves no hole in the slot's sequence, and a
//! (key, SSRC, index) is sealed once, whatever the order of leaving was.

mod lanes;
mod probe;

use crate::api::Mono;
use crate::bwe::{Cluster, ProbePlan};
use lanes::Lanes;
use probe::Probe;

/// What leaves in one go from a backlog, and for a key frame.
const QUANTUM_US: f32 = 5_000.0;

/// A frame leaves at once up to what the link takes in this time; the rest waits. Longer, and a voice behind it would wait.
const BURST_US: f32 = 40_000.0;

/// A backlog leaves this much faster than the Estimate. Faster would only move the queue into the network, where voices stand in it.
const BACKLOG_FACTOR: f32 = 1.25;

/// This much of repairs may always wait: a few full packets.
const REPAIRS_BYTES_MIN: usize = 4 * 1_250;

/// A probe that could not be sent in this time is given up.
const PROBE_MAX_US: u64 = 500_000;

/// Bounds of one pacer.
#[derive(Clone, Debug)]
pub struct Config {
    /// Video slots are numbered below this; packets of others leave unpaced.
    pub slots: u16,
    /// Waiting packets. Over it: whole frames go, oldest first.
    pub packets_max: usize,
    /// Waiting time at the present rate. Over it: the same.
    pub backlog_us: u32,
    /// But this much may always wait, so that one key frame fits.
    pub backlog_bytes_min: usize,
    /// Waiting repairs, and their waiting time at the present rate. Over either: the oldest goes; what still matters is asked for again.
    pub repairs_max: usize,
    pub repairs_us: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            slots: 26,
            packets_max: 384,
            backlog_us: 500_000,
            backlog_bytes_min: 96 * 1024,
            repairs_max: 64,
            repairs_us: 100_000,
        }
    }
}

/// What others need of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// Needs no other. Always paced.
    Key,
    /// Others refer to it.
    Delta,
    /// Nobody refers to it (top temporal layer): first to go.
    Discardable,
}

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Audio,
    /// RTX on request.
    Repair,
    /// `frame` differs between neighbouring frames of a slot (an RTP timestamp, or a count).
    Video {
        slot: u16,
        frame: u32,
        kind: FrameKind,
    },
}

/// Where things go. Implemented by the owner of the bytes.
pub trait Exit<H> {
    /// Number, seal and send this packet now. `probe`: report it to the estimator as part of this cluster.
    fn leave(&mut self, handle: H, probe: Option<Cluster>);
    /// This packet will not leave.
    fn dropped(&mut self, handle: H);
    /// A frame of the slot was dropped that later ones refer to: a key frame is needed. Until one is offered, the slot's packets are dropped.
    fn broken(&mut self, slot: u16);
    /// Send padding (better: RTX of something recent) of about `bytes`; says how many left, 0 if none could.
    fn padding(&mut self, bytes: u16, cluster: Cluster) -> u16;
}

/// Drops and padding, for the counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacerCounters {
    pub frames_dropped: u64,
    pub packets_dropped: u64,
    pub repairs_dropped: u64,
    pub padding_bytes: u64,
    pub packets_delayed: u64,
}

/// One per subscribe transport. `H` is whatever finds the packet again.
pub struct Pacer<H> {
    config: Config,
    video: Lanes<H>,
    repairs: Lanes<H>,
    repair_count: u32,
    /// Bytes per microsecond that the link takes.
    rate: f32,
    /// Bytes that left and the link has not taken yet.
    debt: f32,
    last: Mono,
    probe: Option<Probe>,
    counters: PacerCounters,
}

impl<H: Copy> Pacer<H> {
    pub fn new(config: Config, bps: u32, now: Mono) -> Pacer<H> {
        Pacer {
            video: Lanes::new(config.slots.into(), config.packets_max),
            repairs: Lanes::new(1, config.repairs_max),
            repair_count: 0,
            rate: bytes_per_us(bps),
            debt: 0.0,
            last: now,
            probe: None,
            counters: PacerCounters::default(),
            config,
        }
    }

    /// The Estimate.
    pub fn set_rate(&mut self, bps: u32) {
        self.rate = bytes_per_us(bps);
    }

    /// Begin a probe; one under way is given up.
    pub fn probe(&mut self, plan: ProbePlan, now: Mono) {
        self.probe = Some(Probe::new(plan, now));
    }

    /// A packet is ready. It leaves through `exit` now or in a later [`Pacer::poll`], or is dropped there.
    pub fn offer(
        &mut self,
        now: Mono,
        handle: H,
        bytes: u16,
        class: Class,
        exit: &mut impl Exit<H>,
    ) {
        self.advance(now);
        match class {
            Class::Audio => {
                // Not delayed, but counted: video makes room for it, and a probe that left it out would measure the link without it.
                self.release(handle, bytes, exit);
            }
            Class::Repair => self.offer_repair(handle, bytes, exit),
            Class::Video { slot, .. } if !self.video.knows(slot) => {
                self.release(handle, bytes, exit)
            }
            Class::Video { slot, frame, kind } => {
                self.offer_video(handle, bytes, (slot, frame, kind), exit)
            }
        }
    }

    fn offer_repair(&mut self, handle: H, bytes: u16, exit: &mut impl Exit<H>) {
        if self.repairs.is_empty() && self.debt < self.rate * BURST_US {
            return self.release(handle, bytes, exit);
        }
        self.repair_count = self.repair_count.wrapping_add(1);
        let dropped = self.repairs.frames_dropped;
        let bytes_max = (self.rate * BACKLOG_FACTOR * self.config.repairs_us as f32) as usize;
        let bytes_max = bytes_max.max(REPAIRS_BYTES_MIN);
        if self.repairs.make_room(
            bytes,
            bytes_max,
            &mut Discard {
                exit,
                counters: &mut self.counters,
            },
        ) {
            // Each its own "frame" that nobody refers to: the oldest goes alone.
            self.repairs
                .push(0, self.repair_count, FrameKind::Discardable, handle, bytes);
            self.counters.packets_delayed += 1;
        } else {
            exit.dropped(handle);
        }
        self.counters.repairs_dropped += self.repairs.frames_dropped - dropped;
    }

    fn offer_video(
        &mut self,
        handle: H,
        bytes: u16,
        packet: (u16, u32, FrameKind),
        exit: &mut impl Exit<H>,
    ) {
        let (slot, frame, kind) = packet;
        if !self.video.admits(slot, frame, kind) {
            self.counters.packets_dropped += 1;
            return exit.dropped(handle);
        }
        if kind == FrameKind::Key {
            self.video.supersede(
                slot,
                frame,
                &mut Discard {
                    exit,
                    counters: &mut self.counters,
                },
            );
        }
        let at_once = if kind == FrameKind::Key {
            QUANTUM_US
        } else {
            BURST_US
        };
        if self.video.is_empty() && self.debt < self.rate * at_once {
            self.video.passed(slot, frame);
            return self.release(handle, bytes, exit);
        }
        let paced = self.rate * BACKLOG_FACTOR * self.config.backlog_us as f32;
        let bytes_max = self.config.backlog_bytes_min.max(paced as usize);
        let mut discard = Discard {
            exit,
            counters: &mut self.counters,
        };
        let room = self.video.make_room(bytes, bytes_max, &mut discard);
        // Making room may have dropped the very frame this packet belongs to.
        if !room {
            self.video.refuse(slot, frame, &mut discard);
        }
        if !room || !self.video.admits(slot, frame, kind) {
            discard.dropped(handle);
        } else {
            self.video.push(slot, frame, kind, handle, bytes);
            self.counters.packets_delayed += 1;
        }
        self.counters.frames_dropped = self.video.frames_dropped;
    }

    /// Let out what is due. At [`Pacer::next_deadline`], or as soon after as can be.
    pub fn poll(&mut self, now: Mono, exit: &mut impl Exit<H>) {
        self.advance(now);
        self.poll_probe(now, exit);
        let quantum = self.rate * BACKLOG_FACTOR * QUANTUM_US;
        while self.debt < quantum {
            let Some((handle, bytes)) = self.next_waiting() else {
                return;
            };
            self.release(handle, bytes, exit);
        }
    }

    fn poll_probe(&mut self, now: Mono, exit: &mut impl Exit<H>) {
        while let Some(probe) = &self.probe {
            if probe.done() || now.0.saturating_sub(probe.began.0) > PROBE_MAX_US {
                self.probe = None;
                return;
            }
            if probe.ahead > 0.0 {
                return;
            }
            let (cluster, wanted) = (probe.plan.cluster, probe.padding());
            if let Some((handle, bytes)) = self.next_waiting() {
                self.release(handle, bytes, exit);
                continue;
            }
            let bytes = exit.padding(wanted, cluster);
            if bytes == 0 {
                self.probe = None; // Nothing to pad with: no probe.
                return;
            }
            self.counters.padding_bytes += u64::from(bytes);
            self.count(bytes);
        }
    }

    fn next_waiting(&mut self) -> Option<(H, u16)> {
        self.repairs.pop().or_else(|| self.video.pop())
    }

    fn release(&mut self, handle: H, bytes: u16, exit: &mut impl Exit<H>) {
        let cluster = self
            .probe
            .as_ref()
            .filter(|probe| !probe.done())
            .map(|probe| probe.plan.cluster);
        self.count(bytes);
        exit.leave(handle, cluster);
    }

    fn count(&mut self, bytes: u16) {
        self.debt += f32::from(bytes);
        if let Some(probe) = &mut self.probe {
            probe.bytes += u32::from(bytes);
            probe.packets += 1;
            probe.ahead += f32::from(bytes);
        }
    }

    fn advance(&mut self, now: Mono) {
        let passed_us = now.0.saturating_sub(self.last.0) as f32;
        self.last = self.last.max(now);
        self.debt = (self.debt - self.rate * BACKLOG_FACTOR * passed_us).max(0.0);
        if let Some(probe) = &mut self.probe {
            let rate = bytes_per_us(probe.plan.target_bps);
            // A late poll is made up for, by one quantum at most.
            probe.ahead = (probe.ahead - rate * passed_us).max(-rate * QUANTUM_US);
        }
    }

    /// When [`Pacer::poll`] has something to do; `None`: nothing waits.
    pub fn next_deadline(&self) -> Option<Mono> {
        let probe = self.probe.as_ref().map(|probe| {
            if probe.done() {
                0.0
            } else {
                probe.ahead / bytes_per_us(probe.plan.target_bps)
            }
        });
        let waiting = !self.video.is_empty() || !self.repairs.is_empty();
        let backlog = waiting.then(|| self.debt / (self.rate * BACKLOG_FACTOR));
        let wait_us = match (probe, backlog) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => return None,
        };
        Some(Mono(self.last.0 + wait_us.max(0.0).ceil() as u64))
    }

    /// The slot shows something else, or nothing: what waits for it goes.
    pub fn clear_slot(&mut self, slot: u16, exit: &mut impl Exit<H>) {
        if self.video.knows(slot) {
            self.video.clear(
                slot,
                &mut Discard {
                    exit,
                    counters: &mut self.counters,
                },
            );
        }
    }

    /// Waiting bytes.
    pub fn backlog_bytes(&self) -> usize {
        self.video.bytes + self.repairs.bytes
    }

    pub fn counters(&self) -> PacerCounters {
        self.counters
    }
}

/// Counts what is dropped on its way to the owner.
struct Discard<'a, E> {
    exit: &'a mut E,
    counters: &'a mut PacerCounters,
}

impl<H, E: Exit<H>> Exit<H> for Discard<'_, E> {
    fn leave(&mut self, handle: H, probe: Option<Cluster>) {
        self.exit.leave(handle, probe);
    }

    fn dropped(&mut self, handle: H) {
        self.counters.packets_dropped += 1;
        self.exit.dropped(handle);
    }

    fn broken(&mut self, slot: u16) {
        self.exit.broken(slot);
    }

    fn padding(&mut self, bytes: u16, cluster: Cluster) -> u16 {
        self.exit.padding(bytes, cluster)
    }
}

fn bytes_per_us(bps: u32) -> f32 {
    bps.max(8_000) as f32 / 8e6
}
