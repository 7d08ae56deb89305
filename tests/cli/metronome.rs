//! Windows that need no engine: operations at an even beat, which fail while a fault of the plan is open.

use geodes::base::digest::{Digest, text_hash};
use geodes::base::ids::{ClientId, PartitionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{Observer, Runnable, WindowResult, WindowSpec};
use geodes::engine::record::{EndReason, FaultSite, Record, WindowEnd};
use geodes::model::operation::{Action, Claims, Key, Observed, OpId, Operation, Outcome, Status, WriteId};
use geodes::model::plan::Plan;
use std::sync::Arc;

/// Five operations a second for half an hour.
pub struct Metronome;

impl Runnable for Metronome {
    fn run(
        &self,
        plan: &Plan,
        spec: WindowSpec,
        observe: &(dyn Fn() -> Box<dyn Observer> + Sync),
    ) -> WindowResult {
        beats(plan, spec, observe(), 9_000)
    }
}

/// So many operations, a fifth of a second apart.
pub fn beats(plan: &Plan, spec: WindowSpec, mut observer: Box<dyn Observer>, count: u64) -> WindowResult {
    let mut records = Vec::new();
    for (id, fault) in plan.faults.iter() {
        let site = FaultSite { class: "region(write)".into(), ..FaultSite::default() };
        records.push((fault.at, Record::FaultBegan { at: fault.at, fault: id, site }));
        if let Some(lasts) = fault.lasts {
            records.push((fault.at + lasts, Record::FaultEnded { at: fault.at + lasts, fault: id }));
        }
    }
    let end = SimTime(count * 200_000_000);
    for n in 1..count {
        // Each seed has its own phase.
        let at = SimTime(n * 200_000_000 + text_hash(&spec.seed.to_string()) % 100_000_000);
        let down = |f: &geodes::model::fault::Fault| f.at <= at && f.lasts.is_none_or(|l| at < f.at + l);
        let ok = !plan.faults.iter().any(|(_, fault)| down(fault));
        records.push((at, invoked(n, at)));
        records.push((at + Span::millis(5), Record::Completed(Box::new(operation(n, at, ok, plan)))));
    }
    records.sort_by_key(|(at, _)| *at);
    let mut digest = Digest::EMPTY;
    records.iter().for_each(|(at, _)| digest.fold(at.0));
    let end = WindowEnd {
        at: end,
        reason: EndReason::Settled,
        events: records.len() as u64,
        digest: digest.value(),
        open_operations: 0,
        mode: String::new(),
    };
    let mut records: Vec<Record> = records.into_iter().map(|(_, record)| record).collect();
    records.push(Record::End(end.clone()));
    observer.on_records(&records);
    WindowResult { observer, end, trails: Vec::new() }
}

fn action(n: u64) -> Action {
    if n.is_multiple_of(2) { Action::Write(WriteId(n)) } else { Action::Read }
}

fn invoked(n: u64, at: SimTime) -> Record {
    Record::Invoked {
        at: (at, 2 * n),
        id: OpId(n),
        client: ClientId(0),
        partition: PartitionId(0),
        // A key each: whatever order operations take effect in, nothing contradicts it.
        key: Key::register(n),
        more: Arc::from([]),
    }
}

fn operation(n: u64, at: SimTime, ok: bool, plan: &Plan) -> Operation {
    let reads = ok && !action(n).is_write();
    Operation {
        id: OpId(n),
        client: ClientId(0),
        region: plan.clients[ClientId(0)].region,
        partition: PartitionId(0),
        key: Key::register(n),
        action: action(n),
        bytes: 1_000,
        invoked: (at, 2 * n),
        completed: (at + Span::millis(5), 2 * n + 1),
        outcome: if ok { Outcome::Ok } else { Outcome::Fail },
        status: if ok { Status::OK } else { Status::new(503, 0) },
        observed: if reads { Observed::Value(WriteId::INITIAL) } else { Observed::Nothing },
        position: None,
        served: ok.then_some(plan.clients[ClientId(0)].region),
        level: 0,
        claims: Claims::SESSION,
        attempts: 1,
        throttled: 0,
        charge: 1.0,
        session_reset: false,
        closing: false,
    }
}
