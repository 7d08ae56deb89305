//! What the skeleton meets too rarely: strata whose clusters are drawn from biased laws instead.
//!
//! A first batch of draws says which signatures are rare, and never looks at the skeleton; a second batch, independent of
//! it, says how often they happen and gives the clusters to simulate. A cluster of k strikes counts only if the law of depth
//! k - 1 drew it, and the deepest law has all those of more: so every cluster is counted exactly once, whatever the laws of
//! other depths do, and every sum is unbiased.

use crate::model::plan::Plan;
use crate::study::bias::Bias;
use crate::study::cluster::Cluster;
use crate::study::population::Draw;
use crate::study::strata::is_endless;
use crate::study::world::Clusters;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A stratum with fewer clusters in the skeleton than this is drawn from biased laws: its count would be off by 2 %.
const RARE: f64 = 2_500.0;
/// The deepest law aims at so many strikes after the first.
const DEEPEST: usize = 8;
/// Clusters that come less often than this a year never come.
pub const NEVER: f64 = 1e-15;
/// Draws of each depth in the first batch, and in the second before anything is known.
const FIRST: u64 = 4_096;
/// Draws of one depth at most.
const MOST: u64 = 1 << 21;
/// Draws of all depths together, times processes, at most.
const WORK: u64 = 50_000_000;
/// Draws that are made at once.
const CHUNK: u64 = 1 << 13;
/// Rare signatures with as many strikes at once that stand alone; the others are thrown together.
const ALONE: usize = 8;
/// Where none of so many draws ends, none will: each of them takes as long as a cluster may be.
const PROBES: u64 = 32;

/// The biased laws of a study, and how many draws were made from them.
#[derive(Clone, Debug)]
pub struct Drawing {
    laws: Vec<Bias>,
    /// Draws of the second batch, by depth.
    pub draws: Vec<u64>,
    /// Clusters a year, of all kinds.
    pub per_year: f64,
}

/// What the first batch says of the signatures in one mode.
#[derive(Clone, Debug, Default)]
pub struct Census(BTreeMap<Arc<str>, Verdict>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Met often enough in the skeleton.
    Common,
    /// Rare, and a stratum of its own.
    Alone,
    /// Rare, and thrown together with others.
    Other,
}

impl Drawing {
    /// The laws of as many depths as matter.
    ///
    /// # Errors
    /// Why there are none.
    pub fn new(source: &dyn Clusters) -> Result<Drawing, String> {
        let mut drawing = Drawing { laws: Vec::new(), draws: Vec::new(), per_year: 0.0 };
        for depth in 0..=DEEPEST {
            let law = source.biased(depth)?;
            drawing.per_year = law.clusters_per_year();
            drawing.laws.push(law);
            if depth == 0 && drawing.drawn(0, depth, 0..PROBES).iter().all(Option::is_none) {
                return Err("clusters of faults hardly ever end".to_owned());
            }
            let mut deeper = 0.0;
            let draws = drawing.drawn(0, depth, 0..drawing.first());
            draws
                .iter()
                .flatten()
                .for_each(|c| deeper += if c.occurrences.len() > depth { c.weight } else { 0.0 });
            if drawing.per_year * deeper / drawing.first() as f64 <= NEVER {
                drawing.laws.truncate(depth.max(1));
                break;
            }
        }
        drawing.draws = vec![drawing.first(); drawing.laws.len()];
        Ok(drawing)
    }

    /// Draws of a batch before anything is known.
    fn first(&self) -> u64 {
        FIRST.min(self.most() / 64).max(64)
    }

    /// Draws of all depths together at most.
    fn most(&self) -> u64 {
        WORK / self.laws.first().map_or(1, Bias::processes).max(1) as u64
    }

    /// The cluster that a draw gives.
    pub fn cluster(&self, draw: Draw) -> Option<Cluster> {
        self.laws.get(draw.depth)?.draw(number(1, draw.depth, draw.number)).ok()
    }

    /// Draws of a depth; none where a cluster does not end: the skeleton says so when that happens.
    fn drawn(&self, batch: u64, depth: usize, numbers: std::ops::Range<u64>) -> Vec<Option<Cluster>> {
        let law = &self.laws[depth];
        numbers.into_par_iter().map(|n| law.draw(number(batch, depth, n)).ok()).collect()
    }

    /// Hands over, in order, the draws of a batch and depth that count.
    fn each(
        &self,
        batch: u64,
        depth: usize,
        numbers: std::ops::Range<u64>,
        plan: &Plan,
        take: &mut dyn FnMut(Draw, Cluster),
    ) {
        let deepest = depth + 1 == self.laws.len();
        let counts = |cluster: &Cluster| {
            let strikes = cluster.occurrences.len();
            (strikes == depth + 1 || (deepest && strikes > depth)) && !is_endless(plan, cluster)
        };
        let mut from = numbers.start;
        while from < numbers.end {
            let to = (from + CHUNK).min(numbers.end);
            let drawn = (from..to).zip(self.drawn(batch, depth, from..to));
            let counted = drawn.filter_map(|(n, cluster)| Some((n, cluster.filter(&counts)?)));
            counted.for_each(|(number, cluster)| take(Draw { depth, number }, cluster));
            from = to;
        }
    }

    /// Hands over all draws so far of the second batch that count.
    pub fn second_batch(&self, plan: &Plan, take: &mut dyn FnMut(Draw, Cluster)) {
        for depth in 0..self.laws.len() {
            self.each(1, depth, 0..self.draws[depth], plan, take);
        }
    }

    /// Makes draws of each depth up to these numbers, and hands over the new ones that count. Wishes beyond what is bearable
    /// are cut, all in proportion.
    pub fn extend(&mut self, wanted: &[u64], plan: &Plan, take: &mut dyn FnMut(Draw, Cluster)) {
        let more: u64 =
            wanted.iter().zip(&self.draws).map(|(wanted, made)| wanted.saturating_sub(*made)).sum();
        let left = self.most().saturating_sub(self.draws.iter().sum());
        let cut = (left as f64 / more.max(1) as f64).min(1.0);
        for (depth, wanted) in wanted.iter().enumerate() {
            let made = self.draws[depth];
            let to = (made + (wanted.saturating_sub(made) as f64 * cut) as u64).min(MOST).max(made);
            self.each(1, depth, made..to, plan, take);
            self.draws[depth] = to;
        }
    }

    /// Which signatures are rare, by the first batch.
    pub fn census(&self, plan: &Plan, years: u64, names: &mut dyn FnMut(&Cluster) -> Arc<str>) -> Census {
        let mut met: BTreeMap<Arc<str>, (f64, f64, usize)> = BTreeMap::new();
        for depth in 0..self.laws.len() {
            self.each(0, depth, 0..self.first(), plan, &mut |_, cluster| {
                let entry = met.entry(names(&cluster)).or_insert((0.0, 0.0, cluster.at_once()));
                entry.0 += cluster.weight;
                entry.1 += cluster.weight * cluster.seconds();
            });
        }
        let expected = |weight: f64| years as f64 * self.per_year * weight / self.first() as f64;
        let mut all: Vec<(usize, f64, Arc<str>, f64)> =
            met.into_iter().map(|(name, (weight, seconds, level))| (level, seconds, name, weight)).collect();
        all.sort_by(|a, b| (a.0.cmp(&b.0)).then(b.1.total_cmp(&a.1)));
        let mut census = Census::default();
        let mut alone: BTreeMap<usize, usize> = BTreeMap::new();
        for (level, _, signature, weight) in all {
            let others = alone.entry(level).or_default();
            let verdict = match (expected(weight) >= RARE, *others < ALONE) {
                (true, _) => Verdict::Common,
                (false, true) => Verdict::Alone,
                (false, false) => Verdict::Other,
            };
            *others += usize::from(verdict == Verdict::Alone);
            census.0.insert(signature, verdict);
        }
        census
    }
}

/// Numbers of draws of different batches and depths are far apart.
fn number(batch: u64, depth: usize, n: u64) -> u64 {
    ((batch + 1) << 56) | ((depth as u64) << 48) | n
}

impl Census {
    /// The name of the rare stratum that a cluster belongs to; `None` if it is common. What the first batch never met is rare
    /// if it takes several strikes.
    pub fn rare(&self, signature: &Arc<str>, cluster: &Cluster) -> Option<Arc<str>> {
        match self.0.get(signature) {
            Some(Verdict::Common) => None,
            Some(Verdict::Alone) => Some(Arc::clone(signature)),
            None if cluster.occurrences.len() == 1 => None,
            Some(Verdict::Other) | None => Some(others(cluster.at_once())),
        }
    }
}

/// Rare clusters of so many strikes at once and more are not told apart.
pub const LEVELS: usize = DEEPEST + 1;

/// The name of a stratum of rare clusters that are thrown together: what they do depends most on how many strikes are
/// under way at once.
pub fn others(at_once: usize) -> Arc<str> {
    match at_once.min(LEVELS) {
        1 => "other rare ones, in turn".into(),
        LEVELS => format!("other rare ones, {LEVELS} at once or more").into(),
        n => format!("other rare ones, {n} at once").into(),
    }
}
