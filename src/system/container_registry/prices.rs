//! What traffic costs: the catalogue's list, `scenarios/catalog/azure/prices.toml` (ACR-10).

use crate::base::calendar::MONTH;
use crate::base::ids::RegionId;
use crate::base::time::Span;
use crate::model::plan::Costs;
use crate::model::topology::{Region, Topology};
use serde::Deserialize;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("../../../scenarios/catalog/azure/prices.toml");

/// Prices of traffic in US dollars per GB (10^9 bytes), by the geography that it leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    within: BTreeMap<String, f64>,
    between: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct File {
    egress: Egress,
}

#[derive(Deserialize)]
struct Egress {
    within: BTreeMap<String, Figure>,
    between: BTreeMap<String, Figure>,
}

#[derive(Deserialize)]
struct Figure {
    value: f64,
}

impl Prices {
    /// The list; empty if the built-in data cannot be read (a test forbids it).
    pub fn load() -> Prices {
        let values = |table: BTreeMap<String, Figure>| table.into_iter().map(|(k, f)| (k, f.value)).collect();
        let file = toml::from_str::<File>(TEXT).ok();
        file.map(|file| Prices { within: values(file.egress.within), between: values(file.egress.between) })
            .unwrap_or_default()
    }

    /// What replicas of so many dollars a day cost, and traffic between the regions; traffic within a region costs nothing.
    pub fn costs(&self, usd_per_day: f64, topology: &Topology) -> Costs {
        let usd_month = usd_per_day * (MONTH.seconds() / Span::hours(24).seconds());
        let price = |(a, from): (RegionId, &Region), (b, to): (RegionId, &Region)| match a == b {
            true => 0.0,
            false => self.per_gb(&from.geography, &to.geography),
        };
        let row = |from| topology.regions.iter().map(|to| price(from, to)).collect();
        Costs { usd_month, usd_per_gb: topology.regions.iter().map(row).collect() }
    }

    /// From a region of one geography to a region of the same or another; 0 where the list has no price.
    pub fn per_gb(&self, from: &str, to: &str) -> f64 {
        let table = if from == to { &self.within } else { &self.between };
        table.get(from).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_across_the_ocean_costs_more_than_within_a_geography() {
        let prices = Prices::load();
        assert!(prices.per_gb("north_america", "north_america") > 0.0);
        assert!(prices.per_gb("north_america", "europe") > prices.per_gb("north_america", "north_america"));
        assert!(prices.per_gb("nowhere", "europe").total_cmp(&0.0).is_eq());
    }
}
