//! One history per guarantee, in which exactly that guarantee is broken.

use super::history::*;
use geodes::base::ids::RegionId;
use geodes::engine::record::{Change, Record};
use geodes::history::checkers::{CheckSpec, Definitions};
use geodes::history::verdict::Verdict;
use geodes::model::operation::{Action, Claims, Key, Operation, Position, WriteId};

#[test]
fn a_client_that_misses_its_own_write_breaks_read_your_writes_only() {
    let verdicts = judge_ops(vec![write(1, 4, 7, 0, 10), read(1, 4, 0, 20, 30)]);
    assert_eq!(violated(&verdicts), ["read-your-writes"]);
    let evidence = &verdict(&verdicts, "read-your-writes").evidence;
    assert_eq!(
        *evidence,
        vec![
            "0s #1 .. 10ms #11: client 1 write p0/register 4 = 7 in region 0".to_string(),
            "20ms #21 .. 30ms #31: client 1 read p0/register 4 = initial value in region 0".to_string(),
        ]
    );
}

#[test]
fn a_write_that_overlaps_the_read_or_has_an_unknown_outcome_need_not_be_seen() {
    assert!(violated(&judge_ops(vec![write(1, 4, 7, 0, 20), read(1, 4, 0, 20, 30)])).is_empty());
    assert!(violated(&judge_ops(vec![unknown(write(1, 4, 7, 0, 10)), read(1, 4, 0, 20, 30)])).is_empty());
    let late = vec![unknown(write(1, 4, 7, 0, 1)), write(1, 4, 8, 2, 10), read(1, 4, 7, 20, 30)];
    assert!(violated(&judge_ops(late)).is_empty());
}

#[test]
fn another_client_may_miss_a_write_for_a_while() {
    let verdicts = judge_ops(vec![write(1, 4, 7, 0, 10), read(2, 4, 0, 20, 30)]);
    assert!(violated(&verdicts).is_empty());
    assert_eq!(verdict(&verdicts, "read-your-writes").checked, 1);
}

#[test]
fn going_back_between_regions_breaks_monotonic_reads_only() {
    let back =
        |region| vec![write(1, 4, 7, 0, 10), read(2, 4, 7, 11, 12), served(region, read(2, 4, 0, 20, 30))];
    assert_eq!(violated(&judge_ops(back(1))), ["monotonic-reads"]);
    assert_eq!(violated(&judge_ops(back(0))), ["monotonic-reads", "consistent-prefix"]);
}

#[test]
fn two_reads_that_overlap_may_return_newer_then_older() {
    let ops = vec![write(1, 4, 7, 0, 10), read(2, 4, 7, 11, 20), read(2, 4, 0, 20, 30)];
    assert!(violated(&judge_ops(ops)).is_empty());
}

#[test]
fn seeing_a_later_write_of_a_session_without_an_earlier_one_breaks_monotonic_writes_only() {
    let ops = |seen_in, then_in| {
        vec![
            write(1, 1, 7, 0, 10),
            write(1, 2, 8, 11, 12),
            served(seen_in, read(2, 2, 8, 13, 14)),
            served(then_in, read(2, 1, 0, 20, 30)),
        ]
    };
    assert_eq!(violated(&judge_ops(ops(0, 1))), ["monotonic-writes"]);
    assert_eq!(violated(&judge_ops(ops(0, 0))), ["monotonic-writes", "consistent-prefix"]);
}

#[test]
fn seeing_a_write_without_what_its_writer_had_read_breaks_writes_follow_reads_only() {
    let ops = vec![
        write(3, 1, 7, 0, 10),
        read(1, 1, 7, 11, 12),
        write(1, 2, 8, 13, 14),
        served(0, read(2, 2, 8, 15, 16)),
        served(1, read(2, 1, 0, 20, 30)),
    ];
    assert_eq!(violated(&judge_ops(ops.clone())), ["writes-follow-reads"]);
    let mut read_too_late = ops;
    read_too_late[1] = read(1, 1, 7, 13, 14);
    read_too_late[2] = write(1, 2, 8, 13, 15);
    assert!(violated(&judge_ops(read_too_late)).is_empty());
}

#[test]
fn a_write_seen_without_an_earlier_one_of_another_client_breaks_the_prefix_only() {
    let ops = |from| {
        vec![write(1, 1, 7, 0, 10), write(3, 2, 8, from, 12), read(2, 2, 8, 13, 14), read(2, 1, 0, 20, 30)]
    };
    let verdicts = judge_ops(ops(11));
    assert_eq!(violated(&verdicts), ["consistent-prefix"]);
    assert_eq!(verdict(&verdicts, "consistent-prefix").evidence.len(), 3);
    assert!(violated(&judge_ops(ops(10))).is_empty(), "the writes overlap, so either may come first");
}

#[test]
fn the_looser_definition_lets_the_prefix_go() {
    let ops =
        vec![write(1, 1, 7, 0, 10), write(3, 2, 8, 11, 12), read(2, 2, 8, 13, 14), read(2, 1, 0, 20, 30)];
    let spec = CheckSpec { definitions: Definitions::Documented2025, ..CheckSpec::default() };
    assert!(violated(&judge(spec, ops.into_iter().map(done).collect())).is_empty());
    let torn = vec![batch(1, &[(1, 7), (2, 8)], 0, 10), batch_read(2, &[(1, 7), (2, 0)], 20, 30)];
    let torn = torn.into_iter().map(|op| done(claiming(Claims::CONSISTENT_PREFIX, op))).collect();
    assert_eq!(violated(&judge(spec, torn)), ["consistent-prefix"]);
}

#[test]
fn half_a_batch_breaks_atomic_batches_only() {
    let only = |op| claiming(Claims::ATOMIC_BATCHES, op);
    let write = batch(1, &[(1, 7), (2, 8)], 0, 10);
    let whole = vec![write.clone(), only(batch_read(2, &[(1, 7), (2, 8)], 20, 30))];
    assert!(violated(&judge_ops(whole)).is_empty());
    let none = vec![write.clone(), only(batch_read(2, &[(1, 0), (2, 0)], 20, 30))];
    assert!(violated(&judge_ops(none)).is_empty());
    let half = vec![write.clone(), only(batch_read(2, &[(1, 7), (2, 0)], 20, 30))];
    assert_eq!(violated(&judge_ops(half)), ["atomic-batches"]);
    let half_before_the_end = vec![only(batch_read(2, &[(1, 7), (2, 0)], 2, 3)), write];
    assert_eq!(violated(&judge_ops(half_before_the_end)), ["atomic-batches"]);
}

#[test]
fn two_overlapping_batches_are_not_interleaved() {
    let only = |op| claiming(Claims::ATOMIC_BATCHES, op);
    let ops = |a, b| {
        vec![
            batch(1, &[(1, 7), (2, 8)], 0, 10),
            batch(3, &[(1, 17), (2, 18)], 0, 11),
            only(batch_read(2, &[(1, a), (2, b)], 20, 30)),
        ]
    };
    assert!(violated(&judge_ops(ops(17, 18))).is_empty());
    assert_eq!(violated(&judge_ops(ops(7, 18))), ["atomic-batches"]);
}

#[test]
fn a_read_staler_than_t_breaks_the_bound_only() {
    let ops = |from| vec![write(1, 4, 7, 0, 10), read(2, 4, 0, from, from + 5)];
    assert!(violated(&judge_ops(ops(60))).is_empty());
    assert_eq!(violated(&judge_ops(ops(61))), ["bounded-staleness"]);
}

#[test]
fn a_read_that_misses_more_than_k_writes_of_the_partition_breaks_the_bound_only() {
    let ops = |others: u64| {
        let mut ops = vec![write(1, 4, 7, 0, 10)];
        ops.extend((0..others).map(|n| write(1, 5, 8 + n, 11 + 2 * n, 12 + 2 * n)));
        ops.push(read(2, 4, 0, 20, 25));
        ops
    };
    assert!(violated(&judge_ops(ops(1))).is_empty());
    assert_eq!(violated(&judge_ops(ops(2))), ["bounded-staleness"]);
}

#[test]
fn a_cut_restarts_what_clients_may_expect() {
    let ops = vec![
        done(write(1, 4, 7, 0, 10)),
        done(read(1, 4, 7, 11, 12)),
        cut(15, "failover"),
        done(read(1, 4, 0, 20, 30)),
    ];
    assert!(violated(&judge(bounded_spec(), ops.clone())).is_empty());
    let no_loss = CheckSpec { no_loss: true, ..bounded_spec() };
    let broken = violated(&judge(no_loss, ops.clone()));
    assert_eq!(broken, ["read-your-writes", "monotonic-reads", "consistent-prefix"]);
    let mut restored = ops;
    restored[2] = cut(15, "restore");
    assert!(violated(&judge(no_loss, restored)).is_empty());
}

#[test]
fn after_a_cut_the_guarantees_hold_again() {
    let ops = vec![cut(5, "failover"), done(write(1, 4, 7, 6, 10)), done(read(1, 4, 0, 20, 30))];
    assert_eq!(violated(&judge(bounded_spec(), ops)), ["read-your-writes"]);
}

#[test]
fn a_session_may_be_dropped_only_after_a_cut() {
    let ops = |cut: Vec<Record>| {
        let mut all = vec![done(write(1, 4, 7, 0, 10)), done(read(1, 4, 7, 11, 12))];
        all.extend(cut);
        all.push(done(reset(read(1, 4, 7, 20, 30))));
        all
    };
    let without = violated(&judge(bounded_spec(), ops(vec![])));
    assert_eq!(without, ["read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"]);
    assert!(violated(&judge(bounded_spec(), ops(vec![cut(15, "failover")]))).is_empty());
}

#[test]
fn a_dropped_session_starts_anew_with_the_operation_that_dropped_it() {
    let ops = |last| {
        vec![
            done(write(1, 4, 7, 0, 10)),
            done(write(3, 4, 8, 11, 12)),
            cut(13, "failover"),
            done(write(1, 4, 9, 14, 15)),
            done(served(1, reset(read(1, 4, 8, 20, 30)))),
            done(served(2, read(1, 4, last, 31, 32))),
        ]
    };
    assert!(violated(&judge(bounded_spec(), ops(8))).is_empty());
    assert_eq!(violated(&judge(bounded_spec(), ops(7))), ["monotonic-reads"]);
}

#[test]
fn with_several_writers_a_recorded_conflict_excuses_a_missed_write() {
    let spec = CheckSpec { several_writers: true, ..CheckSpec::default() };
    let ops = |with: Option<Change>| {
        let mut all = vec![
            done(served(1, write(3, 4, 8, 0, 10))),
            done(write(1, 4, 7, 11, 12)),
            done(read(1, 4, 8, 20, 30)),
        ];
        all.extend(with.map(|c| change(40, c)));
        all
    };
    assert_eq!(violated(&judge(spec, ops(None))), ["read-your-writes"]);
    let decision = Change::ConflictLost { partition: P, loser: WriteId(7), winner: WriteId(8) };
    assert!(violated(&judge(spec, ops(Some(decision)))).is_empty());
}

#[test]
fn what_is_overruled_by_a_successor_of_the_missed_write_did_not_know_of_either() {
    let spec = CheckSpec { several_writers: true, ..CheckSpec::default() };
    // 8 and 7 met where they were read, and 7 gave way; elsewhere 9 had replaced 7 already when 8 came, and won.
    let judged = |replaced: u64| {
        let all = vec![
            done(served(1, write(3, 4, 8, 0, 10))),
            done(write(1, 4, 7, 11, 12)),
            done(write(2, 4, 9, replaced, 15)),
            done(read(1, 4, 8, 20, 30)),
            change(40, Change::ConflictLost { partition: P, loser: WriteId(8), winner: WriteId(9) }),
        ];
        violated(&judge(spec, all))
    };
    assert!(judged(13).is_empty());
    assert_eq!(judged(11), ["read-your-writes"], "9 is no successor of 7");
}

#[test]
fn where_two_writes_say_which_of_them_stays_no_decision_about_others_excuses_the_wrong_one() {
    let spec = CheckSpec { several_writers: true, ..CheckSpec::default() };
    let ranked = |order, op: Operation| Operation {
        position: Some(Position { stream: 1, term: order, index: 1 }),
        ..op
    };
    // As above, and 7 itself is overruled, too.
    let judged = |eight, seven| {
        let all = vec![
            done(served(1, ranked(eight, write(3, 4, 8, 0, 10)))),
            done(ranked(seven, write(1, 4, 7, 11, 12))),
            done(ranked(30, write(2, 4, 9, 13, 15))),
            done(read(1, 4, 8, 20, 30)),
            change(40, Change::ConflictLost { partition: P, loser: WriteId(8), winner: WriteId(9) }),
            change(40, Change::ConflictLost { partition: P, loser: WriteId(7), winner: WriteId(9) }),
        ];
        violated(&judge(spec, all))
    };
    assert!(judged(20, 10).is_empty(), "8 stays where it meets 7");
    assert_eq!(judged(10, 20), ["read-your-writes"], "7 stays, wherever it came");
}

#[test]
fn with_several_writers_a_session_may_end_when_a_write_was_lost_although_no_lineage_was_cut() {
    let spec = CheckSpec { several_writers: true, ..CheckSpec::default() };
    let judged = |gone: bool| {
        let mut all = vec![done(write(1, 4, 7, 0, 10)), done(reset(read(1, 4, 0, 20, 30)))];
        if gone {
            all.insert(1, lost(7, Key::register(4), false));
        }
        violated(&judge(spec, all))
    };
    assert!(judged(true).is_empty());
    assert!(judged(false).contains(&"read-your-writes"));
}

#[test]
fn a_deleted_object_that_comes_back_breaks_the_deleters_session() {
    let object = Key::object(1);
    let insert = op(1, object, Action::Insert(WriteId(5)), 0, 1);
    let delete = op(1, object, Action::Delete(WriteId(6)), 2, 3);
    let back = returning(op(1, object, Action::Read, 10, 11), 5);
    assert_eq!(violated(&judge_ops(vec![insert.clone(), delete.clone(), back])), ["read-your-writes"]);
    let gone = absent(op(1, object, Action::Read, 10, 11));
    assert!(violated(&judge_ops(vec![insert.clone(), delete.clone(), gone.clone()])).is_empty());
    assert_eq!(violated(&judge_ops(vec![insert.clone(), gone.clone()])), ["read-your-writes"]);
    // A deletion that was under way during the read explains the absence, though it ends later.
    let late = op(3, object, Action::Delete(WriteId(6)), 2, 30);
    let records = vec![done(insert), begun(&late), begun(&gone), done(gone), done(late)];
    assert!(violated(&judge(bounded_spec(), records)).is_empty());
}

fn returning(mut op: geodes::model::operation::Operation, value: u64) -> geodes::model::operation::Operation {
    op.observed = geodes::model::operation::Observed::Value(WriteId(value));
    op
}

#[test]
fn write_once_keys_are_bound_by_sessions_too() {
    let gone = |client, from| absent(op(client, Key::once(1), Action::Read, from, from + 1));
    let there = |client, from| {
        let key = Key::once(1);
        returning(op(client, key, Action::Read, from, from + 1), WriteId::of_once(P, key).0)
    };
    assert_eq!(violated(&judge_ops(vec![insert(1, 1, 0, 5), gone(1, 10)])), ["read-your-writes"]);
    assert!(violated(&judge_ops(vec![insert(1, 1, 0, 5), gone(2, 10)])).is_empty());
    let back = vec![insert(1, 1, 0, 5), there(2, 10), served(1, gone(2, 20))];
    assert_eq!(violated(&judge_ops(back)), ["monotonic-reads"]);
}

#[test]
fn a_value_that_nobody_wrote_breaks_valid_reads_only() {
    let none = |op| claiming(Claims(0), op);
    assert_eq!(violated(&judge_ops(vec![none(read(1, 4, 7, 0, 10))])), ["valid-reads"]);
    let failed = failed(write(1, 4, 7, 0, 5));
    assert_eq!(violated(&judge_ops(vec![failed.clone(), none(read(1, 4, 7, 6, 10))])), ["valid-reads"]);
    assert_eq!(violated(&judge_ops(vec![none(read(1, 4, 7, 1, 2)), failed])), ["valid-reads"]);
    assert!(violated(&judge_ops(vec![read(1, 4, 7, 0, 10), write(1, 4, 7, 0, 20)])).is_empty());
}

#[test]
fn staleness_is_the_age_of_the_oldest_missed_write() {
    let mut checkers = geodes::history::checkers::Checkers::new(CheckSpec::default());
    for write in [write(1, 4, 7, 0, 10), write(1, 4, 8, 11, 20), write(1, 4, 9, 28, 40)] {
        assert_eq!(checkers.on_record(&done(write)), None);
    }
    let mut sample = |value, at| {
        let sample = checkers.on_record(&done(served(1, read(2, 4, value, at, at + 1)))).expect("a sample");
        assert_eq!((sample.kind, sample.served, sample.claims), ("read", Some(RegionId(1)), ALL));
        (sample.time_ns, sample.versions)
    };
    assert_eq!(sample(0, 41), (31_000_000, 3));
    assert_eq!(sample(0, 30), (20_000_000, 2));
    assert_eq!(sample(7, 41), (21_000_000, 2));
    assert_eq!(sample(9, 41), (0, 0));
    assert_eq!(sample(77, 41), (0, 0), "a value whose write is still open is current");
}

#[test]
fn verdicts_of_other_partitions_are_joined() {
    use geodes::history::checkers::Checkers;
    let mut good = Checkers::new(CheckSpec::default());
    good.on_record(&done(write(1, 4, 7, 0, 10)));
    good.on_record(&done(read(1, 4, 7, 20, 30)));
    let mut bad = Checkers::new(CheckSpec::default());
    bad.on_record(&done(write(1, 4, 7, 0, 10)));
    bad.on_record(&done(read(1, 4, 0, 20, 30)));
    good.merge(bad);
    let verdicts = good.finish();
    assert_eq!(violated(&verdicts), ["read-your-writes"]);
    let own = verdict(&verdicts, "read-your-writes");
    assert_eq!((own.checked, own.verdict), (2, Verdict::Violated));
}
