//! The fuzz targets as an ordinary test: every seed, and a fixed number of mutations of it from a fixed seed of chance. What
//! a longer fuzz run finds becomes a file in `media/fuzz/seeds/TARGET`.
//!
//! `HOMEROOM_WRITE_VECTORS=1` makes the seeds anew from the wire vectors.

#[path = "../../../fuzz/src/browser.rs"]
mod browser;
#[path = "../../../fuzz/src/class.rs"]
mod class;
#[path = "../../../fuzz/src/targets.rs"]
mod targets;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Mutations of each seed; all targets together stay within a few seconds of a debug build.
const ROUNDS: usize = 1_500;

/// Seeds made for each target; the browser's packets come first.
const SEEDS_MAX: usize = 20;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// xorshift64*: no crate, same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound.max(1)
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(7) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, 0xfe][self.below(6)],
                2 => bytes.truncate(at),
                3 => bytes.insert(at, self.next() as u8),
                4 if !bytes.is_empty() => drop(bytes.remove(at)),
                5 => {
                    let end = at + self.below(bytes.len() - at + 1);
                    let piece = bytes[at..end].to_vec();
                    bytes.extend_from_slice(&piece);
                }
                _ => bytes.extend((0..self.below(9)).map(|_| self.next() as u8)),
            }
        }
        bytes.truncate(4096);
    }
}

fn seeds(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| (file.display().to_string(), std::fs::read(&file).unwrap()))
        .collect()
}

#[test]
fn every_reader_is_total() {
    if std::env::var_os("HOMEROOM_WRITE_VECTORS").is_some() {
        write_seeds();
    }
    for (name, target) in targets::ALL {
        let seeds = seeds(&root().join("media/fuzz/seeds").join(name));
        assert!(!seeds.is_empty(), "no seeds for {name}");
        target(&[]);
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        for (file, seed) in &seeds {
            target(seed);
            for round in 0..ROUNDS {
                let mut bytes = seed.clone();
                chance.mutate(&mut bytes);
                let found = std::panic::catch_unwind(|| target(&bytes)).is_err();
                assert!(!found, "{name}, {file}, round {round}: {bytes:02x?}");
            }
        }
    }
}

/// From the vectors: the packets of each kind, the payloads of each codec, and a few sessions for the ICE agent.
fn write_seeds() {
    let vectors = root().join("tests/vectors/wire");
    let hexes = |file: &str, kind: Option<&str>| -> Vec<Vec<u8>> {
        let text = std::fs::read_to_string(vectors.join(file)).unwrap();
        let parsed: Value = serde_json::from_str(&text).unwrap();
        let cases = parsed["cases"].as_array().unwrap().iter();
        cases
            .filter(|case| kind.is_none() || case["kind"].as_str() == kind)
            .map(|case| hex(&case["hex"]))
            .collect()
    };
    let ours = "by_homeroom.json";
    let browser = |kind| hexes("chromium_plain.json", Some(kind));
    let rtp = [
        hexes("rtp_by_aiortc.json", None),
        hexes(ours, Some("rtp")),
        browser("rtp"),
    ]
    .concat();
    let feedback = hexes(ours, Some("twcc"));
    let ours_rtcp = [hexes(ours, Some("rtcp")), feedback.clone()].concat();
    let rtcp = [
        hexes("rtcp_by_aiortc.json", None),
        ours_rtcp,
        browser("rtcp"),
    ]
    .concat();
    let elements = rtp
        .iter()
        .filter(|packet| packet[0] & 0x1f == 0x10)
        .map(|packet| packet[16..].to_vec())
        .collect();
    let stun = ["stun_rfc5769.json", "stun_by_aioice.json"]
        .map(|file| hexes(file, None))
        .concat();
    let sessions = vec![
        vec![0x80, 1, 0, 0xa0, 2, 0, 0x01, 3, 0, 0x81, 2, 0, 0xff, 9, 0],
        [vec![0x40, 5, 108], stun[0].clone()].concat(),
        (0..90).flat_map(|port| [0xa1, port, 0]).collect(),
        vec![0x80, 1, 2, 0, 1, 0x90, 4, 0, 0x80, 7, 30, 0, 0, 0, 0, 0, 0],
    ];
    for (name, seeds) in [
        ("srtp_open", rtp.clone()),
        ("rtp", rtp),
        ("extension", elements),
        (
            "twcc",
            feedback.iter().map(|packet| packet[4..].to_vec()).collect(),
        ),
        ("rtcp", rtcp),
        ("stun", stun),
        ("vp8", hexes("vp8_by_libvpx.json", None)),
        ("h264", hexes("h264_by_x264.json", None)),
        ("opus", hexes("opus_by_libopus.json", None)),
        ("ice", sessions),
        ("engine", scripts()),
    ] {
        let folder = root().join("media/fuzz/seeds").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds.iter().rev().take(SEEDS_MAX).enumerate() {
            std::fs::write(folder.join(format!("{number:02}")), seed).unwrap();
        }
    }
}

/// Scripts for the whole engine: an ordinary minute, feedback of each kind, changes of mind.
fn scripts() -> Vec<Vec<u8>> {
    let step = |op: u8, a: u8, b: u8, body: &[u8]| [&[op, a, b, body.len() as u8], body].concat();
    let frame = |b: u8| {
        let key = 0x40 * u8::from(b % 10 == 1);
        let video = [1, 2]
            .map(|layer| step(key | 0x20, layer, b, &[1; 20]))
            .concat();
        [step(0, 0, b, &[0xf8, 1, 2, 3]), video, step(5, 5, 0, &[])].concat()
    };
    let ordinary = (1..25).flat_map(frame).collect::<Vec<u8>>();
    let nack = step(3, 4, 1, &[0, 1, 0xff, 0xff, 0x7f, 0, 0xff, 0xff]);
    let pli = step(3, 5, 1, &[]);
    let report = step(3, 1, 1, &[0; 24]);
    let feedback = step(3, 4, 15, &[0, 0, 0, 4, 0, 0, 1, 0, 0x20, 4, 1, 2, 3, 4]);
    let sent = step(4, 0x18, 0, &[0xe0; 24]);
    let repair = step(0, 3, 3, &[0, 2, 0x90, 0xe0, 0x80, 1, 1, 0]);
    let wishes = (0..6)
        .flat_map(|what| step(7, what, 1, &[]))
        .collect::<Vec<u8>>();
    let talk = [nack, pli, report, feedback, sent, repair].concat();
    vec![
        ordinary.clone(),
        [
            ordinary.clone(),
            talk.clone(),
            ordinary[..100].to_vec(),
            talk,
        ]
        .concat(),
        [ordinary.clone(), wishes.clone(), ordinary, wishes].concat(),
    ]
}

fn hex(value: &Value) -> Vec<u8> {
    let text: String = value.as_str().unwrap().split_whitespace().collect();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
