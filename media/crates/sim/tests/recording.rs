//! A thousand random schedules of faults: what was forwarded is found bit for bit in one of the copies, or a gap names it.

use sim::recording::{Outcome, Run};

const RUNS: u64 = 1000;

#[test]
fn every_record_is_found_or_named_in_a_thousand_schedules_of_faults() {
    let number = |name: &str, or: u64| {
        let given = std::env::var(name).ok();
        given.and_then(|text| text.parse().ok()).unwrap_or(or)
    };
    let first = number("HOMEROOM_SIM_SEED", 1);
    let mut all = Outcome::default();
    let mut failed = Vec::new();
    for seed in first..first + number("HOMEROOM_SIM_RUNS", RUNS) {
        let ran = std::panic::catch_unwind(|| Run::new(seed).run());
        let Ok(one) = ran else {
            failed.push(seed);
            continue;
        };
        all.forwarded += one.forwarded;
        all.found += one.found;
        all.listed += one.listed;
        all.cut_off += one.cut_off;
        all.faults += one.faults;
    }
    assert!(failed.is_empty(), "HOMEROOM_SIM_SEED of {failed:?}");
    assert_eq!(all.forwarded, all.found + all.listed + all.cut_off);
    // The schedules are worth something: they lose, they overflow, they kill.
    println!("{all:?}");
    assert!(all.faults > 0 && all.found > all.forwarded / 2);
}
