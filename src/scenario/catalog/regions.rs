//! Regions: names, geographies, zones, pairs and where they are.

use super::error::CatalogError;
use super::figure::Confidence;
use super::files::Text;
use super::table::Table;
use crate::base::suggest;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A region as the catalogue lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its published name, `West US`.
    pub name: String,
    /// The group that prices depend on, `north_america`.
    pub geography: String,
    /// How many availability zones it offers; 0 where there are none.
    pub zones: u32,
    /// The region it is paired with.
    pub pair: Option<String>,
    /// Whether that region is paired with this one too.
    pub pair_kind: Option<PairKind>,
    /// Approximate latitude and longitude in degrees.
    pub position: Option<(f64, f64)>,
    /// How sure geography, zones and pair are. The position is always approximate.
    pub confidence: Confidence,
    /// Where geography, zones and pair come from.
    pub source: String,
}

/// Whether two regions are each other's pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairKind {
    /// Each is the other's pair.
    Mutual,
    /// The other region is paired elsewhere, or with none.
    OneWay,
}

const COLUMNS: [&str; 10] = [
    "name",
    "geography",
    "zones",
    "paired_region",
    "pair_kind",
    "latitude",
    "longitude",
    "confidence",
    "position_confidence",
    "source",
];

#[derive(Deserialize)]
struct Row {
    name: String,
    geography: String,
    zones: u32,
    paired_region: Option<String>,
    pair_kind: Option<PairKind>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    confidence: Confidence,
    #[serde(rename = "position_confidence")]
    _position_confidence: Confidence,
    source: String,
}

impl Row {
    /// The region of this row, or what is wrong with it.
    fn region(self) -> Result<Region, &'static str> {
        if self.name.is_empty() || self.geography.is_empty() || self.source.is_empty() {
            return Err("name, geography and source must not be empty");
        }
        if self.zones > 26 {
            return Err("zones must be a number from 0 to 26");
        }
        if self.paired_region.is_some() != self.pair_kind.is_some() {
            return Err("paired_region and pair_kind go together");
        }
        let position = match (self.latitude, self.longitude) {
            (Some(lat), Some(lon)) if lat.abs() <= 90.0 && lon.abs() <= 180.0 => Some((lat, lon)),
            (None, None) => None,
            _ => return Err("latitude (-90 to 90) and longitude (-180 to 180) go together"),
        };
        Ok(Region {
            name: self.name,
            geography: self.geography,
            zones: self.zones,
            pair: self.paired_region,
            pair_kind: self.pair_kind,
            position,
            confidence: self.confidence,
            source: self.source,
        })
    }
}

/// All regions, in the file's order, and where each is in it.
#[derive(Clone, Debug)]
pub(super) struct Regions {
    pub list: Vec<Region>,
    by_name: BTreeMap<String, usize>,
}

impl Regions {
    /// Reads `regions.csv`: names are unique, pairs are listed.
    pub fn parse(file: &Text) -> Result<Regions, CatalogError> {
        let mut regions = Regions { list: Vec::new(), by_name: BTreeMap::new() };
        let rows = Table::read(file)?.records::<Row>(file, &COLUMNS)?;
        let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        for (line, row) in rows {
            let region = row.region().map_err(|reason| file.malformed(line, reason))?;
            if regions.by_name.insert(region.name.clone(), regions.list.len()).is_some() {
                return Err(file.malformed(line, format!("region `{}` is listed twice", region.name)));
            }
            regions.list.push(region);
        }
        for (region, line) in regions.list.iter().zip(lines) {
            if let Some(pair) = &region.pair {
                regions.listed(pair, file, line)?;
            }
        }
        Ok(regions)
    }

    /// The index of a region.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The index of a region that a line of a file names.
    pub fn listed(&self, name: &str, file: &Text, line: u64) -> Result<usize, CatalogError> {
        self.index(name).ok_or_else(|| CatalogError::Unlisted {
            file: file.name.clone(),
            line,
            name: name.to_owned(),
            meant: self.meant(name),
        })
    }

    /// The listed name closest to a misspelt one.
    pub fn meant(&self, name: &str) -> Option<String> {
        suggest::closest(name, self.list.iter().map(|region| region.name.as_str())).map(str::to_owned)
    }
}

/// The great-circle distance in km of two positions in degrees, by the haversine formula on a sphere of the Earth's
/// mean radius, 6371.0088 km (IUGG); off by at most 0.6 % of the distance on the ellipsoid.
pub(super) fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    const RADIUS_KM: f64 = 6371.0088;
    let half_sine = |from: f64, to: f64| libm::sin((to - from).to_radians() / 2.0);
    let (lat, lon) = (half_sine(a.0, b.0), half_sine(a.1, b.1));
    let cosines = libm::cos(a.0.to_radians()) * libm::cos(b.0.to_radians());
    let haversine = lat * lat + cosines * lon * lon;
    2.0 * RADIUS_KM * libm::asin(haversine.sqrt().min(1.0))
}
