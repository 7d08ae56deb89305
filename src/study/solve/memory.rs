//! Windows that were simulated before are not simulated again.

use crate::base::digest::{Digest, text_hash};
use crate::engine::record::FaultSite;
use crate::model::fault::Fault;
use crate::study::outcome::Outcome;
use crate::study::world::{Window, World};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A world that remembers the outcomes of its windows, without their findings.
pub struct Memory<'a> {
    world: &'a dyn World,
    known: Mutex<BTreeMap<Name, Outcome>>,
}

/// All that a window depends on, in one scenario: its mode, its key, and when its faults begin and end.
type Name = (Arc<str>, u64, Option<u64>);

impl<'a> Memory<'a> {
    /// Nothing simulated yet.
    pub fn new(world: &'a dyn World) -> Memory<'a> {
        Memory { world, known: Mutex::default() }
    }

    /// How many windows were simulated.
    pub fn simulated(&self) -> u64 {
        self.known().len() as u64
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Name, Outcome>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(window: &Window) -> Name {
    let times = window.cluster.as_ref().map(|cluster| {
        let mut digest = Digest::EMPTY;
        for occurrence in &cluster.occurrences {
            let at = occurrence.at.since(cluster.begins());
            [u64::from(occurrence.hazard.0), occurrence.scope as u64, at.0, occurrence.lasts.0]
                .into_iter()
                .for_each(|word| digest.fold(word));
            for part in &occurrence.faults {
                [text_hash(&part.path), part.after.0, part.lasts.0].iter().for_each(|w| digest.fold(*w));
            }
        }
        digest.value()
    });
    (Arc::clone(&window.mode), window.key, times)
}

impl World for Memory<'_> {
    fn targets(&self) -> Vec<String> {
        self.world.targets()
    }

    fn sites(&self, mode: &str, faults: &[Fault]) -> Vec<FaultSite> {
        self.world.sites(mode, faults)
    }

    fn outcome(&self, window: &Window) -> Outcome {
        let name = name(window);
        if let Some(outcome) = self.known().get(&name) {
            return outcome.clone();
        }
        let outcome = Outcome { findings: None, ..self.world.outcome(window) };
        self.known().insert(name, outcome.clone());
        outcome
    }
}
