//! A quick hash for maps that a packet looks into. Seeded from the engine's seed; not for keys that strangers choose freely:
//! addresses get into the map only by an authenticated check, and every transport has few of them.

use std::hash::{BuildHasher, Hasher};

#[derive(Clone, Copy, Debug)]
pub struct Quick {
    seed: u64,
}

impl Quick {
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }
}

impl BuildHasher for Quick {
    type Hasher = QuickHasher;

    fn build_hasher(&self) -> QuickHasher {
        QuickHasher { state: self.seed }
    }
}

/// Folds each word by a multiplication whose high half comes back in.
#[derive(Clone, Copy, Debug)]
pub struct QuickHasher {
    state: u64,
}

impl QuickHasher {
    #[inline]
    fn word(&mut self, word: u64) {
        let product =
            u128::from(self.state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        self.state = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for QuickHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        self.word(bytes.len() as u64);
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.word(u64::from(value));
    }

    #[inline]
    fn write_u16(&mut self, value: u16) {
        self.word(u64::from(value));
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.word(u64::from(value));
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.word(value);
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.word(value as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.state
    }
}

/// A map that a packet looks into.
pub type QuickMap<K, V> = std::collections::HashMap<K, V, Quick>;
