//! Running the cases: each scenario once for all cases that share it.

use super::case::{Case, Show};
use geodes::base::diagnostics::{SourceMap, Style as Diagnosed};
use geodes::cli::args::Overrides;
use geodes::cli::session::Library;
use geodes::cli::standard::Standard;
use geodes::engine::contract::{Observer, WindowSpec};
use geodes::measure::findings::{Findings, WindowFindings};
use geodes::measure::paths;
use geodes::measure::setting::Setting;
use geodes::measure::watch::{NoSink, Watch};
use geodes::report::document::Measure;
use geodes::report::text::Style;
use geodes::scenario::{Scenario, load};
use geodes::study::options::Options;
use geodes::study::sampler::Control;
use geodes::system::registry::Registry;
use rayon::prelude::*;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How much is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Ci,
    Full,
}

/// One line of the table.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Row {
    pub id: String,
    pub kind: String,
    pub exact: f64,
    pub estimate: f64,
    pub standard_error: f64,
    pub z: f64,
    pub windows: u64,
    pub events: u64,
}

impl Size {
    pub fn of(self, show: &Show) -> u64 {
        match self {
            Size::Ci => show.ci,
            Size::Full => show.full,
        }
    }

    /// Years of the skeleton of a study.
    pub fn years(self, show: &Show) -> Option<u64> {
        match self {
            Size::Ci => show.ci_years,
            Size::Full => show.full_years,
        }
    }
}

/// A value and its standard error, by measure path.
type Values = Box<dyn Fn(&str) -> Option<(f64, f64)>>;

/// What a scenario came to.
struct Found {
    value: Values,
    windows: u64,
    events: u64,
}

/// Runs these cases; `progress` hears of each row as soon as there is one.
pub fn run(cases: &[Case], size: Size, progress: impl Fn(&Row) + Sync) -> Vec<Row> {
    let mut groups: BTreeMap<(String, String, u64, Option<u64>), Vec<&Case>> = BTreeMap::new();
    for case in cases {
        let Show { scenario, settings, .. } = &case.show;
        let key = (scenario.clone(), settings.clone(), size.of(&case.show), size.years(&case.show));
        groups.entry(key).or_default().push(case);
    }
    // A study has parts that only one core can do: others go on meanwhile.
    let found = groups.into_par_iter().flat_map_iter(|((_, _, windows, years), cases)| {
        let found = match years {
            Some(years) => studied(&cases[0].show, years, windows),
            None => scripted(&cases, windows),
        };
        let rows: Vec<Row> = cases.into_iter().map(|case| row(case, &found)).collect();
        rows.iter().for_each(&progress);
        rows
    });
    let mut rows: BTreeMap<String, Row> = found.map(|row| (row.id.clone(), row)).collect();
    cases.iter().filter_map(|case| rows.remove(&case.truth.id)).collect()
}

/// What `geodes run FILE --set ... --years N --windows N` reports.
fn studied(show: &Show, years: u64, windows: u64) -> Found {
    let overrides = Overrides { seed: None, set: show.settings() };
    let library = Standard::new(Registry::builtin());
    let style = Style { width: 100, colour: false };
    let session = library
        .load(&show.scenario(), &overrides, style)
        .unwrap_or_else(|errors| panic!("{}: {errors}", show.id));
    let options = Options { years: Some(years), windows: Some(windows), ..Options::default() };
    let document = session.study(options, None, &Control::default());
    let (windows, events) = (document.windows, document.events);
    let value = move |path: &str| {
        let measure = document.measures.get(path)?;
        Some((measure.estimate?, standard_error(measure)))
    };
    Found { value: Box::new(value), windows, events }
}

/// As reported; of an interval alone, what would give a normal one of its width.
fn standard_error(measure: &Measure) -> f64 {
    let width = || Some((measure.high? - measure.low?) / (2.0 * 1.96));
    measure.standard_error.or_else(width).unwrap_or(f64::INFINITY)
}

fn scenario_of(show: &Show) -> Scenario {
    let mut sources = SourceMap::new();
    load(&show.scenario(), &show.settings(), &Registry::builtin(), &mut sources)
        .unwrap_or_else(|errors| panic!("{}: {}", show.id, errors.render(&sources, Diagnosed::Plain)))
}

/// Windows of the seeds from the scenario's own on.
fn scripted(cases: &[&Case], windows: u64) -> Found {
    let scenario = scenario_of(&cases[0].show);
    let wanted = |what: &str| cases.iter().any(|case| case.show.measure.contains(&format!(".{what}.")));
    let setting = Arc::new(Setting::of(&scenario.plan));
    let window = |i: u64| -> WindowFindings {
        let spec = WindowSpec { seed: scenario.plan.seed.wrapping_add(i), ..WindowSpec::default() };
        let observe = || -> Box<dyn Observer> { Box::new(Watch::over(Arc::clone(&setting), NoSink)) };
        let result = scenario.runnable.run(&scenario.plan, spec, &observe);
        let observer: Box<dyn Any> = result.observer;
        let watch = observer.downcast::<Watch>().expect("a window gives back its observer");
        let mut findings = watch.findings();
        findings.end = Some(result.end);
        findings.observed.retain(wanted);
        findings
    };
    let all: Vec<WindowFindings> = (0..windows).into_par_iter().map(window).collect();
    let mut findings = Findings::new();
    all.into_iter().for_each(|window| findings.push(window));
    let events = findings.windows().iter().filter_map(|w| w.end.as_ref()).map(|end| end.events).sum();
    let value = move |path: &str| {
        let path = paths::parse(path).ok()?;
        let found = findings.estimate(&path, None)?;
        Some((found.value(), findings.standard_error(&path).unwrap_or(f64::INFINITY)))
    };
    Found { value: Box::new(value), windows, events }
}

/// Without a value, the row has none: no size is enough then.
fn row(case: &Case, found: &Found) -> Row {
    let Case { truth, show } = case;
    let value = (found.value)(&show.measure);
    let (estimate, standard_error) =
        value.map_or((f64::NAN, f64::INFINITY), |(value, error)| show.transformed(value, error));
    Row {
        id: truth.id.clone(),
        kind: truth.kind.clone(),
        exact: truth.value,
        estimate,
        standard_error,
        z: z(estimate, truth.value, standard_error),
        windows: found.windows,
        events: found.events,
    }
}

/// Standard errors from the exact value; a value without spread is that value, to a billionth of it, or far from it.
fn z(estimate: f64, exact: f64, standard_error: f64) -> f64 {
    let off = estimate - exact;
    match off.abs() <= 1e-9 * exact.abs() && standard_error <= 1e-9 * exact.abs() {
        true => 0.0,
        false => off / standard_error,
    }
}

/// What is wrong with a row, by its kind; `precise` is the largest relative standard error of an exact case.
pub fn offence(case: &Case, row: &Row, precise: f64) -> Option<String> {
    let off = (row.estimate - row.exact).abs();
    let within = |limit: f64| row.standard_error <= limit * scale(case) && row.z.abs() < 4.0;
    let fine = match row.kind.as_str() {
        "exact" => within(precise),
        "rare" => within(precise.max(0.05)),
        "deterministic" => off <= 1e-9 * exact_unit(&case.truth.unit),
        "approximate" => off <= 0.02 * row.exact.abs(),
        "bound" => row.estimate + 1.96 * row.standard_error <= row.exact,
        _ => false,
    };
    (!fine).then(|| format!("{row:?}"))
}

/// What a standard error is compared with: the value, or the rarer of a probability and its complement.
fn scale(case: &Case) -> f64 {
    let value = case.truth.value;
    let probability = case.truth.unit.is_empty() && value > 0.5 && value < 1.0;
    if probability { 1.0 - value } else { value.abs() }
}

/// A nanosecond is a billionth of a second.
fn exact_unit(unit: &str) -> f64 {
    if unit == "ms" { 1e3 } else { 1.0 }
}
