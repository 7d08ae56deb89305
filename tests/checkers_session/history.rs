//! Histories written by hand: one line an operation.

use geodes::base::ids::{ActorId, ClientId, FaultId, PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::{Change, EndReason, LostWrite, Record, WindowEnd};
use geodes::history::checkers::{CheckSpec, Checkers};
use geodes::history::verdict::{GuaranteeVerdict, Verdict};
use geodes::model::operation::{Action, Claims, Key, Observed, OpId, Operation, Outcome, Status, WriteId};

pub const P: PartitionId = PartitionId(0);
pub const ALL: Claims = Claims(2 | 4 | 8 | 16 | 32 | 64 | 128);

/// An operation that took from `from` to `to` (milliseconds).
pub fn op(client: u32, key: Key, action: Action, from: u64, to: u64) -> Operation {
    let at = |ms: u64| (SimTime::ZERO + Span::millis(ms), ms + 1);
    Operation {
        id: OpId(from),
        client: ClientId(client),
        region: RegionId(0),
        partition: P,
        key,
        action,
        bytes: 100,
        invoked: at(from),
        completed: at(to),
        outcome: Outcome::Ok,
        status: Status::OK,
        observed: Observed::Nothing,
        position: None,
        served: Some(RegionId(0)),
        level: 0,
        claims: ALL,
        attempts: 1,
        throttled: 0,
        charge: 1.0,
        session_reset: false,
        closing: false,
    }
}

pub fn write(client: u32, key: u64, value: u64, from: u64, to: u64) -> Operation {
    op(client, Key::register(key), Action::Write(WriteId(value)), from, to)
}

pub fn read(client: u32, key: u64, value: u64, from: u64, to: u64) -> Operation {
    let observed = Observed::Value(WriteId(value));
    Operation { observed, ..op(client, Key::register(key), Action::Read, from, to) }
}

pub fn insert(client: u32, serial: u64, from: u64, to: u64) -> Operation {
    let key = Key::once(serial);
    op(client, key, Action::Insert(WriteId::of_once(P, key)), from, to)
}

pub fn batch(client: u32, writes: &[(u64, u64)], from: u64, to: u64) -> Operation {
    let writes: Vec<_> = writes.iter().map(|(k, v)| (Key::register(*k), WriteId(*v))).collect();
    op(client, writes[0].0, Action::Batch(writes.into()), from, to)
}

pub fn batch_read(client: u32, values: &[(u64, u64)], from: u64, to: u64) -> Operation {
    let values: Vec<_> = values.iter().map(|(k, v)| (Key::register(*k), Some(WriteId(*v)))).collect();
    let keys: Vec<_> = values.iter().map(|(k, _)| *k).collect();
    let observed = Observed::Many(values.into());
    Operation { observed, ..op(client, keys[0], Action::BatchRead(keys.into()), from, to) }
}

pub fn read_back(region: u32, ranges: &[(u64, u64)], from: u64, to: u64) -> Operation {
    let observed = Observed::Serials(ranges.into());
    closing(Operation { observed, ..op(99, Key::once(0), Action::ReadBack, from, to) }, region)
}

pub fn claiming(claims: Claims, op: Operation) -> Operation {
    Operation { claims, ..op }
}
pub fn unknown(op: Operation) -> Operation {
    Operation { outcome: Outcome::Unknown, ..op }
}
pub fn failed(op: Operation) -> Operation {
    Operation { outcome: Outcome::Fail, ..op }
}
pub fn absent(op: Operation) -> Operation {
    Operation { observed: Observed::Absent, ..op }
}
pub fn reset(op: Operation) -> Operation {
    Operation { session_reset: true, ..op }
}
pub fn served(region: u32, op: Operation) -> Operation {
    Operation { served: Some(RegionId(region)), ..op }
}
pub fn closing(op: Operation, region: u32) -> Operation {
    Operation { closing: true, claims: Claims(0), served: Some(RegionId(region)), ..op }
}

pub fn change(ms: u64, change: Change) -> Record {
    Record::Change { at: SimTime::ZERO + Span::millis(ms), actor: ActorId(0), change }
}
pub fn cut(ms: u64, why: &'static str) -> Record {
    change(ms, Change::LineageCut { partition: P, region: RegionId(1), survivor: ActorId(1), why })
}
pub fn lost(value: u64, key: Key, recoverable: bool) -> Record {
    Record::Lost(LostWrite {
        at: SimTime::ZERO + Span::secs(1),
        fault: Some(FaultId(0)),
        write: WriteId(value),
        key,
        partition: P,
        bytes: 100,
        acknowledged: SimTime::ZERO,
        recoverable,
    })
}
pub fn end(reason: EndReason) -> Record {
    let at = SimTime::ZERO + Span::secs(9);
    Record::End(WindowEnd { at, reason, events: 0, digest: 0, open_operations: 0, mode: String::new() })
}

/// The beginning of an operation.
pub fn begun(op: &Operation) -> Record {
    let keys: Vec<Key> = match &op.action {
        Action::Batch(writes) => writes.iter().map(|(key, _)| *key).collect(),
        Action::BatchRead(keys) => keys.to_vec(),
        _ => vec![op.key],
    };
    let (id, client, partition) = (op.id, op.client, op.partition);
    Record::Invoked { at: op.invoked, id, client, partition, key: keys[0], more: keys[1..].into() }
}

pub fn done(op: Operation) -> Record {
    Record::Completed(Box::new(op))
}

/// The verdicts over these records.
pub fn judge(spec: CheckSpec, records: Vec<Record>) -> Vec<GuaranteeVerdict> {
    let mut checkers = Checkers::new(spec);
    for record in &records {
        checkers.on_record(record);
    }
    checkers.finish()
}

/// The verdicts over these operations, with a bound of 2 writes and 50 ms.
pub fn judge_ops(ops: Vec<Operation>) -> Vec<GuaranteeVerdict> {
    judge(bounded_spec(), ops.into_iter().map(done).collect())
}

pub fn bounded_spec() -> CheckSpec {
    CheckSpec { bounded: Some((2, Span::millis(50))), ..CheckSpec::default() }
}

/// The names of the violated guarantees.
pub fn violated(verdicts: &[GuaranteeVerdict]) -> Vec<&'static str> {
    verdicts.iter().filter(|v| v.verdict == Verdict::Violated).map(|v| v.name).collect()
}

pub fn verdict<'a>(verdicts: &'a [GuaranteeVerdict], name: &str) -> &'a GuaranteeVerdict {
    verdicts.iter().find(|v| v.name == name).expect("the guarantee is judged")
}
