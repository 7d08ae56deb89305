//! Follows one series: which stretches of it are good, and since when.

use crate::base::time::{SimTime, Span};
use crate::model::plan::RtoRule;
use std::collections::VecDeque;

/// How much of a stretch of time the clients of the series were down.
pub type Away<'a> = &'a dyn Fn(SimTime, SimTime) -> Span;

/// One series. Holds the operations of one stretch.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    /// Operations whose own stretch is not yet complete.
    ahead: VecDeque<(SimTime, bool)>,
    /// Of these, how many belong to the stretch of the first one, and how many of those failed.
    stretch: usize,
    failures: usize,
    before: Load,
    onsets: Vec<Follow>,
    /// Onsets at or before the operation judged last, and how many of them have been restored.
    reached: usize,
    restored: usize,
    dip: Option<Dip>,
    first: SimTime,
    last: SimTime,
    operations: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Load {
    operations: u64,
    failed: u64,
}

/// What followed one onset, until the next.
#[derive(Clone, Copy, Debug)]
struct Follow {
    at: SimTime,
    load: Load,
    restored: Option<SimTime>,
    outage: Span,
    relapses: u64,
    relapse_time: Span,
    charged: u64,
}

#[derive(Clone, Copy, Debug)]
struct Dip {
    onset: usize,
    since: SimTime,
    relapse: bool,
}

/// What one onset came to in one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `None` when service was not restored before the load ended.
    pub rto: Option<Span>,
    /// When service was restored; `None` when it was not, or never lost.
    pub restored: Option<SimTime>,
    /// Dips after it was restored.
    pub relapses: u64,
    /// Their length.
    pub relapse_time: Span,
    /// Time below the required share, the first outage and relapses together.
    pub outage: Span,
    /// Operations between the onset and the next.
    pub operations: u64,
    /// Failed operations put down to the onset.
    pub charged: u64,
    /// Mean gap between operations of the series.
    pub resolution: Option<Span>,
}

impl Tracker {
    /// Operations taken in.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Takes in the next operation of the series. `instants` are the onsets so far, in order.
    pub fn add(&mut self, at: SimTime, ok: bool, instants: &[SimTime], rule: &RtoRule, away: Away<'_>) {
        let at = at.max(self.last);
        if self.operations == 0 {
            self.first = at;
        }
        self.last = at;
        self.operations += 1;
        while let Some(onset) = instants.get(self.onsets.len()).filter(|onset| **onset <= at) {
            self.onsets.push(Follow::from(*onset));
        }
        let load = self.onsets.last_mut().map_or(&mut self.before, |follow| &mut follow.load);
        load.operations += 1;
        load.failed += u64::from(!ok);
        self.ahead.push_back((at, ok));
        self.judge(rule, None, away);
    }

    /// So many operations of a stretch that was jumped over, in which service was as before it: it began at `at` and took
    /// `by`.
    pub fn jumped(
        &mut self,
        (ok, failed): (u64, u64),
        (at, by): (SimTime, Span),
        rule: &RtoRule,
        away: Away<'_>,
    ) {
        self.operations += ok + failed;
        if ok + failed < rule.min_operations {
            // Too few to judge by what waits for its stretch to be complete: they wait as well, evenly spread.
            return self.spread((ok, failed), (at, by), rule, away);
        }
        self.complete((ok, failed), rule, away);
        let load = self.onsets.last_mut().map_or(&mut self.before, |follow| &mut follow.load);
        load.operations += ok + failed;
        load.failed += failed;
        self.charge(failed);
    }

    fn spread(
        &mut self,
        (ok, failed): (u64, u64),
        (at, by): (SimTime, Span),
        rule: &RtoRule,
        away: Away<'_>,
    ) {
        let n = ok + failed;
        for i in 0..n {
            let after = u128::from(by.0) * u128::from(2 * i + 1) / u128::from(2 * n);
            self.last = self.last.max(at + Span(u64::try_from(after).unwrap_or(by.0)));
            let fails = (i + 1) * failed / n > i * failed / n;
            let load = self.onsets.last_mut().map_or(&mut self.before, |follow| &mut follow.load);
            load.operations += 1;
            load.failed += u64::from(fails);
            self.ahead.push_back((self.last, !fails));
        }
        self.judge(rule, None, away);
    }

    /// Judges what waits for its stretch to be complete: the stretch goes on into what was jumped over.
    fn complete(&mut self, (ok, failed): (u64, u64), rule: &RtoRule, away: Away<'_>) {
        let share = (rule.share * 1e6).round() as u128;
        let mut bad = self.ahead.iter().filter(|(_, ok)| !ok).count() as u64;
        while let Some(&(start, well)) = self.ahead.front() {
            let seen = self.ahead.len() as u64;
            let more = rule.min_operations.saturating_sub(seen);
            let bad_of_more = (failed * more + (ok + failed) / 2) / (ok + failed).max(1);
            let all = seen + more;
            let good = u128::from(all - bad - bad_of_more) * 1_000_000 >= share * u128::from(all);
            self.decide(start, well, good, away);
            self.ahead.pop_front();
            bad -= u64::from(!well);
        }
        (self.stretch, self.failures) = (0, 0);
    }

    /// The load is over, its last operation of any series was invoked at `end`: judges what can be judged of the rest. A
    /// stretch that covers `hold` but had no time to reach the required number of operations is judged on those it has.
    pub fn close(&mut self, end: SimTime, rule: &RtoRule, away: Away<'_>) {
        self.judge(rule, Some(end), away);
        let rest: Vec<_> = self.ahead.drain(..).collect();
        for (at, ok) in rest {
            self.reach(at);
            self.charge(u64::from(!ok));
        }
        (self.stretch, self.failures) = (0, 0);
        self.end_dip(self.last, away);
    }

    /// What the onset at this instant came to; `None` when no operation followed it before the next one.
    pub fn outcome(&self, onset: SimTime, away: Away<'_>) -> Option<Outcome> {
        let follow = self.onsets.iter().find(|follow| follow.at == onset && follow.load.operations > 0)?;
        let gaps = self.operations.saturating_sub(1);
        let resolution = (gaps > 0).then(|| Span(self.last.since(self.first).0 / gaps));
        let quiet = Outcome {
            rto: Some(Span::ZERO),
            restored: None,
            relapses: 0,
            relapse_time: Span::ZERO,
            outage: Span::ZERO,
            operations: follow.load.operations,
            charged: follow.charged,
            resolution,
        };
        if follow.load.fails_no_more_than(self.before) {
            return Some(quiet);
        }
        Some(Outcome {
            rto: follow.restored.map(|r| r.since(onset).saturating_sub(away(onset, r))),
            restored: follow.restored,
            relapses: follow.relapses,
            relapse_time: follow.relapse_time,
            outage: follow.outage,
            ..quiet
        })
    }

    fn judge(&mut self, rule: &RtoRule, closing: Option<SimTime>, away: Away<'_>) {
        let share = (rule.share * 1e6).round() as u128;
        while let Some(&(start, ok)) = self.ahead.front() {
            let end = start + rule.hold;
            while let Some(&(at, ok)) = self.ahead.get(self.stretch)
                && (at < end || (self.stretch as u64) < rule.min_operations.max(1))
            {
                self.stretch += 1;
                self.failures += usize::from(!ok);
            }
            let complete = self.stretch < self.ahead.len();
            if !(complete || closing.is_some_and(|last| last >= end)) {
                return;
            }
            let good = (self.stretch - self.failures) as u128 * 1_000_000 >= share * self.stretch as u128;
            self.decide(start, ok, good, away);
            self.ahead.pop_front();
            self.stretch -= 1;
            self.failures -= usize::from(!ok);
        }
    }

    /// An operation has been judged: the stretch that begins with it is good, or not.
    fn decide(&mut self, at: SimTime, ok: bool, good: bool, away: Away<'_>) {
        self.reach(at);
        if good {
            self.end_dip(at, away);
            for follow in &mut self.onsets[self.restored..self.reached] {
                follow.restored = Some(at);
            }
            self.restored = self.reached;
        } else if !ok && self.dip.is_none() && self.reached > 0 {
            // The stretch of an earlier operation is bad already if it reaches into the outage: the outage itself
            // begins with the first operation that fails.
            let onset = self.reached - 1;
            self.dip = Some(Dip { onset, since: at, relapse: self.onsets[onset].restored.is_some() });
        }
        self.charge(u64::from(!ok));
    }

    fn reach(&mut self, at: SimTime) {
        while self.onsets.get(self.reached).is_some_and(|follow| follow.at <= at) {
            self.reached += 1;
        }
    }

    fn charge(&mut self, failed: u64) {
        let onset = self.dip.map(|dip| dip.onset).or(self.reached.checked_sub(1));
        if let Some(onset) = onset {
            self.onsets[onset].charged += failed;
        }
    }

    fn end_dip(&mut self, at: SimTime, away: Away<'_>) {
        let Some(dip) = self.dip.take() else { return };
        let length = at.since(dip.since).saturating_sub(away(dip.since, at));
        let follow = &mut self.onsets[dip.onset];
        follow.outage += length;
        if dip.relapse {
            follow.relapses += 1;
            follow.relapse_time += length;
        }
    }
}

impl Follow {
    fn from(at: SimTime) -> Follow {
        Follow {
            at,
            load: Load::default(),
            restored: None,
            outage: Span::ZERO,
            relapses: 0,
            relapse_time: Span::ZERO,
            charged: 0,
        }
    }
}

impl Load {
    /// Whether its error rate is at most that of `other` (0 when `other` is empty).
    fn fails_no_more_than(self, other: Load) -> bool {
        let scaled = |failed: u64, operations: u64| u128::from(failed) * u128::from(operations.max(1));
        scaled(self.failed, other.operations) <= scaled(other.failed, self.operations)
    }
}
