//! Two groups, one of each make, under the same schedule: they see the same.

use geodes_differential::group::{Group, Make};
use geodes_differential::schedule::{Schedule, heal, settle};
use rayon::prelude::*;

/// Schedules of a test run.
const SCHEDULES: u64 = 10_000;

/// Runs both groups; the first difference, if there is one.
fn difference(schedule: &Schedule) -> Option<String> {
    let members = schedule.settings.members as usize;
    let mut ours = Group::new(schedule.settings, &vec![Make::Ours; members]);
    let mut theirs = Group::new(schedule.settings, &vec![Make::Theirs; members]);
    let (mut a, mut b) = (0, 0);
    for (number, step) in schedule.steps.iter().enumerate() {
        let tr = std::env::var("GEODES_TRACE").is_ok();
        if tr { println!("STEP {number} {step:?}\n OURS"); }
        step.run(&mut ours, &mut a);
        if tr { for w in ours.everybody() { println!("    {w} {:?}", ours.seen(w)); } println!(" THEIRS"); }
        step.run(&mut theirs, &mut b);
        if tr { for w in ours.everybody() { println!("    {w} {:?}", theirs.seen(w)); } println!(" settle ours"); }
        let at = |what: &str| format!("step {number}, {what}");
        if let Some(found) = compare(&ours, &theirs, false) {
            return Some(at(&format!("before it settles: {found}\n{step:?}")));
        }
        settle(&mut ours, &step.weather);
        if tr { println!(" settle theirs"); }
        settle(&mut theirs, &step.weather);
        if let Some(found) = compare(&ours, &theirs, true) {
            return Some(at(&format!("settled: {found}\n{step:?}")));
        }
    }
    let (x, y) = (heal(&mut ours, &mut a), heal(&mut theirs, &mut b));
    (x != y).then(|| format!("healed {x:?}\n  {y:?}"))
}

fn compare(ours: &Group, theirs: &Group, settled: bool) -> Option<String> {
    for who in ours.everybody() {
        let (Some(a), Some(b)) = (ours.seen(who), theirs.seen(who)) else { continue };
        let same = (a.term, a.vote, a.leader, a.leads) == (b.term, b.vote, b.leader, b.leads);
        if !same || settled && a.log != b.log {
            return Some(format!("member {who} is {a:?} here and {b:?} there"));
        }
    }
    (settled && ours.committed() != theirs.committed())
        .then(|| format!("committed {:?} here and {:?} there", ours.committed(), theirs.committed()))
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn both_makes_elect_and_commit_the_same_under_every_schedule() {
    let (first, many) = (number("GEODES_FIRST", 1), number("GEODES_SCHEDULES", SCHEDULES));
    let found: Vec<String> = (first..first + many)
        .into_par_iter()
        .filter_map(|n| Some(format!("schedule {n}: {}", difference(&Schedule::number(n))?)))
        .collect();
    if std::env::var("GEODES_ALL").is_ok() { for f in &found { println!("{f}"); } }
    assert!(found.is_empty(), "{} of {many} differ\n{}", found.len(), found[..found.len().min(3)].join("\n"));
}
