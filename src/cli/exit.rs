//! How the command ends: one exit status per kind of failure.

use crate::report::document::Document;
use std::process::ExitCode;

/// An exit status. The order is by severity: the greater is the worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// 0: every row is met.
    #[default]
    Met,
    /// 4: some row is inconclusive.
    Inconclusive,
    /// 97: worse than before.
    Regression,
    /// 99: an SLA row is breached.
    Breached,
    /// 98: a run could not be reproduced.
    NotReproducible,
    /// 96: the system broke a guarantee it claims.
    GuaranteeBroken,
    /// 3: the scenario is invalid.
    Invalid,
    /// 2: the command line is wrong.
    Usage,
    /// 1: internal error.
    Internal,
}

impl Status {
    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Status::Met => 0,
            Status::Internal => 1,
            Status::Usage => 2,
            Status::Invalid => 3,
            Status::Inconclusive => 4,
            Status::GuaranteeBroken => 96,
            Status::Regression => 97,
            Status::NotReproducible => 98,
            Status::Breached => 99,
        }
    }

    /// What a result comes to. A scenario with `gate = false` fails only for broken guarantees.
    /// A storm of messages is nothing that a scenario should be able to bring about: an internal error.
    pub fn of(document: &Document, allow_inconclusive: bool) -> Status {
        if document.storm.is_some() {
            return Status::Internal;
        }
        if document.guarantees.iter().any(|g| g.verdict == "violated") {
            return Status::GuaranteeBroken;
        }
        let open = document.study.as_ref().is_some_and(|study| study.inconclusive.is_some());
        let any = |verdict: &str| document.sla.iter().any(|row| row.verdict == verdict);
        match () {
            () if !document.gate => Status::Met,
            () if any("breached") => Status::Breached,
            () if (open || any("inconclusive")) && !allow_inconclusive => Status::Inconclusive,
            () => Status::Met,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{GuaranteeResult, SlaResult};

    fn document(gate: bool, rows: &[&str], guarantees: &[&str]) -> Document {
        let row = |v: &&str| SlaResult { verdict: (*v).to_owned(), ..SlaResult::default() };
        let guarantee = |v: &&str| GuaranteeResult { verdict: (*v).to_owned(), ..GuaranteeResult::default() };
        Document {
            gate,
            sla: rows.iter().map(row).collect(),
            guarantees: guarantees.iter().map(guarantee).collect(),
            ..Document::default()
        }
    }

    #[test]
    fn the_worst_of_several_failures_is_reported() {
        use Status::*;
        let worst_first = [GuaranteeBroken, NotReproducible, Breached, Regression, Inconclusive, Met];
        assert!(worst_first.windows(2).all(|pair| pair[0] > pair[1]));
        let codes: Vec<u8> = worst_first.iter().map(|s| s.code()).collect();
        assert_eq!(codes, [96, 98, 99, 97, 4, 0]);
    }

    #[test]
    fn verdicts_turn_into_statuses() {
        let of =
            |gate, rows: &[&str], guarantees: &[&str]| Status::of(&document(gate, rows, guarantees), false);
        assert_eq!(of(true, &["met", "not applicable"], &["holds"]), Status::Met);
        assert_eq!(of(true, &["met", "inconclusive"], &["holds"]), Status::Inconclusive);
        assert_eq!(of(true, &["inconclusive", "breached"], &["unknown"]), Status::Breached);
        assert_eq!(of(true, &["breached"], &["violated"]), Status::GuaranteeBroken);
        assert_eq!(of(false, &["breached", "inconclusive"], &["holds"]), Status::Met);
        assert_eq!(of(false, &["breached"], &["violated"]), Status::GuaranteeBroken);
        assert_eq!(Status::of(&document(true, &["inconclusive"], &[]), true), Status::Met);
    }
}
