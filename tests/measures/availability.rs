//! Availability by requests, by time and by the hour.

use crate::watched::{Op, Window, plan, secs, single, writes};
use crate::{near, value};
use geodes::base::time::Span;
use geodes::engine::contract::Observer;
use geodes::engine::record::Record;
use geodes::measure::watch::Watch;
use geodes::model::operation::{Outcome, Status};

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
