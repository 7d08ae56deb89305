//! Every shipped scenario whose faults are long comes to the same with and without jumping.

use super::both::{self, Outcome, assert_agree, hours, scenario};
use geodes::base::time::Span;
use geodes::scenario::Scenario;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A fault is long if it lasts at least this.
const LONG: Span = Span::mins(30);

fn run(scenario: &Scenario, jump: bool) -> Outcome {
    both::run(&*scenario.runnable, &scenario.plan, 0, jump)
}

fn shipped() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let folders = [root.clone(), root.join("cosmos-db"), root.join("oracles")];
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<PathBuf> = files.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
    files.sort();
    files
}

/// Compares both, and says what jumping saved.
fn compare(name: &str, scenario: &Scenario) -> Option<String> {
    let long = |(_, f): (_, &geodes::model::fault::Fault)| f.lasts.is_some_and(|lasts| lasts >= LONG);
    if !scenario.plan.faults.iter().any(long) {
        return None;
    }
    let on = run(scenario, true);
    if on.jumps.is_empty() {
        // Then it is the same run.
        return Some(format!("{name}: never steady, {} events", on.end.events));
    }
    let off = run(scenario, false);
    assert_agree(name, &on, &off);
    let ratio = off.end.events as f64 / on.end.events as f64;
    assert!(ratio > 1.0, "{name}: nothing is saved");
    Some(format!("{name}: {} events instead of {}, {ratio:.1} times fewer", on.end.events, off.end.events))
}

#[test]
fn shipped_scenarios_come_to_the_same_with_and_without_jumping() {
    let said: Vec<Option<String>> = shipped()
        .par_iter()
        .map(|file| compare(&file.file_stem().unwrap_or_default().to_string_lossy(), &scenario(file, &[])))
        .collect();
    let said: Vec<String> = said.into_iter().flatten().collect();
    println!("{}", said.join("\n"));
    assert!(said.iter().any(|line| line.contains("times fewer")), "none ever jumps");
}

/// GEODES_JUMP_HOURS (default 6, a day at most): as many times fewer as there are hours over three, so a day costs an eighth.
#[test]
fn a_zone_that_is_out_for_hours_costs_a_small_part_of_its_events() {
    let out = hours(6).min(Span::hours(24));
    let cases =
        ["zone-down-with-zones-primary", "zone-down-with-zones-two-replicas", "zone-down-without-zones"];
    let said: Vec<(String, f64)> = cases
        .par_iter()
        .map(|name| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/cosmos-db/{name}.toml"));
            let scenario = scenario(&path, &[format!("fault.0.lasts=\"{out}\"")]);
            let (on, off) = (run(&scenario, true), run(&scenario, false));
            assert_agree(name, &on, &off);
            (
                format!("{name}: {} of {}", on.end.events, off.end.events),
                off.end.events as f64 / on.end.events as f64,
            )
        })
        .collect();
    println!("{said:?}");
    let least = out.seconds() / Span::hours(3).seconds();
    assert!(said.iter().all(|(_, ratio)| *ratio > least), "{said:?}");
}

#[test]
fn a_scenario_jumps_when_it_says_so_and_a_study_unless_it_says_not() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/cosmos-db/zone-down-without-zones.toml");
    let origin =
        |s: &Scenario| s.plan.provenance.iter().find(|p| p.key == "run.jump").map(|p| p.origin.clone());
    let silent = scenario(&path, &[]);
    assert_eq!((silent.plan.jump, origin(&silent)), (false, Some("default".to_owned())));
    assert!(scenario(&path, &["run.jump=true".to_owned()]).plan.jump);
    let hazard = "hazard=[{name=\"zone\", scope=\"region:*/zone:*\", kind=\"power-loss\", mtbf=\"2000h\", mttr=\"2h\"}]";
    let study = |more: &[&str]| {
        let faultless = [hazard, "fault=[]"].into_iter().chain(more.iter().copied());
        scenario(&path, &faultless.map(str::to_owned).collect::<Vec<_>>()).plan.jump
    };
    assert!(study(&[]));
    assert!(!study(&["run.jump=false"]));
}
