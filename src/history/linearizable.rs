//! The online check of linearizability, per key: registers by zones, objects by search, write-once keys as registers that
//! are absent at first.

mod evidence;
mod object;
mod once;
mod open;
mod register;
mod tally;

use crate::base::ids::PartitionId;
use crate::base::time::Span;
use crate::engine::record::{Change, Record};
use crate::history::cluster::{Access, Point};
use crate::history::verdict::GuaranteeVerdict;
use crate::history::wgl::Call;
use crate::history::wgl::search::Act;
use crate::model::operation::{Action, Claims, Key, Observed, OpId, Operation, Outcome, WriteId};
use object::{Object, effect};
use once::Once;
use open::Open;
use register::Register;
use std::collections::BTreeMap;
use tally::{Court, Tally};

/// Whether every key of a history is linearizable, as far as operations claim it.
///
/// Reads take part if their claims include [`Claims::LINEARIZABLE`], and so do the refusals of conditional writes; all
/// writes take part, but what they found there counts only if they claim it. Intervals are closed. Operations of unknown
/// outcome may take effect at any time after their invocation, or never. Each key is folded as soon as no open operation
/// can matter, so that memory follows concurrency, not length.
///
/// With `restart_at_cut` a lineage cut starts its partition anew: any earlier version may then be the current one.
#[derive(Clone, Debug)]
pub struct Linearizable {
    restart_at_cut: bool,
    partitions: BTreeMap<PartitionId, Partition>,
    tally: Tally,
    /// The end of the latest operation.
    now: Point,
}

#[derive(Clone, Debug, Default)]
struct Partition {
    registers: BTreeMap<Key, (Open, Register)>,
    objects: BTreeMap<Key, Object>,
    once: Once,
}

impl Linearizable {
    /// A check with nothing seen.
    pub fn new(restart_at_cut: bool) -> Linearizable {
        Linearizable {
            restart_at_cut,
            partitions: BTreeMap::new(),
            tally: Tally::new(),
            now: Point::BEGINNING,
        }
    }

    /// Takes in one record. Records of a partition come in order of time.
    pub fn on_record(&mut self, record: &Record) {
        match record {
            Record::Invoked { at, id, partition, key, more, .. } => {
                let home = self.partitions.entry(*partition).or_default();
                home.begin(*partition, *key, *id, Point::at(*at));
                more.iter().for_each(|key| home.begin(*partition, *key, *id, Point::at(*at)));
            }
            Record::Completed(operation) => self.completed(operation),
            Record::Change { change: Change::LineageCut { partition, .. }, .. } if self.restart_at_cut => {
                if let Some(home) = self.partitions.get_mut(partition) {
                    home.restart();
                }
            }
            _ => {}
        }
    }

    /// The judgement, with the first violation as evidence.
    pub fn finish(mut self) -> GuaranteeVerdict {
        const NAME: &str = "linearizable";
        self.close();
        let Tally { first, checked, unknown, .. } = self.tally;
        match (first, unknown) {
            (Some(finding), _) => {
                let place = evidence::place(finding.partition, finding.key);
                GuaranteeVerdict::violated(NAME, checked, format!("{place}: {}", finding.why), finding.lines)
            }
            (None, Some(why)) => GuaranteeVerdict::unknown(NAME, checked, why),
            (None, None) => GuaranteeVerdict::holds(NAME, checked),
        }
    }

    /// The history ends: judges what waited for open operations, so that [`delta`](Self::delta) is final. Nothing may
    /// be fed afterwards; [`finish`](Self::finish) does this by itself.
    pub fn close(&mut self) {
        for (partition, home) in &mut self.partitions {
            home.finish(*partition, &mut self.tally);
        }
        self.partitions.clear();
    }

    /// Adds the check of other partitions.
    pub fn merge(&mut self, other: Linearizable) {
        self.partitions.extend(other.partitions);
        self.tally.merge(other.tally);
        self.now = self.now.max(other.now);
    }

    /// By how much read starts of registers and write-once keys must move earlier for the history to be linearizable
    /// (delta-atomicity), zero if it is so far; `None` if no length is known to help, because a value was never written
    /// or its version is no longer remembered.
    pub fn delta(&self) -> Option<Span> {
        self.tally.delta
    }

    /// 1 and the most writes that certainly lay between a read of a register and the value it returned: the history is
    /// not k-atomic for any smaller k.
    pub fn k_lower_bound(&self) -> u64 {
        self.tally.k
    }

    /// How many keys, intervals and remembered acknowledgements are held: it stays flat for a fixed set of keys.
    pub fn footprint(&self) -> usize {
        let of = |home: &Partition| {
            let registers: usize = home.registers.values().map(|(_, r)| r.footprint()).sum();
            let objects: usize = home.objects.values().map(Object::footprint).sum();
            registers + objects + home.once.footprint()
        };
        self.partitions.values().map(of).sum()
    }

    fn completed(&mut self, operation: &Operation) {
        let now = Point::at(operation.completed);
        if now < self.now {
            self.tally.give_up(|| "operations did not end in the order of their times".into());
        }
        self.now = now;
        let home = self.partitions.entry(operation.partition).or_default();
        home.completed(operation, now, &mut self.tally);
    }
}

impl Partition {
    fn begin(&mut self, partition: PartitionId, key: Key, id: OpId, start: Point) {
        if key.is_once() {
            self.once.begin(partition, key, id, start);
        } else if key.is_object() {
            self.objects.entry(key).or_insert_with(Object::new).open.begin(id, start);
        } else {
            let fresh = || (Open::default(), Register::new());
            self.registers.entry(key).or_insert_with(fresh).0.begin(id, start);
        }
    }

    fn completed(&mut self, op: &Operation, now: Point, tally: &mut Tally) {
        match (&op.action, &op.observed) {
            (Action::Batch(writes), _) => {
                for (key, value) in writes.iter() {
                    self.plain(op, *key, now, Some(*value), None, tally);
                }
            }
            (Action::BatchRead(keys), Observed::Many(seen)) => {
                for key in keys.iter() {
                    let value = seen.iter().find(|(k, _)| k == key);
                    self.plain(op, *key, now, None, value.map(|(_, v)| v.unwrap_or_default()), tally);
                }
            }
            (Action::BatchRead(keys), _) => {
                keys.iter().for_each(|key| self.plain(op, *key, now, None, None, tally));
            }
            (Action::ReadBack, observed) => self.read_back(op, observed, tally),
            _ if op.key.is_object() => self.object(op, now, tally),
            (action, observed) => {
                let seen = match observed {
                    Observed::Absent => Some(WriteId::INITIAL),
                    Observed::Value(value) => Some(*value),
                    _ => None,
                };
                self.plain(op, op.key, now, action.write_id(), seen, tally);
            }
        }
    }

    /// One key of an operation on registers or write-once keys: a write of `written`, else a read that saw `seen`.
    fn plain(
        &mut self,
        op: &Operation,
        key: Key,
        now: Point,
        written: Option<WriteId>,
        seen: Option<WriteId>,
        tally: &mut Tally,
    ) {
        let home = if key.is_once() { self.once.get(key) } else { self.registers.get_mut(&key) };
        let Some((open, register)) = home else { return never_invoked(tally) };
        let Some(closed) = open.end(op.id) else { return never_invoked(tally) };
        let mut court = Court { tally, partition: op.partition, key };
        let access = |write, value| Access {
            id: op.id,
            client: op.client,
            write,
            value,
            start: closed.start,
            finish: now,
        };
        match (written, seen) {
            (Some(value), _) => {
                court.tally.checked += 1;
                let write = access(true, value);
                let unknown = Access { finish: Point::NEVER, ..write };
                match op.outcome {
                    Outcome::Ok if !closed.crossed => register.write(write, &mut court),
                    Outcome::Ok | Outcome::Unknown => register.write(unknown, &mut court),
                    Outcome::Fail => register.failed(write, &mut court),
                }
            }
            (None, Some(value)) if takes_part(op) && op.outcome == Outcome::Ok && !closed.crossed => {
                court.tally.checked += 1;
                register.read(access(false, value), &mut court);
            }
            _ => {}
        }
        if key.is_once() {
            self.once.fold(now, &mut court);
        } else {
            register.fold(open.horizon(now), &mut court);
        }
    }

    fn object(&mut self, op: &Operation, now: Point, tally: &mut Tally) {
        let Some(object) = self.objects.get_mut(&op.key) else { return never_invoked(tally) };
        let Some(closed) = object.open.end(op.id) else { return never_invoked(tally) };
        if let Some((effect, definite)) = effect(op) {
            // What crossed a lineage cut may have taken effect or not, and what it saw says nothing any more.
            if !(closed.crossed && effect.observes()) {
                tally.checked += 1;
                let finish = if definite && !closed.crossed { now } else { Point::NEVER };
                let call = Call { effect, start: closed.start, finish };
                object.add(Act { id: op.id, client: op.client, call });
            }
        }
        let horizon = object.open.horizon(now);
        object.fold(horizon, &mut Court { tally, partition: op.partition, key: op.key });
    }

    fn read_back(&mut self, op: &Operation, observed: &Observed, tally: &mut Tally) {
        let key = op.key;
        let mut crossed = false;
        if key.is_once() {
            crossed = self.once.get(key).and_then(|(open, _)| open.end(op.id)).is_some_and(|c| c.crossed);
            let court = &mut Court { tally, partition: op.partition, key };
            self.once.fold(Point::at(op.completed), court);
        } else if key.is_object() {
            crossed = self.objects.get_mut(&key).and_then(|o| o.open.end(op.id)).is_some_and(|c| c.crossed);
        } else if let Some((open, _)) = self.registers.get_mut(&key) {
            crossed = open.end(op.id).is_some_and(|c| c.crossed);
        }
        let Observed::Serials(serials) = observed else { return };
        if takes_part(op) && op.outcome == Outcome::Ok && !crossed {
            tally.checked += 1;
            let (start, finish) = (Point::at(op.invoked), Point::at(op.completed));
            let read =
                Access { id: op.id, client: op.client, write: false, value: WriteId::INITIAL, start, finish };
            self.once.read_back(&read, serials, op.partition, tally);
        }
    }

    fn restart(&mut self) {
        for (open, register) in self.registers.values_mut() {
            open.cut();
            register.restart();
        }
        self.objects.values_mut().for_each(Object::restart);
        self.once.restart();
    }

    fn finish(&mut self, partition: PartitionId, tally: &mut Tally) {
        for (key, (open, register)) in &mut self.registers {
            register.fold(open.horizon(Point::NEVER), &mut Court { tally, partition, key: *key });
        }
        for (key, object) in &mut self.objects {
            object.finish(&mut Court { tally, partition, key: *key });
        }
        self.once.finish(partition, tally);
    }
}

/// Whether what an operation saw is to be judged.
fn takes_part(op: &Operation) -> bool {
    op.claims.has(Claims::LINEARIZABLE)
}

fn never_invoked(tally: &mut Tally) {
    tally.give_up(|| "an operation ended that was not seen to begin".into());
}
