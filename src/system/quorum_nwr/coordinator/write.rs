//! Writing: W acknowledgements, hints for those that stay silent.

use super::{Coordinator, Cx, Open, Stage, current, tag};
use crate::algorithm::conflict::Candidate;
use crate::algorithm::siblings::Version;
use crate::model::operation::Position;
use crate::system::quorum_nwr::disk::{Value, Values};
use crate::system::quorum_nwr::message::{End, Msg, Tag};
use crate::system::quorum_nwr::mutation::Mutation;
use std::collections::BTreeSet;

/// A write under way, or the last part of a read that blocks.
#[derive(Clone, Debug)]
pub(super) struct Write {
    versions: Values,
    /// What the client is told.
    end: End,
    /// Places whose replica has it.
    stored: BTreeSet<u32>,
    /// Places for which another node keeps a hint.
    hinted: BTreeSet<u32>,
}

impl Write {
    /// A client's write.
    pub(super) fn new(versions: Values, position: Position) -> Self {
        Write { versions, end: End::Written(position), stored: BTreeSet::new(), hinted: BTreeSet::new() }
    }

    /// A read that ends once W places have what it returns; these have it already.
    pub(super) fn back(versions: Values, stored: BTreeSet<u32>) -> Self {
        let end = End::Found(current(&versions));
        Write { versions, end, stored, hinted: BTreeSet::new() }
    }
}

impl Coordinator {
    /// Sends the write to every replica that is not known to have it.
    pub(super) fn write(&mut self, mut open: Open, cx: Cx) {
        let request = self.number(cx);
        let (list, now) = (self.list(open.partition), cx.monotonic());
        let Stage::Write(write) = open.stage.clone() else { return };
        let homes = list.homes.iter().enumerate();
        for (place, home) in homes.filter(|(place, _)| !write.stored.contains(&(*place as u32))) {
            cx.send(*home, Msg::Store(tag(request, place, None), open.key, write.versions.clone()));
            if self.settings.hints
                && self.is_silent(*home, now)
                && let Some(other) = self.stand_in(&mut open, &list, now)
            {
                let tag = tag(request, place, Some(*home));
                cx.send(other, Msg::Store(tag, open.key, write.versions.clone()));
            }
        }
        self.wait(request, cx);
        self.open.insert(request, open);
        self.count(request, cx);
    }

    /// A node has it.
    pub(super) fn stored(&mut self, tag: Tag, cx: Cx) {
        let Some(Open { stage: Stage::Write(write), .. }) = self.open.get_mut(&tag.request) else { return };
        let places = if tag.home.is_some() { &mut write.hinted } else { &mut write.stored };
        places.insert(tag.place);
        self.count(tag.request, cx);
    }

    /// Tells the client once W places have it, and ends once all have.
    fn count(&mut self, request: u64, cx: Cx) {
        let Some(mut open) = self.open.remove(&request) else { return };
        let Stage::Write(write) = &open.stage else { return };
        let settings = &self.settings;
        let covered = write.stored.union(&write.hinted).count();
        let counts_hints = settings.sloppy || settings.without(Mutation::CountHints);
        let counted = if counts_hints { covered } else { write.stored.len() };
        let wanted = match settings.without(Mutation::AckAfterFirst) {
            true => 1,
            false => settings.write_quorum as usize,
        };
        let all = covered >= settings.replicas() as usize;
        if !open.told && counted >= wanted {
            open.told = true;
            let end = write.end.clone();
            self.tell(&open, end, cx);
        }
        match open.told && all {
            true => self.close(request, cx),
            false => _ = self.open.insert(request, open),
        }
    }

    /// Replicas stay silent: others keep hints for them, and until the client has its answer they are asked again.
    pub(super) fn write_again(&mut self, request: u64, mut open: Open, cx: Cx) {
        let (list, now) = (self.list(open.partition), cx.monotonic());
        let Stage::Write(write) = open.stage.clone() else { return };
        let mut asked = !open.told;
        let homes = list.homes.iter().enumerate();
        for (place, home) in homes.filter(|(place, _)| !write.stored.contains(&(*place as u32))) {
            self.suspect(*home, cx);
            if !open.told {
                cx.send(*home, Msg::Store(tag(request, place, None), open.key, write.versions.clone()));
            }
            let kept = write.hinted.contains(&(place as u32)) || !self.settings.hints;
            if !kept && let Some(other) = self.stand_in(&mut open, &list, now) {
                asked = true;
                let tag = tag(request, place, Some(*home));
                cx.send(other, Msg::Store(tag, open.key, write.versions.clone()));
            }
        }
        if asked {
            self.wait(request, cx);
            self.open.insert(request, open);
        }
    }

    /// With version vectors: the context of a write is known; the version that replaces all of it is made and written. Its
    /// number comes from the steady clock, which goes on when a disk is lost, so that no number is given twice; and it
    /// travels with all that this node keeps of the key, so that whoever has it has, or has replaced, all earlier ones.
    pub(super) fn replace(&mut self, mut open: Open, value: Value, mut seen: Values, cx: Cx) {
        let (rule, key) = (self.settings.rule, open.key);
        let mut kept = cx.disk().get(key).cloned().unwrap_or_default();
        if let Some(own) = self.own.get(&key) {
            kept.merge(own, rule);
        }
        if !self.settings.without(Mutation::SkipContext) {
            seen.merge(&kept, rule);
        }
        let highest = seen.current().map_or(0, |version| version.made.stamp);
        let (stamp, seq) = (cx.now().0.max(highest + 1), self.number(cx));
        let made = Candidate { stamp, origin: cx.me().0, seq, delete: false, seen: seen.context() };
        let version = Version { value, made };
        let position = self.settings.position(&version);
        kept.merge(&seen, rule);
        kept.merge(&Values::one(version), rule);
        self.own.insert(key, kept.clone());
        open.stage = Stage::Write(Write::new(kept, position));
        open.next_fallback = 0;
        self.write(open, cx);
    }
}
