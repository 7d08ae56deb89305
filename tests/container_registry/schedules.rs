//! Random faults: replicas agree in the end, nothing acknowledged is lost but with its disk; and once the faults are over and
//! noticed, everything is served.
//!
//! `GEODES_SCHEDULES=1000` runs that many schedules instead of the few of every test run, `GEODES_FIRST=17` begins at
//! another one, and a failing schedule is printed as the scenario that reproduces it.

use crate::case::Case;
use crate::support::dice::{Dice, schedules};
use geodes::history::verdict::Verdict;
use geodes::model::operation::Outcome;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 20;
const REGIONS: [&str; 3] = ["West US", "East US", "West Europe"];
/// After the last fault has ended, pushes and pulls succeed again within this many seconds: an endpoint is online again
/// after one good probe in 30 s, caches keep it off for another 30 s, and what was lost with a disk is copied.
const PROGRESS: f64 = 240.0;

fn place(dice: &mut Dice) -> String {
    let region = dice.of(&REGIONS);
    match dice.below(3) {
        0 => format!("region:{region}/zone:1/node:1"),
        _ => format!("region:{region}"),
    }
}

fn link(dice: &mut Dice) -> String {
    let (from, step) = (dice.below(3) as usize, 1 + dice.below(2) as usize);
    let arrow = dice.of(&["->", "->", "<->"]);
    format!("link:{}{arrow}{}", REGIONS[from], REGIONS[(from + step) % 3])
}

fn fault(dice: &mut Dice) -> (String, String) {
    let plain = |kind: &str| format!("\"{kind}\"");
    match dice.below(13) {
        0 => (place(dice), plain("crash")),
        1..=3 => (place(dice), plain("power-loss")),
        4 => (place(dice), plain("pause")),
        5 => (place(dice), plain("isolation")),
        6 | 7 => (link(dice), plain("cut")),
        8 => (link(dice), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(20))),
        9 => (link(dice), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + dice.below(60))),
        10 => (place(dice), plain("destroyed-disk")),
        11 => {
            let by = dice.of(&["-30s", "-1s", "1s", "45s"]);
            (place(dice), format!("{{ clock-step = {{ by = \"{by}\" }} }}"))
        }
        _ => (link(dice), "{ bandwidth = { to = \"200kB/s\" } }".to_owned()),
    }
}

/// A schedule: its text, and when its last fault ends.
fn schedule(n: u64) -> (String, f64) {
    let mut dice = Dice::of_schedule(n);
    let cache = dice.of(&["true", "false"]);
    let endpoints = dice.of(&["true", "false"]);
    let mut text = format!(
        "name = \"random-{n}\"\nseed = {n}\n\n[topology]\ncatalog = \"azure\"\nregions = {REGIONS:?}\n\
         zones = 1\nnodes-per-zone = 2\n\n[[link]]\nscope = \"link:*<->*\"\nbandwidth = \"10MB/s\"\n\n\
         [system.container-registry]\nedition = \"2020\"\nbase-layers = [\"2MB\"]\nfirst-images = \"1MB\"\n\
         data-endpoints = {endpoints}\ndns = {{ client-cache = {cache}, resolvers = 2 }}\n\n\
         [workload.load]\nclients = [{{ region = \"West US\", count = 2 }}, {{ region = \"East US\", count = 2, \
         fail-with-region = false }}, {{ region = \"West Europe\", count = 1, fail-with-region = false }}]\n\
         rate = \"1/s\"\nreads = \"60%\"\nwrite-once = \"30%\"\nkeys = 5\ndocument-size = \"500KB\"\n\
         timeout = \"30s\"\n\n[run]\nat-least = \"15min\"\ncap = \"2h\"\n"
    );
    let (mut taken, mut last) = (Vec::new(), 0);
    for _ in 0..1 + dice.below(4) {
        let (scope, kind) = fault(&mut dice);
        let name = kind.trim_matches(['"', '{', ' ']).split(' ').next().unwrap_or_default().to_string();
        if taken.contains(&(scope.clone(), name.clone())) {
            continue;
        }
        let (at, lasts) = (20 + dice.below(160), *dice.of(&[&3, &12, &60, &240]));
        text += &format!(
            "\n[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"{at}s\"\nlasts = \"{lasts}s\"\n"
        );
        last = last.max(at + lasts);
        taken.push((scope, name));
    }
    (text, last as f64)
}

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_and_all_is_served_when_it_is_over() {
    let all = schedules(FEW);
    let failed: Vec<String> = all
        .clone()
        .into_par_iter()
        .filter_map(|n| {
            let (text, last) = schedule(n);
            let seen = Case::new(&text).run();
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown);
            let late = |write| seen.between(write, last + PROGRESS, f64::MAX);
            let bad_pushes =
                late(true).filter(|op| op.outcome != Outcome::Ok && op.status.code != 400).count();
            // A tag that was pushed elsewhere a moment ago may still be unknown.
            let bad_pulls =
                late(false).filter(|op| op.outcome != Outcome::Ok && op.status.code != 404).count();
            let stuck = bad_pushes + bad_pulls;
            let lost = if text.contains("destroyed-disk") { 0 } else { seen.lost() };
            let bad = open || stuck > 0 || lost > 0 || !seen.settled() || !seen.broken().is_empty();
            bad.then(|| {
                format!(
                    "schedule {n}: {stuck} failed after the faults, {lost} lost, {:?}\n{}\n{text}",
                    seen.end().reason,
                    seen.account()
                )
            })
        })
        .collect();
    assert!(failed.is_empty(), "{} of schedules {all:?}\n\n{}", failed.len(), failed.join("\n\n"));
}
