//! `prices.toml`: what traffic costs, and the multiplier of zone redundancy.

use super::error::CatalogError;
use super::figure::{Figure, parse};
use super::files::Text;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    egress: Egress,
    cosmos_db: CosmosDb,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Egress {
    within: BTreeMap<String, Figure<f64>>,
    between: BTreeMap<String, Figure<f64>>,
    other: Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Other {
    between_zones: Figure<f64>,
    ingress: Figure<f64>,
    vnet_peering: Figure<f64>,
    internet_low: Figure<f64>,
    internet_high: Figure<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct CosmosDb {
    zone_multiplier: Figure<f64>,
}

/// Prices of a catalogue; traffic in US dollars per GB (10^9 bytes).
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    within: BTreeMap<String, f64>,
    between: BTreeMap<String, f64>,
    /// Traffic between zones of a region.
    pub between_zones: f64,
    /// Traffic that enters the provider.
    pub ingress: f64,
    /// Each direction of a peering of virtual networks.
    pub vnet_peering: f64,
    /// Traffic to the internet: the lowest and the highest tier.
    pub internet: (f64, f64),
    /// Multiplies the price of throughput in a zone-redundant region (COS-18).
    pub zone_multiplier: f64,
}

impl Prices {
    /// Reads and checks the file.
    pub(super) fn parse(file: &Text) -> Result<Prices, CatalogError> {
        let prices: File = parse(file)?;
        let other = &prices.egress.other;
        Ok(Prices {
            within: by_geography(&prices.egress.within, file)?,
            between: by_geography(&prices.egress.between, file)?,
            between_zones: price(&other.between_zones, file)?,
            ingress: price(&other.ingress, file)?,
            vnet_peering: price(&other.vnet_peering, file)?,
            internet: (price(&other.internet_low, file)?, price(&other.internet_high, file)?),
            zone_multiplier: price(&prices.cosmos_db.zone_multiplier, file)?,
        })
    }

    /// Dollars per GB from a region of one geography to another region of the same or another geography; `None` when
    /// the geography that the traffic leaves has no price.
    pub fn egress(&self, from: &str, to: &str) -> Option<f64> {
        let table = if from == to { &self.within } else { &self.between };
        table.get(from).copied()
    }
}

fn price(figure: &Figure<f64>, file: &Text) -> Result<f64, CatalogError> {
    figure.check(file, "a finite number of at least 0", |price| price.is_finite() && *price >= 0.0).copied()
}

fn by_geography(
    table: &BTreeMap<String, Figure<f64>>,
    file: &Text,
) -> Result<BTreeMap<String, f64>, CatalogError> {
    table.iter().map(|(geography, figure)| Ok((geography.clone(), price(figure, file)?))).collect()
}
