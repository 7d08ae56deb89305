//! Scenarios of any system: loaded, changed if need be, and run in one world.

use super::{Seen, resolved};
use geodes::base::ids::PartitionId;
use geodes::engine::contract::{Observer, Runnable, WindowSpec};
use geodes::engine::run::Ready;
use geodes::engine::world::World;
use geodes::history::checkers::CheckSpec;
use geodes::model::plan::Plan;
use geodes::study::checks;
use geodes::system::registry::Configure;
use std::any::Any;
use std::sync::Arc;

/// A scenario that was loaded and not yet run.
pub struct Case<S: Configure> {
    /// The plan.
    pub plan: Plan,
    /// What the system resolved to, to be changed before it is run.
    pub settings: S::Deployed,
    commands: Vec<S::Command>,
}

impl<S: Configure> Clone for Case<S> {
    fn clone(&self) -> Case<S> {
        let Case { plan, settings, commands } = self;
        Case { plan: plan.clone(), settings: settings.clone(), commands: commands.clone() }
    }
}

/// A system whose safeguards can be switched off.
pub trait Safeguards: Configure {
    /// A safeguard that is off.
    type Mutation: Copy;

    /// The same settings without it.
    fn without(settings: Self::Deployed, safeguard: Self::Mutation, plan: &Plan) -> Self::Deployed;
}

impl<S: Configure> Case<S> {
    /// Loads a scenario text.
    pub fn new(text: &str) -> Case<S> {
        let (plan, settings, commands) =
            resolved::system::<S>(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
        Case { plan, settings, commands }
    }

    /// The same with other settings.
    pub fn with(mut self, change: impl FnOnce(&mut S::Deployed)) -> Case<S> {
        change(&mut self.settings);
        self
    }

    /// Something that runs it.
    pub fn ready(&self) -> Ready<S> {
        Ready::new(self.settings.clone(), self.commands.clone())
    }

    /// Runs it and keeps every record.
    pub fn run(&self) -> Seen {
        self.seen(true)
    }

    /// Runs it and keeps the verdicts only.
    pub fn judge(&self) -> Seen {
        self.seen(false)
    }

    fn seen(&self, keep: bool) -> Seen {
        let observer: Box<dyn Any> = watch(&self.ready(), &self.plan, keep);
        *observer.downcast().expect("the observer it was given")
    }

    /// The world at its start.
    pub fn world(&self) -> World<S> {
        let partitions = (0..self.plan.partitions).map(PartitionId).collect();
        let spec = WindowSpec { seed: self.plan.seed, ..WindowSpec::default() };
        self.ready().world(&Arc::new(self.plan.clone()), spec, partitions)
    }

    /// What the plan's facts say the history is to be held to.
    pub fn checks(&self) -> CheckSpec {
        checks::spec(&self.plan)
    }
}

impl<S: Safeguards> Case<S> {
    /// The same with a safeguard off.
    pub fn without(mut self, safeguard: S::Mutation) -> Case<S> {
        self.settings = S::without(self.settings, safeguard, &self.plan);
        self
    }

    /// Runs it twice, as it is and with a safeguard off: the first run is sound and settles, the second breaks this
    /// guarantee, and nothing outside `also`. Gives both.
    pub fn needs(self, safeguard: S::Mutation, guarantee: &str, also: &[&str]) -> (Seen, Seen) {
        let good = self.run();
        assert!(good.assert_sound().settled(), "{:?}", good.end());
        let bad = self.without(safeguard).run();
        bad.assert_breaks(guarantee, also);
        (good, bad)
    }
}

/// Runs a window in one world, watched by a [`Seen`].
pub fn watch(ready: &impl Runnable, plan: &Plan, keep: bool) -> Box<dyn Observer> {
    let spec = WindowSpec { seed: plan.seed, single_world: true, ..WindowSpec::default() };
    let check = checks::spec(plan);
    ready.run(plan, spec, &|| Box::new(Seen::new(check, keep))).observer
}
