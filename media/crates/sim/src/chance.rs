//! Chance with a printed seed: one number reproduces a whole run.

/// xorshift64*.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn u64(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        (self.u64() >> 16) % bound.max(1)
    }

    /// True once in a while: `share` of 1.0.
    pub fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && (self.u64() >> 11) as f64 / ((1u64 << 53) as f64) < share
    }
}
