//! Windows whose outage is longer or shorter by chance: what the same configuration gives under other seeds.

use crate::metronome::beats;
use geodes::base::rng::Seed;
use geodes::engine::contract::{Observer, Runnable, WindowResult, WindowSpec};
use geodes::model::fault::Fault;
use geodes::model::plan::Plan;

/// Each fault lasts as long as the plan says times a lognormal variate of the window. The number of partitions stands for
/// the system's configuration: its last digit chooses between draws of the same law, and each ten makes all faults a tenth
/// longer.
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
        let (tenths, draws) = (plan.partitions / 10, plan.partitions % 10);
        let longer = 1.0 + f64::from(tenths) / 10.0;
        let mut chance =
            Seed { scenario: spec.seed, window: spec.key }.named("noisy", &format!("length {draws}"));
        for (_, fault) in faults.iter() {
            // A sum of uniform variates will do for a normal one.
            let z: f64 = (0..12).map(|_| chance.uniform()).sum::<f64>() - 6.0;
            let lasts = fault.lasts.map(|lasts| lasts.scale(longer * libm::exp(0.6 * z)));
            plan.faults.push(Fault { lasts, ..fault.clone() });
        }
        beats(&plan, spec, observe(), 1_500)
    }
}
