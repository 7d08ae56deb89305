//! Random faults: replicas agree in the end, nothing acknowledged is lost but with its disk, sessions see what they have
//! seen; and once the faults are over, everything is served.
//!
//! `GEODES_SCHEDULES=1000` runs that many schedules instead of the few of every test run, `GEODES_FIRST=17` begins at
//! another one, and a failing schedule is printed as the scenario that reproduces it.

use crate::case::{Case, REGIONS};
use crate::support::dice::{Dice, schedules};
use geodes::history::verdict::Verdict;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 40;

/// After the last fault has ended, operations are served again within this many seconds; see `docs/crdt.md`.
const PROGRESS: f64 = 20.0;

fn place(dice: &mut Dice) -> String {
    let region = dice.of(&REGIONS);
    match dice.below(3) {
        0 => format!("region:{region}/zone:1/node:{}", 1 + dice.below(2)),
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
    match dice.below(14) {
        0 => (place(dice), plain("crash")),
        1 | 2 => (place(dice), plain("power-loss")),
        3 => (place(dice), plain("pause")),
        4 => (place(dice), plain("isolation")),
        5 | 6 => (link(dice), plain("cut")),
        7 => (link(dice), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(40))),
        8 => (place(dice), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(200))),
        9 => (link(dice), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + dice.below(90))),
        10 | 11 => (place(dice), plain("destroyed-disk")),
        12 => {
            let by = dice.of(&["-30s", "-1s", "1s", "45s"]);
            (place(dice), format!("{{ clock-step = {{ by = \"{by}\" }} }}"))
        }
        _ => {
            let sign = dice.of(&["-", ""]);
            let by = 10 + dice.below(91);
            (place(dice), format!("{{ clock-drift = {{ by = \"{sign}{by}ppm\" }} }}"))
        }
    }
}

/// A schedule: its text, and when its last fault ends.
fn schedule(n: u64) -> (String, f64) {
    let mut dice = Dice::of_schedule(n);
    let consistency = dice.of(&["session", "session", "eventual"]);
    let log = [3, 10_000][dice.below(2) as usize];
    let replicas = dice.of(&[
        "",
        "replicas = [{ region = \"West US 2\", count = 2 }, { region = \"East US\" }]\n",
        "replicas = [{ region = \"West US 2\" }, { region = \"East US\" }]\n",
    ]);
    let mut text = format!(
        "name = \"random-{n}\"\nseed = {n}\n\n[topology]\ncatalog = \"azure\"\nregions = {REGIONS:?}\n\
         zones = 1\nnodes-per-zone = 2\n\n\
         [system.crdt]\npartitions = 2\nconsistency = \"{consistency}\"\nlog = {log}\n{replicas}\n\
         [workload.load]\nclients = [{{ region = \"West US 2\", count = 2 }}, {{ region = \"East US\", count = 2, \
         fail-with-region = false }}, {{ region = \"Central US\", count = 1, fail-with-region = false }}]\n\
         rate = \"10/s\"\nreads = \"60%\"\nwrite-once = \"20%\"\nkeys = 4\nobjects = 3\n\
         mix = {{ insert = \"15%\", replace = \"10%\", delete = \"15%\" }}\ntimeout = \"8s\"\n\n\
         [run]\nat-least = \"5min\"\ncap = \"60min\"\n"
    );
    let (mut taken, mut last) = (Vec::new(), 0);
    for _ in 0..1 + dice.below(5) {
        let (scope, kind) = fault(&mut dice);
        let name = kind.trim_matches(['"', '{', ' ']).split(' ').next().unwrap_or_default().to_string();
        if taken.contains(&(scope.clone(), name.clone())) {
            continue;
        }
        let (at, lasts) = (20 + dice.below(160), *dice.of(&[&3, &12, &40, &75]));
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
            let stuck = late(true).chain(late(false)).filter(|op| !crate::support::answered(op)).count();
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
