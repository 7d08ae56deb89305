//! The online check of one object: a [`Search`] over its operations, as far as no open one can still add earlier ones.

use super::evidence::{Finding, place, time};
use super::open::Open;
use super::takes_part;
use super::tally::Court;
use crate::base::ids::{ClientId, PartitionId};
use crate::history::cluster::Point;
use crate::history::wgl::search::{Act, Broken, Ending, Search};
use crate::history::wgl::{Call, Effect, State};
use crate::model::operation::{Action, Key, Observed, OpId, Operation, Outcome};

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub open: Open,
    search: Search,
}

impl Object {
    /// An object that does not exist yet.
    pub fn new() -> Object {
        Object { open: Open::default(), search: Search::new(State::Absent) }
    }

    /// An operation ended that takes part.
    pub fn add(&mut self, act: Act) {
        self.search.add(act);
    }

    /// Every operation that ends from now on began at `horizon` or later.
    pub fn fold(&mut self, horizon: Point, court: &mut Court) {
        match self.search.fold(horizon) {
            None => {}
            Some(Ending::Broken(broken)) => {
                court.tally.measure(None);
                court.tally.report(finding(broken, court.partition, court.key));
            }
            Some(Ending::GaveUp(why)) => {
                let place = place(court.partition, court.key);
                court.tally.give_up(|| format!("{place}: {why}"));
            }
        }
    }

    /// The history ends: operations still open may have done anything.
    pub fn finish(&mut self, court: &mut Court) {
        let unknown: Vec<Point> = self.open.starts().collect();
        for (i, start) in unknown.into_iter().enumerate() {
            let call = Call { effect: Effect::Anything, start, finish: Point::NEVER };
            // Ids are only told apart here; these come after all others of the same time.
            self.add(Act { id: OpId(u64::MAX - i as u64), client: ClientId(u32::MAX), call });
        }
        self.fold(Point::NEVER, court);
    }

    /// A lineage cut: it may hold anything, and unknown writes may still take effect.
    pub fn restart(&mut self) {
        self.open.cut();
        self.search.restart();
    }

    /// How many operations and configurations are held.
    pub fn footprint(&self) -> usize {
        self.search.footprint()
    }
}

fn finding(broken: Broken, partition: PartitionId, key: Key) -> Finding {
    let mut lines: Vec<String> = broken.before.map(|s| format!("before: {}", state(s))).into_iter().collect();
    lines.extend(broken.acts.iter().map(|a| show(a, partition, key)));
    let place = place(partition, key);
    let why = format!("no order of the operations on {place} explains what they returned");
    Finding { at: broken.at, partition, key, why, lines, unwritten: None }
}

fn state(state: State) -> String {
    match state {
        State::Any => "unknown".into(),
        State::Absent => "absent".into(),
        State::Value(v) => format!("value {}", v.0),
    }
}

fn show(act: &Act, partition: PartitionId, key: Key) -> String {
    let did = match act.call.effect {
        Effect::Saw(State::Value(v)) => format!("found value {}", v.0),
        Effect::Saw(_) => "found it absent".into(),
        Effect::SawPresent => "found that it exists".into(),
        Effect::SawOther(v) => format!("found another value than {}", v.0),
        Effect::Put(v) => format!("wrote {}", v.0),
        Effect::Insert(v) => format!("inserted {}", v.0),
        Effect::Replace(v) => format!("replaced it by {}", v.0),
        Effect::Delete(_) => "deleted it".into(),
        Effect::Conditional { expected, write } => format!("replaced {} by {}", expected.0, write.0),
        Effect::Anything => "never ended".into(),
    };
    let end = if act.call.finish == Point::NEVER {
        "an unknown or later time".into()
    } else {
        time(act.call.finish)
    };
    let place = place(partition, key);
    format!(
        "{} to {end}: client {} {did} ({place}, operation {})",
        time(act.call.start),
        act.client.0,
        act.id.0
    )
}

/// What an operation on an object did, and whether it is certain; `None` if it says nothing.
pub(crate) fn effect(op: &Operation) -> Option<(Effect, bool)> {
    let claims = takes_part(op);
    if op.outcome == Outcome::Fail {
        let expected = match op.action {
            Action::Conditional { expected, .. } => Some(expected),
            _ => None,
        };
        let saw = match (op.status.code, expected) {
            _ if !claims || !op.action.is_write() => None,
            (409, _) => Some(Effect::SawPresent),
            (404, _) => Some(Effect::Saw(State::Absent)),
            (412, Some(expected)) => Some(Effect::SawOther(expected)),
            _ => None,
        };
        return saw.map(|saw| (saw, true));
    }
    let effect = match (&op.action, &op.observed) {
        (Action::Read, Observed::Absent) if claims => Effect::Saw(State::Absent),
        (Action::Read, Observed::Value(value)) if claims => Effect::Saw(State::Value(*value)),
        (Action::Insert(value), _) if claims => Effect::Insert(*value),
        (Action::Replace(value), _) if claims => Effect::Replace(*value),
        (Action::Conditional { expected, write }, _) if claims => {
            Effect::Conditional { expected: *expected, write: *write }
        }
        (Action::Delete(_), _) => Effect::Delete(claims),
        (action, _) if action.is_write() => Effect::Put(action.write_id()?),
        _ => return None,
    };
    let certain = op.outcome == Outcome::Ok;
    (certain || !effect.observes()).then_some((effect, certain))
}
