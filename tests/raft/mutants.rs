//! Each safeguard switched off in turn: a small scenario that is sound with it and wrong without it.

use crate::case::{Case, Text, over};
use crate::support::Seen;
use geodes::engine::record::Change;
use geodes::system::raft::Mutation;

#[test]
fn a_small_scenario_is_sound_and_settles() {
    let seen = over(3).fault("region:A", "power-loss", 5_000, 8_000).case(20).run();
    assert!(seen.assert_sound().settled(), "{:?}", seen.end());
    assert_eq!(seen.lost(), 0);
    assert_eq!(seen.share(true, 1.0, 5.0), 1.0);
    assert_eq!(seen.share(true, 8.0, 20.0), 1.0);
}

/// A alone for so long, in milliseconds; its clients still reach it.
fn alone(text: Text, at: u64, lasts: u64) -> Text {
    text.fault("link:A<->B", "cut", at, lasts).fault("link:A<->C", "cut", at, lasts)
}

/// With ten seeds: always sound as it is, and with a safeguard off not always.
fn needed_somewhere(text: &Text, at_least: u32, safeguard: Mutation, guarantee: &str) {
    let mut broken = false;
    for seed in 1..=10 {
        let case = Case::new(&text.text(at_least).replace("seed = 7", &format!("seed = {seed}")));
        case.judge().assert_sound();
        broken = broken || case.without(safeguard).judge().broken().contains(&guarantee);
    }
    assert!(broken, "{guarantee} holds without {safeguard:?}");
}

#[test]
fn a_commit_needs_a_quorum() {
    over(3)
        .fault("link:A->B", "cut", 5_000, 1_000)
        .fault("link:A->C", "cut", 5_000, 1_000)
        .fault("region:A", "power-loss", 5_300, 8_000)
        .case(20)
        .needs(Mutation::CommitAlone, "no-loss", &["linearizable", "loss-report"]);
}

#[test]
fn a_leader_reads_only_while_it_leads() {
    let text = alone(over(3).system("check-quorum = false"), 5_000, 4_000);
    text.case(20).needs(Mutation::ReadUnconfirmed, "linearizable", &[]);
}

#[test]
fn a_lease_is_over_before_another_can_be_elected() {
    let mut text = over(3).system("reads = \"lease\"");
    text.system = text.system.replace("attempt-timeout = \"500ms\"", "attempt-timeout = \"60ms\"");
    text.load = text.load.replace("40/s", "400/s").replace("keys = 3", "keys = 1");
    for second in 0..6 {
        text = alone(text, 5_000 + 5_000 * second, 2_000);
    }
    needed_somewhere(&text.inside(), 40, Mutation::LeaseOutlivesTimeouts, "linearizable");
}

#[test]
fn only_a_log_with_all_that_is_committed_wins() {
    let text = over(3).fault("link:A->C", "cut", 5_000, 4_000);
    let text = text.fault("region:A", "power-loss", 8_000, 8_000);
    needed_somewhere(&text, 20, Mutation::VoteForShorterLog, "no-loss");
}

#[test]
fn entries_are_acknowledged_once_they_are_durable() {
    let mut text = over(3);
    text.topology =
        text.topology.replace("persist = { constant = \"1ms\" }", "persist = { constant = \"100ms\" }");
    for region in ["A", "B", "C"] {
        text = text.fault(&format!("region:{region}"), "power-loss", 5_000, 3_000);
    }
    let case = text.case(20);
    let lost = |seen: &Seen| seen.lost();
    assert_eq!(lost(case.run().assert_sound()), 0);
    assert!(lost(&case.without(Mutation::AcknowledgeBeforeDurable).run()) > 0);
}

#[test]
fn a_command_that_is_sent_again_counts_once() {
    let mut text = over(3).fault("link:A->B", "cut", 5_000, 3_000);
    text.load = text.load.replace("keys = 3", "keys = 1");
    needed_somewhere(&text.inside(), 20, Mutation::ApplyTwice, "linearizable");
}

#[test]
fn a_snapshot_brings_the_documents() {
    over(3)
        .system("log = 20\ndata = \"1MB\"")
        .fault("region:C", "crash", 5_000, 6_000)
        .action("{ transfer-leadership = { to = \"C\" } }", 14_000)
        .case(20)
        .needs(
            Mutation::SnapshotWithoutImage,
            "linearizable",
            &["read-your-writes", "monotonic-writes", "consistent-prefix", "durability"],
        );
}

#[test]
fn a_witness_never_leads() {
    let mut text = over(3);
    text.system = text.system.replace("{ region = \"C\" }", "{ region = \"C\", kind = \"witness\" }");
    text.fault("region:A", "power-loss", 5_000, 8_000)
        .fault("region:B", "pause", 5_000, 1_500)
        .case(20)
        .needs(
            Mutation::WitnessLeads,
            "linearizable",
            &["read-your-writes", "monotonic-reads", "writes-follow-reads", "loss-report", "no-loss"],
        );
}

fn elected(seen: &Seen) -> Vec<u32> {
    let region = |change: &Change| match change {
        Change::Elected { region, .. } => Some(region.0),
        _ => None,
    };
    seen.changes().filter_map(|(_, change)| region(change)).collect()
}

#[test]
fn whoever_could_not_win_deposes_nobody() {
    let case = over(3).fault("link:A->B", "cut", 5_000, 8_000).case(20);
    assert!(elected(case.run().assert_sound()).is_empty());
    assert!(!elected(&case.without(Mutation::SkipPreVote).run()).is_empty());
}

#[test]
fn leaders_return_to_where_they_are_preferred() {
    let text = over(3).system("leaders = [\"A\"]\npreference-delay = \"1s\"");
    let case = text.fault("region:A", "power-loss", 5_000, 3_000).case(20);
    assert_eq!(elected(case.run().assert_sound()).last(), Some(&0));
    assert_ne!(elected(&case.without(Mutation::IgnorePreference).run()).last(), Some(&0));
}
