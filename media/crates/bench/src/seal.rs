//! What sealing costs by itself, with many keys in turn as in a room, and what the engine costs with it.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use engine::srtp::{Sealer, contexts};
use wire::ExtSeq;

use crate::meter::{Meter, cost_ns};
use crate::path::World;
use crate::scene::Seat;
use crate::serve::say;

const KEYS: u32 = 100;
const FRAME: u64 = 5;
const ROUNDS: u32 = 400;
/// Below consent's 30 s in frames of 20 ms.
const ENGINE_FRAMES: u32 = 400;
const HEADER: usize = 20;
const TAG: usize = 16;

/// `seal`: nanoseconds for a packet of 1200 and of 120 bytes as they leave, in frames of 5 to each key; the first packet of a key
/// fetches its schedule from wherever it has gone meanwhile.
pub fn run() -> i32 {
    let members: Vec<String> = [1200, 120]
        .iter()
        .map(|&len| {
            let cost: Vec<f64> = (0..5).map(|_| one_round(len)).collect();
            // Whoever shares the machine only adds.
            let least = cost.iter().copied().fold(f64::MAX, f64::min);
            format!("\"seal_ns_{len}\":{least}")
        })
        .collect();
    let [many, one, anew] = [KEYS as usize, 1, 0].map(|keys| {
        let cost = (0..5).map(|_| raw_round(keys));
        cost.fold(f64::MAX, f64::min)
    });
    let raw = format!(
        "\"raw_ns_1200_many_keys\":{many},\"raw_ns_1200_one_key\":{one},\"raw_ns_1200_schedule_anew\":{anew}"
    );
    let engine = (0..5).map(|_| engine_round()).fold(f64::MAX, f64::min);
    say(&format!(
        "{{{},{raw},\"engine_ns_1200\":{engine}}}",
        members.join(",")
    ));
    0
}

/// The library alone, 1200 bytes: with so many keys in turn, each for a frame; 0 schedules a key for each packet.
fn raw_round(keys: usize) -> f64 {
    let schedule = |index: usize| {
        let key = UnboundKey::new(&AES_128_GCM, &[index as u8; 16]);
        LessSafeKey::new(key.unwrap_or_else(|_| panic!("16 bytes are a key")))
    };
    let kept: Vec<LessSafeKey> = (0..keys.max(1)).map(schedule).collect();
    let mut packet = vec![0; 1200 - TAG];
    let mut index = 0u64;
    cost_ns(ROUNDS * KEYS, || {
        index += 1;
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&index.to_be_bytes());
        let anew = (keys == 0).then(|| schedule(index as usize));
        let key = anew
            .as_ref()
            .unwrap_or(&kept[(index / FRAME) as usize % kept.len()]);
        let (header, payload) = packet.split_at_mut(HEADER);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let made = key.seal_in_place_separate_tag(nonce, Aad::from(&*header), payload);
        assert!(made.is_ok(), "sizes are right");
    })
}

/// The engine's whole way of a frame to [`KEYS`] subscribers, without sockets, per packet that leaves.
fn engine_round() -> f64 {
    let Ok(mut world) = World::new(KEYS) else {
        return f64::MAX;
    };
    let mut frames: Vec<_> = (0..ENGINE_FRAMES).map(|_| world.frame()).collect();
    let mut sent = 0;
    let before = Meter::read().cpu_ns;
    for frame in &mut frames {
        sent += world.forward(frame);
    }
    (Meter::read().cpu_ns - before) as f64 / sent.max(1) as f64
}

fn one_round(len: usize) -> f64 {
    let mut sealers: Vec<Sealer> = (0..KEYS)
        .filter_map(|index| contexts(&Seat::subscriber(index).keys().0).ok())
        .map(|(sealer, _)| sealer)
        .collect();
    let mut index = 0u64;
    let mut arena = Vec::with_capacity(2 * 1024 * 1024);
    let frame = cost_ns(ROUNDS, || {
        arena.clear();
        for sealer in &mut sealers {
            for packet in index..index + FRAME {
                let start = arena.len();
                arena.resize(start + len - TAG, 0u8);
                arena[start] = 0x80;
                arena[start + 2..start + 4].copy_from_slice(&(packet as u16).to_be_bytes());
                let sealed = sealer.seal_rtp(ExtSeq(packet), HEADER, &mut arena, start);
                assert_eq!(sealed, Ok(()), "numbers go up");
            }
        }
        index += FRAME;
    });
    frame / (u64::from(KEYS) * FRAME) as f64
}
