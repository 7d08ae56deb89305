//! A system that is left in another mode than it began in: with and without a way back, against exact values.

use crate::markov::{Chain, Region};
use geodes::base::diagnostics::SourceMap;
use geodes::scenario::{Scenario, load};
use geodes::study::drawn::Drawn;
use geodes::study::engine::Engine;
use geodes::study::estimate::LongRun;
use geodes::study::observed;
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Study};
use geodes::study::walk::{self, Weights};
use geodes::system::registry::Registry;
use std::path::Path;

/// Minutes until the service goes back, on average, where it does.
const BACK: f64 = 10.0;

fn theory(failback: f64) -> Chain {
    let regions = [Region::of((20_000.0, 2.0), (8760.0, 4.0)), Region::of((20_000.0, 2.0), (1000.0, 2.0))];
    Chain { regions, failover: 12.0, failback }
}

fn scenario(settings: &[&str]) -> Scenario {
    let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
    let path = Path::new("scenarios/oracles/chain-asymmetric.toml");
    load(path, &settings, &Registry::builtin(), &mut SourceMap::new()).expect("it is valid")
}

/// What a study of a scenario says.
struct Found {
    /// The share of time in outages.
    outage: LongRun,
    /// The same if every cluster met the system in its first mode.
    unwalked: LongRun,
    /// The share of time in each mode.
    modes: Vec<f64>,
}

fn outage(study: &Study<'_>, weights: &Weights) -> LongRun {
    let seen = observed::all(&study.evidence(weights));
    seen.into_iter().find(|seen| seen.name == "outage").expect("outages are observed").share
}

fn study_of(scenario: &Scenario, years: u64, windows: u64) -> Found {
    let world = Engine::new(&scenario.plan, &*scenario.runnable, None);
    let source = Drawn(&scenario.plan);
    let options = Options { years: Some(years), windows: Some(windows), ..Options::default() };
    let mut study = Study::new(&world, &source, &scenario.plan, options);
    study.run(&Control::default());
    let walked = study.walked();
    let stay = study.strata.all.iter().map(|stratum| vec![(stratum.mode, 1.0)]).collect();
    let unwalked = outage(&study, &walk::mixed(&study.strata, &stay));
    Found { outage: outage(&study, &walked), unwalked, modes: walked.modes }
}

fn agrees(found: &LongRun, exact: f64) {
    let error = found.standard_error();
    let z = (found.mean - exact) / error;
    assert!(z.abs() < 4.0 && error < 0.03 * exact, "{} +- {error}, exactly {exact}: z = {z}", found.mean);
}

#[test]
fn the_chain_is_solved_as_published() {
    let region = Region::of((2000.0, 2.0), (8760.0, 4.0));
    let of = |failover| Chain { regions: [region; 2], failover, failback: 0.0 }.unavailability();
    let never = {
        let alone = Chain { regions: [region; 2], failover: 0.0, failback: 1.0 };
        alone.unavailability()
    };
    let cases = [
        (of(12.0), 9.75498223362e-6),
        (of(120.0), 1.18458453266e-6),
        (of(4.0), 2.76548997185e-5),
        (never, 4.59403246370e-4),
    ];
    for (found, published) in cases {
        assert!((found / published - 1.0).abs() < 1e-9, "{found}, published {published}");
    }
}

#[test]
fn without_failback_the_modes_are_walked_and_not_ignored() {
    let exact = theory(0.0);
    let found = study_of(&scenario(&[]), 30_000, 9_000);
    agrees(&found.outage, exact.unavailability());
    assert!((found.modes[1] - exact.second()).abs() < 0.01, "{:?}, exactly {}", found.modes, exact.second());
    let off = (found.unwalked.mean - exact.unavailability()).abs();
    assert!(off > 10.0 * found.outage.standard_error(), "{} without the walk", found.unwalked.mean);
}

#[test]
fn with_failback_the_system_is_back_before_the_next_fault() {
    let exact = theory(60.0 / BACK);
    let back = format!(
        "system.lab-redundancy.failback={{ after = {{ exponential = {{ mean = \"{BACK}min\" }} }} }}"
    );
    let found = study_of(&scenario(&[&back, "study.margin=\"2h\""]), 30_000, 9_000);
    agrees(&found.outage, exact.unavailability());
    assert_eq!(found.modes, [1.0], "what goes back within its window leaves one mode");
    let without = theory(0.0).unavailability();
    assert!((without - exact.unavailability()).abs() > 10.0 * found.outage.standard_error());
}
