//! A client: it pushes images and pulls them, a few layers at a time, over connections that each look the registry's name
//! up for themselves (ACR-1, ACR-4).

mod dial;
mod errand;
mod job;

use super::Cx;
use super::content::{Blob, Digest};
use super::message::Msg;
use super::settings::{Directory, Settings};
use super::timer::Timer;
use crate::algorithm::dns_cache::DnsCache;
use crate::base::ids::{ActorId, ClientId};
use crate::base::time::SimTime;
use crate::engine::contract::Steady;
use crate::engine::jump::PROBE;
use crate::model::operation::{Key, OpId, Request, WriteId};
use errand::Errand;
use job::Job;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A client process.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    id: ClientId,
    jobs: BTreeMap<OpId, Job>,
    errands: BTreeMap<u64, Errand>,
    calls: u64,
    /// Its own DNS cache, if it has one.
    cache: DnsCache<usize, Arc<[usize]>>,
    /// The resolver that its cache asks.
    upstream: Option<usize>,
    /// Layers that it has.
    layers: BTreeSet<Blob>,
    /// Since when it has the last of those that many images share.
    base_since: SimTime,
    /// The image of each tag that it saw or pushed last: what it pulls by digest.
    pins: BTreeMap<Key, WriteId>,
    /// Where it was sent last, by registry.
    sent_to: BTreeMap<usize, usize>,
}

impl Client {
    /// One that has pulled nothing.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, id: ClientId) -> Self {
        Client {
            settings,
            directory,
            id,
            jobs: BTreeMap::new(),
            errands: BTreeMap::new(),
            calls: 0,
            cache: DnsCache::default(),
            upstream: None,
            layers: BTreeSet::new(),
            base_since: SimTime::ZERO,
            pins: BTreeMap::new(),
            sent_to: BTreeMap::new(),
        }
    }

    /// It would go on as it does now once it pulls what is new in images only.
    pub fn steady(&self, now: SimTime) -> Steady {
        Steady::when(!self.settings.transfers.layer_cache || now.since(self.base_since) >= PROBE * 2)
    }

    /// It has a layer, and keeps it if clients do.
    fn keep_layer(&mut self, blob: Blob, now: SimTime) {
        if self.settings.transfers.layer_cache && self.layers.insert(blob) && matches!(blob, Blob::Base(..)) {
            self.base_since = now;
        }
    }

    pub(super) fn on_invoke(&mut self, request: Request, cx: Cx) {
        let op = request.id;
        cx.set_timer(Timer::Deadline(op), request.patience);
        let job = Job::new(request, self);
        self.jobs.insert(op, job);
        self.go_on(op, cx);
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Resolved(call, sites, ttl) => self.on_resolved(call, sites, ttl, cx),
            Msg::Reply(call, reply, _) => self.on_reply(from, call, *reply, cx),
            _ => {}
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Call(call) => self.on_call_due(call, cx),
            Timer::Deadline(op) => self.out_of_time(op, cx),
            Timer::Again(op) => self.go_on(op, cx),
            _ => {}
        }
    }

    /// The image that it pulls by digest from a tag.
    fn pinned(&self, key: Key, partition: crate::base::ids::PartitionId) -> Digest {
        let once = key.is_once().then(|| WriteId::of_once(partition, key));
        let write = once.or_else(|| self.pins.get(&key).copied()).unwrap_or(WriteId::INITIAL);
        Digest { key, write }
    }
}
