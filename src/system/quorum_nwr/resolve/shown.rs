//! What a resolved plan says of the store: facts for the judges, and where each value came from.

use super::Share;
use crate::algorithm::siblings::Rule;
use crate::model::operation::Claims;
use crate::model::plan::{Plan, Provenance};
use crate::system::quorum_nwr::Settings;
use crate::system::quorum_nwr::config::Config;

/// Facts for SLA conditions, checkers and reports.
pub(super) fn facts(settings: &Settings, shares: &[Share], plan: &mut Plan) {
    let yes_no = |b: bool| if b { "yes" } else { "no" }.to_owned();
    let claims = settings.claims();
    let consistency = match (claims.has(Claims::LINEARIZABLE), claims.has(Claims::REGULAR)) {
        (true, _) => "linearizable",
        (_, true) => "regular",
        _ => "eventual",
    };
    let facts = [
        ("system", "quorum-nwr".to_owned()),
        ("regions", shares.len().to_string()),
        ("multi-region", yes_no(shares.len() > 1)),
        ("replicas", settings.replicas().to_string()),
        ("consistency", consistency.to_owned()),
        ("convergence", yes_no(settings.converges())),
        ("durability", yes_no(settings.keeps())),
        ("healing-time-s", settings.healing_time().seconds().to_string()),
    ];
    plan.facts.extend(facts.map(|(key, value)| (key.to_owned(), value)));
}

/// Every value with its origin.
pub(super) fn provenance(config: &Config, settings: &Settings, plan: &mut Plan) {
    let list = settings.lists.values().next();
    let name = |region| settings.names.get(region).map_or("?", String::as_str);
    let homes: Vec<&str> = list.iter().flat_map(|l| &l.homes).map(|(_, region)| name(region)).collect();
    let fallbacks = list.map_or(0, |l| l.fallbacks.len());
    let on_off = |b: bool| if b { "true" } else { "false" }.to_owned();
    let repair = match (settings.repair, settings.blocking) {
        (_, true) => "blocking",
        (true, false) => "background",
        _ => "off",
    };
    let rows = [
        ("partitions", settings.partitions.to_string(), config.partitions.is_some(), "default"),
        ("placement", homes.join(", "), config.placement.is_some(), "default"),
        ("fallbacks", fallbacks.to_string(), config.fallbacks.is_some(), "default"),
        ("write-quorum", settings.write_quorum.to_string(), true, ""),
        ("read-quorum", settings.read_quorum.to_string(), true, ""),
        (
            "quorum",
            if settings.sloppy { "sloppy" } else { "strict" }.to_owned(),
            config.quorum.is_some(),
            "default",
        ),
        (
            "versions",
            match settings.rule {
                Rule::LastWriterWins => "last-writer-wins",
                Rule::Causal => "version-vectors",
            }
            .to_owned(),
            true,
            "",
        ),
        ("trust-clocks", on_off(settings.trust_clocks), config.trust_clocks.is_some(), "default"),
        (
            "coordinator",
            if settings.apart { "client" } else { "replica" }.to_owned(),
            config.coordinator.is_some(),
            "default",
        ),
        ("hints", on_off(settings.hints), config.hints.is_some(), "default"),
        ("read-repair", repair.to_owned(), config.read_repair.is_some(), "default"),
        (
            "anti-entropy",
            settings.anti_entropy.map_or("off".to_owned(), |every| format!("every {every}")),
            config.anti_entropy.is_some(),
            "assumed",
        ),
        (
            "replica-timeout",
            settings.replica_timeout.to_string(),
            config.replica_timeout.is_some(),
            "assumed",
        ),
        (
            "attempt-timeout",
            settings.attempt_timeout.to_string(),
            config.attempt_timeout.is_some(),
            "assumed",
        ),
        ("suspect-for", settings.suspect_for.to_string(), config.suspect_for.is_some(), "assumed"),
        (
            "hand-over-every",
            settings.hand_over_every.to_string(),
            config.hand_over_every.is_some(),
            "assumed",
        ),
    ];
    plan.provenance.extend(rows.map(|(key, value, given, otherwise)| Provenance {
        key: format!("system.quorum-nwr.{key}"),
        value,
        origin: if given { "scenario" } else { otherwise }.to_owned(),
    }));
}
