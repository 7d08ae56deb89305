//! From a decision of the coordinator to a primary: the new one asks how far the others are, and takes what it lacks from the
//! one that is furthest.

use super::{AGAIN, Cx, Held, Kin, Replica, Role};
use crate::base::ids::ActorId;
use crate::system::primary_backup::Mutation;
use crate::system::primary_backup::configuration::{Known, Why};
use crate::system::primary_backup::disk::{self, DiskRecord};
use crate::system::primary_backup::message::{Append, Have, Image, Msg};
use crate::system::primary_backup::timer::Timer;
use std::collections::BTreeMap;

/// What a new primary has heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Survey {
    answers: BTreeMap<usize, Have>,
    /// It has waited for long enough.
    over: bool,
    /// It has asked this one for what it lacks.
    fetching: Option<usize>,
    /// It has all that it needs, or is about to have it on disk.
    complete: bool,
    /// Another was the primary before it.
    pub succeeds: bool,
    /// All replicas had the log up to here under those before it.
    pub everywhere: u64,
}

impl Replica {
    pub(super) fn take_over<S: Kin>(&mut self, succeeds: bool, cx: Cx<S>) {
        cx.cancel_timer(Timer::Silence);
        self.silent_since = None;
        let everywhere = std::mem::take(&mut self.everywhere);
        self.role = Role::New(Box::new(Survey { succeeds, everywhere, ..Survey::default() }));
        if self.known.now.why == Why::Switch {
            // The old primary has seen to it that everything is here.
            self.whole.0 = self.log.last();
        } else if !self.uses_parts() {
            self.cut_off(self.whole.0, cx);
        }
        let alone = self.settings.slots.len() == 1;
        if self.settings.keeps_in_sync() || self.without(Mutation::SkipSurvey) || alone {
            return self.complete(cx);
        }
        self.ask_all(cx);
    }

    fn ask_all<S: Kin>(&mut self, cx: Cx<S>) {
        for (_, who) in self.others() {
            cx.send(who, Msg::Survey(self.known));
        }
        cx.set_timer(Timer::Survey, self.settings.survey);
    }

    /// A new primary asks: from now on this replica follows it, and no older one.
    pub(super) fn on_survey<S: Kin>(&mut self, from: ActorId, known: Known, cx: Cx<S>) {
        if known.now.epoch < self.known.now.epoch {
            return cx.send(from, Msg::Fenced(self.known));
        }
        self.learn(known, cx);
        if matches!(self.role, Role::Backup) {
            self.heard = cx.monotonic();
            self.listen(cx);
            let have = self.have();
            self.promise(from, Msg::Standing(known.now.epoch, Box::new(have)), cx);
        }
    }

    pub(super) fn on_standing<S: Kin>(&mut self, from: ActorId, epoch: u64, have: Have, cx: Cx<S>) {
        let Some(slot) = self.directory.slot(self.partition, from) else { return };
        let Role::New(survey) = &mut self.role else { return };
        if epoch == self.known.now.epoch && survey.fetching.is_none() && !survey.complete {
            survey.answers.insert(slot, have);
            self.consider(cx);
        }
    }

    pub(super) fn survey_again<S: Kin>(&mut self, cx: Cx<S>) {
        let Role::New(survey) = &mut self.role else { return };
        if survey.complete {
            return;
        }
        if survey.fetching.take().is_some() {
            survey.answers.clear();
        }
        survey.over = true;
        self.ask_all(cx);
        self.consider(cx);
    }

    /// Whether it has heard enough, and from whom it takes what it lacks.
    fn consider<S: Kin>(&mut self, cx: Cx<S>) {
        let (own, needed, all) = (self.have(), self.settings.survey_of(), self.settings.slots.len());
        let Role::New(survey) = &mut self.role else { return };
        let members = survey.answers.values().filter(|have| !have.blank).count() + usize::from(self.member);
        let enough = members >= needed.min(all) && (survey.over || survey.answers.len() + 1 >= all);
        if !enough || survey.complete || survey.fetching.is_some() {
            return;
        }
        let others = survey.answers.iter().filter(|(_, have)| !have.blank);
        let best = others.map(|(slot, have)| (have.rank(), std::cmp::Reverse(*slot))).max();
        match best.filter(|(rank, _)| *rank > own.rank()) {
            None => self.complete(cx),
            Some((_, slot)) => {
                survey.fetching = Some(slot.0);
                let epoch = self.known.now.epoch;
                if let Some(who) = self.replica(slot.0) {
                    cx.send(who, Msg::Fetch(epoch, Box::new(own)));
                }
                cx.set_timer(Timer::Survey, AGAIN.max(self.settings.survey) + self.settings.image_takes());
            }
        }
    }

    pub(super) fn on_fetch<S: Kin>(&mut self, from: ActorId, epoch: u64, have: &Have, cx: Cx<S>) {
        if epoch != self.known.now.epoch || !matches!(self.role, Role::Backup) {
            return;
        }
        let last = self.have().last;
        let common = self.log.lineage().divergence(&have.lineage, last, have.last);
        let known = self.known;
        if common < self.log.base() {
            let mut store = self.store.clone();
            disk::fold(&self.log, (self.applied, last), &mut store);
            let (lineage, store) = (self.log.lineage().clone(), std::sync::Arc::new(store));
            let (bytes, whole) = (self.settings.data, self.whole);
            let image = Image {
                known,
                lineage,
                upto: last,
                store,
                whole,
                bytes,
                fetched: true,
                sent: cx.monotonic(),
            };
            return cx.send(from, Msg::Image(Box::new(image)));
        }
        let Some(term) = (if common == 0 { Some(super::Term(0)) } else { self.log.term_of(common) }) else {
            return;
        };
        let mut entries = self.log.range(common + 1, (last - common) as usize);
        entries.iter_mut().for_each(|(_, entry)| entry.offer(false));
        let bytes = entries.iter().map(|(_, entry)| entry.bytes(false)).sum();
        let (prev, whole, everywhere) = ((common, term), self.whole, self.everywhere);
        let suffix = Append { known, prev, entries, whole, everywhere, bytes, sent: cx.monotonic() };
        cx.send(from, Msg::Suffix(Box::new(suffix)));
    }

    fn fetching(&self, known: Known) -> bool {
        matches!(&self.role, Role::New(survey) if survey.fetching.is_some() && !survey.complete)
            && known.now.epoch == self.known.now.epoch
    }

    pub(super) fn on_suffix<S: Kin>(&mut self, suffix: Append, cx: Cx<S>) {
        let Append { known, prev, entries, whole, .. } = suffix;
        if !self.fetching(known) {
            return;
        }
        self.cut_off(prev.0, cx);
        self.log.accept(prev.0, prev.1, &entries);
        self.whole = (self.whole.0.max(whole.0.min(self.log.last())), self.whole.1.max(whole.1));
        self.persist(DiskRecord::Append(prev, entries, self.whole), cx);
        self.complete(cx);
    }

    pub(super) fn on_fetched<S: Kin>(&mut self, image: Image, cx: Cx<S>) {
        if self.fetching(image.known) {
            self.install(image, cx);
            self.complete(cx);
        }
    }

    /// It has what it needs: once that is on disk, it begins.
    fn complete<S: Kin>(&mut self, cx: Cx<S>) {
        if let Role::New(survey) = &mut self.role {
            survey.complete = true;
        }
        cx.cancel_timer(Timer::Survey);
        if !self.member {
            self.member = true;
            self.persist(DiskRecord::Admitted, cx);
        }
        let epoch = self.known.now.epoch;
        if self.handed <= self.durable {
            return self.on_complete(epoch, cx);
        }
        self.held.push_back((self.handed, Held::Complete(epoch)));
    }

    pub(super) fn on_complete<S: Kin>(&mut self, epoch: u64, cx: Cx<S>) {
        if epoch == self.known.now.epoch && matches!(self.role, Role::New(_)) {
            self.begin_to_lead(cx);
        }
    }
}
