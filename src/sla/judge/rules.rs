//! How each kind of row is compared.

use crate::measure::findings::{CauseFilter, CauseFinding, FOR_INTERVAL, Findings};
use crate::measure::histogram::Quantile;
use crate::measure::number::{Estimate, Unit, finite12};
use crate::measure::order_statistics::values_needed;
use crate::measure::paths::{self, Path, Quantiles};
use crate::measure::series::{Kind, Scope};
use crate::model::sla::{Compare, SlaRow, SlaRule, Verdict};
use crate::sla::bound::{keeps, show, show_measured, show_value};
use crate::sla::judge::{ENOUGH, Judged};
use std::collections::BTreeMap;

/// The unit of a row's values.
pub(super) fn unit(row: &SlaRow) -> Unit {
    match &row.rule {
        SlaRule::Bound { measure, .. } | SlaRule::ExpectLoss { measure, .. } => {
            paths::parse(measure).map_or(Unit::Count, |path| path.measure.unit)
        }
        _ => Unit::Seconds,
    }
}

/// A row's bound, as shown.
pub(super) fn bound_text(row: &SlaRow) -> String {
    match &row.rule {
        SlaRule::Bound { op, value, .. } => show(*op, *value, unit(row)),
        SlaRule::StalenessBound { .. } => "<= K and <= T".to_owned(),
        SlaRule::ExpectLoss { .. } => "expect > 0".to_owned(),
        SlaRule::Temporary { .. } => "< the fault".to_owned(),
        SlaRule::Price => "price".to_owned(),
    }
}

/// What a row is compared with: a measure of certain faults.
struct Subject<'a> {
    row: &'a SlaRow,
    findings: &'a Findings,
    path: Path,
    filter: Option<CauseFilter>,
}

impl<'a> Subject<'a> {
    /// # Errors
    /// The finished verdict, when there is nothing to compare.
    fn of(
        row: &'a SlaRow,
        findings: &'a Findings,
        measure: &str,
        fault: Option<&str>,
    ) -> Result<Subject<'a>, Box<Judged>> {
        let undecided = |why: String| Err(Box::new(Judged::new(row, Verdict::Inconclusive, why)));
        let path = match paths::parse(measure) {
            Ok(path) => path,
            Err(error) => return undecided(error.to_string()),
        };
        let per_fault = path.measure.quantiles == Quantiles::Faults;
        if let Some(why) = nothing_to_see(findings, fault, per_fault, is_seen_by_clients(path.measure.name)) {
            return undecided(why);
        }
        Ok(Subject { row, findings, path, filter: fault.map(CauseFilter::parse) })
    }

    fn estimate(&self) -> Option<Estimate> {
        self.findings.estimate(&self.path, self.filter.as_ref())
    }

    fn per_window(&self) -> Vec<(usize, f64)> {
        self.findings.per_window(&self.path, self.filter.as_ref())
    }

    fn judged(&self, estimate: &Estimate, verdict: Verdict, why: String) -> Judged {
        Judged {
            estimate: estimate.estimate,
            low: estimate.low,
            high: estimate.high,
            n: estimate.n,
            ..Judged::new(self.row, verdict, why)
        }
    }

    fn shown(&self, value: f64) -> String {
        show_measured(value, self.path.measure.unit)
    }
}

fn is_seen_by_clients(measure: &str) -> bool {
    ["availability", "rto", "outage", "latency", "throttles", "staleness"]
        .iter()
        .any(|name| measure.split('.').next() == Some(name))
}

/// Why a row about these faults has no sample.
fn nothing_to_see(
    findings: &Findings,
    fault: Option<&str>,
    per_fault: bool,
    by_clients: bool,
) -> Option<String> {
    let filter = CauseFilter::parse(fault.unwrap_or_default());
    let mut causes = findings.causes(&filter).map(|(_, cause)| cause).peekable();
    if causes.peek().is_none() && (fault.is_some() || per_fault) {
        return Some(format!("no fault of class {} occurred", fault.unwrap_or("any")));
    }
    let inside = causes.find(|cause| cause.is_fault() && !cause.clients_outside);
    inside.filter(|_| by_clients).map(|cause| format!("all clients are inside {}", cause.label))
}

/// A quantile over those faults that a filter lets through, each weighed by how often its like happens.
pub type Weighed<'a> = &'a dyn Fn(&Path, Option<&CauseFilter>) -> Option<Estimate>;

pub(super) fn no_samples(row: &SlaRow) -> Judged {
    Judged::new(row, Verdict::Inconclusive, "no samples".to_owned())
}

/// A measure against a bound. Where some faults stand for more of their kind than others, `weighed` gives its quantiles over
/// faults.
pub(super) fn bound(
    row: &SlaRow,
    findings: &Findings,
    measure: &str,
    bound: (Compare, f64),
    fault: Option<&str>,
    weighed: Option<Weighed<'_>>,
) -> Judged {
    let subject = match Subject::of(row, findings, measure, fault) {
        Ok(subject) => subject,
        Err(judged) => return *judged,
    };
    let over_faults = subject.path.measure.quantiles == Quantiles::Faults && !subject.path.is_worst();
    let estimate = match weighed.filter(|_| over_faults) {
        Some(weighed) => weighed(&subject.path, subject.filter.as_ref()),
        None => subject.estimate(),
    };
    let Some(estimate) = estimate else { return no_samples(row) };
    if bound == (Compare::AtMost, 0.0) {
        promise(&subject, &estimate)
    } else if subject.path.is_worst() {
        worst(&subject, &estimate, bound)
    } else if over_faults {
        quantile_over_faults(&subject, &estimate, bound)
    } else {
        over_windows(&subject, &estimate, bound)
    }
}

/// `= 0`: it never happens.
fn promise(subject: &Subject<'_>, estimate: &Estimate) -> Judged {
    let windows = subject.per_window();
    let n = windows.len() as u64;
    if let Some((window, value)) = windows.iter().find(|(_, value)| *value > 0.0) {
        let why = format!("window {window} shows {}", subject.shown(*value));
        let counterexample = Some(*window);
        return Judged { counterexample, n, ..subject.judged(estimate, Verdict::Breached, why) };
    }
    if n >= ENOUGH {
        let why = format!("0 in {n} windows: rarer than {} per window at 95 %", odds(n));
        return Judged { n, ..subject.judged(estimate, Verdict::Met, why) };
    }
    let further_windows = Some(ENOUGH - n);
    let why = format!(
        "0 so far: rarer than {} per window at 95 % (3/n); {} more windows without one would meet it",
        odds(n),
        ENOUGH - n
    );
    Judged { n, further_windows, ..subject.judged(estimate, Verdict::Inconclusive, why) }
}

fn odds(n: u64) -> String {
    show_value((3.0 / n.max(1) as f64 * 1e4).round().min(1e4) / 1e4, Unit::Fraction)
}

/// A bound on the worst fault: one beyond it breaches it.
fn worst(subject: &Subject<'_>, estimate: &Estimate, (op, value): (Compare, f64)) -> Judged {
    let windows = subject.per_window();
    let beyond = windows.iter().find(|(_, worst)| !keeps(*worst, op, value));
    let bound = show(op, value, subject.path.measure.unit);
    match beyond {
        Some((window, worst)) => {
            let why = format!("window {window}: {} is not {bound}", subject.shown(*worst));
            Judged { counterexample: Some(*window), ..subject.judged(estimate, Verdict::Breached, why) }
        }
        None => {
            let most = subject.shown(estimate.most);
            let why = match windows.len() {
                1 => format!("{most} in the one window"),
                n => format!("{most} in the worst of {n} windows"),
            };
            subject.judged(estimate, Verdict::Met, why)
        }
    }
}

/// A bound on a quantile over faults: each end of its interval is a one-sided 95 % bound.
fn quantile_over_faults(subject: &Subject<'_>, estimate: &Estimate, (op, value): (Compare, f64)) -> Judged {
    let q = subject.path.quantile.unwrap_or(Quantile::P50).share();
    let (good, bad) = match op {
        Compare::AtLeast => (estimate.low, estimate.high),
        Compare::AtMost | Compare::Below => (estimate.high, estimate.low),
    };
    let shown = format!("{} over {} faults", subject.shown(estimate.value()), estimate.n);
    if good.is_some_and(|end| keeps(end, op, value)) {
        return subject.judged(estimate, Verdict::Met, shown);
    }
    if bad.is_some_and(|end| !keeps(end, op, value)) {
        return subject.judged(estimate, Verdict::Breached, shown);
    }
    let tail = if q == 0.5 { 0.025 } else { 0.05 };
    let needed = values_needed(q.max(1.0 - q), tail).saturating_sub(estimate.n);
    let further_windows = if needed > 0 { Some(needed) } else { further(estimate, value, 0.0) };
    let why = format!("{shown}; {}", more(further_windows, estimate));
    Judged { further_windows, ..subject.judged(estimate, Verdict::Inconclusive, why) }
}

/// A bound on a share, a mean, or a quantile over the operations of each window.
fn over_windows(subject: &Subject<'_>, estimate: &Estimate, (op, value): (Compare, f64)) -> Judged {
    let ends = match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => (low, high),
        _ => (estimate.least, estimate.most),
    };
    let kept = (keeps(ends.0, op, value), keeps(ends.1, op, value));
    let shown = match estimate.n {
        1 => format!("{} in the one window", subject.shown(estimate.value())),
        n => format!("{} to {} over {n} windows", subject.shown(ends.0), subject.shown(ends.1)),
    };
    match kept {
        (true, true) => subject.judged(estimate, Verdict::Met, shown),
        (false, false) => subject.judged(estimate, Verdict::Breached, shown),
        _ => {
            let short = FOR_INTERVAL.saturating_sub(estimate.n);
            let further_windows = if short > 0 { Some(short) } else { further(estimate, value, 0.0) };
            let why = format!("{shown}; {}", more(further_windows, estimate));
            Judged { further_windows, ..subject.judged(estimate, Verdict::Inconclusive, why) }
        }
    }
}

/// How many more windows should move the interval off the bound, if its end on that side comes nearer with the root of their
/// number; but for a part of it, `unseen`, by what never happened in them, and so with their number itself.
pub(super) fn further(estimate: &Estimate, bound: f64, unseen: f64) -> Option<u64> {
    let (low, high) = (estimate.low?, estimate.high?);
    let centre = estimate.estimate?;
    let distance = (centre - bound).abs();
    let reach = if bound > centre { high - centre } else { centre - low };
    // With f times the windows the square of the reach is seen / f + unseen / f^2.
    let unseen = (unseen * unseen).min(reach * reach);
    let seen = reach * reach - unseen;
    let times =
        (seen + (seen * seen + 4.0 * unseen * distance * distance).sqrt()) / (2.0 * distance * distance);
    let needed = estimate.n as f64 * times;
    (needed.is_finite() && needed < 1e12)
        .then(|| (libm::ceil(needed) as u64).saturating_sub(estimate.n).max(1))
}

/// What would settle a question that an estimate leaves open.
pub(super) fn more(further: Option<u64>, estimate: &Estimate) -> String {
    // Of faults that happen unequally often a few can outweigh all others.
    let open = estimate.low.is_none() || estimate.high.is_none();
    match further {
        Some(n) => format!("about {n} more windows should settle it"),
        None if open => "the interval is open at one end; more windows should close it".to_owned(),
        None => "no number of windows would settle it".to_owned(),
    }
}

/// A loss that the provider says to expect.
pub(super) fn expect_loss(row: &SlaRow, findings: &Findings, measure: &str, fault: Option<&str>) -> Judged {
    let subject = match Subject::of(row, findings, measure, fault) {
        Ok(subject) => subject,
        Err(judged) => return *judged,
    };
    let Some(estimate) = subject.estimate() else { return no_samples(row) };
    let windows = subject.per_window();
    let seen = windows.iter().filter(|(_, value)| *value > 0.0).count();
    if seen > 0 {
        let why =
            format!("shown in {seen} of {} windows: up to {}", windows.len(), subject.shown(estimate.most));
        return subject.judged(&estimate, Verdict::Met, why);
    }
    let why = match windows.len() {
        1 => "no such loss in the one window, which proves nothing".to_owned(),
        n => format!("no such loss in {n} windows, which proves nothing"),
    };
    subject.judged(&estimate, Verdict::Inconclusive, why)
}

/// A loss of availability that ends before the fault does.
pub(super) fn temporary(row: &SlaRow, findings: &Findings, kind: &str, fault: Option<&str>) -> Judged {
    let undecided = |why| Judged::new(row, Verdict::Inconclusive, why);
    if let Some(why) = nothing_to_see(findings, fault, true, true) {
        return undecided(why);
    }
    let filter = CauseFilter::parse(fault.unwrap_or_default());
    let recovery = |cause: &CauseFinding| {
        let rto = cause.rto(Scope::Account, Kind::named(kind))?.seconds();
        Some((rto, cause.lasts.map_or(f64::INFINITY, |lasts| lasts.seconds())))
    };
    let all: Vec<(usize, f64, f64)> = findings
        .causes(&filter)
        .filter_map(|(window, cause)| recovery(cause).map(|(rto, lasts)| (window, rto, lasts)))
        .collect();
    let Some(worst) = all.iter().map(|(_, rto, _)| *rto).max_by(f64::total_cmp) else {
        return no_samples(row);
    };
    let late = all.iter().find(|(_, rto, lasts)| rto.is_infinite() || rto >= lasts);
    let shown = |seconds| show_value(seconds, Unit::Seconds);
    let (verdict, why) = match late {
        Some((window, rto, lasts)) if lasts.is_finite() => (
            Verdict::Breached,
            format!("window {window}: RTO {}, the fault lasted {}", shown(*rto), shown(*lasts)),
        ),
        Some((window, ..)) => (Verdict::Breached, format!("window {window}: not restored")),
        None => (Verdict::Met, format!("longest RTO {}, below the fault's length", shown(worst))),
    };
    Judged {
        estimate: finite12(worst),
        n: all.len() as u64,
        counterexample: late.map(|(window, ..)| *window),
        ..Judged::new(row, verdict, why)
    }
}

/// Lost (or exposed) writes of each partition against the account's K and T.
pub(super) fn staleness_bound(
    row: &SlaRow,
    facts: &BTreeMap<String, String>,
    findings: &Findings,
    fault: Option<&str>,
) -> Judged {
    let undecided = |why| Judged::new(row, Verdict::Inconclusive, why);
    if let Some(why) = nothing_to_see(findings, fault, true, false) {
        return undecided(why);
    }
    let number = |fact: &str| facts.get(fact).and_then(|text| text.trim().parse::<f64>().ok());
    let (Some(k), Some(t)) = (number("bound-k"), number("bound-t-s")) else {
        return undecided("the account's K and T are not known".to_owned());
    };
    let is = |fact: &str, value: &str| facts.get(fact).is_some_and(|v| v == value);
    let exposed = is("write-regions", "multi") || is("failover", "off");
    let what = if exposed { "out of reach" } else { "lost" };
    let filter = CauseFilter::parse(fault.unwrap_or_default());
    let (mut writes, mut time, mut broken) = (0u64, 0f64, None);
    let mut n = 0;
    for (window, cause) in findings.causes(&filter) {
        n += 1;
        for (partition, loss) in cause.by_partition(exposed) {
            (writes, time) = (writes.max(loss.writes), time.max(loss.time.seconds()));
            if loss.writes as f64 > k || loss.time.seconds() > t {
                broken = broken.or(Some((window, partition.0, *loss)));
            }
        }
    }
    let within = format!("{k} writes and {}", show_value(t, Unit::Seconds));
    let (verdict, why) = match broken {
        Some((window, partition, loss)) => {
            let (writes, time) = (loss.writes, show_value(loss.time.seconds(), Unit::Seconds));
            (
                Verdict::Breached,
                format!("window {window}, partition {partition}: {writes} writes over {time} {what}"),
            )
        }
        None => {
            let time = show_value(time, Unit::Seconds);
            (
                Verdict::Met,
                format!("at most {writes} writes over {time} {what} in a partition, within {within}"),
            )
        }
    };
    Judged {
        bound: format!("<= {within}"),
        estimate: finite12(time),
        n,
        counterexample: broken.map(|(window, ..)| window),
        ..Judged::new(row, verdict, why)
    }
}
