//! How long takeovers take, and who decides.

use crate::case::{ASYNCHRONOUS, AUTOMATIC, LEASE, SEMI, SYNCHRONOUS, over};
use crate::support::Seen;
use geodes::engine::record::{Answer, Change};

/// When the partition could be written again, after the fault at 5 s.
fn writable(seen: &Seen) -> f64 {
    let at = |(at, change): (f64, &Change)| matches!(change, Change::Writable { .. }).then_some(at - 5.0);
    seen.changes().filter_map(at).next().expect("somebody took over")
}

#[test]
fn a_takeover_takes_its_silence_a_round_with_the_coordinator_and_one_with_the_backups() {
    for (mode, survey) in [(SYNCHRONOUS, 0.0), (SEMI, 0.2), (ASYNCHRONOUS, 0.2)] {
        let text = over(3).system(mode).system(LEASE).system(AUTOMATIC);
        let seen = text.fault("region:A", "power-loss", 5_000, 20_000).case(40).run();
        // In synchronous mode the old primary is out of the set, and the other backup answers.
        let took = writable(seen.assert_sound());
        let (least, most) = (1.0 - 0.1, 1.0 + 2.0 * 0.1 + 0.6 + survey);
        assert!((least..most).contains(&took), "{mode}: {took}");
    }
}

#[test]
fn a_person_decides_as_long_after_the_first_alarm_as_the_law_says() {
    let manual = "promotion = { manual = { decide = { constant = \"7s\" } } }";
    let text = over(3).system(ASYNCHRONOUS).system(LEASE).system(manual);
    let seen = text.fault("region:A", "power-loss", 5_000, 20_000).case(40).run();
    let of = |is: fn(&Change) -> bool| {
        seen.changes().find(|(_, change)| is(change)).map(|(at, _)| at).expect("it happened")
    };
    let detected = of(|c| matches!(c, Change::Detected { .. }));
    let decided = of(|c| matches!(c, Change::Decided { .. }));
    assert!((6.9..7.1).contains(&(decided - detected)), "{detected} {decided}");
    assert!(writable(&seen) > decided - 5.0);
    assert_eq!(seen.cuts().len(), 1);
}

#[test]
fn nobody_takes_over_unless_the_policy_says_so() {
    let text = over(2).system(ASYNCHRONOUS).system(LEASE).system("promotion = \"ordered\"");
    let text = text.fault("region:A", "power-loss", 5_000, 10_000);
    assert!(text.case(30).run().cuts().iter().all(|region| region.0 == 0), "only A, when it is back");
    let ordered = text.action("{ promote = { to = \"B\" } }", 9_000).case(30).run();
    assert_eq!(ordered.assert_sound().cuts().first().map(|region| region.0), Some(1));
    assert_eq!(ordered.answers(), vec![Answer::Done]);
}

#[test]
fn writes_wait_for_a_silent_backup_until_it_is_out_of_sync() {
    let text = over(3).system(SYNCHRONOUS).system(LEASE).system(AUTOMATIC);
    let seen = text.fault("region:C", "power-loss", 5_000, 10_000).case(30).run();
    assert_eq!(seen.assert_sound().lost(), 0);
    let slowest = seen.between(true, 5.0, 6.5).map(|op| op.completed.0.since(op.invoked.0).seconds());
    let slowest = slowest.fold(0.0, f64::max);
    assert!((0.9..1.5).contains(&slowest), "{slowest}");
    assert!(seen.cuts().is_empty(), "the primary stays");
}
