//! Copies in the background: only what is not there moves, all replicas agree in the end, and webhooks say when.

use crate::case::{Case, Hands, copied, link, observed, small};
use geodes::base::ids::{PartitionId, RegionId};
use geodes::engine::record::Record;
use geodes::history::verdict::Verdict;
use geodes::model::operation::{Observed, Outcome, WriteId};
use geodes::system::container_registry::Mutation;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn only_layers_that_are_not_there_are_copied() {
    let mut text = small("");
    text.clients = vec!["West US"];
    text.load =
        "rate = \"6/min\"\nreads = \"0%\"\nkeys = 4\ndocument-size = \"1MB\"\ntimeout = \"60s\"".into();
    let seen = text.case().run();
    let pushes = seen.between(true, 0.0, 1e9).filter(|op| op.outcome == Outcome::Ok).count() as u64;
    let each = copied(&seen, 0, 1) / pushes;
    assert!((1_000_000..1_100_000).contains(&each), "{each} bytes a push");
    let all = copied(&text.case().without(Mutation::CopyEverything).run(), 0, 1) / pushes;
    assert!(all > 50_000_000, "{all} bytes a push");
}

#[test]
fn of_two_pushes_to_one_tag_the_later_stays_everywhere() {
    let mut text = small("");
    text.load =
        "rate = \"10/s\"\nreads = \"10%\"\nkeys = 2\ndocument-size = \"10KB\"\ntimeout = \"30s\"".into();
    let seen = text.case().run();
    assert!(seen.assert_sound().settled());
    text.case().without(Mutation::LastArrivalWins).run().assert_breaks("convergence", &["durability"]);
}

#[test]
fn a_copy_that_was_interrupted_is_begun_again() {
    let mut text = small("").fault("link:West US<->East US", "cut", 20.0, 30.0);
    text.load =
        "rate = \"1/s\"\nreads = \"50%\"\nkeys = 50\ndocument-size = \"100KB\"\ntimeout = \"30s\"".into();
    text.table = "replicas = [\"West US\", \"East US\"]".into();
    text.clients = vec!["West US", "East US"];
    text.run = ("2min", "3h");
    text.case().needs(Mutation::OfferOnce, "convergence", &["durability"]);
}

#[test]
fn a_replica_that_lost_its_disk_begins_under_a_new_name() {
    let mut text = small("").fault("region:West US", "destroyed-disk", 30.0, 5.0);
    text.load = "rate = \"6/s\"\nreads = \"20%\"\nkeys = 8\nwrite-once = \"80%\"\ndocument-size = \"10KB\"\n\
                 timeout = \"60s\""
        .into();
    text.run = ("6min", "40min");
    let good = text.case().run();
    assert!(good.assert_sound().settled());
    // What is pushed under numbers that the others have seen never reaches them; and they give it back what it lost, again
    // and again, so that nothing ever settles.
    let bad = text.case().without(Mutation::KeepName).run();
    assert_ne!(bad.verdict("convergence"), Verdict::Holds, "{:?}", bad.end());
}

#[test]
fn what_a_lost_replica_told_only_one_of_the_others_reaches_all() {
    let mut text = small("").fault("link:West US<->West Europe", "cut", 20.0, 3_000.0);
    text = text.fault("region:West US", "destroyed", 40.0, 0.0);
    text.clients = vec!["West US", "East US", "West Europe"];
    text.load =
        "rate = \"1/s\"\nreads = \"50%\"\nkeys = 8\nwrite-once = \"30%\"\ndocument-size = \"100KB\"\n\
                 timeout = \"60s\""
            .into();
    text.run = ("60min", "90min");
    text.case().needs(Mutation::NeverCompare, "convergence", &["durability"]);
}

#[test]
fn a_webhook_fires_in_a_region_when_the_push_is_there() {
    let mut text = small("own-layers = 1");
    text.clients = vec!["West US"];
    text.load = "rate = \"3/min\"\narrivals = \"even\"\nreads = \"0%\"\nkeys = 4\ndocument-size = \"50MB\"\n\
                 timeout = \"60s\""
        .into();
    text.run = ("4min", "10min");
    let delays = |case: Case| observed(&case.run().records, "replication-time-west-europe");
    // 50 MB at 10 MB/s.
    let told = delays(text.case());
    assert!(told.len() >= 8 && told.iter().all(|delay| *delay > 4.0), "{told:?}");
    let early = delays(text.case().without(Mutation::HookEarly));
    assert!(early.iter().any(|delay| *delay < 2.0), "{early:?}");
}

/// The pushes that the harness found lost.
fn lost(records: &[Record]) -> Vec<WriteId> {
    let of = |record: &Record| match record {
        Record::Lost(lost) => Some(lost.write),
        _ => None,
    };
    let mut found: Vec<WriteId> = records.iter().filter_map(of).collect();
    found.sort();
    found
}

/// What a region lost for good took with it: the pushes that the harness found lost, and what each reader that is left finds
/// missing of what was acknowledged.
fn region_lost(seed: u64, off: Option<Mutation>) -> (Vec<WriteId>, BTreeMap<RegionId, Vec<WriteId>>) {
    let mut text = small("").fault("region:West US", "destroyed", 60.0, 0.0);
    text.links = link("West US<->East US", "10MB/s") + &link("East US<->West Europe", "10MB/s");
    text.links += &link("West US<->West Europe", "2MB/s");
    text.load = "rate = \"1/s\"\nreads = \"0%\"\nkeys = 8\nwrite-once = \"100%\"\ndocument-size = \"6MB\"\n\
                 timeout = \"60s\""
        .into();
    text.run = ("10min", "40min");
    let case = Case::new(&text.text(seed));
    let seen = if let Some(part) = off { case.without(part) } else { case }.run();
    let mut shown: BTreeMap<RegionId, BTreeSet<u64>> = BTreeMap::new();
    for record in &seen.records {
        if let Record::Completed(op) = record
            && let (Observed::Serials(ranges), Some(by)) = (&op.observed, op.served)
        {
            shown.entry(by).or_default().extend(ranges.iter().flat_map(|(from, to)| *from..=*to));
        }
    }
    let acknowledged = || seen.between(true, 0.0, 1e9).filter(|op| op.outcome == Outcome::Ok);
    let missing = |shown: &BTreeSet<u64>| {
        let missing = acknowledged().filter(|op| !shown.contains(&op.key.number()));
        let mut missing: Vec<WriteId> = missing.map(|op| WriteId::of_once(PartitionId(0), op.key)).collect();
        missing.sort();
        missing
    };
    (lost(&seen.records), shown.iter().map(|(by, shown)| (*by, missing(shown))).collect())
}

#[test]
fn a_region_lost_for_good_loses_the_pushes_that_were_not_copied_and_no_other() {
    let seeds = 1..=12_u64;
    let exact = |off: Option<Mutation>| {
        let runs = seeds.clone().into_par_iter().map(|seed| region_lost(seed, off));
        let runs: Vec<_> = runs.collect();
        assert!(runs.iter().all(|(_, left)| left.len() == 2), "{runs:?}");
        // Not every seed has a push under way when the region is lost.
        assert!(runs.iter().filter(|(lost, _)| !lost.is_empty()).count() > 3, "{runs:?}");
        runs.iter().filter(|(lost, left)| left.values().all(|missing| missing == lost)).count()
    };
    assert_eq!(exact(None), 12);
    // What was copied to only one of the others stays unknown at the third.
    let exact = exact(Some(Mutation::NeverCompare));
    assert!(exact < 9, "{exact} of 12");
}

#[test]
fn a_lost_push_is_unknown_by_digest_and_an_older_image_by_tag() {
    let pull = |level: &str, seed: u64, off: Option<Mutation>| {
        let mut text = small("").fault("region:West US", "destroyed", 61.0, 0.0);
        text.clients = vec!["West US"];
        text.load =
            format!("rate = \"1/s\"\nreads = \"50%\"\nkeys = 4\nlevel = \"{level}\"\ntimeout = \"60s\"");
        // Nothing is copied in time.
        text.links = link("*<->*", "1kB/s");
        let case = Case::new(&text.text(seed));
        let mut hands = Hands::new(if let Some(part) = off { case.without(part) } else { case });
        hands.until(60.0);
        let push = hands.push(0, 1);
        hands.until(60.9);
        assert_eq!(hands.result(push).outcome, Outcome::Ok);
        hands.until(300.0);
        let pull = hands.pull(0, 1);
        hands.until(400.0);
        let op = hands.result(pull);
        (op.outcome, op.status.code, op.observed.clone())
    };
    let older = (Outcome::Ok, 200, Observed::Value(WriteId::INITIAL));
    for seed in 1..=10 {
        assert_eq!(pull("tag", seed, None), older);
        assert_eq!(pull("digest", seed, None), (Outcome::Fail, 404, Observed::Nothing));
        assert_eq!(pull("digest", seed, Some(Mutation::TagForDigest)), older);
    }
}
