//! What each documentation edition says of an account, as data: `scenarios/catalog/cosmos-db/editions.toml`.

use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::time::Span;
use crate::system::cosmos_db::settings::{Failover, Sdk, Timing};
use serde::Deserialize;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("../../../scenarios/catalog/cosmos-db/editions.toml");

/// Names of the editions, oldest first.
pub const NAMES: [&str; 4] = ["2019", "2021", "2024", "2026"];

/// The parameters of one edition, with those it inherits.
#[derive(Clone, Debug)]
pub struct Edition {
    /// Its name.
    pub name: String,
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
        let mut next = Some(name.to_string());
        let mut depth = 0;
        while let Some(key) = next.take() {
            let table = file.edition.get(&key)?;
            for (parameter, value) in table {
                if let Ok(parsed) = value.clone().try_into::<Parameter>() {
                    values.entry(parameter.clone()).or_insert(parsed);
                }
            }
            next = table.get("inherits").and_then(|v| v.as_str()).map(str::to_string);
            depth += 1;
            if depth > NAMES.len() {
                return None;
            }
        }
        Some(Edition { name: name.to_string(), values })
    }

    /// All parameters, for the resolved plan.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, String, &Parameter)> {
        self.values.iter().map(|(key, p)| (key.as_str(), p.value.to_string(), p))
    }

    /// A number; 0 if the data lacks it (a test reads every key that is used).
    pub fn number(&self, key: &str) -> f64 {
        match self.values.get(key).map(|p| &p.value) {
            Some(toml::Value::Integer(n)) => *n as f64,
            Some(toml::Value::Float(x)) => *x,
            _ => 0.0,
        }
    }

    /// A span.
    pub fn span(&self, key: &str) -> Span {
        self.values.get(key).and_then(|p| p.value.clone().try_into().ok()).unwrap_or_default()
    }

    /// Several spans.
    pub fn spans(&self, key: &str) -> Vec<Span> {
        self.values.get(key).and_then(|p| p.value.clone().try_into().ok()).unwrap_or_default()
    }

    /// A law in seconds.
    pub fn law(&self, key: &str) -> Law {
        let text: Option<SpanLaw> = self.values.get(key).and_then(|p| p.value.clone().try_into().ok());
        text.map(|t| t.law()).unwrap_or_default()
    }

    /// A word.
    pub fn word(&self, key: &str) -> &str {
        self.values.get(key).and_then(|p| p.value.as_str()).unwrap_or_default()
    }

    /// A list of words.
    pub fn words(&self, key: &str) -> Vec<String> {
        self.values.get(key).and_then(|p| p.value.clone().try_into().ok()).unwrap_or_default()
    }

    /// Yes or no.
    pub fn flag(&self, key: &str) -> bool {
        self.values.get(key).and_then(|p| p.value.as_bool()).unwrap_or(false)
    }

    fn polls(&self, key: &str) -> Vec<(u32, Span)> {
        #[derive(Deserialize)]
        struct Step {
            polls: u32,
            every: Span,
        }
        let steps: Vec<Step> =
            self.values.get(key).and_then(|p| p.value.clone().try_into().ok()).unwrap_or_default();
        steps.into_iter().map(|s| (s.polls, s.every)).collect()
    }

    /// Laws and intervals of the account.
    pub fn timing(&self) -> Timing {
        let lease = self.span("replica-lease");
        Timing {
            lease,
            heartbeat: Span(lease.0 / (self.number("replica-lease-renewals").max(1.0) as u64)),
            fencing: self.law("fencing"),
            reconfiguration: self.law("reconfiguration"),
            rebuild_wait: self.span("replica-rebuild-wait"),
            rebuild_rate: self.number("replica-rebuild-rate") * 1e6,
            copy_rate: self.number("region-copy-rate") * 1e6,
            ship_interval: Span::millis(5),
            anti_entropy: self.span("anti-entropy-interval"),
            quorum_detect: self.law("quorum-removal-detect"),
            quorum_decide: self.law("quorum-removal-decide"),
            switch_check: self.law("switch-check"),
            restore: self.law("restore"),
        }
    }

    /// Failover of the service for an account at `level`.
    pub fn failover(&self, level: &str) -> Failover {
        let covered = self.words("failover-levels").iter().any(|l| l == level);
        let (detect, decide) = match covered {
            true => ("failover-detect", "failover-decide"),
            false => ("account-failover-detect", "account-failover-decide"),
        };
        let removable =
            (2..=5).map(|n| (n, self.number(&format!("strong-removable-of-{n}")) as usize)).collect();
        Failover {
            per_partition: covered && self.word("failover-unit") == "partition",
            detect: self.law(detect),
            decide: self.law(decide),
            offline_detect: self.law("read-region-offline-detect"),
            offline_decide: self.law("read-region-offline-decide"),
            freshest: self.word("failover-target") == "priority-then-freshest",
            automatic_failback: covered && self.word("failover-failback") == "automatic",
            customer_offline: self.flag("customer-offline-allowed"),
            removable,
        }
    }

    /// The client library, with hedging and breaker as the edition has them.
    pub fn sdk(&self) -> Sdk {
        let breaker = self.flag("sdk-circuit-breaker").then(|| {
            let open = self.span("sdk-ppcb-partition-unavailable");
            (
                self.number("sdk-ppcb-read-failures") as u32,
                self.number("sdk-ppcb-write-failures") as u32,
                open,
            )
        });
        Sdk {
            attempt_timeout: Span::secs(5),
            resolve_timeouts: self.spans("sdk-http-timeout-hot-path"),
            refresh: self.span("sdk-endpoint-refresh"),
            min_refresh: self.span("sdk-min-between-refresh"),
            unavailable_for: self.span("sdk-region-unavailable-expiry"),
            failover_retry: self.span("sdk-failover-retry-interval"),
            throttle_tries: self.number("sdk-429-max-attempts") as u32,
            throttle_wait: self.span("sdk-429-max-wait"),
            gone: (
                self.span("sdk-410-initial-backoff"),
                self.span("sdk-410-max-backoff"),
                self.span("sdk-410-total"),
            ),
            cross_region: self.number("sdk-503-cross-region-retries") as u32,
            session_mismatch: (
                self.span("sdk-session-mismatch-initial"),
                self.number("sdk-session-mismatch-factor"),
                self.span("sdk-session-mismatch-max"),
                self.span("sdk-session-mismatch-total"),
            ),
            session_regions: self.number("sdk-session-token-retries") as u32,
            read_barrier: self.polls("sdk-read-barrier"),
            write_barrier: self.polls("sdk-write-barrier"),
            barrier_total: self.span("sdk-write-barrier-total"),
            reset_lost_session: true,
            hedge: None,
            breaker,
        }
    }
}
