//! Worlds whose long-run unavailability is known: outages of known laws, without an engine.

use geodes::base::calendar::{Calendar, YEAR};
use geodes::base::dist::Law;
use geodes::base::ids::HazardId;
use geodes::base::rng::Seed;
use geodes::base::time::Span;
use geodes::engine::record::FaultSite;
use geodes::model::fault::{Fault, FaultKind, Scope};
use geodes::model::hazard::{Exposed, Hazard, Process, Strike};
use geodes::model::plan::Plan;
use geodes::study::cluster::{Cluster, Occurrence, Part};
use geodes::study::outcome::Outcome;
use geodes::study::world::{Clusters, Window, World};

/// What one kind of fault does.
#[derive(Clone, Debug)]
pub struct Kind {
    pub name: &'static str,
    /// Faults a year, as a Poisson process.
    pub per_year: f64,
    /// Probability that a fault costs anything.
    pub harmful: f64,
    /// Seconds that a harmful one costs, before they are scaled.
    pub costs: Law,
    /// What they are multiplied by.
    pub scale: f64,
    /// Modes: from which, to which, with what probability after a fault.
    pub moves: Vec<(&'static str, &'static str, f64)>,
    /// In which mode it does harm; everywhere when empty.
    pub only_in: &'static str,
}

impl Kind {
    pub fn new(name: &'static str, per_year: f64, harmful: f64, costs: Law) -> Kind {
        Kind { name, per_year, harmful, costs, scale: 1.0, moves: Vec::new(), only_in: "" }
    }
}

/// A world of several kinds of faults.
#[derive(Clone, Debug)]
pub struct Synthetic {
    pub plan: Plan,
    pub kinds: Vec<Kind>,
    pub seed: u64,
    /// Share of operations that fail when nothing is broken.
    pub quiet: f64,
    pub censored: bool,
    /// The probability that one more fault follows an hour after each.
    pub again: f64,
}

impl Synthetic {
    pub fn new(seed: u64, kinds: Vec<Kind>) -> Synthetic {
        let hazard = |kind: &Kind| Hazard {
            name: kind.name.to_owned(),
            scopes: vec![Exposed { path: kind.name.to_owned(), scope: Scope::Service }],
            kind: FaultKind::PowerLoss,
            process: Process::Renewal {
                to_failure: Law::Exponential { mean: YEAR.seconds() / kind.per_year },
                repair: Law::Constant(60.0),
            },
            strike: Strike::default(),
            source: None,
        };
        let plan = Plan { seed, hazards: kinds.iter().map(hazard).collect(), ..Plan::default() };
        Synthetic { plan, kinds, seed, quiet: 0.0, censored: false, again: 0.0 }
    }

    /// The long-run unavailability, when modes do not matter.
    pub fn exact(&self) -> f64 {
        let of = |k: &Kind| k.per_year * k.harmful * k.scale * k.costs.mean() / YEAR.seconds();
        self.kinds.iter().map(of).sum::<f64>() + self.quiet
    }
}

impl Clusters for Synthetic {
    fn of_years(&self, years: u64) -> Box<dyn Iterator<Item = Result<Cluster, String>> + '_> {
        let mut all: Vec<Cluster> = Vec::new();
        for (i, kind) in self.kinds.iter().enumerate() {
            let mut stream = Seed { scenario: self.seed, window: 0 }.named(kind.name, "arrivals");
            let gap = Law::Exponential { mean: YEAR.seconds() / kind.per_year / (1.0 - self.again) };
            let (mut at, mut renewal) = (Calendar::ZERO + gap.span(&mut stream), 0);
            while at < Calendar::year(years) {
                let part = Part {
                    scope: Scope::Service,
                    path: kind.name.into(),
                    after: Span::ZERO,
                    lasts: Span::mins(1),
                };
                let hazard = HazardId(i as u32);
                let lasts = Span::mins(1);
                let one = Occurrence { hazard, scope: 0, renewal, at, lasts, faults: vec![part] };
                all.push(Cluster { occurrences: vec![one], weight: 1.0 });
                at = match self.again > 0.0 && stream.chance(self.again) {
                    true => at + Span::mins(60),
                    false => at + gap.span(&mut stream),
                };
                renewal += 1;
            }
        }
        all.sort_by_key(Cluster::begins);
        Box::new(all.into_iter().map(Ok))
    }
}

impl World for Synthetic {
    fn targets(&self) -> Vec<String> {
        vec!["availability.request.write".to_owned()]
    }

    fn sites(&self, _: &str, faults: &[Fault]) -> Vec<FaultSite> {
        let site = |fault: &Fault| FaultSite { class: fault.label.clone(), ..FaultSite::default() };
        faults.iter().map(site).collect()
    }

    fn outcome(&self, window: &Window) -> Outcome {
        let load = 1_200.0;
        let mut outcome = Outcome {
            lost: vec![self.quiet * load],
            operations: vec![1_000_000_000],
            load,
            mode: window.mode.to_string(),
            censored: self.censored && window.cluster.is_some(),
            events: 1_000,
            digest: window.key,
            simulated: load,
            ..Outcome::default()
        };
        let Some(cluster) = &window.cluster else { return outcome };
        let kind = &self.kinds[cluster.occurrences[0].hazard.0 as usize];
        let mut stream = Seed { scenario: self.seed, window: window.key }.named("window", "law");
        let harmful = stream.chance(kind.harmful);
        let costs = kind.scale * kind.costs.sample(&mut stream);
        if harmful && (kind.only_in.is_empty() || *window.mode == *kind.only_in) {
            outcome.lost[0] += costs;
        }
        let u = stream.uniform();
        if let Some((_, to, _)) = kind.moves.iter().find(|(from, _, p)| *from == &*window.mode && u < *p) {
            outcome.mode = (*to).to_owned();
        }
        outcome
    }
}
