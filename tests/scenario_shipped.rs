//! Every shipped scenario resolves with what ships beside it.

use geodes::base::diagnostics::{Diagnostics, SourceMap, Style};
use geodes::base::document::{parse::parse, shape};
use geodes::scenario::{load, schema};
use geodes::system::registry::Registry;
use std::path::{Path, PathBuf};

/// Scenarios under a directory: not catalogues, SLA profiles, hazards or bases to extend.
fn scenarios(directory: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).expect("scenarios are shipped");
    for path in entries.filter_map(|entry| entry.ok().map(|e| e.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !["catalog", "sla", "base", "hazards"].contains(&name) {
            scenarios(&path, found);
        } else if path.extension().is_some_and(|e| e == "toml") {
            found.push(path);
        }
    }
    found.sort();
}

#[test]
fn every_shipped_scenario_resolves_and_fits_the_schema() {
    let registry = Registry::builtin();
    let schema = schema::scenario(&registry);
    let mut paths = Vec::new();
    scenarios(Path::new("scenarios"), &mut paths);
    scenarios(Path::new("scenarios/sla/tables"), &mut paths);
    assert!(!paths.is_empty());
    let mut wrong = String::new();
    for path in paths {
        let (mut sources, mut errors) = (SourceMap::new(), Diagnostics::new());
        if let Err(found) = load(&path, &[], &registry, &mut sources) {
            errors.extend(found);
        }
        let text = std::fs::read_to_string(&path).expect("a scenario is text");
        let file = sources.add(path.display().to_string(), text.as_str());
        let tree = parse(&text, file, &mut errors);
        // What extends another file is a part of a scenario: only the whole fits the schema, and resolved above.
        if tree.get("extends").is_none() {
            shape::check_against(&tree, &schema, "", &mut errors);
        }
        wrong.push_str(&errors.render(&sources, Style::Plain));
    }
    assert!(wrong.trim().is_empty(), "{wrong}");
}
