//! Hinted handoff: what was kept for a replica that did not answer goes to it once it does.

use super::{Cx, Replica};
use crate::base::ids::ActorId;
use crate::model::operation::Key;
use crate::system::quorum_nwr::disk::{Record, Values};
use crate::system::quorum_nwr::message::Msg;
use crate::system::quorum_nwr::timer::Timer;
use std::collections::BTreeMap;

/// Hints that are on their way to one node at once.
const AT_ONCE: usize = 32;

impl Replica {
    /// There are hints: they are offered before long.
    pub(super) fn hand_over_soon(&mut self, cx: Cx) {
        if !self.handing {
            self.handing = true;
            cx.set_timer(Timer::HandOver, self.settings.hand_over_every);
        }
    }

    /// Offers the first hints to each node, those that were offered before among them: they, or the answers, may be lost.
    pub(super) fn hand_over(&mut self, cx: Cx) {
        self.offered.clear();
        self.handing = false;
        let mut offers: BTreeMap<ActorId, usize> = BTreeMap::new();
        for ((home, key), versions) in &cx.disk().hints {
            let n = offers.entry(*home).or_default();
            if *n < AT_ONCE {
                *n += 1;
                self.offered.insert((*home, *key));
                cx.send(*home, Msg::HandOver(*key, versions.clone()));
            }
        }
        if !offers.is_empty() {
            self.hand_over_soon(cx);
        }
    }

    /// A node has a hint now: it leaves this disk, and the next one is offered.
    pub(super) fn handed_over(&mut self, home: ActorId, key: Key, versions: Values, cx: Cx) {
        cx.persist(Record::HandedOver(home, key, versions, self.settings.rule));
        let rest = cx.disk().hints.range((home, Key(0))..=(home, Key(u64::MAX)));
        let next = rest.filter(|(place, _)| !self.offered.contains(place)).map(|((_, k), v)| (*k, v.clone()));
        if let Some((key, versions)) = { next }.next() {
            self.offered.insert((home, key));
            cx.send(home, Msg::HandOver(key, versions));
        }
    }
}
