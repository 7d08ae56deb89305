//! Liveness: once everything is up and connected again, replicas agree within the time that is derived.

use crate::place::{Case, LAST_WRITER, VECTORS, small};
use geodes::base::ids::PartitionId;
use geodes::base::time::{SimTime, Span};
use geodes::engine::world::World;
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

/// When the replicas agree again, from the end of the last fault at 60 s, after a load that ends then.
fn healed(case: &mut Case) -> Span {
    let end = SimTime::ZERO + Span::secs(60);
    case.plan.limits.until_settled = false;
    case.plan.limits.cap = Span::secs(59);
    case.plan.limits.at_least = Span::secs(1);
    let mut world = case.world();
    world.run_until(end);
    assert!(!agree(&world), "the faults have an effect");
    let mut now = end;
    while !agree(&world) && now.since(end) < Span::mins(10) {
        now = now + Span::millis(100);
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
            let mut case = Case::new(&text.text(n as u64 + 1));
            let (bound, took) = (case.settings.healing_time() + MESSAGES, healed(&mut case));
            assert!(took <= bound, "{table}{hints}: {took}, derived {bound}");
        }
    }
}

#[test]
fn hints_alone_bring_back_a_replica_that_was_away() {
    let table = format!("{LAST_WRITER}read-repair = \"off\"\nanti-entropy = \"off\"\n");
    let text = small(1, 2, &table).fault("region:East US/zone:1/node:1", "power-loss", 10.0, 50.0);
    let mut case = text.case();
    let (bound, took) = (case.settings.healing_time() + MESSAGES, healed(&mut case));
    assert!(took <= bound, "{took}, derived {bound}");
}

#[test]
fn a_lost_disk_is_filled_again() {
    let table = format!("{LAST_WRITER}read-repair = \"off\"\nanti-entropy = \"off\"\nhints = false\n");
    let text = small(1, 2, &table).fault("region:East US/zone:1/node:1", "destroyed-disk", 10.0, 50.0);
    let took = healed(&mut text.case());
    assert!(took <= MESSAGES * 2, "{took}");
}
