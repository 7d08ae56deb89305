//! When a hazard strikes.

use super::scopes::Placed;
use super::{Context, strikes_alone, trace};
use crate::base::calendar::YEAR;
use crate::base::diagnostics::{Code, Place};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{Located, law};
use crate::base::ids::HazardId;
use crate::base::time::Span;
use crate::model::hazard::{Extent, Hazard, Process};
use crate::scenario::text::{HazardText, WalkText, WithText};

/// A law that draws below zero more often than this is refused: what is cut off would move the mean.
const BELOW_ZERO: f64 = 1e-3;

/// The process; `None` with an error when the text gives none, or more than one.
pub(super) fn resolve(
    cx: &mut Context<'_>,
    place: Place,
    text: &HazardText,
    scopes: &[Placed],
    key: &str,
    base: impl FnOnce(&mut Context<'_>, &Located<String>) -> Option<HazardId>,
) -> Option<Process> {
    strangers(cx, text, place)?;
    if let Some(written) = &text.trace {
        return trace::resolve(cx, written, text, scopes, key);
    }
    if let Some(with) = &text.along {
        return along(cx, with, text.lasts.as_ref(), base);
    }
    if let Some(written) = &text.walk {
        return walk(cx, written);
    }
    renewal(cx, text, place)
}

/// The keys of each way to say when, as far as they are given.
fn ways(text: &HazardText) -> Vec<(&'static str, Place)> {
    let place = |given: Option<Place>, way: &'static str| given.map(|place| (way, place));
    [
        place(text.mtbf.map(|v| v.place), "mtbf"),
        place(text.to_failure.as_ref().map(|v| v.place), "to-failure"),
        place(text.trace.as_ref().map(|v| v.place), "trace"),
        place(text.along.as_ref().map(|v| v.place), "with"),
        place(text.walk.as_ref().map(|v| v.place), "walk"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Reports when there is not exactly one way to say when, or a key that belongs to another.
fn strangers(cx: &mut Context<'_>, text: &HazardText, place: Place) -> Option<()> {
    let hint =
        "give `mtbf` or `to-failure` (with `mttr` or `repair`), or `trace`, or `with` and `lasts`, or `walk`";
    let ways = ways(text);
    let Some((way, first)) = ways.first().copied() else {
        let message = format!("nothing says when hazard `{}` strikes", text.name.value);
        cx.errors.error(Code::HazardProcess, place, message).hint(hint);
        return None;
    };
    if let Some((other, second)) = ways.get(1) {
        let message = format!("both `{way}` and `{other}` say when hazard `{}` strikes", text.name.value);
        cx.errors.error(Code::HazardProcess, *second, message).also(first, "the first").hint(hint);
        return None;
    }
    let renewal = ["mtbf", "to-failure"].contains(&way);
    let extra = [
        ("mttr", text.mttr.map(|v| v.place), renewal),
        ("repair", text.repair.as_ref().map(|v| v.place), renewal),
        ("period", text.period.map(|v| v.place), way == "trace"),
        ("lasts", text.lasts.as_ref().map(|v| v.place), way == "with"),
    ];
    let mut good = true;
    for (key, given, belongs) in extra {
        if let Some(place) = given.filter(|_| !belongs) {
            let message = format!("`{key}` has no meaning beside `{way}`");
            cx.errors.error(Code::HazardProcess, place, message).hint(hint);
            good = false;
        }
    }
    good.then_some(())
}

/// A law with a finite mean above 0 and hardly any negative draws.
fn positive(cx: &mut Context<'_>, what: &str, text: &Located<SpanLaw>) -> Option<Law> {
    let drawn = law(text, cx.errors)?;
    let mean = drawn.span_mean();
    let below = drawn.cdf(-1e-9);
    let message = match () {
        () if mean.is_nan() || mean.is_infinite() => {
            format!("`{what}` has an infinite mean: it would have no rate")
        }
        () if mean <= 0.0 => format!("`{what}` is always zero"),
        () if below > BELOW_ZERO => {
            format!("{:.3}% of the draws of `{what}` would be negative", 100.0 * below)
        }
        () => return Some(drawn),
    };
    let error = cx.errors.error(Code::HazardLaw, text.place, message);
    error.hint("a `lognormal`, `weibull` or `gamma` law is positive, and has a mean");
    None
}

/// A law given whole, or by its mean as an exponential one.
fn either(
    cx: &mut Context<'_>,
    (short, mean): (&str, Option<Located<Span>>),
    (long, whole): (&str, Option<&Located<SpanLaw>>),
    missing: Place,
) -> Option<(Law, Place)> {
    match (mean, whole) {
        (Some(mean), Some(whole)) => {
            let message = format!("both `{short}` and `{long}` are given");
            cx.errors.error(Code::HazardProcess, whole.place, message).also(mean.place, "the other");
            None
        }
        (Some(mean), None) => {
            let text = Located { value: SpanLaw::Exponential { mean: mean.value }, place: mean.place };
            positive(cx, short, &text).map(|law| (law, mean.place))
        }
        (None, Some(whole)) => positive(cx, long, whole).map(|law| (law, whole.place)),
        (None, None) => {
            let message = format!("a hazard with neither `{short}` nor `{long}`");
            cx.errors.error(Code::HazardProcess, missing, message);
            None
        }
    }
}

fn renewal(cx: &mut Context<'_>, text: &HazardText, place: Place) -> Option<Process> {
    let up = either(cx, ("mtbf", text.mtbf), ("to-failure", text.to_failure.as_ref()), place);
    let down = either(cx, ("mttr", text.mttr), ("repair", text.repair.as_ref()), place);
    let ((to_failure, at), (repair, repair_at)) = (up?, down?);
    if to_failure.span_mean() < repair.span_mean() {
        let message = format!(
            "it fails again after {} on average, and takes {} to repair",
            span(to_failure.span_mean()),
            span(repair.span_mean())
        );
        let error = cx.errors.error(Code::HazardRepair, at, message);
        error.also(repair_at, "the repair").hint("time to failure counts from the end of the repair");
        return None;
    }
    Some(Process::Renewal { to_failure, repair })
}

fn along(
    cx: &mut Context<'_>,
    with: &Located<WithText>,
    lasts: Option<&Located<SpanLaw>>,
    base: impl FnOnce(&mut Context<'_>, &Located<String>) -> Option<HazardId>,
) -> Option<Process> {
    let hazard = base(cx, &with.hazard);
    let probability = with.probability.value.0;
    if probability <= 0.0 {
        cx.errors.error(
            Code::HazardLaw,
            with.probability.place,
            "it would never strike: `probability` must be above 0%",
        );
    }
    let Some(lasts) = lasts else {
        let message = "a hazard that comes with another needs `lasts`";
        cx.errors
            .error(Code::HazardProcess, with.place, message)
            .hint("for example `lasts = { constant = \"1h\" }`");
        return None;
    };
    let lasts = positive(cx, "lasts", lasts)?;
    Some(Process::With { hazard: hazard?, probability, lasts })
}

fn walk(cx: &mut Context<'_>, walk: &WalkText) -> Option<Process> {
    let every = positive(cx, "every", &walk.every);
    let each = positive(cx, "each", &walk.each);
    Some(Process::Walk { every: every?, each: each?, pause: walk.pause.value })
}

/// Seconds as a person writes them, to the second or finer.
fn span(seconds: f64) -> String {
    let rounded = if seconds >= 60.0 { seconds.round() } else { seconds };
    Span::from_secs_f64(rounded).to_string()
}

/// What a hazard comes to, in a line.
pub(super) fn summary(hazard: &Hazard) -> String {
    let count = hazard.scopes.len();
    let places = if count == 1 { hazard.scopes[0].path.clone() } else { format!("{count} scopes") };
    let part = match &hazard.strike.extent {
        Extent::Whole => String::new(),
        Extent::Share(share) => {
            format!(", {} of the nodes", crate::base::stats::round12(share * 100.0).to_string() + "%")
        }
        Extent::Nodes(law) => format!(", a number of nodes ({law})"),
    };
    let law = |law: &Law| match law {
        Law::Exponential { mean } => format!("exponential, mean {}", span(*mean)),
        Law::Constant(value) => format!("constant {}", span(*value)),
        law => format!("{law}, in seconds (mean {})", span(law.span_mean())),
    };
    let when = match &hazard.process {
        Process::Renewal { to_failure, repair } => {
            let cycle = to_failure.span_mean() + repair.span_mean();
            let yearly = count as f64 * YEAR.seconds() / cycle;
            format!("{} in all; up {}, repair {}", often(yearly), law(to_failure), law(repair))
        }
        Process::Trace { outages, period } => {
            format!("{} recorded outages in {period}, again and again", outages.len())
        }
        Process::With { probability, lasts, .. } => {
            format!(
                "with {}% of the strikes of another, lasts {}",
                crate::base::stats::round12(probability * 100.0),
                law(lasts)
            )
        }
        Process::Walk { every, each, pause } => {
            format!("one after the other, {} each, pause {pause}; rounds after {}", law(each), law(every))
        }
    };
    debug_assert!(strikes_alone(&hazard.process) || when.starts_with("with"));
    format!("{} at {places}{part}: {when}", hazard.kind.name())
}

/// A rate a year in a few digits.
fn often(yearly: f64) -> String {
    let digits = if yearly >= 100.0 {
        0
    } else if yearly >= 1.0 {
        2
    } else {
        4
    };
    format!("{yearly:.digits$} a year")
}
