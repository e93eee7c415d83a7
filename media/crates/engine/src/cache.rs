//! The newest packets of one layer: each payload is stored once, every subscriber sends from here.
//!
//! A ring by sequence number, bounded in packets; the oldest goes first. Buffers are kept when a packet leaves, so in steady
//! state nothing is allocated. Serves forwarding, RTX answers and (by [`Cached::shape`]) first pictures.

use wire::{ExtSeq, RtpTime, SeqNo};

use crate::api::Mono;
use crate::picture::Shape;

/// One packet of a layer.
#[derive(Clone, Debug)]
pub struct Cached {
    pub seq: ExtSeq,
    pub time: RtpTime,
    pub arrival: Mono,
    pub marker: bool,
    pub shape: Shape,
    pub payload: Vec<u8>,
}

/// All bits set: no sequence number gets there.
const EMPTY: ExtSeq = ExtSeq(u64::MAX);

#[derive(Clone, Debug)]
pub struct Cache {
    ring: Vec<Cached>,
    packets_max: usize,
    newest: Option<ExtSeq>,
}

impl Cache {
    /// `packets_max` is rounded up to a power of two. The ring is made with the first packet.
    pub fn new(packets_max: usize) -> Self {
        Self {
            ring: Vec::new(),
            packets_max: packets_max.max(1).next_power_of_two(),
            newest: None,
        }
    }

    /// Keep a packet. `None`: it is older than what is kept.
    #[inline]
    pub fn store(
        &mut self,
        seq: ExtSeq,
        time: RtpTime,
        arrival: Mono,
        marker: bool,
        shape: Shape,
        payload: &[u8],
    ) -> Option<&Cached> {
        if self.ring.is_empty() {
            let empty = Cached {
                seq: EMPTY,
                time,
                arrival,
                marker: false,
                shape: Shape::default(),
                payload: Vec::new(),
            };
            self.ring = vec![empty; self.packets_max];
        }
        match self.newest {
            Some(newest) if seq.0 + self.packets_max as u64 <= newest.0 => return None,
            Some(newest) if seq <= newest => {}
            _ => self.newest = Some(seq),
        }
        // The ring's length is `packets_max`, a power of two: the masked index is always inside.
        let kept = &mut self.ring[seq.0 as usize & (self.packets_max - 1)];
        kept.seq = seq;
        kept.time = time;
        kept.arrival = arrival;
        kept.marker = marker;
        kept.shape = shape;
        kept.payload.clear();
        kept.payload.extend_from_slice(payload);
        Some(kept)
    }

    /// The packet with this number, if it is still kept.
    #[inline]
    pub fn get(&self, seq: ExtSeq) -> Option<&Cached> {
        let kept = self.ring.get(seq.0 as usize & (self.packets_max - 1))?;
        (kept.seq == seq).then_some(kept)
    }

    /// The extended number that a recently sent 16-bit one stands for.
    pub fn nearest(&self, seq: SeqNo) -> Option<ExtSeq> {
        self.newest.map(|newest| newest.nearest(seq))
    }

    /// The newest packet's number.
    pub fn newest(&self) -> Option<ExtSeq> {
        self.newest
    }

    /// Forget everything: the source began anew and its numbers mean other packets now.
    pub fn clear(&mut self) {
        self.newest = None;
        for kept in &mut self.ring {
            kept.seq = EMPTY;
        }
    }

    /// Bytes held, for the snapshot.
    pub fn bytes(&self) -> usize {
        self.ring.len() * size_of::<Cached>()
            + self
                .ring
                .iter()
                .map(|kept| kept.payload.capacity())
                .sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(cache: &mut Cache, seq: u64) -> bool {
        cache
            .store(
                ExtSeq(seq),
                RtpTime(0),
                Mono(0),
                false,
                Shape::default(),
                &seq.to_be_bytes(),
            )
            .is_some()
    }

    #[test]
    fn the_oldest_goes_first_and_stragglers_find_their_place() {
        let mut cache = Cache::new(4);
        for seq in [100, 101, 103, 104] {
            assert!(store(&mut cache, seq));
        }
        assert!(cache.get(ExtSeq(100)).is_none(), "104 took its place");
        assert!(store(&mut cache, 102));
        assert_eq!(
            cache.get(ExtSeq(102)).map(|kept| kept.payload.clone()),
            Some(102u64.to_be_bytes().to_vec())
        );
        assert!(!store(&mut cache, 100));
        assert!(cache.get(ExtSeq(104)).is_some());
        assert_eq!(cache.newest(), Some(ExtSeq(104)));
    }

    #[test]
    fn a_cleared_cache_answers_nothing() {
        let mut cache = Cache::new(4);
        assert!(store(&mut cache, 7));
        cache.clear();
        assert!(cache.get(ExtSeq(7)).is_none());
        assert_eq!(cache.nearest(SeqNo(7)), None);
        assert!(store(&mut cache, 3));
    }
}
