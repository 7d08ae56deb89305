//! What a checker says about one guarantee.

use crate::base::name::{self, Name};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The judgement of one guarantee over a history. The order is from best to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// Nothing that was checked breaks it.
    #[default]
    Holds,
    /// It could not be judged; `why` says what was missing.
    Unknown,
    /// The evidence breaks it.
    Violated,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Holds => "holds",
            Verdict::Unknown => "unknown",
            Verdict::Violated => "violated",
        })
    }
}

/// One guarantee, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuaranteeVerdict {
    /// The guarantee's name, e.g. `read-your-writes`.
    #[serde(deserialize_with = "name::read")]
    pub name: Name,
    /// The judgement.
    pub verdict: Verdict,
    /// The operations that show a violation, in order, one line each; empty unless violated.
    pub evidence: Vec<String>,
    /// How many operations (or writes) were judged.
    pub checked: u64,
    /// Why it is violated or unknown; empty when it holds.
    pub why: String,
}

impl GuaranteeVerdict {
    /// A guarantee that held over `checked` operations.
    pub fn holds(name: &'static str, checked: u64) -> Self {
        GuaranteeVerdict { name, verdict: Verdict::Holds, evidence: Vec::new(), checked, why: String::new() }
    }

    /// A guarantee that could not be judged.
    pub fn unknown(name: &'static str, checked: u64, why: impl Into<String>) -> Self {
        GuaranteeVerdict { name, verdict: Verdict::Unknown, evidence: Vec::new(), checked, why: why.into() }
    }

    /// A guarantee that `evidence` breaks.
    pub fn violated(name: &'static str, checked: u64, why: impl Into<String>, evidence: Vec<String>) -> Self {
        GuaranteeVerdict { name, verdict: Verdict::Violated, evidence, checked, why: why.into() }
    }

    /// Joins the verdict on the same guarantee over another part of the history: the worse one stands, the counts add
    /// up, and of two equally bad ones the first keeps its evidence.
    pub fn join(&mut self, other: GuaranteeVerdict) {
        self.checked += other.checked;
        if other.verdict > self.verdict {
            self.verdict = other.verdict;
            self.evidence = other.evidence;
            self.why = other.why;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_verdicts_stands_and_counts_add_up() {
        let mut verdict = GuaranteeVerdict::holds("x", 2);
        verdict.join(GuaranteeVerdict::unknown("x", 3, "nothing was read"));
        assert_eq!((verdict.verdict, verdict.checked), (Verdict::Unknown, 5));
        verdict.join(GuaranteeVerdict::violated("x", 1, "first", vec!["a".into()]));
        verdict.join(GuaranteeVerdict::violated("x", 1, "second", vec!["b".into()]));
        assert_eq!((verdict.verdict, verdict.checked, &*verdict.why), (Verdict::Violated, 7, "first"));
        assert_eq!(verdict.evidence, vec!["a".to_string()]);
    }
}
