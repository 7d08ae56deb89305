//! Linearizability by trying every order: shares nothing with the checkers but the history's form.

use geodes::history::cluster::{Access, Point};
use geodes::history::wgl::{Call, Effect, State};
use geodes::model::operation::WriteId;

/// Whether some order of the accesses, unknown writes left out at will, respects real time and register semantics.
pub fn register(history: &[Access]) -> bool {
    let mut used = vec![false; history.len()];
    place(history, &mut used, WriteId::INITIAL)
}

fn place(history: &[Access], used: &mut [bool], value: WriteId) -> bool {
    if history.iter().zip(used.iter()).all(|(a, used)| *used || a.finish == Point::NEVER) {
        return true;
    }
    for i in 0..history.len() {
        let next = history[i];
        let earlier = |j: usize| !used[j] && history[j].finish < next.start;
        if used[i] || (0..history.len()).any(earlier) || (!next.write && next.value != value) {
            continue;
        }
        used[i] = true;
        let done = place(history, used, if next.write { next.value } else { value });
        used[i] = false;
        if done {
            return true;
        }
    }
    false
}

/// The same for objects; `None` stands for an absent object.
pub fn object(history: &[Call]) -> bool {
    let mut used = vec![false; history.len()];
    place_call(history, &mut used, None)
}

fn place_call(history: &[Call], used: &mut [bool], held: Option<WriteId>) -> bool {
    if history.iter().zip(used.iter()).all(|(a, used)| *used || a.finish == Point::NEVER) {
        return true;
    }
    for i in 0..history.len() {
        let earlier = |j: usize| !used[j] && history[j].finish < history[i].start;
        if used[i] || (0..history.len()).any(earlier) {
            continue;
        }
        let Some(after) = act(history[i].effect, held) else { continue };
        used[i] = true;
        let done = place_call(history, used, after);
        used[i] = false;
        if done {
            return true;
        }
    }
    false
}

fn act(effect: Effect, held: Option<WriteId>) -> Option<Option<WriteId>> {
    match effect {
        Effect::Saw(State::Absent) if held.is_none() => Some(held),
        Effect::Saw(State::Value(v)) if held == Some(v) => Some(held),
        Effect::SawPresent if held.is_some() => Some(held),
        Effect::SawOther(v) if held.is_some() && held != Some(v) => Some(held),
        Effect::Put(v) => Some(Some(v)),
        Effect::Insert(v) if held.is_none() => Some(Some(v)),
        Effect::Replace(v) if held.is_some() => Some(Some(v)),
        Effect::Delete(true) if held.is_some() => Some(None),
        Effect::Conditional { expected, write } if held == Some(expected) => Some(Some(write)),
        _ => None,
    }
}
