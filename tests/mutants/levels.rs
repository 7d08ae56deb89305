//! Consistency levels (COS-5, COS-6).

use crate::at_strong;
use crate::support::{Case, PAIR, SMALL, THREE, Text};
use geodes::base::ids::RegionId;
use geodes::base::time::Span;
use geodes::engine::record::Change;
use geodes::system::cosmos_db::Mutation;

const SHIPPING: &str = "link:West US 2->East US";

/// One replica of a small account misses what the leader sends it for a while.
fn one_replica_behind(level: &'static str) -> Case {
    let place = "West US 2/zone:1/node:";
    Text { level, ..SMALL }.fault(&format!("link:{place}1->{place}4"), "cut", 20.0, 20.0).case(60, 300)
}

/// The second region gets what is shipped to it late.
fn slow_shipping(level: &'static str) -> Case {
    Text { level, ..PAIR }.fault(SHIPPING, "{ slow = { factor = 20 } }", 20.0, 20.0).case(60, 300)
}

#[test]
fn a_strong_read_asks_two_replicas() {
    one_replica_behind("strong").needs(Mutation::ReadOneReplica, "linearizable", at_strong());
}

#[test]
fn a_bounded_read_in_the_write_region_asks_two_replicas() {
    let case = one_replica_behind("bounded-staleness");
    case.needs(Mutation::ReadOneReplica, "linearizable", &["consistent-prefix"]);
}

#[test]
fn a_strong_write_waits_until_every_region_of_the_quorum_has_it() {
    slow_shipping("strong").needs(Mutation::SkipBarrier, "linearizable", at_strong());
}

#[test]
fn a_strong_write_that_was_acknowledged_survives_its_region() {
    let case = Text { level: "strong", ..PAIR }
        .fault(SHIPPING, "cut", 20.0, 20.0)
        .fault("region:West US 2", "power-loss", 28.0, 100.0)
        .case(60, 400);
    let good = case.run();
    assert!(good.assert_sound().settled());
    assert_eq!(good.cuts().first(), Some(&RegionId(1)));
    let bad = case.without(Mutation::SkipBarrier).run();
    assert!(bad.broken().contains(&"no-loss"), "{}", bad.account());
}

#[test]
fn a_session_read_carries_its_token() {
    slow_shipping("session").needs(Mutation::DropSessionToken, "read-your-writes", &[]);
}

#[test]
fn consistent_prefix_never_goes_back_in_time() {
    one_replica_behind("consistent-prefix").needs(Mutation::ForgetPrefix, "consistent-prefix", &[]);
}

#[test]
fn writes_are_throttled_before_a_region_lags_beyond_the_bound() {
    let text = Text { level: "bounded-staleness", ..PAIR }.fault(SHIPPING, "cut", 20.0, 25.0);
    let case = text.case(60, 400).bound(50, Span::secs(300));
    let (good, bad) = case.needs(Mutation::ForgetThrottling, "bounded-staleness", &[]);
    assert!(good.count(|c| matches!(c, Change::LagThrottle { on: true, .. })) > 0);
    assert_eq!(bad.count(|c| matches!(c, Change::LagThrottle { .. })), 0);
}

#[test]
fn a_batch_is_applied_whole() {
    let load = "rate = \"20/s\"\nreads = \"50%\"\nmix = { batch = \"60%\" }";
    let case = Text { level: "consistent-prefix", load, ..SMALL }.case(40, 300);
    case.needs(Mutation::SplitBatches, "atomic-batches", &["consistent-prefix", "durability"]);
}

#[test]
fn strong_and_bounded_reads_cost_twice() {
    for (level, units) in [("strong", 2.0), ("bounded-staleness", 2.0), ("session", 1.0), ("eventual", 1.0)] {
        let case = || Text { level, ..SMALL }.case(20, 200);
        let good = case().run();
        assert!((good.assert_sound().charge_of_reads() - units).abs() < 1e-6, "{}", good.charge_of_reads());
        let bad = case().without(Mutation::ChargeReadsOnce).run();
        assert!((bad.charge_of_reads() - 1.0).abs() < 1e-6, "{}", bad.charge_of_reads());
    }
}

#[test]
fn conflicts_are_settled_alike_everywhere() {
    let text = Text {
        account: "write-regions = [\"West US 2\", \"East US\"]",
        clients: &[("West US 2", 2), ("East US", 2)],
        load: "rate = \"20/s\"\nreads = \"20%\"\nkeys = 400",
        ..PAIR
    };
    let case = text.fault("link:West US 2<->East US", "cut", 20.0, 15.0).case(60, 300);
    case.needs(Mutation::LastArrivalWins, "convergence", &[]);
}

#[test]
fn a_region_outside_the_quorum_is_never_promoted() {
    let account = "write-regions = [\"West US 2\"]\n\
                   failover = { service-managed = { priority = [\"Central US\", \"East US\"] } }";
    let text = Text { level: "strong", account, ..THREE }
        .fault("link:West US 2<->Central US", "cut", 20.0, 120.0)
        .fault("link:East US<->Central US", "cut", 20.0, 120.0)
        .fault("region:West US 2", "power-loss", 90.0, 60.0);
    let also: Vec<&str> = at_strong().iter().copied().chain(["linearizable"]).collect();
    let (good, bad) = text.case(60, 500).needs(Mutation::PromoteOutsideQuorum, "no-loss", &also);
    assert_eq!(good.cuts().first(), Some(&RegionId(1)));
    assert_eq!(bad.cuts().first(), Some(&RegionId(2)));
}
