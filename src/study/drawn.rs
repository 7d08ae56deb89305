//! Clusters as the hazards of a plan draw them.

use crate::base::calendar::Calendar;
use crate::model::plan::Plan;
use crate::study::bias::Bias;
use crate::study::cluster::Cluster;
use crate::study::skeleton::Skeleton;
use crate::study::world::Clusters;

/// The skeleton of a plan, drawn anew each time it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a>(pub &'a Plan);

impl Clusters for Drawn<'_> {
    fn of_years(&self, years: u64) -> Box<dyn Iterator<Item = Result<Cluster, String>> + '_> {
        let skeleton = Skeleton::new(self.0, self.0.seed).until(Calendar::year(years));
        Box::new(skeleton.map(|cluster| cluster.map_err(|error| error.to_string())))
    }

    fn biased(&self, depth: usize) -> Result<Bias, String> {
        Bias::new(self.0, self.0.seed, depth).map_err(|error| error.to_string())
    }
}
