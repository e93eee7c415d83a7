//! What a shard needs of the engine. A trait, so that tests can put an engine there that panics or floods.

use engine::api::{Command, CommandError, EngineConfig, Mono, Outbox, Path, RoomKey};

/// The engine as the driver sees it; the methods are those at the end of the engine's `api.rs`.
pub trait Core {
    fn make(config: EngineConfig) -> Self;
    fn command(
        &mut self,
        now: Mono,
        command: Command,
        out: &mut Outbox,
    ) -> Result<(), CommandError>;
    fn receive(&mut self, now: Mono, path: Path, datagram: &mut [u8], out: &mut Outbox);
    fn flush(&mut self, now: Mono, out: &mut Outbox);
    fn next_deadline(&self) -> Mono;
    fn tick(&mut self, now: Mono, out: &mut Outbox);
    fn each_counter(&self, each: &mut dyn FnMut(&'static str, u64));
    fn snapshot(&self) -> String;
    fn serving(&self) -> Option<RoomKey>;
    fn abandon_room(&mut self, room: RoomKey, out: &mut Outbox);
}

impl Core for engine::Engine {
    fn make(config: EngineConfig) -> Self {
        engine::Engine::new(config)
    }

    fn command(
        &mut self,
        now: Mono,
        command: Command,
        out: &mut Outbox,
    ) -> Result<(), CommandError> {
        engine::Engine::command(self, now, command, out)
    }

    fn receive(&mut self, now: Mono, path: Path, datagram: &mut [u8], out: &mut Outbox) {
        engine::Engine::receive(self, now, path, datagram, out);
    }

    fn flush(&mut self, now: Mono, out: &mut Outbox) {
        engine::Engine::flush(self, now, out);
    }

    fn next_deadline(&self) -> Mono {
        engine::Engine::next_deadline(self)
    }

    fn tick(&mut self, now: Mono, out: &mut Outbox) {
        engine::Engine::tick(self, now, out);
    }

    fn each_counter(&self, each: &mut dyn FnMut(&'static str, u64)) {
        for (name, value) in engine::Engine::counters(self).named() {
            each(name, value);
        }
    }

    fn snapshot(&self) -> String {
        engine::Engine::snapshot(self)
    }

    fn serving(&self) -> Option<RoomKey> {
        engine::Engine::serving(self)
    }

    fn abandon_room(&mut self, room: RoomKey, out: &mut Outbox) {
        engine::Engine::abandon_room(self, room, out);
    }
}
