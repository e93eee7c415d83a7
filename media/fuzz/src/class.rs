//! The whole engine with a hostile but authenticated publisher and subscriber, and a stranger.
//!
//! The bytes are a script: what is sealed with right keys walks every step behind decryption. What the engine sends must lie
//! in the arena, fit a datagram, open with the browser's keys and never twice under one number.

use engine::Engine;
use engine::api::*;
use engine::srtp::OpenError;
use wire::{DatagramKind, demux};

use super::browser::{End, PWD, control, media};

const ROOM: RoomKey = RoomKey(1);
/// Largest UDP payload that passes everywhere; what we send stays below whatever came in, plus our own header and tag.
const DATAGRAM_MAX: usize = 1500;
const STEPS_MAX: usize = 300;

fn codec(name: CodecName, payload_type: u8) -> Codec {
    let audio = name == CodecName::Opus;
    Codec {
        name,
        payload_type,
        clock_rate_hz: if audio { 48_000 } else { 90_000 },
        rtx_payload_type: (!audio).then_some(payload_type + 1),
        red_payload_type: None,
        nack: !audio,
        transport_cc: true,
    }
}

struct Lesson {
    engine: Engine,
    out: Outbox,
    now: u64,
    publisher: End,
    subscriber: End,
    generation: u32,
}

impl Lesson {
    fn new() -> Lesson {
        let limits = Limits {
            rooms_max: 2,
            transports_per_room_max: 4,
            tracks_per_transport_max: 4,
            slots_per_transport_max: 4,
            cache_packets_max: 64,
            handshakes_per_s_max: 10,
        };
        let (mut first, mut second) = (None, None);
        let mut lesson = Lesson {
            engine: Engine::new(EngineConfig {
                ntp_at_zero: 0xe000_0000_0000_0000,
                seed: 1,
                limits,
            }),
            out: Outbox::default(),
            now: 0,
            publisher: End::new(1, &mut first),
            subscriber: End::new(2, &mut second),
            generation: 1,
        };
        lesson.command(Command::OpenRoom(ROOM));
        for (number, direction, keys) in [
            (1, Direction::Publish, first),
            (2, Direction::Subscribe, second),
        ] {
            lesson.command(Command::OpenTransport(transport(number, direction)));
            if let Some(keys) = keys {
                lesson.command(Command::InstallKeys(TransportKey(number), keys));
            }
        }
        lesson.checks(0);
        lesson.open_tracks(false);
        lesson.subscribe(2, false);
        lesson
    }

    fn command(&mut self, command: Command) {
        let done = self.engine.command(Mono(self.now), command, &mut self.out);
        assert_eq!(done, Ok(()));
        self.settle();
    }

    fn open_tracks(&mut self, muted: bool) {
        for (track, kind, name) in [
            (1, Kind::Audio, CodecName::Opus),
            (2, Kind::Video, CodecName::Vp8),
        ] {
            let video = kind == Kind::Video;
            self.command(Command::OpenTrack(TrackSpec {
                track: TrackKey(track),
                transport: TransportKey(1),
                participant: ParticipantKey(1),
                kind,
                mid: (track - 1).to_string(),
                codec: if video {
                    codec(name, 96)
                } else {
                    codec(name, 111)
                },
                rids: if video {
                    vec!["q".into(), "h".into()]
                } else {
                    vec![]
                },
                ssrcs: if video { vec![] } else { vec![(100, None)] },
                audible: !video,
                muted,
            }));
        }
    }

    fn subscribe(&mut self, spatial: u8, paused: bool) {
        self.generation += 1;
        self.command(Command::OpenSubscription(SubscriptionSpec {
            subscription: SubscriptionKey(1),
            transport: TransportKey(2),
            slot: 1,
            track: TrackKey(2),
            generation: self.generation,
            layer_max: Layer {
                spatial,
                temporal: 2,
            },
            priority: 1,
            paused,
        }));
    }

    fn checks(&mut self, number: u8) {
        for (path, check) in [
            (self.publisher.path, self.publisher.check(number)),
            (self.subscriber.path, self.subscriber.check(number)),
        ] {
            self.receive(path, check);
        }
    }

    fn receive(&mut self, path: Path, mut datagram: Vec<u8>) {
        self.engine
            .receive(Mono(self.now), path, &mut datagram, &mut self.out);
        self.engine.flush(Mono(self.now), &mut self.out);
        self.settle();
    }

    /// Everything that was sent, as the browsers see it.
    fn settle(&mut self) {
        for datagram in &self.out.datagrams {
            let start = datagram.start as usize;
            let bytes = &self.out.arena[start..start + datagram.len as usize];
            assert!(
                !bytes.is_empty() && bytes.len() <= DATAGRAM_MAX,
                "{} bytes",
                bytes.len()
            );
            let end = if datagram.path == self.publisher.path {
                &mut self.publisher
            } else {
                &mut self.subscriber
            };
            let mut bytes = bytes.to_vec();
            match demux(&bytes) {
                DatagramKind::Rtp => {
                    let opened = end.opener.open_rtp(&mut bytes);
                    // A late filling of a hole may fall out of the browser's window. Nothing may come twice, or be sealed so
                    // far ahead that the browser guesses the wrong rollover.
                    assert!(
                        matches!(opened, Ok(_) | Err(OpenError::TooOld)),
                        "{opened:?}"
                    );
                }
                DatagramKind::Rtcp => {
                    let len = end.opener.open_rtcp(&mut bytes).expect("opens, and is new");
                    assert!(wire::rtcp::Compound::new(&bytes[..len]).all(|block| block.is_ok()));
                }
                DatagramKind::Stun => assert!(wire::stun::Message::parse(&bytes).is_ok()),
                other => panic!("we sent {other:?}"),
            }
        }
        assert_eq!(self.engine.serving(), None);
        self.out.clear();
    }

    /// One step of the script.
    fn step(&mut self, op: u8, [a, b]: [u8; 2], body: &[u8]) {
        match op % 8 {
            0 | 1 => {
                let packet = media(op, a, b, body);
                if let Some(packet) = self.publisher.seal(packet) {
                    self.receive(self.publisher.path, packet);
                }
            }
            2 => {
                if let Some(packet) = self.publisher.seal(body.to_vec()) {
                    self.receive(self.publisher.path, packet);
                }
            }
            3 | 4 => {
                let compound = control(a, b, body);
                let end = if op % 8 == 3 {
                    &mut self.subscriber
                } else {
                    &mut self.publisher
                };
                if let Some(packet) = end.seal_control(compound) {
                    let path = end.path;
                    self.receive(path, packet);
                }
            }
            5 => {
                self.now += 1_000 * u64::from(a) + u64::from(b);
                self.engine.tick(Mono(self.now), &mut self.out);
                self.settle();
            }
            6 => {
                let path = if a & 1 == 0 {
                    self.publisher.path
                } else {
                    self.subscriber.path
                };
                self.receive(path, body.to_vec());
            }
            _ => self.wish(a, b),
        }
    }

    fn wish(&mut self, a: u8, b: u8) {
        match a % 6 {
            0 => self.open_tracks(b & 1 != 0),
            1 => self.subscribe(b % 4, b & 0x80 != 0),
            2 => self.command(Command::CloseSubscription(SubscriptionKey(1))),
            3 => {
                self.command(Command::CloseTrack(TrackKey(2)));
                self.open_tracks(false);
                self.subscribe(2, false);
            }
            4 => self.checks(b),
            _ => {
                // Eight seconds on: stale, then renewed.
                self.now += 8_000_000;
                self.engine.tick(Mono(self.now), &mut self.out);
                self.settle();
                self.checks(b);
            }
        }
    }
}

fn transport(number: u32, direction: Direction) -> TransportSpec {
    let slot = |slot: u16, kind, mode| SlotSpec {
        slot,
        mid: slot.to_string(),
        kind,
        mode,
        ssrc: 9000 + u32::from(slot),
        rtx_ssrc: (kind == Kind::Video).then_some(9100 + u32::from(slot)),
    };
    let subscribes = direction == Direction::Subscribe;
    TransportSpec {
        transport: TransportKey(number),
        room: ROOM,
        participant: ParticipantKey(number),
        direction,
        ice_ufrag: format!("ufrag{number}"),
        ice_pwd: PWD.into(),
        remote_ufrag: Some("them".into()),
        extensions: ExtensionIds {
            mid: Some(4),
            rid: Some(10),
            repaired_rid: Some(11),
            audio_level: Some(1),
            transport_cc: Some(3),
            abs_send_time: Some(2),
            dependency_descriptor: None,
        },
        codecs: if subscribes {
            vec![codec(CodecName::Opus, 111), codec(CodecName::Vp8, 96)]
        } else {
            vec![]
        },
        slots: if subscribes {
            vec![
                slot(0, Kind::Audio, SlotMode::Loudest),
                slot(1, Kind::Video, SlotMode::Bound),
            ]
        } else {
            vec![]
        },
    }
}

/// Runs a script: op, two arguments, length, body.
pub fn engine(bytes: &[u8]) {
    let mut lesson = Lesson::new();
    let mut rest = bytes;
    for _ in 0..STEPS_MAX {
        let Some((&[op, a, b, len], tail)) = rest.split_first_chunk::<4>() else {
            break;
        };
        let (body, tail) = tail.split_at(usize::from(len).min(tail.len()));
        rest = tail;
        lesson.step(op, [a, b], body);
    }
    lesson
        .engine
        .tick(Mono(lesson.now + 1_000_000), &mut lesson.out);
    lesson.settle();
}
