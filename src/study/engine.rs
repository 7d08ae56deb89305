//! A resolved scenario as something a study samples from.

use crate::engine::contract::{Observer, Runnable, WindowSpec};
use crate::engine::record::FaultSite;
use crate::history::checkers::CheckSpec;
use crate::history::verdict::GuaranteeVerdict;
use crate::measure::findings::WindowFindings;
use crate::measure::series::Scope;
use crate::measure::setting::Setting;
use crate::measure::timeline::Timeline;
use crate::measure::watch::Watch;
use crate::model::fault::Fault;
use crate::model::plan::Plan;
use crate::study::checks::{self, Checks};
use crate::study::locality;
use crate::study::outcome::{Outcome, Target, losses, targets};
use crate::study::window;
use crate::study::world::{Window, World};
use std::any::Any;
use std::sync::Arc;

/// Runs windows of a scenario on the engine, measured and checked.
pub struct Engine<'a> {
    plan: &'a Plan,
    runnable: &'a dyn Runnable,
    setting: Arc<Setting>,
    targets: Vec<Target>,
    spec: CheckSpec,
    shuffle_ties: Option<u64>,
}

impl<'a> Engine<'a> {
    /// Windows of this scenario; `shuffle_ties` as in [`WindowSpec`].
    pub fn new(plan: &'a Plan, runnable: &'a dyn Runnable, shuffle_ties: Option<u64>) -> Engine<'a> {
        let setting = Arc::new(Setting::of(plan));
        let targets = targets(&setting);
        Engine { plan, runnable, setting, targets, spec: checks::spec(plan), shuffle_ties }
    }

    /// What the findings of its windows refer to.
    pub fn setting(&self) -> &Arc<Setting> {
        &self.setting
    }

    /// Removes what would need room for every window and is about one window only.
    fn slim(&self, mut findings: WindowFindings) -> WindowFindings {
        findings.timeline = Timeline::default();
        findings.setting = Arc::clone(&self.setting);
        let keeps = |scope: &Scope| !matches!(scope, Scope::Partition(_));
        findings.availability.retain(|(scope, _), _| keeps(scope));
        findings.latency.retain(|(scope, _), _| keeps(scope));
        findings.staleness.retain(|scope, _| keeps(scope));
        findings.throttles.retain(|(scope, _), _| keeps(scope));
        for cause in &mut findings.causes {
            cause.rto.retain(|(scope, _), _| keeps(scope));
        }
        findings
    }
}

impl World for Engine<'_> {
    fn targets(&self) -> Vec<String> {
        self.targets.iter().map(|target| target.path.clone()).collect()
    }

    fn sites(&self, mode: &str, faults: &[Fault]) -> Vec<FaultSite> {
        let plan = Plan { mode: mode.to_owned(), ..self.plan.clone() };
        let mut sites = self.runnable.sites(&plan, faults);
        for (site, fault) in sites.iter_mut().zip(faults) {
            if locality::is_near_clients(&plan, &fault.scope) {
                site.class.push_str(" near clients");
            }
        }
        sites
    }

    fn outcome(&self, window: &Window) -> Outcome {
        let plan = window::plan(self.plan, window.cluster.as_deref(), &window.mode, window.key);
        let setting = Arc::new(Setting::of(&plan));
        let observe =
            || -> Box<dyn Observer> { Box::new(Watch::over(Arc::clone(&setting), Checks::new(self.spec))) };
        let seed = self.plan.seed;
        let spec =
            WindowSpec { seed, key: window.key, shuffle_ties: self.shuffle_ties, ..WindowSpec::default() };
        let result = self.runnable.run(&plan, spec, &observe);
        let (mut findings, guarantees) = watched(result.observer);
        let (lost, operations) = losses(&self.targets, &findings);
        findings.end = Some(result.end.clone());
        let lost_writes = |of: &dyn Fn(&crate::measure::findings::CauseFinding) -> u64| {
            findings.causes.iter().any(|cause| of(cause) > 0)
        };
        Outcome {
            lost,
            operations,
            load: findings.load.seconds(),
            loses_data: [lost_writes(&|c| c.rpo.all.writes), lost_writes(&|c| c.rpo.permanent.writes)],
            mode: result.end.mode.clone(),
            censored: result.end.reason.is_censored(),
            events: result.end.events,
            digest: result.end.digest,
            simulated: result.end.at.seconds(),
            findings: Some(Arc::new(self.slim(findings))),
            guarantees,
        }
    }
}

/// # Panics
/// If the observer is not the one a window was given: it gives that one back.
fn watched(observer: Box<dyn Observer>) -> (WindowFindings, Vec<GuaranteeVerdict>) {
    let observer: Box<dyn Any> = observer;
    match observer.downcast::<Watch<Checks>>() {
        Ok(watch) => {
            let (findings, checks) = watch.finish();
            (findings, checks.finish())
        }
        Err(_) => unreachable!("a window gives back the observer it was given"),
    }
}
