//! How long elections and commits take, against published figures and theory.

use crate::case::{Case, over};
use crate::support::seconds;
use geodes::base::ids::PartitionId;
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::WindowSpec;
use geodes::engine::record::{Change, Record};
use geodes::engine::world::World;
use geodes::model::operation::Outcome;
use geodes::system::raft::Raft;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All groups in one world.
pub fn world(text: &str) -> World<Raft> {
    let case = Case::new(text);
    let (plan, ready) = (Arc::new(case.plan.clone()), case.ready());
    let spec = WindowSpec { seed: plan.seed, ..WindowSpec::default() };
    let partitions = (0..plan.partitions).map(PartitionId).collect();
    ready.world(&plan, spec, partitions)
}

/// Times of the first election of each group between `from` and `until` seconds, counted from the former, in order.
fn elections(text: &str, from: u64, until: u64) -> Vec<f64> {
    let mut world = world(text);
    let groups = Case::new(text).plan.partitions as usize;
    let mut first = BTreeMap::new();
    for second in from + 1..=until {
        world.run_until(SimTime::ZERO + Span::secs(second));
        for record in world.take_records() {
            if let Record::Change { at, change: Change::Elected { partition, .. }, .. } = record
                && seconds(at) >= from as f64
            {
                first.entry(partition).or_insert(seconds(at) - from as f64);
            }
        }
        if first.len() == groups {
            break;
        }
    }
    let mut times: Vec<f64> = first.into_values().collect();
    times.sort_by(f64::total_cmp);
    times
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() as f64 * q) as usize).min(sorted.len() - 1)]
}

/// The mean.
pub fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len() as f64
}

/// Five servers 30 to 40 ms apart, of which some have failed, all with new time-outs of 300 to 600 ms.
fn wide_area(groups: u32, failed: usize) -> String {
    let alive = 5 - failed;
    let down = "[[fault]]\nscope = \"region:Down\"\nkind = \"destroyed\"\nat = \"0s\"\n";
    format!(
        "name = \"wide-area\"\nseed = 3\n[topology]\nregions = [\"Up\", \"Down\"]\nzones = 1\nnodes-per-zone = 5\n\
         intra-zone = {{ uniform = {{ from = \"30ms\", to = \"40ms\" }} }}\ninter-zone = {{ constant = \"35ms\" }}\n\
         global = {{ constant = \"0s\" }}\n[[link]]\nscope = \"link:Up<->Down\"\none-way = {{ constant = \"35ms\" }}\n\
         [disk]\npersist = {{ constant = \"0s\" }}\n\
         [system.raft]\npartitions = {groups}\nreplicas = [{{ region = \"Up\", count = {alive} }}{}]\n\
         election-timeout = {{ uniform = {{ from = \"300ms\", to = \"600ms\" }} }}\nheartbeat = \"150ms\"\n\
         reads = \"read-index\"\npre-vote = false\ncheck-quorum = false\nbegins = \"without-leader\"\n{}\
         [workload.none]\nclients = {{ region = \"Up\", count = 1 }}\nrate = \"1/h\"\nreads = \"50%\"\nkeys = 1\ntimeout = \"1s\"\n[run]\nat-least = \"5s\"\ncap = \"5s\"\n",
        if failed > 0 { format!(", {{ region = \"Down\", count = {failed} }}") } else { String::new() },
        if failed > 0 { down } else { "" },
    )
}

#[test]
fn elections_over_the_wide_area_take_as_long_as_published() {
    let published = include_str!("../data/raft_election_wan.csv");
    for row in published.lines().filter(|line| line.starts_with("equal,")) {
        let cells: Vec<f64> = row.split(',').skip(1).map(|cell| cell.parse().expect("a number")).collect();
        let [failed, _, _, _, p50, _, p90, p95, p99, .., mean_ms] = cells[..] else { panic!("{row}") };
        let times = elections(&wide_area(10_000, failed as usize), 0, 5);
        assert_eq!(times.len(), 10_000, "every group has elected a leader");
        let ours = |q| 1e3 * quantile(&times, q);
        println!(
            "{failed} failed: p50 {:.1} ({p50}), mean {:.1} ({mean_ms}), p90 {:.1} ({p90}), p95 {:.1} ({p95}), p99 {:.1} ({p99})",
            ours(0.5),
            1e3 * mean(&times),
            ours(0.9),
            ours(0.95),
            ours(0.99)
        );
        let within = |name: &str, ours: f64, published: f64, share: f64| {
            let off = (ours / published - 1.0).abs();
            assert!(off < share, "{failed} failed: {name} {ours:.1} ms, published {published} ms");
        };
        within("median", ours(0.5), p50, 0.015);
        within("mean", 1e3 * mean(&times), mean_ms, 0.02);
        for (name, q, value) in [("p90", 0.9, p90), ("p95", 0.95, p95), ("p99", 0.99, p99)] {
            within(name, ours(q), value, 0.05);
        }
    }
}

#[test]
fn a_commit_takes_the_way_to_the_leader_and_its_quorum_to_the_nanosecond() {
    // One way between regions i and j: 5 + i + j ms; A leads.
    let way = |a: u64, b: u64| if a == b { 500_000 } else { (5 + a + b) * 1_000_000 };
    for n in [3u64, 5] {
        let mut text = over(n as usize);
        text.topology =
            text.topology.replace("persist = { constant = \"1ms\" }", "persist = { constant = \"0s\" }");
        let seen = text.case(30).run();
        let mut round_trips: Vec<u64> = (1..n).map(|other| 2 * way(0, other)).collect();
        round_trips.sort_unstable();
        let quorum = round_trips[(n / 2) as usize - 1];
        let mut checked = 0;
        for op in seen.operations().filter(|op| op.invoked.0.0 > 1_000_000_000) {
            assert_eq!((op.outcome, op.attempts), (Outcome::Ok, 1));
            let expected = 2 * way(0, u64::from(op.region.0)) + quorum;
            assert_eq!(op.completed.0.since(op.invoked.0).0, expected, "{op:?}");
            checked += 1;
        }
        assert!(checked > 500, "{checked}");
    }
}

#[test]
fn when_the_zone_of_all_leaders_dies_groups_get_new_ones_evenly_over_the_length_of_a_lease() {
    let text = |zone: u32| {
        format!(
            "name = \"leases\"\nseed = 5\n[topology]\nregions = [\"R\"]\nzones = 5\nnodes-per-zone = 4\n\
             intra-zone = {{ constant = \"200us\" }}\ninter-zone = {{ constant = \"1ms\" }}\n\
             global = {{ constant = \"1ms\" }}\n[disk]\npersist = {{ constant = \"0s\" }}\n\
             [system.raft]\npartitions = 1250\n\
             replicas = [{{ region = \"R\", zone = 1 }}, {{ region = \"R\", zone = 2 }}, {{ region = \"R\", zone = 3 }}, \
             {{ region = \"R\", zone = 4 }}, {{ region = \"R\", zone = 5 }}]\n\
             election-timeout = {{ uniform = {{ from = \"10s\", to = \"10200ms\" }} }}\nheartbeat = \"9900ms\"\n\
             reads = \"lease\"\n[[fault]]\nscope = \"region:R/zone:{zone}\"\nkind = \"destroyed\"\nat = \"60s\"\n\
             [workload.none]\nclients = {{ region = \"R\", count = 1 }}\nrate = \"1/h\"\nreads = \"50%\"\nkeys = 1\ntimeout = \"1s\"\n[run]\nat-least = \"75s\"\ncap = \"75s\"\n"
        )
    };
    let times = elections(&text(1), 60, 75);
    assert_eq!(times.len(), 1_250, "every group has elected a leader");
    let n = times.len() as f64;
    let even = |t: f64| (t / 10.0).clamp(0.0, 1.0);
    let distance = times.iter().enumerate().map(|(i, t)| {
        let (below, at) = (i as f64 / n, (i + 1) as f64 / n);
        (even(*t) - below).abs().max((at - even(*t)).abs())
    });
    let distance = distance.fold(0.0, f64::max);
    println!("KS distance {distance:.4}");
    assert!(distance < 0.05, "{distance}");
    assert!(elections(&text(2), 60, 75).is_empty(), "a zone without leaders makes no difference");
}
