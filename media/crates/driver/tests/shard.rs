//! The driver with real sockets around an engine that obeys the datagrams: echo, panic, flood.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use driver::{Core, Plane, PlaneConfig, PlaneError, PlaneEvent, TransportRequest};
use engine::api::{
    Command, CommandError, Datagram, Direction, EngineConfig, Event, ExtensionIds, Mono, Outbox,
    Path, RoomKey, TransportKey, TransportState,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// Taken by one test only: a shard that is told to hold waits for it.
static HELD: Mutex<()> = Mutex::new(());

/// Does what the first word of a datagram says, then echoes it.
struct Obedient {
    rooms: Vec<RoomKey>,
    transports: Vec<(TransportKey, RoomKey)>,
    serving: Option<RoomKey>,
    ticks: u64,
}

impl Obedient {
    fn obey(&mut self, text: &str, out: &mut Outbox) {
        match text {
            "panic" => {
                self.serving = self.rooms.first().copied();
                panic!("as told");
            }
            "hold" => drop(HELD.lock().unwrap()),
            "panic nowhere" => panic!("as told"),
            "flood" => out.events.extend((0..100).map(|_| Event::TransportState {
                transport: self.transports[0].0,
                state: TransportState::Connecting,
                reason: "flood",
            })),
            _ => {}
        }
    }
}

impl Core for Obedient {
    fn make(_: EngineConfig) -> Self {
        Self {
            rooms: Vec::new(),
            transports: Vec::new(),
            serving: None,
            ticks: 0,
        }
    }

    fn command(&mut self, _: Mono, command: Command, _: &mut Outbox) -> Result<(), CommandError> {
        match command {
            Command::OpenRoom(_) if self.rooms.len() == 2 => {
                return Err(CommandError::LimitReached);
            }
            Command::OpenRoom(room) if !self.rooms.contains(&room) => self.rooms.push(room),
            Command::OpenTransport(spec) => self.transports.push((spec.transport, spec.room)),
            _ => {}
        }
        Ok(())
    }

    fn receive(&mut self, _: Mono, path: Path, datagram: &mut [u8], out: &mut Outbox) {
        let start = out.arena.len() as u32;
        out.arena.extend_from_slice(datagram);
        out.datagrams.push(Datagram {
            path,
            start,
            len: datagram.len() as u32,
        });
        self.obey(&String::from_utf8_lossy(datagram), out);
    }

    fn flush(&mut self, _: Mono, _: &mut Outbox) {}

    fn next_deadline(&self) -> Mono {
        Mono((self.ticks + 1) * 5000)
    }

    fn tick(&mut self, now: Mono, _: &mut Outbox) {
        self.ticks = now.0 / 5000;
    }

    fn each_counter(&self, each: &mut dyn FnMut(&'static str, u64)) {
        each("ticks", self.ticks);
    }

    fn snapshot(&self) -> String {
        format!("{{\"rooms\":{}}}", self.rooms.len())
    }

    fn serving(&self) -> Option<RoomKey> {
        self.serving
    }

    fn abandon_room(&mut self, room: RoomKey, _: &mut Outbox) {
        self.serving = None;
        self.rooms.retain(|one| *one != room);
        self.transports.retain(|(_, of)| *of != room);
    }
}

fn config(shard_count: usize, event_queue_max: usize) -> PlaneConfig {
    PlaneConfig {
        shard_count,
        bind_addresses: Vec::new(),
        port_first: 0,
        event_queue_max,
    }
}

fn start(event_queue_max: usize) -> Plane {
    Plane::start_with::<Obedient>(&config(1, event_queue_max)).unwrap()
}

fn client() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Send and wait for the echo: everything sent before has been served then.
fn echo(socket: &UdpSocket, to: (&str, u16), text: &str) -> SocketAddr {
    socket.send_to(text.as_bytes(), to).unwrap();
    let mut buffer = [0; 2048];
    let (len, from) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..len], text.as_bytes());
    from
}

fn transport(id: &str, room: &str) -> TransportRequest {
    TransportRequest {
        transport_id: id.into(),
        room_id: room.into(),
        participant_id: "par_1".into(),
        direction: Direction::Publish,
        ice_ufrag: "ufrag".into(),
        ice_pwd: "p".repeat(24),
        remote_ufrag: None,
        extensions: ExtensionIds::default(),
        codecs: Vec::new(),
        slots: Vec::new(),
    }
}

/// Drain, as told by the event descriptor, until an event is the wanted one.
fn wait_for(plane: &Plane, wanted: impl Fn(&PlaneEvent) -> bool) -> PlaneEvent {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        wait_readable(plane);
        if let Some(event) = plane.drain(1000).into_iter().find(&wanted) {
            return event;
        }
    }
    panic!("the event did not come");
}

fn wait_readable(plane: &Plane) {
    let mut poll = libc::pollfd {
        fd: plane.event_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one live pollfd.
    let ready = unsafe { libc::poll(&raw mut poll, 1, PATIENCE.as_millis() as i32) };
    assert_eq!(ready, 1, "no event");
}

#[test]
fn answers_leave_from_the_address_that_was_asked() {
    let plane = start(64);
    let port = plane.ports()[0];
    let client = client();
    for address in ["127.0.0.1", "127.0.0.9"] {
        assert_eq!(
            echo(&client, (address, port), "hello"),
            format!("{address}:{port}").parse().unwrap()
        );
    }
}

#[test]
fn a_panic_ends_its_room_and_the_shard_goes_on() {
    let plane = start(64);
    let port = plane.ports()[0];
    plane.open_room("rom_1", 0).unwrap();
    plane.open_room("rom_2", 0).unwrap();
    plane.open_transport(transport("trn_1", "rom_1")).unwrap();
    plane.snapshot().unwrap(); // the commands before it are served
    let client = client();
    client.send_to(b"panic", ("127.0.0.1", port)).unwrap();
    let event = wait_for(&plane, |event| {
        matches!(event, PlaneEvent::RoomFaulted { .. })
    });
    let PlaneEvent::RoomFaulted { room, reason } = event else {
        panic!("{event:?}")
    };
    assert_eq!(&*room, "rom_1");
    assert!(reason.contains("tests/shard.rs"), "{reason}");
    // The half-made answer of the call that panicked was not sent: the first echo is this one.
    echo(&client, ("127.0.0.1", port), "still here");
    assert!(plane.snapshot().unwrap().contains("\"rooms\":1"));
    // What was in the Room is unknown now, and the Room may be opened again.
    assert!(matches!(
        plane.open_transport(transport("trn_1", "rom_1")),
        Err(PlaneError::Refused(_))
    ));
    plane.open_room("rom_1", 0).unwrap();
}

#[test]
fn a_panic_outside_any_room_faults_all_of_the_shard() {
    let plane = start(64);
    plane.open_room("rom_1", 0).unwrap();
    plane.open_room("rom_2", 0).unwrap();
    plane.snapshot().unwrap();
    let client = client();
    client
        .send_to(b"panic nowhere", ("127.0.0.1", plane.ports()[0]))
        .unwrap();
    echo(&client, ("127.0.0.1", plane.ports()[0]), "still here");
    let faulted = plane
        .drain(100)
        .iter()
        .filter(|event| matches!(event, PlaneEvent::RoomFaulted { .. }))
        .count();
    assert_eq!(faulted, 2);
    assert!(plane.snapshot().unwrap().contains("\"rooms\":0"));
}

#[test]
fn events_that_nobody_drains_end_their_room() {
    let plane = start(50);
    plane.open_room("rom_1", 0).unwrap();
    plane.open_room("rom_2", 0).unwrap();
    plane.open_transport(transport("trn_1", "rom_1")).unwrap();
    plane.snapshot().unwrap();
    let client = client();
    echo(&client, ("127.0.0.1", plane.ports()[0]), "flood");
    plane.snapshot().unwrap(); // the events of the batch are told after its datagrams have left
    let events: Vec<PlaneEvent> = plane
        .drain(1000)
        .into_iter()
        .filter(|event| !matches!(event, PlaneEvent::Counters(_)))
        .collect();
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(matches!(&events[0], PlaneEvent::RoomFaulted { room, .. } if &**room == "rom_1"));
    assert!(plane.snapshot().unwrap().contains("\"rooms\":1"));
}

#[test]
fn a_refused_command_comes_back_as_an_event_and_the_id_is_free() {
    let plane = start(64);
    for room in ["rom_1", "rom_2", "rom_3"] {
        plane.open_room(room, 0).unwrap();
    }
    let event = wait_for(&plane, |event| {
        matches!(event, PlaneEvent::CommandFailed { .. })
    });
    let PlaneEvent::CommandFailed { id, error, .. } = event else {
        panic!("{event:?}")
    };
    assert_eq!((&*id, error), ("rom_3", CommandError::LimitReached));
    assert!(matches!(
        plane.open_transport(transport("trn_1", "rom_3")),
        Err(PlaneError::Refused(_))
    ));
}

#[test]
fn counters_of_all_shards_are_one_sum() {
    let plane = Plane::start_with::<Obedient>(&config(2, 64)).unwrap();
    let client = client();
    for port in plane.ports() {
        echo(&client, ("127.0.0.1", port), "one");
    }
    wait_for(&plane, |event| {
        let PlaneEvent::Counters(values) = event else {
            return false;
        };
        let value = |name| {
            values
                .iter()
                .find(|(one, _)| *one == name)
                .map(|(_, value)| *value)
        };
        value("driver_datagrams_in") == Some(2) && value("ticks").is_some_and(|ticks| ticks > 0)
    });
}

#[test]
fn a_taken_port_is_told_and_what_had_started_is_stopped() {
    let first = Plane::start_with::<Obedient>(&config(1, 64)).unwrap();
    let taken = PlaneConfig {
        port_first: first.ports()[0],
        ..config(1, 64)
    };
    let error = Plane::start_with::<Obedient>(&taken).err().unwrap();
    assert!(
        error.to_string().contains(&first.ports()[0].to_string()),
        "{error}"
    );
    drop(first);
    // Its sockets are closed once it is dropped.
    Plane::start_with::<Obedient>(&taken).unwrap();
}

#[test]
fn a_shard_with_too_many_commands_says_busy_and_loses_none() {
    let plane = start(64);
    let held = HELD.lock().unwrap();
    client()
        .send_to(b"hold", ("127.0.0.1", plane.ports()[0]))
        .unwrap();
    let mut taken = 0;
    let busy = loop {
        match plane.open_room("rom_1", 0) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(busy, PlaneError::Busy(0)), "{busy}");
    // An object whose first command was not taken is not known.
    assert!(matches!(
        plane.open_room("rom_2", 0),
        Err(PlaneError::Busy(0))
    ));
    assert!(matches!(
        plane.open_transport(transport("trn_1", "rom_2")),
        Err(PlaneError::Refused(_))
    ));
    drop(held);
    wait_for(&plane, |event| {
        let PlaneEvent::Counters(values) = event else {
            return false;
        };
        values.contains(&("driver_commands", taken))
    });
    plane.open_room("rom_2", 0).unwrap();
}

#[test]
fn a_stopped_plane_says_so() {
    let mut plane = start(64);
    plane.stop();
    assert!(matches!(
        plane.open_room("rom_1", 0),
        Err(PlaneError::Refused(_) | PlaneError::Stopped)
    ));
    assert!(plane.drain(10).is_empty());
}
