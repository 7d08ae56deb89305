//! What the documentation of a year says (ASR-2): how often a point is consistent for applications, and for how long
//! points are kept, where the table does not say.

use crate::base::time::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// A year of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "SiteRecoveryEdition")]
pub enum Edition {
    /// The architecture page of 2018-05 (the hourly points are those of 2019-03: it names no period).
    #[serde(rename = "2018")]
    Y2018,
    /// The architecture page of 2019-03: app-consistent points every hour.
    #[serde(rename = "2019-03")]
    Y2019March,
    /// The tutorial of 2019-11: app-consistent points every four hours, kept for up to three days.
    #[serde(rename = "2019-11")]
    Y2019November,
    /// The questions and answers of 2025-07: no app-consistent points unless asked for, kept for up to fifteen days.
    #[serde(rename = "2025")]
    Y2025,
}

impl Edition {
    /// Its name in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Edition::Y2018 => "2018",
            Edition::Y2019March => "2019-03",
            Edition::Y2019November => "2019-11",
            Edition::Y2025 => "2025",
        }
    }

    /// Time between two app-consistent points unless the table says; none: they are off.
    pub fn app_consistent(self) -> Option<Span> {
        match self {
            Edition::Y2018 | Edition::Y2019March => Some(Span::mins(60)),
            Edition::Y2019November => Some(Span::mins(240)),
            Edition::Y2025 => None,
        }
    }

    /// The longest retention it allows.
    pub fn longest_retention(self) -> Span {
        match self {
            Edition::Y2018 | Edition::Y2019March | Edition::Y2019November => Span::hours(72),
            Edition::Y2025 => Span::hours(15 * 24),
        }
    }

    /// The recovery time that its SLA promises.
    pub fn rto(self) -> Span {
        match self {
            Edition::Y2018 => Span::hours(2),
            _ => Span::hours(1),
        }
    }
}
