//! Closing reads: convergence, durability, loss reports.

use super::history::*;
use geodes::base::ids::{FaultId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::{Change, EndReason, FaultSite, LostBulk, Record};
use geodes::history::checkers::CheckSpec;
use geodes::history::verdict::Verdict;
use geodes::model::operation::{Action, Key, Operation, Position, WriteId};

fn judged(records: Vec<Record>) -> Vec<geodes::history::verdict::GuaranteeVerdict> {
    judge(CheckSpec::default(), records)
}

#[test]
fn regions_that_differ_at_the_end_break_convergence_only() {
    let records = |other, reason| {
        vec![
            done(write(1, 4, 7, 0, 10)),
            done(closing(read(9, 4, 7, 50, 51), 0)),
            done(closing(read(9, 4, other, 50, 52), 1)),
            end(reason),
        ]
    };
    let same = judged(records(7, EndReason::Settled));
    assert!(violated(&same).is_empty());
    assert_eq!(verdict(&same, "convergence").verdict, Verdict::Holds);
    assert_eq!(verdict(&same, "durability").verdict, Verdict::Holds);
    let apart = judged(records(0, EndReason::Settled));
    assert_eq!(violated(&apart), ["convergence"]);
    assert_eq!(verdict(&apart, "convergence").evidence.len(), 2);
    let cut_short = judged(records(0, EndReason::Cap));
    assert_eq!(verdict(&cut_short, "convergence").verdict, Verdict::Unknown);
}

#[test]
fn the_last_closing_read_of_a_region_counts() {
    let records = vec![
        done(write(1, 4, 7, 0, 10)),
        done(closing(read(9, 4, 7, 50, 51), 0)),
        done(closing(read(9, 4, 0, 50, 52), 1)),
        done(closing(read(9, 4, 7, 60, 62), 1)),
    ];
    assert!(violated(&judged(records)).is_empty());
}

#[test]
fn write_once_keys_converge_too() {
    let records = |last| {
        vec![
            done(insert(1, 1, 0, 10)),
            done(read_back(0, &[(1, 1)], 50, 51)),
            done(read_back(1, &[(1, last)], 50, 52)),
        ]
    };
    assert!(violated(&judged(records(1))).is_empty());
    assert_eq!(violated(&judged(records(2))), ["convergence"]);
}

#[test]
fn an_acknowledged_write_that_is_gone_breaks_durability_only() {
    let records = |more: Vec<Record>| {
        let mut records = vec![done(write(1, 4, 7, 0, 10))];
        records.extend(more);
        records.push(done(closing(read(9, 4, 0, 50, 51), 0)));
        records
    };
    let gone = judged(records(vec![]));
    assert_eq!(violated(&gone), ["durability"]);
    assert_eq!(verdict(&gone, "durability").evidence.len(), 2);
    for account in [
        lost(7, Key::register(4), false),
        change(20, Change::ConflictFeed { partition: P, write: WriteId(7) }),
        change(20, Change::ConflictLost { partition: P, loser: WriteId(7), winner: WriteId(8) }),
        change(20, Change::Merged { partition: P, of: vec![WriteId(7), WriteId(8)], into: WriteId(9) }),
    ] {
        assert!(violated(&judged(records(vec![account]))).is_empty());
    }
    assert!(
        violated(&judged(vec![
            done(unknown(write(1, 4, 7, 0, 10))),
            done(closing(read(9, 4, 0, 50, 51), 0)),
        ]))
        .is_empty()
    );
}

#[test]
fn a_lost_write_does_not_excuse_the_one_it_superseded() {
    let records = vec![
        done(write(1, 4, 7, 0, 10)),
        done(write(1, 4, 8, 11, 12)),
        lost(8, Key::register(4), false),
        done(closing(read(9, 4, 0, 50, 51), 0)),
    ];
    assert_eq!(violated(&judged(records)), ["durability"]);
}

#[test]
fn a_later_write_supersedes_an_acknowledged_one() {
    let records = vec![
        done(write(1, 4, 7, 0, 10)),
        done(write(1, 4, 8, 5, 12)),
        done(closing(read(9, 4, 7, 50, 51), 0)),
    ];
    let verdicts = judged(records);
    assert_eq!(verdict(&verdicts, "durability").verdict, Verdict::Holds, "they overlap: either may be last");
    assert_eq!(verdict(&verdicts, "durability").checked, 2);
}

#[test]
fn durability_is_unknown_where_nothing_was_read() {
    let verdicts = judged(vec![done(write(1, 4, 7, 0, 10)), done(insert(1, 1, 0, 10))]);
    let durability = verdict(&verdicts, "durability");
    assert_eq!(durability.verdict, Verdict::Unknown);
    assert_eq!(durability.why, "2 keys had no closing read, p0/register 4 first");
}

#[test]
fn a_missing_write_once_key_breaks_durability_only() {
    let records = |excuse: Option<Record>| {
        let mut records: Vec<Record> = (1..=5).map(|n| done(insert(1, n, n, n + 1))).collect();
        records.push(done(failed(insert(1, 6, 7, 8))));
        records.push(done(unknown(insert(1, 7, 8, 9))));
        records.extend(excuse);
        records.push(done(read_back(0, &[(1, 2), (4, 5)], 50, 51)));
        records
    };
    let verdicts = judged(records(None));
    assert_eq!(violated(&verdicts), ["durability"]);
    assert_eq!(verdict(&verdicts, "durability").checked, 5);
    let key = Key::once(3);
    assert!(violated(&judged(records(Some(lost(WriteId::of_once(P, key).0, key, false))))).is_empty());
}

#[test]
fn a_write_once_key_whose_insert_failed_must_not_exist() {
    let records = vec![done(failed(insert(1, 6, 7, 8))), done(read_back(0, &[(6, 6)], 50, 51))];
    assert_eq!(violated(&judged(records)), ["valid-reads"]);
}

#[test]
fn a_recoverable_write_must_turn_up_or_be_reported() {
    let records = |more: Vec<Record>, shown| {
        let mut records = vec![done(write(1, 4, 7, 0, 10)), lost(7, Key::register(4), true)];
        records.extend(more);
        records.push(done(closing(read(9, 4, shown, 50, 51), 0)));
        records
    };
    assert_eq!(violated(&judged(records(vec![], 0))), ["loss-report"]);
    assert!(violated(&judged(records(vec![], 7))).is_empty());
    for account in [
        lost(7, Key::register(4), false),
        change(20, Change::ConflictFeed { partition: P, write: WriteId(7) }),
        change(20, Change::ReportedLost { partition: P, write: WriteId(7) }),
    ] {
        assert!(violated(&judged(records(vec![account], 0))).is_empty());
    }
    let mut unfinished = records(vec![], 0);
    unfinished.push(end(EndReason::Duration));
    assert_eq!(verdict(&judged(unfinished), "loss-report").verdict, Verdict::Unknown);
}

#[test]
fn a_write_reported_lost_that_is_not_breaks_the_report_only() {
    let records = vec![
        done(write(1, 4, 7, 0, 10)),
        change(20, Change::ReportedLost { partition: P, write: WriteId(7) }),
        done(closing(read(9, 4, 7, 50, 51), 0)),
    ];
    assert_eq!(violated(&judged(records)), ["loss-report"]);
}

#[test]
fn a_loss_breaks_no_loss_only_where_it_is_promised() {
    let records = vec![
        done(write(1, 4, 7, 0, 10)),
        lost(7, Key::register(4), false),
        done(closing(read(9, 4, 0, 50, 51), 0)),
    ];
    assert!(violated(&judged(records.clone())).is_empty());
    let spec = CheckSpec { no_loss: true, ..CheckSpec::default() };
    assert_eq!(violated(&judge(spec, records.clone())), ["no-loss"]);
}

#[test]
fn a_second_loss_after_the_quorum_shrank_to_one_region_breaks_no_promise() {
    let spec = CheckSpec { no_loss: true, regions: 2, ..CheckSpec::default() };
    let with = |before: Vec<Record>| {
        let mut records = before;
        records.extend([
            done(write(1, 4, 7, 0, 10)),
            began(0, &[RegionId(0)]),
            lost(7, Key::register(4), false),
            done(closing(read(9, 4, 0, 50, 51), 0)),
        ]);
        violated(&judge(spec, records))
    };
    let shrunk = |regions: &[RegionId]| change(0, Change::Quorum { partition: P, regions: regions.to_vec() });
    assert_eq!(with(vec![]), ["no-loss"]);
    assert_eq!(with(vec![shrunk(&[RegionId(0), RegionId(1)])]), ["no-loss"]);
    assert!(with(vec![shrunk(&[RegionId(0)])]).is_empty());
    assert!(with(vec![began(1, &[RegionId(1)])]).is_empty(), "both regions at once");
}

fn began(fault: u32, regions: &[RegionId]) -> Record {
    let site = FaultSite { class: "region(write)".into(), regions: regions.to_vec(), ..FaultSite::default() };
    Record::FaultBegan { at: SimTime::ZERO, fault: FaultId(fault), site }
}

#[test]
fn a_loss_known_by_its_sums_excuses_what_was_acknowledged_then() {
    let records = |newest| {
        vec![
            done(write(1, 4, 7, 0, 10)),
            done(write(1, 4, 8, 20, 30)),
            Record::LostBulk(LostBulk {
                at: SimTime::ZERO + Span::millis(40),
                fault: None,
                partition: P,
                writes: 2,
                bytes: 200,
                oldest: SimTime::ZERO,
                newest: SimTime::ZERO + Span::millis(newest),
                recoverable: false,
                unseen: false,
            }),
            done(closing(read(9, 4, 0, 50, 51), 0)),
        ]
    };
    assert!(violated(&judged(records(30))).is_empty());
    assert_eq!(violated(&judged(records(29))), ["durability"]);
    let spec = CheckSpec { no_loss: true, ..CheckSpec::default() };
    assert_eq!(violated(&judge(spec, records(30))), ["no-loss"]);
}

#[test]
fn where_states_are_merged_a_higher_rank_hides_a_write_and_a_deletion_what_was_there() {
    let spec = CheckSpec { several_writers: true, merged_states: true, ..CheckSpec::default() };
    let ranked = |order, op: Operation| Operation {
        position: Some(Position { stream: 1, term: order, index: 1 }),
        ..op
    };
    let judged = |spec, first, second| {
        let all = vec![
            done(ranked(first, write(1, 4, 7, 0, 10))),
            done(ranked(second, write(2, 4, 8, 11, 12))),
            done(closing(read(9, 4, 7, 50, 51), 0)),
        ];
        violated(&judge(spec, all))
    };
    assert!(judged(spec, 20, 10).is_empty(), "the earlier one has the higher rank");
    assert_eq!(judged(spec, 10, 20), ["durability"]);
    assert_eq!(judged(CheckSpec { merged_states: false, ..spec }, 20, 10), ["durability"]);
    // Of an object: what was complete before a deletion may be gone, what came after it may not.
    let object = |write: Action, from, to| op(1, Key::object(4), write, from, to);
    let judged = |from| {
        let all = vec![
            done(object(Action::Insert(WriteId(7)), from, from + 1)),
            done(object(Action::Delete(WriteId(8)), 10, 12)),
            done(closing(absent(object(Action::Read, 50, 51)), 0)),
        ];
        violated(&judge(spec, all))
    };
    assert!(judged(0).is_empty());
    assert_eq!(judged(20), ["durability"]);
}
