//! What a configuration promises, and what it must not.

use crate::place::{Case, LAST_WRITER, TRUSTED, VECTORS, small};
use geodes::history::verdict::Verdict;
use geodes::model::operation::Outcome;

fn consistency(case: &Case) -> &str {
    case.plan.facts.get("consistency").map_or("", String::as_str)
}

#[test]
fn only_what_holds_is_claimed() {
    let of = |read, write, table: &str| {
        let case = small(read, write, table).case();
        (consistency(&case).to_string(), case.plan.facts["convergence"] == "yes", case.settings.keeps())
    };
    let named = |text: &str, converges, keeps| (text.to_string(), converges, keeps);
    assert_eq!(of(2, 2, VECTORS), named("regular", true, true));
    assert_eq!(of(1, 3, VECTORS), named("regular", true, true));
    assert_eq!(of(2, 1, VECTORS), named("eventual", true, false), "R + W = N");
    let with = |table: &str, more: &str| format!("{table}{more}\n");
    assert_eq!(of(2, 2, &with(VECTORS, "quorum = \"sloppy\"")), named("eventual", true, false));
    assert_eq!(of(2, 2, &with(VECTORS, "anti-entropy = \"off\"")), named("regular", false, false));
    assert_eq!(of(2, 2, &with(VECTORS, "read-repair = \"blocking\"")), named("linearizable", true, true));
    assert_eq!(of(2, 2, LAST_WRITER), named("eventual", true, false), "clocks may differ");
    assert_eq!(of(2, 2, TRUSTED), named("regular", true, true));
    assert_eq!(of(1, 1, TRUSTED), named("eventual", true, true), "the last write stays, reads may miss it");
}

#[test]
fn a_claim_about_trusted_clocks_is_broken_by_one_that_is_not_to_be_trusted() {
    let text =
        small(2, 2, TRUSTED).fault("region:West US 2", "{ clock-step = { by = \"-30s\" } }", 10.0, 60.0);
    let mut wrong = text.text(7).replace("fail-with-region = false", "fail-with-region = true");
    let seen = Case::new(&wrong).judge();
    seen.assert_breaks("regular-reads", &["durability"]);
    wrong = wrong.replace("trust-clocks = true", "trust-clocks = false");
    Case::new(&wrong).judge().assert_sound();
    let vectors = small(2, 2, VECTORS).text(7).replace("fail-with-region = false", "fail-with-region = true");
    assert!(Case::new(&vectors).judge().assert_sound().settled());
}

#[test]
fn reads_of_one_replica_promise_nothing_and_those_of_r_do() {
    let mut text = small(2, 2, VECTORS);
    text.load = "rate = \"40/s\"\nreads = \"50%\"\nkeys = 4\nlevel = \"one\"";
    let seen = text.case().run();
    assert!(seen.assert_sound().settled());
    let checked = |name: &str| seen.verdicts().iter().find(|v| v.name == name).map_or(0, |v| v.checked);
    assert_eq!(checked("regular-reads"), 0);
    assert_eq!(seen.verdict("convergence"), Verdict::Holds);
    let reads = small(2, 2, VECTORS).case().run();
    let regular = reads.verdicts().iter().find(|v| v.name == "regular-reads").map_or(0, |v| v.checked);
    let answered = reads.operations().filter(|op| !op.action.is_write() && op.outcome == Outcome::Ok).count();
    assert_eq!(regular, answered as u64);
}

#[test]
fn a_sloppy_store_goes_on_writing_when_strict_quorums_cannot() {
    let outage = |table: &str| {
        let text = small(1, 2, &format!("{LAST_WRITER}{table}"))
            .fault("region:West US 2/zone:1/node:1", "power-loss", 20.0, 30.0)
            .fault("region:East US/zone:1/node:1", "power-loss", 20.0, 30.0);
        let seen = text.case().run();
        assert!(seen.assert_sound().settled());
        seen.share(true, 30.0, 44.0)
    };
    let (strict, sloppy) = (outage("quorum = \"strict\""), outage("quorum = \"sloppy\""));
    assert!(strict < 0.01, "{strict}");
    assert!(sloppy > 0.99, "{sloppy}");
}
