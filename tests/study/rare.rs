//! Strata that the skeleton hardly meets: a quorum lost once in ten thousand years and more.

use geodes::base::dist::Law;
use geodes::base::ids::NodeId;
use geodes::engine::record::FaultSite;
use geodes::model::fault::{Fault, FaultKind, Scope};
use geodes::model::hazard::{Exposed, Hazard, Process, Strike};
use geodes::model::plan::Plan;
use geodes::study::cluster::Cluster;
use geodes::study::drawn::Drawn;
use geodes::study::estimate::LongRun;
use geodes::study::options::Options;
use geodes::study::outcome::Outcome;
use geodes::study::sampler::{Control, Study};
use geodes::study::world::{Window, World};
use rayon::prelude::*;

const HOUR: f64 = 3600.0;

/// Units that fail and are repaired on their own; the service is down while `lost` of them are.
pub struct Redundant {
    plan: Plan,
    lost: usize,
}

impl Redundant {
    /// That many units of which `lost` must be down at once, each up and in repair for times of these laws.
    pub fn new(seed: u64, units: u32, lost: usize, to_failure: Law, repair: Law) -> Redundant {
        let unit = |i: u32| Exposed { path: format!("node:{i}"), scope: Scope::Node(NodeId(i)) };
        let hazard = Hazard {
            name: "unit".to_owned(),
            scopes: (0..units).map(unit).collect(),
            kind: FaultKind::Crash,
            process: Process::Renewal { to_failure, repair },
            strike: Strike::default(),
            source: None,
        };
        Redundant { plan: Plan { seed, hazards: [hazard].into_iter().collect(), ..Plan::default() }, lost }
    }

    /// Units that are up for 2000 h and in repair for 2 h on average.
    fn nodes(seed: u64, units: u32, lost: usize) -> Redundant {
        let law = |hours: f64| Law::Exponential { mean: hours * HOUR };
        Redundant::new(seed, units, lost, law(2000.0), law(2.0))
    }

    /// Seconds with too many units down at once.
    fn down(&self, cluster: &Cluster) -> f64 {
        let mut edges: Vec<(u128, i64)> = Vec::new();
        for strike in &cluster.occurrences {
            edges.extend([(strike.at.0, 1), ((strike.at + strike.lasts).0, -1)]);
        }
        edges.sort_unstable();
        let (mut count, mut since, mut down) = (0, 0, 0);
        for (at, change) in edges {
            down += if count >= self.lost as i64 { at - since } else { 0 };
            (count, since) = (count + change, at);
        }
        down as f64 / 1e9
    }

    pub fn study(&self, years: u64, windows: u64) -> LongRun {
        let source = Drawn(&self.plan);
        let options = Options { years: Some(years), windows: Some(windows), ..Options::default() };
        let mut study = Study::new(self, &source, &self.plan, options);
        study.run(&Control::default());
        let weights = study.walked();
        study.evidence(&weights).long_run(0)
    }
}

impl World for Redundant {
    fn targets(&self) -> Vec<String> {
        vec!["availability.request.read".to_owned()]
    }

    fn sites(&self, _: &str, faults: &[Fault]) -> Vec<FaultSite> {
        faults.iter().map(|_| FaultSite { class: "node".to_owned(), ..FaultSite::default() }).collect()
    }

    fn outcome(&self, window: &Window) -> Outcome {
        Outcome {
            lost: vec![window.cluster.as_ref().map_or(0.0, |cluster| self.down(cluster))],
            operations: vec![1_000_000],
            load: 1_200.0,
            mode: window.mode.to_string(),
            events: 1_000,
            digest: window.key,
            simulated: 1_200.0,
            ..Outcome::default()
        }
    }
}

#[test]
fn what_a_skeleton_would_never_meet_is_known_to_a_few_percent() {
    // tests/data/ground-truth.csv: kofn_3of5, kofn_1of3, kofn_5of9.
    let cases = [(5, 3, 9.955125720539056e-09), (3, 3, 9.97005990014979e-10), (9, 5, 1.2495493272492415e-13)];
    for (units, lost, exact) in cases {
        let run = Redundant::nodes(3, units, lost).study(1_000, 700);
        let (error, mean) = (run.standard_error(), run.mean);
        let z = (mean - exact) / error;
        assert!(z.abs() < 4.0 && error < 0.08 * exact, "{lost} of {units}: {mean:e} +- {error:e}, z = {z}");
        assert!(!run.is_scarce(), "{lost} of {units}: {run:?}");
    }
}

#[test]
fn intervals_of_biased_studies_cover_the_truth() {
    // Both of two: (2 / 2002)^2.
    let exact = (2.0f64 / 2002.0) * (2.0 / 2002.0);
    let studies = crate::asked::given("GEODES_STUDIES").unwrap_or(20);
    let one = |seed: u64| {
        let run = Redundant::nodes(seed, 2, 2).study(20, 120);
        ((run.mean - exact) / run.standard_error(), run.low <= exact && exact <= run.high)
    };
    let all: Vec<(f64, bool)> = (1..=studies).into_par_iter().map(one).collect();
    let covered = all.iter().filter(|(_, covers)| *covers).count() as f64 / studies as f64;
    let squares = all.iter().map(|(z, _)| z * z).sum::<f64>() / studies as f64;
    let mean = all.iter().map(|(z, _)| z).sum::<f64>() / studies as f64;
    println!("{covered} {mean} {squares}");
    // Two standard errors of the share on either side of 92 to 98 %.
    let chance = 2.0 * (0.05 * 0.95 / studies as f64).sqrt();
    assert!((0.92 - chance..=0.98 + chance).contains(&covered), "{covered}");
    // So many squares of normal variates have a mean within four standard errors of 1; skewed losses leave a little more.
    let error = (1.0 / studies as f64).sqrt();
    assert!(
        (squares - 1.0).abs() < 0.2 + 4.0 * 1.42 * error && mean.abs() < 0.15 + 4.0 * error,
        "{mean}, {squares}"
    );
}
