//! A window run with and without jumping, and what must agree.

use crate::dice::setting;
use geodes::base::diagnostics::{SourceMap, Style};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{Observer, Runnable, WindowSpec};
use geodes::engine::record::{Record, WindowEnd};
use geodes::history::checkers::Checkers;
use geodes::history::verdict::Verdict;
use geodes::measure::availability::AvailabilityFinding as Found;
use geodes::measure::findings::{CauseFinding, WindowFindings};
use geodes::measure::rto::finding::RtoFinding;
use geodes::measure::series::{Kind, Scope};
use geodes::measure::setting::Setting;
use geodes::measure::staleness::StalenessSample;
use geodes::measure::watch::{RecordSink, Watch};
use geodes::model::plan::{Plan, RtoRule};
use geodes::scenario::{BuiltinProfiles, Loader, Scenario};
use geodes::study::checks;
use geodes::system::registry::Registry;
use std::any::Any;
use std::path::Path;
use std::sync::Arc;

/// How much of an interval of probing lies in two.
const TWO_PROBES: f64 = 120.0;
/// Clients and managers look at their clocks every so often: a recovery falls differently into their periods.
const PHASE: f64 = 30.0;
/// A series whose operations come so rarely that those which show that service is back take longer is judged by few of them.
const SPARSE: Span = Span::mins(2);

/// What a run with jumps may come to otherwise, because it meets the system at other moments.
#[derive(Clone, Copy, Debug)]
pub struct Slack {
    /// Seconds by which a recovery may fall differently into the periods of what it waits for.
    pub phase: f64,
    /// How much is lost depends on when the last recovery point was made.
    pub points: bool,
    /// Many windows are compared: what hangs on a few operations need not agree in one, nor what comes of faults that begin
    /// after a jump.
    pub paired: bool,
}

impl Default for Slack {
    fn default() -> Slack {
        Slack { phase: PHASE, points: false, paired: false }
    }
}

/// The length of the longest faults: GEODES_JUMP_HOURS.
pub fn hours(otherwise: u64) -> Span {
    Span::hours(setting("GEODES_JUMP_HOURS", otherwise))
}

/// The checkers, and the jumps.
struct Reader {
    checkers: Checkers,
    jumps: Vec<(SimTime, Span)>,
    lost: Option<SimTime>,
}

impl RecordSink for Reader {
    fn on_record(&mut self, record: &Record) -> Option<StalenessSample> {
        if let Record::Jumped { at, by } = record {
            self.jumps.push((*at, *by));
        }
        if let Record::Lost(write) = record {
            self.lost = self.lost.max(Some(write.at));
        }
        let sample = self.checkers.on_record(record)?;
        Some(StalenessSample { time: Span::nanos(sample.time_ns), versions: sample.versions })
    }
    fn merge(&mut self, other: Reader) {
        self.checkers.merge(other.checkers);
        self.lost = self.lost.max(other.lost);
    }
}

/// What a window came to.
pub struct Outcome {
    pub end: WindowEnd,
    pub found: WindowFindings,
    pub verdicts: Vec<(String, Verdict)>,
    pub jumps: Vec<(SimTime, Span)>,
    /// When the last write was found lost.
    pub lost: Option<SimTime>,
}

/// Runs one window of this plan.
pub fn run(runnable: &dyn Runnable, plan: &Plan, key: u64, jump: bool) -> Outcome {
    let plan = Plan { jump, ..plan.clone() };
    let (setting, check) = (Arc::new(Setting::of(&plan)), checks::spec(&plan));
    let seen = || -> Box<dyn Observer> {
        let reader = Reader { checkers: Checkers::new(check), jumps: Vec::new(), lost: None };
        Box::new(Watch::over(Arc::clone(&setting), reader))
    };
    let spec = WindowSpec { seed: plan.seed, key, ..WindowSpec::default() };
    let result = runnable.run(&plan, spec, &seen);
    let watch = (result.observer as Box<dyn Any>).downcast::<Watch<Reader>>();
    let Ok(watch) = watch else { panic!("a watch was given") };
    let (found, reader) = watch.finish();
    let (jumps, lost) = (reader.jumps, reader.lost);
    let verdicts = reader.checkers.finish();
    let verdicts = verdicts.into_iter().map(|v| (v.name.to_string(), v.verdict)).collect();
    Outcome { end: result.end, found, verdicts, jumps, lost }
}

/// A scenario file with settings of the command line.
pub fn scenario(path: &Path, settings: &[String]) -> Scenario {
    let mut sources = SourceMap::default();
    let registry = Registry::builtin();
    let loader = Loader::new(&registry, &BuiltinProfiles);
    loader
        .load(path, settings, &mut sources)
        .unwrap_or_else(|errors| panic!("{}", errors.render(&sources, Style::Plain)))
}

/// How far two counts may be apart because a jump counts like the last two probe intervals: what those brought is
/// Poisson, and a jump of `n` times their length carries their deviation `n` times. As a share of the count, four
/// standard deviations.
fn chance(count: u64, jumps: &[(SimTime, Span)]) -> f64 {
    let longest = jumps.iter().map(|(_, by)| by.seconds() / TWO_PROBES).fold(0.0, f64::max);
    4.0 * (longest.max(1.0) / (count as f64).max(1.0)).sqrt()
}

/// Seconds until each of the faults was over for all clients, added up; without those that were not over at the end.
pub fn restored(found: &WindowFindings, kind: Kind) -> f64 {
    let rto = |cause: &CauseFinding| cause.rto(Scope::Account, Some(kind)).map(|found| found.seconds());
    found.causes.iter().filter_map(rto).filter(|seconds| seconds.is_finite()).sum()
}

/// Whether a few operations decide when service was back after a fault at `at`, and some of them came only after the first jump.
fn is_chance(at: SimTime, found: &RtoFinding, jump: SimTime) -> bool {
    let rule = RtoRule::default();
    let needed = found.resolution.map_or(Span::ZERO, |gap| gap.scale(rule.min_operations as f64));
    needed > SPARSE && found.rto.is_none_or(|rto| at + rto + needed > jump)
}

/// Everything that must agree, and does within `chance`.
pub fn assert_agree(name: &str, on: &Outcome, off: &Outcome) {
    assert_agree_within(name, on, off, Slack::default());
}

/// The same with another slack than usual.
pub fn assert_agree_within(name: &str, on: &Outcome, off: &Outcome, slack: Slack) {
    assert_eq!(on.end.reason, off.end.reason, "{name}: how it ended");
    let held = |o: &Outcome| o.verdicts.iter().filter(|(_, v)| *v == Verdict::Violated).count();
    assert_eq!((held(on), &on.verdicts), (0, &off.verdicts), "{name}: guarantees");
    let jump = on.jumps.first().map(|(jump, _)| *jump);
    let after = |at: SimTime| jump.is_some_and(|jump| at >= jump);
    if slack.paired && off.found.causes.iter().any(|cause| after(cause.at)) {
        return;
    }
    assert_eq!(on.end.mode, off.end.mode, "{name}: mode at the end");
    for (a, b) in on.found.causes.iter().zip(&off.found.causes) {
        assert_eq!((a.at, a.ended, &a.class), (b.at, b.ended, &b.class), "{name}: {}", a.label);
        // What begins after a jump meets the same system at another moment: it comes to the same by its laws only.
        if after(a.at) {
            continue;
        }
        if !slack.points || !on.lost.max(off.lost).is_some_and(after) {
            assert_eq!(a.rpo.all.writes, b.rpo.all.writes, "{name}: writes lost");
        }
        for kind in Kind::ALL {
            let rto = |c: &CauseFinding| c.rto(Scope::Account, Some(kind));
            let (Some(on), Some(off)) = (rto(a), rto(b)) else { continue };
            let alike = on.seconds() == off.seconds() || (on.seconds() - off.seconds()).abs() <= slack.phase;
            let hangs = jump.is_some_and(|jump| is_chance(a.at, &on, jump) || is_chance(b.at, &off, jump));
            let said = || format!("{name}: RTO of {kind:?} {} s, not {} s", on.seconds(), off.seconds());
            assert!(alike || slack.paired && hangs, "{}", said());
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
        let phase = slack.phase / on.found.load.seconds();
        assert!((down(a) - down(b)).abs() <= down(b) * (share / lost(b).max(1e-9)) + phase, "{name}: {at:?}");
    }
}
