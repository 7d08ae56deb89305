//! `laws.toml`: delays inside a region, jitter, global services, disks.

use super::error::CatalogError;
use super::figure::{Figure, parse};
use super::files::Text;
use super::round_trips::one_way;
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::time::Span;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    catalog: About,
    intra_zone: ZoneRtt,
    inter_zone: ZoneRtt,
    inter_region: InterRegion,
    global: Global,
    disk: Disk,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct About {
    #[serde(rename = "name")]
    _name: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ZoneRtt {
    rtt_p50: Figure<Span>,
    rtt_p95_over_p50: Figure<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct InterRegion {
    fallback_p95_over_p50: Figure<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Global {
    one_way: Figure<SpanLaw>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Disk {
    persist: Figure<SpanLaw>,
}

/// One law with what it says of itself.
#[derive(Clone, Debug)]
pub(super) struct Sourced<T> {
    /// The law or figure.
    pub value: T,
    /// `assumed: why`
    pub origin: String,
}

/// Everything of `laws.toml`.
#[derive(Clone, Debug)]
pub(super) struct Laws {
    /// What the catalogue is drawn from.
    pub source: String,
    /// One-way seconds inside a zone.
    pub intra_zone: Sourced<Law>,
    /// One-way seconds between zones of a region.
    pub inter_zone: Sourced<Law>,
    /// P95 over P50 of a round trip for which no ratio is published.
    pub fallback: Sourced<f64>,
    /// One-way seconds to or from a global service.
    pub global: Sourced<Law>,
    /// Seconds until a record is durable.
    pub persist: Sourced<Law>,
}

impl Laws {
    /// Reads and checks the file.
    pub fn parse(file: &Text) -> Result<Laws, CatalogError> {
        let laws: File = parse(file)?;
        Ok(Laws {
            source: laws.catalog.source,
            intra_zone: laws.intra_zone.law(file)?,
            inter_zone: laws.inter_zone.law(file)?,
            fallback: Sourced {
                value: ratio(&laws.inter_region.fallback_p95_over_p50, file)?,
                origin: laws.inter_region.fallback_p95_over_p50.origin(),
            },
            global: span_law(&laws.global.one_way, file)?,
            persist: span_law(&laws.disk.persist, file)?,
        })
    }
}

impl ZoneRtt {
    fn law(&self, file: &Text) -> Result<Sourced<Law>, CatalogError> {
        let rtt = self.rtt_p50.check(file, "a length of time above 0", |span| *span > Span::ZERO)?;
        let law = one_way(rtt.seconds(), ratio(&self.rtt_p95_over_p50, file)?);
        let jitter = self.rtt_p95_over_p50.origin();
        Ok(Sourced { value: law, origin: format!("median {}; jitter {jitter}", self.rtt_p50.origin()) })
    }
}

fn ratio(figure: &Figure<f64>, file: &Text) -> Result<f64, CatalogError> {
    figure.check(file, "a ratio from 1 to 100", |ratio| (1.0..=100.0).contains(ratio)).copied()
}

fn span_law(figure: &Figure<SpanLaw>, file: &Text) -> Result<Sourced<Law>, CatalogError> {
    let law = figure.value.get_ref().law();
    if let Err(problem) = law.check() {
        let line = file.line_of(figure.value.span().start);
        return Err(file.malformed(line, problem.to_string()));
    }
    Ok(Sourced { value: law, origin: figure.origin() })
}
