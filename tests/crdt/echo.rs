//! Nobody is sent what he has told, or was told by another.

use crate::case::{Case, small};
use crate::support::Seen;
use geodes::base::ids::{ClientId, PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::{Purpose, Record};
use geodes::model::operation::{Action, Key};
use geodes::model::plan::Limits;

const WEST: RegionId = RegionId(0);
const EAST: RegionId = RegionId(1);
const CENTRAL: RegionId = RegionId(2);

/// Messages and bytes that one region sent another for a purpose.
fn sent(seen: &Seen, pair: (RegionId, RegionId), what: Purpose) -> (u64, u64) {
    let all = seen.records.iter().filter_map(|record| match record {
        Record::Traffic { from, to, purpose, messages, bytes }
            if (*from, *to, *purpose) == (Some(pair.0), Some(pair.1), what) =>
        {
            Some((*messages, *bytes))
        }
        _ => None,
    });
    all.fold((0, 0), |sum, each| (sum.0 + each.0, sum.1 + each.1))
}

#[test]
fn what_a_replica_was_told_is_not_sent_back_nor_to_those_who_were_told_it_too() {
    let mut case = Case::new(&small("consistency = \"eventual\"").text(7));
    let plan = &mut case.plan;
    plan.workloads.iter_mut().for_each(|(_, workload)| workload.rate_per_s = 0.0);
    plan.limits = Limits { at_least: Span::ZERO, cap: Span::secs(60), until_settled: false };
    let mut world = case.world();
    let mut write = |second, client, key| {
        world.run_until(SimTime::ZERO + Span::secs(second));
        let write = world.fresh_write();
        world.ask(ClientId(client), PartitionId(0), Key::register(key), Action::Write(write));
    };
    // West writes forty keys; when all have them for long, East writes one.
    (0..40).for_each(|key| write(1, 0, key));
    write(40, 2, 50);
    let mut seen = Seen::new(case.checks(), true);
    world.run(&mut seen);
    let told = sent(&seen, (WEST, EAST), Purpose::Replication);
    assert!(told.1 > 40 * 1024, "{told:?}");
    for to in [WEST, CENTRAL] {
        let (messages, bytes) = sent(&seen, (EAST, to), Purpose::Replication);
        assert!(messages == 1 && bytes < 2 * 1024, "{to:?}: {messages} messages of {bytes} B");
    }
    assert_eq!(sent(&seen, (CENTRAL, WEST), Purpose::Replication), (0, 0));
}

#[test]
fn whole_states_that_end_a_long_outage_are_sent_once_and_not_back() {
    let mut text = small("consistency = \"eventual\"\nlog = 30");
    text.load = "rate = \"10/s\"\nreads = \"50%\"\nkeys = 200".into();
    for other in ["East US", "Central US"] {
        text = text.fault(&format!("link:West US 2<->{other}"), "cut", 30.0, 120.0);
    }
    let mut case = text.case();
    case.plan.limits = Limits { at_least: Span::ZERO, cap: Span::secs(600), until_settled: false };
    let seen = case.run();
    seen.assert_sound();
    let wholes = |from, to| sent(&seen, (from, to), Purpose::Copy).0;
    let all: Vec<u64> = [WEST, EAST, CENTRAL]
        .into_iter()
        .flat_map(|from| [WEST, EAST, CENTRAL].map(|to| if from == to { 0 } else { wholes(from, to) }))
        .collect();
    assert!(wholes(WEST, EAST) + wholes(WEST, CENTRAL) >= 1, "the outage was too short: {all:?}");
    assert!(wholes(EAST, WEST) + wholes(CENTRAL, WEST) >= 1, "the outage was too short: {all:?}");
    // Whoever has it from one may be sent it by the other, too, who had not heard of that: not again after that.
    assert!(all.iter().all(|sent| *sent <= 1), "{all:?}");
}
