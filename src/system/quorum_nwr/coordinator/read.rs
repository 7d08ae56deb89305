//! Reading: R answers, and what to do about replicas that are behind.

use super::write::Write;
use super::{Coordinator, Cx, Open, Stage, current, tag};
use crate::algorithm::siblings::Version;
use crate::system::quorum_nwr::disk::{Value, Values};
use crate::system::quorum_nwr::message::{End, Msg, Tag};
use crate::system::quorum_nwr::mutation::Mutation;
use crate::system::quorum_nwr::timer::Timer;
use std::collections::{BTreeMap, BTreeSet};

/// A read under way.
#[derive(Clone, Debug)]
pub(super) struct Read {
    quorum: u32,
    /// It finds the context of this write.
    context_of: Option<Value>,
    /// What the nodes that answered have, by place.
    found: BTreeMap<u32, Values>,
}

impl Read {
    pub(super) fn new(quorum: u32, context_of: Option<Value>) -> Self {
        Read { quorum, context_of, found: BTreeMap::new() }
    }
}

impl Coordinator {
    /// Asks every replica, and in sloppy quorums others in place of the silent ones.
    pub(super) fn read(&mut self, mut open: Open, cx: Cx) {
        let request = self.number(cx);
        let (list, now) = (self.list(open.partition), cx.monotonic());
        for (place, home) in list.homes.iter().enumerate() {
            cx.send(*home, Msg::Fetch(tag(request, place, None), open.key));
            if self.settings.sloppy
                && self.is_silent(*home, now)
                && let Some(other) = self.stand_in(&mut open, &list, now)
            {
                cx.send(other, Msg::Fetch(tag(request, place, Some(*home)), open.key));
            }
        }
        self.wait(request, cx);
        self.open.insert(request, open);
    }

    /// A node answered.
    pub(super) fn found(&mut self, tag: Tag, versions: Values, cx: Cx) {
        let (rule, replicas) = (self.settings.rule, self.settings.replicas() as usize);
        let Some(mut open) = self.open.remove(&tag.request) else { return };
        let Stage::Read(read) = &mut open.stage else {
            self.open.insert(tag.request, open);
            return;
        };
        read.found.entry(tag.place).or_default().merge(&versions, rule);
        let wanted = match self.settings.without(Mutation::AnswerAfterFirst) {
            true => 1,
            false => read.quorum as usize,
        };
        if !open.told && read.found.len() >= wanted {
            let merged = self.merged(read);
            if let Some(value) = read.context_of {
                cx.cancel_timer(Timer::Silence(tag.request));
                return self.replace(open, value, merged, cx);
            }
            if self.settings.blocking && read.quorum > 1 {
                cx.cancel_timer(Timer::Silence(tag.request));
                return self.write_back(open, merged, cx);
            }
            open.told = true;
            self.tell(&open, End::Found(current(&merged)), cx);
        }
        let Stage::Read(read) = &open.stage else { return };
        if open.told && (read.found.len() >= replicas || !self.settings.repair) {
            let read = read.clone();
            self.repair(&open, &read, cx);
            return self.close(tag.request, cx);
        }
        self.open.insert(tag.request, open);
    }

    fn merged(&self, read: &Read) -> Values {
        let mut merged = Values::default();
        read.found.values().for_each(|versions| _ = merged.merge(versions, self.settings.rule));
        merged
    }

    /// Before the client is told what was found, W replicas must have it: then no later read returns less.
    fn write_back(&mut self, mut open: Open, merged: Values, cx: Cx) {
        let Stage::Read(read) = &open.stage else { return };
        let rule = self.settings.rule;
        let have = read.found.iter().filter(|(_, versions)| versions.covers(&merged, rule));
        let have: BTreeSet<u32> = have.map(|(place, _)| *place).collect();
        if merged.is_empty()
            || have.len() >= self.settings.write_quorum as usize
            || self.settings.without(Mutation::SkipWriteBack)
        {
            return self.tell(&open, End::Found(current(&merged)), cx);
        }
        open.stage = Stage::Write(Write::back(merged, have));
        self.write(open, cx);
    }

    /// Gives the replicas that answered what they miss.
    fn repair(&mut self, open: &Open, read: &Read, cx: Cx) {
        if !self.settings.repair {
            return;
        }
        let rule = self.settings.rule;
        let mut merged = self.merged(read);
        let stale = |versions: &Values| !versions.covers(&merged, rule);
        let mut stale: Vec<u32> =
            read.found.iter().filter(|(_, v)| stale(v)).map(|(place, _)| *place).collect();
        if self.settings.without(Mutation::RepairWithOldest) && !stale.is_empty() {
            merged = self.oldest(read, &merged);
            stale = (0..self.settings.replicas()).collect();
        }
        let list = self.list(open.partition);
        for place in stale {
            // Nobody waits for it: the request's number is that of none.
            if let Some(home) = list.homes.get(place as usize) {
                cx.send(*home, Msg::Store(tag(0, place as usize, None), open.key, merged.clone()));
            }
        }
    }

    /// What a repair must not do: the oldest value found, stamped as the newest.
    fn oldest(&self, read: &Read, newest: &Values) -> Values {
        let stalest = read.found.values().filter_map(|v| v.current()).min_by_key(|v| v.rank());
        let (Some(old), Some(new)) = (stalest, newest.current()) else { return newest.clone() };
        let mut made = new.made.clone();
        (made.stamp, made.seq, made.seen) = (made.stamp + 1, made.seq + 1, newest.context());
        Values::one(Version { value: old.value, made })
    }

    /// Too few have answered: they are taken for silent and asked again, and others in their place.
    pub(super) fn read_again(&mut self, request: u64, mut open: Open, cx: Cx) {
        let Stage::Read(read) = open.stage.clone() else { return };
        let (list, now) = (self.list(open.partition), cx.monotonic());
        for (place, home) in list.homes.iter().enumerate() {
            if read.found.contains_key(&(place as u32)) {
                continue;
            }
            self.suspect(*home, cx);
            if open.told {
                continue;
            }
            cx.send(*home, Msg::Fetch(tag(request, place, None), open.key));
            if self.settings.sloppy
                && let Some(other) = self.stand_in(&mut open, &list, now)
            {
                cx.send(other, Msg::Fetch(tag(request, place, Some(*home)), open.key));
            }
        }
        if open.told {
            return self.repair(&open, &read, cx);
        }
        self.wait(request, cx);
        self.open.insert(request, open);
    }
}
