//! Faults and actions: what a measure can be put down to.

use crate::base::ids::{ActionId, FaultId, RegionId};
use crate::base::time::SimTime;
use crate::engine::record::{Answer, FaultSite};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cause {
    /// A fault.
    Fault(FaultId),
    /// An operator's action: a planned switch, a change of regions, a drill.
    Action(ActionId),
    /// Nothing that is known: losses that the harness could not put down to a fault.
    Unknown,
}

/// When and where something began, and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Onset {
    /// When it began.
    pub at: SimTime,
    /// When it ended, if it did.
    pub ended: Option<SimTime>,
    /// Class by role: `region(write)`, `zone(leader)`, ...; of an action `action(failover)`.
    pub class: String,
    /// Regions wholly inside a fault's scope.
    pub regions: Vec<RegionId>,
    /// How an action was answered, and when.
    pub answer: Option<(SimTime, Answer)>,
}

/// All onsets of a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Onsets {
    all: BTreeMap<Cause, Onset>,
}

impl Onsets {
    /// A fault began.
    pub fn fault_began(&mut self, fault: FaultId, at: SimTime, site: &FaultSite) {
        let (class, regions) = (site.class.clone(), site.regions.clone());
        let onset = Onset { at, ended: None, class, regions, answer: None };
        self.all.entry(Cause::Fault(fault)).or_insert(onset);
    }

    /// A fault ended.
    pub fn fault_ended(&mut self, fault: FaultId, at: SimTime) {
        if let Some(onset) = self.all.get_mut(&Cause::Fault(fault)) {
            onset.ended = onset.ended.or(Some(at));
        }
    }

    /// An action, labelled as the scenario wrote it, was sent.
    pub fn action_sent(&mut self, action: ActionId, at: SimTime, label: &str) {
        let class = format!("action({})", action_word(label));
        let onset = Onset { at, ended: None, class, regions: Vec::new(), answer: None };
        self.all.entry(Cause::Action(action)).or_insert(onset);
    }

    /// An action was answered.
    pub fn action_answered(&mut self, action: ActionId, at: SimTime, answer: &Answer) {
        if let Some(onset) = self.all.get_mut(&Cause::Action(action)) {
            onset.ended = onset.ended.or(Some(at));
            onset.answer = onset.answer.take().or(Some((at, answer.clone())));
        }
    }

    /// What is known of one.
    pub fn get(&self, cause: Cause) -> Option<&Onset> {
        self.all.get(&cause)
    }

    /// All of them: faults by id, then actions by id.
    pub fn iter(&self) -> impl Iterator<Item = (Cause, &Onset)> {
        self.all.iter().map(|(cause, onset)| (*cause, onset))
    }

    /// Takes in what another world of the same window saw: the same faults and actions.
    pub fn merge(&mut self, other: Onsets) {
        for (cause, theirs) in other.all {
            self.all.entry(cause).or_insert(theirs);
        }
    }
}

/// The first word of an action as the scenario wrote it: `failover` of `failover = { to = "West US" }`.
fn action_word(label: &str) -> &str {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let start = label.find(is_word).unwrap_or(label.len());
    let rest = &label[start..];
    &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_classed_by_its_first_word() {
        assert_eq!(action_word("failover to West US"), "failover");
        assert_eq!(action_word("{ add-region = \"East US\" }"), "add-region");
        assert_eq!(action_word(""), "");
    }
}
