//! What the estimator does with odd, missing or poor feedback.

use engine::api::Mono;
use engine::bwe::{Config, Estimator, SentKind, Source};

const MS: u64 = 1_000;

/// 1,200 bytes each 10 ms (about 1 Mbit/s), told each 100 ms after 50 ms, with the arrival times that `arrival` makes of (number, sent).
fn feed(
    estimator: &mut Estimator,
    from_ms: u64,
    ms: u64,
    mut arrival: impl FnMut(u64, u64) -> Option<i64>,
) {
    for now_ms in (from_ms..from_ms + ms).step_by(10) {
        let seq = now_ms / 10;
        estimator.on_sent(seq as u16, 1_200, Mono(now_ms * MS), SentKind::Media);
        estimator.tick(Mono(now_ms * MS));
        if now_ms % 100 == 50 && seq >= 14 {
            let told = (seq - 14..seq - 4).map(|n| (n as u16, arrival(n, n * 10 * MS)));
            let told: Vec<_> = told.collect();
            estimator.on_feedback(Mono(now_ms * MS), told);
        }
    }
}

fn flat(_: u64, sent_us: u64) -> Option<i64> {
    Some(sent_us as i64 + 20_000)
}

#[test]
fn a_flat_way_grows_to_the_cap_ahead_of_what_arrives() {
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    feed(&mut estimator, 0, 30_000, flat);
    let estimate = estimator.estimate(Mono(30_000 * MS));
    assert_eq!(estimate.source, Source::TransportFeedback);
    assert!(
        (1_300_000..=1_500_000).contains(&estimate.bps),
        "{estimate:?}"
    );
    assert!(
        (900_000..1_000_000).contains(&estimate.acked_bps.expect("known")),
        "{estimate:?}"
    );
}

#[test]
fn ten_percent_of_random_loss_does_not_collapse_it() {
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    feed(&mut estimator, 0, 30_000, flat);
    feed(&mut estimator, 30_000, 30_000, |n, sent| {
        if n % 10 == 3 { None } else { flat(n, sent) }
    });
    let estimate = estimator.estimate(Mono(60_000 * MS));
    assert!(estimate.bps > 1_000_000, "{estimate:?}");
    assert!((estimate.loss - 0.1).abs() < 0.02, "{estimate:?}");
}

#[test]
fn a_growing_queue_brings_it_below_what_arrives() {
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    feed(&mut estimator, 0, 20_000, flat);
    // From now on the link carries 500 kbit/s: each packet takes 19.2 ms.
    feed(&mut estimator, 20_000, 1_000, |n, sent| {
        Some(sent as i64 + 20_000 + (n as i64 - 2_000).max(0) * 9_200)
    });
    let estimate = estimator.estimate(Mono(21_000 * MS));
    assert!(estimate.bps < 510_000, "{estimate:?}");
}

#[test]
fn silence_decays_it_and_a_word_brings_a_probe() {
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    feed(&mut estimator, 0, 10_000, flat);
    let before = estimator.estimate(Mono(10_000 * MS)).bps;
    for now_ms in (10_000..20_000).step_by(10) {
        estimator.on_sent(
            (now_ms / 10) as u16,
            1_200,
            Mono(now_ms * MS),
            SentKind::Media,
        );
        assert_eq!(
            estimator
                .tick(Mono(now_ms * MS))
                .filter(|_| now_ms > 12_000),
            None,
            "no probe into silence"
        );
    }
    let silent = estimator.estimate(Mono(20_000 * MS)).bps;
    assert!(silent < before / 8, "{before} {silent}");
    let mut planned = 0;
    for now_ms in (20_000u64..21_500).step_by(10) {
        let seq = now_ms / 10;
        estimator.on_sent(seq as u16, 1_200, Mono(now_ms * MS), SentKind::Media);
        if now_ms % 100 == 50 {
            let told: Vec<_> = (seq - 14..seq - 4)
                .map(|n| (n as u16, flat(n, n * 10 * MS)))
                .collect();
            estimator.on_feedback(Mono(now_ms * MS), told);
        }
        planned = planned.max(
            estimator
                .tick(Mono(now_ms * MS))
                .map_or(0, |plan| plan.target_bps),
        );
    }
    assert!(planned > silent, "{planned}");
}

#[test]
fn nothing_sent_is_no_silence() {
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    feed(&mut estimator, 0, 10_000, flat);
    let before = estimator.estimate(Mono(10_000 * MS)).bps;
    // The last packets are told, then all microphones are off for ten minutes.
    estimator.on_feedback(
        Mono(10_100 * MS),
        (985..1_000u64).map(|n| (n as u16, flat(n, n * 10 * MS))),
    );
    estimator.tick(Mono(610_000 * MS));
    assert!(estimator.estimate(Mono(610_000 * MS)).bps >= before);
}

#[test]
fn reports_and_remb_alone() {
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    for second in 1..=10u64 {
        for n in 0..100u64 {
            let now = Mono(second * 1_000 * MS + n * 10 * MS);
            estimator.on_sent((second * 100 + n) as u16, 1_200, now, SentKind::Media);
            assert_eq!(
                estimator.tick(now).filter(|_| second > 1),
                None,
                "a probe without feedback tells nothing"
            );
        }
        estimator.on_receiver_report(0, Some(40_000), Mono(second * 1_000 * MS + 995 * MS));
    }
    let now = Mono(11_000 * MS);
    let estimate = estimator.estimate(now);
    assert_eq!(
        (estimate.source, estimate.rtt_us),
        (Source::Reports, Some(40_000))
    );
    assert!(
        (550_000..700_000).contains(&estimate.bps),
        "8 % a second: {estimate:?}"
    );
    estimator.on_remb(1_200_000, now);
    assert_eq!(estimator.estimate(now).bps, 1_200_000);
    estimator.on_remb(150_000, now);
    assert_eq!(estimator.estimate(now).bps, 150_000);
}

#[test]
fn remb_bounds_transport_feedback_too() {
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    feed(&mut estimator, 0, 20_000, flat);
    estimator.on_remb(400_000, Mono(20_000 * MS));
    assert_eq!(estimator.estimate(Mono(20_000 * MS)).bps, 400_000);
    assert!(
        estimator.estimate(Mono(31_000 * MS)).bps > 1_000_000,
        "it holds 10 s"
    );
}

#[test]
fn the_far_clock_may_stand_anywhere_and_wrap() {
    let period = (1i64 << 24) * 64_000;
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    feed(&mut estimator, 0, 30_000, |_, sent| {
        Some((sent as i64 + period - 15_000_000).rem_euclid(period))
    });
    let estimate = estimator.estimate(Mono(30_000 * MS));
    assert!(
        (1_300_000..=1_500_000).contains(&estimate.bps),
        "{estimate:?}"
    );
}

#[test]
fn foolish_feedback_is_survived() {
    let mut estimator = Estimator::new(Config::default(), Mono(0));
    feed(&mut estimator, 0, 5_000, flat);
    let now = Mono(5_000 * MS);
    estimator.on_feedback(now, (0..=u16::MAX).map(|seq| (seq, Some(i64::MAX / 2))));
    estimator.on_feedback(now, (0..=u16::MAX).rev().map(|seq| (seq, Some(-1))));
    estimator.on_feedback(now, [(7, None), (7, Some(0)), (7, None)]);
    estimator.on_feedback(now, []);
    feed(&mut estimator, 5_000, 30_000, flat);
    assert!(
        estimator.estimate(Mono(35_000 * MS)).bps > 500_000,
        "{:?}",
        estimator.estimate(Mono(35_000 * MS))
    );
}
