//! What was sent, by transport-wide sequence number, until feedback tells what became of it.
//!
//! One ring of 8-byte entries made at start. A packet older than the ring is forgotten: feedback about it is ignored.

use super::{Cluster, SentKind};
use crate::api::Mono;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Never sent, or forgotten.
    Unknown,
    InFlight,
    Lost,
    Received,
}

/// Eight bytes. The sent time keeps its low 32 bits (71 minutes); the ring turns over long before that.
#[derive(Clone, Copy)]
struct Entry {
    sent_low: u32,
    bytes: u16,
    fate: Fate,
    /// 0: none.
    cluster: u8,
}

const EMPTY: Entry = Entry {
    sent_low: 0,
    bytes: 0,
    fate: Fate::Unknown,
    cluster: 0,
};

/// A sent packet, as feedback finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentPacket {
    pub sent: Mono,
    pub bytes: u16,
    pub kind: SentKind,
    /// An earlier message said it was lost; it was only late.
    pub was_lost: bool,
}

pub(super) struct SentLog {
    ring: Box<[Entry]>,
    newest: Option<u16>,
}

impl SentLog {
    /// `packets` is rounded up to a power of two; half the sequence space is the most that can be told apart.
    pub fn new(packets: usize) -> SentLog {
        let size = packets.clamp(64, 1 << 15).next_power_of_two();
        SentLog {
            ring: vec![EMPTY; size].into_boxed_slice(),
            newest: None,
        }
    }

    fn index(&self, seq: u16) -> usize {
        usize::from(seq) & (self.ring.len() - 1)
    }

    pub fn push(&mut self, seq: u16, bytes: u16, now: Mono, kind: SentKind) {
        if let Some(newest) = self.newest {
            let ahead = seq.wrapping_sub(newest);
            if ahead == 0 || ahead >= 1 << 15 {
                return; // Numbers only run forward; an older one was told already.
            }
            for skipped in 1..ahead.min(self.ring.len() as u16) {
                let index = self.index(newest.wrapping_add(skipped));
                self.ring[index] = EMPTY;
            }
        }
        self.newest = Some(seq);
        let cluster = match kind {
            SentKind::Media => 0,
            SentKind::Probe(cluster) => cluster.0,
        };
        let index = self.index(seq);
        self.ring[index] = Entry {
            sent_low: now.0 as u32,
            bytes,
            fate: Fate::InFlight,
            cluster,
        };
    }

    /// Bytes of packets between two numbers that nothing was told about; 0 if the second is not ahead.
    pub fn in_flight_between(&self, from: u16, to: u16) -> u32 {
        let skipped = to.wrapping_sub(from);
        if skipped < 2 || usize::from(skipped) > self.ring.len() / 2 {
            return 0;
        }
        (1..skipped)
            .map(|n| self.ring[self.index(from.wrapping_add(n))])
            .filter(|entry| entry.fate == Fate::InFlight)
            .map(|entry| u32::from(entry.bytes))
            .sum()
    }

    /// Note the packet's fate; the packet if that is news.
    pub fn settle(&mut self, seq: u16, received: bool, now: Mono) -> Option<SentPacket> {
        let newest = self.newest?;
        if usize::from(newest.wrapping_sub(seq)) >= self.ring.len() {
            return None;
        }
        let index = self.index(seq);
        let entry = &mut self.ring[index];
        let was_lost = match entry.fate {
            Fate::InFlight => false,
            Fate::Lost if received => true,
            Fate::Unknown | Fate::Lost | Fate::Received => return None,
        };
        entry.fate = if received { Fate::Received } else { Fate::Lost };
        let age = (now.0 as u32).wrapping_sub(entry.sent_low);
        let kind = match entry.cluster {
            0 => SentKind::Media,
            cluster => SentKind::Probe(Cluster(cluster)),
        };
        Some(SentPacket {
            sent: Mono(now.0.saturating_sub(u64::from(age))),
            bytes: entry.bytes,
            kind,
            was_lost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_eight_bytes() {
        assert_eq!(size_of::<Entry>(), 8);
    }

    #[test]
    fn a_packet_is_settled_once_and_a_late_one_corrects_its_loss() {
        let mut log = SentLog::new(64);
        log.push(65_535, 100, Mono(10), SentKind::Probe(Cluster(3)));
        log.push(0, 200, Mono(20), SentKind::Media);
        let first = log.settle(65_535, true, Mono(50)).expect("was sent");
        assert_eq!(
            (first.sent, first.bytes, first.kind, first.was_lost),
            (Mono(10), 100, SentKind::Probe(Cluster(3)), false)
        );
        assert_eq!(log.settle(65_535, true, Mono(50)), None);
        assert!(!log.settle(0, false, Mono(60)).expect("was sent").was_lost);
        assert_eq!(log.settle(0, false, Mono(61)), None);
        assert!(log.settle(0, true, Mono(70)).expect("only late").was_lost);
    }

    #[test]
    fn skipped_old_and_unsent_numbers_are_unknown() {
        let mut log = SentLog::new(64);
        log.push(1, 1, Mono(1), SentKind::Media);
        log.push(5, 1, Mono(1), SentKind::Media);
        assert_eq!(log.settle(3, true, Mono(2)), None);
        assert_eq!(log.settle(6, true, Mono(2)), None);
        log.push(70, 1, Mono(1), SentKind::Media);
        assert_eq!(log.settle(1, true, Mono(2)), None, "older than the ring");
        assert_eq!(log.settle(5, true, Mono(2)), None);
        assert!(log.settle(70, true, Mono(2)).is_some());
    }
}
