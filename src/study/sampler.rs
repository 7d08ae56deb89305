//! Runs a study: reads the skeleton, tries every stratum, then goes on where it helps most.
//!
//! After the pilot all shares are frozen, so that the first n windows of a study are the same however it is stopped, on
//! however many threads, and in however many shards.

mod pilot;

use crate::base::digest::Digest;
use crate::history::verdict::GuaranteeVerdict;
use crate::model::plan::Plan;
use crate::study::allocate::{Need, Sequence};
use crate::study::checks;
use crate::study::cluster::Cluster;
use crate::study::estimate::{Evidence, LongRun};
use crate::study::goal::{Aim, Goal};
use crate::study::observed;
use crate::study::options::Options;
use crate::study::outcome::Outcome;
use crate::study::signature::Signatures;
use crate::study::strata::Strata;
use crate::study::walk::{self, Weights};
use crate::study::window;
use crate::study::workers;
use crate::study::world::{Clusters, Window, World};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a study asks of whoever runs it.
pub struct Control<'a> {
    /// Whether time is up: then what is not complete is thrown away.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
    /// One more window is done.
    pub step: &'a (dyn Fn() + Sync),
}

impl Default for Control<'_> {
    fn default() -> Self {
        Control { is_over: &|| false, step: &|| {} }
    }
}

/// Why a study stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// As many windows as were asked for.
    Windows,
    /// Every goal is known well enough.
    Precision,
    /// So many events were simulated.
    Budget,
    /// Time was up.
    Time,
    /// Every cluster that was kept has been simulated: only a longer skeleton would say more.
    Exhausted,
    /// It has the windows of the study it is compared with.
    Paired,
}

/// Numbers of windows by mode and signature; without a signature those without faults.
pub type Counts = BTreeMap<(String, Option<String>), u64>;

/// Which window of which place in the list of strata: those of clusters first, then windows without faults by mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The place.
    pub place: usize,
    /// The number of the window there.
    pub number: u64,
}

/// A study under way.
pub struct Study<'a> {
    /// What it runs windows of.
    pub world: &'a dyn World,
    /// Where clusters come from.
    pub source: &'a dyn Clusters,
    /// The scenario.
    pub plan: &'a Plan,
    /// What is asked for.
    pub options: Options,
    /// Length of the skeleton.
    pub years: u64,
    /// Paths of what is estimated.
    pub targets: Vec<String>,
    /// What to be precise about.
    pub goals: Vec<Aim>,
    /// The strata.
    pub strata: Strata,
    /// Windows of each stratum.
    pub samples: Vec<Vec<Outcome>>,
    /// Windows without faults of each mode.
    pub quiet: Vec<Vec<Outcome>>,
    /// Verdicts on all histories so far.
    pub guarantees: Vec<GuaranteeVerdict>,
    /// Fingerprint of all windows so far, in order.
    pub digest: Digest,
    /// Windows of the pilot.
    pub pilot: u64,
    /// Virtual seconds simulated.
    pub simulated: f64,
    /// Events dispatched.
    pub events: u64,
    /// Whether time ended the pilot.
    pub cut: bool,
    /// What the pilot had no time for, if that may matter.
    pub untried: Option<String>,
    names: Signatures<'a>,
}

impl<'a> Study<'a> {
    /// A study that has not begun.
    pub fn new(
        world: &'a dyn World,
        source: &'a dyn Clusters,
        plan: &'a Plan,
        options: Options,
    ) -> Study<'a> {
        let targets = world.targets();
        let years = options.years_of(plan);
        Study {
            world,
            source,
            plan,
            years,
            targets,
            goals: Vec::new(),
            strata: Strata::default(),
            samples: Vec::new(),
            quiet: Vec::new(),
            guarantees: Vec::new(),
            digest: Digest::EMPTY,
            pilot: 0,
            simulated: 0.0,
            events: 0,
            cut: false,
            untried: None,
            names: Signatures::new(plan, world),
            options,
        }
    }

    /// Runs it to its end.
    pub fn run(&mut self, control: &Control<'_>) -> Stop {
        match self.run_pilot(control) {
            true => self.go_on(control),
            false => Stop::Time,
        }
    }

    /// Windows so far.
    pub fn windows(&self) -> u64 {
        self.samples.iter().chain(&self.quiet).map(|windows| windows.len() as u64).sum()
    }

    /// Windows so far of each stratum.
    pub fn counts(&self) -> Counts {
        self.counts_in_order().into_iter().collect()
    }

    fn counts_in_order(&self) -> Vec<((String, Option<String>), u64)> {
        let mode = |number: usize| self.strata.modes[number].to_string();
        let strata = self.strata.all.iter().zip(&self.samples);
        let strata =
            strata.map(|(s, windows)| ((mode(s.mode), Some(s.signature.to_string())), windows.len() as u64));
        let quiet = self.quiet.iter().enumerate();
        strata.chain(quiet.map(|(m, windows)| ((mode(m), None), windows.len() as u64))).collect()
    }

    /// Runs more windows until each stratum has as many as are wanted of it: those of another study that drew the same
    /// faults, so that both have the same windows. Gives whether there were any.
    pub fn top_up(&mut self, wanted: &Counts, control: &Control<'_>) -> bool {
        let places = (0..self.samples.len()).chain((0..self.quiet.len()).map(|mode| usize::MAX - mode));
        let lacking = self.counts_in_order().into_iter().zip(places).flat_map(|((name, done), place)| {
            let wanted = wanted.get(&name).copied().unwrap_or(0);
            (done..wanted).map(move |number| Slot { place, number })
        });
        let slots: Vec<Slot> = lacking.collect();
        !slots.is_empty() && self.run_slots(&slots, control)
    }

    /// The next windows of a sequence.
    fn slots(&self, sequence: &mut Sequence, n: usize) -> Vec<Slot> {
        let mut done: Vec<u64> = self.samples.iter().map(|windows| windows.len() as u64).collect();
        let quiet: Vec<u64> = self.quiet.iter().map(|windows| windows.len() as u64).collect();
        done.extend(quiet);
        let strata = self.samples.len();
        let slot = |place: usize| {
            let number = done[place];
            done[place] += 1;
            Slot { place: if place < strata { place } else { usize::MAX - (place - strata) }, number }
        };
        sequence.take(n).map(slot).collect()
    }

    /// The windows after the pilot, up to as many as are asked for.
    pub fn rest(&self) -> Vec<Slot> {
        let more = self.options.windows.unwrap_or(0).saturating_sub(self.windows());
        self.slots(&mut self.sequence(), usize::try_from(more).unwrap_or(usize::MAX))
    }

    /// The window of a slot.
    pub fn window(&self, slot: Slot) -> Window {
        match self.strata.all.get(slot.place) {
            Some(stratum) => {
                let mode = Arc::clone(&self.strata.modes[stratum.mode]);
                let chosen = self.strata.cluster(slot.place, slot.number);
                let key = match &chosen {
                    Some((cluster, ordinal)) => window::key(self.plan, cluster, *ordinal),
                    None => window::quiet_key(slot.number),
                };
                Window { mode, cluster: chosen.map(|(cluster, _)| cluster), key }
            }
            None => {
                let mode = usize::MAX - slot.place;
                let mode = Arc::clone(&self.strata.modes[mode]);
                Window { mode, cluster: None, key: window::quiet_key(slot.number) }
            }
        }
    }

    /// Runs windows, all cores at once, and folds them in their order. Gives false when time is up: the pilot keeps
    /// those that it has by then, and what follows forgets them, back to its last checkpoint.
    fn run_slots(&mut self, slots: &[Slot], control: &Control<'_>) -> bool {
        let outcomes = workers::in_order(slots.len(), control.is_over, &|i| {
            let outcome = self.world.outcome(&self.window(slots[i]));
            (control.step)();
            outcome
        });
        let all = outcomes.len() == slots.len();
        if all || self.pilot == 0 {
            slots.iter().zip(outcomes).for_each(|(slot, outcome)| self.fold(*slot, outcome));
        }
        all
    }

    /// Takes in the outcome of a window.
    pub fn fold(&mut self, slot: Slot, mut outcome: Outcome) {
        self.digest.fold(outcome.digest);
        self.events += outcome.events;
        self.simulated += outcome.simulated;
        checks::join(&mut self.guarantees, std::mem::take(&mut outcome.guarantees));
        match self.samples.get_mut(slot.place) {
            Some(windows) => windows.push(outcome),
            None => self.quiet[usize::MAX - slot.place].push(outcome),
        }
    }

    /// Goes on after the pilot until something says stop.
    pub fn go_on(&mut self, control: &Control<'_>) -> Stop {
        let mut sequence = self.sequence();
        let (precision, budget) = self.options.limits();
        loop {
            let done = self.windows();
            if self.options.windows.is_some_and(|n| done >= n) {
                return Stop::Windows;
            }
            if precision.is_some_and(|p| self.is_precise(p)) {
                return Stop::Precision;
            }
            if budget.is_some_and(|events| self.events >= events) {
                return Stop::Budget;
            }
            if (control.is_over)() {
                return Stop::Time;
            }
            let next = checkpoint(self.pilot, done).min(self.options.windows.unwrap_or(u64::MAX));
            let slots = self.slots(&mut sequence, (next - done) as usize);
            if slots.is_empty() {
                return Stop::Exhausted;
            }
            if !self.run_slots(&slots, control) {
                return Stop::Time;
            }
        }
    }

    /// Whether every goal is known this well.
    fn is_precise(&self, precision: f64) -> bool {
        let weights = self.weights();
        let evidence = self.evidence(&weights);
        let enough = |run: &LongRun| {
            let known = !run.is_scarce() && run.relative_half_width() <= precision;
            known || (run.high - run.low) / 2.0 <= precision * self.options.floor
        };
        !self.goals.is_empty() && self.goals.iter().all(|goal| enough(&goal.long_run(&evidence)))
    }

    /// How often strata are met, near enough to plan with.
    pub fn weights(&self) -> Weights {
        match self.strata.modes.len() {
            0 | 1 => walk::one_mode(&self.strata),
            _ => walk::mixed(&self.strata, &walk::next_modes(&self.strata, &self.samples, None)),
        }
    }

    /// How often strata are met, by walking the skeleton.
    pub fn walked(&mut self) -> Weights {
        if self.strata.modes.len() < 2 {
            return walk::one_mode(&self.strata);
        }
        let next = walk::next_modes(&self.strata, &self.samples, None);
        walk::in_order(&self.strata, &next, self.plan, self.years, self.source, &mut self.names)
    }

    /// The stratum of a cluster that begins in a mode.
    pub fn stratum_of(&mut self, mode: usize, cluster: &Cluster) -> Option<usize> {
        let name = Arc::clone(self.strata.modes.get(mode)?);
        let signature = self.names.of(mode, &name, cluster);
        self.strata.find(mode, &signature, cluster)
    }

    /// What estimates are made of.
    pub fn evidence<'b>(&'b self, weights: &'b Weights) -> Evidence<'b> {
        Evidence {
            strata: &self.strata,
            samples: &self.samples,
            quiet: &self.quiet,
            weights,
            years: self.years,
        }
    }

    /// Operations behind a target so far.
    pub fn operations(&self, target: usize) -> u64 {
        let all = self.samples.iter().chain(&self.quiet).flatten();
        all.filter_map(|outcome| outcome.operations.get(target)).sum()
    }

    /// The goals asked for of which anything was seen; without any, the account's availability by requests, and how much is
    /// observed.
    fn goals(&self) -> Vec<Aim> {
        let is_seen = |aim: &Aim| match aim {
            Aim::Lost(target) => self.operations(*target) > 0,
            _ => self.samples.iter().flatten().any(|window| aim.value(window) > 0.0),
        };
        let of = |paths: &[String]| -> Vec<Aim> {
            let mut found: Vec<Aim> = paths.iter().filter_map(|path| Aim::of(path, &self.targets)).collect();
            found.retain(is_seen);
            found
        };
        let mut defaults =
            ["availability.request.read", "availability.request.write"].map(str::to_owned).to_vec();
        defaults
            .extend(observed::names(&self.samples).into_iter().map(|what| format!("observed.{what}.share")));
        match of(&self.options.goals) {
            goals if goals.is_empty() => of(&defaults),
            goals => goals,
        }
    }

    /// The order of windows that follows from what is known: what each stratum, and then each mode without faults, needs, in the
    /// mean over all goals.
    fn sequence(&self) -> Sequence {
        let weights = self.weights();
        let evidence = self.evidence(&weights);
        let goals: Vec<Goal> = self.goals.iter().map(|goal| Goal::of(&evidence, goal)).collect();
        let cost = |windows: &[Outcome]| {
            windows.iter().map(|w| w.events as f64).sum::<f64>() / windows.len().max(1) as f64
        };
        let mut needs: Vec<Need> = Vec::new();
        for (i, stratum) in self.strata.all.iter().enumerate() {
            let n = weights.clusters[i];
            let supply = self.strata.supply(i);
            let need = Need {
                cost: cost(&self.samples[i]),
                done: self.samples[i].len() as u64,
                most: if stratum.rare.is_some() { supply } else { supply.min(libm::ceil(n) as u64) },
                ..Need::default()
            };
            needs.push(goals.iter().fold(need, |need, goal| goal.of_stratum(need, n, i)));
        }
        for (mode, windows) in self.quiet.iter().enumerate() {
            let time = weights.modes.get(mode).copied().unwrap_or(0.0) * evidence.seconds();
            let (cost, done) = (cost(windows), windows.len() as u64);
            let need = Need { cost, done, most: u64::MAX, quiet: true, ..Need::default() };
            let spared = |target: usize| evidence.spared(target, mode);
            needs.push(goals.iter().fold(need, |need, goal| goal.of_quiet(need, windows, time, &spared)));
        }
        let many = goals.len().max(1) as f64;
        needs
            .iter_mut()
            .for_each(|need| (need.spread, need.bound) = (need.spread / many, need.bound / many.sqrt()));
        Sequence::new(needs, goals.iter().map(|goal| goal.fixed).sum::<f64>() / many)
    }
}

/// The next number of windows at which a study may stop: a quarter more each time, from the pilot on.
fn checkpoint(pilot: u64, done: u64) -> u64 {
    let mut at = pilot.max(1);
    while at <= done {
        at += (at / 4).max(32);
    }
    at
}
