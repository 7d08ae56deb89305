//! The timeline of one window, with marks for what was lost and how long recovery took.

use crate::base::ids::Id;
use crate::measure::findings::{CauseFinding, WindowFindings};
use crate::measure::series::{Kind, Scope};
use crate::report::number::{plural, seconds};
use crate::report::timeline::{FaultSpan, Mark, MarkKind, Series, Timeline};

/// More faults than this are not drawn: they would leave no room for the panels.
const MOST: usize = 8;

/// The timeline; `None` when nothing was asked in the window.
pub fn timeline(window: &WindowFindings, seed: u64) -> Option<Timeline> {
    let found = &window.timeline;
    let series: Vec<Series> = found
        .series()
        .map(|(region, kind, buckets)| Series {
            region: window.setting.regions.get(region.index()).cloned().unwrap_or_default(),
            kind: kind.name().to_owned(),
            ok: buckets.iter().map(|b| b.ok).collect(),
            total: buckets.iter().map(|b| b.ok + b.failed).collect(),
        })
        .collect();
    if series.is_empty() {
        return None;
    }
    let causes = || window.causes.iter().filter(|c| c.is_fault()).take(MOST);
    Some(Timeline {
        seed,
        start_s: found.start(0).seconds(),
        step_s: found.width().seconds(),
        series,
        faults: causes().map(span).collect(),
        marks: causes().flat_map(marks).collect(),
    })
}

fn span(cause: &CauseFinding) -> FaultSpan {
    let end = cause.ended.map(|at| at.seconds());
    let planned = cause.lasts.map(|lasts| (cause.at + lasts).seconds());
    let label = format!("{} {}", cause.label, cause.kind);
    FaultSpan { begin_s: cause.at.seconds(), end_s: end.or(planned), label }
}

/// Brackets for the recovery time of writes and reads and for the recovery point.
fn marks(cause: &CauseFinding) -> Vec<Mark> {
    let onset = cause.at.seconds();
    let mut marks = Vec::new();
    let found = Kind::ALL.map(|kind| (kind, cause.rto(Scope::Account, Some(kind))));
    for (kind, rto) in found.into_iter().rev().filter_map(|(kind, rto)| Some((kind, rto?))) {
        let name = kind.name();
        let (to_s, caption) = match rto.rto {
            None => (None, format!("{name}s not back within the window")),
            Some(span) if span.0 == 0 => (Some(onset), format!("{name}s went on: RTO 0")),
            Some(span) => {
                let length = span.seconds();
                (Some(onset + length), format!("{name}s back after {}", seconds(length)))
            }
        };
        marks.push(Mark { kind: MarkKind::Rto, from_s: onset, to_s, caption });
    }
    if !marks.is_empty() {
        marks.push(recovery_point(cause, onset));
    }
    marks
}

fn recovery_point(cause: &CauseFinding, onset: f64) -> Mark {
    let lost = cause.rpo.all;
    let caption = match (lost.writes, cause.rpo.permanent.writes) {
        (0, _) => "no acknowledged write lost: RPO 0".to_owned(),
        (writes, permanent) => format!(
            "{} lost, acknowledged within {}; {}",
            plural(writes, "write"),
            seconds(lost.time.seconds()),
            if permanent == 0 {
                "all recoverable".to_owned()
            } else if permanent == writes {
                "all for good".to_owned()
            } else {
                format!("{} for good", plural(permanent, "write"))
            }
        ),
    };
    Mark { kind: MarkKind::Rpo, from_s: onset - lost.time.seconds(), to_s: Some(onset), caption }
}
