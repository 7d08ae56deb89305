//! Liveness: once everything is up and connected again, replicas agree within the time that is derived.

use crate::case::{Case, small};
use geodes::base::ids::{ClientId, PartitionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::world::World;
use geodes::model::operation::{Action, Key};
use geodes::model::plan::Limits;
use geodes::system::crdt::{Actor, Crdt};

/// Three messages one way each, and two disks, take less than this.
const MESSAGES: Span = Span::secs(1);

fn agree(world: &World<Crdt>) -> bool {
    let replicas = world.actor_ids().filter(|id| matches!(world.actor(*id), Actor::Replica(_)));
    let mut disks = replicas.map(|id| world.disk(id));
    let Some(first) = disks.next() else { return false };
    disks.all(|disk| disk.map == first.map)
}

/// How long after the end of the last fault, at 60 s, the replicas agree. Until then clients write.
fn healed(mut case: Case) -> Span {
    let plan = &mut case.plan;
    plan.workloads.iter_mut().for_each(|(_, workload)| workload.rate_per_s = 0.0);
    plan.limits = Limits { at_least: Span::MAX, cap: Span::MAX, until_settled: false };
    let mut world = case.world();
    for n in 0..400 {
        world.run_until(SimTime::ZERO + Span::millis(149 * n));
        let write = world.fresh_write();
        let client = ClientId((n % 6) as u32);
        world.ask(client, PartitionId(0), Key::register(n % 50), Action::Write(write));
        world.take_records();
    }
    let end = SimTime::ZERO + Span::secs(60);
    world.run_until(end - Span::nanos(1));
    assert!(!agree(&world), "the faults have an effect");
    let mut now = end;
    while !agree(&world) && now.since(end) < Span::mins(10) {
        now += Span::millis(100);
        world.run_until(now);
    }
    now.since(end)
}

#[test]
fn replicas_agree_within_the_healing_time_whatever_was_missed() {
    let kinds = ["isolation", "power-loss", "destroyed-disk", "crash"];
    for (n, kind) in kinds.into_iter().enumerate() {
        for log in [3, 10_000] {
            let text = small(&format!("consistency = \"eventual\"\nlog = {log}"))
                .fault("region:West US 2", kind, 10.0, 50.0)
                .fault("link:East US->Central US", "cut", 20.0, 40.0);
            let case = Case::new(&text.text(n as u64 + 1));
            let (bound, took) = (case.settings.healing_time() + MESSAGES, healed(case));
            assert!(took <= bound, "{kind}, log {log}: {took}, derived {bound}");
        }
    }
}
