//! Random faults: whatever happens, everything that was read and written is linearizable, nothing acknowledged is lost, and
//! once the faults are over the groups go on.

use crate::case::{Case, over};
use crate::support::dice::{Dice, schedules};
use crate::support::groups;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 40;

/// After the last fault has ended, operations succeed again within this many seconds; see `docs/multi-paxos.md`.
const PROGRESS: f64 = 12.0;

/// A schedule: its text, and when its last fault ends.
fn schedule(number: u64) -> (String, f64) {
    let mut dice = Dice::of_schedule(number);
    let n = [3, 3, 5][dice.below(3) as usize];
    let text = over(n)
        .system(dice.of(&["reads = \"lease\"", "reads = \"quorum\""]))
        .system(&format!("log = {}", [20, 200, 10_000][dice.below(3) as usize]))
        .system(&format!("window = {}", [4, 256][dice.below(2) as usize]));
    // What has lost its promises votes no more.
    let (text, last) = text.objects().faults(&mut dice, n, Some(""));
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
            groups::failure(n, &text, &seen, last + PROGRESS, false)
        })
        .collect();
    assert!(failed.is_empty(), "{} of schedules {all:?}\n\n{}", failed.len(), failed.join("\n\n"));
}
