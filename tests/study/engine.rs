//! Studies of small systems on the engine.

use geodes::base::diagnostics::SourceMap;
use geodes::scenario::{Scenario, load};
use geodes::study::drawn::Drawn;
use geodes::study::engine::Engine;
use geodes::study::estimate::LongRun;
use geodes::study::observed;
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Study};
use geodes::study::world::World;
use geodes::system::registry::Registry;
use std::path::Path;

/// Two regions of three zones; the service moves when its region is out, and never back by itself.
fn chain() -> Scenario {
    let mut sources = SourceMap::new();
    load(Path::new("tests/data/studies/chain.toml"), &[], &Registry::builtin(), &mut sources)
        .expect("it is valid")
}

/// The share of time in outages, the fingerprint of all windows, and the share of time in each mode.
fn run(scenario: &Scenario, years: u64, windows: u64, threads: usize) -> (LongRun, u64, Vec<f64>) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    pool.install(|| {
        let world = Engine::new(&scenario.plan, &*scenario.runnable, None);
        let source = Drawn(&scenario.plan);
        let options = Options { years: Some(years), windows: Some(windows), ..Options::default() };
        let mut study = Study::new(&world, &source, &scenario.plan, options);
        study.run(&Control::default());
        let weights = study.walked();
        let seen = observed::all(&study.evidence(&weights));
        let outage = seen.into_iter().find(|seen| seen.name == "outage").expect("outages are observed");
        (outage.share, study.digest.value(), weights.modes)
    })
}

#[test]
fn a_chain_without_failback_has_its_exact_unavailability_and_spends_half_its_time_in_each_mode() {
    let (outage, _, modes) = run(&chain(), 20_000, 1_500, 4);
    let exact = 9.75498223362e-6;
    let z = (outage.mean - exact) / outage.standard_error();
    assert!(
        z.abs() < 4.0 && outage.standard_error() < exact / 4.0,
        "{} +- {}",
        outage.mean,
        outage.standard_error()
    );
    assert!(modes.len() == 2 && modes.iter().all(|share| (share - 0.5).abs() < 0.05), "{modes:?}");
}

#[test]
fn a_study_gives_the_same_bits_on_any_number_of_threads() {
    let scenario = chain();
    let (one, two, four) =
        (run(&scenario, 500, 300, 1), run(&scenario, 500, 300, 2), run(&scenario, 500, 300, 4));
    assert_eq!((&one, &one), (&two, &four));
}

#[test]
fn a_window_depends_on_its_key_alone() {
    let scenario = chain();
    let world = Engine::new(&scenario.plan, &*scenario.runnable, None);
    let source = Drawn(&scenario.plan);
    let options = Options { years: Some(2_000), windows: Some(0), ..Options::default() };
    let mut study = Study::new(&world, &source, &scenario.plan, options);
    study.run(&Control::default());
    // Backwards, and one by one.
    for (place, windows) in study.samples.iter().enumerate().rev() {
        for (number, outcome) in windows.iter().enumerate().rev().take(2) {
            let slot = geodes::study::sampler::Slot { place, number: number as u64 };
            let again = world.outcome(&study.window(slot));
            assert_eq!(
                (again.digest, &again.lost, &again.mode),
                (outcome.digest, &outcome.lost, &outcome.mode)
            );
        }
    }
}
