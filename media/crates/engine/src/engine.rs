//! The engine's doors.

use crate::api::{Command, CommandError, EngineConfig, Mono, Outbox, Path, RoomKey};
use crate::counters::Counters;

/// One shard's forwarding state.
pub struct Engine {
    config: EngineConfig,
    counters: Counters,
}

impl Engine {
    pub fn new(config: EngineConfig) -> Self {
        Self { config, counters: Counters::default() }
    }

    pub fn command(&mut self, _now: Mono, _command: Command, _out: &mut Outbox) -> Result<(), CommandError> {
        let _ = &self.config;
        Ok(())
    }

    /// One datagram as it came; decrypted in place. Never panics, whatever the bytes.
    pub fn receive(&mut self, _now: Mono, _path: Path, _datagram: &mut [u8], _out: &mut Outbox) {
        self.counters.datagrams_in += 1;
    }

    /// After each batch of `receive`: what was gathered per subscriber leaves as runs.
    pub fn flush(&mut self, _now: Mono, _out: &mut Outbox) {}

    /// When `tick` must be called at the latest.
    pub fn next_deadline(&self) -> Mono {
        Mono(u64::MAX)
    }

    pub fn tick(&mut self, _now: Mono, _out: &mut Outbox) {}

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The whole state as JSON.
    pub fn snapshot(&self) -> String {
        String::from("{}")
    }

    /// The Room whose packet is being worked on, for whoever catches a panic.
    pub fn serving(&self) -> Option<RoomKey> {
        None
    }

    /// Drop one Room after a panic was caught while serving it.
    pub fn abandon_room(&mut self, _room: RoomKey, _out: &mut Outbox) {}
}
