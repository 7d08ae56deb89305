//! Months in which some hazards strike more often than they do, with exact likelihood ratios.
//!
//! A tilt by `theta` multiplies the hazard rate of every life: `P(X > x)` becomes `P(X > x)^theta` (proportional hazards,
//! D. R. Cox, J. Roy. Statist. Soc. B 34, 1972), which holds for any law. A life is drawn as the quantile at `v`, where
//! `1 - v` is `(1 - u)^(1 / theta)` of a uniform `u`; against the plain law its density at `v` is
//! `theta * (1 - v)^(theta - 1)`, for laws with atoms too, and that of a life that outlasts the month is
//! `P(X > rest)^(theta - 1)`. So all that a month's ratio depends on is how many lives of each hazard ended, and the sum of
//! their `ln(1 - v)` and `ln P(X > rest)`: then it is known for every tilt, not only for that which drew the month.

use crate::base::calendar::MONTH;
use crate::base::digest::mix;
use crate::base::rng::{Seed, Stream};
use crate::base::time::Span;
use crate::model::hazard::{Hazard, Process};
use crate::model::plan::Plan;
use crate::study::cluster::{Cluster, Occurrence};
use crate::study::skeleton::renewal::{laws, nanos, unavailability};
use crate::study::skeleton::{Shared, riders, together};
use std::sync::Arc;

/// Which hazards strike more often, and how much.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tilt {
    /// By hazard.
    pub hazards: Vec<bool>,
    /// What their rates are multiplied by.
    pub theta: f64,
}

/// What a month's ratio depends on, by hazard.
#[derive(Clone, Debug, Default)]
pub(super) struct Lives {
    /// Lives that ended.
    ended: Vec<f64>,
    /// The sum of the logarithms of the survival, of those that ended and of those that did not.
    survived: Vec<f64>,
}

/// A month's clusters, what its ratio depends on, and a stream for what else is to be drawn.
pub(super) type Month = (Vec<Cluster>, Lives, Stream);

/// Draws months.
#[derive(Clone, Debug)]
pub(super) struct Months {
    shared: Arc<Shared>,
    /// Every process: hazard and scope.
    units: Vec<(usize, usize)>,
    /// By hazard: how its processes begin.
    starts: Vec<Start>,
    /// What is drawn of a month begins so long before it.
    before: Span,
    seed: u64,
}

/// How a stationary process begins. The same for every month, and dear for laws that only tables or bisection invert.
#[derive(Clone, Copy, Debug, Default)]
struct Start {
    /// The probability that it is in repair.
    down: f64,
    /// Otherwise: the probability that it fails before the month ends.
    fails: f64,
}

impl Tilt {
    fn of(&self, hazard: usize) -> f64 {
        if self.hazards[hazard] { self.theta } else { 1.0 }
    }

    /// The density of a month under this tilt over that under the plain laws.
    pub fn density(&self, lives: &Lives) -> f64 {
        let log = libm::log(self.theta);
        let of = |h: usize| lives.ended[h] * log + (self.theta - 1.0) * lives.survived[h];
        libm::exp((0..self.hazards.len()).filter(|h| self.hazards[*h]).map(of).sum())
    }
}

impl Months {
    /// Months of a plan that begin stationary, and are drawn from `before` them on; `None` unless all hazards fail and are
    /// repaired by themselves, or come with one that does.
    pub fn of(plan: &Plan, before: Span) -> Option<Months> {
        let shared = Shared::new(plan, plan.seed).ok()?;
        let fits = |process: &Process| matches!(process, Process::Renewal { .. } | Process::With { .. });
        if !shared.hazards.iter().all(|hazard| fits(&hazard.process)) {
            return None;
        }
        let renewals = shared.hazards.iter().enumerate().filter(|(_, h)| laws(&h.process).is_some());
        let units = renewals.flat_map(|(i, h)| (0..h.scopes.len()).map(move |scope| (i, scope))).collect();
        let end = end_of(&shared, before) as f64 / 1e9;
        let start = |hazard: &Hazard| match laws(&hazard.process) {
            Some((up, down)) => Start { down: unavailability(up, down), fails: up.residual_cdf(end) },
            None => Start::default(),
        };
        let starts = shared.hazards.iter().map(start).collect();
        Some(Months { units, starts, before, seed: plan.seed, shared: Arc::new(shared) })
    }

    /// Strikes of each hazard in a month, on average; 0 for one that only comes with others.
    pub fn strikes(&self) -> Vec<f64> {
        let of = |process: &Process, scopes: usize| match laws(process) {
            Some((up, down)) => scopes as f64 * MONTH.seconds() / (up.span_mean() + down.span_mean()),
            None => 0.0,
        };
        self.shared.hazards.iter().map(|hazard| of(&hazard.process, hazard.scopes.len())).collect()
    }

    /// Month number `n`, drawn under a tilt, from [`Months::before`](Months) the month on.
    pub fn draw(&self, n: u64, tilt: &Tilt) -> Month {
        let count = self.shared.hazards.len();
        let mut lives = Lives { ended: vec![0.0; count], survived: vec![0.0; count] };
        let mut strikes: Vec<(u128, usize, Occurrence)> = Vec::new();
        for (i, (hazard, scope)) in self.units.iter().enumerate() {
            self.unit((*hazard, *scope), n, tilt, &mut lives, |at, one| strikes.push((at, i, one)));
        }
        strikes.sort_by_key(|(at, unit, _)| (*at, *unit));
        let struck = strikes.into_iter().map(|(at, _, base)| {
            let mut all = vec![base];
            riders::add(&self.shared, &mut all);
            (at, all)
        });
        let clusters = together(&self.shared, struck);
        (clusters, lives, Seed { scenario: self.seed, window: n }.named("months", "windows"))
    }

    /// All strikes of one process.
    fn unit(
        &self,
        (hazard, scope): (usize, usize),
        n: u64,
        tilt: &Tilt,
        lives: &mut Lives,
        mut strike: impl FnMut(u128, Occurrence),
    ) {
        let Some((to_failure, repair)) = laws(&self.shared.hazards[hazard].process) else { return };
        let anatomy = &self.shared.anatomy[hazard][scope];
        let mut stream = anatomy.stream(self.seed, n, "month");
        let end = end_of(&self.shared, self.before);
        let mut number = mix(n.rotate_left(32));
        let mut struck = |at: u128, lasts: Span| {
            number = number.wrapping_add(1);
            strike(at, anatomy.occurrence(&self.shared, hazard, scope, number, at, lasts));
            at + u128::from(lasts.0)
        };
        let theta = tilt.of(hazard);
        let start = self.starts[hazard];
        let mut now = 0;
        let mut first = Some(start.fails);
        if stream.uniform() < start.down {
            let rest = repair.residual_quantile(stream.uniform());
            now = struck(0, Span::from_secs_f64(rest));
            first = None;
        }
        while now < end {
            let residual = first.take();
            let fails = residual.unwrap_or_else(|| to_failure.cdf((end - now) as f64 / 1e9));
            let log = libm::log1p(-stream.uniform()) / theta;
            let v = -libm::expm1(log);
            if v >= fails {
                // At the end of the month a life may not be quite as improbable as its law can tell.
                lives.survived[hazard] += libm::log1p(-fails.min(1.0 - f64::EPSILON));
                return;
            }
            let up =
                if residual.is_some() { to_failure.residual_quantile(v) } else { to_failure.quantile(v) };
            lives.ended[hazard] += 1.0;
            lives.survived[hazard] += log;
            now = struck(now + nanos(up), repair.span(&mut stream));
        }
    }
}

/// The end of a month that is drawn from `before` it on, counted from the start of its processes.
fn end_of(shared: &Shared, before: Span) -> u128 {
    u128::from(shared.lead.0) + u128::from(before.0) + u128::from(MONTH.0)
}
