//! Random faults: whatever happens, everything that was read and written is linearizable, nothing acknowledged is lost, and
//! once the faults are over the groups go on.

use crate::case::{Case, Text, over};
use crate::support::dice::{Dice, schedules};
use crate::support::groups::{self, REGIONS, region};
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 60;

/// After the last fault has ended, operations succeed again within this many seconds: a few time-outs of at most 0.6 s, one of
/// a client's tries, and the links' queues; see `docs/raft.md`.
const PROGRESS: f64 = 12.0;

/// The same with orders of the operator: leaders are moved, and a region's members are removed and added again.
fn ordered(mut text: Text, n: usize, number: u64, mut last: u64) -> (Text, u64) {
    let mut dice = Dice::of_schedule(!number);
    for _ in 0..1 + dice.below(3) {
        let at = 3_000 + dice.below(20_000);
        let to = dice.of(&REGIONS[..n]);
        text = text.action(&format!("{{ transfer-leadership = {{ to = \"{to}\" }} }}"), at);
        last = last.max(at);
    }
    // Who removes a voter while another has lost its disk may be left without a quorum for good.
    if dice.yes() && !text.rest.contains("destroyed-disk") {
        let (at, region) = (3_000 + dice.below(10_000), dice.of(&REGIONS[..n]));
        let again = at + 1_000 + dice.below(10_000);
        text = text.action(&format!("{{ remove-members = {{ region = \"{region}\" }} }}"), at);
        text = text.action(&format!("{{ add-members = {{ region = \"{region}\" }} }}"), again);
        last = last.max(again);
    }
    (text, last)
}

/// A schedule: its text, and when its last fault ends.
fn schedule(number: u64) -> (String, f64) {
    let mut dice = Dice::of_schedule(number);
    let n = [3, 3, 5][dice.below(3) as usize];
    let lease = dice.yes();
    let check = lease || dice.below(4) > 0;
    let mut text = over(n)
        .system(&format!("pre-vote = {}\ncheck-quorum = {check}", dice.below(3) > 0))
        .system(if lease { "reads = \"lease\"" } else { "reads = \"read-index\"" })
        .system("data = \"1MB\"")
        .system(&format!("log = {}", [20, 200, 10_000][dice.below(3) as usize]));
    if dice.yes() {
        text = text.system(&format!("leaders = [\"{}\"]\npreference-delay = \"1s\"", region(&mut dice, n)));
    }
    let (mut text, mut last) = text.objects().faults(&mut dice, n, Some(""));
    if number.is_multiple_of(2) {
        (text, last) = ordered(text, n, number, last);
    }
    let text = text.text(45 + (last / 1_000) as u32).replace("seed = 7", &format!("seed = {number}"));
    (text, last as f64 / 1e3)
}

/// What schedule number `n` breaks.
fn failure(n: u64) -> Option<String> {
    let (text, last) = schedule(n);
    let seen = Case::new(&text).run();
    groups::failure(n, &text, &seen, last + PROGRESS, false)
}

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_and_all_go_on_when_it_is_over() {
    let schedules = schedules(FEW);
    let failed: Vec<String> = schedules.clone().into_par_iter().filter_map(failure).collect();
    assert!(failed.is_empty(), "{} of {schedules:?}\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn nothing_goes_on_from_what_a_leader_holds_whose_term_is_over() {
    // A voter that is paused while it stands learns that it won when another has led for a second and a half.
    assert_eq!(failure(1_519), None);
}

#[test]
fn a_snapshot_that_was_lost_is_sent_again_soon() {
    // A link loses one, and then the leader needs the replica it was for, as the third has lost its disk.
    assert_eq!(failure(3_701), None);
}

#[test]
fn who_cannot_lead_yet_is_not_handed_the_lead() {
    // Leaders are to move to a replica that has just lost its disk; orders are given again until they are carried out.
    assert_eq!(failure(196), None);
}
