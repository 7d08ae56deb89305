use crate::brute;
use crate::histories::*;
use geodes::engine::record::Record;
use geodes::history::cluster::Point;
use geodes::history::linearizable::Linearizable;
use geodes::history::verdict::{GuaranteeVerdict, Verdict};
use geodes::history::wgl::{self, Call, Effect, State};
use geodes::model::operation::*;

fn object_operation(id: u64, call: &Call, end: Point) -> Operation {
    let plain = access(id, true, 0, call.start, call.finish);
    let mut op = operation(&plain, Key::object(0), end);
    let (action, code, observed) = match call.effect {
        Effect::Insert(v) => (Action::Insert(v), 201, Observed::Nothing),
        Effect::Replace(v) => (Action::Replace(v), 200, Observed::Nothing),
        Effect::Delete(_) => (Action::Delete(WriteId(900 + id)), 200, Observed::Nothing),
        Effect::Conditional { expected, write } => {
            (Action::Conditional { expected, write }, 200, Observed::Nothing)
        }
        Effect::Saw(State::Value(v)) => (Action::Read, 200, Observed::Value(v)),
        // Half of them are told so by a refused delete.
        Effect::Saw(_) if id.is_multiple_of(2) => (Action::Delete(WriteId(900 + id)), 404, Observed::Nothing),
        Effect::Saw(_) => (Action::Read, 404, Observed::Absent),
        Effect::SawPresent => (Action::Insert(WriteId(900 + id)), 409, Observed::Nothing),
        Effect::SawOther(expected) => {
            (Action::Conditional { expected, write: WriteId(900 + id) }, 412, Observed::Nothing)
        }
        Effect::Put(_) | Effect::Anything => panic!("not made at random"),
    };
    let refused = action.is_write() && code > 400;
    (op.action, op.observed, op.status) = (action, observed, Status::new(code, 0));
    if refused {
        op.outcome = Outcome::Fail;
    }
    op
}

fn object_records(history: &[Call]) -> Vec<Record> {
    let end = |c: &Call| if c.finish == Point::NEVER { c.start } else { c.finish };
    records(history.iter().enumerate().map(|(i, c)| object_operation(i as u64, c, end(c))).collect())
}

fn judge(records: &[Record], restart: bool) -> GuaranteeVerdict {
    let mut checker = Linearizable::new(restart);
    records.iter().for_each(|r| checker.on_record(r));
    checker.finish()
}

fn call(effect: Effect, start: u64, finish: u64) -> Call {
    Call { effect, start: at(start, 0), finish: at(finish, 0) }
}

#[test]
fn search_agrees_with_brute_force_on_objects_offline_and_online() {
    let mut rng = stream("objects");
    let mut linearizable = 0;
    for i in 0..20_000 {
        let history = random_object(&mut rng, if i % 4 == 0 { 7 } else { 4 });
        let truth = brute::object(&history);
        linearizable += u64::from(truth);
        assert_eq!(wgl::check(&history, State::Absent), Ok(truth), "{history:#?}");
        let verdict = judge(&object_records(&history), false);
        assert_eq!(verdict.verdict == Verdict::Holds, truth, "{history:#?} {verdict:#?}");
        assert_eq!(verdict.evidence.is_empty(), truth);
    }
    assert!((2_000..18_000).contains(&linearizable), "{linearizable}");
}

#[test]
fn two_inserts_that_both_succeed_are_a_violation() {
    let history = [
        call(Effect::Saw(State::Absent), 0, 1),
        call(Effect::Insert(WriteId(1)), 2, 3),
        call(Effect::SawPresent, 4, 5),
        call(Effect::Insert(WriteId(2)), 6, 7),
    ];
    let verdict = judge(&object_records(&history), false);
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert_eq!(
        verdict.evidence,
        [
            "before: absent",
            "0.000001002s#0 to 0.000001003s#0: client 1 inserted 1 (object 0 of partition 0, operation 1)",
            "0.000001006s#0 to 0.000001007s#0: client 3 inserted 2 (object 0 of partition 0, operation 3)",
        ]
    );
}

#[test]
fn a_lost_update_is_shown_without_what_has_nothing_to_do_with_it() {
    let read = |t| call(Effect::Saw(State::Value(WriteId(1))), t, t + 1);
    let swap = |id, t| call(Effect::Conditional { expected: WriteId(1), write: WriteId(id) }, t, t + 1);
    let history = [call(Effect::Insert(WriteId(1)), 0, 1), read(2), read(4), swap(7, 6), swap(8, 8)];
    let verdict = judge(&object_records(&history), false);
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert!(!verdict.evidence.iter().any(|l| l.contains("found value 1")), "{:#?}", verdict.evidence);
    assert!(verdict.evidence.iter().any(|l| l.contains("replaced 1 by 7")), "{:#?}", verdict.evidence);
    assert!(
        verdict.evidence.last().is_some_and(|l| l.contains("replaced 1 by 8")),
        "{:#?}",
        verdict.evidence
    );
}

#[test]
fn preconditions_count_only_where_they_are_claimed() {
    let history = [call(Effect::Insert(WriteId(1)), 0, 1), call(Effect::Insert(WriteId(2)), 2, 3)];
    let mut operations: Vec<Operation> =
        history.iter().enumerate().map(|(i, c)| object_operation(i as u64, c, c.finish)).collect();
    assert_eq!(judge(&records(operations.clone()), false).verdict, Verdict::Violated);
    operations.iter_mut().for_each(|op| op.claims = Claims::SESSION);
    assert_eq!(judge(&records(operations), false).verdict, Verdict::Holds);
}

#[test]
fn after_a_cut_an_object_may_hold_any_version() {
    let before =
        object_records(&[call(Effect::Insert(WriteId(1)), 0, 1), call(Effect::Replace(WriteId(2)), 2, 3)]);
    let with = |later: &[Call]| {
        let mut records = before.clone();
        records.push(cut(5));
        let operations = later.iter().enumerate().map(|(i, c)| object_operation(10 + i as u64, c, c.finish));
        records.extend(crate::histories::records(operations.collect()));
        records
    };
    let saw = |value, t| call(Effect::Saw(State::Value(WriteId(value))), t, t + 1);
    let lost = with(&[saw(1, 10), saw(1, 12)]);
    assert_eq!(judge(&lost, true).verdict, Verdict::Holds);
    assert_eq!(judge(&lost, false).verdict, Verdict::Violated);
    assert_eq!(judge(&with(&[saw(1, 10), saw(2, 12)]), true).verdict, Verdict::Violated);
}

#[test]
fn an_operation_open_at_the_end_may_have_done_anything_but_only_once() {
    let pending = object_operation(9, &call(Effect::Delete(true), 2, 90), at(90, 0));
    let with = |later: &[Call]| {
        let mut history = vec![call(Effect::Insert(WriteId(1)), 0, 1)];
        history.extend(later);
        let mut records = object_records(&history);
        records.insert(2, invoked(&pending));
        judge(&records, false).verdict
    };
    let absent = |t| call(Effect::Saw(State::Absent), t, t + 1);
    let present = |t| call(Effect::Saw(State::Value(WriteId(1))), t, t + 1);
    assert_eq!(with(&[present(4), absent(6)]), Verdict::Holds);
    assert_eq!(with(&[absent(4), present(6)]), Verdict::Violated);
}

#[test]
fn more_unknown_writes_than_fit_are_judged_by_bounds() {
    let unknown = |n| Call { effect: Effect::Insert(WriteId(n)), start: at(n, 0), finish: Point::NEVER };
    let with = |last: &[Call]| {
        let history: Vec<Call> = (1..=200).map(unknown).chain(last.iter().copied()).collect();
        judge(&object_records(&history), false)
    };
    let saw = |state, t| call(Effect::Saw(state), t, t + 1);
    assert_eq!(with(&[saw(State::Absent, 300)]).verdict, Verdict::Holds);
    assert_eq!(
        with(&[saw(State::Absent, 300), saw(State::Value(WriteId(190)), 302)]).verdict,
        Verdict::Holds
    );
    // Some inserts have been forgotten, which proves nothing: neither verdict is certain.
    let forgotten = with(&[saw(State::Value(WriteId(3)), 300)]);
    assert_ne!(forgotten.verdict, Verdict::Violated);
    let broken = with(&[saw(State::Value(WriteId(190)), 300), saw(State::Absent, 302)]);
    assert_eq!(broken.verdict, Verdict::Unknown);
    assert!(broken.why.contains("too many orders are possible"), "{}", broken.why);
}

#[test]
fn memory_of_an_object_stays_bounded_over_a_long_history() {
    let mut checker = Linearizable::new(false);
    let mut most = 0;
    for n in 0..50_000u64 {
        let t = 10 * n;
        let effect = if n == 0 { Effect::Insert(WriteId(1)) } else { Effect::Replace(WriteId(n + 1)) };
        let op = object_operation(n, &call(effect, t, t + 5), at(t + 5, 0));
        records(vec![op]).iter().for_each(|r| checker.on_record(r));
        most = most.max(checker.footprint());
    }
    assert!(most < 30, "{most}");
    assert_eq!(checker.finish().verdict, Verdict::Holds);
}
