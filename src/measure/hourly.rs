//! The Cosmos DB availability rule: the mean over the hours of a month of one minus the hour's error rate.
//!
//! Source: the SLA text of 05/2019 (v1_3): an hour's error rate is failed over counted requests, 0 in an hour without
//! any; a failed request ends in an error, in 408, or not in success within 5 s; other 4xx do not count.

use crate::base::time::{SimTime, Span};
use crate::measure::recent::spread;
use crate::model::operation::{Operation, Outcome};

/// Hours of a calendar month.
pub const MONTH_HOURS: f64 = 730.0;
const HOUR: Span = Span::hours(1);
const PATIENCE: Span = Span::secs(5);

/// How the rule sees one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Counted, and fine.
    Good,
    /// Counted, and failed.
    Failed,
    /// Not counted: a 4xx other than 408 and 410.
    Excluded,
}

impl Class {
    /// The class of an operation. 410 counts as failed, although it is a 4xx: it is what the commit barrier of strong
    /// consistency ends in while a region of the quorum is missing (COS-5), and clients meet it as 503.
    pub fn of(operation: &Operation) -> Class {
        let took = operation.completed.0.since(operation.invoked.0);
        match (operation.outcome, operation.status.code) {
            (Outcome::Ok, _) if took <= PATIENCE => Class::Good,
            (Outcome::Ok, _) => Class::Failed,
            (_, 408 | 410) => Class::Failed,
            (_, 400..=499) => Class::Excluded,
            _ => Class::Failed,
        }
    }
}

/// Counted and failed operations, hour by hour: eight bytes an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    hours: Vec<(u32, u32)>,
}

impl Hours {
    /// Takes in one operation.
    pub fn add(&mut self, at: SimTime, class: Class) {
        let hour = (at.0 / HOUR.0) as usize;
        if hour >= self.hours.len() {
            self.hours.resize(hour + 1, (0, 0));
        }
        if class != Class::Excluded {
            self.hours[hour].0 = self.hours[hour].0.saturating_add(1);
        }
        if class == Class::Failed {
            self.hours[hour].1 = self.hours[hour].1.saturating_add(1);
        }
    }

    /// From `at` on, a stretch of length `by` was jumped over that is credited with so many counted and failed operations
    /// per two probe intervals.
    pub fn jumped(&mut self, (at, by): (SimTime, Span), counted: u64, failed: u64) {
        let (first, last) = ((at.0 / HOUR.0) as usize, ((at + by).0 / HOUR.0) as usize);
        if last >= self.hours.len() {
            self.hours.resize(last + 1, (0, 0));
        }
        let ends =
            || (first as u64 + 1..=last as u64 + 1).map(|hour| SimTime(HOUR.0 * hour).since(at).min(by));
        let add =
            |sum: &mut u32, part: u64| *sum = sum.saturating_add(u32::try_from(part).unwrap_or(u32::MAX));
        let parts = spread(counted, ends()).zip(spread(failed, ends()));
        for (hour, (counted, failed)) in self.hours[first..].iter_mut().zip(parts) {
            add(&mut hour.0, counted);
            add(&mut hour.1, failed);
        }
    }

    /// Adds the operations of another series.
    pub fn merge(&mut self, other: &Hours) {
        if other.hours.len() > self.hours.len() {
            self.hours.resize(other.hours.len(), (0, 0));
        }
        for (mine, theirs) in self.hours.iter_mut().zip(&other.hours) {
            mine.0 = mine.0.saturating_add(theirs.0);
            mine.1 = mine.1.saturating_add(theirs.1);
        }
    }

    /// Mean over the hours of the load, of which the last one may be cut short, of one minus the error rate.
    pub fn window(&self, load: Span) -> f64 {
        let hours = load.0.div_ceil(HOUR.0).max(self.hours.len() as u64).max(1);
        1.0 - self.rates().sum::<f64>() / hours as f64
    }

    /// The same over one month that holds the load and goes on at the same rate without a failure.
    pub fn month(&self, load: Span) -> f64 {
        let hours = self.hours.len();
        let cut = (load.0 % HOUR.0) as f64 / HOUR.0 as f64;
        let last_is_cut = cut > 0.0 && hours as u64 == load.0 / HOUR.0 + 1;
        let lost: f64 = self
            .rates()
            .enumerate()
            .map(|(hour, rate)| if last_is_cut && hour + 1 == hours { rate * cut } else { rate })
            .sum();
        1.0 - lost / MONTH_HOURS.max(hours as f64)
    }

    fn rates(&self) -> impl Iterator<Item = f64> + '_ {
        self.hours.iter().map(
            |(counted, failed)| if *counted == 0 { 0.0 } else { f64::from(*failed) / f64::from(*counted) },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + Span::mins(minutes)
    }

    #[test]
    fn an_empty_hour_has_no_errors_and_excluded_operations_do_not_count() {
        // Hour 0: 1 of 2 counted failed (one more is excluded): 0.5. Hour 1: nothing. Hour 2: 0 of 1. Load: 3 h.
        let mut hours = Hours::default();
        hours.add(at(1), Class::Failed);
        hours.add(at(2), Class::Good);
        hours.add(at(3), Class::Excluded);
        hours.add(at(130), Class::Good);
        assert!((hours.window(Span::hours(3)) - (1.0 - 0.5 / 3.0)).abs() < 1e-12);
        assert!((hours.month(Span::hours(3)) - (1.0 - 0.5 / 730.0)).abs() < 1e-12);
    }

    #[test]
    fn a_jump_fills_the_hours_it_spans_at_the_rate_before_it() {
        // 1 a minute, a quarter of which fail, from minute 30 on for 2 h.
        let mut hours = Hours::default();
        hours.jumped((at(30), Span::hours(2)), 4, 1);
        assert_eq!(hours.hours, [(60, 15), (120, 30), (60, 15)]);
    }

    #[test]
    fn the_last_hour_is_filled_up_with_good_operations_in_the_month() {
        // The load ends after 90 min. In the second hour all failed: the other half of it would have been good.
        let mut hours = Hours::default();
        hours.add(at(10), Class::Good);
        hours.add(at(70), Class::Failed);
        assert!((hours.window(Span::mins(90)) - 0.5).abs() < 1e-12);
        assert!((hours.month(Span::mins(90)) - (1.0 - 0.5 / 730.0)).abs() < 1e-12);
    }
}
