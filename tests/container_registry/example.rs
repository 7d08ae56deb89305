//! The example company before and after geo-replication, and with imports: `results/container-registry/example.csv`.
//!
//! `GOLDEN=write cargo test --test container_registry the_example` writes it again.

use crate::case::{shipped, took};
use crate::published::same;
use crate::support::Seen;
use geodes::engine::record::{Purpose, Record};
use geodes::measure::traffic::{Traffic, Volume};
use geodes::model::operation::Outcome;
use geodes::model::plan::Costs;
use std::fmt::Write;

const SCENARIOS: [&str; 3] = ["example-before", "example-import", "example-after"];
/// Hours of a month over those of the load.
const MONTH: f64 = 730.0 / 2.0;

/// A quantile of how long pushes or pulls took that succeeded in the first two hours.
fn quantile(seen: &Seen, write: bool, share: f64) -> f64 {
    let done = seen.between(write, 0.0, 7_200.0).filter(|op| op.outcome == Outcome::Ok);
    let mut times: Vec<f64> = done.map(took).collect();
    times.sort_by(f64::total_cmp);
    times[((times.len() as f64 * share) as usize).min(times.len() - 1)]
}

/// GB that went from one region to another.
fn between(seen: &Seen, wanted: Purpose) -> f64 {
    let of = |record: &Record| match record {
        Record::Traffic { from: Some(a), to: Some(b), purpose, bytes, .. }
            if a != b && *purpose == wanted =>
        {
            Some(*bytes)
        }
        _ => None,
    };
    seen.records.iter().filter_map(of).sum::<u64>() as f64 / 1e9
}

/// What all traffic between regions cost.
fn usd(seen: &Seen, costs: &Costs) -> f64 {
    let mut traffic = Traffic::default();
    for record in &seen.records {
        if let Record::Traffic { from, to, purpose, bytes, messages, .. } = record {
            traffic.add((*from, *to), *purpose, Volume { bytes: *bytes, messages: *messages });
        }
    }
    traffic.usd(costs)
}

struct Row {
    push: f64,
    pull: f64,
    remote_gb: f64,
    fee: f64,
    traffic: f64,
    line: String,
}

fn row(name: &str) -> Row {
    let case = shipped(name);
    let seen = case.run();
    let fee: f64 = case.plan.facts["replica-usd-month"].parse().expect("a number");
    let traffic = usd(&seen, case.plan.costs.as_ref().expect("it has prices")) * MONTH;
    let month = fee + traffic;
    let [push, push95, pull, pull95] =
        [(true, 0.5), (true, 0.95), (false, 0.5), (false, 0.95)].map(|(write, q)| quantile(&seen, write, q));
    let (remote_gb, copied_gb) = (between(&seen, Purpose::Client), between(&seen, Purpose::Replication));
    let line = format!(
        "{name},{push:.2},{push95:.2},{pull:.2},{pull95:.2},{remote_gb:.1},{copied_gb:.1},{fee:.2},{traffic:.2},{month:.2}"
    );
    Row { push, pull, remote_gb, fee, traffic, line }
}

#[test]
fn the_example_company_pushes_once_and_pulls_locally() {
    let [before, import, after] = SCENARIOS.map(row);
    let mut csv = String::from(
        "scenario,push_p50_s,push_p95_s,pull_p50_s,pull_p95_s,clients_between_regions_gb,copies_gb,fee_usd_month,\
         traffic_usd_month,usd_month\n",
    );
    for row in [&before, &import, &after] {
        writeln!(csv, "{}", row.line).expect("a string takes text");
    }
    // Two fees become four; pushes and pulls get faster, and pulls cross no border.
    assert!((after.fee / before.fee - 2.0).abs() < 1e-3 && import.fee.total_cmp(&before.fee).is_eq());
    assert!(after.push < before.push && after.pull < before.pull, "{csv}");
    assert!(after.remote_gb < before.remote_gb / 5.0 && after.traffic < before.traffic, "{csv}");
    same("example.csv", &csv);
}
