//! The skeleton of a study: what hazards do over as many years as asked, as clusters in calendar order.
//!
//! Only faults and repairs are drawn, no system runs. Every scope of a hazard has a process of its own, which starts
//! stationary: at the start of the calendar it may be in repair, and what is under way has the law of a residual life
//! ([`Law::residual_cdf`](crate::base::dist::Law::residual_cdf)). So no warm-up is needed, and what is counted over `T`
//! years is on average exactly `T` times its yearly rate. For that, the processes in fact start a margin before the
//! calendar does, and clusters that began there are left out: a cluster belongs to the instant at which it begins.
//!
//! Draws are keyed by (seed, hazard, scope, number of the renewal): adding a hazard or a region leaves all others as
//! they were. Memory holds one next occurrence for each process and the open cluster, however long the calendar is.

mod error;
pub mod renewal;
pub(crate) mod riders;
pub(crate) mod source;
mod strike;
pub(crate) mod trace;
pub(crate) mod walk;

pub use error::SkeletonError;

use crate::base::calendar::{Calendar, YEAR};
use crate::base::time::Span;
use crate::model::hazard::{Hazard, Process};
use crate::model::plan::Plan;
use crate::study::cluster::{Cluster, Occurrence};
use source::Source;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
pub use strike::Anatomy;

/// A cluster with more occurrences than this has no end that a study could wait for.
pub const MOST_OCCURRENCES: usize = 10_000;
/// A cluster longer than this likewise.
pub const LONGEST_CLUSTER: Span = Span(10 * YEAR.0);

/// The clusters of a plan's hazards, in calendar order, for ever or [until](Skeleton::until) an instant.
///
/// A pure function of the plan's hazards and margin and of the seed. After an error it ends.
#[derive(Clone, Debug)]
pub struct Skeleton {
    shared: Arc<Shared>,
    sources: Vec<Source>,
    /// The next onset of every source that has one; earliest first, the order of the plan's hazards among equals.
    next: BinaryHeap<Reverse<(u128, usize)>>,
    open: Open,
    end: Option<Calendar>,
    /// Why there is nothing more.
    over: bool,
    failed: Option<SkeletonError>,
}

/// What all sources read.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub seed: u64,
    pub margin: Span,
    /// How long before the calendar the processes start.
    pub lead: Span,
    pub hazards: Vec<Hazard>,
    /// By hazard and scope: what a strike there consists of.
    pub anatomy: Vec<Vec<Anatomy>>,
    /// By hazard: the hazards that come with it.
    pub riders: Vec<Vec<usize>>,
}

impl Shared {
    pub(crate) fn new(plan: &Plan, seed: u64) -> Result<Shared, SkeletonError> {
        let hazards: Vec<Hazard> = plan.hazards.as_slice().to_vec();
        for hazard in &hazards {
            error::check(hazard)?;
        }
        let anatomy = hazards
            .iter()
            .map(|h| {
                h.scopes.iter().map(|exposed| Anatomy::new(&h.name, exposed, h, &plan.topology)).collect()
            })
            .collect();
        let riders = riders::by_base(&hazards);
        let margin = plan.study.margin;
        // A moment more, so that what is under way at the very start begins before the calendar does.
        let lead = margin + riders::longest(&hazards) + Span::secs(1);
        Ok(Shared { seed, margin, lead, hazards, anatomy, riders })
    }
}

/// The cluster that is still growing. Times are counted from the start of the processes.
#[derive(Clone, Debug, Default)]
struct Open {
    occurrences: Vec<Occurrence>,
    begins: u128,
    ends: u128,
}

impl Skeleton {
    /// The skeleton of a plan's hazards. A hazard whose laws have no finite, positive mean is the first item's error.
    pub fn new(plan: &Plan, seed: u64) -> Skeleton {
        let mut skeleton = Skeleton::empty();
        match Shared::new(plan, seed) {
            Ok(shared) => skeleton.start(shared),
            Err(error) => skeleton.failed = Some(error),
        }
        skeleton
    }

    /// Without a process.
    fn empty() -> Skeleton {
        Skeleton {
            shared: Arc::default(),
            sources: Vec::new(),
            next: BinaryHeap::new(),
            open: Open::default(),
            end: None,
            over: false,
            failed: None,
        }
    }

    fn start(&mut self, shared: Shared) {
        self.sources = source::all(&shared);
        self.shared = Arc::new(shared);
        for i in 0..self.sources.len() {
            self.schedule(i);
        }
    }

    /// Only clusters that begin before `end`.
    pub fn until(mut self, end: Calendar) -> Skeleton {
        self.end = Some(end);
        self
    }

    fn schedule(&mut self, source: usize) {
        if let Some(onset) = self.sources[source].onset(&self.shared) {
            self.next.push(Reverse((onset, source)));
        }
    }

    /// Takes the next strike of any source, and all that comes with it.
    fn strike(&mut self) -> Option<(u128, Vec<Occurrence>)> {
        let Reverse((onset, source)) = self.next.pop()?;
        let occurrence = self.sources[source].strike(&self.shared)?;
        self.schedule(source);
        let mut all = vec![occurrence];
        riders::add(&self.shared, &mut all);
        Some((onset, all))
    }

    /// The cluster that was open, as part of the calendar; `None` for what began before it.
    fn close(&mut self, next: Open) -> Option<Cluster> {
        let done = std::mem::replace(&mut self.open, next);
        let lead = u128::from(self.shared.lead.0);
        if done.occurrences.is_empty() || done.begins < lead {
            return None;
        }
        let mut occurrences = done.occurrences;
        for occurrence in &mut occurrences {
            occurrence.at.0 -= lead;
        }
        Some(Cluster { occurrences, weight: 1.0 })
    }

    /// Adds what struck at `onset` to the open cluster, or closes that and opens another.
    fn join(&mut self, onset: u128, struck: Vec<Occurrence>) -> Option<Cluster> {
        let ends = struck.iter().map(|o| onset + u128::from(o.lasts.0)).max().unwrap_or(onset);
        let near = onset < self.open.ends + u128::from(self.shared.margin.0);
        if near && !self.open.occurrences.is_empty() {
            self.open.occurrences.extend(struck);
            self.open.ends = self.open.ends.max(ends);
            return None;
        }
        self.close(Open { occurrences: struck, begins: onset, ends })
    }

    /// Why the open cluster is none that a study can use.
    fn endless(&self) -> Option<SkeletonError> {
        let open = &self.open;
        let long = open.ends - open.begins > u128::from(LONGEST_CLUSTER.0);
        let many = open.occurrences.len() > MOST_OCCURRENCES;
        (long || many)
            .then(|| SkeletonError::endless(&self.shared, &open.occurrences, open.ends - open.begins))
    }

    fn next_cluster(&mut self) -> Option<Result<Cluster, SkeletonError>> {
        loop {
            if let Some(error) = self.endless() {
                return Some(Err(error));
            }
            let done = match self.strike() {
                Some((onset, struck)) => self.join(onset, struck),
                None if self.open.occurrences.is_empty() => return None,
                None => self.close(Open::default()),
            };
            if let Some(cluster) = done {
                return Some(Ok(cluster));
            }
        }
    }
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            seed: 0,
            margin: Span::ZERO,
            lead: Span::ZERO,
            hazards: Vec::new(),
            anatomy: Vec::new(),
            riders: Vec::new(),
        }
    }
}

impl Iterator for Skeleton {
    type Item = Result<Cluster, SkeletonError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let item = match self.failed.take() {
            Some(error) => Some(Err(error)),
            None => self.next_cluster(),
        };
        let beyond = |cluster: &Cluster| self.end.is_some_and(|end| cluster.begins() >= end);
        self.over = !matches!(&item, Some(Ok(cluster)) if !beyond(cluster));
        match item {
            Some(Ok(_)) if self.over => None,
            item => item,
        }
    }
}

/// The clusters of strikes that are given in order of their onsets, each with all that comes with it.
pub(crate) fn together(
    shared: &Arc<Shared>,
    struck: impl Iterator<Item = (u128, Vec<Occurrence>)>,
) -> Vec<Cluster> {
    let mut skeleton = Skeleton::empty();
    skeleton.shared = Arc::clone(shared);
    let mut clusters: Vec<Cluster> =
        struck.filter_map(|(onset, struck)| skeleton.join(onset, struck)).collect();
    clusters.extend(skeleton.close(Open::default()));
    clusters
}

/// Whether a hazard strikes by itself, not with another.
fn is_base(hazard: &Hazard) -> bool {
    !matches!(hazard.process, Process::With { .. })
}

#[cfg(test)]
mod tests;
