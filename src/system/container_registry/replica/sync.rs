//! A replica that has nothing copies everything, and only then serves (ACR-7); and replicas compare what they have, for
//! what a third one that is gone had told only some of them.

use super::fetch::Why;
use super::{Replica, Sync, Waiting};
use crate::base::time::Span;
use crate::system::container_registry::Cx;
use crate::system::container_registry::content::{Blob, Layer};
use crate::system::container_registry::disk::{Image, Record, State};
use crate::system::container_registry::message::Msg;
use crate::system::container_registry::mutation::Mutation;
use crate::system::container_registry::settings::{Directory, Settings};
use crate::system::container_registry::timer::Timer;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

impl Replica {
    /// There is nothing here, and should be: it begins under a name of its own, since the others have seen events of the
    /// old one that are not here any more.
    pub(super) fn begin(&mut self, cx: Cx) {
        if self.sync.is_some() {
            return;
        }
        let drawn = Settings::DRAWN_NAMES + (cx.random("name").bits() >> 34) as u32;
        let keeps = self.settings.without(Mutation::KeepName);
        let name = if keeps { Settings::first_name(self.site) } else { drawn };
        self.persist(Record::Begin(name), Waiting::Nothing, cx);
        self.own = 0;
        if self.settings.without(Mutation::ReadyAtOnce) {
            cx.send(self.directory.traffic_manager, Msg::Ready(self.site, true));
        }
        self.start(0, cx);
    }

    fn start(&mut self, tries: usize, cx: Cx) {
        let from = self.source(tries, cx);
        self.sync = from.map(|from| Sync { from, image: None, left: VecDeque::new(), tries });
        self.work(cx);
        match from {
            Some(from) => {
                cx.send(Directory::site(from), Msg::Wanted);
                cx.set_timer(Timer::Sync, self.settings.offer_every);
            }
            // The only replica there is has nothing to copy.
            None => self.persist(Record::Ready, Waiting::Ready, cx),
        }
    }

    /// The other replicas by turns, the nearest first.
    fn source(&self, tries: usize, cx: Cx) -> Option<usize> {
        let here = self.settings.sites[self.site].region;
        let distance = |site: &usize| self.settings.latency.get(&here).map_or(0.0, |row| row[*site]);
        let mut others = self.others(cx.disk());
        others.retain(|site| !self.nothing.contains(site));
        others.sort_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.cmp(b)));
        others.get(tries % others.len().max(1)).copied()
    }

    /// Goes on with copying, or begins it, if it is to be done and nothing is under way.
    pub(super) fn resume(&mut self, cx: Cx) {
        let (state, member) = (cx.disk().state, self.is_member(cx.disk()));
        match (state, member, &self.sync) {
            (State::Absent, true, None) => self.begin(cx),
            (State::Syncing, true, None) => self.start(0, cx),
            (State::Syncing | State::Absent, true, Some(sync)) if sync.image.is_none() => {
                let tries = sync.tries + 1;
                self.start(tries, cx);
            }
            (State::Ready, true, _) => {
                self.take_tier(cx);
                self.offer_all(cx);
            }
            (_, false, _) => self.leave(cx),
            _ => {}
        }
    }

    /// Another replica wants everything.
    pub(super) fn on_wanted(&mut self, site: usize, cx: Cx) {
        let image = match cx.disk().state {
            State::Ready => cx.disk().image.clone(),
            State::Syncing => Image::default(),
            State::Absent => return,
        };
        cx.send(Directory::site(site), Msg::Image(Arc::new(image), false));
    }

    /// Everything that another replica has.
    pub(super) fn on_image(&mut self, site: usize, image: Arc<Image>, had: bool, cx: Cx) {
        let disk = cx.disk();
        if image.seen.is_empty() && image.manifests.is_empty() {
            if disk.state == State::Syncing {
                self.nothing.insert(site);
                self.sync = None;
                self.start(0, cx);
            }
            return;
        }
        let asked = self.sync.as_ref().is_some_and(|sync| sync.from == site && sync.image.is_none());
        let idle = self.sync.is_none() && disk.state == State::Ready;
        if !asked && !idle {
            return;
        }
        self.nothing.clear();
        cx.cancel_timer(Timer::Sync);
        let blobs = image.blobs.iter().filter(|(blob, _)| !disk.has(blob));
        let layers = blobs.map(|(blob, bytes)| Layer { blob: *blob, bytes: *bytes });
        let (here, left): (Vec<Layer>, Vec<Layer>) =
            layers.partition(|layer| had && matches!(layer.blob, Blob::Left(..)));
        for layer in here {
            self.persist(Record::Blob(layer.blob, layer.bytes), Waiting::Nothing, cx);
        }
        let tries = self.sync.as_ref().map_or(0, |sync| sync.tries);
        self.sync = Some(Sync { from: site, image: Some(image), left: left.into(), tries });
        self.work(cx);
        self.go_on_copying(cx);
    }

    /// Fetches further layers, or takes everything in once all are here.
    pub(super) fn go_on_copying(&mut self, cx: Cx) {
        while self.fetching(Why::Sync) < self.settings.transfers.downloads {
            let Some(sync) = &mut self.sync else { return };
            let Some(layer) = sync.left.pop_front() else { break };
            let from = sync.from;
            self.fetch(Why::Sync, from, layer, cx);
        }
        if self.fetching(Why::Sync) > 0 {
            return;
        }
        let Some(image) = self.sync.as_ref().and_then(|sync| sync.image.clone()) else { return };
        let stamps = image.tags.values().map(|tagged| tagged.version.stamp);
        self.stamp = stamps.max().unwrap_or(0).max(self.stamp);
        self.sync = None;
        self.persist(Record::Merge(image), Waiting::Nothing, cx);
        match cx.disk().state {
            State::Ready => self.work(cx),
            _ => self.persist(Record::Ready, Waiting::Ready, cx),
        }
    }

    /// Everything is here: it serves.
    pub(super) fn on_ready(&mut self, cx: Cx) {
        self.sync = None;
        self.own = cx.disk().last_own();
        self.work(cx);
        cx.send(self.directory.traffic_manager, Msg::Ready(self.site, true));
        self.ask_all(cx);
    }

    pub(super) fn compare_later(&self, cx: Cx) {
        let phase = cx.random("phase").uniform();
        cx.set_timer(Timer::Compare, self.settings.compare_every.scale(phase).max(Span::millis(1)));
    }

    /// Tells the others what is here, and what is being taken in.
    pub(super) fn compare(&mut self, cx: Cx) {
        cx.set_timer(Timer::Compare, self.settings.compare_every);
        self.make_up(cx);
        if cx.disk().state != State::Ready || self.settings.without(Mutation::NeverCompare) {
            return;
        }
        let seen: Arc<BTreeMap<u32, u64>> = Arc::new(cx.disk().image.seen.clone());
        let inboxes = self.inboxes.values().filter(|inbox| inbox.job.is_some());
        let active: Arc<[u32]> = inboxes.map(|inbox| inbox.name).collect();
        for site in self.others(cx.disk()) {
            cx.send(Directory::site(site), Msg::Have(seen.clone(), active.clone()));
        }
    }

    /// Another replica lacks events of a third one, and was no further the last time: it is given everything.
    pub(super) fn on_have(&mut self, site: usize, seen: &BTreeMap<u32, u64>, active: &[u32], cx: Cx) {
        if cx.disk().state != State::Ready {
            return;
        }
        let (mine, me): (&BTreeMap<u32, u64>, u32) = (&cx.disk().image.seen, cx.disk().name);
        let mut stuck = false;
        for (name, number) in mine.iter().filter(|(name, _)| **name != me && !active.contains(name)) {
            let theirs = seen.get(name).copied().unwrap_or(0);
            let before = self.compared.insert((site, *name), theirs);
            stuck |= theirs < *number && before == Some(theirs);
        }
        if stuck {
            let had = self.peers.get(&site).is_some_and(|peer| peer.kept_up);
            cx.send(Directory::site(site), Msg::Image(Arc::new(cx.disk().image.clone()), had));
        }
    }
}
