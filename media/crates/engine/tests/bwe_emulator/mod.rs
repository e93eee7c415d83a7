//! A small deterministic network and a classroom on top of it, for the estimator, pacer and allocator together.
//!
//! Virtual time in steps of 1 ms, one printed seed. The network: one bottleneck (rate, tail-drop queue of 200 ms), then loss, base
//! delay and jitter that keeps the order; feedback comes back through the same delay and loss.
#![allow(dead_code)] // Each test binary uses its part.

pub mod flow;
pub mod link;
pub mod source;
pub mod wire;

pub use flow::Flow;
pub use link::{Link, LinkSpec};
pub use source::{Source, SourceSpec};

/// splitmix64: small, and the same everywhere.
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0..1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Run `flows` through one `link` for `ms`, beginning at `from_ms`.
pub fn run(link: &mut Link, flows: &mut [Flow], from_ms: u64, ms: u64) {
    for step in from_ms..from_ms + ms {
        let now_us = step * 1_000;
        for (index, flow) in flows.iter_mut().enumerate() {
            flow.step(now_us, index, link);
        }
        link.step(now_us);
        while let Some(arrival) = link.take() {
            flows[arrival.packet.flow].arrived(&arrival, link);
        }
    }
}
