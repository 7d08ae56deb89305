//! What a study samples from.

use crate::engine::record::FaultSite;
use crate::model::fault::Fault;
use crate::study::bias::Bias;
use crate::study::cluster::Cluster;
use crate::study::outcome::Outcome;
use std::sync::Arc;

/// One window to run.
#[derive(Clone, Debug)]
pub struct Window {
    /// The mode it starts in.
    pub mode: Arc<str>,
    /// The faults it holds; none: it estimates what fails when nothing is broken.
    pub cluster: Option<Arc<Cluster>>,
    /// Its key: all its random draws depend on it, the seed, and nothing else.
    pub key: u64,
}

/// Something that windows can be run of: a resolved scenario, or a law in a test.
pub trait World: Sync {
    /// Paths of what is estimated, in the order of [`Outcome::lost`].
    fn targets(&self) -> Vec<String>;
    /// Where each fault would strike if it began in this mode.
    fn sites(&self, mode: &str, faults: &[Fault]) -> Vec<FaultSite>;
    /// Runs one window. A pure function of its argument.
    fn outcome(&self, window: &Window) -> Outcome;
}

/// Where clusters come from: the same ones each time it is asked.
pub trait Clusters: Sync {
    /// The clusters of so many years, in order of time; an error ends them, and says why there are no more.
    fn of_years(&self, years: u64) -> Box<dyn Iterator<Item = Result<Cluster, String>> + '_>;
    /// The same clusters, drawn from laws that are biased towards this many strikes after the first.
    ///
    /// # Errors
    /// Why there are no such laws.
    fn biased(&self, _depth: usize) -> Result<Bias, String> {
        Err("the clusters are given, and not drawn from laws".to_owned())
    }
}
