//! Scenarios that are right: what they resolve to.

mod scenario_support;

use geodes::base::diagnostics::{Code, SourceMap, Style};
use geodes::base::time::{SimTime, Span};
use geodes::model::fault::{FaultKind, Role, Scope, Widen};
use geodes::model::topology::NodeRole;
use geodes::scenario::Scenario;
use scenario_support::{FULL, load_text};

fn resolved(text: &str, settings: &[&str]) -> Scenario {
    let mut sources = SourceMap::new();
    match load_text(text, settings, &mut sources) {
        Ok(scenario) => scenario,
        Err(errors) => panic!("{}", errors.render(&sources, Style::Plain)),
    }
}

#[test]
fn places_come_from_the_catalogue_and_from_overrides() {
    let plan = resolved(FULL, &[]).plan;
    let topology = &plan.topology;
    let zones = |name: &str| topology.region(name).map(|id| topology.zones_of(id).count());
    assert_eq!(zones("West US"), Some(1), "West US has no zones: the region is one");
    assert_eq!(zones("East US"), Some(3));
    assert_eq!(zones("West Europe"), Some(2));
    let data: Vec<_> = topology.nodes.iter().filter(|(_, node)| node.role == NodeRole::Data).collect();
    assert_eq!(data.len(), 6 + 3 * 6 + 2 * 4);
    assert_eq!(data[7].1.path, "region:East US/zone:1/node:2");
    assert_eq!(
        topology.domain_path(data[8].1.domain.expect("a data node has a domain")),
        "region:East US/zone:1/domain:3"
    );
    assert_eq!(topology.domains.len(), 3 * 6);
}

#[test]
fn clients_have_nodes_in_their_regions_and_share_or_escape_their_fate() {
    let plan = resolved(FULL, &[]).plan;
    assert_eq!(plan.clients.len(), 25);
    let (_, last) = plan.clients.iter().next_back().expect("there are clients");
    let node = &plan.topology.nodes[last.node];
    assert_eq!((node.path.as_str(), node.role), ("client:batch/4", NodeRole::Client));
    assert!(!node.fails_with_place);
    assert_eq!(node.region, plan.topology.region("West Europe"));
    assert!(plan.clients.iter().next().is_some_and(|(_, c)| plan.topology.nodes[c.node].fails_with_place));
}

#[test]
fn links_lay_over_the_catalogue() {
    let plan = resolved(FULL, &[]).plan;
    let id = |name: &str| plan.topology.region(name).expect("the region is there");
    let (west, east, europe) = (id("West US"), id("East US"), id("West Europe"));
    let median = |from, to| plan.network.pairs[from][to].quantile(0.5);
    assert_eq!(median(west, europe), 0.075);
    assert_eq!(median(europe, west), 0.075);
    assert!((0.02..0.06).contains(&median(west, east)), "{}", median(west, east));
    assert_eq!(plan.network.bandwidth[west][europe], Some(12_500_000.0));
    assert_eq!(plan.network.bandwidth[west][east], None);
    assert_eq!(plan.network.loss[west][east], 0.001);
    assert_eq!(plan.network.loss[east][west], 0.0);
    assert_eq!(plan.disk.persist.quantile(0.5), 0.001 * std::f64::consts::LN_2);
}

#[test]
fn faults_and_actions_are_in_order_of_time_and_stars_stand_for_each() {
    let scenario = resolved(FULL, &[]);
    let plan = &scenario.plan;
    let faults: Vec<_> = plan.faults.iter().map(|(_, fault)| fault).collect();
    assert!(faults.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert_eq!(faults[0].label, "region:West US");
    assert_eq!(faults[0].kind, FaultKind::PowerLoss);
    assert_eq!(faults[0].lasts, Some(Span::mins(90)));
    let labels: Vec<&str> = faults.iter().map(|fault| fault.label.as_str()).collect();
    assert_eq!(labels.iter().filter(|label| label.starts_with("link:West US<->")).count(), 2);
    assert!(labels.contains(&"@leader(3)/zone"));
    let leader = faults.iter().find(|fault| fault.label == "@leader(3)/zone").expect("it is there");
    assert!(matches!(leader.scope, Scope::Role { role: Role::Leader(p), widen: Widen::Zone } if p.0 == 3));
    assert_eq!(leader.kind, FaultKind::ClockStep { by_ns: -30_000_000_000 });
    let actions: Vec<_> = plan.actions.iter().map(|(_, action)| (action.at, action.label.as_str())).collect();
    assert_eq!(
        actions,
        [
            (SimTime::ZERO + Span::hours(7), "\"ping\""),
            (SimTime::ZERO + Span::hours(8), "{ failover = { to = \"West US\" } }"),
        ]
    );
    assert_eq!(scenario.system.name, "echo");
}

#[test]
fn limits_rules_and_sla_rows_reach_the_plan() {
    let plan = resolved(FULL, &[]).plan;
    assert_eq!(
        (plan.limits.at_least, plan.limits.cap, plan.limits.until_settled),
        (Span::hours(1), Span::hours(24), true)
    );
    assert_eq!((plan.rto.hold, plan.rto.share, plan.rto.min_operations), (Span::secs(20), 0.95, 50));
    assert_eq!((plan.sla.len(), plan.sla_gate), (1, false));
    let batch = &plan.workloads.as_slice()[1];
    assert_eq!((batch.rate_per_s, batch.registers, batch.objects, batch.batch_keys), (10.0, 50, 20, 3));
    assert_eq!(batch.read_level.as_deref(), Some("eventual"));
    assert_eq!(batch.document_bytes.quantile(0.5).round(), 2048.0);
}

#[test]
fn every_value_of_the_plan_says_where_it_came_from() {
    let plan = resolved(FULL, &["seed=7", "fault.0.lasts=6min"]).plan;
    assert_eq!(plan.seed, 7);
    let row = |key: &str| {
        let found = plan.provenance.iter().find(|row| row.key == key);
        found.map(|row| (row.value.as_str(), row.origin.as_str()))
    };
    assert_eq!(row("seed"), Some(("7", "command line")));
    assert_eq!(row("fault.0.lasts"), Some(("\"6min\"", "command line")));
    assert_eq!(row("workload.shop.rate"), Some(("\"40/s\"", "scenario")));
    assert_eq!(row("workload.shop.timeout"), Some(("10s", "default")));
    assert_eq!(row("system.echo.lease"), Some(("10s", "assumed")));
    assert_eq!(row("topology.region.\"East US\".zones"), Some(("3", "catalog")));
    let link = row("link.\"West US->East US\"").map(|(_, origin)| origin.starts_with("catalog azure"));
    assert_eq!(link, Some(true));
}

#[test]
fn a_scenario_can_extend_a_built_in_one() {
    let text = "extends = 'azure-three-regions'\nname = 'x'\nseed = 1\n[system.echo]\npartitions = 1\n\
                [workload.shop]\nrate = '5/s'\n";
    let plan = resolved(text, &[]).plan;
    assert_eq!((plan.topology.regions.len(), plan.clients.len()), (3, 20));
    assert_eq!(plan.workloads.as_slice()[0].rate_per_s, 5.0);
    let origin =
        plan.provenance.iter().find(|row| row.key == "workload.shop.reads").map(|row| row.origin.as_str());
    assert_eq!(origin, Some("built-in azure-three-regions"));
}

#[test]
fn a_scenario_without_a_catalogue_gives_its_own_laws() {
    let text = "name = 'x'\nseed = 1\n[topology]\nregions = ['A', 'B']\nzones = 1\nnodes-per-zone = 3\n\
                intra-zone = { constant = '1ms' }\ninter-zone = { constant = '2ms' }\n\
                [[link]]\nscope = 'link:A<->B'\nrtt = '80ms'\n[system.echo]\npartitions = 1\n\
                [workload.w]\nclients = { region = 'A', count = 1 }\nrate = '1/s'\nreads = '0%'\n";
    let plan = resolved(text, &[]).plan;
    let id = |name: &str| plan.topology.region(name).expect("the region is there");
    assert_eq!(plan.network.pairs[id("A")][id("B")].quantile(0.5), 0.04);
    assert_eq!(plan.network.inter_zone.quantile(0.5), 0.002);
}

#[test]
fn errors_of_all_sections_come_in_one_pass() {
    let text = FULL
        .replace("regions = [\"West US\", ", "regions = [\"Wset US\", ")
        .replace("rate = \"40/s\"", "rate = 40")
        .replace("kind = \"power-loss\"", "kind = \"powerloss\"")
        .replace("partitions = 4", "partitoins = 4")
        .replace("echo-2021", "echo-2020")
        .replace("hold = \"20s\"", "hold = \"0s\"")
        .replace("do = \"ping\"", "do = \"pong\"");
    let mut sources = SourceMap::new();
    let errors = load_text(&text, &[], &mut sources).expect_err("it has eight mistakes");
    let mut codes: Vec<Code> = errors.sorted().iter().map(|d| d.code).collect();
    codes.dedup();
    for code in [
        Code::UnknownRegion,
        Code::MissingUnit,
        Code::UnknownVariant,
        Code::UnknownKey,
        Code::MissingKey,
        Code::UnknownProfile,
        Code::RtoRule,
    ] {
        assert!(codes.contains(&code), "{code:?} in\n{}", errors.render(&sources, Style::Plain));
    }
}
