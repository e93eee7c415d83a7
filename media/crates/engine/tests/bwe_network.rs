//! Estimator, pacer and allocator through the emulated network: the matrix of loss, delay, jitter and bandwidth steps.
//!
//! `cargo test -p homeroom-engine --test bwe_network -- --nocapture` prints the figures.

mod bwe_emulator;

use bwe_emulator::{Flow, Link, LinkSpec, Sample, SourceSpec, run};
use engine::allocate::{Prefer, VideoClass};

const HIGH_BPS: u64 = 3_000_000;
const LOW_BPS: u64 = 300_000;
const SEED: u64 = 20_260_601;

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

#[derive(Clone, Debug)]
struct Condition {
    loss: f64,
    burst: f64,
    rtt_ms: u64,
    jitter_ms: u64,
}

#[derive(Debug)]
struct Figures {
    start_s: f64,
    down_s: f64,
    used_s: f64,
    up_s: f64,
    error_percent: f64,
    low_percent: f64,
    queue_ms_p95: f64,
    queue_ms_p95_low: f64,
    voice_late_percent: f64,
    freeze_ms: u64,
}

fn link(condition: &Condition) -> Link {
    let spec = LinkSpec {
        bps: HIGH_BPS,
        queue_ms: 200,
        delay_us: condition.rtt_ms * 500,
        jitter_us: condition.jitter_ms * 1_000,
        loss: condition.loss,
        burst: condition.burst,
    };
    Link::new(spec, SEED)
}

/// 20 s at 3 Mbit/s, 20 s at 300 kbit/s, 20 s at 3 Mbit/s.
fn steps(condition: &Condition) -> (Figures, Flow) {
    let mut link = link(condition);
    let mut flows = [Flow::new(&classroom(), 2, SEED, 0)];
    run(&mut link, &mut flows, 0, 20_000);
    link.spec.bps = LOW_BPS;
    run(&mut link, &mut flows, 20_000, 20_000);
    link.spec.bps = HIGH_BPS;
    run(&mut link, &mut flows, 40_000, 20_000);
    let [flow] = flows;
    if std::env::var_os("TRACE").is_some() {
        trace(&flow);
    }
    (figures(&flow, condition), flow)
}

fn trace(flow: &Flow) {
    for sample in flow.samples.iter().step_by(20) {
        println!(
            "{:6.2} estimate {:5} queue {:3} pictures {}",
            sample.at_us as f64 / 1e6,
            sample.estimate_bps / 1000,
            sample.queue_us / 1000,
            sample.pictures
        );
    }
}

fn between(flow: &Flow, from_s: f64, to_s: f64) -> impl Iterator<Item = &Sample> {
    flow.samples
        .iter()
        .filter(move |s| (from_s..to_s).contains(&(s.at_us as f64 / 1e6)))
}

fn percentile(mut values: Vec<u64>, share: f64) -> f64 {
    values.sort_unstable();
    values
        .get(((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1)))
        .map_or(0.0, |v| *v as f64)
}

/// When the estimate came to this side of a bound, and stayed for a second.
fn settles(flow: &Flow, from_s: f64, good: impl Fn(&Sample) -> bool) -> f64 {
    let after: Vec<&Sample> = between(flow, from_s, from_s + 20.0).collect();
    let first = (0..after.len()).find(|&n| after[n..].iter().take(100).all(|s| good(s)));
    first.map_or(99.0, |n| after[n].at_us as f64 / 1e6 - from_s)
}

fn error(flow: &Flow, from_s: f64, bps: u64) -> (f64, f64) {
    let samples: Vec<f64> = between(flow, from_s, from_s + 10.0)
        .map(|s| f64::from(s.estimate_bps) / bps as f64)
        .collect();
    let count = samples.len() as f64;
    (
        samples.iter().map(|r| (r - 1.0).abs()).sum::<f64>() / count * 100.0,
        samples.iter().sum::<f64>() / count * 100.0,
    )
}

fn figures(flow: &Flow, condition: &Condition) -> Figures {
    // The link carries the rate for what is lost behind it too.
    let errors = [
        error(flow, 10.0, HIGH_BPS),
        error(flow, 30.0, LOW_BPS),
        error(flow, 50.0, HIGH_BPS),
    ];
    let carried: Vec<(f64, u64)> = flow
        .samples
        .windows(50)
        .map(|w| {
            (
                w[0].at_us as f64 / 1e6,
                w.iter().map(|s| u64::from(s.arrived_bytes) * 16).sum(),
            )
        })
        .collect();
    let used = carried
        .iter()
        .find(|(at, bps)| *at >= 40.0 && *bps as f64 > 2.0 * LOW_BPS as f64);
    let queues = |from, to| {
        between(flow, from, to)
            .map(|s| s.queue_us)
            .collect::<Vec<u64>>()
    };
    let late = flow
        .audio_queued_us
        .iter()
        .filter(|(at, q)| !(20_000_000..22_000_000).contains(at) && *q > 150_000)
        .count();
    Figures {
        start_s: settles(flow, 0.0, |s| s.estimate_bps as f64 > 0.7 * HIGH_BPS as f64),
        down_s: settles(flow, 20.0, |s| {
            s.estimate_bps as f64 <= 1.1 * LOW_BPS as f64
        }),
        used_s: used.map_or(99.0, |(at, _)| at + 0.5 - 40.0),
        up_s: settles(flow, 40.0, |s| {
            s.estimate_bps as f64 >= 0.7 * HIGH_BPS as f64
        }),
        error_percent: errors.iter().map(|e| e.0).sum::<f64>() / 3.0,
        low_percent: errors.iter().map(|e| e.1).fold(f64::MAX, f64::min),
        queue_ms_p95: percentile(queues(10.0, 20.0), 0.95) / 1e3,
        queue_ms_p95_low: percentile(queues(22.0, 40.0), 0.95) / 1e3,
        voice_late_percent: late as f64 * 100.0 / flow.audio_queued_us.len() as f64
            + condition.loss * 0.0,
        freeze_ms: flow
            .picture_gaps_us
            .iter()
            .map(|g| g.1 / 1_000)
            .max()
            .unwrap_or(0),
    }
}

#[test]
fn matrix() {
    println!(
        "loss  rtt jitter | start  down  used    up | error  mean min | queue p95 3M  300k | late voice | gap"
    );
    let mut conditions = Vec::new();
    for rtt_ms in [20, 100, 300] {
        for loss in [0.0, 0.02, 0.05, 0.10] {
            conditions.push(Condition {
                loss,
                burst: 1.0,
                rtt_ms,
                jitter_ms: 0,
            });
        }
    }
    for loss in [0.0, 0.02, 0.05, 0.10] {
        conditions.push(Condition {
            loss,
            burst: 1.0,
            rtt_ms: 100,
            jitter_ms: 30,
        });
    }
    conditions.push(Condition {
        loss: 0.05,
        burst: 4.0,
        rtt_ms: 100,
        jitter_ms: 0,
    });
    for condition in &conditions {
        let (f, _) = steps(condition);
        println!(
            "{:3.0} %  {:3}  {:3} {:1.0} | {:5.2} {:5.2} {:5.2} {:5.2} | {:4.1} %  {:4.0} % | {:6.0} ms {:6.0} ms | {:6.2} % | {} ms",
            condition.loss * 100.0,
            condition.rtt_ms,
            condition.jitter_ms,
            condition.burst,
            f.start_s,
            f.down_s,
            f.used_s,
            f.up_s,
            f.error_percent,
            f.low_percent,
            f.queue_ms_p95,
            f.queue_ms_p95_low,
            f.voice_late_percent,
            f.freeze_ms,
        );
    }
}

#[test]
#[ignore = "for looking at one condition: TRACE=1 LOSS=0.02 RTT=20 JITTER=0"]
fn one() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|v| v.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let condition = Condition {
        loss: number("LOSS"),
        burst: 1.0,
        rtt_ms: number("RTT") as u64,
        jitter_ms: number("JITTER") as u64,
    };
    println!("{:?}", steps(&condition).0);
}
