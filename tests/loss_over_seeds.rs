//! What a lost write region costs, over many seeds: nothing at strong, no more than the bound at bounded staleness, and
//! what was on its way at the others. Fault time, phase and length of the gap in shipping follow from the seed.
//!
//! `GEODES_SEEDS=300` runs that many seeds instead of the few of every test run.

mod support;

use geodes::base::dist::Law;
use geodes::base::ids::RegionId;
use geodes::base::time::Span;
use geodes::engine::record::{Change, Record};
use geodes::model::operation::{Operation, Outcome};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::dice::{Dice, setting};
use support::{Case, PAIR, Seen, THREE, Text, seconds};

/// Seeds of a plain test run.
const FEW: u64 = 6;
const K: u64 = 20;
const LOAD: &str = "rate = \"40/s\"\nreads = \"40%\"\nkeys = 20";
const ACCOUNT: &str = "partitions = 3\nwrite-regions = [\"West US 2\"]\n\
                       failover = { service-managed = { priority = [\"East US\"] } }";

fn seeds() -> u64 {
    setting("GEODES_SEEDS", FEW)
}

/// When it goes.
fn struck(seed: u64) -> f64 {
    12.0 + Dice::of_schedule(seed).below(10_000) as f64 / 1e3
}

/// The write region goes at a time of the seed's, after a gap in shipping: for good, or for a minute.
fn lost(level: &'static str, kind: &str, seed: u64) -> Case {
    let at = struck(seed);
    let gap = 0.1 + Dice::of_schedule(seed + 1_000_000).below(5_000) as f64 / 1e3;
    let text = Text { level, account: ACCOUNT, load: LOAD, ..PAIR }
        .fault("link:West US 2->East US", "cut", (at - gap).floor(), gap.ceil() + 1.0)
        .fault("region:West US 2", kind, at, 60.0);
    let text = text.text(50, 300).replace("seed = 7", &format!("seed = {seed}"));
    let case = Case::quick(&text);
    if level == "bounded-staleness" { case.bound(K, Span::secs(300)) } else { case }
}

/// Judges every seed; how many writes each lost.
fn over_seeds(level: &'static str, kind: &str, judge: impl Fn(u64, &Seen) + Sync) -> Vec<u64> {
    let one = |seed| {
        let seen = lost(level, kind, seed).run();
        judge(seed, &seen);
        seen.lost()
    };
    (1..=seeds()).into_par_iter().map(one).collect()
}

fn lost_by_partition(seen: &Seen) -> BTreeMap<u32, u64> {
    let mut all = BTreeMap::new();
    for record in &seen.records {
        match record {
            Record::Lost(lost) => *all.entry(lost.partition.0).or_default() += 1,
            Record::LostBulk(bulk) => *all.entry(bulk.partition.0).or_default() += bulk.writes,
            _ => {}
        }
    }
    all
}

const KINDS: [&str; 2] = ["destroyed", "power-loss"];

#[test]
fn strong_loses_no_acknowledged_write() {
    for kind in KINDS {
        let lost = over_seeds("strong", kind, |seed, seen| {
            assert!(!seen.broken().contains(&"no-loss"), "seed {seed}\n{}", seen.account());
            assert!(!seen.cuts().is_empty(), "seed {seed}: nobody was promoted");
            let late = seen.operations().any(|op| op.action.is_write() && seconds(op.invoked.0) > 40.0);
            assert!(late, "seed {seed}: no write after the failover");
        });
        assert_eq!(lost.iter().sum::<u64>(), 0, "{kind}");
        println!("strong, {kind}: 0 lost over {} seeds", lost.len());
    }
}

#[test]
fn bounded_staleness_loses_no_more_than_its_bound_in_a_partition() {
    for kind in KINDS {
        let lost = over_seeds("bounded-staleness", kind, |seed, seen| {
            let most = lost_by_partition(seen).into_values().max().unwrap_or(0);
            assert!(most <= K, "seed {seed}: {most} writes of one partition");
        });
        assert!(lost.iter().sum::<u64>() > 0, "no seed loses anything: this shows nothing");
        println!("bounded staleness, {kind}: at most {:?} lost in a run", lost.iter().max());
    }
}

#[test]
fn bounded_staleness_loses_no_more_than_its_bound_in_time() {
    // Once the other region is behind by the bound nothing more is accepted: what is lost spans no more time than that.
    let bound = Span::secs(3);
    let one = |seed| {
        let seen = lost("bounded-staleness", "destroyed", seed).bound(1_000_000, bound).run();
        let mut spans: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for record in &seen.records {
            let (partition, first, last) = match record {
                Record::Lost(lost) => (lost.partition, lost.acknowledged, lost.acknowledged),
                Record::LostBulk(bulk) => (bulk.partition, bulk.oldest, bulk.newest),
                _ => continue,
            };
            let span = spans.entry(partition.0).or_insert((f64::MAX, 0.0));
            *span = (span.0.min(seconds(first)), span.1.max(seconds(last)));
        }
        let most = spans.values().map(|(first, last)| last - first).fold(0.0, f64::max);
        assert!(most <= bound.seconds(), "seed {seed}: the writes of {most} s are lost");
        most
    };
    let most = (1..=seeds()).into_par_iter().map(one).reduce(|| 0.0, f64::max);
    assert!(most > bound.seconds() / 2.0, "no seed comes near the bound: this shows nothing");
    println!("bounded staleness, T = 3 s: the writes of at most {most:.3} s lost");
}

/// When the region that is lost here stops, and when it is marked as failed; writes that began and were acknowledged
/// between, except at the edges.
fn writes_while_a_read_region_is_gone(text: Text, seed: u64) -> usize {
    let text = text.fault("region:East US", "power-loss", struck(seed), 150.0);
    let case = Case::quick(&text.text(50, 400).replace("seed = 7", &format!("seed = {seed}")));
    // The decision about the region comes after that about the quorum, as it does in the documents.
    let seen = case.with(|settings| settings.failover.offline_detect = Law::Constant(60.0)).run();
    let offline = seen.changes().find_map(|(at, change)| match change {
        Change::Offline { region } if *region == RegionId(1) => Some(at),
        _ => None,
    });
    let offline = offline.unwrap_or_else(|| panic!("seed {seed}: it is not marked\n{}", seen.account()));
    let within = |op: &&Operation| {
        let (from, to) = (seconds(op.invoked.0), seconds(op.completed.0));
        op.action.is_write() && op.outcome == Outcome::Ok && from > struck(seed) + 0.2 && to < offline
    };
    seen.operations().filter(within).count()
}

#[test]
fn two_strong_regions_stop_writing_until_the_lost_one_is_marked_as_failed_and_three_do_not() {
    const WEST: &[(&str, u32)] = &[("West US 2", 3)];
    let one = |seed| {
        let of = |text| writes_while_a_read_region_is_gone(text, seed);
        (
            of(Text { level: "strong", clients: WEST, load: LOAD, ..PAIR }),
            of(Text { level: "strong", clients: WEST, load: LOAD, ..THREE }),
        )
    };
    let all: Vec<(usize, usize)> = (1..=seeds()).into_par_iter().map(one).collect();
    for (seed, (two, three)) in (1..).zip(&all) {
        assert!(*two == 0 && *three > 0, "seed {seed}: {two} with two regions, {three} with three");
    }
}

#[test]
fn session_and_eventual_lose_what_was_on_its_way() {
    for level in ["session", "eventual"] {
        for kind in KINDS {
            let lost = over_seeds(level, kind, |_, _| {});
            assert!(lost.iter().sum::<u64>() > 0);
            println!("{level}, {kind}: at most {:?} lost in a run", lost.iter().max());
        }
    }
}

#[test]
fn the_conflict_feed_returns_exactly_what_a_recovered_region_had() {
    let lost = over_seeds("session", "power-loss", |seed, seen| {
        let mut gone = BTreeSet::new();
        let mut fed = BTreeSet::new();
        for record in &seen.records {
            match record {
                Record::Lost(lost) if lost.recoverable => _ = gone.insert((lost.partition, lost.write)),
                Record::Change { change: Change::ConflictFeed { partition, write }, .. } => {
                    fed.insert((*partition, *write));
                }
                _ => {}
            }
        }
        let silent: Vec<_> = gone.difference(&fed).collect();
        assert!(silent.is_empty(), "seed {seed}: {silent:?} did not come back\n{}", seen.account());
        // What was never acknowledged the region may have had beyond that, and nothing else.
        let acknowledged: BTreeSet<_> = seen
            .operations()
            .filter(|op| op.outcome == Outcome::Ok)
            .filter_map(|op| op.action.write_id().map(|write| (op.partition, write)))
            .collect();
        let more: Vec<_> = fed.difference(&gone).filter(|write| acknowledged.contains(write)).collect();
        assert!(more.is_empty(), "seed {seed}: {more:?} came back and had not been lost");
    });
    assert!(lost.iter().sum::<u64>() > 0);
}
