//! Whether a service goes back to where it began, once that is well again.

use crate::base::time::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// What follows when the first region can serve again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FailbackText {
    /// Nothing: the service stays where it is.
    Never,
    /// After this time the service goes back.
    After(Span),
}
