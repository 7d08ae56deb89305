//! Running a window: one world, or one for each group of partitions, side by side.

use crate::base::digest::Digest;
use crate::base::ids::PartitionId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Observer, Runnable, System, WindowResult, WindowSpec};
use crate::engine::jump::Leap;
use crate::engine::record::{EndReason, FaultSite, WindowEnd};
use crate::engine::settle::CHECK_EVERY;
use crate::engine::trail::Trail;
use crate::engine::world::World;
use crate::model::fault::Fault;
use crate::model::plan::Plan;
use rayon::prelude::*;
use std::sync::Arc;

/// A resolved system, ready to run.
pub struct Ready<S: System> {
    deployed: Arc<S::Deployed>,
    commands: Vec<S::Command>,
}

impl<S: System> Ready<S> {
    /// A deployment, and the commands of the plan's actions in order.
    pub fn new(deployed: S::Deployed, commands: Vec<S::Command>) -> Self {
        Ready { deployed: Arc::new(deployed), commands }
    }

    /// The resolved configuration.
    pub fn deployed(&self) -> &S::Deployed {
        &self.deployed
    }

    /// The world of these partitions at time 0.
    pub fn world(&self, plan: &Arc<Plan>, spec: WindowSpec, partitions: Vec<PartitionId>) -> World<S> {
        World::new(self.deployed.clone(), plan.clone(), self.commands.clone(), spec, partitions)
    }
}

impl<S: System> Runnable for Ready<S> {
    fn run(
        &self,
        plan: &Plan,
        spec: WindowSpec,
        observe: &(dyn Fn() -> Box<dyn Observer> + Sync),
    ) -> WindowResult {
        let groups = match spec.single_world {
            true => vec![(0..plan.partitions).map(PartitionId).collect()],
            false => S::groups(&self.deployed, plan),
        };
        let plan = Arc::new(plan.clone());
        let start = |group| -> Box<dyn Part> {
            Box::new(Watched { world: self.world(&plan, spec, group), observer: observe() })
        };
        run_groups(groups, &start, observe)
    }

    fn sites(&self, plan: &Plan, faults: &[Fault]) -> Vec<FaultSite> {
        let partitions = (0..plan.partitions).map(PartitionId).collect();
        let world = self.world(&Arc::new(plan.clone()), WindowSpec::default(), partitions);
        world.sites(faults)
    }
}

/// A world of a window and who watches it, whatever the system: what all worlds of a window do together, on all threads,
/// is compiled once and not for every system.
trait Part: Send {
    /// See [`World::run`].
    fn run(&mut self) -> WindowEnd;
    /// See [`World::run_stage`].
    fn run_stage(&mut self, from: SimTime) -> SimTime;
    /// Does what all worlds do at `at`.
    fn go_on(&mut self, at: SimTime, next: Next);
    /// See [`World::conclude`].
    fn conclude(&mut self) -> WindowEnd;
    /// See [`World::is_done`].
    fn is_done(&self) -> bool;
    /// See [`World::ripe`].
    fn ripe(&self) -> Option<EndReason>;
    /// See [`World::leap`].
    fn leap(&self) -> Option<Leap>;
    /// See [`World::storm_seen`].
    fn storm_seen(&self) -> Option<EndReason>;
    /// Who watched, and the trail.
    fn into_seen(self: Box<Self>) -> (Box<dyn Observer>, Trail);
}

struct Watched<S: System> {
    world: World<S>,
    observer: Box<dyn Observer>,
}

impl<S: System> Part for Watched<S> {
    fn run(&mut self) -> WindowEnd {
        self.world.run(&mut *self.observer)
    }
    fn run_stage(&mut self, from: SimTime) -> SimTime {
        self.world.run_stage(from, &mut *self.observer)
    }
    fn go_on(&mut self, at: SimTime, next: Next) {
        match next {
            Next::End(reason @ EndReason::Storm { .. }) => self.world.break_off(at, reason),
            Next::End(reason) => self.world.enter_next_stage(at, reason),
            Next::Jump(by) => self.world.jump(at, by),
        }
    }
    fn conclude(&mut self) -> WindowEnd {
        self.world.conclude(&mut *self.observer)
    }
    fn is_done(&self) -> bool {
        self.world.is_done()
    }
    fn ripe(&self) -> Option<EndReason> {
        self.world.ripe()
    }
    fn leap(&self) -> Option<Leap> {
        self.world.leap()
    }
    fn storm_seen(&self) -> Option<EndReason> {
        self.world.storm_seen()
    }
    fn into_seen(self: Box<Self>) -> (Box<dyn Observer>, Trail) {
        (self.observer, self.world.trail().clone())
    }
}

/// Starts a world for each group of partitions, and runs them to the end of the window.
fn run_groups(
    groups: Vec<Vec<PartitionId>>,
    start: &(dyn Fn(Vec<PartitionId>) -> Box<dyn Part> + Sync),
    observe: &(dyn Fn() -> Box<dyn Observer> + Sync),
) -> WindowResult {
    let mut worlds: Vec<Box<dyn Part>> = groups.into_par_iter().map(start).collect();
    if worlds.len() == 1
        && let Some(mut world) = worlds.pop()
    {
        let end = world.run();
        let (observer, trail) = world.into_seen();
        return WindowResult { observer, end, trails: vec![trail] };
    }
    run_together(&mut worlds);
    let end = |mut world: Box<dyn Part>| {
        let end = world.conclude();
        let (observer, trail) = world.into_seen();
        (observer, end, trail)
    };
    merge(worlds.into_iter().map(end).collect(), observe)
}

/// Runs worlds of one window, side by side, to its end. Arrivals stop, and everything is read back, when all of them are
/// ready for it, so that the window is as long as that of a single world would be. A storm in one of them ends them all.
fn run_together(worlds: &mut [Box<dyn Part>]) {
    while worlds.iter().any(|world| !world.is_done()) {
        let (at, next) = meet(worlds);
        worlds.par_iter_mut().for_each(|world| world.go_on(at, next));
    }
}

/// What the worlds of a window do together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// They end their present stage.
    End(EndReason),
    /// They jump.
    Jump(Span),
}

/// What all worlds, none of which has anything to do before its next check, can do now.
fn common(worlds: &[Box<dyn Part>]) -> Option<Next> {
    if let Some(reasons) = worlds.iter().map(|world| world.ripe()).collect::<Option<Vec<_>>>() {
        return reasons.into_iter().max().map(Next::End);
    }
    let leaps: Vec<Leap> = worlds.iter().map(|world| world.leap()).collect::<Option<_>>()?;
    let wanted = leaps.iter().any(|leap| leap.wanted);
    leaps.iter().map(|leap| leap.at_most).min().filter(|_| wanted).map(Next::Jump)
}

/// Runs all worlds to the first time at which each could end its present stage, or jump, or until a storm has ended one of
/// them. No world can before its own first time from `at` on, so the latest of these is the next time that may be common to
/// all.
fn meet(worlds: &mut [Box<dyn Part>]) -> (SimTime, Next) {
    let mut at = SimTime::ZERO;
    loop {
        let times: Vec<SimTime> = worlds.par_iter_mut().map(|world| world.run_stage(at)).collect();
        let latest = times.iter().copied().max().unwrap_or(at);
        if let Some(storm) = worlds.iter().filter_map(|world| world.storm_seen()).min() {
            return (latest, Next::End(storm));
        }
        at = latest;
        if times.iter().all(|time| *time == latest) {
            match common(worlds) {
                Some(next) => return (latest, next),
                None => at = latest + CHECK_EVERY,
            }
        }
    }
}

/// Merges the worlds of a window in the order of their groups.
fn merge(
    parts: Vec<(Box<dyn Observer>, WindowEnd, Trail)>,
    observe: &(dyn Fn() -> Box<dyn Observer> + Sync),
) -> WindowResult {
    let mut digest = Digest::EMPTY;
    let (mut merged, mut sum, mut trails) = (None::<Box<dyn Observer>>, None::<WindowEnd>, Vec::new());
    for (observer, end, trail) in parts {
        digest.fold(end.digest);
        trails.push(trail);
        match &mut merged {
            None => merged = Some(observer),
            Some(first) => first.merge(observer),
        }
        sum = Some(match sum {
            None => end,
            Some(all) => WindowEnd {
                at: all.at.max(end.at),
                reason: all.reason.max(end.reason),
                events: all.events + end.events,
                digest: 0,
                open_operations: all.open_operations + end.open_operations,
                mode: all.mode,
            },
        });
    }
    let nothing = WindowEnd {
        at: SimTime::ZERO,
        reason: EndReason::Settled,
        events: 0,
        digest: 0,
        open_operations: 0,
        mode: String::new(),
    };
    let end = WindowEnd { digest: digest.value(), ..sum.unwrap_or(nothing) };
    WindowResult { observer: merged.unwrap_or_else(observe), end, trails }
}
