//! Each safeguard switched off in turn: a small scenario that is sound with it and wrong without it.

use crate::case::{Case, Text, small};
use geodes::base::dist::Law;
use geodes::base::ids::{ClientId, PartitionId};
use geodes::base::time::{SimTime, Span};
use geodes::model::operation::{Action, Key, Observed};
use geodes::model::plan::Limits;
use geodes::system::crdt::Mutation;

const WEST: &str = "region:West US 2/zone:1/node:1";

#[test]
fn a_replica_that_lost_its_disk_begins_under_a_new_name() {
    // West makes events before it hears that others by the same names were made before.
    let mut text = small("consistency = \"eventual\"").fault(WEST, "destroyed-disk", 20.0, 5.0);
    for other in ["East US", "Central US"] {
        text = text.fault(&format!("link:{other}->West US 2"), "cut", 19.9, 15.0);
    }
    text.case().needs(
        Mutation::KeepName,
        "convergence",
        &["durability", "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"],
    );
}

#[test]
fn an_interval_is_taken_in_by_those_who_have_what_came_before() {
    // West cannot say that it begins anew, and the others go on from where they think it is.
    let mut text = small("").fault(WEST, "destroyed-disk", 20.0, 0.2);
    for other in ["East US", "Central US"] {
        text = text.fault(&format!("link:West US 2->{other}"), "cut", 19.9, 20.0);
    }
    text.load = "rate = \"3/s\"\nreads = \"30%\"\nkeys = 200".into();
    text.case().needs(
        Mutation::MergeAcrossGaps,
        "convergence",
        &["durability", "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"],
    );
}

/// West loses power, and the disks are slow.
fn dark(text: Text) -> Case {
    let mut text = text.fault("region:West US 2", "power-loss", 20.0, 4.0);
    text.load = "rate = \"200/s\"\nreads = \"30%\"\nkeys = 40".into();
    let mut case = text.case();
    case.plan.disk.persist = Law::Constant(0.3);
    case
}

#[test]
fn what_is_sent_on_is_on_disk() {
    // West comes back and makes the same events again before it hears that the others have seen others by their names.
    let mut text = small("consistency = \"eventual\"\nship-every = \"5ms\"");
    for other in ["East US", "Central US"] {
        text = text.fault(&format!("link:{other}->West US 2"), "cut", 19.9, 20.0);
    }
    dark(text).needs(Mutation::ShipBeforeDurable, "convergence", &["durability"]);
}

#[test]
fn what_is_acknowledged_is_on_disk() {
    dark(small("")).needs(
        Mutation::AckBeforeDurable,
        "durability",
        &["read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"],
    );
}

#[test]
fn whoever_has_fallen_too_far_behind_is_sent_everything() {
    let mut text = small("log = 5").fault("link:West US 2<->East US", "cut", 10.0, 30.0);
    text = text.fault("link:Central US<->East US", "cut", 10.0, 30.0);
    text.load = "rate = \"40/s\"\nreads = \"50%\"\nkeys = 200".into();
    text.case().needs(
        Mutation::NeverSendWhole,
        "convergence",
        &["durability", "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"],
    );
}

#[test]
fn a_session_is_served_by_replicas_that_have_seen_what_it_has() {
    // Clients of West go elsewhere while the others have not heard of their last writes.
    let mut text = small("ship-every = \"500ms\"");
    for at in [10.0, 25.0, 40.0] {
        text = text.fault(WEST, "pause", at, 4.0);
    }
    text.case().needs(
        Mutation::SkipToken,
        "read-your-writes",
        &["monotonic-reads", "monotonic-writes", "writes-follow-reads"],
    );
}

#[test]
fn replicas_find_out_what_they_lack() {
    // East comes back from a power loss, knows nothing of the others, and nobody writes any more.
    let text = small("").fault("link:East US->West US 2", "cut", 19.0, 20.0);
    let mut text = text.fault("region:East US", "power-loss", 20.0, 5.0);
    text = text.fault("link:West US 2->East US", "cut", 10.0, 20.0);
    text = text.fault("link:Central US<->East US", "cut", 10.0, 25.0);
    text.load = "rate = \"40/s\"\nreads = \"50%\"\nkeys = 200".into();
    text.case().needs(
        Mutation::NeverCheck,
        "convergence",
        &["durability", "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"],
    );
}

/// What a reader elsewhere finds of an object that was inserted, seen everywhere, and deleted.
fn after_removal(mut case: Case) -> Observed {
    case.plan.workloads.iter_mut().for_each(|(_, workload)| workload.rate_per_s = 0.0);
    case.plan.limits = Limits { at_least: Span::MAX, cap: Span::MAX, until_settled: false };
    let mut world = case.world();
    let (key, p) = (Key::object(1), PartitionId(0));
    let mut last = None;
    for (second, client, delete) in [(1, 0, false), (5, 0, true)] {
        world.run_until(SimTime::ZERO + Span::secs(second));
        let write = world.fresh_write();
        let action = if delete { Action::Delete(write) } else { Action::Insert(write) };
        assert!(world.ask(ClientId(client), p, key, action).is_some());
    }
    for second in [20, 40] {
        world.run_until(SimTime::ZERO + Span::secs(second));
        last = world.ask(ClientId(2), p, key, Action::Read);
        world.run_until(SimTime::ZERO + Span::secs(second + 5));
    }
    last.and_then(|op| world.result(op)).map(|op| op.observed.clone()).expect("it was read")
}

#[test]
fn what_was_removed_does_not_come_back() {
    let mut text = small("");
    text.load += "\nobjects = 4\nmix = { insert = \"10%\", delete = \"10%\" }";
    assert_eq!(after_removal(text.case()), Observed::Absent);
    let without = text.case().without(Mutation::ForgetRemovals);
    assert!(matches!(after_removal(without), Observed::Value(_)));
}
