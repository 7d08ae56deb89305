//! Every shipped scenario whose faults are long comes to the same with and without jumping.

use geodes::base::diagnostics::{SourceMap, Style};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{Observer, WindowSpec};
use geodes::engine::record::{Record, WindowEnd};
use geodes::history::checkers::{CheckSpec, Checkers, Definitions};
use geodes::history::verdict::Verdict;
use geodes::measure::availability::AvailabilityFinding as Found;
use geodes::measure::findings::WindowFindings;
use geodes::measure::series::{Kind, Scope};
use geodes::measure::setting::Setting;
use geodes::measure::staleness::StalenessSample;
use geodes::measure::watch::{RecordSink, Watch};
use geodes::model::plan::Plan;
use geodes::scenario::{BuiltinProfiles, Loader, Scenario};
use geodes::system::registry::Registry;
use rayon::prelude::*;
use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A fault is long if it lasts at least this.
const LONG: Span = Span::mins(30);
/// How much of an interval of probing lies in two.
const TWO_PROBES: f64 = 120.0;
/// Clients and managers look at their clocks every so often: a recovery falls differently into their periods.
const PHASE: f64 = 30.0;

/// The checkers, and the jumps.
struct Reader {
    checkers: Checkers,
    jumps: Vec<(SimTime, Span)>,
}

impl RecordSink for Reader {
    fn on_record(&mut self, record: &Record) -> Option<StalenessSample> {
        if let Record::Jumped { at, by } = record {
            self.jumps.push((*at, *by));
        }
        let sample = self.checkers.on_record(record)?;
        Some(StalenessSample { time: Span::nanos(sample.time_ns), versions: sample.versions })
    }
    fn merge(&mut self, other: Reader) {
        self.checkers.merge(other.checkers);
    }
}

fn checks(plan: &Plan) -> CheckSpec {
    let fact = |name: &str| plan.facts.get(name).map(String::as_str);
    let number = |name: &str| fact(name)?.parse::<f64>().ok();
    let documented = fact("definitions") == Some("documented-2025");
    CheckSpec {
        definitions: if documented { Definitions::Documented2025 } else { Definitions::Strict },
        bounded: number("bound-k").zip(number("bound-t-s")).map(|(k, t)| (k as u64, Span::from_secs_f64(t))),
        regions: number("regions").map_or(0, |regions| regions as u32),
        no_loss: fact("no-loss") == Some("yes"),
        several_writers: fact("several-writers") == Some("yes"),
    }
}

struct Outcome {
    end: WindowEnd,
    found: WindowFindings,
    verdicts: Vec<(String, Verdict)>,
    jumps: Vec<(SimTime, Span)>,
}

fn run(scenario: &Scenario, jump: bool) -> Outcome {
    let plan = Plan { jump, ..scenario.plan.clone() };
    let (setting, check) = (Arc::new(Setting::of(&plan)), checks(&plan));
    let seen = || -> Box<dyn Observer> {
        let reader = Reader { checkers: Checkers::new(check), jumps: Vec::new() };
        Box::new(Watch::over(Arc::clone(&setting), reader))
    };
    let spec = WindowSpec { seed: plan.seed, ..WindowSpec::default() };
    let result = scenario.runnable.run(&plan, spec, &seen);
    let watch = (result.observer as Box<dyn Any>).downcast::<Watch<Reader>>();
    let Ok(watch) = watch else { panic!("a watch was given") };
    let (found, reader) = watch.finish();
    let verdicts = reader.checkers.finish();
    let verdicts = verdicts.into_iter().map(|v| (v.name.to_string(), v.verdict)).collect();
    Outcome { end: result.end, found, verdicts, jumps: reader.jumps }
}

fn scenario(path: &Path, settings: &[String]) -> Scenario {
    let mut sources = SourceMap::default();
    let registry = Registry::builtin();
    let loader = Loader::new(&registry, &BuiltinProfiles);
    loader
        .load(path, settings, &mut sources)
        .unwrap_or_else(|errors| panic!("{}", errors.render(&sources, Style::Plain)))
}

fn shipped() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let folders = [root.clone(), root.join("cosmos-db"), root.join("oracles")];
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<PathBuf> = files.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
    files.sort();
    files
}

/// How far two counts may be apart because a jump counts like the last two probe intervals: what those brought is
/// Poisson, and a jump of `n` times their length carries their deviation `n` times. As a share of the count, four
/// standard deviations.
fn chance(count: u64, jumps: &[(SimTime, Span)]) -> f64 {
    let longest = jumps.iter().map(|(_, by)| by.seconds() / TWO_PROBES).fold(0.0, f64::max);
    4.0 * (longest.max(1.0) / (count as f64).max(1.0)).sqrt()
}

/// Everything that must agree, and does within `chance`.
fn assert_agree(name: &str, on: &Outcome, off: &Outcome) {
    assert_eq!(on.end.mode, off.end.mode, "{name}: mode at the end");
    assert_eq!(on.end.reason, off.end.reason, "{name}: how it ended");
    let held = |o: &Outcome| o.verdicts.iter().filter(|(_, v)| *v == Verdict::Violated).count();
    assert_eq!((held(on), &on.verdicts), (0, &off.verdicts), "{name}: guarantees");
    for (a, b) in on.found.causes.iter().zip(&off.found.causes) {
        assert_eq!((a.at, a.ended, &a.class), (b.at, b.ended, &b.class), "{name}: {}", a.label);
        // What begins after a jump meets the same system at another moment: it comes to the same by its laws only.
        if on.jumps.first().is_none_or(|(jump, _)| a.at < *jump) {
            assert_eq!(a.rpo.all.writes, b.rpo.all.writes, "{name}: writes lost");
        }
        for kind in Kind::ALL {
            let rto = |c: &geodes::measure::findings::CauseFinding| {
                c.rto(Scope::Account, Some(kind)).map(|found| found.seconds())
            };
            let (Some(a), Some(b)) = (rto(a), rto(b)) else { continue };
            let alike = a == b || (a - b).abs() <= PHASE;
            assert!(alike, "{name}: RTO of {kind:?} {a} s, not {b} s");
        }
    }
    for (at, b) in &off.found.availability {
        let a = &on.found.availability[at];
        let all = chance(b.operations(), &on.jumps);
        let rate = |f: &Found, o: &Outcome| f.operations() as f64 / o.found.load.seconds();
        let apart = rate(a, on) / rate(b, off) - 1.0;
        assert!(apart.abs() <= all, "{name}: {at:?}: {} operations, not {}", a.operations(), b.operations());
        let lost = |f: &Found| f.failed as f64 / f.operations() as f64;
        let share = lost(b) * (all + chance(b.failed, &on.jumps)) + 1e-9;
        assert!((lost(a) - lost(b)).abs() <= share, "{name}: {at:?}: {} lost, not {}", lost(a), lost(b));
        let down = |f: &Found| f.down / (f.up + f.down);
        let phase = PHASE / on.found.load.seconds();
        assert!((down(a) - down(b)).abs() <= down(b) * (share / lost(b).max(1e-9)) + phase, "{name}: {at:?}");
    }
}

/// Compares both, and says what jumping saved.
fn compare(name: &str, scenario: &Scenario) -> Option<String> {
    let long = |(_, f): (_, &geodes::model::fault::Fault)| f.lasts.is_some_and(|lasts| lasts >= LONG);
    if !scenario.plan.faults.iter().any(long) {
        return None;
    }
    let on = run(scenario, true);
    if on.jumps.is_empty() {
        // Then it is the same run.
        return Some(format!("{name}: never steady, {} events", on.end.events));
    }
    let off = run(scenario, false);
    assert_agree(name, &on, &off);
    let ratio = off.end.events as f64 / on.end.events as f64;
    assert!(ratio > 1.0, "{name}: nothing is saved");
    Some(format!("{name}: {} events instead of {}, {ratio:.1} times fewer", on.end.events, off.end.events))
}

#[test]
fn shipped_scenarios_come_to_the_same_with_and_without_jumping() {
    let said: Vec<Option<String>> = shipped()
        .par_iter()
        .map(|file| compare(&file.file_stem().unwrap_or_default().to_string_lossy(), &scenario(file, &[])))
        .collect();
    let said: Vec<String> = said.into_iter().flatten().collect();
    println!("{}", said.join("\n"));
    assert!(said.iter().any(|line| line.contains("times fewer")), "none ever jumps");
}

#[test]
fn a_zone_that_is_out_for_a_day_costs_a_small_part_of_its_events() {
    let cases =
        ["zone-down-with-zones-primary", "zone-down-with-zones-two-replicas", "zone-down-without-zones"];
    let said: Vec<(String, f64)> = cases
        .par_iter()
        .map(|name| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/cosmos-db/{name}.toml"));
            let scenario = scenario(&path, &["fault.0.lasts=\"24h\"".to_owned()]);
            let (on, off) = (run(&scenario, true), run(&scenario, false));
            assert_agree(name, &on, &off);
            (
                format!("{name}: {} of {}", on.end.events, off.end.events),
                off.end.events as f64 / on.end.events as f64,
            )
        })
        .collect();
    println!("{said:?}");
    assert!(said.iter().all(|(_, ratio)| *ratio > 8.0), "{said:?}");
}

#[test]
fn a_scenario_jumps_when_it_says_so_and_a_study_unless_it_says_not() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/cosmos-db/zone-down-without-zones.toml");
    let origin =
        |s: &Scenario| s.plan.provenance.iter().find(|p| p.key == "run.jump").map(|p| p.origin.clone());
    let silent = scenario(&path, &[]);
    assert_eq!((silent.plan.jump, origin(&silent)), (false, Some("default".to_owned())));
    assert!(scenario(&path, &["run.jump=true".to_owned()]).plan.jump);
    let hazard = "hazard=[{name=\"zone\", scope=\"region:*/zone:*\", kind=\"power-loss\", mtbf=\"2000h\", mttr=\"2h\"}]";
    let study = |more: &[&str]| {
        let faultless = [hazard, "fault=[]"].into_iter().chain(more.iter().copied());
        scenario(&path, &faultless.map(str::to_owned).collect::<Vec<_>>()).plan.jump
    };
    assert!(study(&[]));
    assert!(!study(&["run.jump=false"]));
}
