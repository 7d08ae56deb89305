//! Results that are kept by name.

use crate::bench::{Bench, SCENARIO, Windows};
use std::fs;

fn kept(name: &str) -> Bench {
    let bench = Bench::new(name, Windows::Noisy);
    let save = ["run", "@beat.toml", "--no-files", "--seeds", "8", "--save-baseline", "main"];
    let (status, _, err) = bench.run(&[&save[..], &["--baselines", "@kept"]].concat());
    assert_eq!(status, 0, "{err}");
    assert!(err.contains("baseline main in"), "{err}");
    bench
}

const AGAINST: [&str; 6] = ["compare", "@beat.toml", "--baseline", "main", "--baselines", "@kept"];

fn against(bench: &Bench, more: &[&str]) -> (u8, String, String) {
    bench.run(&[&AGAINST[..], more].concat())
}

#[test]
fn a_baseline_is_kept_compared_and_replaced_when_a_change_is_accepted() {
    let bench = kept("kept");
    let (status, out, err) = against(&bench, &[]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("beat: identical\n"), "{out}");
    let slowed = ["--set", "fault.0.lasts=60s", "--fail-on", "rto.write.p99 > +10%"];
    assert_eq!(against(&bench, &slowed).0, 97);
    let (status, _, err) = against(&bench, &[&slowed[..], &["--accept"]].concat());
    assert_eq!(status, 0, "{err}");
    let (status, out, _) = against(&bench, &slowed[..2]);
    assert!(status == 0 && out.starts_with("beat: identical\n"), "{out}");
    assert!(bench.dir.join("kept/main/beat/windows.csv").is_file());
}

#[test]
fn the_new_side_runs_the_windows_of_the_baseline_whatever_seed_the_file_has() {
    let bench = kept("seeds");
    fs::write(bench.dir.join("beat.toml"), SCENARIO.replace("seed  = 42", "seed  = 7")).expect("a file");
    let (status, out, err) = against(&bench, &[]);
    assert_eq!(status, 0, "{err}");
    assert!(out.starts_with("beat: identical\n") && out.contains("seeds 42 to 49"), "{out}");
}

#[test]
fn results_can_be_kept_from_a_comparison_too() {
    let bench = kept("again");
    assert_eq!(against(&bench, &["--save-baseline", "next"]).0, 0);
    let next = ["compare", "@beat.toml", "--baseline", "next", "--baselines", "@kept"];
    assert!(bench.run(&next).1.starts_with("beat: identical\n"));
}

#[test]
fn a_baseline_that_cannot_be_compared_with_is_refused() {
    let bench = kept("refused");
    let summary = bench.dir.join("kept/main/beat/summary.json");
    let windows = bench.dir.join("kept/main/beat/windows.csv");
    let (good, rows) = (fs::read_to_string(&summary), fs::read_to_string(&windows));
    let (good, rows) = (good.expect("a summary"), rows.expect("windows"));
    let refused = |what: &str, part: &str| {
        let (status, out, err) = against(&bench, &[]);
        assert_eq!((status, out.as_str()), (2, ""), "{what}: {err}");
        assert!(err.contains(part), "{what}: {err}");
    };
    let version = format!("\"geodes\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(good.contains(&version), "{good}");
    fs::write(&summary, good.replace(&version, "\"geodes\": \"0.0.1\"")).expect("written");
    refused("another version", "is of version `0.0.1`");
    fs::write(&summary, good.replace("\"scenario\": \"beat\"", "\"scenario\": \"drum\"")).expect("written");
    refused("another scenario", "is of scenario `drum`");
    fs::write(&summary, "{}").expect("written");
    refused("no result", "no result");
    fs::write(&summary, &good).expect("written");
    let fewer: Vec<&str> = rows.lines().take(4).collect();
    fs::write(&windows, fewer.join("\n")).expect("written");
    let (status, out, _) = against(&bench, &[]);
    assert!(status == 0 && out.contains("identical"), "{out}");
    fs::write(&windows, rows.replacen("\n42,", "\n41,", 1).replacen(",1,", ",heavy,", 1)).expect("written");
    refused("broken windows", "is no number");
    let last = rows.lines().last().expect("a row").split(',').nth(3).expect("a fingerprint").to_owned();
    fs::write(&windows, rows.replace(&last, "0000000000000000")).expect("written");
    refused("other windows", "are not those of summary.json");
    fs::remove_file(&summary).expect("it was there");
    refused("nothing", "`geodes run FILE --save-baseline main` makes one");
}

#[test]
fn a_name_is_a_name_and_a_missing_scenario_lists_those_that_are_kept() {
    let bench = kept("names");
    let renamed = SCENARIO.replace("\"beat\"", "\"drum\"");
    fs::write(bench.dir.join("beat.toml"), renamed).expect("a file");
    let (status, _, err) = against(&bench, &[]);
    assert_eq!(status, 2, "{err}");
    assert!(err.contains("has no results of drum") && err.contains("it has `beat`"), "{err}");
    for name in ["../main", "a/b", "", ".hidden"] {
        let args = ["run", "@beat.toml", "--no-files", "--save-baseline", name, "--baselines", "@kept"];
        let (status, _, err) = bench.run(&args);
        assert_eq!(status, 2, "{name}: {err}");
    }
    assert!(!bench.dir.join("main").exists());
}
