//! Replica sets (COS-1, COS-2, COS-3, COS-4, COS-14, COS-19).

use crate::support::{Case, PAIR, SMALL, Text};
use geodes::engine::record::Change;
use geodes::system::cosmos_db::Mutation;

const ZONE: &str = "region:West US 2/zone:1";

/// A one-way cut between two nodes of the set.
fn apart(text: Text, from: u32, to: u32, at: f64, lasts: f64) -> Text {
    let place = "West US 2/zone:1/node:";
    text.fault(&format!("link:{place}{from}->{place}{to}"), "cut", at, lasts)
}

/// Forty seconds into an outage writes succeed again, until it ends; with the safeguard off they still fail.
fn writes_return(case: Case, safeguard: Mutation, until: f64) {
    let good = case.run();
    assert!(good.assert_sound().settled());
    assert_eq!(good.share(true, 60.0, until), 1.0);
    assert_eq!(case.without(safeguard).run().share(true, 60.0, until - 8.0), 0.0);
}

#[test]
fn a_fault_domain_holds_one_replica_of_a_set() {
    let case = SMALL.fault(&format!("{ZONE}/domain:1"), "power-loss", 20.0, 60.0).case(60, 300);
    writes_return(case, Mutation::PlaceInOneDomain, 78.0);
}

#[test]
fn a_write_is_acknowledged_only_after_its_quorum_is_durable() {
    let text = [2, 3, 4].iter().fold(SMALL, |text, to| apart(text, 1, *to, 30.0, 10.0));
    let case = text.fault(&format!("{ZONE}/node:1"), "power-loss", 38.0, 60.0).case(60, 300);
    case.needs(Mutation::AckBeforeQuorum, "durability", &[]);
}

#[test]
fn an_election_takes_a_replica_that_holds_every_acknowledged_write() {
    let text = apart(SMALL, 1, 4, 20.0, 60.0).fault(&format!("{ZONE}/node:1"), "power-loss", 40.0, 60.0);
    text.case(60, 300).needs(Mutation::PromoteStaleReplica, "durability", &[]);
}

#[test]
fn a_lost_replica_is_replaced() {
    let text = || {
        (1..=4).fold(SMALL, |text, n| {
            text.fault(&format!("{ZONE}/node:{n}"), "destroyed", 20.0 + 50.0 * f64::from(n - 1), 0.0)
        })
    };
    let case = || text().case(260, 300);
    let good = case().run();
    assert_eq!(good.assert_sound().lost(), 0);
    assert_eq!(good.share(true, 220.0, 260.0), 1.0);
    let bad = case().without(Mutation::NeverRebuild).run();
    assert!(bad.lost() > 0);
    assert_eq!(bad.share(true, 220.0, 260.0), 0.0);
}

#[test]
fn another_replica_ships_when_the_shipper_is_lost() {
    let case = |node: u32| {
        PAIR.fault(&format!("{ZONE}/node:{node}"), "power-loss", 20.0, 28.0)
            .fault("region:West US 2", "power-loss", 45.0, 30.0)
            .case(60, 400)
    };
    let mut worst = 0;
    for node in 2..=4 {
        let good = case(node).run();
        assert!(good.assert_sound().settled());
        assert!(good.exposed() <= 3, "{}", good.exposed());
        worst = worst.max(case(node).without(Mutation::ShipperNotReplaced).run().exposed());
    }
    assert!(worst > 100, "{worst}");
}

#[test]
fn committed_writes_are_shipped_to_the_other_regions() {
    let case = || PAIR.fault("region:West US 2", "power-loss", 40.0, 60.0).case(60, 400);
    let good = case().run();
    assert!(good.assert_sound().exposed() <= 3);
    let bad = case().without(Mutation::NeverShip).run();
    assert!(bad.exposed() > 300, "{}", bad.exposed());
}

#[test]
fn zone_redundant_replicas_survive_a_zone() {
    let zones = "write-regions = [\"West US 2\"]\nzone-redundant = [\"West US 2\"]";
    let case = Text { account: zones, ..SMALL }.fault(ZONE, "power-loss", 20.0, 60.0).case(60, 300);
    writes_return(case, Mutation::IgnoreZones, 78.0);
}

#[test]
fn a_set_that_lost_its_leader_is_reconfigured() {
    let case = SMALL.fault("@leader(0)", "power-loss", 20.0, 70.0).case(60, 300);
    writes_return(case, Mutation::NeverReconfigure, 88.0);
}

#[test]
fn a_destroyed_account_comes_back_as_of_its_last_backup() {
    let account = "write-regions = [\"West US 2\"]\nregions = [\"West US 2\"]\nbackup = \"continuous\"";
    let text = || {
        Text { account, ..PAIR }
            .fault("region:West US 2", "destroyed", 230.0, 0.0)
            .action("{ restore = { to = \"East US\" } }", 240)
    };
    let restored = |c: &Change| matches!(c, Change::LineageCut { why: "restore", .. });
    let good = text().case(300, 360).run();
    assert_eq!(good.assert_sound().count(restored), 1);
    assert_eq!(good.share(true, 270.0, 298.0), 1.0);
    let bad = text().case(300, 360).without(Mutation::NeverBackUp).run();
    assert_eq!(bad.count(restored), 0);
    assert_eq!(bad.share(true, 270.0, 298.0), 0.0);
}
