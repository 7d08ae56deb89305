//! Bad input and what it gets: each `tests/bad/NAME.toml` with its diagnostics in `NAME.expected`.
//!
//! A file may begin with lines `# --set path=value`. Run with `GEODES_BLESS=1` to rewrite the expected texts.

mod scenario_support;

use geodes::base::diagnostics::{Area, Code, SourceMap, Style};
use geodes::scenario::load;
use geodes::system::registry::Registry;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every `tests/bad/*.toml`, by name.
fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("tests/bad").expect("tests/bad is a directory");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    paths
}

/// The codes and the rendered text that a file gets.
fn diagnose(path: &Path) -> (BTreeSet<Code>, String) {
    let text = std::fs::read_to_string(path).expect("a case is text");
    let settings: Vec<String> =
        text.lines().map_while(|line| line.strip_prefix("# --set ")).map(str::to_string).collect();
    let mut sources = SourceMap::new();
    let builtin = Registry::builtin().names().any(|name| text.contains(&format!("[system.{name}]")));
    let loaded = match builtin {
        true => load(path, &settings, &Registry::builtin(), &mut sources),
        false => scenario_support::load(&path.display().to_string(), &settings, &mut sources),
    };
    match loaded {
        Ok(_) => panic!("{} has nothing wrong with it", path.display()),
        Err(errors) => {
            let codes = errors.iter().map(|d| d.code).collect();
            (codes, errors.render(&sources, Style::Plain))
        }
    }
}

#[test]
fn each_bad_scenario_gets_the_diagnostics_it_should() {
    let bless = std::env::var_os("GEODES_BLESS").is_some();
    let mut wrong = Vec::new();
    for path in cases() {
        let (_, rendered) = diagnose(&path);
        let expected_path = path.with_extension("expected");
        if bless {
            std::fs::write(&expected_path, &rendered).expect("the expected text can be written");
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if expected != rendered {
            wrong.push(format!("--- {}\nexpected:\n{expected}\ngot:\n{rendered}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nrun with GEODES_BLESS=1 to accept", wrong.join("\n"));
}

#[test]
fn nearly_every_code_is_shown_by_some_bad_scenario() {
    let seen: BTreeSet<Code> = cases().iter().flat_map(|path| diagnose(path).0).collect();
    let of_scenarios = Code::ALL.iter().filter(|code| code.area() != Area::Histories);
    let unseen: Vec<&Code> = of_scenarios.filter(|code| !seen.contains(code)).collect();
    // What remains needs a file too large to keep, a list of fixed length, or a system with such rules.
    let excused = [Code::FileTooLarge, Code::WrongLength, Code::Unreadable];
    assert!(unseen.iter().all(|code| excused.contains(code)), "no bad scenario for {unseen:?}");
    assert!(seen.len() >= 45, "only {} codes are shown", seen.len());
}

#[test]
fn every_bad_file_names_its_place_and_one_mistake_seldom_causes_a_flood() {
    for path in cases() {
        let (_, rendered) = diagnose(&path);
        assert!(rendered.contains("--> "), "{} has no place:\n{rendered}", path.display());
        let count = rendered.matches("error[G").count();
        assert!(count <= 12, "{} gets {count} errors:\n{rendered}", path.display());
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let mut sources = SourceMap::new();
    let errors =
        scenario_support::load("tests/bad/unknown-key.toml", &[], &mut sources).expect_err("it is bad");
    let coloured = errors.render(&sources, Style::Coloured);
    assert!(coloured.contains('\u{1b}'));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    assert_eq!(plain, errors.render(&sources, Style::Plain));
}
