//! Finding the replica for a connection (ACR-3, ACR-4, ACR-11).

use super::Client;
use super::errand::{Phase, What};
use crate::base::time::Span;
use crate::engine::record::Change;
use crate::system::container_registry::Cx;
use crate::system::container_registry::message::Msg;
use crate::system::container_registry::mutation::Mutation;
use crate::system::container_registry::timer::Timer;
use std::sync::Arc;

impl Client {
    /// Looks up where a connection goes, unless that is known.
    pub(super) fn dial(&mut self, call: u64, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        let (registry, tries) = (errand.registry, errand.tries);
        errand.phase = Phase::Dialling;
        let again = errand.throttled_at;
        let data = self.settings.data_endpoints && !self.settings.without(Mutation::NoDataEndpoint);
        let job = self.jobs.get(&errand.op);
        let endpoint = job.filter(|job| data && !job.pushes()).and_then(|job| job.served);
        let endpoint = endpoint.filter(|_| matches!(errand.what, What::Layer(_)) && tries == 0);
        let stuck =
            self.sent_to.get(&registry).copied().filter(|_| self.settings.without(Mutation::NeverReroute));
        if let Some(site) = again.or(endpoint).or(stuck) {
            return self.connect(call, site, cx);
        }
        let caches = self.caches();
        if let Some(sites) = self.kept(call, cx).filter(|_| caches) {
            return self.choose(call, &sites, cx);
        }
        let home = self.settings.homes.get(&self.id).copied().unwrap_or_default();
        let pool = self.directory.resolvers.get(&home).map_or(&[][..], |pool| pool);
        // A stub resolver asks any of the addresses that it was given; a caching one keeps to the one that answered first.
        let many = pool.len().max(1) as u64;
        let at = match caches {
            true => *self.upstream.get_or_insert_with(|| cx.random("resolver").below(many) as usize),
            false => cx.random("resolver").below(many) as usize,
        };
        if let Some(resolver) = pool.get(at) {
            cx.send(*resolver, Msg::Lookup(call, registry));
        }
        cx.set_timer(Timer::Call(call), self.settings.transfers.timeout);
    }

    /// What a client with a cache knows of a name: what it goes by in the operation under way, or what has not expired.
    fn kept(&mut self, call: u64, cx: Cx) -> Option<Arc<[usize]>> {
        let registry = self.errands.get(&call)?.registry;
        let kept = self.cache.get(&registry, cx.monotonic()).map(|(sites, _)| sites.clone());
        self.held_to(call, kept)
    }

    /// The answer that all connections of an operation go by is the first that was heard for it, until a try fails.
    fn held_to(&mut self, call: u64, heard: Option<Arc<[usize]>>) -> Option<Arc<[usize]>> {
        let errand = self.errands.get(&call)?;
        let (registry, failed) = (errand.registry, errand.tries > 0);
        let job = self.jobs.get_mut(&errand.op)?;
        if failed || job.answer.as_ref().is_none_or(|(of, _)| *of != registry) {
            job.answer = Some((registry, heard?));
        }
        job.answer.as_ref().map(|(_, sites)| sites.clone())
    }

    /// Whether it has a DNS cache of its own.
    fn caches(&self) -> bool {
        self.settings.dns.client_cache && !self.settings.without(Mutation::BypassClientCache)
    }

    pub(super) fn on_resolved(&mut self, call: u64, sites: Arc<[usize]>, ttl: Span, cx: Cx) {
        let Some(errand) = self.errands.get(&call).filter(|errand| errand.phase == Phase::Dialling) else {
            return;
        };
        let mut sites = sites;
        if self.caches() {
            self.cache.keep(errand.registry, sites.clone(), ttl, cx.monotonic());
            // Of several connections that asked at once, all go where the first was sent.
            sites = self.held_to(call, Some(sites.clone())).unwrap_or(sites);
        }
        self.choose(call, &sites, cx);
    }

    /// The first of the sites; another one after each failed try.
    fn choose(&mut self, call: u64, sites: &[usize], cx: Cx) {
        let tries = self.errands.get(&call).map_or(0, |errand| errand.tries) as usize;
        match sites.get(tries % sites.len().max(1)) {
            Some(site) => self.connect(call, *site, cx),
            None => self.fail_try(call, None, cx),
        }
    }

    fn connect(&mut self, call: u64, site: usize, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        errand.site = site;
        let (registry, op) = (errand.registry, errand.op);
        let reroutes = self.sent_to.insert(registry, site) != Some(site);
        if reroutes {
            let region = self.settings.sites[site].region;
            let writes = self.jobs.get(&op).is_some_and(|job| job.pushes());
            cx.change(Change::Rerouted { client: self.id, region, writes });
        }
        self.begin(call, cx);
    }
}
