//! Random faults: whatever happens, no acknowledged write is gone without account, and once the faults are over it goes on.

use crate::case::{BOTH, CACHE, HOST, ORDERED, alone, machines, manual, sound};
use crate::support::case;
use crate::support::dice::{Dice, schedules};
use crate::support::groups;
use geodes::engine::record::Answer;
use geodes::system::site_recovery::SiteRecovery;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 40;
/// Within this many seconds after the last fault has ended operations succeed again: data that were lost on their way are asked
/// for again after a minute, a failover that is under way is carried through, machines boot, names run out.
const PROGRESS: f64 = 110.0;

fn schedule(number: u64) -> (String, f64) {
    let mut dice = Dice::of_schedule(number);
    let point = dice.of(&["\"latest\"", "\"latest-processed\"", "{ at-least-old = \"5s\" }"]);
    let failover = if dice.below(5) == 0 { ORDERED.to_owned() } else { manual(point) };
    let mut text = machines(BOTH, &failover);
    if dice.yes() {
        text = text.system("replication-groups = [[\"db\", \"web\"]]");
    }
    text = text.system(dice.of(&["", "failback = \"never\"", "failback = { after = \"5s\" }"]));
    text = text.system(dice.of(&["", "resync-after = \"25s\""]));
    let (mut text, mut last) = text.objects().faults(&mut dice, 2, None);
    for _ in 0..dice.below(3) {
        let (at, lasts) = (3_000 + dice.below(30_000), 500 + dice.below(20_000));
        let (scope, kind) = match dice.below(6) {
            0 => ("service", "dns-down"),
            1 => ("service", "control-plane-down"),
            2 => (CACHE, "power-loss"),
            3 => (CACHE, "isolation"),
            4 => (HOST, "power-loss"),
            _ => (HOST, "isolation"),
        };
        // One of each, so that no two of a kind overlap at one place.
        if !text.rest.contains(&format!("scope = \"{scope}\"\nkind = \"{kind}\"")) {
            text = text.fault(scope, kind, at, lasts);
            last = last.max(at + lasts);
        }
    }
    if dice.below(3) == 0 {
        let order = dice.of(&[
            "{ failover = { to = \"latest\" } }",
            "{ test-failover = { to = \"latest-processed\" } }",
            "\"failback\"",
        ]);
        text = text.action(order, 4_000 + dice.below(30_000));
    }
    let over = last as f64 / 1e3;
    (text.text(150 + over as u32).replace("seed = 7", &format!("seed = {number}")), over)
}

#[test]
fn no_schedule_of_random_faults_loses_a_write_without_account_and_all_go_on_when_it_is_over() {
    let (all, many) = (schedules(FEW), schedules(FEW).count());
    let failed: Vec<String> = all
        .into_par_iter()
        .filter_map(|n| {
            let (text, over) = schedule(n);
            let seen = case::Case::<SiteRecovery>::new(&text).run();
            groups::failure(n, &text, &seen, over + PROGRESS, true)
        })
        .collect();
    assert!(failed.is_empty(), "{} of {many} schedules\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn a_machine_that_is_stopped_while_it_boots_uploads_what_it_has() {
    // The host returns at 11.4 s and boots for a second; the order to move to the other region comes before that is over.
    let text = alone(ORDERED).fault(HOST, "power-loss", 9_400, 2_000).action("\"failback\"", 11_700);
    let seen = sound(&text.case(60));
    assert_eq!((seen.answers(), seen.lost()), (vec![Answer::Done], 0));
    assert_eq!(seen.share(true, 40.0, 60.0), 1.0);
}

#[test]
fn chunks_of_a_machines_former_life_do_not_take_the_place_of_new_ones() {
    // What it uploads for 300 ms is lost, what follows waits for that at the cache account, and then the host loses power.
    let text = alone(ORDERED)
        .fault(HOST, "isolation", 11_127, 300)
        .fault(HOST, "power-loss", 12_500, 5_000)
        .action("{ failover = { to = \"latest\" } }", 60_000);
    let seen = sound(&text.case(90));
    assert_eq!((seen.answers(), seen.lost()), (vec![Answer::Done], 0));
}
