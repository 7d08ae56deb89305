//! What tells two scenarios apart, whatever their files are called.

use crate::base::digest::{Digest, text_hash};
use crate::model::plan::Plan;

impl Plan {
    /// A fingerprint of all that a run depends on: topology, laws, load, faults, hazards, actions, rules of measuring, the
    /// system's own values, the seed. Not in it: names of files and of the scenario, its question, and the SLA tables, which
    /// change no event. Stored results and shards carry it, so that those of another scenario are refused.
    pub fn fingerprint(&self) -> u64 {
        let bare = Plan {
            name: String::new(),
            about: String::new(),
            sla: Vec::new(),
            sla_gate: false,
            provenance: Vec::new(),
            ..self.clone()
        };
        let mut digest = Digest::EMPTY;
        digest.fold(text_hash(&format!("{bare:?}")));
        // The system keeps its configuration to itself, but every value of it is written down here.
        for value in self.provenance.iter().filter(|value| value.key.starts_with("system.")) {
            digest.fold(text_hash(&value.key));
            digest.fold(text_hash(&value.value));
        }
        digest.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::Provenance;

    fn plan(value: &str, origin: &str) -> Plan {
        let key = "system.echo.lease".to_owned();
        let provenance = vec![Provenance { key, value: value.to_owned(), origin: origin.to_owned() }];
        Plan { name: origin.to_owned(), provenance, ..Plan::default() }
    }

    #[test]
    fn contents_are_in_it_and_names_are_not() {
        let here = plan("10s", "here.toml").fingerprint();
        assert_eq!(here, plan("10s", "elsewhere/there.toml").fingerprint());
        assert_ne!(here, plan("11s", "here.toml").fingerprint());
        assert_ne!(here, Plan { seed: 1, ..plan("10s", "here.toml") }.fingerprint());
    }
}
