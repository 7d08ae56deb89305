use crate::histories::*;
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::Record;
use geodes::history::cluster::{Access, Point};
use geodes::history::linearizable::Linearizable;
use geodes::history::verdict::{GuaranteeVerdict, Verdict};
use geodes::history::zones;
use geodes::model::operation::*;

fn feed(records: &[Record], restart: bool) -> Linearizable {
    let mut checker = Linearizable::new(restart);
    records.iter().for_each(|r| checker.on_record(r));
    checker
}

fn judge(records: &[Record]) -> GuaranteeVerdict {
    feed(records, false).finish()
}

#[test]
fn online_and_offline_checks_agree() {
    let mut rng = stream("online");
    let mut broken = 0;
    for i in 0..60_000 {
        let history = if i % 2 == 0 { random(&mut rng, 12) } else { plausible(&mut rng, 12) };
        let truth = zones::check(&history);
        let mut checker = feed(&register_records(&history, i % 30), false);
        let verdict = checker.clone().finish();
        assert_eq!(verdict.verdict == Verdict::Violated, truth.is_err(), "{history:#?} {verdict:#?}");
        assert_eq!(verdict.checked, history.len() as u64);
        assert_eq!(verdict.evidence.is_empty(), truth.is_ok());
        checker.close();
        assert_eq!(checker.delta(), zones::delta(&history).ok(), "{history:#?}");
        if let Ok(k) = zones::k_lower_bound(&history) {
            assert_eq!(checker.k_lower_bound(), k, "{history:#?}");
        }
        broken += u64::from(truth.is_err());
    }
    assert!((10_000..50_000).contains(&broken), "{broken}");
}

#[test]
fn a_stale_read_is_shown_with_both_writes() {
    let history = [
        access(1, true, 11, at(0, 1), at(10, 2)),
        access(2, true, 12, at(20, 3), at(30, 4)),
        access(3, false, 11, at(40, 5), at(50, 6)),
    ];
    let verdict = judge(&register_records(&history, 0));
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert_eq!(
        verdict.evidence,
        [
            "0.000001000s#1 to 0.000001010s#2: client 1 wrote 11 (register 0 of partition 0, operation 1)",
            "0.000001020s#3 to 0.000001030s#4: client 2 wrote 12 (register 0 of partition 0, operation 2)",
            "0.000001040s#5 to 0.000001050s#6: client 3 read 11 (register 0 of partition 0, operation 3)",
        ]
    );
    assert!(verdict.why.starts_with("register 0 of partition 0: value 11 was current"), "{}", verdict.why);
}

#[test]
fn a_stale_read_is_measured_by_its_delta() {
    let history = [
        access(1, true, 11, at(0, 1), at(10, 2)),
        access(2, true, 12, at(20, 3), at(30, 4)),
        access(3, false, 11, at(40, 5), at(50, 6)),
    ];
    let checker = feed(&register_records(&history, 0), false);
    // The read must begin no later than the end of the write of 12, by sequence number too.
    assert_eq!((checker.delta(), checker.k_lower_bound()), (Some(Span(11)), 2));
}

#[test]
fn a_value_that_was_never_written_is_a_violation() {
    let history = [access(1, true, 11, at(0, 1), at(10, 2)), access(2, false, 99, at(20, 3), at(30, 4))];
    let verdict = judge(&register_records(&history, 0));
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert!(
        verdict.why.contains("value 99 was read, but no write of it had been invoked"),
        "{}",
        verdict.why
    );
    assert_eq!(verdict.evidence.len(), 1);
    assert!(verdict.evidence[0].contains("client 2 read 99"));
}

#[test]
fn new_then_old_is_a_violation_even_while_the_write_is_open() {
    let history = [
        access(1, true, 11, at(0, 1), at(100, 9)),
        access(2, false, 11, at(10, 2), at(20, 3)),
        access(3, false, 0, at(30, 4), at(40, 5)),
    ];
    let verdict = judge(&register_records(&history, 0));
    assert_eq!(verdict.verdict, Verdict::Violated);
    let has = |text: &str| verdict.evidence.iter().any(|l| l.contains(text));
    assert!(has("client 2 read 11") && has("client 3 read the initial value"), "{:?}", verdict.evidence);
    let fine = [history[0], history[2], access(4, false, 11, at(50, 6), at(60, 7))];
    assert_eq!(judge(&register_records(&fine, 0)).verdict, Verdict::Holds);
}

#[test]
fn a_read_before_its_write_is_a_violation_that_names_the_write() {
    let history = [access(1, false, 11, at(0, 1), at(10, 2)), access(2, true, 11, at(20, 3), at(30, 4))];
    let verdict = judge(&register_records(&history, 0));
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert!(verdict.why.contains("before its write was invoked"), "{}", verdict.why);
    assert!(verdict.evidence[0].contains("read 11") && verdict.evidence[1].contains("wrote 11"));
}

#[test]
fn reading_a_failed_write_is_a_violation() {
    let write = access(1, true, 11, at(0, 1), at(40, 8));
    let read = access(2, false, 11, at(10, 2), at(20, 3));
    let mut failed = operation(&write, Key::register(0), write.finish);
    failed.outcome = Outcome::Fail;
    let ok = operation(&read, Key::register(0), read.finish);
    let verdict = judge(&records(vec![failed.clone(), ok]));
    assert_eq!((verdict.verdict, verdict.evidence.len()), (Verdict::Violated, 2));
    assert!(verdict.why.contains("its write failed"));
    assert_eq!(judge(&records(vec![failed])).verdict, Verdict::Holds);
}

#[test]
fn reads_that_claim_nothing_may_be_stale() {
    let write = access(1, true, 11, at(0, 1), at(10, 2));
    let read = access(2, false, 0, at(20, 3), at(30, 4));
    let key = Key::register(0);
    let mut weak = operation(&read, key, read.finish);
    let strong = vec![operation(&write, key, write.finish), weak.clone()];
    weak.claims = Claims::SESSION;
    let verdict = judge(&records(vec![operation(&write, key, write.finish), weak]));
    assert_eq!((verdict.verdict, verdict.checked), (Verdict::Holds, 1));
    assert_eq!(judge(&records(strong)).verdict, Verdict::Violated);
}

#[test]
fn a_write_still_open_at_the_end_explains_a_read() {
    let write = operation(&access(1, true, 11, at(0, 1), at(90, 9)), Key::register(0), at(90, 9));
    let read = access(2, false, 11, at(10, 2), at(20, 3));
    let read = records(vec![operation(&read, Key::register(0), read.finish)]);
    let mut with = vec![invoked(&write)];
    with.extend(read.iter().cloned());
    assert_eq!(judge(&with).verdict, Verdict::Holds);
    assert_eq!(judge(&read).verdict, Verdict::Violated);
}

#[test]
fn after_a_cut_the_first_read_decides_which_version_survived() {
    let write = |id, t: u64| access(id, true, id, at(t, 0), at(t + 5, 0));
    let read = |id, value, t: u64| access(id, false, value, at(t, 0), at(t + 5, 0));
    let with_cut = |later: &[Access]| {
        let mut records = register_records(&[write(1, 0), write(2, 10)], 0);
        records.push(cut(20));
        records.extend(register_records(later, 0));
        records
    };
    let lost = with_cut(&[read(3, 1, 30), read(4, 1, 40)]);
    assert_eq!(feed(&lost, true).finish().verdict, Verdict::Holds);
    assert_eq!(feed(&lost, false).finish().verdict, Verdict::Violated);
    let wavers = with_cut(&[read(3, 1, 30), read(4, 2, 40)]);
    assert_eq!(feed(&wavers, true).finish().verdict, Verdict::Violated);
    let overwritten = with_cut(&[write(3, 30), read(4, 2, 40)]);
    assert_eq!(feed(&overwritten, true).finish().verdict, Verdict::Violated);
}

#[test]
fn what_crosses_a_cut_may_have_happened_or_not() {
    let key = Key::register(0);
    let crossing = operation(&access(1, true, 1, at(0, 0), at(25, 0)), key, at(25, 0));
    let stale = operation(&access(2, false, 77, at(1, 0), at(26, 0)), key, at(26, 0));
    for value in [0, 1] {
        let mut records = vec![invoked(&crossing), invoked(&stale), cut(20)];
        records.push(Record::Completed(Box::new(crossing.clone())));
        records.push(Record::Completed(Box::new(stale.clone())));
        records.extend(register_records(&[access(3, false, value, at(30, 0), at(35, 0))], 0));
        let verdict = feed(&records, true).finish();
        assert_eq!((verdict.verdict, verdict.checked), (Verdict::Holds, 2), "{verdict:?}");
    }
}

#[test]
fn batches_are_one_access_to_each_of_their_keys() {
    let (a, b) = (Key::register(1), Key::register(2));
    let mut write = operation(&access(1, true, 1, at(0, 0), at(5, 0)), a, at(5, 0));
    write.action = Action::Batch(vec![(a, WriteId(1)), (b, WriteId(2))].into());
    let mut read = operation(&access(2, false, 1, at(10, 0), at(15, 0)), a, at(15, 0));
    read.action = Action::BatchRead(vec![a, b].into());
    read.observed = Observed::Many(vec![(a, Some(WriteId(1))), (b, Some(WriteId(2)))].into());
    let verdict = judge(&records(vec![write.clone(), read.clone()]));
    assert_eq!((verdict.verdict, verdict.checked), (Verdict::Holds, 4));
    read.observed = Observed::Many(vec![(a, Some(WriteId(1))), (b, None)].into());
    let verdict = judge(&records(vec![write, read]));
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert!(verdict.why.starts_with("register 2 of partition 0"), "{}", verdict.why);
}

#[test]
fn checks_of_disjoint_partitions_merge_to_the_worse_and_earlier() {
    let stale = |t: u64| {
        [access(1, true, 1, at(t, 0), at(t + 1, 0)), access(2, false, 0, at(t + 5, 0), at(t + 6, 0))]
    };
    let of = |partition: u32, history: &[Access]| {
        let mut checker = Linearizable::new(false);
        for access in history {
            let mut op = operation(access, Key::register(0), access.finish);
            op.partition = geodes::base::ids::PartitionId(partition);
            checker.on_record(&invoked(&op));
            checker.on_record(&Record::Completed(Box::new(op)));
        }
        checker
    };
    let mut all = of(0, &stale(100));
    all.merge(of(1, &stale(50)));
    all.merge(of(2, &stale(0)[..1]));
    let verdict = all.finish();
    assert_eq!((verdict.verdict, verdict.checked), (Verdict::Violated, 5));
    assert!(verdict.why.starts_with("register 0 of partition 1"), "{}", verdict.why);
}

/// A register served by one place: operations take effect at a random moment within their interval.
fn atomic_run(operations: u64, keys: u64, unknown: f64, mut each: impl FnMut(&Record, u64)) {
    let mut rng = stream("atomic");
    let mut values = vec![0u64; keys as usize];
    let mut open: Vec<(u64, Access, u64)> = Vec::new();
    for n in 0..operations {
        let time = 10 * n;
        while let Some(i) = open.iter().position(|(end, ..)| *end <= time) {
            let (end, access, key) = open.remove(i);
            let op = operation(&access, Key::register(key), at(end, access.id.0));
            each(&Record::Completed(Box::new(op)), n);
        }
        let (key, write) = (rng.below(keys), rng.chance(0.3));
        let lost = write && rng.chance(unknown);
        if write && !lost {
            values[key as usize] = n + 1;
        }
        let value = if write { n + 1 } else { values[key as usize] };
        // Sorted by end, so that records come in order of time.
        let end = time + 15 + rng.below(40);
        let finish = if lost { Point::NEVER } else { at(end, n) };
        let access = access(n, write, value, at(time, n), finish);
        each(&invoked(&operation(&access, Key::register(key), at(end, n))), n);
        let place = open.partition_point(|(e, a, _)| (*e, a.id.0) < (end, n));
        open.insert(place, (end, access, key));
    }
}

#[test]
fn memory_stays_bounded_over_a_million_operations_on_ten_keys() {
    let mut checker = Linearizable::new(false);
    let mut most = 0;
    atomic_run(1_000_000, 10, 0.0, |record, n| {
        checker.on_record(record);
        if n % 1_000 == 0 {
            most = most.max(checker.footprint());
        }
    });
    // 32 retired clusters a key to explain violations, and the few that may still be read.
    assert!((300..500).contains(&most), "{most}");
    assert_eq!((checker.delta(), checker.k_lower_bound()), (Some(Span::ZERO), 1));
    let verdict = checker.finish();
    assert_eq!(verdict.verdict, Verdict::Holds, "{verdict:?}");
    assert!(verdict.checked > 999_900);
}

#[test]
fn too_many_unknown_writes_make_a_surprise_unknown_instead_of_wrong() {
    let mut checker = Linearizable::new(false);
    let writes = 5_000u64;
    for n in 1..=writes {
        let write = access(n, true, n, at(n, 0), Point::NEVER);
        register_records(&[write], 0).iter().for_each(|r| checker.on_record(r));
    }
    let later = |value| {
        register_records(&[access(writes + 1, false, value, at(writes + 1, 0), at(writes + 2, 0))], 0)
    };
    let verdict_of = |value| {
        let mut checker = checker.clone();
        later(value).iter().for_each(|r| checker.on_record(r));
        checker.finish().verdict
    };
    assert_eq!(verdict_of(writes), Verdict::Holds);
    assert_eq!(verdict_of(1), Verdict::Unknown);
    assert_eq!(checker.finish().verdict, Verdict::Holds);
}

#[test]
fn an_operation_that_never_began_cannot_be_judged() {
    let op = operation(&access(1, true, 1, at(0, 0), at(1, 0)), Key::register(0), at(1, 0));
    assert_eq!(op.completed.0, SimTime(ORIGIN + 1));
    assert_eq!(judge(&[Record::Completed(Box::new(op))]).verdict, Verdict::Unknown);
}

#[test]
fn a_long_open_operation_is_judged_by_what_was_current_since_it_began() {
    let mut history: Vec<Access> =
        (1..=1_000).map(|n| access(n, true, n, at(10 * n, 0), at(10 * n + 5, 0))).collect();
    history.push(access(2_000, false, 7, at(78, 0), at(20_000, 0)));
    assert_eq!(judge(&register_records(&history, 0)).verdict, Verdict::Holds);
    // The write of 8 ended at 85, just before this read began.
    history[1_000] = access(2_000, false, 7, at(86, 0), at(20_000, 0));
    let verdict = judge(&register_records(&history, 0));
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert!(verdict.evidence.iter().any(|l| l.contains("wrote 8 ")), "{:?}", verdict.evidence);
}

/// One place holds the register; at each cut it falls back to some earlier version, and unknown writes from before may
/// still arrive later.
#[test]
fn a_register_that_loses_a_suffix_at_each_cut_holds_only_if_the_check_restarts_there() {
    let mut rng = stream("cuts");
    let (mut lost, mut caught) = (0, 0);
    for _ in 0..2_000 {
        let mut versions = vec![0u64];
        let mut late: Vec<u64> = Vec::new();
        let mut records = Vec::new();
        let mut fell_back = false;
        for n in 1..=30u64 {
            let time = 10 * n;
            if rng.chance(0.1) {
                let keep = 1 + rng.below(versions.len() as u64) as usize;
                fell_back |= keep < versions.len();
                versions.truncate(keep);
                records.push(cut(time));
                continue;
            }
            if !late.is_empty() && rng.chance(0.2) {
                versions.extend(late.pop());
            }
            let (write, unknown) = (rng.chance(0.5), rng.chance(0.2));
            let value = if write { n } else { versions.last().copied().unwrap_or(0) };
            match (write, unknown) {
                (true, true) => late.push(n),
                (true, false) => versions.push(n),
                _ => {}
            }
            let finish = if write && unknown { Point::NEVER } else { at(time + 5, n) };
            records.extend(register_records(&[access(n, write, value, at(time, n), finish)], 5));
        }
        let verdict = feed(&records, true).finish();
        assert_eq!(verdict.verdict, Verdict::Holds, "{verdict:#?} {records:#?}");
        lost += u64::from(fell_back);
        caught += u64::from(feed(&records, false).finish().verdict == Verdict::Violated);
    }
    assert!(lost > 500 && caught > 300 && caught <= lost, "{lost} {caught}");
}
