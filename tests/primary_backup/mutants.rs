//! Each safeguard switched off in turn: a small scenario that is sound with it and wrong without it.

use crate::case::{
    ASYNCHRONOUS, AUTOMATIC, CONFIRMED, Case, EPOCHS, LEASE, SEMI, SYNCHRONOUS, Text, WAITING, over,
};
use crate::support::Seen;
use geodes::system::primary_backup::Mutation;

/// Replicas over `n` regions of this kind, and takeovers without a person.
fn kind(n: usize, mode: &str, fencing: &str) -> Text {
    over(n).system(mode).system(fencing).system(AUTOMATIC)
}

/// The coordinator is one node that no fault reaches.
fn arbiter(mut text: Text) -> Text {
    let seats = "[{ region = \"A\" }, { region = \"B\" }, { region = \"C\" }]";
    text.system = text.system.replace(&format!("coordinator = {seats}"), "coordinator = [\"global\"]");
    text
}

/// A alone for so long, in milliseconds.
fn alone(text: Text, at: u64, lasts: u64) -> Text {
    text.fault("link:A<->B", "cut", at, lasts).fault("link:A<->C", "cut", at, lasts)
}

/// As it is, it is sound, settles and loses nothing.
fn sound(case: &Case) -> Seen {
    let seen = case.run();
    assert!(seen.assert_sound().settled(), "{:?}", seen.end());
    seen
}

/// With ten seeds: always sound as it is, and with a safeguard off not always.
fn needed_somewhere(text: &Text, at_least: u32, safeguard: Mutation, guarantee: &str) {
    let mut broken = false;
    for seed in 1..=10 {
        let case: Case = Case::new(&text.text(at_least).replace("seed = 7", &format!("seed = {seed}")));
        case.judge().assert_sound();
        broken = broken || case.without(safeguard).judge().broken().contains(&guarantee);
    }
    assert!(broken, "{guarantee} holds without {safeguard:?}");
}

/// Nothing acknowledged is lost, unless a safeguard is off.
fn loses(text: &Text, at_least: u32, safeguard: Mutation) {
    let case: Case = text.case(at_least);
    assert_eq!(sound(&case).lost(), 0);
    assert!(case.without(safeguard).run().lost() > 0, "nothing is lost without {safeguard:?}");
}

#[test]
fn a_small_scenario_is_sound_and_settles() {
    for (mode, fencing) in [(SYNCHRONOUS, LEASE), (SEMI, CONFIRMED)] {
        let seen = sound(&kind(3, mode, fencing).fault("region:A", "power-loss", 5_000, 8_000).case(20));
        assert_eq!(seen.lost(), 0);
        assert_eq!(seen.share(true, 1.0, 4.0), 1.0);
        assert_eq!(seen.share(true, 10.0, 20.0), 1.0);
    }
}

#[test]
fn a_write_is_acknowledged_only_when_its_mode_allows() {
    let text = kind(3, SYNCHRONOUS, LEASE)
        .fault("link:A->B", "cut", 5_000, 800)
        .fault("link:A->C", "cut", 5_000, 800)
        .fault("region:A", "power-loss", 5_400, 8_000);
    loses(&text, 20, Mutation::AcknowledgeAlone);
}

#[test]
fn a_backup_acknowledges_what_is_on_its_disk() {
    let mut text = kind(3, SYNCHRONOUS, LEASE);
    text.topology =
        text.topology.replace("persist = { constant = \"1ms\" }", "persist = { constant = \"20ms\" }");
    for region in ["B", "C"] {
        text = text.fault(&format!("region:{region}"), "{ slow = { factor = 20 } }", 2_000, 6_000);
        text = text.fault(&format!("region:{region}"), "power-loss", 5_000, 400);
    }
    loses(&text.fault("region:A", "power-loss", 5_000, 8_000), 20, Mutation::AcknowledgeBeforeDurable);
}

#[test]
fn backups_refuse_a_primary_whose_epoch_is_over() {
    let mut text = kind(3, SEMI, EPOCHS).fault("link:A<->B", "cut", 5_000, 6_000);
    let seats = "[{ region = \"A\" }, { region = \"B\" }, { region = \"C\" }]";
    text.system =
        text.system.replace(&format!("coordinator = {seats}"), "coordinator = [{ region = \"B\" }]");
    loses(&text, 20, Mutation::AcceptOldEpoch);
}

#[test]
fn a_primary_stops_when_its_lease_runs_out() {
    let mut text = alone(kind(3, ASYNCHRONOUS, LEASE), 5_000, 6_000).inside();
    text.load = text.load.replace("40/s", "200/s").replace("keys = 3", "keys = 1");
    needed_somewhere(&text, 20, Mutation::OutliveLease, "linearizable");
}

#[test]
fn nobody_takes_over_while_a_lease_runs() {
    let mut text = alone(arbiter(kind(3, WAITING, LEASE)), 5_000, 4_000).inside();
    text.load = text.load.replace("40/s", "200/s").replace("keys = 3", "keys = 1");
    needed_somewhere(&text, 20, Mutation::GrantTooEarly, "linearizable");
}

/// B misses what A and C acknowledge; then both are gone for a while.
fn left_behind() -> Text {
    arbiter(kind(3, SYNCHRONOUS, LEASE))
        .fault("link:A<->B", "cut", 5_000, 4_000)
        .fault("region:A", "power-loss", 8_000, 7_000)
        .fault("region:C", "power-loss", 8_000, 5_000)
}

#[test]
fn a_silent_backup_is_out_of_sync_only_once_that_is_recorded() {
    loses(&left_behind(), 25, Mutation::DropUnrecorded);
}

#[test]
fn only_a_replica_in_sync_is_promoted() {
    loses(&left_behind(), 25, Mutation::PromoteOutOfSync);
}

#[test]
fn a_new_primary_takes_what_it_lacks_from_the_others() {
    let text = arbiter(kind(3, SEMI, LEASE)).fault("link:A->B", "cut", 5_000, 3_000).fault(
        "region:A",
        "power-loss",
        6_500,
        8_000,
    );
    loses(&text, 25, Mutation::SkipSurvey);
}

#[test]
fn a_planned_switch_waits_until_its_target_has_everything() {
    let text = kind(2, ASYNCHRONOUS, LEASE).system("switch-timeout = \"2s\"");
    let text = arbiter(text)
        .fault("link:A->B", "cut", 5_000, 8_000)
        .action("{ switch-over = { to = \"B\" } }", 6_000);
    loses(&text, 25, Mutation::SwitchWithoutDrain);
}

#[test]
fn a_replica_that_returns_cuts_off_what_the_others_do_not_have() {
    let text = kind(3, ASYNCHRONOUS, LEASE).system("read-from = \"nearest\"");
    let text = text.fault("link:A->B", "cut", 4_500, 1_000).fault("link:A->C", "cut", 4_500, 1_000).fault(
        "region:A",
        "power-loss",
        5_000,
        6_000,
    );
    let case = text.case(20);
    assert!(sound(&case).lost() > 0, "what was not shipped is lost");
    let bad = case.without(Mutation::KeepDivergentSuffix).judge();
    assert!(bad.broken().contains(&"loss-report"), "{:?}", bad.broken());
}
