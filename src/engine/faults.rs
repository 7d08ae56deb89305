//! Faults: which nodes a scope means, and what state overlapping faults leave a node in.

pub(crate) mod bind;
pub(crate) mod health;

use crate::base::ids::{FaultId, IdVec, NodeId};
use crate::base::time::SimTime;
use crate::model::fault::Fault;

/// One side of a fault. At equal times a fault's onset comes before its end, so that one of no length is over at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edge {
    /// The onset.
    Begins,
    /// The end.
    Ends,
}

/// One fault of the plan, or one begun by hand.
#[derive(Clone, Debug)]
pub(crate) struct FaultState {
    /// As planned.
    pub fault: Fault,
    /// When it began.
    pub begun: Option<SimTime>,
    /// Whether it is over.
    pub ended: bool,
    /// The nodes it was bound to at onset, in order.
    pub nodes: Vec<NodeId>,
}

/// All faults of a world.
#[derive(Clone, Debug)]
pub(crate) struct FaultBook {
    /// In order of id.
    pub faults: IdVec<FaultId, FaultState>,
    /// Those that have begun, in order of onset.
    pub begun: Vec<FaultId>,
    /// Temporary faults that have not ended, and others that have not begun.
    pub open: usize,
}

impl FaultBook {
    /// The plan's faults, none of which has begun.
    pub fn new(faults: &IdVec<FaultId, Fault>) -> Self {
        let faults: IdVec<FaultId, FaultState> =
            faults.iter().map(|(_, fault)| FaultState::new(fault.clone())).collect();
        FaultBook { open: faults.len(), faults, begun: Vec::new() }
    }

    /// Adds a fault.
    pub fn add(&mut self, fault: Fault) -> FaultId {
        self.open += 1;
        self.faults.push(FaultState::new(fault))
    }

    /// Notes an onset; false if the fault had begun before.
    pub fn begin(&mut self, id: FaultId, now: SimTime) -> bool {
        let Some(state) = self.faults.get(id) else { return false };
        if state.begun.is_some() || state.ended {
            return false;
        }
        if state.fault.lasts.is_none() {
            self.open -= 1;
        }
        self.faults[id].begun = Some(now);
        self.begun.push(id);
        true
    }

    /// Notes an end; false if the fault is not open.
    pub fn end(&mut self, id: FaultId) -> bool {
        let Some(state) = self.faults.get(id) else { return false };
        if state.begun.is_none() || state.ended {
            return false;
        }
        if state.fault.lasts.is_some() {
            self.open -= 1;
        }
        self.faults[id].ended = true;
        true
    }

    /// Whether a fault has begun and not ended.
    pub fn is_open(&self, id: FaultId) -> bool {
        self.faults.get(id).is_some_and(|state| state.begun.is_some() && !state.ended)
    }

    /// The last fault to begin whose scope has a node that `hit` approves of, else the last to begin.
    pub fn last_on(&self, mut hit: impl FnMut(&Fault, NodeId) -> bool) -> Option<FaultId> {
        let mut struck = |state: &FaultState| state.nodes.iter().any(|n| hit(&state.fault, *n));
        let blamed = self.begun.iter().rev().find(|id| struck(&self.faults[**id]));
        blamed.or(self.begun.last()).copied()
    }
}

impl FaultState {
    fn new(fault: Fault) -> Self {
        FaultState { fault, begun: None, ended: false, nodes: Vec::new() }
    }
}
