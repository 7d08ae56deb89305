//! Strata: clusters that mean the same to the system in the same mode (Cochran, Sampling Techniques, 1977, chapter 5).

use crate::base::calendar::Calendar;
use crate::base::digest::mix;
use crate::model::plan::Plan;
use crate::study::cluster::Cluster;
use crate::study::population::Population;
use crate::study::rare::{Census, Drawing, LEVELS, others};
use crate::study::reservoir::Reservoir;
use crate::study::signature::Signatures;
use crate::study::window;
use crate::study::world::Clusters;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The skeleton is cut into so many stretches, whose spread gives the variance of its counts.
pub const BLOCKS: usize = 64;
/// Clusters kept over all strata.
const KEPT: usize = 1 << 19;
/// Strata of a mode that stand alone; the smallest others are thrown together by their number of strikes.
const MOST: usize = 24;

/// Clusters that mean the same to the system in one mode.
#[derive(Clone, Debug)]
pub struct Stratum {
    /// Index of the mode.
    pub mode: usize,
    /// What its clusters have in common.
    pub signature: Arc<str>,
    /// How many there are in the years of the skeleton, if the system is always in the mode: counted there, or expected.
    pub clusters: f64,
    /// Those counted, by stretch of the skeleton; none of a rare stratum.
    pub blocks: Vec<u32>,
    /// Seconds from the first onset to the last end, over all of them.
    pub seconds: f64,
    /// A uniform sample of those counted, in random order.
    pub sample: Vec<Arc<Cluster>>,
    /// The draws of a rare stratum.
    pub rare: Option<Population>,
}

impl Stratum {
    /// A rare one. How often it happens is not known yet.
    fn drawn(mode: usize, signature: Arc<str>, draws: Population) -> Stratum {
        let (blocks, sample) = (vec![0; BLOCKS], Vec::new());
        Stratum { mode, signature, clusters: 0.0, blocks, seconds: 0.0, sample, rare: Some(draws) }
    }

    /// Mean length of its clusters, in seconds.
    pub fn length(&self) -> f64 {
        if self.clusters > 0.0 { self.seconds / self.clusters } else { 0.0 }
    }
}

/// All strata of the modes reached so far.
#[derive(Clone, Debug, Default)]
pub struct Strata {
    /// Names of the modes; the first is the one a study begins in.
    pub modes: Vec<Arc<str>>,
    /// All strata, mode by mode.
    pub all: Vec<Stratum>,
    /// The stratum of each signature, by mode.
    index: Vec<BTreeMap<Arc<str>, usize>>,
    /// Which signatures are rare, by mode.
    census: Vec<Census>,
    /// The laws that rare strata are drawn from.
    pub drawing: Option<Drawing>,
    /// Why there are none.
    pub undrawn: Option<String>,
    /// Clusters that lasted so long that no window could hold them.
    pub endless: u64,
    /// Clusters of the skeleton.
    pub clusters: u64,
    /// Why the skeleton has no end that a study could wait for, if so.
    pub failed: Option<String>,
}

/// A stratum while the skeleton is read.
#[derive(Clone, Debug)]
struct Forming {
    clusters: u64,
    strikes: usize,
    blocks: Vec<u32>,
    seconds: f64,
    kept: Reservoir<Arc<Cluster>>,
}

impl Strata {
    /// The strata of one more mode, from a pass over the skeleton.
    pub fn add_mode(
        &mut self,
        mode: Arc<str>,
        plan: &Plan,
        years: u64,
        clusters: &dyn Clusters,
        names: &mut Signatures<'_>,
    ) {
        let number = self.modes.len();
        if number == 0 {
            match Drawing::new(clusters) {
                Ok(drawing) => self.drawing = Some(drawing),
                Err(why) => self.undrawn = Some(why),
            }
        }
        let mut named = |cluster: &Cluster| names.of(number, &mode, cluster);
        let drawing = self.drawing.as_ref();
        let census = drawing.map(|drawing| drawing.census(plan, years, &mut named)).unwrap_or_default();
        let rare = drawing.map(|drawing| populations(drawing, &census, plan, &mut named)).unwrap_or_default();
        let mut forming: BTreeMap<Arc<str>, Forming> = BTreeMap::new();
        (self.clusters, self.endless) = (0, 0);
        for cluster in clusters.of_years(years) {
            let cluster = match cluster {
                Ok(cluster) => cluster,
                Err(why) => {
                    self.failed = Some(why);
                    break;
                }
            };
            self.clusters += 1;
            if is_endless(plan, &cluster) {
                self.endless += 1;
                continue;
            }
            let signature = named(&cluster);
            if drawing.is_some() && census.rare(&signature, &cluster).is_some() {
                continue;
            }
            let capacity = KEPT / (forming.len() + self.all.len()).max(16);
            let block = block_of(cluster.begins(), years);
            let entry = forming.entry(signature).or_insert_with(|| Forming::new(cluster.occurrences.len()));
            entry.add(window::key(plan, &cluster, 0), capacity, block, cluster);
        }
        let capacity = KEPT / (forming.len() + self.all.len()).max(16);
        let (forming, index) = thrown_together(forming, capacity);
        let from = self.all.len();
        let mut index: BTreeMap<Arc<str>, usize> =
            index.into_iter().map(|(name, i)| (name, from + i)).collect();
        self.all.extend(forming.into_iter().map(|(signature, f)| f.finish(number, signature, capacity)));
        for (signature, population) in rare {
            index.insert(Arc::clone(&signature), self.all.len());
            self.all.push(Stratum::drawn(number, signature, population));
        }
        self.index.push(index);
        self.modes.push(mode);
        self.census.push(census);
        self.weigh(years);
    }

    /// Draws more of the clusters of rare strata, up to these numbers by depth. From now on windows are chosen from all of
    /// them; `done` is how many windows of each stratum were run already.
    pub fn deepen(
        &mut self,
        wanted: &[u64],
        plan: &Plan,
        years: u64,
        names: &mut Signatures<'_>,
        done: &dyn Fn(usize) -> u64,
    ) {
        let Some(mut drawing) = self.drawing.take() else { return };
        drawing.extend(wanted, plan, &mut |draw, cluster| {
            for mode in 0..self.modes.len() {
                let signature = names.of(mode, &self.modes[mode], &cluster);
                let place = self.find(mode, &signature, &cluster);
                if let Some(rare) = place.and_then(|place| self.all[place].rare.as_mut()) {
                    rare.add(draw, cluster.weight, cluster.seconds());
                }
            }
        });
        for (place, stratum) in self.all.iter_mut().enumerate() {
            stratum.rare.iter_mut().for_each(|rare| rare.open(done(place), &drawing.draws));
        }
        self.drawing = Some(drawing);
        self.weigh(years);
    }

    /// Takes how often rare strata happen from their draws.
    fn weigh(&mut self, years: u64) {
        let Some(drawing) = &self.drawing else { return };
        let all = years as f64 * drawing.per_year;
        for stratum in &mut self.all {
            if let Some(rare) = &stratum.rare {
                stratum.clusters = all * rare.share(&drawing.draws);
                stratum.seconds = stratum.clusters * rare.length();
            }
        }
    }

    /// The stratum of a cluster that begins in a mode; `None` if it was too long for any window.
    pub fn find(&self, mode: usize, signature: &Arc<str>, cluster: &Cluster) -> Option<usize> {
        let rare = || self.census.get(mode)?.rare(signature, cluster);
        let index = self.index.get(mode)?;
        index.get(signature).or_else(|| index.get(&rare()?)).copied()
    }

    /// The cluster of a stratum that a window simulates, and how often these very faults were simulated before.
    pub fn cluster(&self, place: usize, window: u64) -> Option<(Arc<Cluster>, u64)> {
        let stratum = self.all.get(place)?;
        match &stratum.rare {
            Some(rare) => Some((Arc::new(self.drawing.as_ref()?.cluster(rare.chosen(window)?)?), window)),
            None => {
                let kept = stratum.sample.len() as u64;
                let cluster = stratum.sample.get(window.checked_rem(kept)? as usize)?;
                Some((Arc::clone(cluster), window / kept))
            }
        }
    }

    /// How many windows of a stratum say something new.
    pub fn supply(&self, place: usize) -> u64 {
        let stratum = &self.all[place];
        match (&stratum.rare, &self.drawing) {
            (Some(rare), Some(_)) if rare.is_empty() => 0,
            (Some(rare), Some(drawing)) => 64 + 4 * rare.effective(&drawing.draws) as u64,
            _ => stratum.sample.len() as u64,
        }
    }

    /// The strata of a mode, with their numbers.
    pub fn of_mode(&self, mode: usize) -> impl Iterator<Item = (usize, &Stratum)> {
        self.all.iter().enumerate().filter(move |(_, stratum)| stratum.mode == mode)
    }
}

/// The draws of the rare strata of a mode, by name.
fn populations(
    drawing: &Drawing,
    census: &Census,
    plan: &Plan,
    named: &mut dyn FnMut(&Cluster) -> Arc<str>,
) -> BTreeMap<Arc<str>, Population> {
    let others = (1..=LEVELS).map(|level| (others(level), Population::new(plan.seed, &others(level))));
    let mut all: BTreeMap<Arc<str>, Population> = others.collect();
    drawing.second_batch(plan, &mut |draw, cluster| {
        if let Some(name) = census.rare(&named(&cluster), &cluster) {
            let new = || Population::new(plan.seed, &name);
            let population = all.entry(Arc::clone(&name)).or_insert_with(new);
            population.add(draw, cluster.weight, cluster.seconds());
        }
    });
    all.values_mut().for_each(|population| population.open(0, &drawing.draws));
    all
}

/// The stretch of the skeleton that an instant lies in.
pub fn block_of(at: Calendar, years: u64) -> usize {
    let all = Calendar::year(years).0.max(1);
    ((at.0.saturating_mul(BLOCKS as u128) / all) as usize).min(BLOCKS - 1)
}

/// Whether faults follow each other for so long that the system never settles: a hundred times the longest window.
pub fn is_endless(plan: &Plan, cluster: &Cluster) -> bool {
    u128::from(cluster.ends().since(cluster.begins()).0) > 100 * u128::from(plan.limits.cap.0)
}

impl Forming {
    fn new(strikes: usize) -> Forming {
        Forming { clusters: 0, strikes, blocks: vec![0; BLOCKS], seconds: 0.0, kept: Reservoir::default() }
    }

    fn add(&mut self, key: u64, capacity: usize, block: usize, cluster: Cluster) {
        self.clusters += 1;
        self.blocks[block] += 1;
        self.strikes = self.strikes.min(cluster.occurrences.len());
        self.seconds += cluster.seconds();
        self.kept.offer(mix(key), capacity, &Arc::new(cluster));
    }

    fn join(&mut self, other: Forming, capacity: usize) {
        self.clusters += other.clusters;
        self.strikes = self.strikes.min(other.strikes);
        self.seconds += other.seconds;
        self.blocks.iter_mut().zip(&other.blocks).for_each(|(mine, theirs)| *mine += theirs);
        self.kept.join(other.kept, capacity);
    }

    fn finish(self, mode: usize, signature: Arc<str>, capacity: usize) -> Stratum {
        Stratum {
            mode,
            signature,
            clusters: self.clusters as f64,
            blocks: self.blocks,
            seconds: self.seconds,
            sample: self.kept.into_sample(capacity),
            rare: None,
        }
    }
}

type Named = Vec<(Arc<str>, Forming)>;

/// Strata in order of name, the smallest ones thrown together, and where each signature went.
fn thrown_together(
    forming: BTreeMap<Arc<str>, Forming>,
    capacity: usize,
) -> (Named, BTreeMap<Arc<str>, usize>) {
    let mut sizes: Vec<f64> = forming.values().map(|f| f.seconds).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let least = sizes.get(MOST).copied();
    let mut all: Named = Vec::new();
    let mut index = BTreeMap::new();
    for (signature, stratum) in forming {
        let small = least.is_some_and(|least| stratum.seconds <= least);
        let name: Arc<str> = match (small, stratum.strikes) {
            (false, _) => Arc::clone(&signature),
            (true, 1) => "other (one strike)".into(),
            (true, 2) => "other (2 strikes)".into(),
            (true, _) => "other (3 strikes or more)".into(),
        };
        let place = all.iter().position(|(known, _)| *known == name);
        match place {
            Some(i) => all[i].1.join(stratum, capacity),
            None => all.push((name, stratum)),
        }
        index.insert(signature, place.unwrap_or(all.len() - 1));
    }
    (all, index)
}
