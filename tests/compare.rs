//! Comparisons as a CI job meets them: pairs, gates, baselines, formats, false alarms, and how much pairing saves.

#[macro_use]
#[path = "cli/bench.rs"]
mod cli_bench;

#[path = "compare/alarms.rs"]
mod alarms;
#[path = "support/allocator.rs"]
mod allocator;
#[path = "support/asked.rs"]
mod asked;
#[path = "compare/baselines.rs"]
mod baselines;
#[path = "compare/bench.rs"]
mod bench;
#[path = "compare/formats.rs"]
mod formats;
#[path = "cli/metronome.rs"]
mod metronome;
#[path = "compare/noisy.rs"]
mod noisy;
#[path = "compare/power.rs"]
mod power;
#[path = "scenario_support/mod.rs"]
mod scenario_support;
#[path = "compare/studies.rs"]
mod studies;

use bench::{Bench, SCENARIO, Windows};
use geodes::report::comparison::ChangeRow;
use std::fs;

/// The outage lasts a tenth longer.
const SLOWED: [&str; 2] = ["--set", "fault.0.lasts=44s"];

fn row<'a>(rows: &'a [ChangeRow], measure: &str) -> &'a ChangeRow {
    rows.iter().find(|row| row.measure == measure).unwrap_or_else(|| panic!("{measure} is not compared"))
}

#[test]
fn an_unchanged_scenario_is_identical_and_passes_every_gate() {
    let bench = Bench::new("identical", Windows::Noisy);
    let args = ["compare", "@beat.toml", "@beat.toml", "--seeds", "4", "--fail-on", "rto.write.p99 > 0"];
    let (status, out, err) = bench.run(&args);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("beat: identical\n") && out.contains("kept"), "{out}");
    let (_, found) = bench.compare(&["@beat.toml", "@beat.toml", "--seeds", "4"]);
    assert!(found.identical && found.rows.is_empty() && found.same == 4, "{found:?}");
}

#[test]
fn a_tenth_more_is_seen_and_measured_in_a_few_pairs() {
    let bench = Bench::new("tenth", Windows::Noisy);
    let (status, found) = bench.compare(&["@beat.toml", "--set", "fault.0.lasts=44s", "--seeds", "8"]);
    assert_eq!((status, found.pairing.as_str(), found.pairs), (0, "paired", 8));
    let rto = row(&found.rows, "rto.write[region(write)]");
    assert_eq!((rto.verdict.as_str(), rto.scale.as_str(), rto.n), ("worse", "ratio", 8));
    let (low, high) = (rto.low.expect("an interval"), rto.high.expect("an interval"));
    assert!(low < 0.1 && 0.1 < high && high - low < 0.05, "{rto:?}");
    assert_eq!(row(&found.rows, "unavailability.request.read").verdict, "worse");
    assert_eq!(row(&found.rows, "rpo.time[region(write)]").verdict, "equal");
}

#[test]
fn a_gate_exits_by_what_is_shown() {
    let bench = Bench::new("gates", Windows::Noisy);
    let status = |gates: &[&str]| {
        let mut args = vec!["compare", "@beat.toml", "--seeds", "8"];
        args.extend(SLOWED);
        args.extend(gates.iter().flat_map(|gate| ["--fail-on", gate]));
        let (status, out, err) = bench.run(&args);
        assert_eq!(err, "", "{out}");
        status
    };
    assert_eq!(status(&["rto.write.p99 > +5%"]), 97);
    assert_eq!(status(&["rto.write.p99 > +1s"]), 97);
    assert_eq!(status(&["rto.write > +20%"]), 0);
    assert_eq!(status(&["rto.write > +10%"]), 4);
    assert_eq!(status(&["rto.write > +10%", "rto.read > +2%"]), 97);
    assert_eq!(status(&["availability.request.write < -0.1%"]), 97);
    assert_eq!(status(&["rpo.writes.max > 0"]), 0);
    let (allowed, ..) = bench.run(&[
        "compare",
        "@beat.toml",
        "--set",
        "fault.0.lasts=44s",
        "--seeds",
        "8",
        "--fail-on",
        "rto.write > +10%",
        "--allow-inconclusive",
    ]);
    assert_eq!(allowed, 0);
}

#[test]
fn one_window_of_either_side_is_compared_as_it_stands() {
    let bench = Bench::new("single", Windows::Even);
    let with =
        |gate: &'static str| [&["@beat.toml", "--seeds", "1", "--fail-on", gate], &SLOWED[..]].concat();
    let (status, found) = bench.compare(&with("rto.write.p99 > +5%"));
    assert_eq!((status, found.gates[0].verdict.as_str()), (97, "regression"));
    assert_eq!(row(&found.rows, "rto.write[region(write)]").verdict, "not tested");
    assert!(found.notes.iter().any(|note| note.contains("One pair of windows")), "{:?}", found.notes);
    assert_eq!(bench.compare(&with("rto.write.p99 > +15%")).0, 0);
}

#[test]
fn two_files_are_compared_and_other_seeds_leave_no_pairs() {
    let bench = Bench::new("files", Windows::Noisy);
    fs::write(bench.dir.join("slow.toml"), SCENARIO.replace("40s", "44s")).expect("a file");
    fs::write(bench.dir.join("other.toml"), SCENARIO.replace("seed  = 42", "seed  = 4242")).expect("a file");
    let (_, found) = bench.compare(&["@beat.toml", "@slow.toml", "--seeds", "8"]);
    assert_eq!(row(&found.rows, "rto.write[region(write)]").verdict, "worse");
    let (_, found) = bench.compare(&["@beat.toml", "@other.toml", "--seeds", "8"]);
    assert_eq!((found.pairing.as_str(), found.identical), ("apart", false));
    assert!(found.notes.iter().any(|note| note.contains("unpaired")), "{:?}", found.notes);
    let (_, found) = bench.compare(&["@beat.toml", "@other.toml", "--seeds", "8", "--seed", "1"]);
    assert!(found.identical);
}

#[test]
fn stored_results_are_paired_without_another_run_and_without_their_windows_by_intervals() {
    let bench = Bench::new("stored", Windows::Noisy);
    let run = ["run", "@beat.toml", "--seeds", "8", "--out"];
    assert_eq!(bench.run(&[&run[..], &["@old"]].concat()).0, 0);
    assert_eq!(bench.run(&[&run[..], &["@new"], &SLOWED[..]].concat()).0, 0);
    let (_, live) = bench.compare(&[&["@beat.toml", "--seeds", "8"], &SLOWED[..]].concat());
    let (_, stored) = bench.compare(&["@old", "@new"]);
    assert_eq!((stored.pairs, &stored.rows), (8, &live.rows));
    // A scenario beside stored results runs as many windows, from the same seed on.
    let (_, mixed) = bench.compare(&[&["@old", "@beat.toml"], &SLOWED[..]].concat());
    assert_eq!(mixed.rows, live.rows);
    let (_, mixed) = bench.compare(&["@beat.toml", "@new/summary.json"]);
    assert_eq!(mixed.rows, live.rows);
    fs::remove_file(bench.dir.join("old/windows.csv")).expect("it was there");
    let (_, found) = bench.compare(&["@old", "@new"]);
    assert_eq!((found.pairing.as_str(), found.pairs), ("estimates", 0));
    assert!(found.notes.iter().any(|note| note.contains("not stored")), "{:?}", found.notes);
    assert!(found.rows.iter().all(|row| row.p.is_none()) && !found.rows.is_empty());
}

#[test]
fn what_makes_no_comparison_is_a_usage_error() {
    let bench = Bench::new("usage", Windows::Even);
    assert_eq!(bench.run(&["run", "@beat.toml", "--seeds", "2", "--out", "@old"]).0, 0);
    for (args, part) in [
        (&["@beat.toml"][..], "one side alone"),
        (&["@beat.toml", "@beat.toml", "@beat.toml"], "no more were expected"),
        (&["@beat.toml", "@beat.toml", "--baseline", "main"], "--baseline is the base"),
        (&["@beat.toml", "@nowhere.json"], "no such results"),
        (&["@beat.toml", "@old", "--set", "seed=1"], "the new side is a stored result"),
        (&["@beat.toml", "--accept"], "--baseline"),
        (&["@beat.toml", "@old", "--fail-on", "rto.wriet > 1s", "--fail-on", "rto.write"], "did you mean"),
        (&["@beat.toml", "@old", "--fail-on", "rto.write@Est US > 1s"], "did you mean `rto.write@East US`?"),
        (
            &["@beat.toml", "@old", "--fail-on", "rto.write[zone(leader)] > 1s"],
            "no window of either side has",
        ),
        (&["@beat.toml", "@old", "--seeds", "0"], "seeds"),
    ] {
        let (status, out, err) = bench.run(&[&["compare"], args].concat());
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.contains(part), "{args:?}: {err}");
    }
    let (status, _, err) = bench.run(&["compare", "@beat.toml", "@missing.toml"]);
    assert_eq!(status, 3, "{err}");
}
