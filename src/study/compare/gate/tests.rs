//! Gates: how they are read, and what they come to.

use super::*;
use crate::study::compare::contrast::{Values, contrast};

fn gate(text: &str) -> Gate {
    Gate::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str) -> String {
    Gate::parse(text).map(|gate| gate.text).expect_err("it is wrong").to_string()
}

#[test]
fn gates_are_read() {
    for (text, label, above, margin) in [
        ("rto.write.p99 > +10%", "rto.write.p99", true, Margin::Relative(0.1)),
        ("rto.write.p99>10%", "rto.write.p99", true, Margin::Relative(0.1)),
        ("rto.write > +30s", "rto.write", true, Margin::Absolute(30.0)),
        ("rto.write > 0", "rto.write", true, Margin::NONE),
        ("rpo.writes.max[region(write)] > +5", "rpo.writes.max[region(write)]", true, Margin::Absolute(5.0)),
        ("rpo.bytes > 4KiB", "rpo.bytes", true, Margin::Absolute(4096.0)),
        (
            "availability.request.write < -0.01%",
            "availability.request.write",
            false,
            Margin::Relative(-0.0001),
        ),
        ("unavailability.time.read > +5 %", "unavailability.time.read", true, Margin::Relative(0.05)),
    ] {
        let read = gate(text);
        assert_eq!((read.aspect.label.as_str(), read.above, read.margin), (label, above, margin), "{text}");
    }
}

#[test]
fn a_wrong_gate_says_what_is_wrong() {
    for (text, part) in [
        ("rto.wriet.p99 > +10%", "did you mean `rto"),
        ("rto.write.p99", "neither `>` nor `<`"),
        ("rto.write.p99 >= +10%", "write `>` or `<`"),
        ("rto.write.p99 > ten%", "`ten%` is no percentage"),
        ("rto.write.p99 > +10", "neither a percentage nor a time"),
        ("rto.write.p99 > +10 lightyears", "neither a percentage nor a time"),
        ("rto.write.p99 > -10%", "would fail where nothing changed"),
        ("rto.write.p99 < +10%", "would fail where nothing changed"),
        ("availability.time.read < -100%", "nothing can fall"),
        ("availability.time.read < -1", "no percentage"),
        ("latency.read > +10%", "needs a quantile"),
        ("rpo.writes > many", "neither a percentage nor a number"),
        ("rpo.writes > NaN%", "no percentage"),
        ("rto.write >", "names no change"),
        ("> 10%", "names no measure"),
        ("", "neither `>` nor `<`"),
    ] {
        assert!(error(text).contains(part), "{text}: {}", error(text));
    }
}

fn held(text: &str, pairs: &[(f64, f64)]) -> Held {
    let gate = gate(text);
    let values = Values::Paired(pairs.to_vec());
    let found = contrast(&values, gate.margin).expect("there are pairs");
    gate.judge(&found, gate.probability(&found), Some(pairs.len() as u64))
}

/// Eight pairs that grew by about this share.
fn grown(share: f64) -> Vec<(f64, f64)> {
    (1..=8).map(f64::from).map(|a| (a, a * (1.0 + share + 0.002 * (a % 3.0 - 1.0)))).collect()
}

#[test]
fn a_change_beyond_the_margin_is_a_regression_and_one_within_it_is_kept() {
    assert_eq!(held("rto.write > +10%", &grown(0.2)), Held::Regression);
    assert_eq!(held("rto.write > +10%", &grown(0.05)), Held::Kept);
    assert_eq!(held("rto.write > +10%", &grown(0.1)), Held::Inconclusive);
    assert_eq!(held("rto.write > +10%", &grown(-0.3)), Held::Kept);
    assert_eq!(held("rto.write > +1s", &[(10.0, 12.0), (11.0, 14.0), (9.0, 11.5)]), Held::Regression);
    assert_eq!(held("availability.time.read < -10%", &grown(-0.3)), Held::Regression);
    assert_eq!(held("availability.time.read < -10%", &grown(0.3)), Held::Kept);
}

#[test]
fn below_six_pairs_all_of_them_must_agree() {
    assert_eq!(held("rto.write > +10%", &[(1.0, 1.2)]), Held::Regression);
    assert_eq!(held("rto.write > +10%", &[(1.0, 1.05)]), Held::Kept);
    assert_eq!(held("rto.write > +10%", &[(1.0, 1.2), (1.0, 1.05)]), Held::Inconclusive);
    assert_eq!(held("rto.write > +10%", &[(1.0, f64::INFINITY)]), Held::Regression);
    assert_eq!(held("rto.write > +10%", &[(f64::INFINITY, f64::INFINITY)]), Held::Kept);
    assert_eq!(held("rto.write > 0", &[(f64::INFINITY, f64::INFINITY)]), Held::Kept);
}

#[test]
fn intervals_must_part_by_the_margin() {
    let gate = gate("rto.write.p99 > +10%");
    let of = |base: (f64, f64), new: (f64, f64)| {
        gate.judge_bounds((base.0, Some(base.0), Some(base.1)), (new.0, Some(new.0), Some(new.1)))
    };
    assert_eq!(of((10.0, 11.0), (12.2, 13.0)), Held::Regression);
    assert_eq!(of((10.0, 11.0), (12.0, 13.0)), Held::Inconclusive);
    assert_eq!(of((10.0, 11.0), (9.0, 10.9)), Held::Kept);
    assert_eq!(gate.judge_bounds((10.0, None, None), (20.0, None, None)), Held::Inconclusive);
}
