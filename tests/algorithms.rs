//! Properties of the protocol pieces under arbitrary inputs and schedules.
//!
//! Cases are drawn from a fixed seed: a build never fails by chance.

#[path = "algorithms/budgets.rs"]
mod budgets;
#[path = "algorithms/clocks.rs"]
mod clocks;
#[path = "algorithms/orders.rs"]
mod orders;
#[path = "algorithms/replication.rs"]
mod replication;

use geodes::algorithm::lineage::{Lineage, Term};
use geodes::algorithm::log::{Accept, ReplicatedLog};
use geodes::algorithm::quorum::{Tally, majority};
use geodes::base::rng::{Seed, Stream};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use replication::{Group, Safeguards, Step};

/// `cases` cases from a fixed seed.
pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(42),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A schedule mostly of shipping and acknowledging, so that entries do get acknowledged between elections.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..2u8).prop_map(|leader| Step::Write { leader }),
        8 => (0..2u8, any::<u8>(), 0..3u8, 0..4u8)
            .prop_map(|(leader, replica, back, len)| Step::Ship { leader, replica, back, len }),
        6 => any::<u8>().prop_map(|which| Step::Acknowledge { which }),
        2 => any::<u8>().prop_map(|asked| Step::Elect { asked }),
        1 => any::<u8>().prop_map(|replica| Step::Compact { replica }),
    ];
    prop::collection::vec(step, 1..200)
}

/// The same mix, from a substream.
fn drawn_step(stream: &mut Stream) -> Step {
    let mut byte = || stream.bits() as u8;
    let leader = byte() % 2;
    match byte() % 20 {
        0..3 => Step::Write { leader },
        3..11 => Step::Ship { leader, replica: byte(), back: byte() % 3, len: byte() % 4 },
        11..17 => Step::Acknowledge { which: byte() },
        17..19 => Step::Elect { asked: byte() },
        _ => Step::Compact { replica: byte() },
    }
}

/// The first broken promise among many random schedules of four replicas, with the acknowledged entries and elections of
/// all schedules.
fn first_loss(safeguards: Safeguards, schedules: u64) -> (Option<String>, usize, u64) {
    let (mut acknowledged, mut elections) = (0, 0);
    for window in 0..schedules {
        let mut stream = Seed { scenario: 1, window }.named("schedule", "steps");
        let mut group = Group::new(4, 3, safeguards);
        for _ in 0..120 {
            if let Err(broken) = group.step(drawn_step(&mut stream)) {
                return (Some(broken), acknowledged, elections);
            }
        }
        acknowledged += group.acknowledged();
        elections += group.elections();
    }
    (None, acknowledged, elections)
}

#[test]
fn many_entries_are_acknowledged_and_none_is_lost_over_thousands_of_schedules() {
    let (broken, acknowledged, elections) = first_loss(Safeguards::ALL, 4_000);
    assert_eq!(broken, None);
    assert!(acknowledged > 4_000 && elections > 20_000, "{acknowledged} {elections}");
}

#[test]
fn without_the_fence_a_deposed_leader_destroys_acknowledged_entries() {
    let (broken, ..) = first_loss(Safeguards { fence: false, ..Safeguards::ALL }, 4_000);
    assert!(broken.is_some());
}

#[test]
fn without_a_barrier_an_entry_of_an_older_term_is_acknowledged_and_lost() {
    let (broken, ..) = first_loss(Safeguards { barrier: false, ..Safeguards::ALL }, 4_000);
    assert!(broken.is_some());
}

#[test]
fn with_one_promise_less_than_a_read_quorum_an_acknowledged_entry_is_lost() {
    let (broken, ..) = first_loss(Safeguards { read_quorum: false, ..Safeguards::ALL }, 4_000);
    assert!(broken.is_some());
}

/// The lineage of a list of terms.
fn lineage_of(terms: &[u64]) -> Lineage {
    let mut lineage = Lineage::new();
    for (index, term) in (1..).zip(terms) {
        lineage.push(Term(*term), index);
    }
    lineage
}

proptest! {
    #![proptest_config(config(400))]

    /// For every size of group and every write quorum that two of cannot be disjoint.
    #[test]
    fn no_schedule_of_two_leaders_loses_an_acknowledged_entry(
        n in 1..8usize, extra in 0..4usize, steps in steps()
    ) {
        let write_quorum = (majority(n) + extra).min(n);
        let mut group = Group::new(n, write_quorum, Safeguards::ALL);
        for step in steps {
            let outcome = group.step(step);
            prop_assert!(outcome.is_ok(), "{outcome:?} after {step:?}");
        }
    }

    #[test]
    fn logs_part_at_the_first_index_where_their_terms_differ(
        shared in prop::collection::vec(1..4u64, 0..12),
        mine in prop::collection::vec(1..4u64, 0..12),
        theirs in prop::collection::vec(1..4u64, 0..12),
    ) {
        // Terms never fall in a log, so what is drawn is sorted.
        let whole = |tail: &[u64]| {
            let mut terms = [shared.as_slice(), tail].concat();
            terms.sort_unstable();
            terms
        };
        let (a, b) = (whole(&mine), whole(&theirs));
        let common = a.iter().zip(&b).take_while(|(x, y)| x == y).count() as u64;
        let (la, lb) = (lineage_of(&a), lineage_of(&b));
        prop_assert_eq!(la.divergence(&lb, a.len() as u64, b.len() as u64), common);
        prop_assert_eq!(lb.divergence(&la, b.len() as u64, a.len() as u64), common);
    }

    #[test]
    fn a_lineage_answers_as_the_list_of_terms_it_stands_for(
        mut terms in prop::collection::vec(1..5u64, 0..20), cut in 0..22u64
    ) {
        terms.sort_unstable();
        let mut lineage = lineage_of(&terms);
        lineage.truncate(cut);
        terms.truncate(cut as usize);
        prop_assert_eq!(&lineage, &lineage_of(&terms));
        for index in 0..22u64 {
            for term in 0..6u64 {
                let held = index > 0 && terms.get(index as usize - 1) == Some(&term);
                prop_assert_eq!(lineage.holds(Term(term), index, terms.len() as u64), held);
            }
        }
    }

    /// Pieces of one leader's log in any order, repeated and overlapping, never contradict each other and leave a prefix
    /// of it.
    #[test]
    fn pieces_of_one_log_leave_a_prefix_of_it(
        mut terms in prop::collection::vec(1..5u64, 1..20),
        pieces in prop::collection::vec((0..20u64, 0..8usize), 0..40),
    ) {
        terms.sort_unstable();
        let mut source = ReplicatedLog::new();
        for (value, term) in terms.iter().enumerate() {
            source.append(Term(*term), value);
        }
        let mut copy = ReplicatedLog::new();
        let mut reached = 0;
        for (prev, len) in pieces {
            let prev = prev.min(source.last());
            let entries = source.range(prev + 1, len);
            let end = prev + entries.len() as u64;
            match copy.accept(prev, source.term_of(prev).unwrap_or_default(), &entries) {
                Accept::Gap { have } => prop_assert!(have == reached && prev > reached),
                Accept::Duplicate => prop_assert!(end <= reached),
                Accept::Appended { from } => {
                    prop_assert_eq!(from, reached + 1);
                    reached = end;
                }
                Accept::Conflict { .. } => prop_assert!(false, "a log contradicted itself"),
            }
            prop_assert_eq!(copy.last(), reached);
        }
        prop_assert_eq!(copy.range(1, 99), source.range(1, reached as usize));
    }

    #[test]
    fn an_index_is_reached_as_the_sorted_acknowledgements_say(
        acks in prop::collection::vec((0..6u32, 0..30u64), 0..20), quorum in 1..8usize
    ) {
        let mut tally = Tally::new();
        let mut last = std::collections::BTreeMap::new();
        for (who, upto) in acks {
            tally.ack(who, upto);
            let held = last.entry(who).or_insert(0);
            *held = upto.max(*held);
        }
        let mut sorted: Vec<u64> = last.values().copied().collect();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        prop_assert_eq!(tally.reached_by(quorum), sorted.get(quorum - 1).copied().unwrap_or(0));
    }
}
