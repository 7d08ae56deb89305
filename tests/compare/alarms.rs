//! Two hundred comparisons of the same configuration under different seeds.

use crate::bench::{Bench, Windows};
use std::fs;

const COMPARISONS: u32 = 200;
const SEEDS: &str = "10";

/// What is called different in a comparison of two stored results, or fails a gate without a margin.
fn alarms(bench: &Bench, i: u32) -> Vec<String> {
    let (base, new) = (format!("@{i}-a"), format!("@{i}-b"));
    let (status, found) = bench.compare(&[
        &base,
        &new,
        "--fail-on",
        "rto.write.p99 > 0",
        "--fail-on",
        "availability.request.write < 0",
        "--fail-on",
        "rto.read > 0",
    ]);
    let differs = |verdict: &str| ["worse", "better", "changed"].contains(&verdict);
    let mut alarms: Vec<String> =
        found.rows.iter().filter(|row| differs(&row.verdict)).map(|row| row.measure.clone()).collect();
    if status == 97 {
        alarms.push("a gate".to_owned());
    }
    assert!(found.rows.len() > 10 && !found.identical, "{i}: {found:?}");
    alarms
}

#[test]
fn two_hundred_comparisons_of_equal_configurations_alarm_at_most_ten_times() {
    let bench = Bench::new("alarms", Windows::Noisy);
    for i in 0..COMPARISONS {
        for (side, offset) in [("a", 0), ("b", 500_000)] {
            let (seed, out) = ((1_000 * i + offset).to_string(), format!("@{i}-{side}"));
            let run =
                ["run", "@beat.toml", "--seeds", SEEDS, "--seed", &seed, "--out", &out, "--format", "csv"];
            assert_eq!(bench.run(&run).0, 0);
        }
    }
    let told = |how: &str| {
        let all: Vec<Vec<String>> = (0..COMPARISONS).map(|i| alarms(&bench, i)).collect();
        let count = all.iter().filter(|alarms| !alarms.is_empty()).count();
        println!("{count} of {COMPARISONS} comparisons {how} alarm: {:?}", all.concat());
        assert!(count <= 10, "{count} of {COMPARISONS} {how}: {:?}", all.concat());
    };
    told("by windows");
    for i in 0..COMPARISONS {
        fs::remove_file(bench.dir.join(format!("{i}-a/windows.csv"))).expect("it was there");
    }
    told("by estimates");
}
