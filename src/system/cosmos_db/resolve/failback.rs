//! Whether the customer switches back after a failover (COS-11, COS-12).

use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::document::Located;
use crate::base::time::Span;
use crate::model::plan::Plan;
use crate::system::cosmos_db::config::Config;
use crate::system::cosmos_db::settings::Settings;
use crate::system::failback::FailbackText;

/// How long after the first write region serves again; `None`: never. A study follows the account from mode to mode, and
/// so has to be told.
pub(super) fn failback(
    config: &Config,
    settings: &Settings,
    place: Place,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<Span> {
    let moves = !settings.multi() && settings.regions.len() > 1;
    let by_itself = settings.failover.automatic_failback;
    let Some(Located { value, place: at }) = &config.failback else {
        if moves && settings.service_managed && !by_itself && !plan.hazards.is_empty() {
            let text = "`failback` is missing: with hazards it says whether the write region moves back";
            errors.error(Code::MissingKey, place, text).hint(
                "`failback = \"never\"` if it stays where it is, `failback = { after = \"4h\" }` if not",
            );
        }
        return None;
    };
    if !moves {
        let text = "`failback` has a meaning only where one of several regions writes";
        errors.error(Code::SettingIgnored, *at, text);
    }
    match value {
        FailbackText::Never => None,
        FailbackText::After(wait) if *wait >= plan.limits.cap => {
            let text = format!("windows end after {}: the switch back would come later", plan.limits.cap);
            errors.error(Code::FaultBeyondEnd, *at, text).hint("wait less, or raise `cap` in `[run]`");
            None
        }
        FailbackText::After(wait) => Some(*wait),
    }
}
