//! A recorder in virtual time: it reads frames, writes segments, syncs and acknowledges; it is killed, stopped, and has a disk
//! with faults of its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use spool::copy_b::Frame;
use spool::format::{Copy, Origin, segment_head};
use spool::read::{Content as Record, records};

use super::disk::{Content, Mood, Shared};

/// What the operating system holds of a connection.
const PIPE_BYTES: usize = 200_000;

pub struct Recorder {
    pub disk: Shared,
    /// One connection's state; None: not running.
    running: Option<Running>,
    pub stopped: bool,
}

struct Running {
    origin: Origin,
    pipe: VecDeque<Vec<u8>>,
    piped: usize,
    /// This connection's segment of each recording, and the Taps it has been told of.
    segments: BTreeMap<String, u32>,
    taps: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    /// Not synced yet.
    waiting: Vec<(String, u64, Vec<u8>)>,
    written: Option<u64>,
}

impl Recorder {
    pub fn new(disk: Shared) -> Self {
        Self {
            disk,
            running: None,
            stopped: false,
        }
    }

    /// A media process connects.
    pub fn accept(&mut self, origin: &Origin) {
        self.running = Some(Running {
            origin: origin.clone(),
            pipe: VecDeque::new(),
            piped: 0,
            segments: BTreeMap::new(),
            taps: BTreeMap::new(),
            waiting: Vec::new(),
            written: None,
        });
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// All that it had in memory is gone, and the connection with it.
    pub fn kill(&mut self) {
        self.running = None;
        self.stopped = false;
    }

    pub fn has_room(&self) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.piped < PIPE_BYTES)
    }

    pub fn send(&mut self, frame: &Frame) {
        let Some(running) = &mut self.running else {
            return;
        };
        let mut bytes = frame.head.clone();
        bytes.extend_from_slice(&frame.before);
        bytes.extend(frame.block.iter().flat_map(|block| block.bytes.iter()));
        running.piped += bytes.len();
        running.pipe.push_back(bytes);
    }

    /// Read what came and write it.
    pub fn step(&mut self) {
        let Some(running) = self.running.as_mut().filter(|_| !self.stopped) else {
            return;
        };
        while let Some(frame) = running.pipe.pop_front() {
            running.piped -= frame.len();
            let len = u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize;
            assert_eq!((len, frame[4]), (frame.len() - 4, spool::frame::BLOCK));
            let number = u64::from_be_bytes(frame[5..13].try_into().unwrap());
            let end = 14 + usize::from(frame[13]);
            let recording = String::from_utf8(frame[14..end].to_vec()).unwrap();
            let body = frame[end..].to_vec();
            assert!(running.waiting.last().is_none_or(|last| last.1 < number));
            running.waiting.push((recording, number, body));
        }
        let mood = self.disk.borrow().mood;
        if mood != Mood::Well {
            return;
        }
        for (recording, number, body) in std::mem::take(&mut running.waiting) {
            running.write(&self.disk, &recording, &body);
            running.written = Some(number);
        }
    }

    /// Sync; the number that it acknowledges.
    pub fn sync(&mut self) -> Option<u64> {
        let running = self.running.as_mut().filter(|_| !self.stopped)?;
        if self.disk.borrow().mood != Mood::Well {
            return None;
        }
        for content in self.disk.borrow().files.values() {
            let mut content = content.borrow_mut();
            content.synced = content.bytes.len();
        }
        running.written.take()
    }
}

impl Running {
    fn write(&mut self, disk: &Shared, recording: &str, body: &[u8]) {
        let taps = self.taps.entry(recording.to_owned()).or_default();
        let mut known: BTreeSet<u32> = taps.keys().copied().collect();
        for record in records(body) {
            match record.content() {
                Record::Tap(_) => {
                    known.insert(record.place().tap);
                    taps.insert(record.place().tap, Vec::new());
                }
                Record::Packet(_) => {
                    assert!(known.contains(&record.place().tap), "a TAP comes first");
                }
                _ => {}
            }
        }
        let mut disk = disk.borrow_mut();
        let media_id = self.origin.media_id.clone();
        let name = |number| (recording.to_owned(), media_id.clone(), number);
        let number = *self
            .segments
            .entry(recording.to_owned())
            .or_insert_with(|| {
                (1..)
                    .find(|number| !disk.files.contains_key(&name(*number)))
                    .unwrap_or(1)
            });
        let origin = &self.origin;
        let content = disk.files.entry(name(number)).or_insert_with(|| {
            let bytes = segment_head(origin, Copy::B, recording, number, 0);
            std::rc::Rc::new(std::cell::RefCell::new(Content { bytes, synced: 0 }))
        });
        content.borrow_mut().bytes.extend_from_slice(body);
    }
}
