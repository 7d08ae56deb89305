//! The wall clock, for `--time-limit` only: a result never holds it.

use crate::base::time::Span;
use std::time::{Duration, Instant};

/// When time is up.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So long from now; never, without a limit.
    #[allow(clippy::disallowed_methods, reason = "--time-limit is about the reader's time")]
    pub fn after(limit: Option<Span>) -> Deadline {
        Deadline(limit.and_then(|span| Instant::now().checked_add(Duration::from_nanos(span.0))))
    }

    /// Whether time is up.
    #[allow(clippy::disallowed_methods, reason = "--time-limit is about the reader's time")]
    pub fn is_over(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }
}
