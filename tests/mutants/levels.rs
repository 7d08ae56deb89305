//! Consistency levels (COS-5, COS-6).

use crate::AT_STRONG;
use crate::support::{PAIR, SMALL, THREE, Text};
use geodes::base::ids::RegionId;
use geodes::base::time::Span;
use geodes::engine::record::Change;
use geodes::system::cosmos_db::Mutation;

const SHIPPING: &str = "link:West US 2->East US";

#[test]
fn a_strong_read_asks_two_replicas() {
    let place = "West US 2/zone:1/node:";
    let text =
        || Text { level: "strong", ..SMALL }.fault(&format!("link:{place}1->{place}4"), "cut", 20.0, 20.0);
    assert!(text().case(60, 300).run().assert_sound().settled());
    text().case(60, 300).without(Mutation::ReadOneReplica).run().assert_breaks("linearizable", AT_STRONG);
}

#[test]
fn a_bounded_read_in_the_write_region_asks_two_replicas() {
    let place = "West US 2/zone:1/node:";
    let text = || {
        Text { level: "bounded-staleness", ..SMALL }.fault(
            &format!("link:{place}1->{place}4"),
            "cut",
            20.0,
            20.0,
        )
    };
    assert!(text().case(60, 300).run().assert_sound().settled());
    text()
        .case(60, 300)
        .without(Mutation::ReadOneReplica)
        .run()
        .assert_breaks("linearizable", &["consistent-prefix"]);
}

#[test]
fn a_strong_write_waits_until_every_region_of_the_quorum_has_it() {
    let text = || Text { level: "strong", ..PAIR }.fault(SHIPPING, "{ slow = { factor = 20 } }", 20.0, 20.0);
    assert!(text().case(60, 300).run().assert_sound().settled());
    text().case(60, 300).without(Mutation::SkipBarrier).run().assert_breaks("linearizable", AT_STRONG);
}

#[test]
fn a_strong_write_that_was_acknowledged_survives_its_region() {
    let text = || {
        Text { level: "strong", ..PAIR }.fault(SHIPPING, "cut", 20.0, 20.0).fault(
            "region:West US 2",
            "power-loss",
            28.0,
            100.0,
        )
    };
    let good = text().case(60, 400).run();
    assert!(good.assert_sound().settled());
    assert_eq!(good.cuts().first(), Some(&RegionId(1)));
    let bad = text().case(60, 400).without(Mutation::SkipBarrier).run();
    assert!(bad.broken().contains(&"no-loss"), "{}", bad.account());
}

#[test]
fn a_session_read_carries_its_token() {
    let text = || Text { level: "session", ..PAIR }.fault(SHIPPING, "{ slow = { factor = 20 } }", 20.0, 20.0);
    assert!(text().case(60, 300).run().assert_sound().settled());
    text().case(60, 300).without(Mutation::DropSessionToken).run().assert_breaks("read-your-writes", &[]);
}

#[test]
fn consistent_prefix_never_goes_back_in_time() {
    let place = "West US 2/zone:1/node:";
    let text = || {
        Text { level: "consistent-prefix", ..SMALL }.fault(
            &format!("link:{place}1->{place}4"),
            "cut",
            20.0,
            20.0,
        )
    };
    assert!(text().case(60, 300).run().assert_sound().settled());
    text().case(60, 300).without(Mutation::ForgetPrefix).run().assert_breaks("consistent-prefix", &[]);
}

#[test]
fn writes_are_throttled_before_a_region_lags_beyond_the_bound() {
    let text = || Text { level: "bounded-staleness", ..PAIR }.fault(SHIPPING, "cut", 20.0, 25.0);
    let case = || text().case(60, 400).bound(50, Span::secs(300));
    let good = case().run();
    assert!(good.assert_sound().settled());
    assert!(good.count(|c| matches!(c, Change::LagThrottle { on: true, .. })) > 0);
    let bad = case().without(Mutation::ForgetThrottling).run();
    bad.assert_breaks("bounded-staleness", &[]);
    assert_eq!(bad.count(|c| matches!(c, Change::LagThrottle { .. })), 0);
}

#[test]
fn a_batch_is_applied_whole() {
    let load = "rate = \"20/s\"\nreads = \"50%\"\nmix = { batch = \"60%\" }";
    let text = || Text { level: "consistent-prefix", load, ..SMALL };
    assert!(text().case(40, 300).run().assert_sound().settled());
    let also = ["consistent-prefix", "durability"];
    text().case(40, 300).without(Mutation::SplitBatches).run().assert_breaks("atomic-batches", &also);
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
    let text = || {
        Text {
            account: "write-regions = [\"West US 2\", \"East US\"]",
            clients: &[("West US 2", 2), ("East US", 2)],
            load: "rate = \"20/s\"\nreads = \"20%\"\nkeys = 400",
            ..PAIR
        }
        .fault("link:West US 2<->East US", "cut", 20.0, 15.0)
    };
    assert!(text().case(60, 300).run().assert_sound().settled());
    text().case(60, 300).without(Mutation::LastArrivalWins).run().assert_breaks("convergence", &[]);
}

#[test]
fn a_region_outside_the_quorum_is_never_promoted() {
    let account = "write-regions = [\"West US 2\"]\n\
                   failover = { service-managed = { priority = [\"Central US\", \"East US\"] } }";
    let text = || {
        Text { level: "strong", account, ..THREE }
            .fault("link:West US 2<->Central US", "cut", 20.0, 120.0)
            .fault("link:East US<->Central US", "cut", 20.0, 120.0)
            .fault("region:West US 2", "power-loss", 90.0, 60.0)
    };
    let good = text().case(60, 500).run();
    assert!(good.assert_sound().settled());
    assert_eq!(good.cuts().first(), Some(&RegionId(1)));
    let bad = text().case(60, 500).without(Mutation::PromoteOutsideQuorum).run();
    let also: Vec<&str> = AT_STRONG.iter().copied().chain(["linearizable"]).collect();
    bad.assert_breaks("no-loss", &also);
    assert_eq!(bad.cuts().first(), Some(&RegionId(2)));
}
