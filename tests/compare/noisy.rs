//! Windows whose outage is longer or shorter by chance: what the same configuration gives under other seeds.

use crate::metronome::beats;
use geodes::base::rng::Seed;
use geodes::engine::contract::{Observer, Runnable, WindowResult, WindowSpec};
use geodes::model::fault::Fault;
use geodes::model::plan::Plan;

/// Each fault lasts as long as the plan says times a lognormal variate of the window's seed.
pub struct Noisy;

impl Runnable for Noisy {
    fn run(
        &self,
        plan: &Plan,
        spec: WindowSpec,
        observe: &(dyn Fn() -> Box<dyn Observer> + Sync),
    ) -> WindowResult {
        let mut plan = plan.clone();
        let faults = std::mem::take(&mut plan.faults);
        let mut chance = Seed { scenario: spec.seed, window: 0 }.named("noisy", "length");
        for (_, fault) in faults.iter() {
            // A sum of uniform variates will do for a normal one.
            let z: f64 = (0..12).map(|_| chance.uniform()).sum::<f64>() - 6.0;
            let lasts = fault.lasts.map(|lasts| lasts.scale(libm::exp(0.6 * z)));
            plan.faults.push(Fault { lasts, ..fault.clone() });
        }
        beats(&plan, spec, observe(), 1_500)
    }
}
