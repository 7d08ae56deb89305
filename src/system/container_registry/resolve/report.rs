//! Facts of the plan, and where every value comes from.

use crate::model::plan::{Plan, Provenance};
use crate::system::container_registry::config::Config;
use crate::system::container_registry::edition::Edition;
use crate::system::container_registry::settings::{Settings, TIERS};
use std::collections::BTreeSet;

/// Facts for SLA conditions, checkers and reports.
pub(super) fn facts(config: &Config, settings: &Settings, plan: &mut Plan) {
    let initial = || settings.sites.iter().filter(|site| site.initial);
    let regions: BTreeSet<_> = initial().map(|site| site.region).collect();
    let yes_no = |b: bool| if b { "yes" } else { "no" }.to_owned();
    let alone = settings.registries.len() == 1;
    let facts = [
        ("system", "container-registry".to_owned()),
        ("edition", config.edition.value.clone()),
        ("tier", TIERS[settings.tier].to_owned()),
        ("regions", regions.len().to_string()),
        ("multi-region", yes_no(regions.len() > 1)),
        ("replicas", initial().count().to_string()),
        ("registries", settings.registries.len().to_string()),
        ("several-writers", "yes".to_owned()),
        ("merged-states", "yes".to_owned()),
        // Registries that share nothing may end with other images under one tag.
        ("convergence", yes_no(alone)),
        ("switch-over-s", settings.switch_over().seconds().to_string()),
        ("replica-usd-month", format!("{:.2}", settings.costs.usd_month)),
    ];
    plan.costs = Some(settings.costs.clone());
    plan.facts.extend(facts.map(|(key, value)| (key.to_owned(), value)));
}

/// Every value with its origin.
pub(super) fn provenance(config: &Config, settings: &Settings, edition: &Edition, plan: &mut Plan) {
    let name = |site: usize| {
        let site = settings.sites[site];
        let name = plan.topology.regions.get(site.region).map_or("?", |region| &region.name);
        if site.initial { name.to_owned() } else { format!("({name})") }
    };
    let replicas: Vec<String> = settings.of(0).map(name).collect();
    let (t, dns, probing) = (&settings.transfers, &settings.dns, &settings.probing);
    let (client, text, probe) = (&config.client, &config.dns, &config.probe);
    let base: Vec<String> = settings.recipe.base.iter().map(|bytes| format!("{bytes} B")).collect();
    let rows = [
        ("tier", TIERS[settings.tier].to_owned(), config.tier.is_some(), "default"),
        ("replicas", replicas.join(", "), config.replicas.is_some(), "default"),
        ("base-layers", base.join(", "), config.base_layers.is_some(), "assumed"),
        ("base-images", settings.recipe.families.to_string(), config.base_images.is_some(), "default"),
        ("own-layers", settings.recipe.own.to_string(), config.own_layers.is_some(), "assumed"),
        ("first-images", format!("{} B", settings.recipe.first), config.first_images.is_some(), "assumed"),
        ("dns.ttl", dns.ttl.to_string(), text.ttl.is_some(), "edition"),
        ("dns.client-cache", dns.client_cache.to_string(), text.client_cache.is_some(), "default"),
        ("dns.resolvers", dns.resolvers.to_string(), text.resolvers.is_some(), "default"),
        ("dns.noise", dns.noise.to_string(), text.noise.is_some(), "assumed"),
        ("dns.refresh", dns.refresh.to_string(), text.refresh.is_some(), "assumed"),
        ("probe.interval", probing.interval.to_string(), probe.interval.is_some(), "edition"),
        ("probe.tolerated", probing.tolerated.to_string(), probe.tolerated.is_some(), "edition"),
        ("probe.timeout", probing.timeout.to_string(), probe.timeout.is_some(), "edition"),
        ("probe.places", settings.nodes.probes.len().to_string(), probe.places.is_some(), "default"),
        ("client.chunk", format!("{} B", t.chunk), client.chunk.is_some(), "assumed"),
        ("client.window", t.window.to_string(), client.window.is_some(), "assumed"),
        ("client.uploads", t.uploads.to_string(), client.uploads.is_some(), "docker's default"),
        ("client.downloads", t.downloads.to_string(), client.downloads.is_some(), "docker's default"),
        ("client.tries", t.tries.to_string(), client.tries.is_some(), "docker's default"),
        ("client.push-attempts", t.push_attempts.to_string(), client.push_attempts.is_some(), "default"),
        ("client.timeout", t.timeout.to_string(), client.timeout.is_some(), "assumed"),
        ("client.pause", t.pause.to_string(), client.pause.is_some(), "assumed"),
        ("client.layer-cache", t.layer_cache.to_string(), client.layer_cache.is_some(), "default"),
        ("data-endpoints", settings.data_endpoints.to_string(), config.data_endpoints.is_some(), "default"),
        ("most-held", settings.most_held.to_string(), config.most_held.is_some(), "assumed"),
        ("offer-every", settings.offer_every.to_string(), config.offer_every.is_some(), "assumed"),
        ("compare-every", settings.compare_every.to_string(), config.compare_every.is_some(), "assumed"),
    ];
    plan.provenance.extend(rows.map(|(key, value, given, otherwise)| Provenance {
        key: format!("system.container-registry.{key}"),
        value,
        origin: if given { "scenario" } else { otherwise }.to_owned(),
    }));
    let year = &config.edition.value;
    plan.provenance.extend(edition.parameters().map(|(key, value, parameter)| Provenance {
        key: format!("system.container-registry.edition.{key}"),
        value,
        origin: format!("edition {year}, {}: {}", parameter.confidence, parameter.source),
    }));
}
