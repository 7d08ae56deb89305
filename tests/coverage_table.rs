//! `docs/coverage.md` says which test and which mutant stand for each behaviour of each system: what it names exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A system in the table: the prefix and the numbers of its behaviours, the file of its mutants and how many there are at
/// least, and its tests.
struct Table {
    prefix: &'static str,
    behaviours: &'static [u32],
    mutants: &'static str,
    at_least: usize,
    tests: &'static str,
}

/// All of the numbers of `cosmos-db` but one that belongs to a different system.
const TABLES: [Table; 9] = [
    Table {
        prefix: "COS-",
        behaviours: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19],
        mutants: "src/system/cosmos_db/mutation.rs",
        at_least: 30,
        tests: "tests/mutants",
    },
    Table {
        prefix: "ACR-",
        behaviours: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        mutants: "src/system/container_registry/mutation.rs",
        at_least: 20,
        tests: "tests/container_registry",
    },
    Table {
        prefix: "GEN-2",
        behaviours: &[2],
        mutants: "src/system/quorum_nwr/mutation.rs",
        at_least: 10,
        tests: "tests/quorum_nwr",
    },
    Table {
        prefix: "GEN-1",
        behaviours: &[1],
        mutants: "src/algorithm/raft/mutation.rs",
        at_least: 10,
        tests: "tests/raft",
    },
    Table {
        prefix: "GEN-5 crdt",
        behaviours: &[5],
        mutants: "src/system/crdt/mutation.rs",
        at_least: 8,
        tests: "tests/crdt",
    },
    Table {
        prefix: "GEN-5 multi-paxos",
        behaviours: &[5],
        mutants: "src/algorithm/paxos/mutation.rs",
        at_least: 8,
        tests: "tests/multi_paxos",
    },
    Table {
        prefix: "GEN-3",
        behaviours: &[3],
        mutants: "src/system/primary_backup/mutation.rs",
        at_least: 10,
        tests: "tests/primary_backup",
    },
    Table {
        prefix: "GEN-4",
        behaviours: &[4],
        mutants: "src/system/primary_backup/mutation.rs",
        at_least: 4,
        tests: "tests/log_shipping",
    },
    Table {
        prefix: "ASR-",
        behaviours: &[1, 2, 3, 4, 5, 6, 7, 8],
        mutants: "src/system/site_recovery/mutation.rs",
        at_least: 19,
        tests: "tests/site_recovery",
    },
];

/// The number of a behaviour: `3` of `COS-3`, `5` of `GEN-5 crdt`, which several systems share.
fn number(id: &str) -> Option<u32> {
    id.split_once('-')?.1.split(' ').next()?.parse().ok()
}

/// A row of the table.
struct Row {
    id: u32,
    scenarios: Vec<String>,
    /// Mutants, and the tests that catch each.
    mutants: Vec<(String, Vec<String>)>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_string).collect()
}

fn rows(table: &str, of: &Table) -> Vec<Row> {
    table.lines().filter(|line| line.starts_with(&format!("| {}", of.prefix))).map(row).collect()
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [id, _, shown, mutants] = cells[..] else { panic!("four cells: {line}") };
    let id = number(id).unwrap_or_else(|| panic!("an id: {line}"));
    let mutant = |text: &str| {
        let (name, tests) = text.split_once(": ").unwrap_or_else(|| panic!("`mutant: tests`: {text}"));
        (name.trim().to_string(), quoted(tests))
    };
    Row { id, scenarios: quoted(shown), mutants: mutants.split(';').map(mutant).collect() }
}

/// The variants of `Mutation` of the table's behaviours, each with the one that its comment names.
fn mutations(of: &Table) -> BTreeMap<String, u32> {
    let text = read(of.mutants);
    let mut found = BTreeMap::new();
    let mut id = None;
    for line in text.lines().map(str::trim) {
        match line.strip_prefix("/// ").and_then(|rest| number(rest.split(':').next()?)) {
            Some(n) => id = Some(n),
            None => {
                if let (Some(name), Some(n)) = (line.strip_suffix(','), id.take()) {
                    found.insert(name.to_string(), n);
                }
            }
        }
    }
    found.retain(|_, n| of.behaviours.contains(n));
    found
}

/// Files of a kind under a directory, with their paths.
fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the directory is part of the package") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

/// Every test that switches a safeguard off with its text, attributes included.
fn tests(of: &Table) -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    files(&root().join(of.tests), "rs", &mut paths);
    let mut found = BTreeMap::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("a source file is text");
        for test in text.split("#[test]").skip(1).filter(|test| test.contains("Mutation::")) {
            let name = test.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
            found.insert(name.expect("a test is a function").to_string(), test.to_string());
        }
    }
    found
}

#[test]
fn every_behaviour_and_every_mutant_has_its_place_in_the_table() {
    for table in &TABLES {
        let rows = rows(&read("docs/coverage.md"), table);
        let ids: BTreeSet<u32> = rows.iter().map(|row| row.id).collect();
        assert_eq!(ids, table.behaviours.iter().copied().collect());
        let listed =
            |row: &Row| row.mutants.iter().map(|(name, _)| (name.clone(), row.id)).collect::<Vec<_>>();
        let mut listed: Vec<(String, u32)> = rows.iter().flat_map(listed).collect();
        listed.sort();
        let defined: Vec<(String, u32)> = mutations(table).into_iter().collect();
        assert!(defined.len() >= table.at_least, "{defined:?}");
        assert_eq!(listed, defined, "left: the table; right: `Mutation` and the behaviour it names");
    }
}

#[test]
fn every_test_in_the_table_switches_its_safeguard_off_and_none_is_left_out() {
    for table in &TABLES {
        let tests = tests(table);
        let mut named = BTreeSet::new();
        let rows = rows(&read("docs/coverage.md"), table);
        for (mutant, catchers) in rows.into_iter().flat_map(|row| row.mutants) {
            assert!(!catchers.is_empty(), "{mutant} has no test");
            for test in catchers {
                let text = tests.get(&test).unwrap_or_else(|| panic!("no test `{test}` in {}", table.tests));
                assert!(text.contains(&format!("Mutation::{mutant}")), "`{test}` does not use {mutant}");
                named.insert(test);
            }
        }
        let unnamed: Vec<&String> = tests.keys().filter(|test| !named.contains(*test)).collect();
        assert!(unnamed.is_empty(), "not in the table: {unnamed:?}");
        let ignored: Vec<&String> =
            tests.iter().filter(|(_, t)| t.contains("#[ignore")).map(|(n, _)| n).collect();
        assert!(ignored.is_empty(), "ignored tests show nothing: {ignored:?}");
    }
}

#[test]
fn every_row_names_a_scenario_and_all_scenarios_and_files_named_exist() {
    let table = read("docs/coverage.md");
    let mut paths = Vec::new();
    files(&root().join("scenarios"), "toml", &mut paths);
    let names: BTreeSet<String> =
        paths.iter().filter_map(|p| Some(p.file_stem()?.to_string_lossy().into_owned())).collect();
    for row in TABLES.iter().flat_map(|system| rows(&table, system)) {
        assert!(!row.scenarios.is_empty(), "a row of behaviour {} names no scenario", row.id);
        for scenario in row.scenarios {
            assert!(names.contains(&scenario), "no scenario `{scenario}` under scenarios/");
        }
    }
    let prose = table.lines().filter(|line| !line.starts_with('|'));
    for path in prose.flat_map(quoted).filter(|text| text.contains('/')) {
        assert!(root().join(&path).exists(), "docs/coverage.md names `{path}`");
    }
}
