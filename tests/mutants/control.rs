//! Failover and planned switches (COS-9, COS-10, COS-11, COS-17).

use crate::support::{PAIR, THREE, Text};
use geodes::base::ids::RegionId;
use geodes::engine::record::Answer;
use geodes::system::cosmos_db::Mutation;

const EAST: RegionId = RegionId(1);
const CENTRAL: RegionId = RegionId(2);

fn outage(text: Text) -> Text {
    text.fault("region:West US 2", "power-loss", 20.0, 80.0)
}

#[test]
fn failover_follows_the_priority_list() {
    let good = outage(THREE).case(60, 400).run();
    assert!(good.assert_sound().settled());
    assert_eq!(good.cuts(), [EAST]);
    assert_eq!(good.share(true, 70.0, 95.0), 1.0);
    let bad = outage(THREE).case(60, 400).without(Mutation::IgnorePriority).run();
    assert_eq!(bad.cuts(), [CENTRAL]);
}

#[test]
fn without_service_managed_failover_writes_stop_until_the_region_returns() {
    let off = || outage(Text { account: "write-regions = [\"West US 2\"]\nfailover = \"off\"", ..PAIR });
    let good = off().case(60, 400).run();
    assert!(good.assert_sound().settled());
    assert!(good.cuts().is_empty());
    assert_eq!(good.share(true, 70.0, 85.0), 0.0);
    assert_eq!(good.share(true, 120.0, 200.0), 1.0);
    let bad = off().case(60, 400).without(Mutation::FailOverAlthoughOff).run();
    assert_eq!(bad.cuts(), [EAST]);
}

#[test]
fn failover_that_was_switched_off_does_not_happen() {
    let drill = || outage(PAIR).action("{ service-managed-failover = \"off\" }", 5);
    let good = drill().case(60, 400).run();
    assert!(good.assert_sound().settled());
    assert!(good.cuts().is_empty());
    let bad = drill().case(60, 400).without(Mutation::IgnoreFailoverToggle).run();
    assert_eq!(bad.cuts(), [EAST]);
}

#[test]
fn a_planned_switch_is_refused_while_a_region_is_down() {
    let switch = || {
        let off = "write-regions = [\"West US 2\"]\nfailover = \"off\"";
        outage(Text { account: off, ..PAIR }).action("{ failover = { to = \"East US\" } }", 50)
    };
    let good = switch().case(60, 400).run();
    assert!(matches!(good.assert_sound().answers()[..], [Answer::Refused(_)]), "{:?}", good.answers());
    let bad = switch().case(60, 400).without(Mutation::SkipSwitchCheck).run();
    assert_eq!(bad.answers(), [Answer::Done]);
}

#[test]
fn a_planned_switch_loses_no_write() {
    let switch = || {
        Text { level: "session", ..PAIR }
            .fault("link:West US 2->East US", "cut", 20.0, 12.0)
            .action("{ failover = { to = \"East US\" } }", 25)
    };
    let good = switch().case(60, 400).run();
    assert!(good.assert_sound().settled());
    assert_eq!((good.answers(), good.lost()), (vec![Answer::Done], 0));
    let bad = switch().case(60, 400).without(Mutation::SwitchWithoutDrain).run();
    assert!(bad.lost() > 10, "{}", bad.lost());
}
