//! Windows are pure functions of their content: in which order they are run is nowhere in the result.

use geodes::base::diagnostics::SourceMap;
use geodes::base::rng::Seed;
use geodes::engine::record::FaultSite;
use geodes::model::fault::Fault;
use geodes::scenario::load;
use geodes::study::drawn::Drawn;
use geodes::study::engine::Engine;
use geodes::study::options::Options;
use geodes::study::outcome::Outcome;
use geodes::study::sampler::{Control, Study};
use geodes::study::shard::recorded::{Recorded, Recording};
use geodes::study::summary;
use geodes::study::world::{Window, World};
use geodes::system::registry::Registry;
use std::path::Path;
use std::sync::Mutex;

/// A world that lists the windows it is asked for.
struct Listing<'a> {
    world: &'a dyn World,
    windows: Mutex<Vec<Window>>,
}

impl World for Listing<'_> {
    fn targets(&self) -> Vec<String> {
        self.world.targets()
    }
    fn sites(&self, mode: &str, faults: &[Fault]) -> Vec<FaultSite> {
        self.world.sites(mode, faults)
    }
    fn outcome(&self, window: &Window) -> Outcome {
        self.windows.lock().expect("no thread panicked").push(window.clone());
        self.world.outcome(window)
    }
}

#[test]
fn a_study_whose_windows_are_run_in_any_order_is_the_same() {
    let mut sources = SourceMap::new();
    let path = Path::new("tests/data/studies/chain.toml");
    let scenario = load(path, &[], &Registry::builtin(), &mut sources).expect("it is valid");
    let engine = Engine::new(&scenario.plan, &*scenario.runnable, None);
    let source = Drawn(&scenario.plan);
    let run = |world: &dyn World| {
        let options = Options { years: Some(500), windows: Some(400), ..Options::default() };
        let mut study = Study::new(world, &source, &scenario.plan, options);
        let stop = study.run(&Control::default());
        let summary = summary::of(&mut study, stop);
        let numbers =
            format!("{:?}", (&summary.targets, &summary.observed, &summary.over_faults, summary.censored));
        (study.digest.value(), study.events, study.windows(), study.guarantees, numbers)
    };
    let listing = Listing { world: &engine, windows: Mutex::default() };
    let expected = run(&listing);
    let mut windows = listing.windows.into_inner().expect("no thread panicked");
    assert!(windows.len() >= 400);
    for salt in 0..2 {
        let mut stream = Seed { scenario: salt, window: 0 }.named("test", "order");
        for last in (1..windows.len()).rev() {
            let chosen = (stream.uniform() * (last + 1) as f64) as usize;
            windows.swap(chosen, last);
        }
        let recording = Recording::new(&engine);
        windows.iter().for_each(|window| drop(recording.outcome(window)));
        let mut outcomes = recording.take();
        for outcome in outcomes.values_mut() {
            // As it would be stored and read back.
            let bytes = postcard::to_stdvec(outcome).expect("it can be stored");
            *outcome = postcard::from_bytes(&bytes).expect("it can be read");
            if let Some(findings) = &mut outcome.findings {
                std::sync::Arc::make_mut(findings).setting = engine.setting().clone();
            }
        }
        let recorded = Recorded::new(&engine, &outcomes);
        assert_eq!(run(&recorded), expected);
        assert_eq!(recorded.missing(), 0);
    }
}
