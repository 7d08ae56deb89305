//! Regions that leave, come back and join (COS-12, COS-13, COS-15).

use crate::at_strong;
use crate::support::{PAIR, Seen, THREE, Text};
use geodes::base::ids::RegionId;
use geodes::engine::record::{Change, Record};
use geodes::model::operation::{Observed, Operation};
use geodes::system::cosmos_db::Mutation;

/// The write region goes down with writes that it has not shipped.
fn lost_suffix() -> Text {
    Text { level: "session", ..PAIR }.fault("link:West US 2->East US", "cut", 20.0, 9.0).fault(
        "region:West US 2",
        "power-loss",
        28.0,
        60.0,
    )
}

#[test]
fn what_a_failover_left_behind_comes_back_in_the_conflict_feed() {
    let (good, bad) = lost_suffix().case(60, 400).needs(Mutation::LoseConflictFeed, "loss-report", &[]);
    assert!(good.lost() > 20, "{}", good.lost());
    assert!(good.count(|c| matches!(c, Change::ConflictFeed { .. })) > 0);
    assert_eq!(bad.count(|c| matches!(c, Change::ConflictFeed { .. })), 0);
}

#[test]
fn what_an_account_without_a_feed_left_behind_is_reported_lost() {
    let account = "api = \"other\"\nwrite-regions = [\"West US 2\"]\n\
                   failover = { service-managed = { priority = [\"East US\"] } }";
    let case = Text { account, ..lost_suffix() }.case(60, 400);
    let (good, bad) = case.needs(Mutation::LoseConflictFeed, "loss-report", &[]);
    assert!(good.count(|c| matches!(c, Change::ReportedLost { .. })) > 20);
    assert_eq!(bad.count(|c| matches!(c, Change::ReportedLost { .. })), 0);
}

#[test]
fn a_session_outlives_a_failover_when_a_third_region_has_what_it_saw() {
    // The region that takes over was cut off from the old one; what it lacks it gets from the third, and nothing is lost.
    let seen = Text { level: "session", ..THREE }
        .fault("link:West US 2<->East US", "cut", 20.0, 60.0)
        .fault("region:West US 2", "power-loss", 28.0, 60.0)
        .case(60, 400)
        .run();
    assert!(seen.assert_sound().settled() && seen.lost() == 0, "{} lost", seen.lost());
    assert!(seen.count(|c| matches!(c, Change::LineageCut { .. })) > 0);
    let resets = seen.records.iter().filter(|r| matches!(r, Record::Completed(op) if op.session_reset));
    assert_eq!(resets.count(), 0);
}

/// The same with inserts among the writes, and an application that deals with the feed.
fn with_conflict_reader() -> Text {
    let account = "write-regions = [\"West US 2\"]\nfailover = { service-managed = { priority = [\"East US\"] } }\n\
                   conflict-reader = { region = \"East US\", every = \"10s\" }";
    let load = "rate = \"20/s\"\nreads = \"50%\"\nwrite-once = \"50%\"\nkeys = 10";
    Text { account, load, ..lost_suffix() }
}

/// Write-once keys of lost writes, and those of them that the closing reads show.
fn inserts_lost_and_shown(seen: &Seen) -> (usize, usize) {
    let lost = seen.records.iter().filter_map(|r| match r {
        Record::Lost(lost) if lost.key.is_once() => Some((lost.partition, lost.key.number())),
        _ => None,
    });
    let shown = |partition, serial| {
        let mut closing = seen.records.iter().filter_map(|r| match r {
            Record::Completed(op) if op.partition == partition => match &op.observed {
                Observed::Serials(all) => Some(all.clone()),
                _ => None,
            },
            _ => None,
        });
        closing.any(|all| all.iter().any(|(first, last)| (*first..=*last).contains(&serial)))
    };
    let lost: Vec<_> = lost.collect();
    (lost.len(), lost.iter().filter(|(partition, serial)| shown(*partition, *serial)).count())
}

#[test]
fn what_an_application_finds_in_the_conflict_feed_it_writes_back() {
    let good = with_conflict_reader().case(60, 400).run();
    assert!(good.assert_sound().settled());
    let (lost, shown) = inserts_lost_and_shown(&good);
    assert!(lost > 10 && shown == lost, "{shown} of {lost}");
    let bad = with_conflict_reader().case(60, 400).without(Mutation::NeverWriteBack).run();
    let (lost, shown) = inserts_lost_and_shown(&bad);
    assert!(lost > 10 && shown == 0, "{shown} of {lost}");
    let milestone = |c: &Change| matches!(c, Change::Milestone { what, .. } if what.starts_with("conflict feed: 0 written back"));
    assert!(bad.count(milestone) > 0 && good.count(milestone) == 0);
}

#[test]
fn a_recovered_write_region_returns_as_a_read_region() {
    let text = || PAIR.fault("region:West US 2", "power-loss", 20.0, 60.0);
    let good = text().case(60, 400).run();
    assert!(good.assert_sound().settled());
    assert_eq!(good.cuts(), [RegionId(1)]);
    let bad = text().case(60, 400).without(Mutation::PromoteOnReturn).run();
    assert_eq!(bad.cuts(), [RegionId(1), RegionId(0)]);
}

#[test]
fn a_recovered_region_catches_up_before_it_serves() {
    // The links are slow when it comes back, so that catching up takes long enough to be seen.
    let text = Text { level: "strong", ..THREE }.fault("region:East US", "power-loss", 20.0, 90.0).fault(
        "link:West US 2->East US",
        "{ slow = { factor = 60 } }",
        100.0,
        40.0,
    );
    text.case(60, 400).needs(Mutation::ServeBeforeSync, "linearizable", at_strong());
}

#[test]
fn an_added_region_serves_once_its_copy_is_complete() {
    let account = "write-regions = [\"West US 2\"]\nregions = [\"West US 2\", \"East US\"]\n\
                   data = \"2GB\"";
    let text =
        Text { level: "strong", account, ..THREE }.action("{ add-region = { region = \"Central US\" } }", 60);
    let (good, _) = text.case(120, 400).needs(Mutation::ServeBeforeCopy, "linearizable", at_strong());
    let there = |op: &&Operation| op.served == Some(RegionId(2));
    assert!(good.between(false, 60.0, 1e9).filter(there).count() > 10);
}
