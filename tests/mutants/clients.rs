//! The client library and capacity (COS-7, COS-8).

use crate::support::{PAIR, SMALL, THREE, Text};
use geodes::base::time::Span;
use geodes::engine::record::Change;
use geodes::system::cosmos_db::Mutation;

#[test]
fn load_beyond_the_provisioned_throughput_is_throttled() {
    let text = || Text {
        account: "write-regions = [\"West US 2\"]\nthroughput = \"400 RU/s\"",
        load: "rate = \"120/s\"\nreads = \"20%\"",
        ..SMALL
    };
    let good = text().case(20, 60).run();
    let throttled = good.assert_sound().operations().map(|op| u64::from(op.throttled)).sum::<u64>();
    assert!(throttled > 100, "{throttled}");
    let bad = text().case(20, 60).without(Mutation::NoThroughputLimit).run();
    assert_eq!(bad.operations().map(|op| u64::from(op.throttled)).sum::<u64>(), 0);
    assert_eq!(bad.share(true, 0.0, 20.0), 1.0);
}

#[test]
fn clients_leave_a_region_that_fails() {
    let text =
        || Text { clients: &[("East US", 3)], ..THREE }.fault("region:East US", "power-loss", 20.0, 80.0);
    let slow = || {
        text().case(60, 400).with(|s| s.failover.offline_decide = geodes::base::dist::Law::Constant(500.0))
    };
    let good = slow().run();
    assert!(good.assert_sound().share(false, 40.0, 90.0) > 0.6, "{}", good.share(false, 40.0, 90.0));
    assert!(good.count(|c| matches!(c, Change::Rerouted { .. })) > 0);
    let bad = slow().without(Mutation::NeverMarkUnavailable).run();
    assert!(bad.share(false, 40.0, 90.0) < 0.1, "{}", bad.share(false, 40.0, 90.0));
}

#[test]
fn a_write_that_timed_out_is_not_sent_again() {
    let text = Text {
        level: "strong",
        account: "write-regions = [\"West US 2\"]\nregions = [\"West US 2\"]",
        load: "clients = [{ region = \"West US 2\", count = 3 }, { region = \"East US\", count = 3 }]\n\
               rate = \"60/s\"\nreads = \"50%\"\nwrite-once = \"0%\"",
        ..PAIR
    };
    let case = text.fault("link:West US 2->East US", "cut", 20.0, 3.0).case(60, 300);
    let case = case.with(|s| s.sdk.attempt_timeout = Span::secs(2));
    case.needs(Mutation::RetryTimedOutWrites, "linearizable", &[]);
}
