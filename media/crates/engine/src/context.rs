//! What every step of the engine may use: the time, the outbox, the counters, and room to work in.

use crate::api::{Datagram, EngineConfig, Mono, Outbox, Path};
use crate::counters::Counters;

/// Borrowed for one call into the engine.
pub struct Cx<'a> {
    pub now: Mono,
    pub out: &'a mut Outbox,
    pub counters: &'a mut Counters,
    pub config: &'a EngineConfig,
    pub scratch: &'a mut Scratch,
}

/// Lists that are filled and emptied within one step; kept so that no step allocates.
#[derive(Default)]
pub struct Scratch {
    pub seqs: Vec<wire::SeqNo>,
    pub arrivals: Vec<Option<u64>>,
    pub compound: Vec<u8>,
}

impl Cx<'_> {
    /// What was appended to the arena since `start` is a datagram for `path`.
    #[inline]
    pub fn push(&mut self, path: Path, start: usize) {
        let len = self.out.arena.len() - start;
        self.counters.datagrams_out += 1;
        self.counters.bytes_out += len as u64;
        self.out.datagrams.push(Datagram {
            path,
            start: start as u32,
            len: len as u32,
        });
    }

    /// The server's wall clock now, as a 32.32 NTP timestamp.
    pub fn ntp(&self) -> u64 {
        let since = ((u128::from(self.now.0) << 32) / 1_000_000) as u64;
        self.config.ntp_at_zero.wrapping_add(since)
    }

    /// Its middle 32 bits, as report blocks echo them (RFC 3550 section 6.4.1).
    pub fn ntp_middle(&self) -> u32 {
        (self.ntp() >> 16) as u32
    }
}
