//! `[[fault]]`: scopes bound, kinds fitted to scopes, times checked.

use super::Context;
use crate::base::diagnostics::{Code, Place};
use crate::base::document::{Located, Node, read};
use crate::base::ids::IdVec;
use crate::base::time::{SimTime, Span};
use crate::base::units::Share;
use crate::model::fault::{Fault, FaultKind, Place as Site, Scope};
use crate::scenario::scope::{self, Binder};
use crate::scenario::sections;
use crate::scenario::text::{FaultText, KindText};

/// More faults than this are refused.
const MOST: usize = 10_000;
/// The largest clock drift in parts per million; real clocks stay below 200.
const WORST_DRIFT: f64 = 100_000.0;

/// Puts the faults into the plan by onset. Without a topology only what needs none is checked; the number of partitions
/// is known once the system has been resolved.
pub(super) fn resolve(cx: &mut Context<'_>, root: &Node, topology: bool, resolved: bool) {
    let partitions = resolved.then_some(cx.plan.partitions);
    let places = std::mem::take(&mut cx.plan.topology);
    let binder = topology.then(|| Binder::new(&places));
    let mut faults: Vec<(Fault, Place)> = Vec::new();
    for (number, node) in sections::list(root, "fault", cx.errors).iter().enumerate() {
        if number >= MOST || cx.errors.is_flood() {
            cx.errors.error(
                Code::TooManyFaults,
                node.place,
                format!("the first {number} faults were looked at"),
            );
            break;
        }
        if let Some(text) = read(node, &format!("fault.{number}"), cx.errors) {
            one(cx, &text, node.place, binder.as_ref(), partitions, &mut faults);
        }
    }
    drop(binder);
    cx.plan.topology = places;
    // A stable sort: faults of equal onset keep the order of the text.
    faults.sort_by_key(|(fault, _)| fault.at);
    duplicates(cx, &faults);
    cx.plan.faults = faults.into_iter().map(|(fault, _)| fault).collect::<IdVec<_, _>>();
}

fn one(
    cx: &mut Context<'_>,
    text: &FaultText,
    place: Place,
    binder: Option<&Binder<'_>>,
    partitions: Option<u32>,
    faults: &mut Vec<(Fault, Place)>,
) {
    let kind = kind(cx, &text.kind);
    let lasts = lasts(cx, text, kind, place);
    if text.at.value >= cx.plan.limits.cap {
        let message = format!("the window ends at {}, before this fault", cx.plan.limits.cap);
        cx.errors
            .error(Code::FaultBeyondEnd, text.at.place, message)
            .hint("move it, or raise `cap` in `[run]`");
    }
    let scope = match scope::parse(&text.scope) {
        Ok(scope) => scope,
        Err(error) => return error.report(&text.scope, text.scope.place, cx.errors),
    };
    let Some(binder) = binder else { return };
    let bound = match binder.bind(&text.scope, &scope, partitions) {
        Ok(bound) => bound,
        Err(error) => return error.report(&text.scope, text.scope.place, cx.errors),
    };
    if let Some((why, hint)) = bound.first().and_then(|first| misfit(kind, &first.scope)) {
        cx.errors.error(Code::KindScope, text.scope.place, why).also(text.kind.place, "the kind").hint(hint);
        return;
    }
    if faults.len() + bound.len() > MOST {
        let message = format!("with this one there are more than {MOST} faults");
        cx.errors.error(Code::TooManyFaults, text.scope.place, message);
        return;
    }
    let (at, written) = (SimTime(text.at.value.0), text.scope.place);
    faults.extend(
        bound.into_iter().map(|b| (Fault { label: b.label, scope: b.scope, kind, at, lasts }, written)),
    );
}

/// The kind, with its parameters checked.
pub(super) fn kind(cx: &mut Context<'_>, text: &Located<KindText>) -> FaultKind {
    let mut check = |good: bool, message: &str| {
        if !good {
            cx.errors.error(Code::FaultParameter, text.place, message);
        }
    };
    match text.value {
        KindText::Crash => FaultKind::Crash,
        KindText::Pause => FaultKind::Pause,
        KindText::PowerLoss => FaultKind::PowerLoss,
        KindText::Isolation => FaultKind::Isolation,
        KindText::Cut => FaultKind::Cut,
        KindText::Slow { factor } => {
            check((1.0..=1e6).contains(&factor), "`factor` multiplies times: it is between 1 and 1,000,000");
            FaultKind::Slow { factor }
        }
        KindText::Loss { probability: Share(probability) } => {
            check(probability > 0.0, "`probability` must be above 0%");
            FaultKind::Loss { probability }
        }
        KindText::Bandwidth { to } => {
            check(to.0 >= 1.0, "`to` must leave at least 1 byte a second: to leave none use `cut`");
            FaultKind::Bandwidth { bytes_per_s: to.0 }
        }
        KindText::DestroyedDisk => FaultKind::DestroyedDisk,
        KindText::Destroyed => FaultKind::Destroyed,
        KindText::ClockStep { by } => {
            check(by.0 != 0, "`by` must move the clock");
            FaultKind::ClockStep { by_ns: by.0 }
        }
        KindText::ClockDrift { by } => {
            check(by.0 != 0.0 && by.0.abs() <= WORST_DRIFT, "`by` must be a drift of at most 100,000 ppm");
            FaultKind::ClockDrift { ppm: by.0 }
        }
        KindText::DnsDown => FaultKind::DnsDown,
        KindText::ControlPlaneDown => FaultKind::ControlPlaneDown,
    }
}

fn lasts(cx: &mut Context<'_>, text: &FaultText, kind: FaultKind, place: Place) -> Option<Span> {
    let endless = kind == FaultKind::Destroyed;
    match text.lasts {
        Some(lasts) if endless => {
            let error =
                cx.errors.error(Code::LastsNotAllowed, lasts.place, "what is destroyed does not come back");
            error.hint("leave `lasts` out, or use `power-loss` or `destroyed-disk`");
        }
        Some(lasts) if lasts.value == Span::ZERO => {
            cx.errors.error(Code::ZeroLasts, lasts.place, "a fault that lasts no time does nothing");
        }
        None if !endless => {
            let message = format!("a `{}` fault needs `lasts`", kind.name());
            cx.errors.error(Code::MissingLasts, place, message).hint("for example `lasts = \"2h\"`");
        }
        _ => {}
    }
    text.lasts.map(|lasts| lasts.value)
}

/// Why a kind of fault cannot hit a scope, and what can.
pub(super) fn misfit(kind: FaultKind, scope: &Scope) -> Option<(String, &'static str)> {
    let name = kind.name();
    let of_service = matches!(kind, FaultKind::DnsDown | FaultKind::ControlPlaneDown);
    let of_links = matches!(
        kind,
        FaultKind::Cut | FaultKind::Bandwidth { .. } | FaultKind::Slow { .. } | FaultKind::Loss { .. }
    );
    let only_links = matches!(kind, FaultKind::Cut | FaultKind::Bandwidth { .. });
    match scope {
        Scope::Service if of_service => None,
        Scope::Service => Some((
            format!("`{name}` cannot hit the whole service"),
            "the service takes `dns-down` and `control-plane-down`",
        )),
        _ if of_service => Some((format!("`{name}` hits the whole service"), "use `scope = \"service\"`")),
        Scope::Link { from: Site::Region(_), to: Site::Region(_), .. } if of_links => None,
        Scope::Link { .. } if matches!(kind, FaultKind::Bandwidth { .. }) => Some((
            "bandwidth is limited between regions only".to_string(),
            "use the two regions as ends: `link:A->B`",
        )),
        Scope::Link { .. } if of_links => None,
        Scope::Link { .. } => Some((
            format!("`{name}` cannot hit a link"),
            "a link takes `cut`, `slow`, `loss` and `bandwidth`",
        )),
        _ if only_links => Some((
            format!("`{name}` needs a link"),
            "use `link:A->B` or `link:A<->B`, or `isolation` for a place",
        )),
        _ => None,
    }
}

/// Reports faults of one kind and scope whose intervals overlap. Compares neighbours of equal scope and kind only.
fn duplicates(cx: &mut Context<'_>, faults: &[(Fault, Place)]) {
    let key = |fault: &Fault| (fault.label.clone(), fault.kind.name());
    let mut open: std::collections::BTreeMap<(String, &str), (SimTime, Place)> = Default::default();
    for (fault, place) in faults {
        let end = fault.lasts.map_or(SimTime::MAX, |lasts| fault.at + lasts);
        if let Some((until, first)) = open.get(&key(fault))
            && fault.at < *until
        {
            let message = format!("`{}` is already hit by `{}` at that time", fault.label, fault.kind.name());
            cx.errors.error(Code::DuplicateFault, *place, message).also(*first, "by this fault");
        }
        let slot = open.entry(key(fault)).or_insert((end, *place));
        if end > slot.0 {
            *slot = (end, *place);
        }
    }
}
