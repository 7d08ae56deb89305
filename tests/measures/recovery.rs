//! Recovery times: when service is back, what dips later, and what the time was spent on.

use crate::watched::{EAST, Op, WEST, Window, add_client, add_fault, plan, secs, single, writes};
use crate::{near, outage, value};
use geodes::base::ids::{ActorId, PartitionId};
use geodes::base::time::Span;
use geodes::engine::record::Change;
use geodes::measure::series::{Kind, Scope};
use geodes::model::fault::FaultKind;
use geodes::model::plan::Plan;

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
    plan.topology = crate::watched::plan().topology;
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
