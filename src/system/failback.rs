//! Whether a service goes back to where it began, once that is well again.

mod wait;

use crate::base::diagnostics::Diagnostics;
use crate::base::dist::Law;
use crate::base::document::{self, Located};
use schemars::JsonSchema;
use serde::Deserialize;
use wait::Wait;

/// What follows when the first region can serve again.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailbackText {
    /// Nothing: the service stays where it is.
    Never,
    /// After this time, or a draw of this law, the service goes back.
    After(Wait),
}

/// Seconds until the service goes back; `None` if it never does, or if the law is none, which is reported.
pub fn law(text: &Located<FailbackText>, errors: &mut Diagnostics) -> Option<Law> {
    match &text.value {
        FailbackText::Never => None,
        FailbackText::After(Wait(law)) => {
            document::law(&Located { value: law.clone(), place: text.place }, errors)
        }
    }
}
