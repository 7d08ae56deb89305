//! Recovery points, and what of them is kept (ASR-2).
//!
//! Source of the pruning table: the questions and answers of 2025-07-25; the same figures are in
//! `tests/data/asr_pruning.csv`.

use crate::base::time::{SimTime, Span};

/// What a point is consistent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The disks as they were at one moment.
    Crash,
    /// Applications had written out what they held.
    App,
    /// All that had been uploaded when somebody failed over to it.
    Latest,
}

/// A moment of a machine's disks, marked in what it uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// When, by the machine's wall clock.
    pub at: SimTime,
    /// The application's last write in it.
    pub index: u64,
    /// What it is consistent with.
    pub kind: Kind,
    /// The round in which all machines of a replication group made it together, if they did.
    pub shared: Option<u64>,
}

impl Tag {
    /// Before anything was written.
    pub const FIRST: Tag = Tag { at: SimTime::ZERO, index: 0, kind: Kind::Crash, shared: None };
}

const HOUR: Span = Span::hours(1);
const DAY: Span = Span::hours(24);
/// Up to this age all points are kept.
pub const DENSE: Span = Span::hours(2);

/// Of points of this age one is kept in so much time; none: each of them.
pub fn spacing(retention: Span, age: Span) -> Option<Span> {
    match () {
        () if age <= DENSE => None,
        () if retention <= DAY => Some(HOUR),
        () if age <= Span(DAY.0 * 7) => Some(Span(HOUR.0 * 2)),
        () => Some(Span(HOUR.0 * 4)),
    }
}

/// Drops what is too old, and what is too close to others for its age: of the points of one stretch the last
/// app-consistent one stays, else the first. Without retention only the newest stays. `points` is in order of time.
pub fn prune(points: &mut Vec<Tag>, retention: Span, now: SimTime) {
    let Some(newest) = points.last().copied() else { return };
    if retention == Span::ZERO {
        return *points = vec![newest];
    }
    let mut kept: Vec<(Tag, Option<(Span, u64)>)> = Vec::new();
    for point in points.iter().copied() {
        let age = now.since(point.at);
        if age > retention && point != newest {
            continue;
        }
        let stretch = spacing(retention, age).map(|length| (length, point.at.0 / length.0));
        match kept.last_mut() {
            Some((last, known)) if stretch.is_some() && *known == stretch => {
                if point.kind == Kind::App {
                    *last = point;
                }
            }
            _ => kept.push((point, stretch)),
        }
    }
    *points = kept.into_iter().map(|(point, _)| point).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(m: u64) -> SimTime {
        SimTime::ZERO + Span::mins(m)
    }

    fn every_five(upto: u64) -> Vec<Tag> {
        (0..=upto / 5).map(|n| Tag { at: minutes(5 * n), index: n, ..Tag::FIRST }).collect()
    }

    /// How many of the kept points have an age between these, in hours.
    fn between(points: &[Tag], now: u64, from: u64, to: u64) -> usize {
        let age = |p: &Tag| now - p.at.0 / Span::mins(1).0;
        points.iter().filter(|p| (from * 60..to * 60).contains(&age(p))).count()
    }

    /// The rows of the published table.
    fn published(row: &str) -> bool {
        include_str!("../../../tests/data/asr_pruning.csv").lines().any(|line| line.starts_with(row))
    }

    #[test]
    fn a_day_is_kept_by_the_hour_beyond_two_hours() {
        assert!(published("1,0-2 h,all 5-minute points") && published("1,2-24 h,1 per hour"));
        let now = 40 * 60;
        let mut points = every_five(now);
        prune(&mut points, DAY, minutes(now));
        assert_eq!(between(&points, now, 0, 2), 24);
        assert_eq!(between(&points, now, 3, 23), 20);
        assert_eq!(between(&points, now, 25, 41), 0);
    }

    #[test]
    fn fifteen_days_are_kept_by_two_and_by_four_hours() {
        assert!(published("8-15,2 h - 7 days,1 per 2 hours") && published("8-15,7-15 days,1 per 4 hours"));
        let now = 20 * 24 * 60;
        let mut points = every_five(now);
        prune(&mut points, Span::hours(15 * 24), minutes(now));
        assert_eq!(between(&points, now, 0, 2), 24);
        assert_eq!(between(&points, now, 24, 48), 12);
        assert_eq!(between(&points, now, 8 * 24, 9 * 24), 6);
        assert_eq!(between(&points, now, 16 * 24, 21 * 24), 0);
    }

    #[test]
    fn without_retention_only_the_latest_is_kept_and_the_newest_never_goes() {
        assert!(published("0,all,none (latest only)"));
        let mut points = every_five(60);
        prune(&mut points, Span::ZERO, minutes(60));
        assert_eq!(points, [Tag { at: minutes(60), index: 12, ..Tag::FIRST }]);
        prune(&mut points, DAY, minutes(100 * 60));
        assert_eq!(points.len(), 1);
    }

    #[test]
    fn pruning_again_changes_nothing_and_prefers_what_applications_agreed_to() {
        let mut points = every_five(600);
        points[30].kind = Kind::App;
        let now = minutes(600);
        prune(&mut points, DAY, now);
        let once = points.clone();
        assert!(once.iter().any(|p| p.kind == Kind::App));
        prune(&mut points, DAY, now);
        assert_eq!(points, once);
    }
}
