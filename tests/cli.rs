//! The command line as a user meets it, over a small library made for the tests: exit statuses, formats, files.

#[path = "cli/fake.rs"]
mod fake;

use fake::Fake;
use geodes::cli::exit::Status;
use geodes::cli::output::Output;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// Runs `geodes ARGS...`; returns the status, stdout and stderr.
fn geodes(library: &Fake, args: &[&str]) -> (Status, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let all = ["geodes"].iter().chain(args).map(OsString::from);
    let status = geodes::cli::run_with(all, library, &mut Output::plain(&mut out, &mut err));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    (status, text(out), text(err))
}

fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("geodes-cli-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    dir
}

#[test]
fn a_wrong_command_line_exits_2_and_says_so_on_stderr_only() {
    for args in [
        &["frobnicate"][..],
        &["run"],
        &["run", "a.toml", "--seeds", "0"],
        &["run", "a.toml", "--seeds", "many"],
        &["run", "a.toml", "--threads", "0"],
        &["run", "a.toml", "--threads", "5000"],
        &["run", "a.toml", "--format", "yaml"],
        &["run", "a.toml", "--out", "x", "--no-files"],
        &["run", "a.toml", "--no-such-option"],
        &["list", "storms"],
        &["schema"],
        &["completions", "fortran"],
        &["man", "frobnicate"],
        &["new", "../evil"],
        &["new", "two words"],
        &["explain", "no.such.thing"],
        &["explain", "no/such/dir"],
    ] {
        let (status, out, err) = geodes(&Fake::default(), args);
        assert_eq!(status.code(), 2, "{args:?}: {err}");
        assert_eq!(out, "", "{args:?}");
        assert!(!err.is_empty(), "{args:?}");
    }
}

#[test]
fn help_and_version_are_data_and_exit_0() {
    for args in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let (status, out, err) = geodes(&Fake::default(), args);
        assert_eq!((status, err.as_str()), (Status::Met, ""), "{args:?}");
        assert!(out.contains("geodes"), "{args:?}");
    }
    assert!(geodes(&Fake::default(), &["--help"]).1.contains("99  an SLA row is breached"));
}

#[test]
fn invalid_scenarios_exit_3_with_the_diagnostics_of_all_of_them_and_run_nothing() {
    let (status, out, err) =
        geodes(&Fake::default(), &["run", "--no-files", "ok.toml", "bad-1.toml", "bad-2.toml"]);
    assert_eq!((status.code(), out.as_str()), (3, ""));
    assert!(err.contains("bad-1.toml is bad") && err.contains("bad-2.toml is bad"), "{err}");
}

#[test]
fn a_run_prints_its_result_and_exits_by_its_verdicts() {
    for (verdict, guarantee, code) in [
        ("met", "holds", 0),
        ("not applicable", "unknown", 0),
        ("inconclusive", "holds", 4),
        ("breached", "holds", 99),
        ("breached", "violated", 96),
    ] {
        let library = Fake { verdict, guarantee, ..Fake::default() };
        let (status, out, err) = geodes(&library, &["run", "--no-files", "ok.toml"]);
        assert_eq!(status.code(), code, "{verdict}, {guarantee}: {err}");
        assert!(out.starts_with("ok\n"), "{out}");
        assert_eq!(err, "");
    }
    let library = Fake { verdict: "inconclusive", ..Fake::default() };
    let (status, ..) = geodes(&library, &["run", "--no-files", "--allow-inconclusive", "ok.toml"]);
    assert_eq!(status.code(), 0);
}

#[test]
fn a_scenario_that_does_not_gate_fails_for_broken_guarantees_only() {
    let breached = Fake { verdict: "breached", gate: false, ..Fake::default() };
    let (status, out, _) = geodes(&breached, &["run", "--no-files", "ok.toml"]);
    assert_eq!(status.code(), 0);
    assert!(out.contains("breached"), "the verdict is printed all the same: {out}");
    let broken = Fake { guarantee: "violated", ..breached };
    assert_eq!(geodes(&broken, &["run", "--no-files", "ok.toml"]).0.code(), 96);
}

#[test]
fn a_storm_of_messages_is_an_internal_error_told_once_after_the_result() {
    let library = Fake { storm: Some("a storm"), guarantee: "violated", gate: false, ..Fake::default() };
    for verb in [&["run", "--no-files", "stormy.toml"][..], &["verify", "stormy.toml"]] {
        let (status, out, err) = geodes(&library, verb);
        assert_eq!(status, Status::Internal);
        assert!(out.starts_with("stormy\n"), "the result is printed all the same: {out}");
        assert_eq!(err, "error: stormy: a storm\n");
    }
}

#[test]
fn seeds_count_up_from_the_seed_and_are_folded_in_order() {
    let args = [
        "run",
        "--no-files",
        "--seed",
        "7",
        "--seeds",
        "40",
        "--threads",
        "4",
        "--format",
        "json",
        "ok.toml",
    ];
    let (status, out, err) = geodes(&Fake::default(), &args);
    assert_eq!(status, Status::Met, "{err}");
    let document = geodes::report::json::parse(&out).expect("stdout is the document");
    assert_eq!((document.seed, document.seeds), (7, 40));
    let seen: Vec<f64> = document.story.iter().map(|e| e.at_s).collect();
    assert_eq!(seen, (7..47).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn the_formats_are_what_they_say() {
    let csv = geodes(&Fake::default(), &["run", "--no-files", "--format", "csv", "ok.toml"]).1;
    assert!(csv.starts_with("measure,estimate,low,high,confidence,n,unit\n"), "{csv}");
    let json = geodes(&Fake::default(), &["run", "--no-files", "--format", "json", "ok.toml"]).1;
    let value: serde_json::Value = serde_json::from_str(&json).expect("one JSON document");
    assert_eq!(value["scenario"], "ok");
}

#[test]
fn results_go_to_the_directory_asked_for_and_hold_no_path() {
    let dir = scratch("out");
    let text = dir.to_str().expect("a plain path");
    let (status, _, err) = geodes(&Fake::default(), &["run", "--out", text, "ok.toml"]);
    assert_eq!(status, Status::Met, "{err}");
    assert!(err.contains("results in"), "{err}");
    let summary = fs::read_to_string(dir.join("summary.json")).expect("the summary is there");
    assert!(!summary.contains(text));
    let (status, _, err) = geodes(&Fake::default(), &["run", "--out", text, "ok.toml", "other.toml"]);
    assert_eq!(status, Status::Met, "{err}");
    assert!(dir.join("ok/summary.json").is_file() && dir.join("other/summary.json").is_file());
    let story = geodes(&Fake::default(), &["explain", text]).1;
    assert!(story.starts_with("ok\n"), "{story}");
    fs::remove_dir_all(&dir).expect("cleaned up");
}

#[test]
fn a_directory_stands_for_the_scenarios_in_it_and_below_without_sla_profiles() {
    let dir = scratch("directory");
    fs::create_dir_all(dir.join("below")).expect("a directory");
    let profile = include_str!("../scenarios/sla/cosmos-db-2026.toml");
    for (name, text) in [("b.toml", ""), ("below/a.toml", ""), ("profile.toml", profile), ("note.txt", "")] {
        fs::write(dir.join(name), text).expect("a file");
    }
    let text = dir.to_str().expect("a plain path");
    let out = dir.join("out");
    let args = ["run", text, "--out", out.to_str().expect("a plain path"), "--format", "csv"];
    let (status, printed, err) = geodes(&Fake::default(), &args);
    assert_eq!(status, Status::Met, "{err}");
    assert_eq!(printed, "scenario,measure,estimate,low,high,confidence,n,unit\n");
    assert!(out.join("a/summary.json").is_file() && out.join("b/summary.json").is_file());
    let rows = fs::read_to_string(out.join("sla.csv")).expect("the rows of both");
    assert_eq!(rows.lines().count(), 3, "{rows}");
    fs::remove_dir_all(&dir).expect("cleaned up");
}

#[test]
fn several_scenarios_are_followed_by_all_their_rows_in_each_format() {
    let library = Fake { verdict: "breached", ..Fake::default() };
    let run = |format| geodes(&library, &["run", "--no-files", "a.toml", "b.toml", "--format", format]).1;
    assert!(run("table").contains("\nSLA rows of 2 scenarios\n"), "{}", run("table"));
    assert!(run("markdown").contains("\n## SLA rows of 2 scenarios\n"), "{}", run("markdown"));
    let all = run("json");
    let documents: Vec<serde_json::Value> = serde_json::Deserializer::from_str(&all)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("JSON documents");
    let names: Vec<&serde_json::Value> = documents.iter().map(|d| &d["scenario"]).collect();
    assert_eq!(names[..2], ["a", "b"]);
    let across: geodes::report::across::Across =
        serde_json::from_value(documents[2].clone()).expect("the last one is the table");
    assert_eq!((across.configurations.len(), across.rows.len()), (2, 2));
    assert_eq!(across.rows[1].configuration, "b");
    assert_eq!(run("junit").matches("<testsuite ").count(), 2);
}

#[test]
fn two_scenarios_of_one_name_are_refused_before_anything_is_written() {
    let dir = scratch("twice");
    let text = dir.to_str().expect("a plain path");
    let (status, _, err) = geodes(&Fake::default(), &["run", "--out", text, "ok.toml", "b/ok.toml"]);
    assert_eq!(status.code(), 2, "{err}");
    assert!(err.contains("both called `ok`") && err.contains("`--no-files`"), "{err}");
    assert!(!dir.exists());
}

#[test]
fn results_that_cannot_be_written_exit_2_before_anything_is_run() {
    let place = scratch("in-the-way");
    fs::create_dir_all(place.join("taken/sla.csv")).expect("a directory");
    fs::write(place.join("file"), "in the way").expect("a file");
    for dir in ["file", "file/below", "taken"] {
        let dir = place.join(dir);
        let text = dir.to_str().expect("a plain path");
        let (status, out, err) = geodes(&Fake::default(), &["run", "--out", text, "ok.toml"]);
        assert_eq!((status.code(), out.as_str()), (2, ""), "{err}");
        assert!(
            err.starts_with(&format!("error: cannot write {text}")) && err.contains("--no-files"),
            "{err}"
        );
    }
    let left: Vec<_> = fs::read_dir(place.join("taken")).expect("it is there").collect();
    assert_eq!(left.len(), 1, "{left:?}");
    fs::remove_dir_all(&place).expect("cleaned up");
}

#[test]
fn a_number_out_of_range_is_told_its_range() {
    let cases = [
        ("--seeds", "0", "the number of seeds is a whole number from 1 to 1000000"),
        ("--seeds", "-3", "the number of seeds is a whole number from 1 to 1000000"),
        ("--threads", "0", "from 1 to 4096; without `--threads` all cores are used"),
        ("--threads", "99999999999999999999", "from 1 to 4096; without `--threads` all cores are used"),
        ("--seed", "9223372036854775808", "a seed is a whole number from 0 to 9223372036854775807"),
    ];
    for (option, value, told) in cases {
        let (status, _, err) = geodes(&Fake::default(), &["run", "ok.toml", option, value]);
        assert_eq!(status.code(), 2, "{err}");
        assert!(err.contains(told), "{err}");
    }
    for verb in ["run", "verify"] {
        let last = ["--seed", "9223372036854775807", "--seeds", "2"];
        let (status, out, err) = geodes(&Fake::default(), &[&[verb, "ok.toml"], &last[..]].concat());
        assert_eq!((status.code(), out.as_str()), (2, ""), "{err}");
        assert!(err.contains("beyond 9223372036854775807"), "{err}");
    }
}

#[test]
fn one_file_twice_is_told_as_such() {
    let (status, _, err) = geodes(&Fake::default(), &["run", "ok.toml", "ok.toml"]);
    assert_eq!((status.code(), err.as_str()), (2, "error: ok.toml is given twice\n"));
}

#[test]
fn what_is_no_result_is_not_explained_as_one() {
    let dir = scratch("no-result");
    fs::create_dir_all(&dir).expect("a directory");
    let text = dir.to_str().expect("a plain path");
    let (status, _, err) = geodes(&Fake::default(), &["explain", text]);
    assert_eq!(status.code(), 2);
    assert!(err.contains("there is no") && err.contains("`geodes run FILE`"), "{err}");
    for other in ["", "{", "{\"a\": 1}", "[]", "measure,n\n"] {
        fs::write(dir.join("summary.json"), other).expect("a file");
        let (status, out, err) = geodes(&Fake::default(), &["explain", text]);
        assert_eq!((status.code(), out.as_str()), (2, ""), "{other}");
        assert!(err.contains("is no result of geodes: "), "{err}");
    }
    fs::remove_dir_all(&dir).expect("cleaned up");
}

/// A reader that has read enough: every write fails as one into a closed pipe does.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn files_and_exit_status_do_not_depend_on_who_reads_the_table() {
    let dir = scratch("closed");
    let text = dir.to_str().expect("a plain path");
    let args = ["geodes", "run", "--out", text, "breached.toml"].map(OsString::from);
    let mut err = Vec::new();
    let library = Fake { verdict: "breached", ..Fake::default() };
    let status = geodes::cli::run_with(args, &library, &mut Output::plain(&mut Closed, &mut err));
    assert_eq!(status, Status::Breached, "{}", String::from_utf8_lossy(&err));
    assert!(dir.join("summary.json").exists());
    fs::remove_dir_all(&dir).expect("cleaned up");
}

#[test]
fn verify_passes_a_reproducible_scenario() {
    let (status, out, _) = geodes(&Fake::default(), &["verify", "ok.toml"]);
    assert_eq!(status, Status::Met, "{out}");
    assert_eq!(out.matches("identical").count(), 3, "{out}");
    assert!(out.contains("ties shuffled") && out.contains("guarantees hold"), "{out}");
}

#[test]
fn verify_exits_98_and_names_the_first_differing_event() {
    let library = Fake { depends_on_threads: true, ..Fake::default() };
    let (status, out, _) = geodes(&library, &["verify", "ok.toml"]);
    assert_eq!(status.code(), 98, "{out}");
    assert!(out.contains("DIFFERS in summary.json"), "{out}");
    assert!(out.contains("world 0, event 2001"), "{out}");
    assert!(out.contains("1 thread:  event on 1") && out.contains("4 threads: event on 4"), "{out}");
}

#[test]
fn verify_exits_96_when_a_guarantee_breaks_only_with_shuffled_ties() {
    let library = Fake { breaks_when_shuffled: true, ..Fake::default() };
    let (status, out, _) = geodes(&library, &["verify", "ok.toml"]);
    assert_eq!(status.code(), 96, "{out}");
    assert!(out.contains("BROKEN: linearizable"), "{out}");
}

#[test]
fn explain_knows_measures_and_suggests_near_names() {
    let (status, out, _) = geodes(&Fake::default(), &["explain", "rto.write"]);
    assert_eq!((status, out.as_str()), (Status::Met, "time until writes succeed again\n"));
    let (status, _, err) = geodes(&Fake::default(), &["explain", "rto.wriet"]);
    assert_eq!(status.code(), 2);
    assert!(err.contains("did you mean `rto.write`?"), "{err}");
}

#[test]
fn lists_have_one_name_a_line() {
    let (status, out, _) = geodes(&Fake::default(), &["list", "measures"]);
    assert_eq!((status, out.as_str()), (Status::Met, "rto.write  time until writes succeed again\n"));
}

#[test]
fn the_result_schema_describes_what_a_run_prints() {
    let (status, out, _) = geodes(&Fake::default(), &["schema", "result"]);
    assert_eq!(status, Status::Met);
    let schema: serde_json::Value = serde_json::from_str(&out).expect("the schema is JSON");
    let json = geodes(&Fake::default(), &["run", "--no-files", "--format", "json", "ok.toml"]).1;
    let document: serde_json::Value = serde_json::from_str(&json).expect("a document");
    for key in document.as_object().expect("an object").keys() {
        assert!(schema["properties"].get(key).is_some(), "{key} is not in the schema");
    }
    let fault = &schema["$defs"]["FaultResult"]["properties"];
    assert!(fault.get("rto.write").is_some() && fault.get("rpo.time").is_some());
}

#[test]
fn completions_and_manual_pages_name_every_verb() {
    let verbs =
        ["new", "check", "run", "compare", "verify", "explain", "list", "schema", "completions", "man"];
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (status, out, _) = geodes(&Fake::default(), &["completions", shell]);
        assert_eq!(status, Status::Met);
        assert!(verbs.iter().all(|verb| out.contains(verb)), "{shell}");
    }
    let page = geodes(&Fake::default(), &["man"]).1;
    assert!(verbs.iter().all(|verb| page.contains(verb)));
    for verb in verbs {
        let (status, out, _) = geodes(&Fake::default(), &["man", verb]);
        assert_eq!(status, Status::Met);
        assert!(out.contains(&format!("geodes\\-{verb}")), "{verb}: {out}");
    }
}

#[test]
fn check_prints_every_plan_and_runs_nothing() {
    let (status, out, _) = geodes(&Fake::default(), &["check", "ok.toml", "other.toml"]);
    assert_eq!((status, out.as_str()), (Status::Met, "plan of ok\n\nplan of other\n"));
}

#[test]
fn new_writes_the_template_under_the_name_asked_for() {
    let (status, out, err) = geodes(&Fake::default(), &["new", "-"]);
    assert_eq!((status, err.as_str()), (Status::Met, ""));
    assert!(out.contains("name") && out.contains("my-outage"));
}
