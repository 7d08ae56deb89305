//! Windows taken together, faults chosen by a filter, and bounds on what is kept.

use crate::outage;
use crate::watched::{EAST, Window, ms, plan, secs, writes};
use geodes::base::time::{SimTime, Span};
use geodes::measure::findings::{CauseFilter, Findings};
use geodes::measure::in_order::InOrder;
use geodes::measure::series::Kind;
use geodes::model::operation::OpId;

#[test]
fn several_windows_pool_counts_and_have_an_interval_from_six_on() {
    // Windows of 100 writes, of which 0, 10, ..., 50 fail: 25 % of 600 in all. The failures of a window have a standard
    // deviation of 18.7, so the share has a standard error of 18.7 / 100 / sqrt(6) = 7.64 %; Student's reach with five
    // degrees of freedom is 2.571, so the interval of the failures is 25 % times exp(+-2.571 sqrt(ln(1 + 0.0764^2 / 0.25^2))).
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
    assert_eq!((six.estimate, six.n), (Some(0.75), 6));
    let near = |end: Option<f64>, exact: f64| end.is_some_and(|end| (end - exact).abs() < 1e-3);
    assert!(near(six.low, 1.0 - 0.5388) && near(six.high, 1.0 - 0.1160), "{six:?}");
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
