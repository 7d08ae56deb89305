//! Two hundred comparisons of the same configuration under different seeds.

use crate::bench::{Bench, Windows};
use std::fs;

const COMPARISONS: u32 = 200;
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
    let stored = |i: u32| alarms(&bench, &[&format!("@{i}-a"), &format!("@{i}-b")]);
    let all = || (0..COMPARISONS).map(stored).collect::<Vec<_>>();
    hold("by windows", &all());
    for i in 0..COMPARISONS {
        fs::remove_file(bench.dir.join(format!("{i}-a/windows.csv"))).expect("it was there");
    }
    hold("by estimates", &all());
}
