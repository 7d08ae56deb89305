//! What one shard leaves: which study it is a part of, and what its windows came to.

use crate::base::digest::text_hash;
use crate::model::plan::Plan;
use crate::scenario::Texts;
use crate::study::options::Options;
use crate::study::sampler::{Control, Slot, Study};
use crate::study::shard::Shard;
use crate::study::shard::recorded::{Outcomes, Recording};
use crate::study::world::World as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What must be the same in all shards of a study.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// The seed.
    pub seed: u64,
    /// Windows asked for.
    pub windows: u64,
    /// Years of the skeleton.
    pub years: u64,
    /// Fingerprint of the plan.
    pub plan: u64,
    /// Fingerprint of what changes no window, but the result: name, question and SLA rows.
    pub question: u64,
    /// Windows of the pilot, and their fingerprint: the allocation of the rest follows from them.
    pub pilot: (u64, u64),
}

impl Identity {
    /// That of a study whose pilot has not run.
    pub fn of(plan: &Plan, options: &Options) -> Identity {
        Identity {
            seed: plan.seed,
            windows: options.windows.unwrap_or(0),
            years: options.years_of(plan),
            plan: plan.fingerprint(),
            question: text_hash(&format!("{:?}", (&plan.name, &plan.about, &plan.sla, plan.sla_gate))),
            pilot: (0, 0),
        }
    }

    /// In what another one differs, as a reader would say it; `None` when they are the same.
    pub fn difference(&self, other: &Identity) -> Option<String> {
        let numbers = [
            ("the seed", self.seed, other.seed),
            ("--windows", self.windows, other.windows),
            ("--years", self.years, other.years),
        ];
        let differ = numbers.iter().find(|(_, here, there)| here != there);
        if let Some((what, here, there)) = differ {
            return Some(format!("{what} was {there}, not {here}"));
        }
        let texts = [
            ("it is of another scenario", self.plan != other.plan),
            ("it is of a scenario with another name, question or SLA table", self.question != other.question),
            ("its pilot came to other windows", self.pilot != other.pilot),
        ];
        texts.iter().find(|(_, differs)| *differs).map(|(what, _)| (*what).to_owned())
    }
}

/// What one shard leaves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Part {
    /// The study it is a part of.
    pub identity: Identity,
    /// The scenario.
    pub texts: Texts,
    /// What its windows came to; those of the pilot are in the first shard only.
    pub outcomes: Outcomes,
}

impl Part {
    /// Runs a shard of a study that has not begun and whose windows are noted by `recording`.
    pub fn run(
        study: &mut Study<'_>,
        recording: &Recording<'_>,
        shard: Shard,
        texts: Texts,
        control: &Control<'_>,
    ) -> Part {
        study.run_pilot(control);
        let mut identity = Identity::of(study.plan, &study.options);
        identity.pilot = (study.pilot, study.digest.value());
        if shard.number > 1 {
            recording.take();
        }
        let all = study.rest().into_iter().enumerate();
        let own: Vec<Slot> = all.filter(|(i, _)| shard.has(*i)).map(|(_, slot)| slot).collect();
        own.par_iter().for_each(|slot| {
            recording.outcome(&study.window(*slot));
            (control.step)();
        });
        Part { identity, texts, outcomes: recording.take() }
    }
}
