//! The engine's only randomness: reproducible from `EngineConfig.seed`, so a simulated failure can be run again.

/// SplitMix64. Not for keys: it picks first sequence numbers and the SSRCs of reports, whose unguessability matters little
/// because everything is sealed (RFC 3550 section 5.1 asks for it against known-plaintext attacks on old ciphers).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn u32(&mut self) -> u32 {
        (self.u64() >> 32) as u32
    }

    /// A first sequence number below 2^15, so that losing the first packets can never make a receiver guess a wrong rollover
    /// counter (RFC 3711 section 3.3.1). Never 0: the number before the first must exist.
    pub fn first_sequence(&mut self) -> u64 {
        1 + (self.u64() % 0x7ff0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let (mut a, mut b) = (Random::new(7), Random::new(7));
        assert!((0..100).all(|_| a.u64() == b.u64()));
    }

    #[test]
    fn first_sequences_stay_below_half_the_circle() {
        let mut random = Random::new(1);
        assert!((0..100_000).all(|_| (1..0x8000).contains(&random.first_sequence())));
    }
}
