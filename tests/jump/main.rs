//! Jumping over steady stretches changes how long a run takes, not what it comes to.

mod both;
#[path = "../support/dice.rs"]
#[allow(dead_code)]
mod dice;
mod long;
mod pair;
mod place;
mod registry;
mod shipped;
mod studies;
mod systems;

use geodes::base::ids::{FaultId, PartitionId};
use geodes::base::time::Span;
use geodes::engine::record::Record;
use pair::{Config, SHIPPING};
use place::*;

const DAY: Span = Span::hours(24);

/// Relative distance of a count from what it is compared with.
fn apart(a: f64, b: f64) -> f64 {
    (a - b).abs() / b.abs().max(1e-12)
}

#[test]
fn a_day_without_a_region_comes_to_the_same_with_a_small_part_of_the_events() {
    let mut plan = plan(1);
    outage(&mut plan, Span::mins(10), DAY);
    let (on, off) = (run(&CONFIG, &plan, true), run(&CONFIG, &plan, false));
    assert!(off.jumps().is_empty() && on.jumps().len() > 4, "{:?}", on.jumps());
    let jumped: u64 = on.jumps().iter().map(|(_, by)| by.0).sum();
    assert!(Span(jumped) > Span::hours(22), "{}", Span(jumped));
    assert!(on.end.events * 10 < off.end.events, "{} of {}", on.end.events, off.end.events);
    for kind in ["read", "write"] {
        let rto = |o: &place::Outcome| o.value(&format!("rto.{kind}.max"));
        assert!((rto(&on) - rto(&off)).abs() < 1.0, "{} {}", rto(&on), rto(&off));
        // Arrivals are Poisson: of 20/s over half an hour 36,000 fail, give or take 0.5 %; the jump counts 23 min of them
        // at the rate of two minutes, known to 2 %.
        let of = |o: &place::Outcome, path: &str| 1.0 - o.value(&format!("availability.{path}.{kind}"));
        assert!(apart(of(&on, "request"), of(&off, "request")) < 0.08);
        assert!(apart(of(&on, "time"), of(&off, "time")) < 0.01);
        assert!(apart(of(&on, "hourly"), of(&off, "hourly")) < 0.03);
    }
    let lasted =
        |o: &place::Outcome| o.window().causes[0].ended.map(|end| end.since(o.window().causes[0].at));
    assert_eq!((lasted(&on), lasted(&off)), (Some(DAY), Some(DAY)));
    assert!(apart(on.end.at.seconds(), off.end.at.seconds()) < 0.001);
    assert!(apart(on.window().load.seconds(), off.window().load.seconds()) < 0.001);
    let bytes = |o: &place::Outcome| o.window().traffic.iter().map(|(.., v)| v.bytes).sum::<u64>() as f64;
    assert!(apart(bytes(&on), bytes(&off)) < 0.02);
}

#[test]
fn what_is_due_meanwhile_happens_when_it_is_due() {
    let mut plan = plan(1);
    outage(&mut plan, Span::mins(10), DAY);
    action(&mut plan, at(Span::hours(13)));
    let (on, off) = (run(&CONFIG, &plan, true), run(&CONFIG, &plan, false));
    for what in ["took over", "backup"] {
        let (jumped, lived) = (on.milestones(what), off.milestones(what));
        assert_eq!(jumped.len(), lived.len(), "{what}");
        for ((_, a), (_, b)) in jumped.iter().zip(&lived) {
            assert!((a - b).abs() < 1e-6, "{what} at {a} s, not {b}");
        }
    }
    let sent = |o: &place::Outcome| o.window().causes.iter().find(|c| !c.is_fault()).map(|c| c.at);
    assert_eq!((sent(&on), sent(&off)), (Some(at(Span::hours(13))), Some(at(Span::hours(13)))));
}

#[test]
fn what_grows_during_a_jump_is_as_great_after_it() {
    let mut plan = plan(1);
    outage(&mut plan, Span::mins(10), DAY);
    let (on, off) = (run(&CONFIG, &plan, true), run(&CONFIG, &plan, false));
    let caught_up = |o: &place::Outcome| o.milestones("caught up")[0].1 - (DAY + Span::mins(10)).seconds();
    // 20 writes a second for 23.5 h, 2 ms each.
    let expected = 20.0 * 23.5 * 3_600.0 * SHIPPING.seconds();
    assert!(apart(caught_up(&off), expected) < 0.01, "{}", caught_up(&off));
    assert!(apart(caught_up(&on), caught_up(&off)) < 0.05, "{}", caught_up(&on));
}

#[test]
fn worlds_of_one_window_jump_together_or_not_at_all() {
    let mut plan = plan(3);
    outage(&mut plan, Span::mins(10), DAY);
    let apart_config = Config { apart: true, ..CONFIG };
    let on = run(&apart_config, &plan, true);
    let jumps = on.jumps();
    let each = jumps.len() / 3;
    assert!(each > 4 && jumps.len() == 3 * each);
    assert!(jumps.chunks(each).all(|world| world == &jumps[..each]), "{jumps:?}");
    let off = run(&apart_config, &plan, false);
    assert_eq!(on.milestones("backup"), off.milestones("backup"));
    let restless = Config { restless: Some(PartitionId(2)), ..apart_config };
    let none = run(&restless, &plan, true);
    assert!(none.jumps().is_empty());
    let digest = run(&restless, &plan, false).end.digest;
    assert_eq!(none.end.digest, digest, "a run that does not jump is the run without jumping");
}

#[test]
fn a_jump_is_part_of_the_fingerprint_and_a_run_with_jumps_is_reproducible() {
    let mut plan = plan(2);
    outage(&mut plan, Span::mins(10), Span::hours(6));
    let (one, two, off) = (run(&CONFIG, &plan, true), run(&CONFIG, &plan, true), run(&CONFIG, &plan, false));
    assert_eq!((one.end.clone(), one.jumps()), (two.end.clone(), two.jumps()));
    assert_ne!(one.end.digest, off.end.digest);
}

#[test]
fn nothing_is_jumped_over_without_a_fault_or_while_one_is_short() {
    let mut quiet = plan(1);
    quiet.limits.at_least = Span::hours(2);
    action(&mut quiet, at(Span::hours(2)));
    assert!(run(&CONFIG, &quiet, true).jumps().is_empty());
    let mut short = plan(1);
    outage(&mut short, Span::mins(10), Span::mins(2));
    assert!(run(&CONFIG, &short, true).jumps().is_empty());
}

#[test]
fn a_jump_ends_before_the_next_fault_and_both_last_as_long_as_planned() {
    let mut plan = plan(1);
    outage(&mut plan, Span::mins(10), Span::hours(8));
    outage(&mut plan, Span::hours(5), Span::hours(20));
    let on = run(&CONFIG, &plan, true);
    let causes = &on.window().causes;
    let spans: Vec<_> = causes.iter().map(|c| (c.at, c.ended.map(|end| end.since(c.at)))).collect();
    assert_eq!(
        spans,
        [(at(Span::mins(10)), Some(Span::hours(8))), (at(Span::hours(5)), Some(Span::hours(20))),]
    );
    let began = |r: &Record| matches!(r, Record::FaultBegan { fault: FaultId(1), .. });
    let second = on.records.iter().position(began).expect("it began");
    let before = on.records[..second].iter().filter(|r| matches!(r, Record::Jumped { .. })).count();
    assert!(before > 0 && before < on.jumps().len());
}
