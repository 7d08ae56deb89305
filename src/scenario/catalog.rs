//! Catalogues: a provider's regions, delays and prices.
//!
//! A catalogue is five files: `regions.csv`, `rtt_p50_ms.csv`, `rtt_p95.csv`, `laws.toml` and `prices.toml`. The one
//! called `azure` is built in; any directory with the same files replaces it. Every figure carries its source and how
//! sure it is.
//!
//! ```
//! use geodes::scenario::catalog::Catalog;
//! let azure = Catalog::load("azure", std::path::Path::new("."))?;
//! assert_eq!(azure.region("West US").and_then(|r| r.pair.as_deref()), Some("East US"));
//! assert_eq!(azure.round_trip("West US", "East US").map(|r| r.p50_ms), Some(67.0));
//! # Ok::<(), geodes::scenario::catalog::CatalogError>(())
//! ```

mod error;
mod figure;
mod files;
mod laws;
mod prices;
mod regions;
mod round_trips;
mod table;

pub use error::CatalogError;
pub use figure::Confidence;
pub use files::names;
pub use prices::Prices;
pub use regions::{PairKind, Region};
pub use round_trips::RoundTrip;

use crate::base::dist::Law;
use crate::base::document::load;
use crate::model::plan::Provenance;
use crate::scenario::files::Disk;
use files::Files;
use laws::Laws;
use regions::Regions;
use round_trips::RoundTrips;
use std::path::Path;

/// A provider's regions, delays and prices.
#[derive(Clone, Debug)]
pub struct Catalog {
    name: String,
    regions: Regions,
    trips: RoundTrips,
    laws: Laws,
    prices: Prices,
}

impl Catalog {
    /// Reads a catalogue: a name without `/` is built in, anything else a directory relative to `base_dir` (the
    /// directory of the file that names it).
    ///
    /// # Errors
    /// An unknown name, a missing directory or file, a file that is no text, a malformed line, or a line that names a
    /// region which `regions.csv` does not list. The first problem is returned.
    pub fn load(name_or_path: &str, base_dir: &Path) -> Result<Catalog, CatalogError> {
        Catalog::load_from(name_or_path, base_dir, &Disk)
    }

    /// The same, with files from elsewhere than the file system.
    ///
    /// # Errors
    /// See [`Catalog::load`].
    pub fn load_from(
        name_or_path: &str,
        base_dir: &Path,
        files: &dyn load::Files,
    ) -> Result<Catalog, CatalogError> {
        let files = Files::find(name_or_path, base_dir, files)?;
        let regions = Regions::parse(&files.read("regions.csv")?)?;
        let laws = Laws::parse(&files.read("laws.toml")?)?;
        let (p50, p95) = (files.read("rtt_p50_ms.csv")?, files.read("rtt_p95.csv")?);
        let trips = RoundTrips::parse(&p50, &p95, laws.fallback.value, &regions)?;
        let prices = Prices::parse(&files.read("prices.toml")?)?;
        Ok(Catalog { name: name_or_path.to_owned(), regions, trips, laws, prices })
    }

    /// The name or path it was loaded by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is drawn from, in one line.
    pub fn source(&self) -> &str {
        &self.laws.source
    }

    /// All regions, in the file's order.
    pub fn regions(&self) -> &[Region] {
        &self.regions.list
    }

    /// The region of this exact name.
    pub fn region(&self, name: &str) -> Option<&Region> {
        self.regions.index(name).map(|index| &self.regions.list[index])
    }

    /// The region of this name, or an error that says which one was probably meant.
    pub fn find(&self, name: &str) -> Result<&Region, CatalogError> {
        self.region(name).ok_or_else(|| CatalogError::UnknownRegion {
            catalog: self.name.clone(),
            name: name.to_owned(),
            meant: self.regions.meant(name),
        })
    }

    /// The published round trip of two different regions; `None` when neither direction is published.
    pub fn round_trip(&self, from: &str, to: &str) -> Option<RoundTrip> {
        self.trips.between(self.regions.index(from)?, self.regions.index(to)?)
    }

    /// The one-way delay in seconds from one region to another; `None` when no round trip is published for the pair, in
    /// either direction, and from a region to itself.
    ///
    /// Lognormal, such that a round trip (this law, and independently the same law back) has the published median and
    /// the published ratio of the 95th percentile to the median; without a published ratio, `laws.toml`'s. Where the two
    /// directions' medians differ, each direction takes half of its own, and a round trip has their mean.
    pub fn one_way(&self, from: &str, to: &str) -> Option<Law> {
        self.round_trip(from, to).map(|trip| round_trips::one_way(trip.p50_ms / 1e3, trip.p95_over_p50))
    }

    /// As [`Catalog::one_way`], but says what is missing.
    pub fn delay(&self, from: &str, to: &str) -> Result<Law, CatalogError> {
        self.find(from)?;
        self.find(to)?;
        self.one_way(from, to).ok_or_else(|| {
            let unmeasured = [from, to]
                .into_iter()
                .find(|name| !self.regions.index(name).is_some_and(|index| self.trips.measured(index)));
            CatalogError::NoRoundTrip {
                catalog: self.name.clone(),
                from: from.to_owned(),
                to: to.to_owned(),
                unmeasured: unmeasured.map(str::to_owned),
            }
        })
    }

    /// One-way delay in seconds between two nodes of one zone.
    pub fn intra_zone(&self) -> Law {
        self.laws.intra_zone.value.clone()
    }

    /// One-way delay in seconds between zones of one region.
    pub fn inter_zone(&self) -> Law {
        self.laws.inter_zone.value.clone()
    }

    /// One-way delay in seconds to and from global services.
    pub fn global(&self) -> Law {
        self.laws.global.value.clone()
    }

    /// Seconds from handing a record to a disk until it is durable.
    pub fn persist(&self) -> Law {
        self.laws.persist.value.clone()
    }

    /// The ratio of the 95th percentile to the median that stands in where none is published.
    pub fn fallback_jitter(&self) -> f64 {
        self.laws.fallback.value
    }

    /// The great-circle distance of two regions in km, from approximate positions: the nearest city's, so some tens of
    /// km off; `None` when a region or its position is unknown.
    pub fn distance_km(&self, a: &str, b: &str) -> Option<f64> {
        Some(regions::distance_km(self.region(a)?.position?, self.region(b)?.position?))
    }

    /// Prices of traffic and of zone redundancy.
    pub fn prices(&self) -> &Prices {
        &self.prices
    }

    /// Dollars per GB of traffic from one region to another; inside a region, the price between zones. `None` when a
    /// region is unknown or its geography has no price.
    pub fn egress_usd_per_gb(&self, from: &str, to: &str) -> Option<f64> {
        let (source, target) = (self.region(from)?, self.region(to)?);
        if from == to {
            return Some(self.prices.between_zones);
        }
        self.prices.egress(&source.geography, &target.geography)
    }

    /// The laws that every plan takes from the catalogue, with their origin, for `geodes check`.
    pub fn provenance(&self) -> Vec<Provenance> {
        let row = |key: &str, value: String, origin: &str| Provenance {
            key: key.to_owned(),
            value,
            origin: format!("catalog {}, {origin}", self.name),
        };
        let law = |key, sourced: &laws::Sourced<Law>| {
            row(key, format!("{} (seconds)", sourced.value), &sourced.origin)
        };
        vec![
            law("network.intra-zone", &self.laws.intra_zone),
            law("network.inter-zone", &self.laws.inter_zone),
            law("network.global", &self.laws.global),
            row("network.fallback-jitter", self.fallback_jitter().to_string(), &self.laws.fallback.origin),
            law("disk.persist", &self.laws.persist),
        ]
    }
}
