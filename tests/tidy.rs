//! The house rules that a compiler does not check: imports point downward, files stay short, library code does not
//! unwrap, every module says what it is, nothing is left to do later.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/`, lowest first: a room imports from itself and from rooms before it.
const ROOMS: [&str; 12] = [
    "base",
    "model",
    "engine",
    "algorithm",
    "system",
    "history",
    "measure",
    "sla",
    "scenario",
    "study",
    "report",
    "cli",
];

/// The longest a source file may be.
const LONGEST: usize = 600;

/// A source file: its path from the repository's root, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The lines that are neither comments nor in a `#[cfg(test)]` module, with their numbers.
    fn library_lines(&self) -> Vec<(usize, &str)> {
        let mut kept = Vec::new();
        let mut lines = self.text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            if line.trim_start().starts_with("#[cfg(test)]") {
                // A test module ends with a brace at the indentation of its attribute; `mod tests;` has no body.
                let margin = line.len() - line.trim_start().len();
                let end = format!("{}}}", &line[..margin]);
                let body = lines.next().is_some_and(|(_, opening)| opening.trim_end().ends_with('{'));
                if body {
                    lines.by_ref().find(|(_, inner)| *inner == end);
                }
                continue;
            }
            if !line.trim_start().starts_with("//") {
                kept.push((number + 1, line));
            }
        }
        kept
    }

    /// The room it is in: `src/engine/queue.rs` is in `engine`; `src/lib.rs` and `src/main.rs` are in none.
    fn room(&self) -> Option<usize> {
        let first = self.path.strip_prefix("src/")?.split('/').next()?;
        ROOMS.iter().position(|room| *room == first.trim_end_matches(".rs"))
    }

    /// Whether the file holds nothing but tests: its module is declared under `#[cfg(test)]`.
    fn is_test(&self) -> bool {
        ["tests.rs", "harness.rs"].iter().any(|name| self.path.ends_with(name))
            || self.path.contains("/tests/")
    }
}

fn sources(directory: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = vec![root.join(directory)];
    let mut found = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("the directory is there") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root).expect("it is below the root").display().to_string();
                found
                    .push(Source { path: name, text: fs::read_to_string(&path).expect("sources are UTF-8") });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// All sources there are; not every tree has examples.
fn everything() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let present = |directory: &&str| *directory != "examples" || root.join(directory).is_dir();
    ["src", "tests", "benches", "examples"].into_iter().filter(present).flat_map(sources).collect()
}

/// Fails with one line per offence.
fn none(offences: &str, rule: &str) {
    assert!(offences.is_empty(), "{rule}\n{offences}");
}

/// The rooms that a line names: `crate::engine`, and those in `crate::{base, engine}`.
fn rooms_named(line: &str) -> Vec<&str> {
    let mut rooms = Vec::new();
    for after in line.split("crate::").skip(1) {
        let word =
            |text: &'_ str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count();
        match after.strip_prefix('{').and_then(|list| list.split('}').next()) {
            Some(list) => rooms.extend(list.split(',').map(str::trim).map(|item| &item[..word(item)])),
            None => rooms.push(&after[..word(after)]),
        }
    }
    rooms
}

/// Whether a file in `from` may name `to`. The algorithms are pure parts: they stand on `base` alone, and the engine
/// knows none of them.
fn may_import(from: usize, to: usize) -> bool {
    let (algorithm, engine) = (3, 2);
    match from {
        _ if from == to => true,
        _ if from == algorithm => to == 0,
        _ if from == engine => to < engine,
        _ => to < from,
    }
}

#[test]
fn imports_point_downward_only() {
    let mut offences = String::new();
    for source in sources("src") {
        let Some(from) = source.room() else { continue };
        for (number, line) in source.library_lines() {
            for name in rooms_named(line) {
                let Some(to) = ROOMS.iter().position(|room| *room == name) else { continue };
                if !may_import(from, to) {
                    let _ = writeln!(offences, "{}:{number}: {} imports {name}", source.path, ROOMS[from]);
                }
            }
        }
    }
    none(&offences, "rooms import only from those below them");
}

#[test]
fn the_import_rule_knows_what_it_forbids() {
    let room = |name: &str| ROOMS.iter().position(|r| *r == name).expect("a room");
    for (from, to, allowed) in [
        ("engine", "model", true),
        ("engine", "algorithm", false),
        ("algorithm", "base", true),
        ("algorithm", "model", false),
        ("measure", "history", true),
        ("base", "cli", false),
        ("system", "algorithm", true),
    ] {
        assert_eq!(may_import(room(from), room(to)), allowed, "{from} -> {to}");
    }
    assert_eq!(rooms_named("use crate::{base::time, cli};"), ["base", "cli"]);
    assert_eq!(rooms_named("fn f(x: crate::model::Plan) -> crate::sla::Row"), ["model", "sla"]);
}

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    let mut offences = String::new();
    for source in everything() {
        let lines = source.text.lines().count();
        if lines > LONGEST {
            let _ = writeln!(offences, "{}: {lines} lines", source.path);
        }
    }
    none(&offences, "a file longer than 600 lines wants splitting");
}

#[test]
fn library_code_does_not_unwrap() {
    let mut offences = String::new();
    for source in sources("src").iter().filter(|source| !source.is_test()) {
        for (number, line) in source.library_lines() {
            if line.contains(".unwrap()") {
                let _ = writeln!(offences, "{}:{number}: {}", source.path, line.trim());
            }
        }
    }
    none(&offences, "library code returns errors, or says with `expect` which invariant holds");
}

#[test]
fn every_file_begins_with_what_it_is() {
    let mut offences = String::new();
    for source in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        // A folder below tests/ holds modules of the test that is named like it, which says what they are.
        let part = source.path.starts_with("tests/") && source.path.matches('/').count() > 1;
        if !part && !source.text.starts_with("//! ") {
            let _ = writeln!(offences, "{}", source.path);
        }
    }
    none(&offences, "every file begins with a `//!` line");
}

#[test]
fn nothing_is_left_to_do_later() {
    let marks = ["TODO", "FIXME", "XXX"];
    let mut offences = String::new();
    for source in everything() {
        if source.path == "tests/tidy.rs" {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let macros = ["todo!(", "unimplemented!("].iter().any(|m| line.contains(m));
            if macros || marks.iter().any(|mark| line.contains(mark)) {
                let _ = writeln!(offences, "{}:{}: {}", source.path, number + 1, line.trim());
            }
        }
    }
    none(&offences, "what is not done is not mentioned, or is an error with a message");
}

#[test]
fn notebooks_are_stored_without_what_they_show() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks/validation.ipynb");
    let text = fs::read_to_string(path).expect("the notebook is there");
    let notebook: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let cells = notebook["cells"].as_array().expect("it has cells");
    let code: Vec<_> = cells.iter().filter(|cell| cell["cell_type"] == "code").collect();
    let bare = |cell: &&serde_json::Value| {
        cell["outputs"] == serde_json::json!([]) && cell["execution_count"].is_null()
    };
    assert!(!code.is_empty() && code.iter().all(bare));
}
