//! Comparisons of the same configuration under different seeds.

use crate::bench::{Bench, Windows};
use crate::studies::comparisons;
use std::fs;

const SEEDS: &str = "10";

/// What is called different in a comparison, or fails a gate without a margin.
pub fn alarms(bench: &Bench, args: &[&str]) -> Vec<String> {
    let gates = ["rto.write.p99 > 0", "availability.request.write < 0", "rto.read > 0"];
    let gates: Vec<&str> = gates.into_iter().flat_map(|gate| ["--fail-on", gate]).collect();
    let (status, found) = bench.compare(&[args, &gates].concat());
    let differs = |verdict: &str| ["worse", "better", "changed"].contains(&verdict);
    let mut alarms: Vec<String> =
        found.rows.iter().filter(|row| differs(&row.verdict)).map(|row| row.measure.clone()).collect();
    if status == 97 {
        alarms.push("a gate".to_owned());
    }
    assert!(found.rows.len() >= 10 && !found.identical, "{args:?}: {found:?}");
    alarms
}

/// At most 5 % of the comparisons raise an alarm.
pub fn hold(how: &str, all: &[Vec<String>]) {
    let count = all.iter().filter(|alarms| !alarms.is_empty()).count();
    println!("{count} of {} comparisons {how} alarm: {:?}", all.len(), all.concat());
    assert!(20 * count <= all.len(), "{count} of {} {how}: {:?}", all.len(), all.concat());
}

#[test]
fn of_comparisons_of_equal_configurations_at_most_a_twentieth_alarm() {
    // Much cheaper than studies: 200 wherever 10 of those are compared.
    let all = (20 * comparisons()).min(200);
    let bench = Bench::new("alarms", Windows::Noisy);
    for i in 0..all {
        for (side, offset) in [("a", 0), ("b", 500_000)] {
            let (seed, out) = ((1_000 * i + offset).to_string(), format!("@{i}-{side}"));
            let run =
                ["run", "@beat.toml", "--seeds", SEEDS, "--seed", &seed, "--out", &out, "--format", "csv"];
            assert_eq!(bench.run(&run).0, 0);
        }
    }
    let stored = |i: u64| alarms(&bench, &[&format!("@{i}-a"), &format!("@{i}-b")]);
    let alarms = || (0..all).map(stored).collect::<Vec<_>>();
    hold("by windows", &alarms());
    for i in 0..all {
        fs::remove_file(bench.dir.join(format!("{i}-a/windows.csv"))).expect("it was there");
    }
    hold("by estimates", &alarms());
}
