//! Fetching layers from another replica, chunk by chunk.

use super::Replica;
use crate::algorithm::transfer::Transfer;
use crate::base::time::Span;
use crate::engine::record::Change;
use crate::model::operation::Key;
use crate::system::container_registry::Cx;
use crate::system::container_registry::content::{Digest, Layer};
use crate::system::container_registry::disk::{Record, State};
use crate::system::container_registry::message::{Ask, Msg, Reply, Said};
use crate::system::container_registry::replica::Waiting;
use crate::system::container_registry::settings::Directory;
use crate::system::container_registry::timer::Timer;

/// How often chunks are asked for again before a transfer is given up.
const STALLS: u32 = 3;

/// What a layer is fetched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// An event from this site.
    Event(usize),
    /// A copy of everything.
    Sync,
    /// An import.
    Import(u64),
}

/// A layer that is being fetched.
#[derive(Clone, Debug)]
pub(super) struct Fetch {
    pub(super) why: Why,
    from: usize,
    layer: Layer,
    transfer: Transfer,
    stalls: u32,
}

impl Replica {
    /// Begins to fetch a layer.
    pub(super) fn fetch(&mut self, why: Why, from: usize, layer: Layer, cx: Cx) {
        self.calls += 1;
        let transfer = self.transfer(&layer);
        self.fetches.insert(self.calls, Fetch { why, from, layer, transfer, stalls: 0 });
        self.ask_chunks(self.calls, cx);
    }

    /// How many layers are fetched for this.
    pub(super) fn fetching(&self, why: Why) -> usize {
        self.fetches.values().filter(|fetch| fetch.why == why).count()
    }

    fn ask_chunks(&mut self, call: u64, cx: Cx) {
        let Some(fetch) = self.fetches.get_mut(&call) else { return };
        while let Some(offset) = fetch.transfer.next_chunk() {
            let ask = Ask::Get(fetch.layer.blob, offset, fetch.transfer.length(offset));
            cx.send(Directory::site(fetch.from), Msg::Ask(call, ask, true));
        }
        let factor = f64::from(1 << fetch.stalls);
        cx.set_timer(Timer::Call(call), self.settings.transfers.timeout.scale(factor));
    }

    /// A chunk arrived, or will not.
    pub(super) fn on_chunk(&mut self, site: usize, call: u64, reply: Reply, cx: Cx) {
        let Some(fetch) = self.fetches.get_mut(&call).filter(|fetch| fetch.from == site) else { return };
        if reply.said != Said::Ok {
            return self.give_up(call, cx);
        }
        if !fetch.transfer.arrived(reply.offset) {
            return;
        }
        fetch.stalls = 0;
        if !fetch.transfer.is_done() {
            return self.ask_chunks(call, cx);
        }
        let (why, layer) = (fetch.why, fetch.layer);
        self.fetches.remove(&call);
        cx.cancel_timer(Timer::Call(call));
        let region = |site: usize| self.settings.sites[site].region;
        let value = self.settings.costs.egress_usd(region(site), region(self.site), layer.bytes);
        cx.change(Change::Observed { what: "copy-egress-usd", value });
        self.persist(Record::Blob(layer.blob, layer.bytes), Waiting::Nothing, cx);
        match why {
            Why::Event(site) => self.go_on_taking(site, cx),
            Why::Sync => self.go_on_copying(cx),
            Why::Import(id) => self.go_on_importing(id, cx),
        }
    }

    /// Nothing was heard of a transfer.
    pub(super) fn on_stall(&mut self, call: u64, cx: Cx) {
        let Some(fetch) = self.fetches.get_mut(&call) else { return };
        fetch.stalls += 1;
        if fetch.stalls > STALLS {
            return self.give_up(call, cx);
        }
        let (from, blob) = (Directory::site(fetch.from), fetch.layer.blob);
        for offset in fetch.transfer.under_way() {
            cx.send(from, Msg::Ask(call, Ask::Get(blob, offset, fetch.transfer.length(offset)), true));
        }
        self.ask_chunks(call, cx);
    }

    /// The other side is gone, or does not have it: what it was for is begun again later.
    fn give_up(&mut self, call: u64, cx: Cx) {
        let Some(fetch) = self.fetches.remove(&call) else { return };
        self.drop_fetches(fetch.why, cx);
        match fetch.why {
            Why::Event(site) => {
                if let Some(inbox) = self.inboxes.get_mut(&site) {
                    inbox.job = None;
                }
            }
            Why::Sync if cx.disk().state == State::Ready => {
                self.sync = None;
                self.work(cx);
            }
            Why::Sync => {
                if let Some(sync) = &mut self.sync {
                    (sync.image, sync.tries) = (None, sync.tries + 1);
                }
                cx.set_timer(Timer::Sync, Span::secs(1));
            }
            Why::Import(id) => {
                if let Some(import) = self.imports.remove(&id) {
                    let reply = Box::new(Reply::new(Said::Unavailable));
                    cx.send(import.client, Msg::Reply(import.call, reply, false));
                }
            }
        }
    }

    /// Stops all transfers for this.
    pub(super) fn drop_fetches(&mut self, why: Why, cx: Cx) {
        self.fetches.retain(|call, fetch| {
            if fetch.why == why {
                cx.cancel_timer(Timer::Call(*call));
            }
            fetch.why != why
        });
    }

    /// Fetches further layers of an import, or points the tag once all are there.
    pub(super) fn go_on_importing(&mut self, id: u64, cx: Cx) {
        while self.fetching(Why::Import(id)) < self.settings.transfers.downloads {
            let Some(import) = self.imports.get_mut(&id) else { return };
            let Some(layer) = import.left.pop_front() else { break };
            let from = import.from;
            self.fetch(Why::Import(id), from, layer, cx);
        }
        if self.fetching(Why::Import(id)) == 0
            && let Some(import) = self.imports.remove(&id)
            && let Ask::Import(key, digest, bytes) = import.ask
        {
            let imported: (Key, Option<Digest>, u64) = (key, Some(digest), bytes);
            self.point((import.client, import.call), imported, cx);
        }
    }
}
