//! How long a failover takes (COS-9): as the edition has it, unless the scenario says otherwise.

use crate::base::diagnostics::Diagnostics;
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{Located, law};
use crate::system::cosmos_db::config::{Config, FailoverText, ServiceManaged};
use crate::system::cosmos_db::settings::Failover;

/// The failover of an edition with the laws that the scenario gives.
pub(super) fn failover(config: &Config, edition: Failover, errors: &mut Diagnostics) -> Failover {
    let Some(managed) = managed(config) else { return edition };
    let detect = given_law(&managed.detect, errors).unwrap_or(edition.detect);
    let decide = given_law(&managed.decide, errors).unwrap_or(edition.decide);
    Failover { detect, decide, ..edition }
}

/// Whether the scenario gives a law in the place of this parameter of the edition.
pub(super) fn given(config: &Config, parameter: &str) -> bool {
    let Some(managed) = managed(config) else { return false };
    match parameter.strip_prefix("account-").unwrap_or(parameter) {
        "failover-detect" => managed.detect.is_some(),
        "failover-decide" => managed.decide.is_some(),
        _ => false,
    }
}

fn managed(config: &Config) -> Option<&ServiceManaged> {
    match &config.failover {
        Some(FailoverText::ServiceManaged(managed)) => Some(managed),
        Some(FailoverText::Off) | None => None,
    }
}

fn given_law(text: &Option<Located<SpanLaw>>, errors: &mut Diagnostics) -> Option<Law> {
    text.as_ref().and_then(|text| law(text, errors))
}
