//! A publisher, a recorder and a reader of segments, for `recording`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use driver::progress::Progress;
use driver::{
    ObjectKind, Plane, PlaneConfig, PlaneEvent, SpoolConfig, TapRequest, TrackRequest,
    TransportRequest,
};
use engine::api::{
    Codec, CodecName, Direction, ExtensionIds, Kind, Layer, SrtpKeys, SrtpProfile, TransportState,
};
use engine::ice::password_tag;
use engine::srtp::{Sealer, contexts};
use spool::frame;
use spool::read::{Content, records, segment};
use spool::seal::TapSeal;
use wire::rtp::HeaderSpec;
use wire::stun::{Class, IntegrityKey, METHOD_BINDING, TransactionId, Writer};
use wire::{ExtSeq, RtpTime, SeqNo, Ssrc};

mod recorder;

pub use recorder::Recorder;

const PATIENCE: Duration = Duration::from_secs(15);
const PWD: &str = "a-password-of-24-letters";
const TOKEN: &[u8] = b"the link's token";
const KEY: [u8; 32] = [9; 32];
pub const RECORDING: &str = "rec_1";
const SSRC: u32 = 0x1234;

fn keys() -> (SrtpKeys, SrtpKeys) {
    let keys = |local: u8, remote: u8| SrtpKeys {
        profile: SrtpProfile::AeadAes128Gcm,
        local_key: vec![local; 16],
        local_salt: vec![local; 12],
        remote_key: vec![remote; 16],
        remote_salt: vec![remote; 12],
    };
    (keys(1, 2), keys(2, 1))
}

/// A plane with a spool in a folder of its own.
pub struct Scene {
    pub plane: Plane,
    root: PathBuf,
    latest: Mutex<Option<Progress>>,
}

impl Scene {
    pub fn new(with_recorder: bool) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("spool-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("spool")).unwrap();
        let recorder = root.join("recorder.sock");
        let plane = Plane::start(&PlaneConfig {
            shard_count: 1,
            bind_addresses: Vec::new(),
            port_first: 0,
            event_queue_max: 1024,
            adapts: true,
            offload: driver::Offload::default(),
            spool: Some(SpoolConfig {
                folder: Some(root.join("spool")),
                media_id: "med_1".into(),
                node: "here".into(),
                recorder_address: with_recorder.then(|| format!("unix:{}", recorder.display())),
                recorder_token: TOKEN.to_vec(),
            }),
        })
        .unwrap();
        Self {
            plane,
            root,
            latest: Mutex::default(),
        }
    }

    /// Copy A of the recording.
    pub fn folder(&self) -> PathBuf {
        self.root.join("spool").join(RECORDING)
    }

    pub fn request(&self, _publisher: &Publisher) -> TapRequest {
        TapRequest {
            tap_id: "tap_1".into(),
            room_id: "rom_1".into(),
            track_id: "trk_1".into(),
            participant_id: "par_1".into(),
            recording_id: RECORDING.into(),
            key_id: "key_1".into(),
            key: KEY,
            source: "mic".into(),
            label: String::new(),
            layer_max: Layer {
                spatial: 2,
                temporal: 3,
            },
        }
    }

    pub fn tap(&self, publisher: &Publisher) {
        self.plane.open_tap(self.request(publisher)).unwrap();
    }

    pub fn untap(&self) {
        self.plane.close(ObjectKind::Tap, "tap_1").unwrap();
    }

    /// The first progress of which this is true.
    pub fn wait(&self, enough: impl Fn(&Progress) -> bool) -> Progress {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            for event in self.plane.drain(100) {
                if let PlaneEvent::SpoolProgress(told) = event {
                    *self.latest.lock().unwrap() = Some(told.clone());
                    if enough(&told) {
                        return told;
                    }
                }
            }
            std::thread::yield_now();
        }
        panic!("it was not told: {:?}", self.latest.lock().unwrap());
    }

    /// Until the engine has given the spool so many records.
    pub fn wait_for_arrival(&self, records: u64) {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let text = self.plane.snapshot().unwrap();
            let (_, after) = text.split_once("\"tapped\":").unwrap();
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            if digits.parse::<u64>().unwrap() >= records {
                return;
            }
        }
        panic!("they did not arrive");
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.plane.stop();
        let _ = fs::remove_dir_all(&self.root);
    }
}

struct Password;

impl IntegrityKey for Password {
    fn tag(&self, parts: &[&[u8]]) -> [u8; 20] {
        password_tag(PWD, parts)
    }
}

/// A microphone.
pub struct Publisher {
    socket: UdpSocket,
    to: SocketAddr,
    sealer: Sealer,
    next: u64,
    /// What was sent, as a recording should have it: extended number modulo 2^16 is the packet's own.
    pub sent: BTreeMap<u16, Vec<u8>>,
}

impl Publisher {
    pub fn connect(plane: &Plane) -> Self {
        let codec = Codec {
            name: CodecName::Opus,
            payload_type: 111,
            clock_rate_hz: 48_000,
            rtx_payload_type: None,
            red_payload_type: None,
            nack: false,
            transport_cc: false,
        };
        plane.open_room("rom_1", 0).unwrap();
        plane
            .open_transport(TransportRequest {
                transport_id: "trn_1".into(),
                room_id: "rom_1".into(),
                participant_id: "par_1".into(),
                direction: Direction::Publish,
                group: 0,
                ice_ufrag: "ourufrag".into(),
                ice_pwd: PWD.into(),
                remote_ufrag: Some("them".into()),
                extensions: ExtensionIds::default(),
                codecs: Vec::new(),
                slots: Vec::new(),
            })
            .unwrap();
        plane
            .open_track(TrackRequest {
                track_id: "trk_1".into(),
                transport_id: "trn_1".into(),
                participant_id: "par_1".into(),
                kind: Kind::Audio,
                mid: "0".into(),
                codec,
                rids: Vec::new(),
                ssrcs: vec![(SSRC, None)],
                audible: true,
                muted: false,
            })
            .unwrap();
        let (ours, theirs) = keys();
        plane.install_keys("trn_1", ours).unwrap();
        let to = format!("127.0.0.1:{}", plane.ports()[0]).parse().unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut check = Vec::new();
        Writer::new(
            Class::Request,
            METHOD_BINDING,
            TransactionId([1; 12]),
            &mut check,
        )
        .username("ourufrag:them")
        .ice_controlling(1)
        .priority(100)
        .use_candidate()
        .finish(Some(&Password));
        socket.send_to(&check, to).unwrap();
        await_connected(plane);
        Self {
            socket,
            to,
            sealer: contexts(&theirs).unwrap_or_else(|_| panic!("made keys")).0,
            next: 100,
            sent: BTreeMap::new(),
        }
    }

    /// Send so many packets, paced so that no socket overflows.
    pub fn send(&mut self, count: u64) {
        for number in self.next..self.next + count {
            let spec = HeaderSpec {
                marker: number == 100,
                payload_type: 111,
                seq: SeqNo(number as u16),
                time: RtpTime(number as u32 * 960),
                ssrc: Ssrc(SSRC),
                csrcs: &[],
                extensions: &[],
            };
            let mut packet = Vec::new();
            let header_len = spec.append(&mut packet).unwrap();
            let fill = 40 + (number % 100) as usize;
            packet.extend((0..fill).map(|at| (number as usize * 31 + at) as u8));
            self.sent.insert(number as u16, packet.clone());
            self.sealer
                .seal_rtp(ExtSeq(number), header_len, &mut packet, 0)
                .unwrap();
            self.socket.send_to(&packet, self.to).unwrap();
        }
        self.next += count;
    }
}

fn await_connected(plane: &Plane) {
    let until = Instant::now() + PATIENCE;
    let is_connected = |event: &PlaneEvent| {
        matches!(
            event,
            PlaneEvent::TransportState {
                state: TransportState::Connected,
                ..
            }
        )
    };
    while !plane.drain(100).iter().any(is_connected) {
        assert!(Instant::now() < until, "it does not connect");
        std::thread::yield_now();
    }
}

#[derive(Debug)]
pub struct Gap {
    pub first: u64,
    pub last: u64,
    pub reason: u8,
}

/// All that some segments hold.
#[derive(Default, Debug)]
pub struct Segments {
    /// Record number → extended sequence, RTP packet.
    found: BTreeMap<u64, (u64, Vec<u8>)>,
    pub gaps: Vec<Gap>,
    pub end: Option<(u64, u8)>,
}

impl Segments {
    /// Every segment below a folder; each must be readable alone.
    pub fn read(folder: &Path) -> Self {
        let mut all = Self::default();
        let mut paths: Vec<PathBuf> = fs::read_dir(folder.join("med_1"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let bytes = fs::read(path).unwrap();
            let (json, rest) = segment(&bytes).unwrap();
            assert!(String::from_utf8_lossy(json).contains("\"recording_id\":\"rec_1\""));
            all.take(rest);
        }
        all
    }

    fn take(&mut self, bytes: &[u8]) {
        let mut seal = None;
        let mut read = 0;
        for record in records(bytes) {
            read += 1;
            let place = record.place();
            match record.content() {
                Content::Tap(json) => seal = Some(seal_of(json)),
                Content::Packet(head) => {
                    let seal = seal.as_ref().expect("a TAP comes before its packets");
                    let packet = record.open(seal).expect("it opens with the key");
                    self.found.insert(place.number, (head.seq, packet));
                }
                Content::Gap { last, reason, .. } => self.gaps.push(Gap {
                    first: place.number,
                    last,
                    reason,
                }),
                Content::End { reason } => self.end = Some((place.number, reason)),
                Content::Report(_) | Content::Unknown => {}
            }
        }
        assert!(bytes.is_empty() || read > 0);
    }

    pub fn extend(&mut self, other: Segments) {
        self.found.extend(other.found);
    }

    pub fn packets(&self) -> BTreeMap<u16, Vec<u8>> {
        let packet = |(seq, packet): &(u64, Vec<u8>)| (*seq as u16, packet.clone());
        self.found.values().map(packet).collect()
    }

    /// Every packet that was sent, bit for bit, and nothing else.
    pub fn assert_holds(&self, publisher: &Publisher) {
        let (found, sent) = (self.packets(), &publisher.sent);
        let missing: Vec<_> = sent.keys().filter(|seq| !found.contains_key(seq)).collect();
        assert!(missing.is_empty(), "{missing:?} are missing");
        assert!(found == *sent, "what was found is not what was sent");
    }

    pub fn numbers_missing(&self) -> BTreeSet<u64> {
        self.gaps
            .iter()
            .flat_map(|gap| gap.first..=gap.last)
            .collect()
    }
}

fn seal_of(json: &[u8]) -> TapSeal {
    let json = String::from_utf8_lossy(json);
    let salt = frame::json_text(&json, "salt").unwrap();
    let byte = |at: usize| u8::from_str_radix(&salt[2 * at..2 * at + 2], 16).unwrap();
    let salt: [u8; 16] = std::array::from_fn(byte);
    TapSeal::new(&KEY, &salt).unwrap()
}
