//! What a resolved plan says of the account: facts for the judges, and where each value came from.

use super::delays;
use crate::base::ids::RegionId;
use crate::model::plan::{Plan, Provenance};
use crate::system::cosmos_db::config::{BackupText, Config};
use crate::system::cosmos_db::copies;
use crate::system::cosmos_db::edition::Edition;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::settings::Settings;
use std::collections::BTreeSet;

/// Facts for SLA conditions, checkers and reports.
pub(super) fn facts(config: &Config, settings: &Settings, plan: &mut Plan) {
    let strict = settings.strict_prefix;
    let zr = settings.zone_redundant.iter().filter(|r| settings.regions.contains(r)).count();
    let yes_no = |b: bool| if b { "yes" } else { "no" }.to_string();
    let failover = match (settings.service_managed, settings.failover.per_partition) {
        (true, true) => "per-partition",
        (true, false) => "service-managed",
        _ => "off",
    };
    let bounded = settings.level == Level::BoundedStaleness;
    let mut all = vec![
        ("system", "cosmos-db".to_string()),
        ("edition", settings.edition.clone()),
        ("regions", settings.regions.len().to_string()),
        ("multi-region", yes_no(settings.regions.len() > 1)),
        ("write-regions", if settings.multi() { "multi" } else { "single" }.to_string()),
        (
            "zone-redundant",
            if zr == 0 {
                "none"
            } else if zr == settings.regions.len() {
                "all"
            } else {
                "some"
            }
            .to_string(),
        ),
        ("failover", failover.to_string()),
        ("consistency", settings.level.name().to_string()),
        ("api", if settings.has_conflict_feed { "sql" } else { "other" }.to_string()),
        ("definitions", if strict { "strict" } else { "documented-2025" }.to_string()),
        ("no-loss", yes_no(settings.level == Level::Strong && settings.regions.len() > 1)),
        ("several-writers", yes_no(settings.multi())),
    ];
    let backup = match (settings.backup, config.backup) {
        (None, _) => "none",
        (_, Some(BackupText::Continuous)) => "continuous",
        _ => "periodic",
    };
    all.push(("backup", backup.to_string()));
    if bounded {
        all.push(("bound-k", settings.bound.0.to_string()));
        all.push(("bound-t-s", settings.bound.1.seconds().to_string()));
    }
    all.extend(copies::facts(settings, &plan.topology));
    plan.facts.extend(all.into_iter().map(|(k, v)| (k.to_string(), v)));
}

/// Where each value of the account came from.
pub(super) fn provenance(config: &Config, edition: &Edition, settings: &Settings, plan: &mut Plan) {
    let from = |given: bool| if given { "scenario" } else { "default" }.to_string();
    let mut add = |key: &str, value: String, origin: String| {
        plan.provenance.push(Provenance { key: format!("system.cosmos-db.{key}"), value, origin });
    };
    add("edition", settings.edition.clone(), from(config.edition.is_some()));
    add("partitions", settings.partitions.to_string(), from(config.partitions.is_some()));
    add("consistency", settings.level.name().to_string(), "scenario".into());
    add("throughput", format!("{} RU/s", settings.units_per_s), from(config.throughput.is_some()));
    add(
        "clients.attempt-timeout",
        settings.sdk.attempt_timeout.to_string(),
        match config.clients.attempt_timeout {
            Some(_) => "scenario".into(),
            None => "assumed".into(),
        },
    );
    let failback = settings.failback.as_ref().map_or("never".to_owned(), |wait| format!("after {wait} s"));
    add("failback", failback, from(config.failback.is_some()));
    add("ship-interval", settings.laws.ship_interval.to_string(), "assumed".into());
    add("log-limit", format!("{} entries", settings.log_limit), "assumed".into());
    add("data", format!("{} bytes a partition", settings.partition_bytes), from(config.data.is_some()));
    for (key, value, parameter) in edition.parameters().filter(|(key, ..)| !delays::given(config, key)) {
        add(key, value, format!("edition {}, {}: {}", edition.name, parameter.confidence, parameter.source));
    }
    let unused: BTreeSet<RegionId> =
        plan.topology.regions.ids().filter(|r| !settings.regions.contains(r)).collect();
    for region in unused {
        let value = plan.topology.regions[region].name.clone();
        plan.provenance.push(Provenance {
            key: "system.cosmos-db.regions (not in the account)".into(),
            value,
            origin: "scenario".into(),
        });
    }
}
