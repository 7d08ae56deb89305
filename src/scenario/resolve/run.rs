//! `[run]` and `[rto]`.

use super::Context;
use crate::base::diagnostics::Code;
use crate::base::document::{Located, Node};
use crate::base::time::Span;
use crate::base::units::Share;
use crate::model::plan::{Limits, RtoRule};
use crate::scenario::sections;
use crate::scenario::text::{RtoText, RunText, UntilText};

pub(super) fn resolve(cx: &mut Context<'_>, root: &Node) {
    limits(cx, root);
    rto(cx, root);
}

fn limits(cx: &mut Context<'_>, root: &Node) {
    let usual = Limits::default();
    let text: RunText = sections::table(root, "run", cx.errors).map(|t| t.value).unwrap_or_default();
    let given = |value: Option<Located<Span>>| value.map(|v| v.value);
    let until_settled = match text.until {
        Some(until) => until == UntilText::Settled,
        None => {
            cx.assume("run.until", "settled", "default");
            usual.until_settled
        }
    };
    let cap = cx.or_default("run.cap", given(text.cap), usual.cap);
    let at_least = cx.or_default("run.at-least", given(text.at_least), usual.at_least.min(cap));
    let study = root.get("hazard").is_some();
    let jump = cx.or_default("run.jump", text.jump, study);
    let longest = Span::hours(100 * 8_766);
    if let Some(place) = text.cap.map(|t| t.place)
        && !(Span::secs(1)..=longest).contains(&cap)
    {
        cx.errors.error(Code::RunLimits, place, format!("a cap of {cap} is not between 1s and 100 years"));
    }
    if let Some(place) = text.at_least.map(|t| t.place)
        && at_least > cap
    {
        let message = format!("the window would run at least {at_least}, but is capped at {cap}");
        cx.errors.error(Code::RunLimits, place, message).also(text.cap.map(|t| t.place), "the cap");
    }
    cx.plan.limits = Limits { at_least, cap, until_settled };
    cx.plan.jump = jump;
}

fn rto(cx: &mut Context<'_>, root: &Node) {
    let usual = RtoRule::default();
    let text: RtoText = sections::table(root, "rto", cx.errors).map(|t| t.value).unwrap_or_default();
    let hold = cx.or_default("rto.hold", text.hold.map(|v| v.value), usual.hold);
    let share = cx.or_default("rto.share", text.share.map(|v| v.value), Share(usual.share));
    let least = cx.or_default(
        "rto.min-operations",
        text.min_operations.map(|v| u64::from(v.value)),
        usual.min_operations,
    );
    if hold == Span::ZERO {
        let place = text.hold.map(|t| t.place);
        cx.errors.error(Code::RtoRule, place, "restoration needs a stretch longer than nothing");
    }
    if share.0 <= 0.0 {
        let place = text.share.map(|t| t.place);
        cx.errors.error(Code::RtoRule, place, "a share of 0% holds during any outage");
    }
    cx.plan.rto = RtoRule { hold, share: share.0, min_operations: least };
}
