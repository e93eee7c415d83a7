//! Two subscribers behind one bottleneck, and what happens to a class on very little: share, voices, pictures.

mod bwe_emulator;

use bwe_emulator::{Flow, Link, LinkSpec, SourceSpec, run};
use engine::allocate::{Prefer, VideoClass};

const SEED: u64 = 77;

fn classroom() -> Vec<SourceSpec> {
    let face = |class| SourceSpec {
        class,
        prefer: Prefer::Motion,
        bps: [130_000, 450_000, 1_500_000],
    };
    vec![
        face(VideoClass::Main),
        face(VideoClass::Visible),
        face(VideoClass::Visible),
        face(VideoClass::Visible),
    ]
}

fn link(bps: u64, rtt_ms: u64, loss: f64, seed: u64) -> Link {
    let delay_us = rtt_ms * 500;
    Link::new(
        LinkSpec {
            bps,
            queue_ms: 200,
            delay_us,
            jitter_us: 0,
            loss,
            burst: 1.0,
        },
        seed,
    )
}

/// Rate that arrived from `from_s` to `to_s`.
fn arrived_bps(flow: &Flow, from_s: u64, to_s: u64) -> f64 {
    let bytes: u64 = flow
        .samples
        .iter()
        .filter(|s| (from_s * 1_000_000..to_s * 1_000_000).contains(&s.at_us))
        .map(|s| u64::from(s.arrived_bytes))
        .sum();
    bytes as f64 * 8.0 / (to_s - from_s) as f64
}

#[test]
fn two_flows_share_one_bottleneck() {
    println!("rtt  begin   share of the second  use of the link   queue p95");
    for (rtt_ms, late_s) in [(20, 0), (100, 0), (100, 20), (300, 20)] {
        for seed in SEED..SEED + 3 {
            let mut link = link(2_500_000, rtt_ms, 0.0, seed);
            let mut flows = [
                Flow::new(&classroom(), 2, seed, 0),
                Flow::new(&classroom(), 2, seed + 100, late_s * 1_000_000),
            ];
            run(&mut link, &mut flows, 0, 80_000);
            let [first, second] = [
                arrived_bps(&flows[0], 40, 80),
                arrived_bps(&flows[1], 40, 80),
            ];
            let share = second / (first + second);
            let used = (first + second) / 2_500_000.0;
            let mut queue: Vec<u64> = flows[0]
                .samples
                .iter()
                .filter(|s| s.at_us > 40_000_000)
                .map(|s| s.queue_us)
                .collect();
            queue.sort_unstable();
            let p95 = queue[queue.len() * 95 / 100] / 1_000;
            println!(
                "{rtt_ms:3}  {late_s:2} s        {:3.0} %              {:3.0} %          {p95} ms",
                share * 100.0,
                used * 100.0
            );
            assert!((0.25..=0.75).contains(&share), "share {share}");
            assert!(used > 0.6, "used {used}");
        }
    }
}

/// Longest time without a picture of the main slot, after the beginning.
fn gap_ms(flow: &Flow, after_us: u64) -> u64 {
    flow.picture_gaps_us
        .iter()
        .filter(|(at, _)| *at > after_us)
        .map(|(_, gap)| gap / 1_000)
        .max()
        .unwrap_or(u64::MAX)
}

#[test]
fn at_300_kbit_sound_is_whole_and_a_picture_moves() {
    for (loss, rtt_ms) in [(0.0, 50), (0.02, 100)] {
        let mut link = link(300_000, rtt_ms, loss, SEED);
        let mut flows = [Flow::new(&classroom(), 2, SEED, 0)];
        run(&mut link, &mut flows, 0, 40_000);
        let flow = &flows[0];
        let lost = 1.0 - flow.audio_arrived as f64 / flow.audio_sent as f64;
        let gap = gap_ms(flow, 5_000_000);
        println!(
            "300 kbit/s, loss {loss}: voice lost {:.2} %, dropped in the queue {}, longest picture gap {gap} ms",
            lost * 100.0,
            link.audio_dropped
        );
        assert!(lost < loss + 0.01, "voice lost {lost}");
        assert!(gap < 2_000, "gap {gap}");
        assert!(
            flow.samples
                .iter()
                .filter(|s| s.at_us > 5_000_000)
                .all(|s| s.voices == 2)
        );
    }
}

#[test]
fn at_100_kbit_one_voice_is_whole() {
    let mut link = link(100_000, 50, 0.0, SEED);
    let mut flows = [Flow::new(&classroom(), 2, SEED, 0)];
    run(&mut link, &mut flows, 0, 40_000);
    let flow = &flows[0];
    let after: Vec<_> = flow
        .samples
        .iter()
        .filter(|s| s.at_us > 10_000_000)
        .collect();
    let pictures = after.iter().filter(|s| s.pictures > 0).count() as f64 / after.len() as f64;
    let one = after.iter().filter(|s| s.voices == 1).count() as f64 / after.len() as f64;
    println!(
        "100 kbit/s: voice dropped in the queue {} of {}, one voice {:.0} % of the time, pictures {:.1} %",
        link.audio_dropped,
        flow.audio_sent,
        one * 100.0,
        pictures * 100.0
    );
    assert!(after.iter().all(|s| s.voices >= 1));
    assert!(
        (link.audio_dropped as f64) < flow.audio_sent as f64 * 0.02,
        "{}",
        link.audio_dropped
    );
    assert!(pictures < 0.05, "{pictures}");
}
