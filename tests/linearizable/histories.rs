//! Histories: random small ones, and their form as records.

use geodes::base::ids::{ActorId, ClientId, PartitionId, RegionId};
use geodes::base::rng::{Seed, Stream};
use geodes::base::time::SimTime;
use geodes::engine::record::{Change, Record};
use geodes::history::cluster::{Access, Point};
use geodes::history::wgl::{Call, Effect, State};
use geodes::model::operation::*;

/// Times are far from 0, so that read starts can move earlier.
pub const ORIGIN: u64 = 1_000;

pub fn stream(purpose: &str) -> Stream {
    Seed { scenario: 11, window: 0 }.named("linearizable", purpose)
}

pub fn at(time: u64, sequence: u64) -> Point {
    Point::at((SimTime(ORIGIN + time), sequence))
}

pub fn access(id: u64, write: bool, value: u64, start: Point, finish: Point) -> Access {
    Access { id: OpId(id), client: ClientId(id as u32), write, value: WriteId(value), start, finish }
}

/// An interval over few distinct times, so that ties occur, some of them down to the sequence number.
fn interval(rng: &mut Stream, times: u64) -> (Point, Point) {
    let point = |rng: &mut Stream| (rng.below(times), rng.below(2));
    let (a, b) = (point(rng), point(rng));
    (at(a.min(b).0, a.min(b).1), at(a.max(b).0, a.max(b).1))
}

/// Up to `most` reads and writes of one register, some of unknown outcome; reads return any value that some write of
/// the history wrote, the initial one, or rarely one that nobody wrote.
pub fn random(rng: &mut Stream, most: u64) -> Vec<Access> {
    let (n, times) = (1 + rng.below(most), 3 + rng.below(12));
    let writes = 1 + rng.below(n.min(4));
    (0..n)
        .map(|id| {
            let (start, finish) = interval(rng, times);
            if id < writes {
                let finish = if rng.chance(0.15) { Point::NEVER } else { finish };
                return access(id, true, id + 1, start, finish);
            }
            let extra = u64::from(rng.chance(0.02));
            access(id, false, rng.below(writes + 1) + 50 * extra, start, finish)
        })
        .collect()
}

/// Reads that mostly return a value current in their interval, so that many histories are linearizable.
pub fn plausible(rng: &mut Stream, most: u64) -> Vec<Access> {
    let mut history = random(rng, most);
    let moments: Vec<Point> =
        history.iter().map(|a| if a.finish == Point::NEVER { a.start } else { a.finish }).collect();
    let writes: Vec<(Point, WriteId)> =
        history.iter().zip(&moments).filter(|(a, _)| a.write).map(|(a, m)| (*m, a.value)).collect();
    for access in history.iter_mut().filter(|a| !a.write) {
        if rng.chance(0.9) {
            let before = writes.iter().filter(|(m, _)| *m <= access.finish).max();
            access.value = before.map_or(WriteId::INITIAL, |(_, v)| *v);
        }
    }
    history
}

/// Up to `most` operations on one object.
pub fn random_object(rng: &mut Stream, most: u64) -> Vec<Call> {
    let (n, times) = (1 + rng.below(most), 3 + rng.below(12));
    (0..n)
        .map(|id| {
            let (start, finish) = interval(rng, times);
            let own = WriteId(id + 1);
            let some = WriteId(1 + rng.below(n));
            let effect = match rng.below(9) {
                0 | 1 => Effect::Insert(own),
                2 => Effect::Replace(own),
                3 => Effect::Delete(true),
                4 => Effect::Conditional { expected: some, write: own },
                5 => Effect::Saw(State::Absent),
                6 => Effect::Saw(State::Value(some)),
                7 => Effect::SawPresent,
                _ => Effect::SawOther(some),
            };
            let unknown = !effect.observes() && rng.chance(0.2);
            Call { effect, start, finish: if unknown { Point::NEVER } else { finish } }
        })
        .collect()
}

pub fn operation(access: &Access, key: Key, end: Point) -> Operation {
    let event = |p: Point| p.event().expect("an event");
    let (action, observed) = match access.write {
        true => (Action::Write(access.value), Observed::Nothing),
        false => (Action::Read, Observed::Value(access.value)),
    };
    Operation {
        id: access.id,
        client: access.client,
        region: RegionId(0),
        partition: PartitionId(0),
        key,
        action,
        bytes: 100,
        invoked: event(access.start),
        completed: event(end),
        outcome: if access.finish == Point::NEVER { Outcome::Unknown } else { Outcome::Ok },
        status: Status::OK,
        observed,
        position: None,
        served: None,
        level: 0,
        claims: Claims::LINEARIZABLE,
        attempts: 1,
        throttled: 0,
        charge: 1.0,
        session_reset: false,
        closing: false,
    }
}

pub fn invoked(op: &Operation) -> Record {
    let mut keys: Vec<Key> = match &op.action {
        Action::Batch(writes) => writes.iter().map(|(k, _)| *k).collect(),
        Action::BatchRead(keys) => keys.to_vec(),
        _ => vec![op.key],
    };
    let key = keys.remove(0);
    Record::Invoked {
        at: op.invoked,
        id: op.id,
        client: op.client,
        partition: op.partition,
        key,
        more: keys.into(),
    }
}

pub fn cut(time: u64) -> Record {
    let change = Change::LineageCut {
        partition: PartitionId(0),
        region: RegionId(0),
        survivor: ActorId(0),
        why: "failover",
    };
    Record::Change { at: SimTime(ORIGIN + time), actor: ActorId(0), change }
}

/// Operations as records in order of time: at the same point invocations come first, since intervals are closed.
pub fn records(operations: Vec<Operation>) -> Vec<Record> {
    let mut records: Vec<((SimTime, u64), bool, Record)> = Vec::new();
    for op in operations {
        records.push((op.invoked, false, invoked(&op)));
        records.push((op.completed, true, Record::Completed(Box::new(op))));
    }
    records.sort_by_key(|(point, ends, _)| (*point, *ends));
    records.into_iter().map(|(_, _, r)| r).collect()
}

/// A history of one register as records. Writes of unknown outcome end `late` after their start.
pub fn register_records(history: &[Access], late: u64) -> Vec<Record> {
    let end = |a: &Access| match a.finish.event() {
        Some(_) => a.finish,
        None => a.start.event().map_or(a.start, |(time, seq)| Point::at((SimTime(time.0 + late), seq))),
    };
    records(history.iter().map(|a| operation(a, Key::register(0), end(a))).collect())
}
