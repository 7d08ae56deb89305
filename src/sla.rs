//! Judging: SLA rows against findings.
