//! Each safeguard switched off in turn: a small scenario that is sound with it and wrong without it.

use crate::case::{Case, Text, over};
use crate::support::Seen;
use geodes::system::multi_paxos::Mutation;

/// A alone for so long, in milliseconds; its clients still reach it.
fn alone(text: Text, at: u64, lasts: u64) -> Text {
    text.fault("link:A<->B", "cut", at, lasts).fault("link:A<->C", "cut", at, lasts)
}

/// With ten seeds: always sound as it is, and with a safeguard off not always.
fn needed_somewhere(text: &Text, at_least: u32, safeguard: Mutation, guarantees: &[&str]) {
    let mut broken = false;
    for seed in 1..=10 {
        let case = Case::new(&text.text(at_least).replace("seed = 7", &format!("seed = {seed}")));
        let good = case.judge();
        assert!(good.assert_sound().settled(), "{:?}", good.end());
        broken = broken || case.without(safeguard).judge().broken().iter().any(|b| guarantees.contains(b));
    }
    assert!(broken, "{guarantees:?} hold without {safeguard:?}");
}

#[test]
fn whoever_has_promised_itself_to_another_leader_follows_no_older_one() {
    // B or C is elected while C does not hear A, for less time than A has patience; then C hears both.
    let mut text = over(3);
    for turn in 0..6 {
        let at = 5_000 + 5_000 * turn;
        text = text.fault("link:A<->B", "cut", at, 3_000).fault("link:A->C", "cut", at, 540);
    }
    needed_somewhere(&text, 45, Mutation::AcceptBelowPromise, &["linearizable", "durability", "convergence"]);
}

#[test]
fn a_new_leader_proposes_again_what_was_accepted() {
    let text = over(3).fault("region:A", "power-loss", 5_000, 3_000);
    let text = text.fault("@leader(0)", "pause", 12_000, 3_000).fault("@leader(0)", "crash", 18_000, 3_000);
    needed_somewhere(&text, 30, Mutation::IgnoreAccepted, &["linearizable", "durability"]);
}

#[test]
fn what_is_chosen_was_accepted_by_a_quorum() {
    let text = alone(over(3), 5_000, 4_000).fault("region:A", "power-loss", 7_000, 6_000);
    needed_somewhere(&text, 25, Mutation::ChooseAlone, &["linearizable", "durability"]);
}

#[test]
fn what_is_accepted_is_on_disk_before_it_is_said() {
    let mut text = over(3);
    text.topology =
        text.topology.replace("persist = { constant = \"1ms\" }", "persist = { constant = \"100ms\" }");
    for region in ["A", "B", "C"] {
        text = text.fault(&format!("region:{region}"), "power-loss", 5_000, 3_000);
    }
    let case = text.case(20);
    let wrong = |seen: &Seen| seen.lost() > 0 || !seen.broken().is_empty();
    assert!(!wrong(case.run().assert_sound()));
    assert!(wrong(&case.without(Mutation::AnswerBeforeDurable).run()));
}

#[test]
fn a_leader_reads_only_while_it_leads() {
    let text = alone(over(3), 5_000, 4_000);
    needed_somewhere(&text, 20, Mutation::ReadUnconfirmed, &["linearizable"]);
}

#[test]
fn a_lease_is_over_before_another_can_lead() {
    let mut text = over(3).system("reads = \"lease\"");
    text.system = text.system.replace("attempt-timeout = \"500ms\"", "attempt-timeout = \"60ms\"");
    text.load = text.load.replace("40/s", "400/s").replace("keys = 3", "keys = 1");
    for second in 0..6 {
        text = alone(text, 5_000 + 5_000 * second, 2_000);
    }
    needed_somewhere(&text.inside(), 40, Mutation::LeaseOutlivesTimeouts, &["linearizable"]);
}

#[test]
fn what_was_accepted_in_another_ballot_may_not_be_what_was_chosen() {
    // A leader proposes what nobody hears, comes back to another one, and leads again in its turn.
    let mut text = over(3);
    for turn in 0..4 {
        text = alone(text, 5_000 + 8_000 * turn, 2_000);
        text = text.fault("@leader(0)", "power-loss", 8_000 + 8_000 * turn, 1_000);
        text = text.fault("@leader(0)", "power-loss", 10_500 + 8_000 * turn, 1_000);
    }
    needed_somewhere(&text, 50, Mutation::LearnAnyBallot, &["linearizable", "durability", "convergence"]);
}

#[test]
fn an_image_brings_the_documents() {
    // C misses more than the logs keep; later A is gone, and B or C leads.
    let text = over(3).system("log = 20").fault("region:C", "crash", 5_000, 6_000);
    let text = text.fault("region:A", "crash", 16_000, 8_000);
    needed_somewhere(
        &text,
        35,
        Mutation::ImageWithoutDocuments,
        &["linearizable", "durability", "convergence"],
    );
}
