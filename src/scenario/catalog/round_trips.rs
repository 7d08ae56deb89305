//! Published round trips between regions, and the one-way law that reproduces them.

use super::error::CatalogError;
use super::files::Text;
use super::regions::Regions;
use super::table::Table;
use crate::base::dist::Law;
use crate::base::special::normal;
use serde::Deserialize;

/// What is known of the round trip of a directed pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundTrip {
    /// The median in ms, as published.
    pub p50_ms: f64,
    /// Whether the median was published for the other direction only.
    pub mirrored: bool,
    /// The 95th percentile over the median.
    pub p95_over_p50: f64,
    /// Whether that ratio was published for this pair (either direction; the mean if both), or is the fallback.
    pub jitter_published: bool,
}

/// The round trips of all pairs, by index of region.
#[derive(Clone, Debug)]
pub(super) struct RoundTrips {
    regions: usize,
    p50_ms: Vec<Option<f64>>,
    ratios: Vec<Option<f64>>,
    /// The ratio of pairs for which none is published.
    fallback: f64,
}

#[derive(Deserialize)]
struct P95Row {
    from: String,
    to: String,
    p95_ms: f64,
    p50_ms: f64,
}

/// A round trip nobody could have measured: it would also overflow spans.
const LONGEST_MS: f64 = 1e6;

impl RoundTrips {
    /// Reads the matrix of medians and the list of 95th percentiles.
    pub fn parse(
        p50: &Text,
        p95: &Text,
        fallback: f64,
        regions: &Regions,
    ) -> Result<RoundTrips, CatalogError> {
        let n = regions.list.len();
        let mut trips =
            RoundTrips { regions: n, p50_ms: vec![None; n * n], ratios: vec![None; n * n], fallback };
        trips.read_medians(p50, regions)?;
        trips.read_ratios(p95, regions)?;
        Ok(trips)
    }

    fn read_medians(&mut self, file: &Text, regions: &Regions) -> Result<(), CatalogError> {
        let table = Table::read(file)?;
        if table.header.get(0) != Some("from") {
            return Err(
                file.malformed(table.header_line, "the header starts with `from`, then names regions")
            );
        }
        let mut columns = Vec::new();
        for name in table.header.iter().skip(1) {
            let column = regions.listed(name, file, table.header_line)?;
            if columns.contains(&column) {
                return Err(file.malformed(table.header_line, format!("column `{name}` appears twice")));
            }
            columns.push(column);
        }
        let mut seen = vec![false; self.regions];
        for (line, row) in &table.rows {
            let mut cells = row.iter();
            let name = cells.next().unwrap_or_default();
            let from = regions.listed(name, file, *line)?;
            if std::mem::replace(&mut seen[from], true) {
                return Err(file.malformed(*line, format!("row `{name}` appears twice")));
            }
            for (to, cell) in columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                let to_name = &regions.list[*to].name;
                let ms = cell.parse().ok().filter(|ms| *ms > 0.0 && *ms <= LONGEST_MS).ok_or_else(|| {
                    file.malformed(
                        *line,
                        format!("`{cell}` (to {to_name}) is not a round trip in ms, above 0"),
                    )
                })?;
                if *to == from {
                    return Err(file.malformed(*line, "the round trip of a region to itself must be empty"));
                }
                self.p50_ms[from * self.regions + to] = Some(ms);
            }
        }
        Ok(())
    }

    fn read_ratios(&mut self, file: &Text, regions: &Regions) -> Result<(), CatalogError> {
        for (line, row) in Table::read(file)?.records::<P95Row>(file, &["from", "to", "p95_ms", "p50_ms"])? {
            let from = regions.listed(&row.from, file, line)?;
            let to = regions.listed(&row.to, file, line)?;
            if !(row.p50_ms > 0.0 && row.p95_ms >= row.p50_ms && row.p95_ms <= LONGEST_MS) {
                return Err(file.malformed(line, "p95_ms must be at least p50_ms, and both above 0"));
            }
            if self.ratios[from * self.regions + to].replace(row.p95_ms / row.p50_ms).is_some() {
                return Err(file.malformed(line, format!("{} to {} appears twice", row.from, row.to)));
            }
        }
        Ok(())
    }

    /// Whether any round trip from or to this region is published.
    pub fn measured(&self, region: usize) -> bool {
        (0..self.regions).any(|other| self.between(region, other).is_some())
    }

    /// The round trip of a directed pair. The direction asked for wins; the other one stands in for a missing one.
    pub fn between(&self, from: usize, to: usize) -> Option<RoundTrip> {
        let (there, back) = (from * self.regions + to, to * self.regions + from);
        let p50_ms = self.p50_ms[there].or(self.p50_ms[back])?;
        let ratio = match (self.ratios[there], self.ratios[back]) {
            (Some(a), Some(b)) => Some((a + b) / 2.0),
            (a, b) => a.or(b),
        };
        Some(RoundTrip {
            p50_ms,
            mirrored: self.p50_ms[there].is_none(),
            p95_over_p50: ratio.unwrap_or(self.fallback),
            jitter_published: ratio.is_some(),
        })
    }
}

/// The law, in seconds, of one of two independent and alike delays whose sum has the median `rtt` (seconds) and the
/// 95th percentile `rtt * ratio`, all three lognormal.
///
/// A sum of lognormals is nearly lognormal; its parameters follow from equal mean and variance (Fenton 1960, by
/// Wilkinson's method). With `s` the deviation of the sum's logarithm, the parts have `sigma^2 = ln(1 + 2 (e^(s^2) - 1))`,
/// and a median that lies below `rtt / 2` by the factor `e^((s^2 - sigma^2) / 2)`: a third of a per mille for most pairs, 2 %
/// for the most jittery. Percentiles then agree within 1 % up to a ratio of 1.4.
pub(super) fn one_way(rtt: f64, ratio: f64) -> Law {
    let deviation = libm::log(ratio) / normal::quantile(0.95);
    let sum = deviation * deviation;
    let part = libm::log1p(2.0 * libm::expm1(sum));
    if part <= 0.0 {
        return Law::Constant(rtt / 2.0);
    }
    Law::Lognormal { median: rtt / 2.0 * libm::exp((sum - part) / 2.0), sigma: part.sqrt() }
}
