//! Systems of the shoot-out come to the same with and without jumping over the outage of a zone or a region.

use super::both::{self, assert_agree, scenario};
use geodes::engine::record::EndReason;
use geodes::scenario::Scenario;
use rayon::prelude::*;
use std::path::Path;

const QUORUM: &str = "quorum-two-of-three";
/// A scenario of the shoot-out with one scripted fault instead of its hazards.
fn struck(name: &str, scope: &str, more: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/shootout/{name}.toml"));
    let mut settings = vec![
        "hazard=[]".to_owned(),
        format!("fault=[{{scope=\"{scope}\", kind=\"power-loss\", at=\"15min\", lasts=\"6h\"}}]"),
    ];
    settings.extend(more.iter().map(|setting| (*setting).to_owned()));
    scenario(&path, &settings)
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
