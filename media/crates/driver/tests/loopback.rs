//! The driver with the real engine and real sockets: a made-up browser checks its pair and exchanges handshake datagrams.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use driver::{Plane, PlaneConfig, PlaneEvent, TransportRequest};
use engine::api::{Direction, ExtensionIds, TransportState};
use wire::stun::{Class, IntegrityKey, METHOD_BINDING, Message, TransactionId, Writer};

const PATIENCE: Duration = Duration::from_secs(10);
const PWD: &str = "a password of 24 letters";
const CLIENT_HELLO: &[u8] = &[22, 254, 253, 1, 2, 3];

struct Password(hmac::Key);

impl Password {
    fn of(text: &str) -> Self {
        Self(hmac::Key::new(
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            text.as_bytes(),
        ))
    }
}

impl IntegrityKey for Password {
    fn tag(&self, parts: &[&[u8]]) -> [u8; 20] {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|part| context.update(part));
        // HMAC-SHA1 has 20 bytes.
        context.sign().as_ref().try_into().unwrap()
    }
}

fn check(pwd: &str, number: u8) -> Vec<u8> {
    let mut out = Vec::new();
    Writer::new(
        Class::Request,
        METHOD_BINDING,
        TransactionId([number; 12]),
        &mut out,
    )
    .username("ourufrag:them")
    .ice_controlling(1)
    .priority(100)
    .use_candidate()
    .finish(Some(&Password::of(pwd)));
    out
}

struct Browser {
    socket: UdpSocket,
    to: SocketAddr,
}

impl Browser {
    fn new(to: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, to }
    }

    fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.to).unwrap();
    }

    fn receive(&self) -> (Vec<u8>, SocketAddr) {
        let mut buffer = [0; 2048];
        let (len, from) = self.socket.recv_from(&mut buffer).unwrap();
        (buffer[..len].to_vec(), from)
    }
}

fn start() -> Plane {
    let plane = Plane::start(&PlaneConfig {
        shard_count: 1,
        bind_addresses: Vec::new(),
        port_first: 0,
        event_queue_max: 1024,
    })
    .unwrap();
    plane.open_room("rom_1", 0).unwrap();
    plane
        .open_transport(TransportRequest {
            transport_id: "trn_1".into(),
            room_id: "rom_1".into(),
            participant_id: "par_1".into(),
            direction: Direction::Publish,
            ice_ufrag: "ourufrag".into(),
            ice_pwd: PWD.replace(' ', "-"),
            remote_ufrag: Some("them".into()),
            extensions: ExtensionIds::default(),
            codecs: Vec::new(),
            slots: Vec::new(),
        })
        .unwrap();
    plane
}

/// Ice characters have no space.
fn password() -> String {
    PWD.replace(' ', "-")
}

fn events_until(plane: &Plane, last: impl Fn(&PlaneEvent) -> bool) -> Vec<PlaneEvent> {
    let until = Instant::now() + PATIENCE;
    let mut seen = Vec::new();
    while Instant::now() < until {
        seen.extend(plane.drain(100));
        if seen.iter().any(&last) {
            return seen;
        }
        std::thread::yield_now();
    }
    panic!("it did not come: {seen:?}");
}

fn counter(plane: &Plane, name: &str) -> u64 {
    let text = plane.snapshot().unwrap();
    let (_, after) = text.split_once(&format!("\"{name}\":")).unwrap();
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn a_check_is_answered_from_where_it_went_and_handshakes_pass_both_ways() {
    let plane = start();
    let asked: SocketAddr = format!("127.0.0.5:{}", plane.ports()[0]).parse().unwrap();
    let browser = Browser::new(asked);
    browser.send(&check(&password(), 1));
    let (answer, from) = browser.receive();
    assert_eq!(from, asked);
    assert_eq!(Message::parse(&answer).unwrap().class, Class::Success);
    events_until(&plane, |event| {
        matches!(
            event,
            PlaneEvent::TransportState {
                state: TransportState::Connecting,
                ..
            }
        )
    });
    browser.send(CLIENT_HELLO);
    let events = events_until(&plane, |event| {
        matches!(event, PlaneEvent::Handshake { .. })
    });
    let Some(PlaneEvent::Handshake {
        transport,
        datagram,
    }) = events.last()
    else {
        panic!("{events:?}")
    };
    assert_eq!((&**transport, datagram.as_slice()), ("trn_1", CLIENT_HELLO));
    plane
        .send_handshake("trn_1", b"\x16server hello".to_vec())
        .unwrap();
    let (flight, from) = browser.receive();
    assert_eq!((flight.as_slice(), from), (&b"\x16server hello"[..], asked));
}

#[test]
fn strangers_and_garbage_get_no_answer_and_raise_nothing() {
    let plane = start();
    let asked: SocketAddr = format!("127.0.0.1:{}", plane.ports()[0]).parse().unwrap();
    let stranger = Browser::new(asked);
    stranger.send(&check("another password altogether", 1));
    stranger.send(CLIENT_HELLO);
    for len in 0..64 {
        stranger.send(&vec![0x80 + len as u8; len]);
    }
    // An honest browser's answer comes after all of that was served.
    let browser = Browser::new(asked);
    browser.send(&check(&password(), 2));
    browser.receive();
    assert_eq!(counter(&plane, "driver_datagrams_in"), 2 + 64 + 1);
    assert_eq!(counter(&plane, "driver_panics"), 0);
    assert_eq!(counter(&plane, "driver_datagrams_out"), 1);
    let raised = plane
        .drain(100)
        .iter()
        .any(|event| matches!(event, PlaneEvent::Handshake { .. }));
    assert!(!raised);
}

#[test]
fn a_closed_transport_answers_no_more() {
    let plane = start();
    let asked: SocketAddr = format!("127.0.0.1:{}", plane.ports()[0]).parse().unwrap();
    let browser = Browser::new(asked);
    browser.send(&check(&password(), 1));
    browser.receive();
    plane.close(driver::ObjectKind::Transport, "trn_1").unwrap();
    plane.snapshot().unwrap(); // the close before it is carried out
    browser.send(&check(&password(), 2));
    while counter(&plane, "driver_datagrams_in") < 2 {
        std::thread::yield_now();
    }
    assert_eq!(counter(&plane, "driver_datagrams_out"), 1);
    assert!(plane.send_handshake("trn_1", vec![22]).is_err());
}
