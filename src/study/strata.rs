//! Strata: clusters that mean the same to the system in the same mode (Cochran, Sampling Techniques, 1977, chapter 5).

use crate::base::calendar::Calendar;
use crate::base::digest::mix;
use crate::model::plan::Plan;
use crate::study::cluster::Cluster;
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
    /// How many there are in the skeleton, if the system is always in the mode.
    pub clusters: u64,
    /// The same by stretch of the skeleton.
    pub blocks: Vec<u32>,
    /// Seconds from the first onset to the last end, over all of them.
    pub seconds: f64,
    /// A uniform sample of them, in random order.
    pub sample: Vec<Arc<Cluster>>,
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
            let signature = names.of(number, &mode, &cluster);
            let capacity = KEPT / (forming.len() + self.all.len()).max(16);
            let block = block_of(cluster.begins(), years);
            let entry = forming.entry(signature).or_insert_with(|| Forming::new(cluster.occurrences.len()));
            entry.add(window::key(plan, &cluster, 0), capacity, block, cluster);
        }
        let capacity = KEPT / (forming.len() + self.all.len()).max(16);
        let (forming, index) = thrown_together(forming, capacity);
        let from = self.all.len();
        self.index.push(index.into_iter().map(|(name, i)| (name, from + i)).collect());
        self.modes.push(mode);
        self.all.extend(forming.into_iter().map(|(signature, f)| f.finish(number, signature, capacity)));
    }

    /// The stratum of a cluster that begins in a mode; `None` if it was too long for any window.
    pub fn find(&self, mode: usize, signature: &str) -> Option<usize> {
        self.index.get(mode)?.get(signature).copied()
    }

    /// The strata of a mode, with their numbers.
    pub fn of_mode(&self, mode: usize) -> impl Iterator<Item = (usize, &Stratum)> {
        self.all.iter().enumerate().filter(move |(_, stratum)| stratum.mode == mode)
    }
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
        self.seconds += cluster.ends().since(cluster.begins()).seconds();
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
            clusters: self.clusters,
            blocks: self.blocks,
            seconds: self.seconds,
            sample: self.kept.into_sample(capacity),
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
