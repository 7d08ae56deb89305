use crate::brute;
use crate::histories::{access, at, plausible, random, stream};
use geodes::base::time::{SimTime, Span};
use geodes::history::cluster::{Access, Point};
use geodes::history::wgl::{self, Call, State};
use geodes::history::zones::{self, Violation};
use geodes::model::operation::WriteId;

fn by_search(history: &[Access]) -> bool {
    let calls: Vec<Call> = history.iter().map(Call::from).collect();
    wgl::check(&calls, State::Value(WriteId::INITIAL)).expect("small enough")
}

#[test]
fn zones_and_search_agree_with_brute_force_on_small_histories() {
    let mut rng = stream("brute");
    let mut linearizable = 0;
    for i in 0..8_000 {
        let history = if i % 2 == 0 { random(&mut rng, 7) } else { plausible(&mut rng, 7) };
        let truth = brute::register(&history);
        linearizable += u64::from(truth);
        assert_eq!(zones::check(&history).is_ok(), truth, "{history:#?}");
        assert_eq!(by_search(&history), truth, "{history:#?}");
    }
    assert!((2_000..7_000).contains(&linearizable), "{linearizable}");
}

#[test]
fn zones_and_search_agree_on_a_hundred_thousand_histories() {
    let mut rng = stream("agree");
    let mut linearizable = 0;
    for i in 0..100_000 {
        let history = if i % 2 == 0 { random(&mut rng, 14) } else { plausible(&mut rng, 14) };
        let truth = by_search(&history);
        linearizable += u64::from(truth);
        assert_eq!(zones::check(&history).is_ok(), truth, "{history:#?}");
    }
    assert!((10_000..90_000).contains(&linearizable), "{linearizable}");
}

#[test]
fn what_a_violation_names_is_itself_not_linearizable() {
    let mut rng = stream("evidence");
    let mut found = 0;
    for _ in 0..5_000 {
        let history = random(&mut rng, 10);
        if let Err(violation) = zones::check(&history) {
            found += 1;
            assert!(!brute::register(violation.accesses()), "{violation:?}");
            assert!(violation.accesses().len() <= 6);
        }
    }
    assert!(found > 1_000, "{found}");
}

#[test]
fn delta_is_the_smallest_shift_of_read_starts_that_helps() {
    let mut rng = stream("delta");
    let (mut positive, mut hopeless) = (0, 0);
    for _ in 0..6_000 {
        let history = random(&mut rng, 7);
        let shifted = |by: u64| {
            let moved = |a: &Access| match (a.write, a.start.event()) {
                (false, Some((time, seq))) => Access { start: Point::at((SimTime(time.0 - by), seq)), ..*a },
                _ => *a,
            };
            brute::register(&history.iter().map(moved).collect::<Vec<_>>())
        };
        // All times lie within 15 ns of each other.
        let truth = (0..=16).find(|by| shifted(*by)).map(Span);
        assert_eq!(zones::delta(&history).ok(), truth, "{history:#?}");
        positive += u64::from(truth.is_some_and(|d| d > Span::ZERO));
        hopeless += u64::from(truth.is_none());
    }
    assert!(positive > 500 && hopeless > 100, "{positive} {hopeless}");
}

#[test]
fn k_counts_the_writes_certainly_between_a_value_and_its_read() {
    let (at, write) = (|t| at(t, 0), |id, s, f| access(id, true, id, at(s, 0), at(f, 0)));
    let mut history = vec![write(1, 0, 1), write(2, 2, 3), write(3, 4, 5), write(4, 6, 9)];
    assert_eq!(zones::k_lower_bound(&history), Ok(1));
    history.push(access(5, false, 1, at(8), at(9)));
    assert_eq!(zones::k_lower_bound(&history), Ok(3));
    history.push(access(6, false, 1, at(10), at(11)));
    assert_eq!(zones::k_lower_bound(&history), Ok(4));
    history.push(access(7, false, 0, at(10), at(11)));
    assert_eq!(zones::k_lower_bound(&history), Ok(5));
}

#[test]
fn k_is_the_greatest_count_over_all_reads() {
    let mut rng = stream("k");
    let mut above = 0;
    for _ in 0..5_000 {
        let history = random(&mut rng, 9);
        let Ok(bound) = zones::k_lower_bound(&history) else { continue };
        let done = |v: WriteId| history.iter().filter(|a| a.value == v).map(|a| a.finish).min();
        let between = |read: &Access| {
            let written =
                done(read.value).filter(|_| read.value != WriteId::INITIAL).unwrap_or(Point::BEGINNING);
            let hides =
                |w: &&Access| w.write && w.start > written && done(w.value).is_some_and(|d| d < read.start);
            1 + history.iter().filter(hides).count() as u64
        };
        let truth = history.iter().filter(|a| !a.write).map(between).max().unwrap_or(1);
        assert_eq!(bound, truth, "{history:#?}");
        above += u64::from(truth > 1);
    }
    assert!(above > 500, "{above}");
}

#[test]
fn intervals_that_touch_are_concurrent() {
    let write = access(1, true, 1, at(0, 0), at(5, 3));
    let read = |start| vec![write, access(2, false, 0, start, at(9, 0))];
    assert_eq!(zones::check(&read(at(5, 3))), Ok(()));
    assert!(matches!(zones::check(&read(at(5, 4))), Err(Violation::Conflict(_))));
}
