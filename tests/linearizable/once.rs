use crate::histories::*;
use geodes::base::ids::PartitionId;
use geodes::engine::record::Record;
use geodes::history::linearizable::Linearizable;
use geodes::history::verdict::{GuaranteeVerdict, Verdict};
use geodes::model::operation::*;

fn insert(id: u64, serial: u64, start: u64, outcome: Outcome) -> Operation {
    let key = Key::once(serial);
    let mut op = operation(&access(id, true, 0, at(start, 0), at(start + 5, 0)), key, at(start + 5, 0));
    op.action = Action::Insert(WriteId::of_once(PartitionId(0), key));
    op.outcome = outcome;
    op
}

fn read(id: u64, serial: u64, start: u64, exists: bool) -> Operation {
    let key = Key::once(serial);
    let mut op = operation(&access(id, false, 0, at(start, 0), at(start + 5, 0)), key, at(start + 5, 0));
    op.observed =
        if exists { Observed::Value(WriteId::of_once(PartitionId(0), key)) } else { Observed::Absent };
    op
}

fn judge(operations: Vec<Operation>) -> GuaranteeVerdict {
    judge_records(&records(operations), false)
}

fn judge_records(records: &[Record], restart: bool) -> GuaranteeVerdict {
    let mut checker = Linearizable::new(restart);
    records.iter().for_each(|r| checker.on_record(r));
    checker.finish()
}

#[test]
fn an_acknowledged_key_that_is_absent_later_is_caught_however_many_came_between() {
    let mut operations: Vec<Operation> = (0..5_000).map(|n| insert(n, n, 10 * n, Outcome::Ok)).collect();
    operations.push(read(6_000, 3, 60_000, true));
    assert_eq!(judge(operations.clone()).verdict, Verdict::Holds);
    operations.push(read(6_001, 3, 60_010, false));
    let verdict = judge(operations);
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert!(verdict.why.starts_with("write-once key 3 of partition 0"), "{}", verdict.why);
    assert!(verdict.evidence.iter().any(|l| l.contains("read the initial value")), "{:?}", verdict.evidence);
}

#[test]
fn a_key_of_unknown_outcome_may_be_absent_until_somebody_saw_it() {
    let start = vec![insert(1, 7, 0, Outcome::Unknown), read(2, 7, 10, false), read(3, 7, 20, true)];
    assert_eq!(judge(start.clone()).verdict, Verdict::Holds);
    let mut wavers = start;
    wavers.push(read(4, 7, 30, false));
    assert_eq!(judge(wavers).verdict, Verdict::Violated);
}

#[test]
fn a_key_that_nobody_wrote_or_whose_insert_failed_cannot_exist() {
    assert_eq!(judge(vec![read(1, 7, 0, true)]).verdict, Verdict::Violated);
    assert_eq!(judge(vec![insert(1, 7, 0, Outcome::Fail), read(2, 7, 10, true)]).verdict, Verdict::Violated);
    assert_eq!(judge(vec![insert(1, 7, 0, Outcome::Fail), read(2, 7, 10, false)]).verdict, Verdict::Holds);
}

#[test]
fn a_read_concurrent_with_the_insert_may_see_either() {
    for exists in [false, true] {
        assert_eq!(judge(vec![insert(1, 7, 0, Outcome::Ok), read(2, 7, 5, exists)]).verdict, Verdict::Holds);
        assert_eq!(judge(vec![insert(1, 7, 3, Outcome::Ok), read(2, 7, 0, exists)]).verdict, Verdict::Holds);
    }
}

#[test]
fn a_cut_forgives_lost_keys_only_where_it_restarts_the_check() {
    let mut all = records(vec![insert(1, 7, 0, Outcome::Ok)]);
    all.push(cut(10));
    let lost = [all.clone(), records(vec![read(2, 7, 20, false)])].concat();
    assert_eq!(judge_records(&lost, true).verdict, Verdict::Holds);
    assert_eq!(judge_records(&lost, false).verdict, Verdict::Violated);
    let kept = [all, records(vec![read(2, 7, 20, true), read(3, 7, 30, false)])].concat();
    assert_eq!(judge_records(&kept, true).verdict, Verdict::Violated);
}

#[test]
fn a_read_back_must_hold_every_key_acknowledged_before_it_began() {
    let back = |serials: Vec<(u64, u64)>| {
        let mut op = read(9, 0, 28, true);
        (op.key, op.action) = (Key::register(0), Action::ReadBack);
        op.observed = Observed::Serials(serials.into());
        op
    };
    let inserts: Vec<Operation> = (0..3).map(|n| insert(n, n, 10 * n, Outcome::Ok)).collect();
    let with = |serials| judge([inserts.clone(), vec![back(serials)]].concat());
    assert_eq!(with(vec![(0, 2)]).verdict, Verdict::Holds);
    let missing = with(vec![(0, 0), (2, 2)]);
    assert_eq!(missing.verdict, Verdict::Violated);
    assert!(missing.why.contains("misses 1 acknowledged keys"), "{}", missing.why);
}

#[test]
fn memory_does_not_grow_with_the_number_of_write_once_keys() {
    let mut checker = Linearizable::new(false);
    let mut most = 0;
    for n in 0..200_000u64 {
        records(vec![insert(n, n, 10 * n, Outcome::Ok)]).iter().for_each(|r| checker.on_record(r));
        most = most.max(checker.footprint());
    }
    assert!(most < 300, "{most}");
    let verdict = checker.finish();
    assert_eq!((verdict.verdict, verdict.checked), (Verdict::Holds, 200_000));
}
