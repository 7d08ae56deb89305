//! From a study to the result document.

use super::{latency, measure, regions, throttled};
use crate::base::calendar::YEAR;
use crate::base::stats::{Interval, log_scale};
use crate::measure::findings::Findings;
use crate::measure::number::{finite12, round12};
use crate::report::document::{
    BiasedResult, Document, FaultResult, GuaranteeResult, Measure, ModeResult, SlaResult, Spread,
    StratumResult, StudyResult,
};
use crate::report::number::{percent, plural, whole};
use crate::study::compare::sampled::sample;
use crate::study::estimate::{CONFIDENCE, LongRun};
use crate::study::faults::FaultType;
use crate::study::goal::Aim;
use crate::study::months::{FEW, Kept};
use crate::study::sampler::{Stop, Study};
use crate::study::strata::Stratum;
use crate::study::summary::{LADDER, Summary, available};
use crate::study::weighted::Weighted;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// Everything the document of a study is made of.
pub struct StudyParts<'a> {
    /// The study.
    pub study: &'a Study<'a>,
    /// What it came to.
    pub summary: &'a Summary,
    /// Its windows without faults.
    pub quiet: &'a Findings,
    /// The system's name.
    pub system: &'a str,
    /// The judged SLA rows.
    pub sla: Vec<SlaResult>,
    /// The checked guarantees.
    pub guarantees: Vec<GuaranteeResult>,
    /// Which published definition of each term was used.
    pub definitions: BTreeMap<String, String>,
}

/// Puts the document of a study together. A pure function of its parts.
pub fn study_document(parts: StudyParts<'_>) -> Document {
    let (study, summary) = (parts.study, parts.summary);
    let plan = study.plan;
    let windows = || study.samples.iter().chain(&study.quiet).flatten();
    Document {
        geodes: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: plan.name.clone(),
        plan: format!("{:016x}", plan.fingerprint()),
        about: plan.about.clone(),
        system: parts.system.to_owned(),
        edition: plan.facts.get("edition").cloned(),
        seed: plan.seed,
        seeds: 1,
        digest: format!("{:016x}", study.digest.value()),
        windows: study.windows(),
        events: study.events,
        censored: windows().filter(|w| w.censored).count() as u64,
        simulated_s: round12(study.simulated),
        study: Some(method(study, summary)),
        sample: Some(sample(study, &summary.weights)),
        strata: strata(study, summary),
        regions: regions(plan),
        facts: plan.facts.clone(),
        measures: measures(summary),
        faults: faults(study, summary),
        sla: parts.sla,
        gate: plan.sla_gate,
        guarantees: parts.guarantees,
        latency: latency(parts.quiet),
        throttled: throttled(parts.quiet.windows()),
        definitions: parts.definitions,
        notes: notes(study, summary),
        ..Document::default()
    }
}

fn first_goal<'a>(study: &Study<'_>, summary: &'a Summary) -> Option<&'a LongRun> {
    run_of(summary, study.goals.first()?, &study.targets)
}

/// What a goal came to.
fn run_of<'a>(summary: &'a Summary, goal: &Aim, targets: &[String]) -> Option<&'a LongRun> {
    let observed = |what: &str| summary.observed.iter().find(|seen| seen.name == what);
    match goal {
        Aim::Lost(target) => {
            let path = targets.get(*target)?;
            summary.targets.iter().find(|(known, _)| known == path).map(|(_, run)| run)
        }
        Aim::Share(what) => observed(what).map(|seen| &seen.share),
        Aim::Rate(what) => observed(what).map(|seen| &seen.rate),
        Aim::Loss(which) => summary.losses.get(*which),
    }
}

fn method(study: &Study<'_>, summary: &Summary) -> StudyResult {
    let goals = goals(study);
    let inconclusive = inconclusive(summary, &goals);
    let runs = study.goals.iter().filter_map(|goal| run_of(summary, goal, &study.targets));
    let width = runs.map(LongRun::relative_half_width).reduce(f64::max);
    let quiet_windows = study.quiet.iter().map(|windows| windows.len() as u64).sum();
    let strata = study.strata.all.iter().filter(|stratum| stratum.clusters > 0.0).count() as u64;
    let modes = study.strata.modes.len() as u64;
    let method = format!(
        "Stratified windows: {} of faults and repairs are drawn over {} years and sorted into {} of {}, by what they \
         mean to the system; after a pilot of {}, windows go where they narrow the intervals most (Neyman's rule). Intervals of {} are those of \
         a total of losses that come by chance, by gamma laws, and hold the variance of the skeleton and of the windows.{}",
        plural(study.strata.clusters, "cluster"),
        whole(study.years),
        plural(strata, "stratum").replace("stratums", "strata"),
        plural(modes, "mode"),
        plural(study.pilot, "window"),
        percent(CONFIDENCE),
        of_rare(study),
    );
    let why = match summary.plain {
        Some(plain) => format!(
            "Faults are rare: plain simulation would need {} years ({:.1e} events) for as narrow an interval of {} (half of it \
             is {} of the unavailability); this study simulated {} hours ({:.1e} events) in detail: {} times less work.",
            whole(plain.years as u64),
            plain.events,
            goals.first().map_or("", String::as_str),
            percent(plain.half_width),
            whole((study.simulated / 3600.0) as u64),
            study.events as f64,
            three_digits(plain.work)
        ),
        None if summary.unsettled.is_some() => {
            "The system does not settle, so that nothing is averaged.".to_owned()
        }
        None => "Faults are rare, and plain simulation would hardly meet them.".to_owned(),
    };
    let mode = |(i, name): (usize, &std::sync::Arc<str>)| ModeResult {
        name: name.to_string(),
        share: round12(summary.weights.modes.get(i).copied().unwrap_or(0.0)),
        absorbing: summary.absorbing.contains(&i),
    };
    StudyResult {
        method,
        why,
        years: study.years,
        clusters: study.strata.clusters,
        pilot_windows: study.pilot,
        quiet_windows,
        stopped: stopped(summary.stop).to_owned(),
        reproduce: match summary.stop {
            Stop::Paired => String::new(),
            _ if study.cut => String::new(),
            _ => format!("--years {} --windows {}", study.years, study.windows()),
        },
        relative_half_width: width.and_then(finite12),
        goals,
        effective_losses: round12(first_goal(study, summary).map_or(0.0, |run| run.effective)),
        equivalent_years: summary.plain.map(|plain| round12(plain.years)),
        equivalent_events: summary.plain.map(|plain| round12(plain.events)),
        work_ratio: summary.plain.map(|plain| round12(plain.work)),
        simulated_hours: round12(study.simulated / 3600.0),
        censored_share: round12(summary.censored),
        unsettled: summary.unsettled.clone(),
        inconclusive,
        modes: study.strata.modes.iter().enumerate().map(mode).collect(),
    }
}

fn goals(study: &Study<'_>) -> Vec<String> {
    study.goals.iter().map(|goal| goal.path(&study.targets)).collect()
}

/// Why nothing can be concluded about the goals.
fn inconclusive(summary: &Summary, goals: &[String]) -> Option<String> {
    let scarce = |(path, run): &(String, LongRun)| {
        (goals.contains(path) && run.is_scarce())
            .then(|| format!("{path}: losses seen: {}, and fewer than 10 say nothing", whole(run.losses())))
    };
    let unknown = summary.unsettled.clone().or_else(|| summary.untried.clone());
    unknown.or_else(|| summary.targets.iter().find_map(scarce))
}

fn three_digits(x: f64) -> String {
    let digits = if x >= 100.0 { 0 } else { 2 };
    format!("{x:.digits$}")
}

fn stopped(stop: Stop) -> &'static str {
    match stop {
        Stop::Windows => "windows",
        Stop::Precision => "precision",
        Stop::Budget => "budget",
        Stop::Time => "time",
        Stop::Exhausted => "exhausted",
        Stop::Paired => "paired",
    }
}

fn strata(study: &Study<'_>, summary: &Summary) -> Vec<StratumResult> {
    let goal = study.goals.first();
    let run = first_goal(study, summary);
    let lost = |w: &crate::study::outcome::Outcome| goal.map_or(0.0, |goal| goal.value(w));
    let rows = study.strata.all.iter().zip(&study.samples).enumerate();
    let row = |(i, (stratum, windows)): (usize, (&Stratum, &Vec<_>))| StratumResult {
        mode: study.strata.modes[stratum.mode].to_string(),
        signature: stratum.signature.to_string(),
        per_year: round12(summary.weights.clusters[i] / study.years as f64),
        windows: windows.len() as u64,
        losses: windows.iter().filter(|w| lost(w) > 0.0).count() as u64,
        censored: windows.iter().filter(|w| w.censored).count() as u64,
        mean_loss_s: round12(windows.iter().map(lost).sum::<f64>() / windows.len().max(1) as f64),
        share_of_unavailability: round12(
            run.filter(|run| run.mean > 0.0).map_or(0.0, |run| run.parts[i] / run.mean),
        ),
        biased: biased(study, stratum),
    };
    let mut all: Vec<StratumResult> = rows.map(row).filter(|row| row.per_year > 0.0).collect();
    all.sort_by(|a, b| b.share_of_unavailability.total_cmp(&a.share_of_unavailability));
    all
}

/// How the clusters of a rare stratum were drawn.
fn biased(study: &Study<'_>, stratum: &Stratum) -> Option<BiasedResult> {
    let (rare, drawing) = (stratum.rare.as_ref()?, study.strata.drawing.as_ref()?);
    let years = whole(study.years);
    let reason = match stratum.clusters >= 1.0 {
        true => format!("the skeleton of {years} years would meet it {:.0} times", stratum.clusters),
        false => format!("the skeleton of {years} years would meet it {:.1e} times", stratum.clusters),
    };
    Some(BiasedResult { reason, draws: rare.len(), effective_draws: round12(rare.effective(&drawing.draws)) })
}

/// What the method says of rare strata.
fn of_rare(study: &Study<'_>) -> String {
    let rare =
        study.strata.all.iter().filter(|s| s.rare.as_ref().is_some_and(|rare| !rare.is_empty())).count();
    match (&study.strata.undrawn, rare) {
        (Some(why), _) => format!(" Rare strata are left to the skeleton: {why}."),
        (None, 0) => String::new(),
        (None, n) => format!(
            " {} that the skeleton meets too rarely {} drawn from biased fault schedules, with their likelihood ratios.",
            plural(n as u64, "stratum").replace("stratums", "strata"),
            if n == 1 { "is" } else { "are" }
        ),
    }
}

fn measures(summary: &Summary) -> IndexMap<String, Measure> {
    let mut all = IndexMap::new();
    for (path, run) in &summary.targets {
        let estimate = available(run);
        let error = finite12(run.standard_error());
        all.insert(
            path.clone(),
            Measure { standard_error: error, rough: run.is_rough(), ..measure(&estimate) },
        );
        if !path.contains('@') {
            all.insert(format!("{path}.nines"), nines(run));
            let seconds = scaled(run, YEAR.seconds(), "s");
            all.insert(format!("{path}.downtime-per-year"), seconds);
        }
    }
    for (path, bound, kept) in &summary.months {
        if let Some((name, _)) = LADDER.iter().find(|(_, value)| value == bound)
            && let Some(rest) = path.strip_prefix("availability.").filter(|rest| !rest.contains('@'))
        {
            all.insert(format!("availability.monthly.p_meets.{rest}.{name}"), month(kept));
            if kept.tilted.is_some() {
                // Of so rare a thing 12 digits of its complement do not hold enough.
                all.insert(format!("availability.monthly.p_misses.{rest}.{name}"), missed(kept));
            }
        }
    }
    for seen in &summary.observed {
        let name = &seen.name;
        all.insert(format!("observed.{name}.share"), scaled(&seen.share, 1.0, "fraction"));
        all.insert(format!("observed.{name}.per-year"), scaled(&seen.rate, YEAR.seconds(), "count"));
        if let Some((mean, variance)) = seen.mean {
            let dof = (seen.rate.effective - 1.0).max(1.0);
            let factor = log_scale::factor(mean, variance, dof, CONFIDENCE);
            let variance_only = LongRun {
                mean,
                second_phase: variance,
                n: seen.rate.n,
                low: mean / factor,
                high: mean * factor,
                ..LongRun::default()
            };
            all.insert(format!("observed.{name}.mean"), scaled(&variance_only, 1.0, "as observed"));
        }
    }
    for (name, run) in ["data-loss", "data-loss.permanent"].into_iter().zip(&summary.losses) {
        all.insert(format!("{name}.p_year"), yearly(run));
        if run.mean > 0.0 {
            all.insert(format!("{name}.mttdl"), mttdl(run));
        }
    }
    let estimates = summary.over_faults.iter().chain(&summary.over_operations);
    all.extend(estimates.map(|(path, estimate)| (path.clone(), measure(estimate))));
    all
}

/// A long-run mean times a factor.
fn scaled(run: &LongRun, by: f64, unit: &str) -> Measure {
    Measure {
        estimate: finite12(run.mean * by),
        low: finite12(run.low * by),
        high: finite12(run.high * by),
        confidence: Some(CONFIDENCE),
        n: run.n,
        unit: unit.to_owned(),
        standard_error: finite12(run.standard_error() * by),
        rough: run.is_rough() && run.seen > 0,
    }
}

/// Minus the decimal logarithm of the unavailability: 99.9 % are three nines.
fn nines(run: &LongRun) -> Measure {
    let of = |share: f64| finite12(-libm::log10(share));
    Measure {
        estimate: of(run.mean),
        low: of(run.high),
        high: of(run.low),
        confidence: Some(CONFIDENCE),
        n: run.n,
        unit: "count".to_owned(),
        standard_error: None,
        rough: run.is_rough(),
    }
}

/// The probability that it happens within a year, of a rate a second.
fn yearly(run: &LongRun) -> Measure {
    let of = |rate: f64| finite12(-libm::expm1(-rate * YEAR.seconds()));
    Measure {
        estimate: of(run.mean),
        low: of(run.low),
        high: of(run.high),
        standard_error: finite12(
            run.standard_error() * YEAR.seconds() * libm::exp(-run.mean * YEAR.seconds()),
        ),
        ..scaled(run, 1.0, "fraction")
    }
}

/// Mean years from one loss to the next.
fn mttdl(run: &LongRun) -> Measure {
    let of = |rate: f64| finite12(1.0 / (rate * YEAR.seconds()));
    Measure {
        estimate: of(run.mean),
        low: of(run.high),
        high: of(run.low),
        standard_error: finite12(run.standard_error() / (run.mean * run.mean * YEAR.seconds())),
        ..scaled(run, 1.0, "years")
    }
}

/// The share of months that keep a bound.
pub fn month(kept: &Kept) -> Measure {
    let Interval { low, high } = kept.interval;
    Measure {
        estimate: finite12(kept.share),
        low: finite12(low),
        high: finite12(high),
        confidence: Some(CONFIDENCE),
        n: kept.months,
        unit: "fraction".to_owned(),
        standard_error: finite12(kept.error),
        rough: false,
    }
}

/// The share of months that do not.
fn missed(kept: &Kept) -> Measure {
    let (low, high) = kept.missed_interval;
    Measure { estimate: finite12(kept.missed), low: finite12(low), high: finite12(high), ..month(kept) }
}

fn faults(study: &Study<'_>, summary: &Summary) -> Vec<FaultResult> {
    let one = |((class, kind), found): (&(String, &'static str), &FaultType)| {
        let spread = |name: &str, unit: &str| found.values.get(name).map(|values| spread(values, unit));
        let exposed = found.values.get("exposed.writes").and_then(|v| v.quantile(1.0)).unwrap_or(0.0) > 0.0;
        let exposed = |name: &str, unit: &str| spread(name, unit).filter(|_| exposed);
        let share = |charged: f64| charged / summary.charged;
        FaultResult {
            signature: class.clone(),
            label: class.clone(),
            kind: (*kind).to_owned(),
            per_year: Some(round12(found.clusters / study.years as f64)),
            windows: found.windows,
            share_of_unavailability: (summary.charged > 0.0).then(|| round12(share(found.charged))),
            rto_write: spread("rto.write", "s"),
            rto_read: spread("rto.read", "s"),
            rpo_writes: spread("rpo.writes", "writes"),
            rpo_time: spread("rpo.time", "s"),
            rpo_bytes: spread("rpo.bytes", "bytes"),
            rpo_recoverable: spread("rpo.recoverable", "writes"),
            rpo_permanent: spread("rpo.permanent", "writes"),
            exposed_writes: exposed("exposed.writes", "writes"),
            exposed_time: exposed("exposed.time", "s"),
            exposed_bytes: exposed("exposed.bytes", "bytes"),
            ..FaultResult::default()
        }
    };
    let mut all: Vec<FaultResult> =
        summary.types.iter().map(one).filter(|f| f.per_year > Some(0.0)).collect();
    let share = |f: &FaultResult| f.share_of_unavailability.unwrap_or(0.0);
    all.sort_by(|a, b| share(b).total_cmp(&share(a)));
    all
}

fn spread(values: &Weighted, unit: &str) -> Spread {
    let at = |q| values.quantile(q).and_then(finite12);
    Spread {
        p50: at(0.5),
        p99: at(0.99),
        max: at(1.0),
        censored: values.infinite(),
        n: values.len() as u64,
        unit: unit.to_owned(),
    }
}

/// Why and how months were drawn that hardly ever miss a bound.
fn rare_months(summary: &Summary) -> Option<String> {
    let drawn = |(path, bound, kept): &(String, f64, Kept)| {
        let tilted = kept.tilted.as_ref()?;
        let bound = crate::sla::bound::show_value(*bound, crate::measure::number::Unit::Fraction);
        let path = path.trim_start_matches("availability.");
        let guessed = match tilted.guessed {
            share if share >= 0.01 => format!(
                ", {} of it in months with clusters that were never simulated, which count as the sum of their strikes",
                percent(share)
            ),
            _ => String::new(),
        };
        let about = format!(
            "{bound} of {path} ({} plain misses; `{}` {} times as often; worth {} misses{guessed})",
            tilted.plain.0,
            tilted.hazards.join("`, `"),
            round3(tilted.theta),
            tilted.effective as u64
        );
        Some((about, tilted.plain.1))
    };
    let all: Vec<(String, u64)> = summary.months.iter().filter_map(drawn).collect();
    let (_, plain) = all.first()?;
    const SHOWN: usize = 4;
    let more = all.len().saturating_sub(SHOWN);
    let shown: Vec<&str> = all.iter().take(SHOWN).map(|(about, _)| about.as_str()).collect();
    Some(format!(
        "Of the {plain} months of the skeleton fewer than {FEW} miss some bounds, so that further months were drawn in \
         which hazards strike more often, each weighed by its exact likelihood ratio: {}{}.",
        shown.join("; "),
        if more > 0 { format!("; and {more} more") } else { String::new() }
    ))
}

/// Three significant digits.
fn round3(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

fn notes(study: &Study<'_>, summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(why) = &summary.unsettled {
        notes.push(format!("Availability cannot be concluded: {why}."));
    }
    if summary.unsettled.is_none()
        && let Some(why) = inconclusive(summary, &goals(study))
    {
        notes.push(format!("Nothing can be concluded about {why}."));
    }
    for mode in &summary.absorbing {
        notes.push(format!(
            "No way leads out of the mode `{}`: what follows depends on how long the study is.",
            study.strata.modes[*mode]
        ));
    }
    notes.extend(rare_months(summary));
    match summary.stop {
        Stop::Exhausted => notes.push(
            "Every cluster of the skeleton that could be kept was simulated: only more --years would say more.".to_owned(),
        ),
        Stop::Time if study.cut => notes.push(
            "Stopped by --time-limit before the pilot was complete: how far a study gets depends on the machine.".to_owned(),
        ),
        Stop::Time => notes.push(format!(
            "Stopped by --time-limit at the last complete checkpoint; --years {} --windows {} gives the same result \
             on any machine.",
            study.years,
            study.windows()
        )),
        _ => {}
    }
    notes
}
