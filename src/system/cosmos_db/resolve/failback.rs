//! Whether the customer switches back after a failover (COS-11, COS-12).

use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::dist::Law;
use crate::model::plan::Plan;
use crate::system::cosmos_db::config::Config;
use crate::system::cosmos_db::settings::Settings;
use crate::system::failback;

/// Seconds from the time at which the first write region serves again; `None`: never. A study follows the account from mode to mode, and
/// so has to be told.
pub(super) fn failback(
    config: &Config,
    settings: &Settings,
    place: Place,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<Law> {
    let moves = !settings.multi() && settings.regions.len() > 1;
    let by_itself = settings.failover.automatic_failback;
    let Some(given) = &config.failback else {
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
        errors.error(Code::SettingIgnored, given.place, text);
    }
    let wait = failback::law(given, errors)?;
    let cap = plan.limits.cap;
    if wait.mean() >= cap.seconds() {
        let text = format!("windows end after {cap}: the switch back would come later");
        errors.error(Code::FaultBeyondEnd, given.place, text).hint("wait less, or raise `cap` in `[run]`");
    }
    Some(wait)
}
