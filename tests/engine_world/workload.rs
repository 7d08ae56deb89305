//! The driver: arrivals, kinds, outcomes.

use crate::place::*;
use crate::toy::*;
use geodes::base::ids::{NodeId, PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::{Answer, Record};
use geodes::model::fault::{FaultKind, Scope};
use geodes::model::operation::*;
use geodes::model::plan::{Action as PlanAction, Plan};
use geodes::model::workload::{Arrivals, Workload, WriteMix};

const P0: PartitionId = PartitionId(0);

fn loaded(load: Workload, clients: u32) -> (Config, Plan) {
    let mut p = plan(2);
    p.workloads.push(load);
    add_clients(&mut p, RegionId(0), clients, false);
    (Config { replicas: vec![(P0, NodeId(0), true)], ..Config::default() }, p)
}

fn history(config: &Config, p: &Plan) -> Vec<Record> {
    let mut keep = Keep::default();
    world(config, p).run(&mut keep);
    keep.0
}

#[test]
fn arrivals_come_at_the_workloads_rate_whatever_the_spacing() {
    for arrivals in [Arrivals::Poisson, Arrivals::Even] {
        let (config, mut p) = loaded(Workload { arrivals, ..workload(400.0) }, 4);
        p.limits.cap = Span::secs(50);
        let records = history(&config, &p);
        let ops: Vec<_> = operations(&records).into_iter().filter(|op| !op.closing).collect();
        let slack = if arrivals == Arrivals::Even { 4 } else { 600 };
        assert!(ops.len().abs_diff(20_000) <= slack, "{} operations, {arrivals:?}", ops.len());
        let of_one: Vec<SimTime> =
            ops.iter().filter(|op| op.client == CLIENT).map(|op| op.invoked.0).collect();
        let gaps: Vec<u64> = of_one.windows(2).map(|w| w[1].since(w[0]).0).collect();
        let equal = gaps.iter().all(|g| *g == gaps[0]);
        assert_eq!(equal, arrivals == Arrivals::Even);
    }
}

#[test]
fn clients_draw_on_their_own() {
    let arrivals = |clients: u32, down: bool| {
        let mut load = workload(10.0 * f64::from(clients));
        load.reads = 0.7;
        let (config, mut p) = loaded(load, clients);
        if down {
            let scope = Scope::Node(p.clients[geodes::base::ids::ClientId(1)].node);
            p.faults.push(fault(scope, FaultKind::Crash, Span::secs(2), Some(Span::secs(3))));
        }
        let records = history(&config, &p);
        let invoked = |client: u32| {
            operations(&records)
                .iter()
                .filter(|op| !op.closing && op.client.0 == client)
                .map(|op| (op.invoked.0, op.action.name()))
                .collect::<Vec<_>>()
        };
        (invoked(0), invoked(1), records)
    };
    let ((base, other, _), (more, _, _), (with_fault, faulted, records)) =
        (arrivals(2, false), arrivals(3, false), arrivals(2, true));
    assert!(base.len() > 50);
    assert_eq!(base, more, "another client changes nothing");
    assert_eq!(base, with_fault, "another client's crash changes nothing");
    let outside: Vec<_> = other.iter().filter(|(at, _)| !(secs(2)..secs(5)).contains(at)).cloned().collect();
    assert_eq!(faulted, outside, "a client that was down goes on as if it had not been");
    let skipped = records.iter().find_map(|r| match r {
        Record::ClientDown { region, skipped } => Some((*region, *skipped)),
        _ => None,
    });
    assert_eq!(skipped, Some((RegionId(0), (other.len() - faulted.len()) as u64)));
}

#[test]
fn the_mix_is_what_the_workload_says() {
    let mix = WriteMix { insert: 0.1, replace: 0.1, delete: 0.1, conditional: 0.2, batch: 0.2 };
    let load = Workload { reads: 0.4, write_once: 0.25, mix, objects: 5, batch_keys: 3, ..workload(1_000.0) };
    let (config, mut p) = loaded(load, 5);
    p.limits.cap = Span::secs(30);
    let records = history(&config, &p);
    let ops: Vec<_> = operations(&records).into_iter().filter(|op| !op.closing).collect();
    let share = |f: &dyn Fn(&Operation) -> bool| {
        (1_000.0 * ops.iter().filter(|op| f(op)).count() as f64 / ops.len() as f64).round() as i64
    };
    let near = |name: &str, got: i64, expected: i64| {
        assert!((got - expected).abs() <= 8, "{name}: {got} per mille, expected {expected}");
    };
    near("reads", share(&|op| !op.action.is_write()), 400);
    near("batch reads", share(&|op| matches!(op.action, Action::BatchRead(_))), 80);
    near("write-once", share(&|op| op.action.is_write() && op.key.is_once()), 150);
    near("replace and the like", share(&|op| op.action.is_write() && op.key.is_object()), 225);
    near("delete", share(&|op| matches!(op.action, Action::Delete(_))), 45);
    near("batch", share(&|op| matches!(op.action, Action::Batch(_))), 90);
    near("plain", share(&|op| matches!(op.action, Action::Write(_))), 135);
    near("once reads", share(&|op| matches!(op.action, Action::Read) && op.key.is_once()), 20);
    assert!(share(&|op| matches!(op.action, Action::Conditional { .. })) > 20);
    let serials: Vec<u64> =
        ops.iter().filter(|op| op.action.is_write() && op.key.is_once()).map(|op| op.key.number()).collect();
    let mut sorted = serials.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..serials.len() as u64).collect::<Vec<_>>(), "serials count up, each used once");
    let batch =
        ops.iter().find_map(|op| if let Action::Batch(b) = &op.action { Some((op, b)) } else { None });
    let (op, writes) = batch.expect("one was made");
    assert!(writes.len() == 3 && writes[0].0 == op.key && writes[0].0 != writes[1].0);
    let more = records.iter().find_map(|r| match r {
        Record::Invoked { id, more, .. } if *id == op.id => Some(more.to_vec()),
        _ => None,
    });
    assert_eq!(more, Some(vec![writes[1].0, writes[2].0]));
}

#[test]
fn an_unanswered_write_is_unknown_and_an_unanswered_read_fails() {
    let (config, mut p) = loaded(workload(0.0), 1);
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Crash, Span::ZERO, None));
    let mut w = world(&config, &p);
    w.run_until(ms(1));
    let id = w.fresh_write();
    let write = w.ask(CLIENT, P0, Key::register(1), Action::Write(id)).expect("runs");
    let read = w.ask(CLIENT, P0, Key::register(1), Action::Read).expect("runs");
    w.run_until(ms(2_000));
    assert!(w.result(write).is_none());
    w.run_until(ms(2_001));
    let end = |op| w.result(op).map(|o| (o.outcome, o.status, o.completed.0));
    assert_eq!(end(write), Some((Outcome::Unknown, Status::TIMEOUT, ms(2_001))));
    assert_eq!(end(read), Some((Outcome::Fail, Status::TIMEOUT, ms(2_001))));
}

#[test]
fn a_clients_death_ends_what_it_had_open_and_late_answers_are_ignored() {
    let (config, p) = loaded(workload(0.0), 1);
    let mut w = world(&config, &p);
    let id = w.fresh_write();
    let write = w.ask(CLIENT, P0, Key::register(1), Action::Write(id)).expect("runs");
    let node = p.clients[CLIENT].node;
    w.strike_fault(fault(Scope::Node(node), FaultKind::Crash, Span::ZERO, Some(Span::millis(3))));
    assert_eq!(w.result(write).map(|o| o.outcome), Some(Outcome::Unknown));
    assert!(w.ask(CLIENT, P0, Key::register(1), Action::Read).is_none(), "a dead client asks nothing");
    w.run_until(secs(5));
    assert_eq!(w.result(write).map(|o| o.outcome), Some(Outcome::Unknown), "the answer came too late");
    let records = w.take_records();
    assert_eq!(operations(&records).len(), 1);
    let read = w.ask(CLIENT, P0, Key::register(1), Action::Read).expect("it runs again");
    w.run_until(secs(6));
    let seen = w.result(read).map(|o| o.observed.clone());
    assert_eq!(seen, Some(Observed::Value(id)), "the write had its effect");
}

#[test]
fn an_operation_carries_its_level_claims_place_and_order() {
    let load = Workload { read_level: Some("weak".to_string()), ..workload(0.0) };
    let (config, p) = loaded(load, 1);
    let mut w = world(&config, &p);
    let id = w.fresh_write();
    let write = w.ask(CLIENT, P0, Key::register(1), Action::Write(id)).expect("runs");
    w.run_until(secs(1));
    let read = w.ask(CLIENT, P0, Key::register(1), Action::Read).expect("runs");
    w.run_until(secs(2));
    let (write, read) = (w.result(write).expect("ended"), w.result(read).expect("ended"));
    assert_eq!((write.level, write.claims), (1, Claims::LINEARIZABLE));
    assert_eq!((read.level, read.claims), (0, Claims::default()));
    assert_eq!((read.served, read.region, read.attempts), (Some(RegionId(0)), RegionId(0), 1));
    assert!(write.invoked.1 < write.completed.1 && write.completed.1 < read.invoked.1);
    assert_eq!(read.observed, Observed::Value(id));
}

#[test]
fn everything_is_read_back_at_the_end() {
    let (config, mut p) = loaded(Workload { objects: 3, ..workload(100.0) }, 2);
    add_clients(&mut p, RegionId(1), 1, false);
    let records = history(&config, &p);
    let closing: Vec<_> = operations(&records).into_iter().filter(|op| op.closing).collect();
    for region in [RegionId(0), RegionId(1)] {
        let here: Vec<_> = closing.iter().filter(|op| op.region == region).collect();
        assert_eq!(here.len(), 8 + 3 + 1);
        assert!(here.iter().all(|op| op.outcome == Outcome::Ok && op.level == 1));
        let serials = here.iter().find_map(|op| match &op.observed {
            Observed::Serials(ranges) => Some(ranges.len()),
            _ => None,
        });
        let acked = operations(&records)
            .iter()
            .filter(|op| op.key.is_once() && op.action.is_write() && op.outcome == Outcome::Ok)
            .count();
        assert!(acked > 10 && serials == Some(acked));
    }
    let last = operations(&records).iter().filter(|op| !op.closing).map(|op| op.completed.0).max();
    assert!(closing.iter().all(|op| Some(op.invoked.0) >= last), "only once the load has ended");
    assert!(matches!(records.last(), Some(Record::End(end)) if end.open_operations == 0));
}

#[test]
fn actions_reach_the_administration_at_their_time_and_their_answers_are_recorded() {
    let mut p = plan(1);
    for s in [1, 2, 5] {
        p.actions.push(PlanAction { at: secs(s), label: String::new() });
    }
    let scope = Scope::Service;
    p.faults.push(fault(scope, FaultKind::ControlPlaneDown, Span::secs(4), Some(Span::secs(2))));
    let tell = Command::Tell(script(0), vec![Do::Draw]);
    let commands = [tell.clone(), Command::Refuse, tell];
    let config = Config { scripts: vec![(NodeId(0), vec![])], ..Config::default() };
    let mut w = new_world(&config, &p, commands.to_vec(), spec(1), vec![]);
    w.run_until(secs(9));
    let answers: Vec<_> = w
        .take_records()
        .into_iter()
        .filter_map(|r| {
            if let Record::Admin { at, action, answer } = r { Some((at, action.0, answer)) } else { None }
        })
        .collect();
    let refused = |why: &str| Some(Answer::Refused(why.to_string()));
    let expected = vec![
        (secs(1), 0, None),
        (secs(1), 0, Some(Answer::Done)),
        (secs(2), 1, None),
        (secs(2), 1, refused("not today")),
        (secs(5), 2, None),
        (secs(5), 2, refused("the control plane is unreachable")),
    ];
    assert_eq!(answers, expected);
    assert_eq!(seen(w.actor(script(0))).len(), 1);
}
