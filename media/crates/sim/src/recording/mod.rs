//! The spool under faults, in virtual time: real sealing, queues, segments and copy-B logic; disks, connection and recorder
//! are emulated. One seed reproduces a run.

pub mod disk;
pub mod judge;
mod media;
mod recorder;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use engine::api::{Mono, TapKey};
use engine::{TapBatch, TapRecord, Tapped};
use spool::format::GapReason;
use spool::sealer::Overrun;
use wire::ExtSeq;

use crate::chance::Chance;
use disk::{Disk, Mood, Shared};
use judge::{Holding, Id};
use media::Media;
use recorder::Recorder;

const STEP_US: u64 = 10_000;
const SYNC_EVERY_STEPS: u64 = 40;
const FAULTY_STEPS: u64 = 500;
/// Long enough for everything to settle once nothing fails any more.
const QUIET_STEPS: u64 = 200;
/// What is promised of a kill: forwarded so long before it, and one copy was well.
const SAFE_US: u64 = 250_000;
const SAFE_POWER_US: u64 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    DiskA(Mood),
    DiskB(Mood),
    FolderGone,
    RecorderKilled,
    RecorderStopped,
    MediaKilled,
    PowerCut,
    Overrun,
}

const FAULTS: [Fault; 13] = [
    Fault::DiskA(Mood::Full),
    Fault::DiskA(Mood::ReadOnly),
    Fault::DiskA(Mood::SyncFails),
    Fault::DiskA(Mood::Stalled),
    Fault::DiskB(Mood::Full),
    Fault::DiskB(Mood::Stalled),
    Fault::FolderGone,
    Fault::RecorderKilled,
    Fault::RecorderStopped,
    Fault::RecorderStopped,
    Fault::MediaKilled,
    Fault::PowerCut,
    Fault::Overrun,
];

/// What one run showed.
#[derive(Debug, Default)]
pub struct Outcome {
    pub forwarded: u64,
    /// In at least one copy.
    pub found: u64,
    /// Named by gaps of both copies, found in neither.
    pub listed: u64,
    /// In the memory of a process when it was killed while no copy could be written, or in the last moment.
    pub cut_off: u64,
    pub faults: u64,
}

/// What is known of a process that was killed.
struct Killed {
    /// What was forwarded before this must be safe,
    safe: u64,
    /// unless both copies were unwell at once after it was forwarded,
    unwell_until: u64,
    /// or copy A's folder was removed after it, and copy B had been unwell.
    folder_gone: u64,
    b_unwell_until: u64,
}

impl Killed {
    fn recoverable(&self, at: u64) -> bool {
        let only_in_b = at <= self.folder_gone;
        at < self.safe
            && self.unwell_until < at.saturating_sub(SAFE_POWER_US)
            && !(only_in_b && self.b_unwell_until >= at)
    }
}

struct Source {
    tap: TapKey,
    seq: u64,
    open: bool,
}

/// No copy ever had it: who says so in one has said it.
fn is_overrun(copy: &Holding, id: &Id) -> bool {
    copy.gaps.get(id) == Some(&(GapReason::Overrun as u8))
}

pub struct Run {
    chance: Chance,
    now: u64,
    disk_a: Shared,
    disk_b: Shared,
    media: Media,
    recorder: Recorder,
    lives: u32,
    taps: u32,
    waiting_bytes_max: usize,
    sources: Vec<Source>,
    /// What was forwarded: the packet, when, and of which process.
    forwarded: BTreeMap<Id, (Vec<u8>, u64)>,
    numbers: BTreeMap<(String, u32), u64>,
    killed: BTreeMap<String, Killed>,
    unwell_until: u64,
    folder_gone: u64,
    a_unwell_until: u64,
    b_unwell_until: u64,
    ends: Vec<(u64, Fault)>,
    outcome: Outcome,
}

impl Run {
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let disk = || Rc::new(RefCell::new(Disk::default()));
        let (disk_a, disk_b) = (disk(), disk());
        // From queues that a second fills, but not what a well recorder has yet to acknowledge, to such that never overflow.
        let waiting_bytes_max = [100_000, 200_000, 10_000_000][chance.below(3) as usize];
        let mut run = Self {
            media: Media::new("med_1", &disk_a, waiting_bytes_max),
            recorder: Recorder::new(disk_b.clone()),
            disk_a,
            disk_b,
            chance,
            now: 0,
            lives: 1,
            taps: 0,
            waiting_bytes_max,
            sources: Vec::new(),
            forwarded: BTreeMap::new(),
            numbers: BTreeMap::new(),
            killed: BTreeMap::new(),
            unwell_until: 0,
            folder_gone: 0,
            a_unwell_until: 0,
            b_unwell_until: 0,
            ends: Vec::new(),
            outcome: Outcome::default(),
        };
        run.open_sources();
        run
    }

    /// Faults for a while, then quiet; then the judgement.
    pub fn run(mut self) -> Outcome {
        for step in 0..FAULTY_STEPS + QUIET_STEPS {
            self.now += STEP_US;
            if step < FAULTY_STEPS {
                if self.chance.happens(0.015) {
                    self.begin_fault();
                }
                self.produce();
            } else if step == FAULTY_STEPS {
                self.heal();
                self.finish_sources();
            }
            self.end_faults();
            self.step(step);
        }
        self.judge()
    }

    fn open_sources(&mut self) {
        self.sources.clear();
        for at in 0..1 + self.chance.below(3) {
            self.taps += 1;
            let tap = TapKey(self.taps);
            let recording = if at == 2 { "rec_2" } else { "rec_1" };
            let salt = self.chance.below(256) as u8;
            self.media
                .open(tap, recording, &format!("trk_{at}"), salt, self.now);
            self.sources.push(Source {
                tap,
                seq: 1000,
                open: true,
            });
        }
    }

    fn produce(&mut self) {
        let mut batch = TapBatch::default();
        let media_id = self.media.origin.media_id.clone();
        for source in self.sources.iter_mut().filter(|source| source.open) {
            for _ in 0..self.chance.below(4) {
                let start = batch.bytes.len();
                let len = 20 + self.chance.below(300) as usize;
                let (tap, seq) = (source.tap, source.seq);
                batch
                    .bytes
                    .extend((0..len).map(|at| (seq as usize * 7 + at + tap.0 as usize) as u8));
                batch.records.push(TapRecord {
                    tap,
                    arrival: Mono(self.now),
                    epoch: u64::from(tap.0),
                    layer: 0,
                    what: Tapped::Packet {
                        seq: ExtSeq(seq),
                        level: None,
                        repaired: false,
                        starts_keyframe: false,
                        start: start as u32,
                        len: len as u32,
                    },
                });
                source.seq += 1;
                let number = self.numbers.entry((media_id.clone(), tap.0)).or_default();
                let id = (media_id.clone(), tap.0, *number);
                *number += 1;
                self.forwarded
                    .insert(id, (batch.bytes[start..].to_vec(), self.now));
            }
        }
        self.media.take(&batch, &[], self.now);
    }

    fn begin_fault(&mut self) {
        let fault = FAULTS[self.chance.below(FAULTS.len() as u64) as usize];
        let until = self.now + (20 + self.chance.below(200)) * STEP_US;
        self.outcome.faults += 1;
        match fault {
            Fault::DiskA(mood) => {
                let mut disk = self.disk_a.borrow_mut();
                disk.mood = mood;
                disk.torn = self.chance.below(2000) as usize;
                disk.uncut = self.chance.happens(0.3);
                self.ends.push((until, fault));
            }
            Fault::DiskB(mood) => {
                self.disk_b.borrow_mut().mood = mood;
                self.ends.push((until, fault));
            }
            Fault::RecorderStopped => {
                self.recorder.stopped = true;
                self.ends.push((until, fault));
            }
            Fault::FolderGone => {
                self.folder_gone = self.now;
                self.disk_a.borrow_mut().remove_folder("rec_1");
            }
            Fault::RecorderKilled => {
                self.recorder.kill();
                self.media.disconnect();
            }
            Fault::MediaKilled => self.kill_media(false),
            Fault::PowerCut => {
                let mut chance = self.chance.clone();
                self.disk_a
                    .borrow_mut()
                    .cut_power(&mut |bound| chance.below(bound as u64) as usize);
                self.chance = chance;
                self.kill_media(true);
            }
            Fault::Overrun => self.overrun(),
        }
    }

    /// The shard had to drop some records.
    fn overrun(&mut self) {
        let Some(source) = self.sources.first().filter(|source| source.open) else {
            return;
        };
        let records = 1 + self.chance.below(50);
        let media_id = self.media.origin.media_id.clone();
        let number = self
            .numbers
            .entry((media_id.clone(), source.tap.0))
            .or_default();
        for lost in *number..*number + records {
            let id = (media_id.clone(), source.tap.0, lost);
            self.forwarded.insert(id, (Vec::new(), self.now));
        }
        *number += records;
        let overrun = Overrun {
            tap: source.tap,
            records,
            first_arrival_us: self.now,
            last_arrival_us: self.now,
        };
        self.media.take(&TapBatch::default(), &[overrun], self.now);
    }

    fn kill_media(&mut self, power: bool) {
        let safe_us = if power { SAFE_POWER_US } else { SAFE_US };
        let safe = self.now.saturating_sub(safe_us);
        let media_id = self.media.origin.media_id.clone();
        let killed = Killed {
            safe,
            unwell_until: self.unwell_until,
            folder_gone: self.folder_gone,
            b_unwell_until: self.b_unwell_until,
        };
        self.killed.insert(media_id, killed);
        self.lives += 1;
        let media_id = format!("med_{}", self.lives);
        self.media = Media::new(&media_id, &self.disk_a, self.waiting_bytes_max);
        self.recorder.kill();
        self.open_sources();
    }

    fn heal(&mut self) {
        self.ends.clear();
        self.disk_a.borrow_mut().mood = Mood::Well;
        self.disk_b.borrow_mut().mood = Mood::Well;
        self.recorder.stopped = false;
    }

    fn finish_sources(&mut self) {
        for source in &mut self.sources {
            source.open = false;
            self.media.end(source.tap, self.now);
        }
    }

    fn end_faults(&mut self) {
        let now = self.now;
        for (_, fault) in self.ends.extract_if(.., |(until, _)| *until <= now) {
            match fault {
                Fault::DiskA(_) => self.disk_a.borrow_mut().mood = Mood::Well,
                Fault::DiskB(_) => self.disk_b.borrow_mut().mood = Mood::Well,
                _ => self.recorder.stopped = false,
            }
        }
    }

    fn step(&mut self, step: u64) {
        self.media.hand_out(self.now, false);
        self.media.write(self.now);
        self.media.send(&mut self.recorder);
        self.recorder.step();
        if step.is_multiple_of(SYNC_EVERY_STEPS) {
            self.media.sync(self.now);
            if let Some(number) = self.recorder.sync() {
                self.media.acked(number);
            }
        }
        if step.is_multiple_of(100) {
            self.media.report(self.now);
        }
        // A copy is well again once it has had time to catch up.
        let grace = SAFE_POWER_US;
        if self.disk_a.borrow().mood != Mood::Well {
            self.a_unwell_until = self.now + grace;
        }
        if self.disk_b.borrow().mood != Mood::Well || self.recorder.stopped {
            self.b_unwell_until = self.now + grace;
        }
        if self.now < self.a_unwell_until && self.now < self.b_unwell_until {
            self.unwell_until = self.now;
        }
    }

    fn judge(mut self) -> Outcome {
        self.media.report(self.now);
        let a = Holding::read(&self.disk_a.borrow());
        let b = Holding::read(&self.disk_b.borrow());
        for id in a.found.keys().chain(b.found.keys()) {
            assert!(
                self.forwarded.contains_key(id),
                "{id:?} was never forwarded"
            );
        }
        for (id, (packet, at)) in &self.forwarded {
            self.outcome.forwarded += 1;
            let copies = [a.found.get(id), b.found.get(id)];
            for found in copies.into_iter().flatten() {
                assert_eq!(found, packet, "{id:?} is not what was forwarded");
            }
            if copies.iter().any(Option::is_some) {
                self.outcome.found += 1;
            } else if is_overrun(&a, id)
                || is_overrun(&b, id)
                || (a.gaps.contains_key(id) && b.gaps.contains_key(id))
            {
                self.outcome.listed += 1;
            } else {
                // Only a process that was killed may leave it at that: in its last moment, or while both copies failed.
                let killed = self.killed.get(&id.0);
                let recoverable = killed.map(|killed| killed.recoverable(*at));
                let gaps = (a.gaps.get(id), b.gaps.get(id));
                assert_eq!(recoverable, Some(false), "{id:?} of {at}, gaps {gaps:?}");
                self.outcome.cut_off += 1;
            }
        }
        self.judge_last_life(&a, &b);
        self.outcome
    }

    /// The process that was not killed: each copy by itself explains everything, and the ledger says the same.
    fn judge_last_life(&self, a: &Holding, b: &Holding) {
        let media_id = &self.media.origin.media_id;
        let ours = || self.forwarded.keys().filter(|id| id.0 == *media_id);
        for (name, copy) in [("a", a), ("b", b)] {
            let unexplained = copy.unexplained(ours());
            assert!(unexplained.is_empty(), "copy {name}: {unexplained:?}");
        }
        for source in &self.sources {
            let key = (media_id.clone(), source.tap.0);
            let expected = self.numbers.get(&key).copied().unwrap_or(0);
            assert_eq!(b.ends.get(&key), Some(&expected));
            let tap_id = format!("tap_{}", source.tap.0);
            let told = self
                .media
                .told
                .iter()
                .rev()
                .flat_map(|told| &told.taps)
                .find(|tap| tap.tap_id == tap_id)
                .expect("it was told");
            assert_eq!(told.forwarded, expected);
            for (position, copy) in [(told.a, a), (told.b, b)] {
                let of_tap = |id: &&Id| (&id.0, id.1) == (media_id, source.tap.0);
                let found = copy.found.keys().filter(of_tap).count() as u64;
                assert_eq!(position.durable + position.lost, expected);
                // A file given up after a failed sync may hold more than it promised.
                assert!(position.durable <= found);
            }
        }
        assert!(self.media.told.iter().any(|told| told.settled));
    }
}
