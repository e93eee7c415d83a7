//! The engine's own way of a packet, without sockets: for instruction counts and for what the engine costs beside crypto and
//! kernel.

use engine::Engine;
use engine::api::{
    Command, EngineConfig, Limits, Mono, Outbox, ParticipantKey, Path, RoomKey, SubscriptionKey,
    SubscriptionSpec, TrackKey, TrackSpec, TransportKey, TransportSpec,
};

use crate::publisher::{Publisher, check};
use crate::scene::{self, Scene, Seat};

const ROOM: RoomKey = RoomKey(1);

/// One publisher of video, and so many who watch.
pub struct World {
    engine: Engine,
    publisher: Publisher,
    path: Path,
    seats: Vec<(Seat, Path)>,
    checks: u32,
    now: Mono,
    pub out: Outbox,
}

fn path(port: u16) -> Path {
    let local = std::net::IpAddr::from([127, 0, 0, 1]);
    Path {
        local,
        remote: std::net::SocketAddr::new(local, port),
    }
}

fn transport(request: driver::TransportRequest, key: u32) -> TransportSpec {
    TransportSpec {
        transport: TransportKey(key),
        room: ROOM,
        participant: ParticipantKey(key),
        direction: request.direction,
        group: request.group,
        ice_ufrag: request.ice_ufrag,
        ice_pwd: request.ice_pwd,
        remote_ufrag: request.remote_ufrag,
        extensions: request.extensions,
        codecs: request.codecs,
        slots: request.slots,
    }
}

impl World {
    pub fn new(subscribers: u32) -> std::io::Result<Self> {
        let limits = Limits {
            rooms_max: 4,
            transports_per_room_max: 2048,
            tracks_per_transport_max: 8,
            slots_per_transport_max: 64,
            cache_packets_max: 1024,
            handshakes_per_s_max: 50,
        };
        let config = EngineConfig {
            ntp_at_zero: 1 << 40,
            seed: 7,
            limits,
            adapts: true,
        };
        let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
        let mut world = Self {
            engine: Engine::new(config),
            publisher: Publisher::new(0, Scene::Video, socket),
            path: path(1),
            seats: (0..subscribers)
                .map(|index| (Seat::subscriber(index), path(1000 + index as u16)))
                .collect(),
            checks: 0,
            now: Mono(1_000_000),
            out: Outbox::default(),
        };
        world.open();
        world.renew();
        Ok(world)
    }

    fn command(&mut self, command: Command) {
        let done = self.engine.command(self.now, command, &mut self.out);
        assert_eq!(done, Ok(()), "a scene that the engine takes");
    }

    fn open(&mut self) {
        self.command(Command::OpenRoom(ROOM));
        let seat = self.publisher.seat;
        let spec = transport(scene::publish_transport(seat), 0);
        self.command(Command::OpenTransport(spec));
        self.command(Command::InstallKeys(TransportKey(0), seat.keys().0));
        let track = scene::track(Scene::Video, seat);
        self.command(Command::OpenTrack(TrackSpec {
            track: TrackKey(0),
            transport: TransportKey(0),
            participant: ParticipantKey(0),
            kind: track.kind,
            mid: track.mid,
            codec: track.codec,
            rids: track.rids,
            ssrcs: track.ssrcs,
            audible: track.audible,
            muted: track.muted,
        }));
        for index in 0..self.seats.len() {
            let (seat, key) = (self.seats[index].0, index as u32 + 1);
            let spec = transport(scene::subscribe_transport(seat), key);
            self.command(Command::OpenTransport(spec));
            self.command(Command::InstallKeys(TransportKey(key), seat.keys().0));
            if let Some(wanted) = scene::subscription(Scene::Video, seat) {
                self.command(Command::OpenSubscription(SubscriptionSpec {
                    subscription: SubscriptionKey(key),
                    transport: TransportKey(key),
                    slot: wanted.slot,
                    track: TrackKey(0),
                    generation: wanted.generation,
                    layer_max: wanted.layer_max,
                    priority: wanted.priority,
                    paused: wanted.paused,
                }));
            }
        }
        self.out.clear();
    }

    /// Everybody's consent.
    pub fn renew(&mut self) {
        self.checks += 1;
        let all = std::iter::once((self.publisher.seat, self.path)).chain(self.seats.clone());
        for (seat, path) in all {
            let mut bytes = check(seat, self.checks);
            self.engine
                .receive(self.now, path, &mut bytes, &mut self.out);
        }
        self.out.clear();
    }

    /// The packets of the next frame, sealed; time goes on by 20 ms.
    pub fn frame(&mut self) -> Vec<Vec<u8>> {
        self.now = Mono(self.now.0 + 20_000);
        self.engine.tick(self.now, &mut self.out);
        self.out.clear();
        self.publisher.frame()
    }

    /// The packets through the engine; how many datagrams are to leave.
    #[inline(never)]
    pub fn forward(&mut self, packets: &mut [Vec<u8>]) -> usize {
        self.out.clear();
        for packet in packets {
            self.engine
                .receive(self.now, self.path, packet, &mut self.out);
        }
        self.engine.flush(self.now, &mut self.out);
        self.out.datagrams.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel's cutting lives on: all of a frame for one subscriber lies side by side, in one size.
    #[test]
    fn a_frame_of_five_packets_leaves_as_one_run_to_each_of_a_hundred() {
        let mut world = World::new(100).unwrap();
        let mut packets = world.frame();
        world.forward(&mut packets);
        for _ in 0..3 {
            let mut packets = world.frame();
            assert_eq!(packets.len(), 5);
            assert_eq!(world.forward(&mut packets), 500);
            for run in world.out.datagrams.chunks(5) {
                for pair in run.windows(2) {
                    assert_eq!(pair[0].path, pair[1].path);
                    assert_eq!(pair[0].len, pair[1].len);
                    assert_eq!(pair[0].start + pair[0].len, pair[1].start);
                }
            }
        }
    }
}
