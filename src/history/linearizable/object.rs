//! The online check of one object: calls and returns are put in order of time and fed to a
//! [`Frontier`](crate::history::wgl::Frontier) as far as no open operation can still add earlier ones.

use super::evidence::{Finding, place, time};
use super::open::Open;
use super::takes_part;
use super::tally::Court;
use crate::base::ids::{ClientId, PartitionId};
use crate::history::cluster::Point;
use crate::history::wgl::{Call, Effect, Frontier, GaveUp, Slot, State};
use crate::model::operation::{Action, Key, Observed, OpId, Operation, Outcome};
use std::collections::BTreeMap;

/// Operations after which the place to search evidence from moves on.
const RECENT: usize = 8;
/// Most operations among which evidence is searched.
const SEARCHED: usize = 64;

/// One operation on an object, as evidence needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Act {
    pub id: OpId,
    pub client: ClientId,
    pub call: Call,
}

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub open: Open,
    /// Calls (false) and returns (true) not yet fed.
    events: BTreeMap<(Point, bool, OpId), Act>,
    slots: Vec<(OpId, Slot)>,
    frontier: Frontier,
    /// Where the search for evidence starts, and what happened since.
    before: Frontier,
    recent: Vec<Act>,
    /// It was violated or given up: nothing more is checked.
    over: bool,
}

impl Object {
    /// An object that does not exist yet.
    pub fn new() -> Object {
        let frontier = Frontier::new(State::Absent);
        Object {
            open: Open::default(),
            events: BTreeMap::new(),
            slots: Vec::new(),
            before: frontier.clone(),
            frontier,
            recent: Vec::new(),
            over: false,
        }
    }

    /// An operation ended that takes part.
    pub fn add(&mut self, act: Act) {
        if self.over {
            return;
        }
        self.events.insert((act.call.start, false, act.id), act);
        if act.call.finish != Point::NEVER {
            self.events.insert((act.call.finish, true, act.id), act);
        }
    }

    /// Every operation that ends from now on began at `horizon` or later.
    pub fn fold(&mut self, horizon: Point, court: &mut Court) {
        while let Some(entry) = self.events.first_entry().filter(|e| e.key().0 < horizon) {
            let ((_, returns, _), act) = entry.remove_entry();
            match self.feed(returns, act) {
                Ok(true) => {}
                Ok(false) => {
                    court.tally.measure(None);
                    court.tally.report(self.finding(act, court.partition, court.key));
                    return self.close();
                }
                Err(why) => {
                    let place = place(court.partition, court.key);
                    court.tally.give_up(|| format!("{place}: {why}"));
                    return self.close();
                }
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
        let unfed = std::mem::take(&mut self.events);
        self.slots.clear();
        self.recent.clear();
        self.frontier.restart();
        for ((point, returns, id), act) in unfed {
            if !returns && act.call.finish == Point::NEVER {
                self.events.insert((point, returns, id), act);
            }
        }
        self.before = self.frontier.clone();
    }

    /// How many operations and configurations are held.
    pub fn footprint(&self) -> usize {
        self.events.len() + self.recent.len() + self.frontier.configurations()
    }

    fn feed(&mut self, returns: bool, act: Act) -> Result<bool, GaveUp> {
        if returns {
            let Some(at) = self.slots.iter().position(|(id, _)| *id == act.id) else { return Ok(true) };
            let (_, slot) = self.slots.swap_remove(at);
            return self.frontier.ret(slot);
        }
        if self.recent.len() >= RECENT && self.slots.is_empty() {
            self.recent.clear();
            self.before.clone_from(&self.frontier);
        }
        if self.recent.len() <= SEARCHED {
            self.recent.push(act);
        }
        let definite = act.call.finish != Point::NEVER;
        let slot = self.frontier.call(act.call.effect, definite)?;
        if definite {
            self.slots.push((act.id, slot));
        }
        Ok(true)
    }

    fn close(&mut self) {
        self.over = true;
        self.events.clear();
        self.slots.clear();
        self.recent.clear();
    }

    /// The operations without which `last` would not be a violation.
    fn finding(&self, last: Act, partition: PartitionId, key: Key) -> Finding {
        let mut acts = self.recent.clone();
        if !acts.iter().any(|a| a.id == last.id) {
            acts.push(last);
        }
        // Nothing that ends later than the violation belongs to it, except that its effect may have been seen.
        for act in acts.iter_mut().filter(|a| a.call.finish > last.call.finish) {
            act.call.finish = Point::NEVER;
        }
        let broken = |acts: &[Act]| fails(&self.before, acts);
        if acts.len() <= SEARCHED && broken(&acts) {
            acts = smallest(acts, last.id, broken);
        } else {
            acts = acts.split_off(acts.len().saturating_sub(RECENT));
        }
        let mut lines: Vec<String> =
            self.before.known_state().map(|s| format!("before: {}", state(s))).into_iter().collect();
        lines.extend(acts.iter().map(|a| show(a, partition, key)));
        Finding {
            at: last.call.finish,
            partition,
            key,
            why: format!(
                "no order of the operations on {} explains what they returned",
                place(partition, key)
            ),
            lines,
            unwritten: None,
        }
    }
}

fn fails(before: &Frontier, acts: &[Act]) -> bool {
    let calls: Vec<Call> = acts.iter().map(|a| a.call).collect();
    crate::history::wgl::check_from(before.clone(), &calls) == Ok(false)
}

/// Leaves out observations, and then writes that may as well not have been acknowledged, while the rest still fails.
fn smallest(mut acts: Vec<Act>, last: OpId, broken: impl Fn(&[Act]) -> bool) -> Vec<Act> {
    let mut i = acts.len();
    while i > 0 {
        i -= 1;
        if acts[i].id == last {
            continue;
        }
        let old = acts[i];
        if old.call.effect.observes() {
            acts.remove(i);
            if !broken(&acts) {
                acts.insert(i, old);
            }
        } else {
            acts[i].call.finish = Point::NEVER;
            if !broken(&acts) {
                acts[i] = old;
            }
        }
    }
    // A write that may or may not have happened matters only if its value shows up in what is left.
    let needed: Vec<Effect> =
        acts.iter().filter(|a| a.call.finish != Point::NEVER).map(|a| a.call.effect).collect();
    acts.retain(|a| a.call.finish != Point::NEVER || needed.iter().any(|n| n.mentions(a.call.effect)));
    acts
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
