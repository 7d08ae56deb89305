//! Worlds that note what their windows came to, and worlds that know it already.

use crate::base::digest::text_hash;
use crate::engine::record::FaultSite;
use crate::model::fault::Fault;
use crate::study::outcome::Outcome;
use crate::study::world::{Window, World};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Outcomes by window.
pub type Outcomes = BTreeMap<u64, Outcome>;

/// A fingerprint of all that a window's outcome depends on, within one scenario.
fn fingerprint(window: &Window) -> u64 {
    text_hash(&format!("{window:?}"))
}

/// A world that notes what its windows came to.
pub struct Recording<'a> {
    world: &'a dyn World,
    outcomes: Mutex<Outcomes>,
}

impl<'a> Recording<'a> {
    /// Nothing noted yet.
    pub fn new(world: &'a dyn World) -> Recording<'a> {
        Recording { world, outcomes: Mutex::default() }
    }

    /// Gives what was noted, and begins anew.
    pub fn take(&self) -> Outcomes {
        std::mem::take(&mut *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl World for Recording<'_> {
    fn targets(&self) -> Vec<String> {
        self.world.targets()
    }

    fn sites(&self, mode: &str, faults: &[Fault]) -> Vec<FaultSite> {
        self.world.sites(mode, faults)
    }

    fn outcome(&self, window: &Window) -> Outcome {
        let outcome = self.world.outcome(window);
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.insert(fingerprint(window), outcome.clone());
        outcome
    }
}

/// A world whose windows have all been run.
pub struct Recorded<'a> {
    world: &'a dyn World,
    outcomes: &'a Outcomes,
    missing: Mutex<u64>,
}

impl<'a> Recorded<'a> {
    /// A world with these outcomes; all else is as in `world`, of which no window is run.
    pub fn new(world: &'a dyn World, outcomes: &'a Outcomes) -> Recorded<'a> {
        Recorded { world, outcomes, missing: Mutex::new(0) }
    }

    /// How many windows were asked for that are not there: not 0, and a study of this world means nothing.
    pub fn missing(&self) -> u64 {
        *self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World for Recorded<'_> {
    fn targets(&self) -> Vec<String> {
        self.world.targets()
    }

    fn sites(&self, mode: &str, faults: &[Fault]) -> Vec<FaultSite> {
        self.world.sites(mode, faults)
    }

    fn outcome(&self, window: &Window) -> Outcome {
        self.outcomes.get(&fingerprint(window)).cloned().unwrap_or_else(|| {
            *self.missing.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            Outcome::default()
        })
    }
}
