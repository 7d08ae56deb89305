//! One object's operations, put in order of time and fed to a [`Frontier`]; of a violation, the few that show it.

use crate::base::ids::ClientId;
use crate::history::cluster::Point;
use crate::history::wgl::{Call, Frontier, GaveUp, Slot, State, check_from};
use crate::model::operation::OpId;
use std::collections::BTreeMap;

/// Operations after which the place to search evidence from moves on.
const RECENT: usize = 8;
/// Most operations among which evidence is searched.
const SEARCHED: usize = 1_024;
/// Most operations fed again, in all, to find the few that matter.
const EFFORT: usize = 200_000;

/// One operation on an object, as evidence needs it.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    /// The operation.
    pub id: OpId,
    /// Who called.
    pub client: ClientId,
    /// What it did, and when.
    pub call: Call,
}

/// Operations that no order explains.
#[derive(Clone, Debug)]
pub struct Broken {
    /// When the last of them ended.
    pub at: Point,
    /// What the object held before them, when that is certain.
    pub before: Option<State>,
    /// The operations, by start. Those that would not have had to happen are there because others name their values.
    pub acts: Vec<Act>,
    /// Whether they are all that is needed to see it; otherwise the last ones before it.
    pub whole: bool,
}

/// How a search ends early.
#[derive(Clone, Debug)]
pub enum Ending {
    /// It is not linearizable.
    Broken(Broken),
    /// It could not be decided.
    GaveUp(GaveUp),
}

/// The search over one object.
#[derive(Clone, Debug)]
pub struct Search {
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

impl Search {
    /// An object in this state.
    pub fn new(state: State) -> Search {
        let frontier = Frontier::new(state);
        Search {
            events: BTreeMap::new(),
            slots: Vec::new(),
            before: frontier.clone(),
            frontier,
            recent: Vec::new(),
            over: false,
        }
    }

    /// An operation ended; each has an id of its own.
    pub fn add(&mut self, act: Act) {
        if self.over {
            return;
        }
        self.events.insert((act.call.start, false, act.id), act);
        if act.call.finish != Point::NEVER {
            self.events.insert((act.call.finish, true, act.id), act);
        }
    }

    /// Every operation that is added from now on began at `horizon` or later. Gives how the search ends, once.
    pub fn fold(&mut self, horizon: Point) -> Option<Ending> {
        while let Some(entry) = self.events.first_entry().filter(|e| e.key().0 < horizon) {
            let ((_, returns, _), act) = entry.remove_entry();
            let ending = match self.feed(returns, act) {
                Ok(true) => continue,
                Ok(false) => Ending::Broken(self.broken(act)),
                Err(why) => Ending::GaveUp(why),
            };
            self.close();
            return Some(ending);
        }
        let decided = self.over || horizon != Point::NEVER || !self.frontier.is_lost();
        (!decided).then_some(Ending::GaveUp(GaveUp::Configurations))
    }

    /// It may hold anything, and unknown writes may still take effect.
    pub fn restart(&mut self) {
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

    /// How many configurations were searched so far, those for evidence not counted.
    pub fn spent(&self) -> usize {
        self.frontier.spent()
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
    fn broken(&self, last: Act) -> Broken {
        let mut acts = self.recent.clone();
        if !acts.iter().any(|a| a.id == last.id) {
            acts.push(last);
        }
        // Nothing that ends later than the violation belongs to it, except that its effect may have been seen.
        for act in acts.iter_mut().filter(|a| a.call.finish > last.call.finish) {
            act.call.finish = Point::NEVER;
        }
        let broken = |acts: &[Act]| fails(&self.before, acts);
        let whole = acts.len() <= SEARCHED && broken(&acts);
        let acts = match whole {
            true => fewest(acts, last.id, broken),
            false => acts.split_off(acts.len().saturating_sub(RECENT)),
        };
        Broken { at: last.call.finish, before: self.before.known_state(), acts, whole }
    }
}

fn fails(before: &Frontier, acts: &[Act]) -> bool {
    let calls: Vec<Call> = acts.iter().map(|a| a.call).collect();
    check_from(before.clone(), &calls) == Ok(false)
}

/// Leaves out observations, and lets writes be as if they had not been acknowledged, while the rest still fails: first
/// many at once, then one by one, the latest first.
fn fewest(mut acts: Vec<Act>, last: OpId, broken: impl Fn(&[Act]) -> bool) -> Vec<Act> {
    let mut effort = EFFORT;
    let mut size = acts.len();
    while size > 0 && effort > 0 {
        let mut end = acts.len();
        while end > 0 && effort > 0 {
            let start = end.saturating_sub(size);
            effort = effort.saturating_sub(acts.len());
            let tried = without(&acts, start..end, last);
            if tried.as_ref().is_some_and(|tried| broken(tried)) {
                acts = tried.unwrap_or_default();
            }
            end = start.min(acts.len());
        }
        size /= 2;
    }
    acts
}

/// The operations when those of a stretch are left out as far as they may be; `None` if none of them may.
fn without(acts: &[Act], stretch: std::ops::Range<usize>, last: OpId) -> Option<Vec<Act>> {
    let mut changed = false;
    let mut left: Vec<Act> = Vec::with_capacity(acts.len());
    for (i, act) in acts.iter().enumerate() {
        let mut act = *act;
        if stretch.contains(&i) && act.id != last && act.call.finish != Point::NEVER {
            changed = true;
            if act.call.effect.observes() {
                continue;
            }
            act.call.finish = Point::NEVER;
        }
        left.push(act);
    }
    prune(&mut left);
    changed.then_some(left)
}

/// An operation that may or may not have happened matters only if what it leaves lets another one take effect: one that
/// happened, or one that matters.
fn prune(acts: &mut Vec<Act>) {
    let (sure, mut perhaps): (Vec<Act>, Vec<Act>) = acts.iter().partition(|a| a.call.finish != Point::NEVER);
    let mut matter = sure.clone();
    let mut next = 0;
    while let Some(act) = matter.get(next).copied() {
        let needed = perhaps.extract_if(.., |a| act.call.effect.may_need(a.call.effect));
        matter.extend(needed);
        next += 1;
    }
    acts.retain(|a| matter.iter().any(|m| m.id == a.id));
}
