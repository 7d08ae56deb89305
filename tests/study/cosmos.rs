//! Studies of an account: the modes it can be left in.

use geodes::base::diagnostics::{SourceMap, Style};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{Observer, WindowSpec};
use geodes::engine::record::{EndReason, WindowEnd};
use geodes::measure::watch::Watch;
use geodes::model::fault::{Fault, FaultKind, Scope};
use geodes::model::plan::Plan;
use geodes::scenario::{BuiltinProfiles, Loader, Scenario};
use geodes::study::drawn::Drawn;
use geodes::study::engine::Engine;
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Study};
use geodes::study::world::World;
use geodes::system::registry::Registry;
use std::collections::BTreeMap;
use std::path::Path;

/// An account that fails over from West US 2 to East US, and loses a region every few months.
fn account(more: &str, rest: &str) -> Scenario {
    let text = format!(
        r#"
name = "modes"
seed = 3
[topology]
catalog = "azure"
regions = ["West US 2", "East US", "Central US"]
[system.cosmos-db]
edition = "2021"
consistency = "session"
data = "10MB"
{more}
[workload.shop]
clients = {{ region = "Central US", count = 2, fail-with-region = false }}
rate = "1/s"
reads = "50%"
keys = 10
timeout = "10s"
{rest}
"#
    );
    let registry = Registry::builtin();
    let mut sources = SourceMap::new();
    let loader = Loader::new(&registry, &BuiltinProfiles);
    match loader.load_text(Path::new("modes.toml"), &text, &[], &mut sources) {
        Ok(scenario) => scenario,
        Err(errors) => panic!("{}", errors.render(&sources, Style::Plain)),
    }
}

const MANAGED: &str = r#"write-regions = ["West US 2"]
failover = { service-managed = { priority = ["East US"] } }
regions = ["West US 2", "East US"]"#;

#[test]
fn a_place_is_named_by_what_it_is_in_the_mode_and_by_the_partitions_it_holds() {
    let scenario = account(&format!("{MANAGED}\npartitions = 2"), "");
    let world = Engine::new(&scenario.plan, &*scenario.runnable, None);
    let regions = scenario.plan.topology.regions.ids().map(Scope::Region);
    let fault = |scope| Fault {
        label: String::new(),
        scope,
        kind: FaultKind::PowerLoss,
        at: SimTime::ZERO,
        lasts: Some(Span::hours(1)),
    };
    let regions: Vec<Fault> = regions.map(fault).collect();
    let classes = |mode| world.sites(mode, &regions).into_iter().map(|site| site.class).collect::<Vec<_>>();
    assert_eq!(classes(""), ["region(write)", "region(read)", "region near clients"]);
    assert_eq!(classes("write=East US"), ["region(read)", "region(write)", "region near clients"]);
    assert_eq!(
        classes("write=East US/without:West US 2"),
        ["region", "region(write)", "region near clients"]
    );
    let nodes = scenario.plan.topology.nodes.ids().map(Scope::Node).map(fault).collect::<Vec<_>>();
    let mut held: BTreeMap<(String, Vec<u32>), u32> = BTreeMap::new();
    for site in world.sites("", &nodes).into_iter().filter(|site| site.class.contains('(')) {
        *held.entry((site.class, site.partitions.iter().map(|p| p.0).collect())).or_default() += 1;
    }
    // Four replicas of each partition in each of two regions; one in the write region leads. Spares hold nothing.
    let expected =
        [("node(leader)", 0, 1), ("node(leader)", 1, 1), ("node(replica)", 0, 7), ("node(replica)", 1, 7)];
    assert!(held.into_iter().eq(expected.map(|(class, p, n)| ((class.to_owned(), vec![p]), n))));
}

const HAZARD: &str = r#"
[[hazard]]
name = "region"
scope = ["region:West US 2", "region:East US"]
kind = "power-loss"
mtbf = "2000h"
repair = { constant = "30min" }
"#;

/// The names of the modes with the share of time in each.
fn modes(failback: &str) -> Vec<(String, f64)> {
    let scenario = account(&format!("{MANAGED}\nfailback = {failback}"), HAZARD);
    let world = Engine::new(&scenario.plan, &*scenario.runnable, None);
    let source = Drawn(&scenario.plan);
    let options = Options { years: Some(100), windows: Some(0), ..Options::default() };
    let mut study = Study::new(&world, &source, &scenario.plan, options);
    study.run(&Control::default());
    let shares = study.walked().modes;
    study.strata.modes.iter().map(|name| name.to_string()).zip(shares).collect()
}

#[test]
fn an_account_without_failback_writes_in_either_region_and_a_study_walks_both() {
    let modes = modes("\"never\"");
    let names: Vec<&str> = modes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["write=West US 2", "write=East US"]);
    assert!(modes.iter().all(|(_, share)| (share - 0.5).abs() < 0.15), "{modes:?}");
}

#[test]
fn an_account_with_failback_goes_back_in_the_same_window() {
    assert_eq!(modes("{ after = \"1h\" }"), [("write=West US 2".to_owned(), 1.0)]);
}

/// How a window without faults ends that begins in a mode.
fn quiet(scenario: &Scenario, mode: &str) -> WindowEnd {
    let plan = Plan { mode: mode.to_owned(), ..scenario.plan.clone() };
    let observe = || -> Box<dyn Observer> { Box::new(Watch::new(&plan)) };
    scenario.runnable.run(&plan, WindowSpec { seed: 3, ..WindowSpec::default() }, &observe).end
}

#[test]
fn a_window_begins_as_its_mode_says_and_ends_so_if_nothing_happens() {
    let single = account(&format!("{MANAGED}\npartitions = 6"), "");
    let several = account("write-regions = [\"West US 2\", \"East US\", \"Central US\"]", "");
    let cases: [(&Scenario, &str, &[&str]); 2] = [
        (
            &single,
            "write=West US 2",
            &["write=East US", "write=East US/without:West US 2", "write=West US 2@0,2-4/East US@1,5"],
        ),
        (
            &several,
            "write=West US 2/East US/Central US",
            &["write=East US/without:West US 2/Central US", "write=West US 2/Central US/without:East US"],
        ),
    ];
    for (scenario, first, others) in cases {
        assert_eq!(quiet(scenario, "").mode, first);
        assert_eq!(quiet(scenario, "write=nowhere").mode, first, "no mode of this account");
        for mode in [first].iter().chain(others) {
            let end = quiet(scenario, mode);
            assert_eq!((&*end.mode, end.reason), (*mode, EndReason::Settled));
        }
    }
}
