//! The pacer's way out: numbers, tells the estimator, and puts into the link.

use super::link::{Link, Packet};
use engine::api::Mono;
use engine::bwe::{Cluster, Estimator, SentKind};
use engine::pacer::Exit;

#[derive(Clone, Copy, Debug)]
pub struct Handle {
    pub bytes: u16,
    pub slot: u16,
    pub audio: bool,
}

/// What the pacer lets out goes into the link.
pub struct Wire<'a> {
    pub now_us: u64,
    pub flow: usize,
    pub link: &'a mut Link,
    pub estimator: &'a mut Estimator,
    pub seq: &'a mut u16,
    pub sent: &'a mut Vec<Option<Handle>>,
    pub broken: Vec<u16>,
    pub audio_sent: u64,
    pub audio_out: u64,
}

impl Wire<'_> {
    fn send(&mut self, bytes: u16, handle: Option<Handle>, kind: SentKind) {
        *self.seq = self.seq.wrapping_add(1);
        self.sent[usize::from(*self.seq)] = handle.filter(|handle| !handle.audio);
        self.estimator
            .on_sent(*self.seq, bytes, Mono(self.now_us), kind);
        self.link.push(Packet {
            flow: self.flow,
            seq: *self.seq,
            bytes,
            audio: handle.is_some_and(|handle| handle.audio),
            probe: matches!(kind, SentKind::Probe(_)),
            sent_us: self.now_us,
        });
    }
}

impl Exit<Handle> for Wire<'_> {
    fn leave(&mut self, handle: Handle, probe: Option<Cluster>) {
        self.audio_out += u64::from(handle.audio);
        self.send(
            handle.bytes,
            Some(handle),
            probe.map_or(SentKind::Media, SentKind::Probe),
        );
    }

    fn dropped(&mut self, handle: Handle) {
        assert!(!handle.audio, "audio is never dropped by the pacer");
    }

    fn broken(&mut self, slot: u16) {
        self.broken.push(slot);
    }

    fn padding(&mut self, bytes: u16, cluster: Cluster) -> u16 {
        self.send(bytes, None, SentKind::Probe(cluster));
        bytes
    }
}
