//! Random faults: whatever happens, everything that was read and written is linearizable, nothing acknowledged is lost, and
//! once the faults are over the groups go on.

use crate::case::{Case, REGIONS, over};
use crate::support::dice::{Dice, schedules};
use geodes::history::verdict::Verdict;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 40;

/// After the last fault has ended, operations succeed again within this many seconds; see `docs/multi-paxos.md`.
const PROGRESS: f64 = 12.0;

fn region(dice: &mut Dice, n: usize) -> &'static str {
    REGIONS[dice.below(n as u64) as usize]
}

fn link(dice: &mut Dice, n: usize) -> String {
    let (a, step) = (dice.below(n as u64) as usize, 1 + dice.below(n as u64 - 1) as usize);
    let arrow = if dice.below(3) == 0 { "<->" } else { "->" };
    format!("link:{}{arrow}{}", REGIONS[a], REGIONS[(a + step) % n])
}

fn scope(dice: &mut Dice, n: usize) -> String {
    match dice.below(3) {
        0 => "@leader(0)".into(),
        _ => format!("region:{}", region(dice, n)),
    }
}

/// Scope and kind of a fault. At most one disk is destroyed: what has lost its promises votes no more.
fn fault(dice: &mut Dice, n: usize, destroyed: &mut bool) -> (String, String) {
    match dice.below(14) {
        0 | 1 => (scope(dice, n), "crash".into()),
        2 | 3 => (scope(dice, n), "power-loss".into()),
        4 => (scope(dice, n), "pause".into()),
        5 => (scope(dice, n), "isolation".into()),
        6 | 7 => (link(dice, n), "cut".into()),
        8 => (link(dice, n), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(40))),
        9 => (scope(dice, n), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(200))),
        10 => (link(dice, n), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + dice.below(90))),
        11 if !std::mem::replace(destroyed, true) => {
            (format!("region:{}", region(dice, n)), "destroyed-disk".into())
        }
        11 | 12 => {
            let by = 10 + dice.below(91) as i64;
            let by = if dice.yes() { by } else { -by };
            (scope(dice, n), format!("{{ clock-drift = {{ by = \"{by}ppm\" }} }}"))
        }
        _ => (scope(dice, n), "{ clock-step = { by = \"-30s\" } }".into()),
    }
}

/// A schedule: its text, and when its last fault ends.
fn schedule(number: u64) -> (String, f64) {
    let mut dice = Dice::of_schedule(number);
    let n = [3, 3, 5][dice.below(3) as usize];
    let mut text = over(n)
        .system(dice.of(&["reads = \"lease\"", "reads = \"quorum\""]))
        .system(&format!("log = {}", [20, 200, 10_000][dice.below(3) as usize]))
        .system(&format!("window = {}", [4, 256][dice.below(2) as usize]));
    text.load += "objects = 2\nmix = { insert = \"10%\", replace = \"10%\", delete = \"10%\", conditional = \"10%\", batch = \"15%\" }\n";
    let (mut destroyed, mut taken, mut last) = (false, Vec::new(), 0);
    for _ in 0..1 + dice.below(5) {
        let (scope, kind) = fault(&mut dice, n, &mut destroyed);
        let name = kind.trim_matches(['{', ' ']).split(' ').next().unwrap_or_default().to_string();
        if taken.contains(&(scope.clone(), name.clone())) {
            continue;
        }
        let (at, lasts) = (3_000 + dice.below(20_000), [300, 2_000, 7_000, 15_000][dice.below(4) as usize]);
        text = text.fault(&scope, &kind, at, lasts);
        last = last.max(at + lasts);
        taken.push((scope, name));
    }
    let text = text.text(45 + (last / 1_000) as u32).replace("seed = 7", &format!("seed = {number}"));
    (text, last as f64 / 1e3)
}

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_and_all_go_on_when_it_is_over() {
    let all = schedules(FEW);
    let failed: Vec<String> = all
        .clone()
        .into_par_iter()
        .filter_map(|n| {
            let (text, last) = schedule(n);
            let seen = Case::new(&text).run();
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown && v.why.is_empty());
            let late = |write| seen.between(write, last + PROGRESS, f64::MAX);
            let stuck = late(true).chain(late(false)).filter(|op| !crate::support::answered(op)).count();
            let lost = seen.lost();
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
