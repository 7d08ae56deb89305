//! Measures on hand-made windows, with values computed by hand, and laws that hold for all windows.

#![allow(clippy::single_range_in_vec_init, reason = "a list of one stretch of failures")]

mod watched;

use geodes::base::ids::{ActorId, FaultId, PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::Observer;
use geodes::engine::record::{Answer, Change, Purpose, Record};
use geodes::measure::findings::{CauseFilter, Findings};
use geodes::measure::in_order::InOrder;
use geodes::measure::series::{Kind, Scope};
use geodes::measure::setting::Setting;
use geodes::measure::staleness::StalenessSample;
use geodes::measure::watch::{RecordSink, Watch};
use geodes::model::fault::FaultKind;
use geodes::model::operation::{OpId, Outcome, Status, WriteId};
use geodes::model::plan::Plan;
use proptest::prelude::*;
use std::sync::Arc;
use watched::*;

const FAULT: FaultId = FaultId(0);

fn value(findings: &Findings, path: &str) -> Option<f64> {
    findings.value(path).expect(path).map(|estimate| estimate.value())
}

fn near(findings: &Findings, path: &str, expected: f64) {
    let found = value(findings, path).unwrap_or_else(|| panic!("{path} has no value"));
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{path}: {found}, not {expected}");
}

#[test]
fn availability_by_requests_by_time_and_by_the_hour() {
    // 100 writes, one a second; those of seconds 40 to 59 fail.
    let window = Window::default().ops(&writes(Span::secs(1), secs(100), &[40_000..60_000]));
    let findings = single(window.findings(&plan()));
    // 80 of 100 succeeded.
    near(&findings, "availability.request.write", 0.8);
    near(&findings, "availability.request.write@East US", 0.8);
    near(&findings, "availability.request.write@partition:0", 0.8);
    assert_eq!(value(&findings, "availability.request.write@West US"), None);
    assert_eq!(value(&findings, "availability.request.read"), None);
    // 99 intervals of 1 s, 20 of them opened by a failure.
    near(&findings, "availability.time.write", 1.0 - 20.0 / 99.0);
    // One hour of the load, with an error rate of 20 %.
    near(&findings, "availability.hourly-window.write", 0.8);
    // The load covers 99 s of the hour, which goes on without a failure; so do the other 729 hours.
    near(&findings, "availability.hourly.write", 1.0 - 0.2 * (99.0 / 3600.0) / 730.0);
    near(&findings, "availability.request-month.write", 1.0 - 0.2 * (99.0 / 3600.0) / 730.0);
    near(&findings, "availability.time-month.write", 1.0 - 20.0 / 99.0 * (99.0 / 3600.0) / 730.0);
}

#[test]
fn the_hourly_rule_excludes_other_4xx_and_fails_slow_successes() {
    // Ten writes: one takes 6 s (failed), one ends in 429 (excluded), one in 408 (failed), one in 404/1002 (excluded),
    // one in 410 (failed); five are fine. Counted: 8, failed: 3.
    let mut ops: Vec<Op> = (0..10).map(|i| Op::write(secs(i))).collect();
    ops[0].took = Span::secs(6);
    let ends = [(Outcome::Fail, Status::THROTTLED), (Outcome::Unknown, Status::TIMEOUT)];
    let more = [(Outcome::Fail, Status::new(404, 1002)), (Outcome::Fail, Status::new(410, 0))];
    for (op, (outcome, status)) in ops[1..].iter_mut().zip(ends.into_iter().chain(more)) {
        (op.outcome, op.status) = (outcome, status);
    }
    let findings = single(Window::default().ops(&ops).findings(&plan()));
    near(&findings, "availability.hourly-window.write", 1.0 - 3.0 / 8.0);
    // By requests all four that did not succeed are failures, the slow one is not.
    near(&findings, "availability.request.write", 0.6);
    near(&findings, "throttles.share.write", 0.1);
    near(&findings, "throttles.attempts.write", 1.0);
    near(&findings, "latency.none.write", 0.4);
}

#[test]
fn a_right_answer_of_a_working_service_is_no_failure() {
    let mut ops = writes(Span::secs(1), secs(10), &[]);
    (ops[3].outcome, ops[3].status) = (Outcome::Fail, Status::new(412, 0));
    // Not knowing is a failure all the same.
    (ops[4].outcome, ops[4].status) = (Outcome::Unknown, Status::new(412, 0));
    let findings = single(Window::default().ops(&ops).findings(&plan()));
    near(&findings, "availability.request.write", 8.0 / 9.0);
    near(&findings, "operations.answered", 1.0);
}

#[test]
fn operations_that_close_the_window_are_not_part_of_the_load() {
    let mut records = Window::default().ops(&writes(Span::secs(1), secs(10), &[5_000..9_000])).records();
    for record in &mut records {
        if let Record::Completed(operation) = record
            && operation.outcome != Outcome::Ok
        {
            operation.closing = true;
        }
    }
    let mut watch = Watch::new(&plan());
    watch.on_records(&records);
    let findings = single(watch.findings());
    near(&findings, "availability.request.write", 1.0);
    near(&findings, "operations.write", 6.0);
    near(&findings, "latency.none.write", 0.0);
}

/// Ten writes a second for 300 s, a fault of West US at 100 s, and failures in `bad` (milliseconds).
fn outage(bad: &[std::ops::Range<u64>]) -> (Plan, Window) {
    let mut plan = plan();
    let fault = add_fault(&mut plan, secs(100), Some(Span::secs(120)), FaultKind::PowerLoss);
    let window = Window::default()
        .ops(&writes(Span::millis(100), secs(300), bad))
        .fault(fault, secs(100), "region(write)", &[WEST])
        .fault_ends(fault, secs(220));
    (plan, window)
}

#[test]
fn rto_is_the_first_good_stretch_after_the_onset() {
    // Writes of [100 s, 160 s) fail. The stretch from 159.9 s holds 100 operations, of which one failed: 99 % is enough.
    let (plan, window) = outage(&[100_000..160_000]);
    let findings = single(window.findings(&plan));
    near(&findings, "rto.write.max", 59.9);
    near(&findings, "rto.max", 59.9);
    near(&findings, "outage.time.write.max", 59.9);
    near(&findings, "rto.relapses.write.max", 0.0);
    near(&findings, "rto.censored.write.max", 0.0);
    near(&findings, "rto.resolution.write.max", 0.1);
    assert_eq!(value(&findings, "rto.read.max"), None);
    let summary = findings.classes();
    assert_eq!(summary.len(), 1);
    assert_eq!(summary[0].signature, "region(write)");
    assert_eq!(summary[0].share_of_unavailability, 1.0);
    assert_eq!(summary[0].rto[&Kind::Write].max, Some(59.9));
}

#[test]
fn an_outage_that_begins_late_counts_from_the_onset() {
    // Failures only from 103 s on: already the stretch of the first operation after the onset is bad.
    let (plan, window) = outage(&[103_000..160_000]);
    let findings = single(window.findings(&plan));
    near(&findings, "rto.write.max", 59.9);
    // Time below the share is counted from the first failure.
    near(&findings, "outage.time.write.max", 56.9);
}

#[test]
fn later_dips_are_relapses() {
    // Good again at 109.9 s; then [200 s, 205 s) fails: a relapse from 200 s to 204.9 s.
    let (plan, window) = outage(&[100_000..110_000, 200_000..205_000]);
    let findings = single(window.findings(&plan));
    near(&findings, "rto.write.max", 9.9);
    near(&findings, "rto.relapses.write.max", 1.0);
    near(&findings, "rto.relapse-time.write.max", 4.9);
    near(&findings, "outage.time.write.max", 9.9 + 4.9);
}

#[test]
fn rto_is_zero_when_no_more_failed_than_before() {
    let (plan, window) = outage(&[]);
    near(&single(window.findings(&plan)), "rto.write.max", 0.0);
    // One in ten seconds fails for the first of ten: 1 % throughout, before and after.
    let every_ten: Vec<_> = (0..30).map(|i| i * 10_000..i * 10_000 + 100).collect();
    let (plan, window) = outage(&every_ten);
    let findings = single(window.findings(&plan));
    near(&findings, "rto.write.max", 0.0);
    near(&findings, "outage.time.write.max", 0.0);
    near(&findings, "availability.request.write", 0.99);
}

#[test]
fn service_that_is_not_restored_has_no_rto() {
    let (plan, window) = outage(&[100_000..300_000]);
    let findings = single(window.findings(&plan));
    let estimate = findings.value("rto.write.max").expect("a path").expect("a value");
    assert_eq!((estimate.estimate, estimate.censored), (None, 1));
    near(&findings, "rto.censored.write.max", 1.0);
    // Down from 100 s until the last operation at 299.9 s.
    near(&findings, "outage.time.write.max", 199.9);
}

#[test]
fn a_slow_series_is_judged_on_a_hundred_operations() {
    // One write a second: a stretch of 10 s would hold 10, of which none may fail. Of 100, one may: [100 s, 160 s) fails,
    // the stretch from 159 s on is the first good one.
    let mut plan = plan();
    let fault = add_fault(&mut plan, secs(100), Some(Span::secs(60)), FaultKind::PowerLoss);
    let window = Window::default().ops(&writes(Span::secs(1), secs(400), &[100_000..160_000])).fault(
        fault,
        secs(100),
        "region(write)",
        &[WEST],
    );
    near(&single(window.findings(&plan)), "rto.write.max", 59.0);
}

#[test]
fn the_account_has_the_rto_of_its_worst_series() {
    let (plan, window) = outage(&[100_000..110_000]);
    let west: Vec<Op> = writes(Span::millis(100), secs(300), &[100_000..130_000])
        .into_iter()
        .map(|op| Op { region: WEST, partition: 1, ..op })
        .collect();
    let findings = single(window.ops(&west).findings(&plan));
    near(&findings, "rto.write.max", 29.9);
    near(&findings, "rto.write@East US.max", 9.9);
    near(&findings, "rto.write@partition:1.max", 29.9);
    let worst = findings.windows()[0].causes[0].rto(Scope::Account, Some(Kind::Write)).expect("a finding");
    assert_eq!((worst.worst.region, worst.worst.partition), (WEST, PartitionId(1)));
}

#[test]
fn time_in_which_clients_were_down_is_left_out() {
    // The only client in West US fails with its region from 100 s to 220 s. Its first operations after that fail, until
    // 230 s: 10 s of failures, 129.9 s after the onset, 120 s of which it was down.
    let mut plan = Plan { partitions: 2, ..Plan::default() };
    plan.topology = watched::plan().topology;
    add_client(&mut plan, EAST, false);
    add_client(&mut plan, WEST, true);
    let fault = add_fault(&mut plan, secs(100), Some(Span::secs(120)), FaultKind::PowerLoss);
    let ops: Vec<Op> = writes(Span::millis(100), secs(400), &[220_000..230_000])
        .into_iter()
        .filter(|op| op.at < secs(100) || op.at >= secs(220))
        .map(|op| Op { region: WEST, ..op })
        .collect();
    let window = Window::default()
        .ops(&ops)
        .fault(fault, secs(100), "region(write)", &[WEST])
        .fault_ends(fault, secs(220));
    let findings = single(window.findings(&plan));
    near(&findings, "rto.write.max", 9.9);
    near(&findings, "outage.time.write.max", 9.9);
    // Up: 399.9 s less 120 s away less 10 s down.
    near(&findings, "availability.time.write", 269.9 / 279.9);
}

#[test]
fn the_parts_of_an_rto_add_up_to_it() {
    let (plan, window) = outage(&[100_000..160_000]);
    let (partition, region, leader) = (PartitionId(0), EAST, ActorId(7));
    let window = window
        // Before the onset, and in another partition: neither counts.
        .change(secs(50), Change::Detected { what: "a rumour".into(), partition: None })
        .change(secs(120), Change::Writable { partition: PartitionId(1), region })
        .change(secs(103), Change::Detected { what: "region:West US".into(), partition: None })
        .change(secs(110), Change::Detected { what: "region:West US".into(), partition: None })
        .change(secs(130), Change::Decided { what: "fail over".into(), partition: None })
        .change(secs(131), Change::Elected { partition, region, leader })
        .change(secs(134), Change::LineageCut { partition, region, survivor: leader, why: "failover" })
        .change(secs(140), Change::Writable { partition, region });
    let window = window.findings(&plan);
    let finding = window.causes[0].rto(Scope::Account, Some(Kind::Write)).expect("a finding");
    let lengths: Vec<(&str, u64)> =
        finding.phases.parts().iter().map(|(name, span)| (*name, span.0 / 1_000_000)).collect();
    let expected =
        [("detect", 3_000), ("decide", 27_000), ("elect", 4_000), ("catch-up", 6_000), ("reroute", 19_900)];
    assert_eq!(lengths, expected);
    near(&single(window), "rto.reroute.write.max", 19.9);
}

#[test]
fn rpo_spans_the_acknowledgements_of_the_lost_writes() {
    // Lost at the promotion at 150 s: acknowledged at 91 s, 95 s and, by the isolated primary, 104 s, after the onset.
    let (plan, window) = outage(&[100_000..160_000]);
    let window = window
        .lost(secs(150), FAULT, 1, secs(91), true)
        .lost(secs(150), FAULT, 2, secs(95), true)
        .lost(secs(150), FAULT, 3, secs(104), true)
        // Later the disk that held write 2 is gone for good.
        .lost(secs(200), FAULT, 2, secs(95), false);
    let findings = single(window.findings(&plan));
    near(&findings, "rpo.writes.max", 3.0);
    near(&findings, "rpo.bytes.max", 300.0);
    near(&findings, "rpo.time.max", 13.0);
    near(&findings, "rpo.recoverable.writes.max", 2.0);
    near(&findings, "rpo.recoverable.time.max", 13.0);
    // max(100, 95) - 95.
    near(&findings, "rpo.permanent.writes.max", 1.0);
    near(&findings, "rpo.permanent.time.max", 5.0);
    let by_partition = &findings.windows()[0].causes[0].rpo.partitions;
    assert_eq!(by_partition[&PartitionId(1)].writes, 2);
    assert_eq!(by_partition[&PartitionId(0)].time, Span::secs(5));
}

#[test]
fn writes_out_of_reach_are_followed_until_their_end() {
    // Ten exposed: one lost for good, three in the conflict feed, of which one is later merged; two overruled.
    let (plan, mut window) = outage(&[]);
    let partition = PartitionId(0);
    let (writes, bytes, time) = (10, 1000, Span::secs(4));
    window.push(secs(100), Record::Exposed { fault: FAULT, partition, writes, bytes, time });
    window = window.lost(secs(150), FAULT, 2, secs(99), false);
    for write in [11, 12, 13] {
        window = window.change(secs(230), Change::ConflictFeed { partition, write: WriteId(write) });
    }
    let of = vec![WriteId(12)];
    window = window.change(secs(240), Change::Merged { partition, of, into: WriteId(50) });
    for loser in [14, 15] {
        let (loser, winner) = (WriteId(loser), WriteId(60));
        window = window.change(secs(230), Change::ConflictLost { partition, loser, winner });
    }
    let findings = single(window.findings(&plan));
    near(&findings, "exposed.writes.max", 10.0);
    near(&findings, "exposed.time.max", 4.0);
    near(&findings, "exposed.lost.max", 1.0);
    near(&findings, "exposed.conflict-feed.max", 2.0);
    near(&findings, "exposed.merged.max", 1.0);
    near(&findings, "exposed.conflict-lost.max", 2.0);
    near(&findings, "exposed.returned.max", 4.0);
    near(&findings, "conflicts.lost", 2.0);
    near(&findings, "rpo.writes.max", 1.0);
}

#[test]
fn a_system_that_reports_other_losses_than_were_found_is_noticed() {
    let (plan, window) = outage(&[]);
    let partition = PartitionId(0);
    let window = window
        .lost(secs(150), FAULT, 2, secs(99), false)
        .lost(secs(150), FAULT, 4, secs(99), false)
        .change(secs(151), Change::ReportedLost { partition, write: WriteId(2) })
        .change(secs(151), Change::ReportedLost { partition, write: WriteId(6) });
    assert_eq!(window.findings(&plan).misreported, (1, 1));
}

#[test]
fn a_planned_switch_during_an_outage_is_seen() {
    let (mut plan, mut window) = outage(&[]);
    let label = "failover = { to = \"East US\" }".to_owned();
    let action = plan.actions.push(geodes::model::plan::Action { at: secs(150), label });
    window.push(secs(150), Record::Admin { at: secs(150), action, answer: None });
    let refused = {
        let mut window = window.clone();
        let answer = Some(Answer::Refused("no connection".into()));
        window.push(secs(151), Record::Admin { at: secs(151), action, answer });
        window.findings(&plan)
    };
    near(&single(refused), "failovers.in-outage", 0.0);
    window.push(secs(151), Record::Admin { at: secs(151), action, answer: Some(Answer::Done) });
    let done = window.findings(&plan);
    assert_eq!(
        done.causes.iter().map(|cause| cause.class.as_str()).collect::<Vec<_>>(),
        ["region(write)", "action(failover)"]
    );
    near(&single(done), "failovers.in-outage", 1.0);
}

#[test]
fn latency_is_that_of_successful_operations() {
    // 1 to 100 ms; one more fails after a minute and has none.
    let mut ops: Vec<Op> =
        (1..=100).map(|i| Op { took: Span::millis(i), ..Op::write(ms(i * 100)) }).collect();
    ops.push(Op { took: Span::secs(60), ..Op::failed(secs(20)) });
    let findings = single(Window::default().ops(&ops).findings(&plan()));
    let close = |path, expected: f64| {
        let found = value(&findings, path).expect(path);
        assert!((found / expected - 1.0).abs() < 0.001, "{path}: {found}");
    };
    close("latency.write.p50", 0.050);
    close("latency.write.p99", 0.099);
    close("latency.in-region.write@East US.max", 0.100);
    near(&findings, "latency.none.write", 1.0 / 101.0);
    near(&findings, "latency.saturated.write", 0.0);
}

#[test]
fn traffic_and_throttles_are_added_up() {
    let mut window = Window::default().ops(&writes(Span::secs(1), secs(10), &[]));
    for (from, to, bytes) in
        [(Some(EAST), Some(WEST), 500), (Some(WEST), Some(EAST), 70), (Some(EAST), Some(EAST), 9)]
    {
        let purpose = Purpose::Replication;
        window.push(secs(9), Record::Traffic { from, to, purpose, bytes, messages: 1 });
    }
    let partition = PartitionId(1);
    let window = window
        .change(secs(1), Change::LagThrottle { partition, on: true })
        .change(secs(4), Change::LagThrottle { partition, on: false })
        .change(secs(8), Change::LagThrottle { partition, on: true });
    let findings = single(window.findings(&plan()));
    near(&findings, "traffic.replication", 570.0);
    near(&findings, "traffic.replication@East US", 500.0);
    near(&findings, "traffic.client", 0.0);
    // 3 s, and from 8 s to the end of the window at 9.005 s.
    near(&findings, "throttles.lag-time", 4.005);
}

#[test]
fn several_windows_pool_counts_and_have_an_interval_from_six_on() {
    // Windows of 100 writes, of which 0, 10, ..., 50 fail: 75 % of 600 in all. With six windows the interval of the
    // median is from the smallest to the largest.
    let window = |failing: u64| {
        let bad = 0..failing * 1000;
        Window::default().ops(&writes(Span::secs(1), secs(100), &[bad])).findings(&plan())
    };
    let mut findings = Findings::new();
    for failing in [0, 10, 20, 30, 40] {
        findings.push(window(failing));
    }
    let five = findings.value("availability.request.write").expect("a path").expect("a value");
    assert_eq!((five.low, five.high, five.n), (None, None, 5));
    findings.push(window(50));
    let six = findings.value("availability.request.write").expect("a path").expect("a value");
    assert_eq!((six.estimate, six.low, six.high, six.n), (Some(0.75), Some(0.5), Some(1.0), 6));
}

#[test]
fn a_filter_chooses_faults_by_class_and_kind() {
    let (plan, window) = outage(&[]);
    let window = window.findings(&plan);
    let has = |text| CauseFilter::parse(text).has(&window.causes[0]);
    assert!(has("") && has("region") && has("region(write)") && has("region power-loss"));
    assert!(has("region !destroyed") && has("region(write) !destroyed"));
    assert!(!has("region(read)") && !has("reg") && !has("zone") && !has("region destroyed"));
    assert!(!has("region !power-loss"));
}

/// A reader of records that says how stale each read was: as many versions as milliseconds it took.
#[derive(Default)]
struct Stale {
    seen: u64,
}

impl RecordSink for Stale {
    fn on_record(&mut self, record: &Record) -> Option<StalenessSample> {
        self.seen += 1;
        match record {
            Record::Completed(operation) if !operation.action.is_write() => {
                let time = operation.completed.0.since(operation.invoked.0);
                Some(StalenessSample { time, versions: time.0 / 1_000_000 })
            }
            _ => None,
        }
    }
    fn merge(&mut self, other: Stale) {
        self.seen += other.seen;
    }
}

#[test]
fn a_further_reader_gets_every_record_and_says_how_stale_reads_were() {
    let mut ops = writes(Span::secs(1), secs(10), &[]);
    for (i, op) in ops.iter_mut().enumerate() {
        op.write = i % 2 == 0;
        op.took = Span::millis(if i == 1 { 0 } else { 7 });
    }
    let records = Window::default().ops(&ops).records();
    let mut watch = Watch::over(Arc::new(Setting::of(&plan())), Stale::default());
    watch.on_records(&records);
    let (window, reader) = watch.finish();
    assert_eq!(reader.seen, records.len() as u64);
    let findings = single(window);
    near(&findings, "staleness.versions.read.max", 7.0);
    near(&findings, "staleness.time.read@East US.max", 0.007);
    // Five reads, one of them current.
    near(&findings, "staleness.current.read", 0.2);
}

#[test]
fn the_timeline_keeps_2400_buckets_at_most() {
    let mut ops = writes(Span::secs(1), secs(5200), &[0..2_800_000]);
    ops.iter_mut().for_each(|op| op.write = false);
    let window = Window::default().ops(&ops).findings(&plan());
    assert_eq!(window.timeline.width(), Span::secs(4));
    let (region, kind, buckets) = window.timeline.series().next().expect("a series");
    assert_eq!((region, kind, buckets.len()), (EAST, Kind::Read, 1300));
    assert_eq!(buckets.iter().map(|bucket| bucket.failed).sum::<u64>(), 2800);
    assert_eq!(buckets[0].share(), Some(0.0));
    assert_eq!(buckets[700].share(), Some(1.0));
}

#[test]
fn memory_does_not_grow_with_simulated_time() {
    // A timed-out write every 100 s among ten a second: the queue holds those of one time-out, over any length.
    let mut order: InOrder<u64> = InOrder::new(Span::secs(130));
    let mut open: Vec<(SimTime, u64)> = Vec::new();
    for i in 0..100_000u64 {
        let at = ms(i * 100);
        order.announce((at, i), OpId(i));
        if i % 1000 == 0 {
            open.push((at + Span::secs(65), i))
        } else {
            order.settle((at, i), OpId(i), Some(i))
        }
        while let Some((_, id)) = open.first().copied().filter(|(due, _)| *due <= at) {
            open.remove(0);
            order.settle((ms(id * 100), id), OpId(id), Some(id));
        }
        while order.next(at).is_some() {}
    }
    assert!(order.longest() <= 652, "{} operations held", order.longest());
    assert_eq!(order.given_up(), 0);
}

fn any_op() -> impl Strategy<Value = Op> {
    (0u64..400_000, 1u64..20_000, 0u32..2, 0u32..2, any::<bool>(), 0u8..12).prop_map(
        |(at, took, region, partition, write, end)| {
            let (outcome, status) = match end {
                0 => (Outcome::Fail, Status::new(503, 0)),
                1 => (Outcome::Fail, Status::THROTTLED),
                2 => (Outcome::Unknown, Status::TIMEOUT),
                3 => (Outcome::Fail, Status::new(412, 0)),
                _ => (Outcome::Ok, Status::OK),
            };
            let (at, took, region) = (ms(at), Span::millis(took), RegionId(region));
            Op { at, took, region, partition, write, outcome, status }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merged_partitions_equal_the_whole(ops in prop::collection::vec(any_op(), 1..400)) {
        let mut plan = plan();
        let fault = add_fault(&mut plan, secs(100), Some(Span::secs(60)), FaultKind::PowerLoss);
        let around = |ops: &[Op]| {
            Window::default()
                .ops(ops)
                .fault(fault, secs(100), "region(write)", &[WEST])
                .change(secs(110), Change::Decided { what: "fail over".into(), partition: None })
                .fault_ends(fault, secs(160))
                .records()
        };
        let watch = |ops: &[Op]| {
            let mut watch = Watch::new(&plan);
            watch.on_records(&around(ops));
            watch
        };
        let of = |partition| ops.iter().filter(|op| op.partition == partition).cloned().collect::<Vec<_>>();
        let mut merged = watch(&of(0));
        Observer::merge(&mut merged, Box::new(watch(&of(1))));
        let (merged, whole) = (merged.findings(), watch(&ops).findings());
        prop_assert_eq!(&merged.causes, &whole.causes);
        prop_assert_eq!(&merged.timeline, &whole.timeline);
        prop_assert_eq!(single(merged).all(), single(whole).all());
    }

    #[test]
    fn outcomes_leave_in_order_of_invocation(
        ops in prop::collection::vec((0u64..1_000, 0u64..300), 1..200)
    ) {
        // What the queue lets out equals all outcomes, sorted at the end.
        let mut events: Vec<(u64, u64, bool)> = Vec::new();
        for (id, (at, took)) in ops.iter().enumerate() {
            events.push((*at, id as u64, false));
            events.push((at + took, id as u64, true));
        }
        events.sort_by_key(|(time, id, ends)| (*time, *ends, *id));
        let mut order = InOrder::new(Span::secs(300));
        let mut out = Vec::new();
        for (time, id, ends) in events {
            let at = (secs(ops[id as usize].0), id);
            if ends { order.settle(at, OpId(id), Some(at)) } else { order.announce(at, OpId(id)) }
            while let Some(next) = order.next(secs(time)) {
                out.push(next);
            }
        }
        while let Some(next) = order.drain() {
            out.push(next);
        }
        let sorted = { let mut all = out.clone(); all.sort(); all };
        prop_assert_eq!(out.len(), ops.len());
        prop_assert_eq!(out, sorted);
    }
}
