//! What a lost write region costs, over many seeds: nothing at strong, no more than the bound at bounded staleness, and
//! what was on its way at the others. Fault time, phase and length of the gap in shipping follow from the seed.
//!
//! `GEODES_SEEDS=300` runs that many seeds instead of the few of every test run.

mod support;

use geodes::engine::record::{Change, Record};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::{Case, PAIR, Seen, Text, seconds};

/// Seeds of a plain test run.
const FEW: u64 = 20;
const K: u64 = 20;
const LOAD: &str = "rate = \"40/s\"\nreads = \"40%\"\nkeys = 20";
const ACCOUNT: &str = "partitions = 3\nwrite-regions = [\"West US 2\"]\n\
                       failover = { service-managed = { priority = [\"East US\"] } }";

fn seeds() -> u64 {
    std::env::var("GEODES_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(FEW)
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), one step.
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The write region goes at a time of the seed's, after a gap in shipping: for good, or for a minute.
fn lost(level: &'static str, kind: &str, seed: u64) -> Case {
    let at = 12.0 + (mixed(seed) % 10_000) as f64 / 1e3;
    let gap = 0.1 + (mixed(seed + 1_000_000) % 5_000) as f64 / 1e3;
    let text = Text { level, account: ACCOUNT, load: LOAD, ..PAIR }
        .fault("link:West US 2->East US", "cut", (at - gap).floor(), gap.ceil() + 1.0)
        .fault("region:West US 2", kind, at, 60.0);
    let text = text.text(50, 300).replace("seed = 7", &format!("seed = {seed}"));
    let case = Case::quick(&text);
    if level == "bounded-staleness" { case.bound(K, geodes::base::time::Span::secs(300)) } else { case }
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
        // Of what was never acknowledged the region may have had more.
        let silent: Vec<_> = gone.difference(&fed).collect();
        assert!(silent.is_empty(), "seed {seed}: {silent:?} did not come back\n{}", seen.account());
    });
    assert!(lost.iter().sum::<u64>() > 0);
}
