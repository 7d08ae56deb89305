//! The same scenario and seed give the same bytes: on any number of threads, in any process, as one world or several.

use geodes::base::diagnostics::{SourceMap, Style};
use geodes::base::time::Span;
use geodes::engine::contract::{Observer, WindowSpec};
use geodes::engine::record::{Record, WindowEnd};
use geodes::scenario::{Scenario, load};
use geodes::system::registry::Registry;
use std::any::Any;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A scenario that runs in a tenth of a second.
const SHORT: &str = "tests/cmd/short.toml";

/// Everything a run leaves: what it printed, and its files by name.
#[derive(PartialEq, Eq)]
struct Left {
    printed: String,
    files: BTreeMap<String, Vec<u8>>,
}

impl Left {
    fn digest(&self) -> &str {
        let line =
            self.printed.lines().find(|line| line.contains("\"digest\"")).expect("a digest is printed");
        line.split('"').nth(3).expect("it is a text")
    }
}

/// Runs the command in a process of its own.
fn run(name: &str, more: &[&str]) -> Left {
    let out = scratch(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_geodes"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["run", SHORT, "--format", "json", "--out"]).arg(&out).args(more);
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files = fs::read_dir(&out)
        .expect("results are written")
        .map(|entry| entry.expect("an entry can be read"))
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a file can be read"))
        })
        .collect();
    fs::remove_dir_all(&out).expect("cleaned up");
    Left { printed: String::from_utf8(output.stdout).expect("it is UTF-8"), files }
}

fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("geodes-determinism-{name}-{}", std::process::id()))
}

fn assert_same(a: &Left, b: &Left, what: &str) {
    assert_eq!(a.digest(), b.digest(), "{what}: digest");
    assert_eq!(a.files.keys().collect::<Vec<_>>(), b.files.keys().collect::<Vec<_>>(), "{what}: file names");
    for (name, bytes) in &a.files {
        assert!(*bytes == b.files[name], "{what}: {name} differs");
    }
    assert!(a.printed == b.printed, "{what}: standard output differs");
}

#[test]
fn any_number_of_threads_leaves_the_same_bytes_in_every_process() {
    let first = run("first", &["--threads", "1"]);
    assert!(first.files.contains_key("summary.json") && first.files.contains_key("timeline.svg"));
    for threads in ["1", "2", "4"] {
        let again = run(&format!("threads-{threads}"), &["--threads", threads]);
        assert_same(&first, &again, &format!("{threads} threads"));
    }
}

#[test]
fn several_seeds_are_folded_in_order_whatever_finishes_first() {
    let first = run("seeds-first", &["--seeds", "4", "--threads", "1"]);
    for threads in ["2", "4"] {
        let again = run(&format!("seeds-{threads}"), &["--seeds", "4", "--threads", threads]);
        assert_same(&first, &again, &format!("4 seeds on {threads} threads"));
    }
}

#[test]
fn another_seed_is_another_run() {
    let (a, b) = (run("seed-7", &["--seed", "7"]), run("seed-8", &["--seed", "8"]));
    assert_ne!(a.digest(), b.digest());
}

/// Nothing goes wrong here and each client uses one partition: each partition is a world of its own.
const APART: &str = "tests/data/apart.toml";

/// Keeps what each operation was and how it ended, without the numbers that depend on the world: event sequence numbers,
/// and the numbers of writes, which become who wrote and when.
#[derive(Default)]
struct Operations {
    seen: Vec<String>,
    /// Who wrote, and when, by the number of the write in this world.
    writes: BTreeMap<String, String>,
    merged: usize,
}

impl Operations {
    /// Replaces the numbers of writes, which are this world's own.
    fn name_writes(&mut self) {
        const MARK: &str = "WriteId(";
        for text in &mut self.seen {
            let mut parts = text.split(MARK);
            let mut named = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let (number, rest) = part.split_once(')').expect("it is closed");
                let name = self.writes.get(number).map_or("initial", String::as_str);
                named.push_str(&format!("write by {name}{rest}"));
            }
            *text = named;
        }
    }
}

impl Observer for Operations {
    fn on_records(&mut self, records: &[Record]) {
        for record in records {
            let op = match record {
                Record::Completed(op) => op,
                Record::Change { at, change, .. } => {
                    self.seen.push(format!("{at}: {change:?}"));
                    continue;
                }
                _ => continue,
            };
            let action = format!("{:?}", op.action);
            let who = format!("{:?} at {}", op.client, op.invoked.0.0);
            if let Some((_, after)) = action.split_once("WriteId(") {
                let number = after.split(')').next().expect("it is closed");
                self.writes.insert(number.to_owned(), who.clone());
            }
            self.seen.push(format!(
                "{who}: {:?} {:?} {action} {:?} until {} {:?} {:?} {:?} {:?} {} {} {} {}",
                op.partition,
                op.key,
                op.served,
                op.completed.0.0,
                (op.outcome, op.status),
                op.observed,
                op.position,
                op.claims,
                op.attempts,
                op.charge,
                op.session_reset,
                op.closing
            ));
        }
    }

    fn merge(&mut self, other: Box<dyn Observer>) {
        let other: Box<dyn Any> = other;
        let mut other =
            *other.downcast::<Operations>().expect("all worlds of a window have the same observer");
        other.name_writes();
        if self.merged == 0 {
            self.name_writes();
        }
        self.seen.extend(other.seen);
        self.merged += 1 + other.merged;
    }
}

fn scenario(path: &str, set: &[&str]) -> Scenario {
    let mut sources = SourceMap::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let set: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
    match load(&path, &set, &Registry::builtin(), &mut sources) {
        Ok(scenario) => scenario,
        Err(errors) => panic!("{}", errors.render(&sources, Style::Plain)),
    }
}

fn operations(scenario: &Scenario, seed: u64, single_world: bool) -> (Operations, WindowEnd) {
    let spec = WindowSpec { seed, single_world, ..WindowSpec::default() };
    let result = scenario.runnable.run(&scenario.plan, spec, &|| Box::new(Operations::default()));
    let observer: Box<dyn Any> = result.observer;
    let mut operations = *observer.downcast::<Operations>().expect("it is the observer that was given");
    if operations.merged == 0 {
        operations.name_writes();
    }
    operations.seen.sort();
    (operations, result.end)
}

#[test]
fn partitions_that_share_nothing_do_the_same_in_one_world_and_in_several_from_beginning_to_end() {
    let variants: [&[&str]; 6] = [
        &[],
        &["system.cosmos-db.consistency=\"eventual\""],
        &["system.cosmos-db.consistency=\"consistent-prefix\"", "system.cosmos-db.partitions=5"],
        &["system.cosmos-db.edition=\"2024\"", "workload.near.rate=\"100/s\""],
        &["system.cosmos-db.write-regions=[\"West US\", \"West Europe\"]"],
        &["system.cosmos-db.throughput=\"400 RU/s\"", "workload.near.rate=\"200/s\""],
    ];
    for (set, seed) in variants.into_iter().zip(7..) {
        let scenario = scenario(APART, set);
        let ((apart, a), (together, b)) =
            (operations(&scenario, seed, false), operations(&scenario, seed, true));
        let worlds = scenario.plan.partitions as usize;
        assert_eq!((apart.merged + 1, together.merged), (worlds, 0), "{set:?}: a world for each partition");
        let differing = apart.seen.iter().zip(&together.seen).find(|(a, b)| a != b);
        assert_eq!(differing, None, "{set:?}, seed {seed}");
        assert_eq!(apart.seen.len(), together.seen.len(), "{set:?}, seed {seed}");
        assert!(apart.seen.len() > 8_000, "{}", apart.seen.len());
        assert!(apart.seen.iter().any(|line| line.ends_with("true")), "everything is read back");
        assert_eq!(
            (a.at, a.reason, a.open_operations),
            (b.at, b.reason, b.open_operations),
            "{set:?}, seed {seed}"
        );
    }
}

#[test]
fn partitions_share_a_world_as_soon_as_something_goes_wrong_or_is_shared() {
    let shared: [(&str, &[&str]); 5] = [
        (SHORT, &[]),
        (APART, &["workload.near.affinity=\"all\""]),
        (APART, &["system.cosmos-db.consistency=\"bounded-staleness\""]),
        (APART, &["link=[{ scope = \"link:West US<->East US\", bandwidth = \"8Mbps\" }]"]),
        (APART, &["link=[{ scope = \"link:West US<->East US\", loss = \"1%\" }]"]),
    ];
    for (path, set) in shared {
        let mut scenario = scenario(path, set);
        scenario.plan.limits.cap = Span::secs(30);
        scenario.plan.limits.at_least = Span::secs(10);
        let (operations, _) = operations(&scenario, 7, false);
        assert_eq!(operations.merged, 0, "{path} {set:?}");
    }
}

#[test]
fn verify_confirms_the_main_scenario_cut_short() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_geodes"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["verify", "scenarios/cosmos-write-region-outage.toml"]);
    for value in
        ["run.at-least=\"1min\"", "run.cap=\"3min\"", "fault.0.at=\"1min\"", "fault.0.lasts=\"1min\""]
    {
        command.args(["--set", value]);
    }
    let output = command.output().expect("the command starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert_eq!(out.matches("identical").count(), 3, "{out}");
    assert!(out.contains("guarantees hold"), "{out}");
}
