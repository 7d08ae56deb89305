//! Latency, throttles, traffic and staleness of the load.

use crate::watched::{EAST, Op, WEST, Window, ms, plan, secs, single, writes};
use crate::{near, value};
use geodes::base::ids::{PartitionId, RegionId};
use geodes::base::time::Span;
use geodes::engine::contract::Observer;
use geodes::engine::record::{Change, Purpose, Record};
use geodes::measure::setting::Setting;
use geodes::measure::staleness::StalenessSample;
use geodes::measure::watch::{RecordSink, Watch};
use geodes::model::plan::{Costs, Plan};
use std::sync::Arc;

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
    near(&findings, "traffic.between-regions", 570.0 / 9.005);
    near(&findings, "traffic.between-regions@West US", 70.0 / 9.005);
    // 3 s, and from 8 s to the end of the window at 9.005 s.
    near(&findings, "throttles.lag-time", 4.005);
}

#[test]
fn a_month_costs_its_fees_and_the_traffic_between_regions_at_its_price() {
    let month = |plan: &Plan| {
        let mut window = Window::default().ops(&writes(Span::secs(1), secs(10), &[]));
        for (from, to, gb) in [(EAST, WEST, 3), (WEST, EAST, 2), (EAST, EAST, 9)] {
            let (purpose, bytes) = (Purpose::Replication, gb * 1_000_000_000);
            let (from, to) = (Some(from), Some(to));
            window.push(secs(9), Record::Traffic { from, to, purpose, bytes, messages: 1 });
        }
        single(window.findings(plan))
    };
    let free = plan();
    assert_eq!(value(&month(&free), "cost.month"), None);
    let mut costs = Costs { usd_month: 150.0, ..Costs::default() };
    let price = |from: RegionId, to: RegionId| if from == to { 1.0 } else { 0.01 * f64::from(from.0 + 1) };
    let regions = || free.topology.regions.ids();
    regions().for_each(|from| _ = costs.usd_per_gb.push(regions().map(|to| price(from, to)).collect()));
    let usd = 3.0 * price(EAST, WEST) + 2.0 * price(WEST, EAST);
    // The window ends at 9.005 s; a month has 730 h.
    let expected = 150.0 + usd * 730.0 * 3_600.0 / 9.005;
    near(&month(&Plan { costs: Some(costs), ..free.clone() }), "cost.month", expected);
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
