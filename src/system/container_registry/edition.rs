//! What each documentation edition says of a registry, as data: `scenarios/catalog/container-registry/editions.toml`.

use super::settings::{Probing, TIERS, Tier};
use crate::base::time::Span;
use serde::Deserialize;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("../../../scenarios/catalog/container-registry/editions.toml");

/// Names of the editions, oldest first.
pub const NAMES: [&str; 2] = ["2019", "2020"];

/// One edition, with what it inherits.
#[derive(Clone, Debug)]
pub struct Edition {
    values: BTreeMap<String, Parameter>,
}

/// One parameter with its origin.
#[derive(Clone, Debug, Deserialize)]
pub struct Parameter {
    value: toml::Value,
    /// `documented`, `assumed`, ...
    pub confidence: String,
    /// Where it is published, or why it was chosen.
    pub source: String,
}

#[derive(Deserialize)]
struct File {
    edition: BTreeMap<String, toml::Table>,
}

impl Edition {
    /// The edition called `name`; `None` if there is none, or if the built-in data cannot be read (a test forbids it).
    pub fn find(name: &str) -> Option<Edition> {
        let file: File = toml::from_str(TEXT).ok()?;
        let mut values = BTreeMap::new();
        let mut next = Some(name.to_owned());
        for _ in NAMES {
            let Some(table) = next.take().map(|key| file.edition.get(&key)) else { break };
            let table = table?;
            for (key, value) in table {
                if let Ok(parameter) = value.clone().try_into::<Parameter>() {
                    values.entry(key.clone()).or_insert(parameter);
                }
            }
            next = table.get("inherits").and_then(toml::Value::as_str).map(str::to_owned);
        }
        Some(Edition { values })
    }

    /// All parameters, for the resolved plan.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, String, &Parameter)> {
        self.values.iter().map(|(key, p)| (key.as_str(), p.value.to_string(), p))
    }

    fn value<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.values.get(key).and_then(|parameter| parameter.value.clone().try_into().ok())
    }

    /// Whether something is so; `false` if the data lacks it (a test reads every key that is used).
    pub fn flag(&self, key: &str) -> bool {
        self.value(key).unwrap_or_default()
    }

    /// How long answers of Traffic Manager may be kept.
    pub fn ttl(&self) -> Span {
        self.value("dns-ttl").unwrap_or_default()
    }

    /// How endpoints are probed.
    pub fn probing(&self) -> Probing {
        Probing {
            interval: self.value("probe-interval").unwrap_or_default(),
            tolerated: self.value("probe-tolerated").unwrap_or_default(),
            timeout: self.value("probe-timeout").unwrap_or_default(),
        }
    }

    /// What the tiers allow.
    pub fn tiers(&self) -> Vec<Tier> {
        let of = |key: &str, i: usize| {
            let list: Vec<f64> = self.value(key).unwrap_or_default();
            list.get(i).copied().unwrap_or_default()
        };
        let replicated: Vec<bool> = self.value("replicated").unwrap_or_default();
        let tier = |i: usize| Tier {
            reads: of("read-ops", i),
            writes: of("write-ops", i),
            download: of("download-bandwidth", i) * 1e6,
            upload: of("upload-bandwidth", i) * 1e6,
            usd_per_day: of("price-per-day", i),
            replicated: replicated.get(i).copied().unwrap_or_default(),
        };
        (0..TIERS.len()).map(tier).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edition_has_every_figure() {
        for name in NAMES {
            let edition = Edition::find(name).expect("it is there");
            let (probing, tiers) = (edition.probing(), edition.tiers());
            assert!(probing.interval > Span::ZERO && probing.timeout > Span::ZERO && probing.tolerated > 0);
            assert!(edition.ttl() > Span::ZERO && tiers.len() == 3 && tiers[2].replicated);
            let positive =
                |t: &Tier| t.reads.min(t.writes).min(t.download).min(t.upload).min(t.usd_per_day) > 0.0;
            assert!(tiers.iter().all(positive), "{tiers:?}");
            let inputs =
                edition.parameters().filter(|(_, _, p)| p.source.is_empty() || p.confidence.is_empty());
            assert_eq!(inputs.count(), 0);
        }
        assert!(!Edition::find("2019").expect("it is there").flag("routing-switch"));
        assert!(Edition::find("2020").expect("it is there").flag("routing-switch"));
        assert!(Edition::find("2018").is_none());
    }
}
