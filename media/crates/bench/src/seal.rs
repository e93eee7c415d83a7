//! What sealing costs by itself: many keys in turn, as in a room.

use engine::srtp::{Sealer, contexts};
use wire::ExtSeq;

use crate::meter::cost_ns;
use crate::scene::Seat;
use crate::serve::say;

const KEYS: u32 = 100;
const FRAME: u64 = 5;
const ROUNDS: u32 = 400;
const HEADER: usize = 20;
const TAG: usize = 16;

/// `seal`: nanoseconds a packet of 1200 and of 120 bytes as they leave, in frames of 5 to each key; the first packet of a key
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
    say(&format!("{{{}}}", members.join(",")));
    0
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
