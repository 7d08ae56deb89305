//! A cache of an address.

use super::{Address, Msg, Resolver, Settings, Timer};
use crate::base::dist::Law;
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use crate::system::lab::Cx;

/// A cache that gets no answer asks again after this long (the usual first time-out of stub resolvers).
const RETRY: Span = Span::secs(5);

/// A cache.
#[derive(Clone, Debug)]
pub struct Cache {
    authority: ActorId,
    ttl: Span,
    lookups: Option<Law>,
    probes: Vec<SimTime>,
    /// The address it has or had last, and when that expires.
    kept: Option<(Address, SimTime)>,
}

impl Cache {
    pub(super) fn new(settings: &Settings, authority: ActorId) -> Self {
        Cache {
            authority,
            ttl: settings.ttl,
            lookups: settings.lookups.clone(),
            probes: settings.probes.clone(),
            kept: None,
        }
    }

    /// The address it gives out, if it has one.
    fn fresh(&self, now: SimTime) -> Option<Address> {
        self.kept.filter(|(_, expires)| now < *expires).map(|(address, _)| address)
    }

    pub(super) fn on_start(&mut self, cx: &mut Cx<'_, Resolver>) {
        let now = cx.monotonic();
        match &self.lookups {
            None => {
                let phase = cx.random("phase").uniform();
                cx.set_timer(Timer::Fetch, self.ttl.scale(phase));
            }
            Some(_) => self.next_lookup(cx),
        }
        for (i, at) in self.probes.iter().enumerate().filter(|(_, at)| **at >= now) {
            cx.set_timer(Timer::Probe(i as u32), at.since(now));
        }
    }

    fn next_lookup(&self, cx: &mut Cx<'_, Resolver>) {
        if let Some(law) = &self.lookups {
            let gap = law.span(cx.random("lookups"));
            cx.set_timer(Timer::Lookup, gap.max(Span(1)));
        }
    }

    fn fetch(&self, cx: &mut Cx<'_, Resolver>) {
        cx.send(self.authority, Msg::Query);
        cx.set_timer(Timer::Fetch, RETRY);
    }

    pub(super) fn learn(&mut self, address: Address, cx: &mut Cx<'_, Resolver>) {
        let now = cx.monotonic();
        if let Some((old, expired)) = self.kept
            && old != address
            && expired > address.since
        {
            let value = expired.since(address.since).seconds();
            cx.change(Change::Observed { what: "remaining-ttl", value });
        }
        self.kept = Some((address, now + self.ttl));
        match self.lookups {
            None => cx.set_timer(Timer::Fetch, self.ttl),
            Some(_) => cx.cancel_timer(Timer::Fetch),
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Resolver>) {
        let fresh = self.fresh(cx.monotonic());
        match timer {
            Timer::Fetch => self.fetch(cx),
            Timer::Lookup => {
                self.next_lookup(cx);
                if fresh.is_none() {
                    self.fetch(cx);
                }
            }
            Timer::Probe(_) => {
                observe("held", fresh.is_some(), cx);
                cx.send(self.authority, Msg::Compare);
            }
        }
    }

    /// What the authority gives out now, to compare with.
    pub(super) fn compare(&self, address: Address, cx: &mut Cx<'_, Resolver>) {
        let old = self.fresh(cx.monotonic()).is_some_and(|kept| kept != address);
        observe("on-old-address", old, cx);
    }
}

fn observe(what: &'static str, is: bool, cx: &mut Cx<'_, Resolver>) {
    cx.change(Change::Observed { what, value: f64::from(u8::from(is)) });
}
