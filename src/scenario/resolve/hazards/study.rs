//! `[study]`.

use super::Context;
use crate::base::diagnostics::Code;
use crate::base::document::{Located, Node};
use crate::base::time::Span;
use crate::model::plan::StudyRule;
use crate::scenario::sections;
use crate::scenario::text::StudyText;

/// Puts the rule into the plan, with its defaults noted where there are hazards.
pub(super) fn resolve(cx: &mut Context<'_>, root: &Node, hazards: bool) {
    let text = sections::table::<StudyText>(root, "study", cx.errors);
    if !hazards {
        if let Some(text) = text {
            let error = cx.errors.error(Code::StudyRule, text.place, "a `[study]` without hazards");
            error.hint("give it a `[[hazard]]`, or leave `[study]` out");
        }
        return;
    }
    let text = text.map(|text| text.value).unwrap_or_default();
    let rule = StudyRule::default();
    let mut value = |key: &str, given: Option<Located<Span>>, default: Span| {
        let span = cx.or_default(format!("study.{key}"), given.map(|given| given.value), default);
        if let Some(given) = given.filter(|given| given.value > Span::hours(24 * 365)) {
            cx.errors.error(
                Code::StudyRule,
                given.place,
                "longer than a year: no window would ever be complete",
            );
        }
        span
    };
    cx.plan.study = StudyRule {
        margin: value("margin", text.margin, rule.margin),
        warm_up: value("warm-up", text.warm_up, rule.warm_up),
        phase: value("phase", text.phase, rule.phase),
    };
}
