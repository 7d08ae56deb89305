//! Systems of the shoot-out come to the same with and without jumping over the outage of a zone or a region.

use super::both::{self, Outcome, assert_agree, scenario};
use geodes::engine::record::EndReason;
use geodes::scenario::Scenario;
use rayon::prelude::*;
use std::path::Path;

const QUORUM: &str = "quorum-two-of-three";

/// A shipped scenario with scripted faults instead of its hazards.
fn scripted(path: &str, faults: &str, more: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{path}.toml"));
    let mut settings = vec!["hazard=[]".to_owned(), format!("fault=[{faults}]")];
    settings.extend(more.iter().map(|setting| (*setting).to_owned()));
    scenario(&path, &settings)
}

/// A scenario of the shoot-out with one scripted fault.
fn struck(name: &str, scope: &str, more: &[&str]) -> Scenario {
    let fault = format!("{{scope=\"{scope}\", kind=\"power-loss\", at=\"15min\", lasts=\"6h\"}}");
    scripted(&format!("shootout/{name}"), &fault, more)
}

fn shootout() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/shootout");
    let files =
        std::fs::read_dir(folder).expect("it is shipped").filter_map(|entry| Some(entry.ok()?.path()));
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

#[test]
fn an_outage_of_six_hours_costs_the_same_and_less_work_in_systems_that_jump() {
    let scopes = ["region:West US 2", "region:East US/zone:1"];
    let mut cases: Vec<(String, &str, &[&str])> = shootout()
        .into_iter()
        .flat_map(|name| scopes.map(|scope| (name.clone(), scope, &[] as &[&str])))
        .collect();
    let (sloppy, last) =
        ("system.quorum-nwr.quorum=\"sloppy\"", "system.quorum-nwr.versions=\"last-writer-wins\"");
    let other = [sloppy, last];
    cases.push((QUORUM.to_owned(), scopes[0], &other));
    let said: Vec<String> = cases
        .par_iter()
        .map(|(name, scope, more)| {
            let scenario = struck(name, scope, more);
            let run = |jump| both::run(&*scenario.runnable, &scenario.plan, 0, jump);
            let (on, off) = (run(true), run(false));
            let title = format!("{name} without {scope} {more:?}");
            assert_eq!(on.end.reason, EndReason::Settled, "{title}");
            assert_agree(&title, &on, &off);
            assert!(on.end.events * 2 < off.end.events, "{title}: {} of {}", on.end.events, off.end.events);
            format!("{title}: {} events instead of {}", on.end.events, off.end.events)
        })
        .collect();
    println!("{}", said.join("\n"));
}

#[test]
fn what_a_silent_replica_lacks_grows_with_new_keys_or_where_nobody_keeps_hints() {
    let new_keys = "workload.shop.write-once=\"20%\"";
    for (name, setting) in
        [(QUORUM, new_keys), (QUORUM, "system.quorum-nwr.hints=false"), ("crdt-set", new_keys)]
    {
        let scenario = struck(name, "region:West US 2", &[setting]);
        assert_eq!(both::run(&*scenario.runnable, &scenario.plan, 0, true).jumps, [], "{name} {setting}");
    }
}

#[test]
fn a_raft_group_without_a_quorum_waits_for_hours_at_little_cost() {
    let both = "fault=[{scope=\"region:West US 2\", kind=\"power-loss\", at=\"15min\", lasts=\"6h\"}, \
                {scope=\"region:Central US\", kind=\"power-loss\", at=\"16min\", lasts=\"5h\"}]";
    let scenario = struck("raft-three-regions", "region:West US 2", &[both]);
    let run = |jump| both::run(&*scenario.runnable, &scenario.plan, 0, jump);
    let (on, off) = (run(true), run(false));
    assert_eq!(on.end.reason, EndReason::Settled);
    assert_agree("raft-three-regions without two regions", &on, &off);
    println!("{} events instead of {}", on.end.events, off.end.events);
    assert!(on.end.events * 3 < off.end.events, "{} of {}", on.end.events, off.end.events);
}

const CUT: &str = "{scope=\"link:East US<->West US 2\", kind=\"cut\", at=\"15min\", lasts=\"6h\"}";

#[test]
fn a_link_that_is_cut_for_six_hours_costs_the_same_and_a_small_part_of_the_work() {
    let profiles = [
        "aurora-global-database",
        "sql-failover-group",
        "sql-geo-failover",
        "sql-geo-restore",
        "storage-geo-redundant",
        "cockroachdb-survive-region",
        "cockroachdb-survive-zone",
        "dynamodb-global-eventual",
    ];
    let said: Vec<String> = profiles
        .par_iter()
        .map(|name| {
            let scenario = scripted(&format!("profiles/{name}"), CUT, &[]);
            let run = |jump| both::run(&*scenario.runnable, &scenario.plan, 0, jump);
            let (on, off) = (run(true), run(false));
            assert_eq!(on.end.reason, EndReason::Settled, "{name}");
            assert_agree(name, &on, &off);
            assert!(on.end.events * 3 < off.end.events, "{name}: {} of {}", on.end.events, off.end.events);
            format!("{name}: {} events instead of {}", on.end.events, off.end.events)
        })
        .collect();
    println!("{}", said.join("\n"));
}

/// What the last fault took, and over how long it was written.
fn lost(outcome: &Outcome) -> (f64, f64) {
    let last = outcome.found.causes.last().expect("there are faults");
    (last.rpo.all.writes as f64, last.rpo.all.time.seconds())
}

#[test]
fn what_was_written_while_the_way_to_the_backup_was_cut_is_lost_with_the_primary_jumped_over_or_not() {
    let dies = "{scope=\"region:East US\", kind=\"power-loss\", at=\"5h\", lasts=\"4h\"}";
    for name in ["aurora-global-database", "sql-geo-failover"] {
        let scenario = scripted(&format!("profiles/{name}"), &format!("{CUT}, {dies}"), &[]);
        let run = |jump| both::run(&*scenario.runnable, &scenario.plan, 0, jump);
        let (on, off) = (run(true), run(false));
        assert!(!on.jumps.is_empty(), "{name}");
        let ((writes, time), (of_all, over)) = (lost(&on), lost(&off));
        // Four hours and three quarters at 0.4 a second; the pace of a jump is that of two minutes.
        println!("{name}: {writes} writes of {time} s, and {of_all} of {over} s");
        assert!((over - 4.75 * 3600.0).abs() < 120.0, "{name}: {over} s");
        assert!((time - over).abs() < 120.0, "{name}: {time} s, not {over} s");
        assert!((writes / of_all - 1.0).abs() < 0.6, "{name}: {writes} writes, not {of_all}");
    }
}

/// When the backup had caught up after the cut: from then on nothing is lost with the primary but what is on its way.
#[test]
fn a_backup_catches_up_with_what_was_jumped_over() {
    let cases =
        [("aurora-global-database", 5.0), ("sql-geo-restore", 3_700.0), ("storage-geo-redundant", 3_600.0)];
    for (name, most) in cases {
        // The link is back at 6 h 15 min.
        for at in ["6h20min", "12h"] {
            let dies =
                format!("{{scope=\"region:East US\", kind=\"power-loss\", at=\"{at}\", lasts=\"4h\"}}");
            let scenario = scripted(&format!("profiles/{name}"), &format!("{CUT}, {dies}"), &[]);
            let run = |jump| both::run(&*scenario.runnable, &scenario.plan, 0, jump);
            let (on, off) = (run(true), run(false));
            assert!(!on.jumps.is_empty(), "{name}");
            let ((writes, time), (of_all, over)) = (lost(&on), lost(&off));
            println!("{name} at {at}: {writes} writes of {time} s, and {of_all} of {over} s");
            assert!(time <= most && over <= most, "{name} at {at}: {time} s, and {over} s");
        }
    }
}
