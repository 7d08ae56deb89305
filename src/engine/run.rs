//! Running a window: one world, or one for each group of partitions, side by side.

use crate::base::digest::Digest;
use crate::base::ids::PartitionId;
use crate::engine::contract::{Observer, Runnable, System, WindowResult, WindowSpec};
use crate::engine::record::WindowEnd;
use crate::engine::trail::Trail;
use crate::engine::world::World;
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
        let one = |group: Vec<PartitionId>| {
            let mut world = self.world(&plan, spec, group);
            let mut observer = observe();
            let end = world.run(&mut *observer);
            (observer, end, world.trail().clone())
        };
        let mut parts: Vec<(Box<dyn Observer>, WindowEnd, Trail)> = groups.into_par_iter().map(one).collect();
        if parts.len() == 1
            && let Some((observer, end, trail)) = parts.pop()
        {
            return WindowResult { observer, end, trails: vec![trail] };
        }
        merge(parts, observe)
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
            },
        });
    }
    let nothing = WindowEnd {
        at: crate::base::time::SimTime::ZERO,
        reason: crate::engine::record::EndReason::Settled,
        events: 0,
        digest: 0,
        open_operations: 0,
    };
    let end = WindowEnd { digest: digest.value(), ..sum.unwrap_or(nothing) };
    WindowResult { observer: merged.unwrap_or_else(observe), end, trails }
}
