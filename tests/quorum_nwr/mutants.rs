//! Each safeguard switched off in turn: a small scenario that is sound with it and wrong without it.

use crate::place::{LAST_WRITER, NO_REPAIR, TRUSTED, VECTORS, small};
use geodes::base::dist::Law;
use geodes::system::quorum_nwr::Mutation;

const WEST: &str = "region:West US 2/zone:1/node:1";
/// Slow enough that writes of one region are late in the others.
const SLOW: &str = "{ slow = { factor = 30 } }";

fn strict(table: &str) -> String {
    format!("{VECTORS}{NO_REPAIR}{table}")
}

#[test]
fn a_write_is_acknowledged_only_when_w_replicas_have_it() {
    let text = small(2, 2, &strict("")).fault("link:West US 2->East US", SLOW, 10.0, 20.0);
    text.fault("link:West US 2->Central US", SLOW, 10.0, 20.0).case().needs(
        Mutation::AckAfterFirst,
        "regular-reads",
        &["durability"],
    );
}

#[test]
fn a_read_is_answered_only_when_r_replicas_have_answered() {
    let text = small(2, 2, &strict("")).fault("link:West US 2->East US", SLOW, 10.0, 20.0);
    text.case().needs(Mutation::AnswerAfterFirst, "regular-reads", &["durability"]);
}

#[test]
fn a_write_is_acknowledged_only_when_it_is_durable() {
    let places = ["West US 2", "East US", "Central US"].map(|region| format!("region:{region}"));
    let dark = |text: crate::place::Text, place: &String| text.fault(place, "power-loss", 20.0, 2.0);
    let mut text = places.iter().fold(small(2, 2, &strict("")), dark);
    text.load = "rate = \"200/s\"\nreads = \"50%\"\nkeys = 400";
    let mut case = text.case();
    case.plan.disk.persist = Law::Constant(0.3);
    case.needs(Mutation::AckBeforeDurable, "durability", &["regular-reads", "convergence"]);
}

#[test]
fn hints_do_not_count_towards_strict_quorums() {
    let table = format!("{VECTORS}read-repair = \"off\"\nanti-entropy = {{ every = \"30s\" }}");
    let text = small(1, 3, &table).fault("link:East US<->West US 2", "cut", 10.0, 30.0).fault(
        "link:East US<->Central US",
        "cut",
        10.0,
        30.0,
    );
    text.case().needs(Mutation::CountHints, "regular-reads", &["durability"]);
}

#[test]
fn a_hint_is_kept_until_it_is_handed_over() {
    let table = format!("{TRUSTED}quorum = \"sloppy\"\ncoordinator = \"client\"\nfallbacks = 3\n");
    let text = small(1, 2, &table)
        .fault("region:West US 2/zone:1/node:1", "power-loss", 10.0, 30.0)
        .fault("region:East US/zone:1/node:1", "power-loss", 10.0, 30.0)
        .fault("region:Central US/zone:1/node:1", "power-loss", 10.0, 30.0);
    text.case().needs(Mutation::DropHints, "durability", &[]);
}

#[test]
fn read_repair_writes_the_newest_version_found() {
    let table = format!("{VECTORS}hints = false\n");
    let text = small(2, 2, &table).fault("link:West US 2->East US", SLOW, 10.0, 20.0);
    text.case().needs(Mutation::RepairWithOldest, "regular-reads", &["durability"]);
}

#[test]
fn a_blocking_read_is_answered_once_w_replicas_have_what_it_returns() {
    let table = format!("{VECTORS}read-repair = \"blocking\"\nhints = false\nanti-entropy = \"off\"\n");
    let mut case = small(2, 2, &table).case();
    // A version is on one disk long before it is on the next.
    case.plan.disk.persist = Law::Exponential { mean: 0.1 };
    case.needs(Mutation::SkipWriteBack, "linearizable", &[]);
}

#[test]
fn a_version_replaces_what_its_writer_saw_whatever_the_clock_says() {
    let text = small(2, 2, &strict("")).fault(WEST, "{ clock-step = { by = \"-30s\" } }", 10.0, 60.0);
    text.case().needs(Mutation::SkipContext, "regular-reads", &["durability"]);
}

#[test]
fn replicas_that_compare_their_trees_agree_in_the_end() {
    let table = format!("{LAST_WRITER}{NO_REPAIR}");
    let mut text = small(1, 1, &table).fault(WEST, "power-loss", 10.0, 30.0);
    text.load = "rate = \"40/s\"\nreads = \"50%\"\nkeys = 200";
    text.case().needs(Mutation::NeverCompare, "convergence", &[]);
}

#[test]
fn a_replica_whose_disk_was_lost_copies_before_it_answers() {
    // The third replica misses what the first two keep; the disk of the first is lost while it cannot reach the second.
    let mut text = small(2, 2, &strict("anti-entropy = \"off\""))
        .fault("link:Central US<->West US 2", "cut", 10.0, 10.0)
        .fault("link:Central US<->East US", "cut", 10.0, 10.0)
        .fault("link:West US 2<->East US", "cut", 20.5, 30.0)
        .fault(WEST, "destroyed-disk", 21.0, 1.0);
    text.load = "rate = \"40/s\"\nreads = \"90%\"\nkeys = 200";
    text.case().needs(Mutation::ServeBlank, "regular-reads", &[]);
}
