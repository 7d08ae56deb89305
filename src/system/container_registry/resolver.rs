//! A recursive resolver, which keeps answers for their time to live (ACR-3).

use super::Cx;
use super::message::Msg;
use super::mutation::Mutation;
use super::settings::{Directory, Settings};
use crate::algorithm::dns_cache::DnsCache;
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A query that was not answered is made again by the next lookup after this long.
const PATIENCE: Span = Span::secs(2);

/// A resolver.
#[derive(Clone, Debug)]
pub struct Resolver {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    cache: DnsCache<usize, Arc<[usize]>>,
    /// Who waits for which registry's address, and when Traffic Manager was asked.
    waiting: BTreeMap<usize, (SimTime, Vec<(ActorId, u64)>)>,
}

impl Resolver {
    /// One that knows nothing.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Self {
        Resolver { settings, directory, cache: DnsCache::default(), waiting: BTreeMap::new() }
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        let now = cx.monotonic();
        match msg {
            Msg::Lookup(call, registry) => {
                if let Some((sites, left)) = self.cache.get(&registry, now) {
                    return cx.send(from, Msg::Resolved(call, sites.clone(), left));
                }
                let asked = self.waiting.get(&registry).map(|(at, _)| *at);
                let again = asked.is_none_or(|at| now.since(at) >= PATIENCE);
                let (at, who) = self.waiting.entry(registry).or_insert((now, Vec::new()));
                who.push((from, call));
                if again {
                    *at = now;
                    cx.send(self.directory.traffic_manager, Msg::Query(registry));
                }
            }
            Msg::Answer(registry, sites, ttl) => {
                let keeps = self.settings.without(Mutation::IgnoreTtl);
                let ttl = if keeps { Span::hours(1) } else { ttl };
                self.cache.keep(registry, sites.clone(), ttl, now);
                for (who, call) in self.waiting.remove(&registry).map_or(Vec::new(), |(_, who)| who) {
                    cx.send(who, Msg::Resolved(call, sites.clone(), ttl));
                }
            }
            _ => {}
        }
    }
}
