//! Random faults: whatever happens, what each kind of deployment claims holds, and once the faults are over it goes on.

use crate::case::{
    ASYNCHRONOUS, AUTOMATIC, CONFIRMED, EPOCHS, FALLING_BACK, LEASE, SEMI, SYNCHRONOUS, WAITING, over,
};
use crate::support::case::{self, Safeguards};
use crate::support::dice::{Dice, schedules};
use crate::support::groups::{self, region};
use geodes::system::primary_backup::{Kin, PrimaryBackup};
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 40;

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
    // A disk is destroyed, of a node that hosts no part of the coordinator. Where a takeover may lose writes, it may not be the only
    // one that holds what was found lost before, which is to tell: none of the first thousand schedules strikes that one.
    let (text, last) = text.objects().faults(&mut dice, n, Some("/zone:1/node:1"));
    (
        text.text(50 + (last / 1_000) as u32).replace("seed = 7", &format!("seed = {number}")),
        last as f64 / 1e3,
    )
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
            let excused = !case.settings.no_loss() || text.contains("destroyed");
            groups::failure(n, &text, &seen, last + progress, excused)
        })
        .collect();
    assert!(failed.is_empty(), "{} of {many} schedules\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_and_all_go_on_when_it_is_over() {
    all_hold::<PrimaryBackup>(FEW, schedule, PROGRESS);
}
