//! Random faults: whatever happens, what each kind of deployment claims holds, and once the faults are over it goes on.

use crate::case::{
    ASYNCHRONOUS, AUTOMATIC, CONFIRMED, EPOCHS, FALLING_BACK, LEASE, REGIONS, SEMI, SYNCHRONOUS, Text,
    WAITING, over,
};
use crate::support::case::{self, Safeguards};
use crate::support::dice::{Dice, schedules};
use geodes::history::verdict::Verdict;
use geodes::system::primary_backup::{Kin, PrimaryBackup};
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 40;

fn region(dice: &mut Dice, n: usize) -> &'static str {
    REGIONS[dice.below(n as u64) as usize]
}

fn link(dice: &mut Dice, n: usize) -> String {
    let (a, step) = (dice.below(n as u64) as usize, 1 + dice.below(n as u64 - 1) as usize);
    let arrow = dice.of(&["->", "->", "<->"]);
    format!("link:{}{arrow}{}", REGIONS[a], REGIONS[(a + step) % n])
}

fn scope(dice: &mut Dice, n: usize) -> String {
    match dice.below(3) {
        0 => "@leader(0)".into(),
        _ => format!("region:{}", region(dice, n)),
    }
}

/// Scope and kind of a fault. At most one disk is destroyed: that of a node that hosts no part of the coordinator.
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
            (format!("region:{}/zone:1/node:1", region(dice, n)), "destroyed-disk".into())
        }
        11 | 12 => {
            let (sign, by) = (dice.of(&["", "-"]), 10 + dice.below(91));
            (scope(dice, n), format!("{{ clock-drift = {{ by = \"{sign}{by}ppm\" }} }}"))
        }
        _ => (scope(dice, n), "{ clock-step = { by = \"-30s\" } }".into()),
    }
}

/// Adds faults; gives when the last of them ends, in seconds. Where a takeover may lose writes, no disk is destroyed: the one
/// that holds what was lost is to tell.
pub fn faults(dice: &mut Dice, mut text: Text, n: usize, lossy: bool) -> (Text, f64) {
    let (mut destroyed, mut taken, mut last) = (lossy, Vec::new(), 0);
    for _ in 0..1 + dice.below(5) {
        let (scope, kind) = fault(dice, n, &mut destroyed);
        let name = kind.trim_matches(['{', ' ']).split(' ').next().unwrap_or_default().to_string();
        if taken.contains(&(scope.clone(), name.clone())) {
            continue;
        }
        let (at, lasts) = (3_000 + dice.below(20_000), *dice.of(&[&300, &2_000, &7_000, &15_000]));
        text = text.fault(&scope, &kind, at, lasts);
        last = last.max(at + lasts);
        taken.push((scope, name));
    }
    (text, last as f64 / 1e3)
}

/// Modes, fencing and reads.
const KINDS: [(&str, &str); 10] = [
    (SYNCHRONOUS, LEASE),
    (SYNCHRONOUS, CONFIRMED),
    (SYNCHRONOUS, EPOCHS),
    (WAITING, LEASE),
    (SEMI, LEASE),
    (SEMI, CONFIRMED),
    (FALLING_BACK, LEASE),
    (ASYNCHRONOUS, LEASE),
    (ASYNCHRONOUS, CONFIRMED),
    (ASYNCHRONOUS, EPOCHS),
];

/// Within this many seconds after the last fault has ended operations succeed again: see `docs/primary-backup.md`.
const PROGRESS: f64 = 18.0;

fn schedule(number: u64) -> (String, f64) {
    let mut dice = Dice::of_schedule(number);
    let (mode, fencing) = KINDS[(number % KINDS.len() as u64) as usize];
    let n = *dice.of(&[&3, &3, &4]);
    let promotion =
        dice.of(&[AUTOMATIC, AUTOMATIC, "promotion = { manual = { decide = { constant = \"2s\" } } }"]);
    let log = dice.of(&["log = 20", "log = 200", "log = 10000"]);
    let from = dice.of(&["read-from = \"primary\"", "read-from = \"nearest\""]);
    let mut text = over(n).system(mode).system(fencing).system(promotion).system(log).system(from);
    text = text.system("data = \"1MB\"");
    if dice.below(3) == 0 {
        let to = region(&mut dice, n);
        text = text.action(&format!("{{ switch-over = {{ to = \"{to}\" }} }}"), 4_000 + dice.below(15_000));
    }
    text.load += "mix = { insert = \"10%\", replace = \"10%\", delete = \"10%\", conditional = \"10%\", batch = \"15%\" }\nobjects = 2\n";
    let lossy = matches!(mode, FALLING_BACK | ASYNCHRONOUS);
    let (text, last) = faults(&mut dice, text, n, lossy);
    (text.text(50 + last as u32).replace("seed = 7", &format!("seed = {number}")), last)
}

/// Runs schedules; every one is sound, settles, loses only what it may, and goes on after its faults.
pub fn all_hold<S: Kin + Safeguards>(
    few: u64,
    schedule: impl Fn(u64) -> (String, f64) + Sync,
    progress: f64,
) {
    let (all, many) = (schedules(few), schedules(few).count());
    let failed: Vec<String> = all
        .into_par_iter()
        .filter_map(|n| {
            let (text, last) = schedule(n);
            let case = case::Case::<S>::new(&text);
            let seen = case.run();
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown && v.why.is_empty());
            let late = |write| seen.between(write, last + progress, f64::MAX);
            let stuck = late(true).chain(late(false)).filter(|op| !crate::support::answered(op)).count();
            let lost = if case.settings.no_loss() && !text.contains("destroyed") { seen.lost() } else { 0 };
            let bad = open || stuck > 0 || lost > 0 || !seen.settled() || !seen.broken().is_empty();
            bad.then(|| {
                let why = seen.end().reason;
                format!("schedule {n}: {stuck} late, {lost} lost, {why:?}\n{}\n{text}", seen.account())
            })
        })
        .collect();
    assert!(failed.is_empty(), "{} of {many} schedules\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_and_all_go_on_when_it_is_over() {
    all_hold::<PrimaryBackup>(FEW, schedule, PROGRESS);
}
