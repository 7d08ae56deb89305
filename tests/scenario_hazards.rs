//! Hazards from text to plan: every way to write them, the library, what `extends` and `--set` do to them.

mod scenario_support;

use geodes::base::diagnostics::{SourceMap, Style};
use geodes::base::dist::Law;
use geodes::base::time::Span;
use geodes::model::fault::{FaultKind, Scope};
use geodes::model::hazard::{Extent, Process};
use geodes::model::plan::Plan;
use geodes::scenario::hazards;
use geodes::study::skeleton::Skeleton;

const HEAD: &str = r#"
name = "hazards"
seed = 1
[topology]
catalog = "azure"
regions = ["West US 2", "East US", "West Europe"]
nodes-per-zone = 6
[topology.region."East US"]
zones = 3
[system.echo]
partitions = 2
[workload.shop]
clients = { region = "East US", count = 2 }
rate = "10/s"
reads = "50%"
"#;

/// `top` goes before the tables.
fn plan_of(top: &str, hazards: &str, settings: &[&str]) -> Plan {
    let text = format!("{top}\n{HEAD}\n{hazards}");
    let mut sources = SourceMap::new();
    match scenario_support::load_text(&text, settings, &mut sources) {
        Ok(scenario) => scenario.plan,
        Err(errors) => panic!("{}\n{text}", errors.render(&sources, Style::Plain)),
    }
}

fn plan(hazards: &str) -> Plan {
    plan_of("", hazards, &[])
}

#[test]
fn the_short_form_is_exponential_and_each_scope_is_exposed_by_itself() {
    let plan = plan(
        "[study]\nmargin = \"7min\"\n[[hazard]]\nname = \"zone\"\nscope = \"region:East US/zone:*\"\nkind = \"power-loss\"\nmtbf = \"2000h\"\nmttr = \"2h\"\nsource = \"a paper\"\n",
    );
    let hazard = &plan.hazards.as_slice()[0];
    assert_eq!((hazard.name.as_str(), hazard.kind), ("zone", FaultKind::PowerLoss));
    let paths: Vec<&str> = hazard.scopes.iter().map(|scope| scope.path.as_str()).collect();
    assert_eq!(paths, ["region:East US/zone:1", "region:East US/zone:2", "region:East US/zone:3"]);
    let law = |hours: f64| Law::Exponential { mean: hours * 3600.0 };
    assert_eq!(hazard.process, Process::Renewal { to_failure: law(2000.0), repair: law(2.0) });
    assert_eq!(hazard.source.as_deref(), Some("a paper"));
    assert_eq!((plan.study.margin, plan.study.warm_up), (Span::mins(7), Span::secs(30)));
    let shown = |key: &str| {
        plan.provenance.iter().find(|row| row.key == key).map(|row| (row.value.as_str(), row.origin.as_str()))
    };
    assert_eq!(shown("study.warm-up"), Some(("30s", "default")));
    assert_eq!(
        shown("hazard `zone`"),
        Some((
            "power-loss at 3 scopes: 13.13 a year in all; up exponential, mean 83d 8h, repair exponential, mean 2h",
            "a paper"
        ))
    );
}

#[test]
fn a_list_of_scopes_and_pairs_of_links_are_sets() {
    let plan = plan(
        r#"
[[hazard]]
name = "links"
scope = "link:*<->*"
kind = "cut"
mtbf = "2y"
mttr = "1h"
[[hazard]]
name = "two"
scope = ["region:West US 2", "region:East US/zone:1"]
kind = "isolation"
to-failure = { weibull = { shape = 0.7, mean = "30y" } }
repair = { mixture = [{ weight = 1, law = { constant = "1h" } }, { weight = 1, law = { exponential = { mean = "1d" } } }] }
"#,
    );
    let paths =
        |i: usize| plan.hazards.as_slice()[i].scopes.iter().map(|s| s.path.clone()).collect::<Vec<_>>();
    assert_eq!(
        paths(0),
        ["link:West US 2<->East US", "link:West US 2<->West Europe", "link:East US<->West Europe"]
    );
    assert_eq!(paths(1), ["region:West US 2", "region:East US/zone:1"]);
    assert!(matches!(plan.hazards.as_slice()[1].scopes[0].scope, Scope::Region(_)));
}

#[test]
fn a_link_has_one_path_however_it_is_spelt() {
    for scope in ["link:East US<->West Europe", "link:region:East US <-> region:West Europe"] {
        let plan = plan(&format!(
            "[[hazard]]\nname = \"link\"\nscope = \"{scope}\"\nkind = \"cut\"\nmtbf = \"2y\"\nmttr = \"1h\"\n"
        ));
        assert_eq!(plan.hazards.as_slice()[0].scopes[0].path, "link:East US<->West Europe");
    }
}

#[test]
fn what_comes_with_another_hazard_walks_and_strikes_parts_is_read() {
    let plan = plan(
        r#"
[[hazard]]
name = "stuck"
scope = "service"
kind = "control-plane-down"
with = { hazard = "burst", probability = "2.5%" }
lasts = { constant = "8h" }
[[hazard]]
name = "burst"
scope = "region:East US/zone:*"
kind = "crash"
mtbf = "1000h"
mttr = "5min"
strike = { nodes = { geometric = { mean = 2 } } }
within = "120s"
[[hazard]]
name = "update"
scope = "region:*"
kind = "pause"
walk = { every = { constant = "30d" }, each = { constant = "5min" }, pause = "1d" }
strike = { share = "25%" }
"#,
    );
    let hazards = plan.hazards.as_slice();
    assert!(
        matches!(&hazards[0].process, Process::With { hazard, probability, .. } if hazard.0 == 1 && *probability == 0.025)
    );
    assert_eq!(hazards[1].strike.within, Span::secs(120));
    assert!(matches!(&hazards[1].strike.extent, Extent::Nodes(_)));
    assert_eq!(hazards[2].strike.extent, Extent::Share(0.25));
    assert!(matches!(&hazards[2].process, Process::Walk { pause, .. } if *pause == Span::hours(24)));
}

#[test]
fn a_trace_is_read_from_its_file_and_its_length_is_noted() {
    let text = "[[hazard]]\nname = \"recorded\"\nscope = \"region:*\"\nkind = \"power-loss\"\ntrace = \"../data/traces/two-regions-us.csv\"\n";
    let plan = plan(text);
    let Process::Trace { outages, period } = &plan.hazards.as_slice()[0].process else {
        panic!("it is a trace")
    };
    let read: Vec<(usize, u128, Span)> =
        outages.iter().map(|o| (o.scope, o.at.0 / 1_000_000_000, o.lasts)).collect();
    assert_eq!(read, [(0, 0, Span::mins(24 * 60 + 20)), (1, 26 * 3600 + 20 * 60, Span::mins(90))]);
    assert_eq!(*period, Span::mins(27 * 60 + 50));
    let noted = plan.provenance.iter().any(|row| row.key == "hazard.0.period" && row.origin.contains("last"));
    assert!(noted);
}

#[test]
fn every_entry_of_the_library_resolves_and_gives_a_skeleton() {
    assert!(hazards::library().count() >= 17);
    for entry in hazards::library() {
        assert!(
            entry.summary.ends_with('.') && entry.summary.len() > 20,
            "{}: {}",
            entry.name,
            entry.summary
        );
        let plan = plan_of(&format!("extends = \"{}\"", entry.name), "", &[]);
        assert!(!plan.hazards.is_empty(), "{}", entry.name);
        for (_, hazard) in plan.hazards.iter() {
            assert!(hazard.source.as_ref().is_some_and(|s| s.len() > 20), "{}: {}", entry.name, hazard.name);
        }
        let first: Result<Vec<_>, _> = Skeleton::new(&plan, 1).take(20).collect();
        assert_eq!(first.map(|clusters| clusters.len()), Ok(20), "{}", entry.name);
    }
    assert_eq!(hazards::find("zone"), hazards::find("hazards/zone"));
    assert_eq!(hazards::find("nothing"), None);
}

#[test]
fn the_library_on_disk_is_the_library_in_the_binary() {
    let mut files: Vec<String> = std::fs::read_dir("scenarios/hazards")
        .expect("the library is shipped")
        .filter_map(|entry| entry.ok()?.path().file_stem().map(|stem| format!("hazards/{}", stem.display())))
        .collect();
    files.sort();
    let mut embedded: Vec<&str> = hazards::library().map(|entry| entry.name).collect();
    embedded.sort_unstable();
    assert_eq!(files, embedded);
}

#[test]
fn hazards_of_several_files_are_merged_by_name() {
    let top = "extends = [\"hazards/zone\", \"hazards/region\"]";
    let own = "[[hazard]]\nname = \"region\"\nmtbf = \"50y\"\nscope = \"region:East US\"\n[[hazard]]\nname = \"zone\"\noff = true\n[[hazard]]\nname = \"mine\"\nscope = \"region:*\"\nkind = \"isolation\"\nmtbf = \"1y\"\nmttr = \"1h\"\n";
    let plan = plan_of(top, own, &["hazard.mine.mttr=\"2h\""]);
    let hazards = plan.hazards.as_slice();
    let names: Vec<&str> = hazards.iter().map(|hazard| hazard.name.as_str()).collect();
    assert_eq!(names, ["region", "mine"]);
    assert_eq!(hazards[0].scopes.len(), 1);
    let Process::Renewal { to_failure, repair } = &hazards[0].process else { panic!("a renewal") };
    assert_eq!(to_failure.mean(), 50.0 * 8760.0 * 3600.0);
    assert!(matches!(repair, Law::Empirical(_)));
    let Process::Renewal { repair, .. } = &hazards[1].process else { panic!("a renewal") };
    assert_eq!(repair.mean(), 7200.0);
}

#[test]
fn the_public_record_combines_the_library() {
    let plan = plan_of("extends = \"hazards/public-record\"", "", &[]);
    let names: Vec<&str> = plan.hazards.iter().map(|(_, hazard)| hazard.name.as_str()).collect();
    for name in [
        "node",
        "node-burst",
        "disk",
        "rack",
        "wan-link",
        "zone",
        "region",
        "stuck-failover",
        "control-plane",
    ] {
        assert!(names.contains(&name), "{name} is missing from {names:?}");
    }
    // The node's own rate is the lower one that bursts leave over.
    let node =
        plan.hazards.iter().find(|(_, hazard)| hazard.name == "node").map(|(_, hazard)| &hazard.process);
    assert!(
        matches!(node, Some(Process::Renewal { to_failure, .. }) if to_failure.mean() == 4983.0 * 3600.0)
    );
}
