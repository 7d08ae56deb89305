//! Two groups, one of each make, under the same schedules: they elect and commit the same.
//!
//! `GEODES_SCHEDULES=100000` runs that many, and `GEODES_FIRST=17` begins at another one.

use geodes_differential::algorithm::log::Term;
use geodes_differential::algorithm::raft::{Entry, Mutation, Payload};
use geodes_differential::base::time::SimTime;
use geodes_differential::dice::schedules;
use geodes_differential::group::{Group, Make};
use geodes_differential::member::{Member, Message, Seen};
use geodes_differential::ours::Ours;
use geodes_differential::schedule::{Schedule, at_rest, heal, settle};
use geodes_differential::theirs::Theirs;
use rayon::prelude::*;

/// Schedules of a test run.
const SCHEDULES: u64 = 10_000;

/// What two groups make of a schedule.
#[derive(Debug)]
enum Outcome {
    /// The same to the end.
    Same,
    /// The same, until their leaders looked in different ways for what may have been lost, and that made a difference: from
    /// there on each group is held to its promises alone.
    Parted,
    /// Something else.
    Differ(String),
}

fn outcome(schedule: &Schedule) -> Outcome {
    let members = schedule.settings.members as usize;
    let mut ours = Group::new(schedule.settings, &vec![Make::Ours; members]);
    let mut theirs = Group::new(schedule.settings, &vec![Make::Theirs; members]);
    let (mut a, mut b) = (0, 0);
    // Leaders looked for lost messages in different ways, and may know different things of somebody since; it mattered.
    let (mut probed, mut parted) = (false, false);
    for (number, step) in schedule.steps.iter().enumerate() {
        step.run(&mut ours, &mut a);
        step.run(&mut theirs, &mut b);
        for at_rest in [false, true] {
            if at_rest {
                settle(&mut ours, &step.weather);
                settle(&mut theirs, &step.weather);
            }
            probed |= ours.probes() != theirs.probes();
            let found = difference(&ours, &theirs, at_rest);
            parted |= found.is_some() && probed;
            if let Some(found) = found.filter(|_| !parted) {
                return Outcome::Differ(format!("step {number}: {found}\n{step:?}"));
            }
        }
        probed &= !(at_rest(&ours) && at_rest(&theirs));
    }
    match (heal(&mut ours, &mut a), heal(&mut theirs, &mut b)) {
        (Err(broken), _) | (_, Err(broken)) => Outcome::Differ(broken),
        (Ok(a), Ok(b)) if a == b && !parted => Outcome::Same,
        _ if parted || probed || ours.probes() != theirs.probes() => Outcome::Parted,
        _ => Outcome::Differ("when all is well again".into()),
    }
}

/// What members have in memory and on disk, and, in groups that have come to rest, what their logs hold and what is
/// committed.
fn difference(ours: &Group, theirs: &Group, at_rest: bool) -> Option<String> {
    for who in ours.everybody() {
        let (a, b) = (ours.state(who), theirs.state(who));
        let same = (a.term, a.vote, a.leader, a.leads) == (b.term, b.vote, b.leader, b.leads);
        if !same || at_rest && a.log != b.log {
            return Some(format!("member {who} is {a:?} here and {b:?} there"));
        }
    }
    let same = ours.committed() == theirs.committed() && ours.leaders() == theirs.leaders();
    (at_rest && !same)
        .then(|| format!("committed {:?} here and {:?} there", ours.committed(), theirs.committed()))
}

fn outcomes(without: Option<Mutation>, few: u64) -> Vec<(u64, Outcome)> {
    let one = |n: u64| {
        let mut schedule = Schedule::number(n);
        schedule.settings.without = without;
        (n, outcome(&schedule))
    };
    schedules(few).into_par_iter().map(one).collect()
}

fn differ(all: &[(u64, Outcome)]) -> Vec<String> {
    let text = |(n, outcome): &(u64, Outcome)| match outcome {
        Outcome::Differ(found) => Some(format!("schedule {n}, {found}")),
        _ => None,
    };
    all.iter().filter_map(text).collect()
}

#[test]
fn both_makes_elect_and_commit_the_same_under_every_schedule() {
    let all = outcomes(None, SCHEDULES);
    let found = differ(&all);
    assert!(found.is_empty(), "{} of {} differ\n{}", found.len(), all.len(), found[0]);
    let parted = all.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Parted)).count();
    println!("{parted} of {} schedules are compared in part", all.len());
    assert!(parted * 20 < all.len(), "{parted} of {} schedules are compared in part", all.len());
}

#[test]
fn a_member_of_each_make_takes_what_is_new_of_entries_that_begin_before_its_commit() {
    const NOW: SimTime = SimTime::ZERO;
    let settings = Schedule::number(1).settings;
    let entry = |n| (Term(1), Entry { payload: Payload::Command(n), bytes: 8 });
    let entries = |from: u64, to: u64| (from..=to).map(entry).collect();
    let append = |prev, entries, commit| Message::Append { term: Term(1), prev, entries, commit, sent: NOW };
    for mut member in
        [Box::new(Ours::new(settings, 1)) as Box<dyn Member>, Box::new(Theirs::new(settings, 1))]
    {
        member.on_message(2, append((0, Term(0)), entries(1, 3), 2), NOW);
        member.on_message(2, append((1, Term(1)), entries(2, 5), 4), NOW);
        let answered = |(to, message): &(u64, Message)| match message {
            Message::Appended { upto, .. } => Some((*to, *upto)),
            _ => None,
        };
        let answers: Vec<(u64, u64)> = member.take().iter().filter_map(answered).collect();
        assert_eq!(answers, [(2, 3), (2, 5)]);
        let log = (1..=5).map(|n| (1, Some(n))).collect();
        assert_eq!(member.seen(), Seen { term: 1, leader: 2, commit: 4, log, ..Seen::default() });
    }
}

#[test]
fn a_member_that_votes_for_a_shorter_log_differs() {
    assert!(!differ(&outcomes(Some(Mutation::VoteForShorterLog), 300)).is_empty());
}

#[test]
fn a_leader_that_commits_alone_differs() {
    assert!(!differ(&outcomes(Some(Mutation::CommitAlone), 300)).is_empty());
}

#[test]
fn a_member_that_stands_without_asking_whether_it_could_win_differs() {
    assert!(!differ(&outcomes(Some(Mutation::SkipPreVote), 300)).is_empty());
}
