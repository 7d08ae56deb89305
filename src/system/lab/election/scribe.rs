//! The record of one cluster's elections.

use super::{Election, Msg, Term};
use crate::base::ids::ActorId;
use crate::base::time::SimTime;
use crate::engine::record::Change;
use crate::system::lab::{Cx, stage};
use std::collections::BTreeMap;

/// Takes note of candidacies, and reports the first election since each fault.
#[derive(Clone, Debug)]
pub struct Scribe {
    servers: Vec<ActorId>,
    rest: bool,
    onsets: Vec<SimTime>,
    /// Candidacies since the last win, by term.
    candidates: BTreeMap<Term, Vec<SimTime>>,
    /// Wins by term: when, and how often; more than once would break Raft.
    wins: BTreeMap<Term, Vec<SimTime>>,
    /// Onsets whose election has been reported; none while the first election of all is still to come.
    reported: Option<usize>,
}

impl Scribe {
    pub(super) fn new(servers: Vec<ActorId>, onsets: Vec<SimTime>, rest: bool) -> Self {
        let (candidates, wins) = (BTreeMap::new(), BTreeMap::new());
        Scribe { servers, rest, onsets, candidates, wins, reported: None }
    }

    /// How often each term was won.
    pub fn wins(&self) -> impl Iterator<Item = (Term, usize)> {
        self.wins.iter().map(|(term, at)| (*term, at.len()))
    }

    pub(super) fn on_start(&self, cx: &mut Cx<'_, Election>) {
        cx.busy(self.rest);
    }

    pub(super) fn on_message(&mut self, msg: Msg, cx: &mut Cx<'_, Election>) {
        match msg {
            Msg::Candidate(term, at) => self.candidates.entry(term).or_default().push(at),
            Msg::Won(term, at) => {
                self.wins.entry(term).or_default().push(at);
                self.report(term, at, cx);
                self.candidates.clear();
            }
            _ => {}
        }
    }

    fn report(&mut self, won: Term, at: SimTime, cx: &mut Cx<'_, Election>) {
        let Some((first, round)) = self.candidates.first_key_value() else { return };
        let Some(began) = round.iter().copied().min() else { return };
        let (n, onset) = stage::last_onset(&self.onsets, began);
        if self.reported >= Some(n) {
            return;
        }
        self.reported = Some(n);
        let is = |yes: bool| f64::from(u8::from(yes));
        for (what, value) in [
            ("detection-time", began.since(onset).seconds()),
            ("collision", is(round.len() > 1)),
            ("split", is(*first != won)),
            ("rounds", (won.0 - first.0 + 1) as f64),
            ("election-time", at.since(onset).seconds()),
        ] {
            cx.change(Change::Observed { what, value });
        }
        if self.rest && n == self.onsets.len() {
            self.servers.iter().for_each(|to| cx.send(*to, Msg::Rest));
            cx.busy(false);
        }
    }
}
