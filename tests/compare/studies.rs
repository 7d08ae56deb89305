//! Two studies against each other: the same windows on both sides, live and stored; false alarms, and what pairs save.

use crate::alarms::{alarms, hold};
use crate::asked::given;
use crate::bench::{Bench, SCENARIO, Windows};
use crate::power::builtin;
use crate::row;
use geodes::report::comparison::Comparison;
use geodes::report::{document::Document, json};
use std::fs;

/// The region fails a few times a month, and is back soon.
const HAZARD: &str = r#"
[[hazard]]
name   = "region"
scope  = "region:West US"
kind   = "power-loss"
mtbf   = "200h"
repair = { constant = "20s" }

[study]
margin  = "10s"
warm-up = "10s"
phase   = "20s"
"#;

/// Every fault lasts a tenth longer.
const SLOWED: [&str; 2] = ["--set", "system.echo.partitions=11"];
/// Few windows of a short skeleton.
const SMALL: [&str; 4] = ["--years", "100", "--windows", "40"];

fn study(name: &str) -> Bench {
    let bench = Bench::new(name, Windows::Noisy);
    let (scenario, _) = SCENARIO.split_once("[[fault]]").expect("a fault");
    fs::write(bench.dir.join("study.toml"), format!("{scenario}{HAZARD}")).expect("a file");
    bench
}

#[test]
fn an_unchanged_study_is_identical_live_and_against_what_was_stored() {
    let bench = study("study-identical");
    let (status, found) = bench.compare(&[&["@study.toml", "@study.toml"], &SMALL[..]].concat());
    assert!(
        status == 0 && found.identical && found.rows.is_empty() && found.same == found.pairs,
        "{found:?}"
    );
    let keep = ["run", "@study.toml", "--no-files", "--save-baseline", "main", "--baselines", "@kept"];
    let (status, out, err) = bench.run(&[&keep[..], &SMALL[..]].concat());
    assert_eq!(status, 0, "{out}{err}");
    // The baseline knows its years and its windows: nothing needs to be said again.
    let against = ["compare", "@study.toml", "--baseline", "main", "--baselines", "@kept"];
    let (status, out, err) = bench.run(&against);
    assert!(status == 0 && out.starts_with("beat: identical\n"), "{out}{err}");
    // What is accepted can be compared with again.
    let accept = [&against[..], &SLOWED, &["--accept", "--fail-on", "rto.write.p99 > +5%"]].concat();
    assert_eq!(bench.run(&accept).0, 0);
    let (_, out, err) = bench.run(&[&against[..], &SLOWED].concat());
    assert!(out.starts_with("beat: identical\n"), "{out}{err}");
}

#[test]
fn a_tenth_more_is_measured_in_every_row_that_it_touches_and_nowhere_else() {
    let bench = study("study-tenth");
    let gates = ["--fail-on", "rto.write.p99 > +5%", "--fail-on", "availability.request.write < 0"];
    let (status, found) = bench.compare(&[&["@study.toml"], &SMALL[..], &SLOWED, &gates].concat());
    assert_eq!((status, found.pairing.as_str()), (97, "paired"), "{found:?}");
    assert!(found.pairs >= 40 && found.same < found.pairs, "{found:?}");
    assert!(found.gates.iter().all(|gate| gate.verdict == "regression"), "{:?}", found.gates);
    for measure in [
        "unavailability.request.write",
        "unavailability.time.read",
        "unavailability.request.write[unbound]",
        "rto.write[region(write)]",
        "rto.write.p99[region(write)]",
    ] {
        let row = row(&found.rows, measure);
        let (low, high) = (row.low.expect("an interval"), row.high.expect("an interval"));
        assert!(row.verdict == "worse" && row.scale == "ratio", "{row:?}");
        // Twice as far as the interval reaches is about four standard errors.
        let (middle, reach) = ((low + high) / 2.0, high - low);
        assert!((middle - 0.1).abs() < reach && reach < 0.05, "{row:?}");
    }
    assert_eq!(row(&found.rows, "latency.read.p50").verdict, "equal");
    assert_eq!(row(&found.rows, "rpo.time[region(write)]").verdict, "equal");
}

#[test]
fn stored_studies_are_paired_without_another_run_and_without_their_windows_by_intervals() {
    let bench = study("study-stored");
    let run = [&["run", "@study.toml", "--out", "@old"], &SMALL[..]].concat();
    assert_eq!(bench.run(&run).0, 0);
    let run = [&["run", "@study.toml", "--out", "@new"], &SMALL[..], &SLOWED].concat();
    assert_eq!(bench.run(&run).0, 0);
    let (_, stored) = bench.compare(&["@old", "@new"]);
    let rto = row(&stored.rows, "rto.write[region(write)]");
    assert!(stored.pairing == "paired" && rto.verdict == "worse", "{rto:?}");
    // Beside stored results exactly their windows are run, and nothing else comes out.
    let (_, mixed) = bench.compare(&[&["@old", "@study.toml"], &SLOWED[..]].concat());
    assert_eq!((mixed.pairs, &mixed.rows), (40, &stored.rows));
    let (_, mixed) = bench.compare(&["@study.toml", "@new"]);
    assert_eq!((mixed.pairs, &mixed.rows), (40, &stored.rows));
    fs::remove_file(bench.dir.join("old/strata.csv")).expect("it was there");
    let (_, found) = bench.compare(&["@old", "@new"]);
    assert_eq!((found.pairing.as_str(), found.pairs), ("estimates", 0));
    assert!(found.notes.iter().any(|note| note.contains("not stored")), "{:?}", found.notes);
    assert!(found.rows.iter().all(|row| row.p.is_none()) && !found.rows.is_empty());
}

#[test]
fn other_faults_are_not_paired_and_a_broken_table_of_strata_is_refused() {
    let bench = study("study-other");
    let (_, found) = bench.compare(&[&["@study.toml", "--set", "hazard.0.mtbf=1h"], &SMALL[..]].concat());
    assert_eq!((found.pairing.as_str(), found.identical), ("estimates", false));
    assert!(found.notes.iter().any(|note| note.contains("not drawn alike")), "{:?}", found.notes);
    assert_eq!(row(&found.rows, "unavailability.request.write").verdict, "worse");
    let run = [&["run", "@study.toml", "--out", "@old"], &SMALL[..]].concat();
    assert_eq!(bench.run(&run).0, 0);
    let strata = bench.dir.join("old/strata.csv");
    let text = fs::read_to_string(&strata).expect("strata");
    let header = text.lines().next().expect("a header");
    fs::write(&strata, header).expect("written");
    let (status, _, err) = bench.run(&["compare", "@old", "@study.toml"]);
    assert!(status == 2 && err.contains("has no stratum"), "{err}");
    let (status, _, err) = bench.run(&["compare", "@study.toml", "@study.toml", "--seeds", "3"]);
    assert!(status == 2 && err.contains("has hazards"), "{err}");
}

/// How many equal studies are compared: `GEODES_COMPARISONS`, 5 without it.
pub fn comparisons() -> u64 {
    given("GEODES_COMPARISONS").unwrap_or(5)
}

#[test]
fn of_comparisons_of_equal_studies_at_most_a_twentieth_alarm() {
    let (bench, comparisons) = (study("study-alarms"), comparisons());
    let seeded = |i: u64| 1_000 + i;
    // The same faults and windows, in which the system draws other numbers of the same laws.
    let redrawn = |i: u64| {
        let seed = seeded(i).to_string();
        let set = ["@study.toml", "--seed", &seed, "--set", "system.echo.partitions=2"];
        alarms(&bench, &[&set[..], &SMALL].concat())
    };
    hold("of pairs", &(0..comparisons).map(redrawn).collect::<Vec<_>>());
    for i in 0..comparisons {
        for (side, seed) in [("a", seeded(i)), ("b", seeded(i) + 500_000)] {
            let (seed, out) = (seed.to_string(), format!("@{i}-{side}"));
            let run = ["run", "@study.toml", "--seed", &seed, "--out", &out, "--format", "csv"];
            assert_eq!(bench.run(&[&run[..], &SMALL].concat()).0, 0);
        }
    }
    let reseeded = |i: u64| alarms(&bench, &[&format!("@{i}-a"), &format!("@{i}-b")]);
    hold("under other seeds", &(0..comparisons).map(reseeded).collect::<Vec<_>>());
}

/// A failover whose length is exponential, now and then.
const FAILOVER: &str = include_str!("../../scenarios/oracles/failover.toml");
/// Studies of either kind: `GEODES_POWER`, 5 without it.
fn studies() -> u64 {
    given("GEODES_POWER").unwrap_or(5)
}

/// Whether two studies that share nothing differ at 5 %, by their standard errors on the scale of logarithms.
fn differ(base: &Document, new: &Document) -> bool {
    let of = |document: &Document| {
        let found = &document.measures["availability.request.read"];
        let lost = 1.0 - found.estimate.expect("an estimate");
        (libm::log(lost), found.standard_error.expect("an error") / lost)
    };
    let ((a, error_a), (b, error_b)) = (of(base), of(new));
    (b - a).abs() > 1.96 * (error_a * error_a + error_b * error_b).sqrt()
}

#[test]
fn studies_show_a_failover_a_tenth_slower_with_less_than_a_fiftieth_of_the_windows() {
    let bench = Bench::new("study-power", Windows::Even);
    let exponential = |mean: &str| format!("{{ exponential = {{ mean = \"{mean}\" }} }}");
    let scenario = FAILOVER.replace("{ constant = \"300s\" }", &exponential("300s"));
    fs::write(bench.dir.join("study.toml"), scenario).expect("a file");
    let file = bench.path("study.toml");
    let slower = format!("system.lab-redundancy.failover={{ after = {} }}", exponential("330s"));
    let (studies, mut windows, mut seen) = (studies(), 0, [0, 0]);
    for seed in (0..studies).map(|i| (7 * i + 1).to_string()) {
        let common = [file.as_str(), "--years", "4000", "--format", "json", "--seed", &seed];
        let paired = ["compare", "--windows", "20", "--set", &slower];
        let found: Comparison =
            serde_json::from_str(&builtin(&[&paired[..], &common].concat())).expect("json");
        let row = row(&found.rows, "unavailability.request.read");
        assert!(row.low.zip(row.high).is_some_and(|(low, high)| low < 0.1 && high > 0.08), "{row:?}");
        seen[0] += u64::from(row.verdict == "worse");
        windows = windows.max(found.base.windows).max(found.new.windows);
    }
    let many = (50 * windows).to_string();
    for seed in 0..studies {
        let study = |seed: u64, more: &[&str]| {
            let seed = (1_000 + seed).to_string();
            let run = ["run", &file, "--no-files", "--years", "4000", "--format", "json", "--seed", &seed];
            let run = [&run[..], &["--windows", &many], more].concat();
            json::parse(&builtin(&run)).expect("a document")
        };
        seen[1] += u64::from(differ(&study(seed, &[]), &study(500 + seed, &["--set", &slower])));
    }
    println!("of {studies}, {} see it with {windows} pairs, {} with {many} windows a side", seen[0], seen[1]);
    assert!(20 * seen[0] >= 19 * studies && 20 * seen[1] < 19 * studies, "{seen:?}, {windows} windows");
}
