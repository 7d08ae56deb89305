//! Ten thousand operations of twenty clients over ten keys, as a service that is linearizable would answer them.

use geodes::base::rng::{Seed, Stream};
use geodes::history::exchange::datum::Datum;
use geodes::history::exchange::op::{Did, History, Op};

/// How hard a history is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What it is called.
    pub name: &'static str,
    /// Different values; 0: every write has its own.
    pub values: u64,
    /// Share of operations whose outcome nobody knows.
    pub unknown: f64,
    /// All clients use one key for so many operations, and then the next; 1: each operation has a random key.
    pub crowd: u64,
}

/// From the easiest to the hardest.
pub const SHAPES: [Shape; 4] = [
    Shape { name: "own values, 5 % of unknown outcome", values: 0, unknown: 0.05, crowd: 1 },
    Shape { name: "5 values and compare-and-set", values: 5, unknown: 0.0, crowd: 1 },
    Shape { name: "the same, 5 % of unknown outcome", values: 5, unknown: 0.05, crowd: 1 },
    Shape { name: "the same, 20 clients on one key at a time", values: 5, unknown: 0.05, crowd: 1_000 },
];

const CLIENTS: usize = 20;
const KEYS: u64 = 10;

/// An operation under way: when it takes effect, and when it ends.
struct Under {
    op: Op,
    acts: u64,
    ends: u64,
    failed: bool,
    unknown: bool,
}

/// A history in which every operation takes effect at one moment between its beginning and its end.
pub fn history(shape: Shape, operations: u64) -> History {
    let mut rng = Seed { scenario: 20, window: 0 }.named("load", shape.name);
    let values = if shape.values == 0 { operations } else { shape.values };
    let mut history = History {
        keys: (0..KEYS as i64).map(Datum::Int).collect(),
        values: (0..=values as i64).map(|v| if v == 0 { Datum::Nil } else { Datum::Int(v) }).collect(),
        ..History::default()
    };
    let mut held = [0u32; KEYS as usize];
    let mut under: Vec<Option<Under>> = (0..CLIENTS).map(|_| None).collect();
    let (mut begun, mut now) = (0, 0u64);
    loop {
        // The next thing to happen: an idle client begins, an operation takes effect, an operation ends.
        if begun < operations
            && let Some(idle) = under.iter().position(Option::is_none)
        {
            let key = if shape.crowd == 1 { rng.below(KEYS) } else { begun / shape.crowd % KEYS };
            under[idle] = Some(begin(
                &mut rng,
                shape,
                (idle, key as u32, held[key as usize]),
                begun,
                (now, history.events),
            ));
            history.events += 1;
            begun += 1;
            continue;
        }
        let due = |u: &Option<Under>| u.as_ref().map(|u| u.acts.min(u.ends));
        let Some(who) = (0..CLIENTS).filter(|c| due(&under[*c]).is_some()).min_by_key(|c| due(&under[*c]))
        else {
            return history;
        };
        let slot = &mut under[who];
        let Some(it) = slot else { unreachable!("it was found under way") };
        now = it.acts.min(it.ends);
        if it.acts <= it.ends && it.acts != u64::MAX {
            it.acts = u64::MAX;
            let state = &mut held[it.op.key as usize];
            match &mut it.op.did {
                Did::Read(seen) => *seen = *state,
                Did::Cas(old, new) if *old == *state => *state = *new,
                Did::Cas(..) => it.failed = true,
                Did::Write(value) => *state = *value,
                _ => unreachable!("only these are made"),
            }
            continue;
        }
        finish(&mut history, slot);
    }
}

fn begin(
    rng: &mut Stream,
    shape: Shape,
    (who, key, held): (usize, u32, u32),
    n: u64,
    (now, event): (u64, u32),
) -> Under {
    let any = |rng: &mut Stream| 1 + rng.below(shape.values.max(1)) as u32;
    let did = match rng.below(3) {
        0 => Did::Read(0),
        // Whoever compares has read shortly before, and is often right.
        1 if shape.values > 0 => Did::Cas(if rng.chance(0.7) { held } else { any(rng) }, any(rng)),
        _ if shape.values > 0 => Did::Write(any(rng)),
        _ => Did::Write(n as u32 + 1),
    };
    let (to_act, to_end) = (1 + rng.below(1_000), 1 + rng.below(1_000));
    let unknown = rng.chance(shape.unknown) && !matches!(did, Did::Read(_));
    // Of those with unknown outcome half never take effect, and others do so late.
    let acts = if unknown && rng.chance(0.5) { u64::MAX } else { now + to_act };
    let op = Op { process: who as i64, key, did, start: event, end: None };
    Under { op, acts, ends: now + to_act + to_end, failed: false, unknown }
}

fn finish(history: &mut History, slot: &mut Option<Under>) {
    let Some(mut it) = slot.take() else { return };
    if it.unknown {
        history.unknown += 1;
        history.ops.push(it.op);
    } else if it.failed {
        history.left_out += 1;
    } else {
        it.op.end = Some(history.events);
        history.ops.push(it.op);
    }
    history.events += 1;
}
