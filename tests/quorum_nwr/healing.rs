//! Liveness: once everything is up and connected again, replicas agree within the time that is derived.

use crate::place::{Case, LAST_WRITER, VECTORS, small};
use geodes::base::ids::{ClientId, PartitionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::world::World;
use geodes::model::operation::{Action, Key};
use geodes::model::plan::Limits;
use geodes::system::quorum_nwr::{Actor, QuorumNwr};

/// The messages of the last exchange take less than this.
const MESSAGES: Span = Span::secs(1);

fn agree(world: &World<QuorumNwr>) -> bool {
    let replicas = world.actor_ids().filter(|id| match world.actor(*id) {
        Actor::Replica(replica) => replica.partition() == PartitionId(0) && replica.home().is_some(),
        Actor::Client(_) => false,
    });
    let mut disks = replicas.map(|id| world.disk(id));
    let Some(first) = disks.next() else { return false };
    disks.all(|disk| disk.ready && disk.tree == first.tree)
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
    for (n, table) in [LAST_WRITER, VECTORS].into_iter().enumerate() {
        for hints in ["hints = true", "hints = false"] {
            let text = small(1, 1, &format!("{table}{hints}\nread-repair = \"off\"\n"))
                .fault("region:West US 2", "isolation", 10.0, 50.0)
                .fault("region:East US/zone:1/node:1", "power-loss", 20.0, 40.0);
            let case = Case::new(&text.text(n as u64 + 1));
            let (bound, took) = (case.settings.healing_time() + MESSAGES, healed(case));
            assert!(took <= bound, "{table}{hints}: {took}, derived {bound}");
        }
    }
}

#[test]
fn hints_alone_bring_back_a_replica_that_was_away() {
    let table = format!("{LAST_WRITER}read-repair = \"off\"\nanti-entropy = \"off\"\n");
    let text = small(1, 2, &table).fault("region:East US/zone:1/node:1", "power-loss", 10.0, 50.0);
    let case = text.case();
    let (bound, took) = (case.settings.healing_time() + MESSAGES, healed(case));
    assert!(took <= bound, "{took}, derived {bound}");
}

#[test]
fn a_lost_disk_is_filled_again() {
    let table = format!("{LAST_WRITER}read-repair = \"off\"\nanti-entropy = \"off\"\nhints = false\n");
    let text = small(1, 2, &table).fault("region:East US/zone:1/node:1", "destroyed-disk", 10.0, 50.0);
    let took = healed(text.case());
    assert!(took <= MESSAGES * 2, "{took}");
}
