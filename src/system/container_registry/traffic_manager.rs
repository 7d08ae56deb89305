//! Traffic Manager: it answers each resolver with the healthy endpoint that its latency table says is nearest (ACR-3, ACR-4).

use super::Cx;
use super::disk::Members;
use super::message::Msg;
use super::mutation::Mutation;
use super::settings::{Directory, Settings};
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Traffic Manager.
#[derive(Clone, Debug)]
pub struct TrafficManager {
    settings: Arc<Settings>,
    members: Option<Members>,
    ready: BTreeSet<usize>,
    /// What each probe found of each site, and when it said so.
    reports: BTreeMap<(ActorId, usize), (SimTime, bool)>,
    degraded: BTreeSet<usize>,
    /// The latency table: of each resolver, when it was measured, and the seconds to each site.
    table: BTreeMap<ActorId, (SimTime, Vec<f64>)>,
    /// The region of each resolver.
    places: BTreeMap<ActorId, RegionId>,
}

impl TrafficManager {
    /// One that takes all endpoints for healthy.
    pub fn new(settings: Arc<Settings>, directory: &Directory) -> Self {
        let initial = settings.sites.iter().enumerate().filter(|(_, site)| site.initial);
        let at = |client: &RegionId| settings.dns.resolvers_at.get(client).copied().unwrap_or(*client);
        let places = directory.resolvers.iter();
        let places = places.flat_map(|(client, ids)| ids.iter().map(move |id| (*id, client)));
        TrafficManager {
            ready: initial.map(|(site, _)| site).collect(),
            places: places.map(|(id, client)| (id, at(client))).collect(),
            members: None,
            reports: BTreeMap::new(),
            degraded: BTreeSet::new(),
            table: BTreeMap::new(),
            settings,
        }
    }

    /// Endpoints that are taken for degraded.
    pub fn degraded(&self) -> &BTreeSet<usize> {
        &self.degraded
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Query(registry) => {
                let sites = self.answer(from, registry, cx);
                cx.send(from, Msg::Answer(registry, sites, self.settings.dns.ttl));
            }
            Msg::Report(found) => {
                for (site, up) in found.iter() {
                    self.reports.insert((from, *site), (cx.monotonic(), *up));
                    self.judge(*site, cx);
                }
            }
            Msg::Members(members)
                if self.members.as_ref().is_none_or(|known| known.version < members.version) =>
            {
                self.ready.retain(|site| members.sites.contains(site));
                self.members = Some(*members);
            }
            Msg::Ready(site, true) => _ = self.ready.insert(site),
            Msg::Ready(site, false) => _ = self.ready.remove(&site),
            _ => {}
        }
    }

    /// Most of the probes that reported lately decide.
    fn judge(&mut self, site: usize, cx: Cx) {
        let (now, rule) = (cx.monotonic(), self.settings.probing);
        let fresh = rule.interval.scale(2.0) + rule.timeout + Span::secs(1);
        let votes = self.reports.iter().filter(|((_, of), (at, _))| *of == site && now.since(*at) <= fresh);
        let (mut up, mut down) = (0, 0);
        votes.for_each(|(_, (_, found))| *(if *found { &mut up } else { &mut down }) += 1);
        let degraded = down > up;
        if degraded == self.degraded.contains(&site) {
            return;
        }
        let name = self.settings.name(site).map_or("?", |name| name.slug);
        if degraded {
            self.degraded.insert(site);
            cx.change(Change::Detected { what: format!("endpoint {name} is degraded"), partition: None });
        } else {
            self.degraded.remove(&site);
            cx.change(Change::Detected { what: format!("endpoint {name} is online"), partition: None });
        }
    }

    /// The healthy endpoint nearest to a resolver; if none is healthy, all of them.
    fn answer(&mut self, resolver: ActorId, registry: usize, cx: Cx) -> Arc<[usize]> {
        let row = self.row(resolver, cx);
        let unrouted = self.members.as_ref().map(|members| &members.unrouted);
        let off = |site: &usize| match unrouted {
            Some(unrouted) => unrouted.contains(site),
            None => self.settings.unrouted.contains(site),
        };
        let mut sites: Vec<usize> = self.settings.of(registry).collect();
        sites.retain(|site| self.ready.contains(site) && !off(site));
        sites.sort_by(|a, b| row[*a].total_cmp(&row[*b]).then(a.cmp(b)));
        if self.settings.without(Mutation::PullFromFirst) {
            sites.sort_unstable();
        }
        match sites.iter().find(|site| !self.degraded.contains(site)) {
            Some(best) => [*best].into(),
            None if self.settings.without(Mutation::FailClosed) => [].into(),
            None => sites.into(),
        }
    }

    /// The latency table's row of a resolver, measured again once it has grown old.
    fn row(&mut self, resolver: ActorId, cx: Cx) -> Vec<f64> {
        let (now, dns) = (cx.monotonic(), &self.settings.dns);
        if let Some((_, row)) = self.table.get(&resolver).filter(|(at, _)| now.since(*at) < dns.refresh) {
            return row.clone();
        }
        let place = self.places.get(&resolver).copied().unwrap_or_default();
        let base = self.settings.latency.get(&place).cloned();
        let base = base.unwrap_or_else(|| vec![0.0; self.settings.sites.len()]);
        let row: Vec<f64> = base.iter().map(|s| s * dns.noise.sample(cx.random("latency table"))).collect();
        self.table.insert(resolver, (now, row.clone()));
        row
    }
}
