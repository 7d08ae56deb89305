//! Histories by hand, in Jepsen's form, whose verdicts are known.

use super::judged;
use geodes::history::exchange::read::Model::{self, CasRegister, Register};
use geodes::history::verdict::Verdict;

/// `0 invoke write 1` and so on, one event a line, as EDN.
fn edn(events: &str) -> String {
    let lines = events.lines().map(str::trim).filter(|line| !line.is_empty());
    let event = |line: &str| {
        let parts: Vec<&str> = line.splitn(4, ' ').collect();
        let [process, kind, f, value] = parts[..] else { panic!("{line}") };
        format!("{{:process {process}, :type :{kind}, :f :{f}, :value {value}}}\n")
    };
    lines.map(event).collect()
}

fn verdict(events: &str, model: Model) -> Verdict {
    judged(&edn(events), model).verdict
}

/// Herlihy and Wing, Linearizability (TOPLAS 1990), and the histories that every checker is first tried on.
const VALID: [(&str, Model, &str); 9] = [
    ("nothing happened", Register, ""),
    (
        "a read while a write is under way may return the old or the new value",
        Register,
        "0 invoke write 1
         1 invoke read nil
         1 ok read 1
         2 invoke read nil
         2 ok read 1
         0 ok write 1",
    ),
    (
        "the old value, and then the new one, during one write",
        Register,
        "0 invoke write 1
         1 invoke read nil
         1 ok read nil
         1 invoke read nil
         1 ok read 1
         0 ok write 1",
    ),
    (
        "a write of unknown outcome takes effect long after it was given up",
        Register,
        "0 invoke write 1
         0 ok write 1
         1 invoke write 2
         1 info write 2
         2 invoke read nil
         2 ok read 1
         2 invoke read nil
         2 ok read 2",
    ),
    (
        "a write that never ended is an open one",
        Register,
        "0 invoke write 1
         1 invoke read nil
         1 ok read nil
         2 invoke read nil
         2 ok read 1",
    ),
    (
        "of two writes at once either may be the last",
        Register,
        "0 invoke write 1
         1 invoke write 2
         0 ok write 1
         1 ok write 2
         2 invoke read nil
         2 ok read 1",
    ),
    (
        "a chain of compare-and-set, seen from outside in the wrong order of ends",
        CasRegister,
        "0 invoke write 0
         0 ok write 0
         1 invoke cas [0 1]
         2 invoke cas [1 2]
         2 ok cas [1 2]
         1 ok cas [0 1]
         3 invoke read nil
         3 ok read 2",
    ),
    (
        "a compare-and-set that failed has changed nothing",
        CasRegister,
        "0 invoke write 3
         0 ok write 3
         1 invoke cas [4 5]
         1 fail cas [4 5]
         2 invoke read nil
         2 ok read 3",
    ),
    (
        "equal values written twice",
        Register,
        "0 invoke write 1
         0 ok write 1
         0 invoke write 2
         0 ok write 2
         1 invoke read nil
         0 invoke write 1
         0 ok write 1
         1 ok read 1",
    ),
];

const INVALID: [(&str, Model, &str); 9] = [
    (
        "a stale read",
        Register,
        "0 invoke write 1
         0 ok write 1
         0 invoke write 2
         0 ok write 2
         1 invoke read nil
         1 ok read 1",
    ),
    (
        "new, then old: two reads during one write",
        Register,
        "0 invoke write 1
         0 ok write 1
         0 invoke write 2
         1 invoke read nil
         1 ok read 2
         2 invoke read nil
         2 ok read 1
         0 ok write 2",
    ),
    (
        "the same with values that come back, so that zones do not help",
        CasRegister,
        "0 invoke write 1
         0 ok write 1
         0 invoke write 2
         0 ok write 2
         0 invoke cas [2 1]
         1 invoke read nil
         1 ok read 1
         2 invoke read nil
         2 ok read 2
         0 ok cas [2 1]",
    ),
    (
        "a value from nowhere",
        Register,
        "0 invoke read nil
         0 ok read 7",
    ),
    (
        "a value whose write failed",
        Register,
        "0 invoke write 7
         0 fail write 7
         1 invoke read nil
         1 ok read 7",
    ),
    (
        "a value before its write was asked for",
        Register,
        "0 invoke read nil
         0 ok read 7
         1 invoke write 7
         1 ok write 7",
    ),
    (
        "two compare-and-set from one value",
        CasRegister,
        "0 invoke write 0
         0 ok write 0
         1 invoke cas [0 1]
         2 invoke cas [0 2]
         1 ok cas [0 1]
         2 ok cas [0 2]",
    ),
    (
        "nothing is read after a write was acknowledged",
        Register,
        "0 invoke write 1
         0 ok write 1
         1 invoke read nil
         1 ok read nil",
    ),
    (
        "a write of unknown outcome that happened, and then had not",
        CasRegister,
        "0 invoke write 1
         0 ok write 1
         1 invoke cas [1 2]
         1 info cas [1 2]
         2 invoke read nil
         2 ok read 2
         2 invoke read nil
         2 ok read 1",
    ),
];

#[test]
fn valid_classics_hold() {
    for (name, model, events) in VALID {
        assert_eq!(verdict(events, model), Verdict::Holds, "{name}");
    }
}

#[test]
fn invalid_classics_are_violated_and_the_evidence_names_their_events() {
    for (name, model, events) in INVALID {
        let found = judged(&edn(events), model);
        assert_eq!(found.verdict, Verdict::Violated, "{name}");
        assert!(!found.evidence.is_empty() && !found.why.is_empty(), "{name}: {found:?}");
        assert!(found.evidence.len() <= 6, "{name}: {found:#?}");
    }
}

#[test]
fn every_register_classic_is_judged_alike_when_it_is_searched() {
    // One compare-and-set of values that nothing else knows takes the history out of the hands of the zones.
    let more = "90 invoke write 900
                90 ok write 900
                90 invoke cas [900 901]
                90 ok cas [900 901]
                90 invoke write 902
                90 ok write 902
                91 invoke delete nil
                91 ok delete nil\n";
    for (name, model, events) in VALID.into_iter().chain(INVALID) {
        assert_eq!(verdict(&format!("{more}{events}"), CasRegister), verdict(events, model), "{name}");
    }
}

#[test]
fn keys_are_independent_in_jepsens_tuples() {
    let stale = |key: &str| {
        format!(
            "0 invoke write [{key} 1]
             0 ok write [{key} 1]
             0 invoke write [{key} 2]
             0 ok write [{key} 2]
             1 invoke read [{key} nil]
             1 ok read [:other nil]"
        )
    };
    let good = stale(":k").replace("1 ok read [:other nil]", "1 ok read [:k 2]");
    assert_eq!(verdict(&good, Register), Verdict::Holds);
    let bad = stale(":k").replace("1 ok read [:other nil]", "1 ok read [:k 1]");
    let both = format!("{}\n{}", good.replace(":k", "[7 :x]"), bad);
    let found = judged(&edn(&both), Register);
    assert_eq!(found.verdict, Verdict::Violated);
    assert!(found.why.starts_with("key :k: "), "{}", found.why);
    // The same events of one register contradict themselves.
    let merged = format!("{good}\n{}", good.replace(":k", ":j").replace("read [:j 2]", "read [:j 1]"));
    assert_eq!(verdict(&merged, Register), Verdict::Violated);
    let compare = "0 invoke write [1 0]
         0 ok write [1 0]
         0 invoke cas [1 [0 5]]
         0 ok cas [1 [0 5]]
         1 invoke read [1 nil]
         1 ok read [1 5]";
    assert_eq!(verdict(compare, CasRegister), Verdict::Holds);
}

#[test]
fn what_a_register_holds_at_first_can_be_said() {
    use geodes::history::exchange::datum::Datum;
    use geodes::history::exchange::judge::judge;
    let text = edn("0 invoke read nil\n0 ok read 5\n0 invoke cas [5 6]\n0 ok cas [5 6]");
    let history = super::parse("h.edn", &text, CasRegister).expect("it is a history");
    assert_eq!(judge(&history, &Datum::Int(5)).verdict.verdict, Verdict::Holds);
    for other in [Datum::Nil, Datum::Int(6), Datum::Int(77)] {
        assert_eq!(judge(&history, &other).verdict.verdict, Verdict::Violated, "{other}");
    }
}

#[test]
fn the_evidence_is_the_few_operations_that_matter() {
    // Two hundred operations that are in order, and among them one stale read.
    let mut events = String::new();
    for n in 0..100 {
        events += &format!("0 invoke write {}\n0 ok write {}\n", n % 5, n % 5);
        let seen = if n == 60 { 4 } else { n % 5 };
        events += &format!("1 invoke read nil\n1 ok read {seen}\n");
    }
    let found = judged(&edn(&events), Register);
    assert_eq!(found.verdict, Verdict::Violated);
    assert!(found.evidence.len() <= 3, "{:#?}", found.evidence);
    assert!(found.evidence.iter().any(|line| line.ends_with("process 1 read 4")), "{:#?}", found.evidence);
}
