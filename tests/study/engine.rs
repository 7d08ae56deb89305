//! A study of a modelled system, on the engine.

use geodes::base::diagnostics::SourceMap;
use geodes::base::dist::Law;
use geodes::base::ids::{Id, IdVec, RegionId, ZoneId};
use geodes::base::time::Span;
use geodes::model::fault::{FaultKind, Scope};
use geodes::model::hazard::{Exposed, Hazard, Process, Strike};
use geodes::scenario::{Scenario, load};
use geodes::study::drawn::Drawn;
use geodes::study::engine::Engine;
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Study};
use geodes::system::registry::Registry;
use std::path::Path;

fn hazard(name: &str, scopes: Vec<Exposed>, up_hours: f64, down_hours: f64) -> Hazard {
    let law = |hours: f64| Law::Exponential { mean: hours * 3600.0 };
    Hazard {
        name: name.to_owned(),
        scopes,
        kind: FaultKind::PowerLoss,
        process: Process::Renewal { to_failure: law(up_hours), repair: law(down_hours) },
        strike: Strike::default(),
        source: None,
    }
}

fn scenario() -> Scenario {
    let mut sources = SourceMap::new();
    let path = Path::new("scenarios/cosmos-write-region-outage.toml");
    let mut scenario = load(path, &[], &Registry::builtin(), &mut sources).expect("it is valid");
    let plan = &mut scenario.plan;
    (plan.faults, plan.actions) = (IdVec::new(), IdVec::new());
    let region = |i: usize| Exposed {
        path: plan.topology.region_path(RegionId::from_index(i)),
        scope: Scope::Region(RegionId::from_index(i)),
    };
    let zone = |i: usize| Exposed {
        path: plan.topology.zone_path(ZoneId::from_index(i)),
        scope: Scope::Zone(ZoneId::from_index(i)),
    };
    let regions = hazard("region", (0..2).map(region).collect(), 87_600.0, 1.0);
    let zones = hazard("zone", (0..plan.topology.zones.len()).map(zone).collect(), 17_520.0, 1.0);
    plan.hazards = [regions, zones].into_iter().collect();
    plan.limits.at_least = Span::mins(1);
    scenario
}

#[test]
fn a_study_of_a_modelled_system_gives_the_same_numbers_on_any_number_of_threads() {
    let scenario = scenario();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(|| {
            let world = Engine::new(&scenario.plan, &*scenario.runnable, None);
            let source = Drawn(&scenario.plan);
            let options = Options { years: Some(2_000), windows: Some(40), ..Options::default() };
            let mut study = Study::new(&world, &source, &scenario.plan, options);
            study.run(&Control::default());
            let weights = study.walked();
            for (i, s) in study.strata.all.iter().enumerate() {
                let lost: Vec<f64> = study.samples[i].iter().map(|w| w.lost[1]).collect();
                println!(
                    "{:?} {} {} {} {lost:?}",
                    study.strata.modes[s.mode], s.signature, s.clusters, weights.clusters[i]
                );
            }
            println!("{} windows, {} events", study.windows(), study.events);
            (study.digest.value(), study.evidence(&weights).long_run(1))
        })
    };
    let (digest, write) = run(4);
    println!("{write:?}");
    assert_eq!(run(1), (digest, write));
}
