//! Mistakes in the tables of labs, each with what it gets.

use geodes::base::diagnostics::{Code, SourceMap};
use geodes::scenario::load;
use geodes::system::registry::Registry;
use std::path::Path;

/// The codes that a shipped scenario gets with these settings.
fn codes(scenario: &str, settings: &[&str]) -> Vec<Code> {
    let path = Path::new("scenarios/oracles").join(scenario).with_extension("toml");
    let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
    match load(&path, &settings, &Registry::builtin(), &mut SourceMap::new()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|d| d.code).collect(),
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    for (scenario, setting, code) in [
        ("detector", "system.lab-detector.members=0", Code::NumberOutOfRange),
        ("detector", "system.lab-detector.every=\"0s\"", Code::OutsideLimits),
        ("detector-phi", "system.lab-detector.suspect.phi.threshold=0.0", Code::OutsideLimits),
        ("lease", "system.lab-lease.drift-ppm=1000000", Code::NumberOutOfRange),
        ("lease", "system.lab-lease.length=\"0s\"", Code::OutsideLimits),
        ("resolver", "system.lab-resolver.ttl=\"0s\"", Code::OutsideLimits),
        ("resolver", "system.lab-resolver.lookups={ constant = \"0s\" }", Code::OutsideLimits),
        ("records", "system.lab-recovery-points.writes=\"0/s\"", Code::ZeroRate),
        ("quorum", "system.lab-quorum.write-quorum=3", Code::NumberOutOfRange),
        ("quorum", "system.lab-quorum.read={ quorum = 3, after = \"0s\" }", Code::NumberOutOfRange),
        ("election", "system.lab-election.clusters=0", Code::NumberOutOfRange),
    ] {
        assert_eq!(codes(scenario, &[setting]), [code], "{setting}");
    }
}

#[test]
fn a_lab_needs_its_regions_and_a_node_for_each_replica_and_server() {
    for (scenario, setting) in [
        ("quorum", "topology.nodes-per-zone=1"),
        ("election", "system.lab-election.servers=6"),
        ("resolver", "topology.regions=[]"),
    ] {
        let codes = codes(scenario, &[setting]);
        assert!(!codes.is_empty() && codes.len() <= 2, "{setting}: {codes:?}");
    }
    let alone = ["topology.regions=[\"Holders\"]", "link=[]", "fault=[]"];
    assert_eq!(codes("lease", &alone), [Code::ImpossiblePlacement]);
}

#[test]
fn what_is_weighed_must_be_lost_and_counted() {
    let weigh = "system.lab-detector.weigh={ loss = \"1%\", stretches = 10 }";
    assert_eq!(codes("detector", &[weigh]), [Code::RefusedCombination], "nothing is lost");
    assert_eq!(codes("detector-loss", &[weigh]), []);
    assert_eq!(codes("detector-false", &[weigh]), [Code::RefusedCombination], "`suspicions` is given too");
    let silence = "system.lab-detector.suspect={ silence = \"3s\" }";
    assert_eq!(codes("detector-loss", &[weigh, silence]), [Code::RefusedCombination]);
}

#[test]
fn a_lab_that_takes_no_operations_takes_no_workload() {
    let workload =
        "workload.jobs={ clients = { region = \"Holders\", count = 1 }, rate = \"1/s\", reads = \"50%\" }";
    assert_eq!(codes("lease", &[workload]), [Code::RefusedCombination]);
    assert_eq!(codes("lease", &[]), []);
}
