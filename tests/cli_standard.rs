//! The command with the real library behind it: scenario files, diagnostics, measures, SLA tables, result files. The
//! windows come from a [metronome](metronome::Metronome), so that every number is known beforehand.

#[macro_use]
#[path = "cli/bench.rs"]
mod cli_bench;
#[path = "cli/metronome.rs"]
mod metronome;
#[path = "scenario_support/mod.rs"]
mod scenario_support;

use cli_bench::command;
use geodes::report::document::Document;
use geodes::report::json;
use geodes::system::registry::Registry;
use metronome::Metronome;
use std::fs;
use std::ops::Deref;

const SCENARIO: &str = beat!("10min", "2min");

/// A directory of one test, with the scenario in it as `@beat.toml`.
struct Bench(cli_bench::Bench);

impl Bench {
    fn new(name: &str, scenario: &str) -> Bench {
        Bench(cli_bench::Bench::new(name, scenario, || Box::new(Metronome)))
    }

    fn document(&self, more: &[&str]) -> Document {
        let mut args = vec!["run", "--no-files", "--format", "json"];
        args.extend(more);
        args.push("@beat.toml");
        let (status, out, err) = self.run(&args);
        assert_eq!(status, 0, "{err}");
        json::parse(&out).expect("stdout is the document")
    }
}

impl Deref for Bench {
    type Target = cli_bench::Bench;

    fn deref(&self) -> &cli_bench::Bench {
        &self.0
    }
}

#[test]
fn a_run_ends_in_a_table_and_leaves_every_file() {
    let bench = Bench::new("files", SCENARIO);
    let (status, out, err) = bench.run(&["run", "--out", "@out", "@beat.toml"]);
    assert_eq!(status, 0, "{err}");
    for part in ["beat", "What does one fault cost?", "region:West US power-loss", "RTO write  2min", "holds"]
    {
        assert!(out.contains(part), "`{part}` is missing:\n{out}");
    }
    let files = ["summary.json", "measures.csv", "faults.csv", "sla.csv", "guarantees.csv", "timeline.csv"];
    for name in files.iter().chain(&["traffic.csv", "timeline.svg"]) {
        assert!(bench.dir.join("out").join(name).is_file(), "{name}");
    }
    let (status, story, _) = bench.run(&["explain", "@out"]);
    assert_eq!(status, 0);
    assert!(story.contains("region:West US lost power"), "{story}");
}

#[test]
fn the_numbers_are_those_of_the_operations() {
    let document = Bench::new("numbers", SCENARIO).document(&[]);
    let share = document.measures["availability.request.write"].estimate.expect("an estimate");
    let rto = document.faults[0].rto_write.as_ref().and_then(|s| s.max).expect("restored");
    assert!((share - (1.0 - 120.0 / 1_800.0)).abs() < 1e-3, "{share}");
    assert!((rto - 120.0).abs() < 1.0, "{rto}");
    let read_your_writes = document.guarantees.iter().find(|g| g.name == "read-your-writes");
    assert_eq!(read_your_writes.map(|g| g.verdict.as_str()), Some("holds"));
}

#[test]
fn several_seeds_give_intervals_and_one_gives_none() {
    let bench = Bench::new("seeds", SCENARIO);
    let one = bench.document(&[]);
    let many = bench.document(&["--seeds", "20", "--threads", "2"]);
    let confidence = |d: &Document| d.measures["availability.request.write"].confidence;
    assert_eq!((confidence(&one), confidence(&many)), (None, Some(0.95)));
    assert_eq!((many.windows, many.events), (20, one.events * 20));
    assert_eq!(many.faults[0].windows, 20);
}

#[test]
fn the_seed_and_any_other_value_can_be_set_on_the_command_line() {
    let bench = Bench::new("set", SCENARIO);
    let document = bench.document(&["--seed", "7", "--set", "fault.0.lasts=5min"]);
    assert_eq!((document.seed, document.faults[0].end_s), (7, Some(900.0)));
    assert_ne!(document.digest, bench.document(&[]).digest);
}

#[test]
fn the_same_scenario_and_seed_give_the_same_bytes_on_any_number_of_threads() {
    let bench = Bench::new("same", SCENARIO);
    let all = |threads: &str| {
        let (status, out, err) =
            bench.run(&["run", "--out", "@out", "--seeds", "5", "--threads", threads, "@beat.toml"]);
        assert_eq!(status, 0, "{err}");
        let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(bench.dir.join("out"))
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .map(|path| (path.display().to_string(), fs::read(&path).expect("a file")))
            .collect();
        files.sort();
        (out, files)
    };
    let first = all("1");
    assert_eq!(first, all("4"));
    let (status, out, _) = bench.run(&["verify", "@beat.toml"]);
    assert_eq!(status, 0, "{out}");
}

#[test]
fn every_mistake_is_shown_with_its_place_and_nothing_is_run() {
    let wrong = SCENARIO.replace("\"10min\"", "\"10\"").replace("reads   =", "raeds   =");
    let bench = Bench::new("wrong", &wrong);
    for verb in
        [&["check", "@beat.toml"][..], &["run", "--out", "@out", "@beat.toml"], &["verify", "@beat.toml"]]
    {
        let (status, out, err) = bench.run(verb);
        assert_eq!((status, out.as_str()), (3, ""), "{err}");
        for part in ["error[G", "beat.toml:", "raeds", "did you mean", "has no unit"] {
            assert!(err.contains(part), "`{part}` is missing:\n{err}");
        }
    }
    assert!(!bench.dir.join("out").exists());
}

#[test]
fn check_prints_the_plan_and_where_its_values_come_from() {
    let bench = Bench::new("check", SCENARIO);
    let (status, out, err) = bench.run(&["check", "@beat.toml"]);
    assert_eq!(status, 0, "{err}");
    for part in [
        "echo, 1 partitions",
        "East US: ",
        "region:West US power-loss at 10min for 2min",
        "assumed",
        "default",
    ] {
        assert!(out.contains(part), "`{part}` is missing:\n{out}");
    }
}

#[test]
fn sla_tables_are_found_by_name_and_by_path() {
    let named = format!("{SCENARIO}\n[sla]\nprofiles = [\"cosmos-db-2021\", \"./own.toml\"]\n");
    let bench = Bench::new("sla", &named);
    let own = "name = \"own\"\nabout = \"Ours.\"\nsystem = \"echo\"\nedition = \"1\"\nsource = \"none\"\n\n[[row]]\n\
               row = \"writes\"\nstatement = \"writes succeed 99 %\"\nmeasure = \"availability.request.write\"\n\
               bound = \">= 99%\"\n";
    fs::write(bench.dir.join("own.toml"), own).expect("a file");
    let (status, out, err) = bench.run(&["run", "--no-files", "--format", "json", "@beat.toml"]);
    assert_eq!(status, 99, "{err}");
    let document = json::parse(&out).expect("a document");
    let row = document.sla.iter().find(|row| row.profile == "own").expect("our row");
    assert_eq!((row.verdict.as_str(), row.measure.as_str()), ("breached", "availability.request.write"));
    assert!(document.sla.iter().any(|row| row.profile == "cosmos-db-2021"));
    let (status, out, _) = bench.run(&["run", "--no-files", "--set", "sla.gate=false", "@beat.toml"]);
    assert_eq!(status, 0);
    assert!(out.contains("breached"), "{out}");
}

#[test]
fn tables_systems_and_schemas_can_be_looked_up() {
    let bench = Bench::new("lookup", SCENARIO);
    for (args, part) in [
        (&["list", "sla"][..], "cosmos-db-2021  "),
        (&["list", "systems"], "echo  Nothing but a configuration."),
        (&["list", "regions"], "West US  "),
        (&["list", "faults"], "power-loss  "),
        (&["list", "measures"], "rto[.read|write]"),
        (&["explain", "echo"], "levels: strong, eventual"),
        (&["explain", "cosmos-db-2021"], "availability/single-region/write"),
        (&["explain", "G0403"], "unknown region"),
        (&["explain", "rto.write"], "onset"),
        (&["schema", "scenario"], "\"echo\""),
    ] {
        let (status, out, err) = bench.run(args);
        assert_eq!(status, 0, "{args:?}: {err}");
        assert!(out.contains(part), "{args:?}: `{part}` is missing:\n{out}");
    }
}

#[test]
fn the_scenario_that_new_writes_passes_check() {
    let bench = Bench::new("new", geodes::cli::new::TEMPLATE);
    let check = || command(Registry::builtin(), ["check".to_owned(), bench.path("beat.toml")]);
    let (status, _, err) = check();
    assert_eq!(status, 0, "{err}");
    // What it tells a new user to uncomment must be right too.
    let uncommented: Vec<&str> =
        geodes::cli::new::TEMPLATE.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
    let keys = ["write-once", "document-size", "timeout", "[[action]]", "at = ", "do = "];
    let with_options: Vec<&str> = geodes::cli::new::TEMPLATE
        .lines()
        .zip(&uncommented)
        .map(|(line, bare)| if keys.iter().any(|key| bare.starts_with(key)) { *bare } else { line })
        .collect();
    fs::write(bench.dir.join("beat.toml"), with_options.join("\n")).expect("a file");
    let (status, out, err) = check();
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("at 3h"), "the action is there");
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_what_to_do_instead() {
    let bench = Bench::new("unreadable", SCENARIO);
    fs::write(bench.dir.join("latin.toml"), b"name = \"caf\xe9\"\n").expect("a file");
    fs::create_dir(bench.dir.join("directory")).expect("a directory");
    let beat = bench.path("beat.toml");
    for (name, code, told) in [
        ("beet.toml", "error[G0001]", format!("did you mean `{beat}`?")),
        ("nothing-like-it", "error[G0001]", "`geodes new NAME`".to_owned()),
        ("latin.toml", "error[G0002]", "save it as UTF-8".to_owned()),
    ] {
        let (status, _, err) = bench.run(&["check", &bench.path(name)]);
        assert_eq!(status, 3, "{err}");
        assert!(err.starts_with(code) && err.contains(&told), "{err}");
    }
    let (status, _, err) = bench.run(&["check", &bench.path("directory")]);
    assert!(status == 2 && err.contains("directory holds no scenario (*.toml)"), "{err}");
}

#[test]
fn a_scenario_from_another_editor_is_the_same_scenario() {
    let plain = Bench::new("plain", SCENARIO).run(&["check", "@beat.toml"]);
    let dos = format!("\u{feff}{}", SCENARIO.replace('\n', "\r\n"));
    assert_eq!(plain, Bench::new("dos", &dos).run(&["check", "@beat.toml"]));
}
