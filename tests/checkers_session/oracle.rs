//! The online checkers against the definitions, written down as quantifiers, on small random histories.

use super::history::*;
use geodes::history::checkers::CheckSpec;
use geodes::model::operation::{Action, Observed, Operation, Outcome, WriteId};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

struct Facts<'a> {
    ops: &'a [Operation],
}

impl Facts<'_> {
    fn writes(&self) -> impl Iterator<Item = &Operation> {
        self.ops.iter().filter(|o| matches!(o.action, Action::Write(_)))
    }
    fn reads(&self) -> impl Iterator<Item = &Operation> {
        self.ops.iter().filter(|o| matches!(o.action, Action::Read))
    }
    /// The write whose value a read returned; `None`: the initial value.
    fn source(&self, read: &Operation) -> Option<&Operation> {
        self.writes().find(|w| Observed::Value(value(w)) == read.observed)
    }
    /// Whether the returned version is certainly before `write`, a write to the same key.
    fn misses(&self, read: &Operation, write: &Operation) -> bool {
        read.key == write.key && self.source(read).is_none_or(|v| acknowledged(v) && precedes(v, write))
    }
    fn read_your_writes(&self) -> bool {
        self.reads().any(|r| {
            self.writes()
                .any(|w| w.client == r.client && acknowledged(w) && precedes(w, r) && self.misses(r, w))
        })
    }
    fn monotonic_reads(&self, same_region: bool) -> bool {
        self.reads().any(|r| {
            self.reads().any(|earlier| {
                earlier.client == r.client
                    && precedes(earlier, r)
                    && (!same_region || earlier.served == r.served)
                    && self.source(earlier).is_some_and(|u| self.misses(r, u))
            })
        })
    }
    /// Whether some read of a client misses `what(seen)` for a write of another client that it had seen before.
    fn after_seeing(&self, what: impl Fn(&Operation, &Operation, &Operation) -> bool) -> bool {
        self.reads().any(|r| {
            self.reads().filter(|s| s.client == r.client && precedes(s, r)).any(|s| {
                self.source(s)
                    .is_some_and(|seen| self.writes().any(|w| self.misses(r, w) && what(s, seen, w)))
            })
        })
    }
    fn monotonic_writes(&self) -> bool {
        self.after_seeing(|by, seen, w| {
            seen.client != by.client && w.client == seen.client && acknowledged(w) && precedes(w, seen)
        })
    }
    fn writes_follow_reads(&self) -> bool {
        self.after_seeing(|by, seen, u| {
            seen.client != by.client
                && self.reads().any(|r| {
                    r.client == seen.client
                        && precedes(r, seen)
                        && self.source(r).is_some_and(|v| value(v) == value(u))
                })
        })
    }
    fn consistent_prefix(&self) -> bool {
        self.monotonic_reads(true)
            || self.reads().any(|r| {
                self.reads().any(|s| {
                    s.client == r.client
                        && s.served == r.served
                        && precedes(s, r)
                        && self.source(s).is_some_and(|seen| {
                            self.writes().any(|w| acknowledged(w) && precedes(w, seen) && self.misses(r, w))
                        })
                })
            })
    }
}

fn value(write: &Operation) -> WriteId {
    write.action.write_id().expect("a write")
}
fn acknowledged(write: &Operation) -> bool {
    write.outcome == Outcome::Ok
}
fn precedes(a: &Operation, b: &Operation) -> bool {
    a.completed < b.invoked
}

/// Operations in the order of their ends; reads return any value whose write has ended, mostly a recent one.
fn random_history(rng: &mut Xoshiro256PlusPlus) -> Vec<Operation> {
    let mut ops: Vec<Operation> = Vec::new();
    let mut written: [Vec<u64>; 2] = [vec![0], vec![0]];
    let mut free = [0u64; 4];
    let mut last = 0;
    for n in 1..rng.random_range(4..24u64) {
        let client = rng.random_range(0..4usize);
        let to = last + rng.random_range(1..6u64);
        let overlap = rng.random_range(0..8u64);
        let from = if rng.random_bool(0.2) {
            to.saturating_sub(overlap)
        } else {
            free[client].max(to.saturating_sub(overlap))
        };
        let from = from.min(to - 1);
        (free[client], last) = (to + 1, to);
        let key = rng.random_range(0..2usize);
        if rng.random_bool(0.45) {
            let mut op = write(client as u32, key as u64, n, from, to);
            if rng.random_bool(0.1) {
                op = unknown(op);
            }
            written[key].push(n);
            ops.push(op);
        } else {
            let back = rng.random_range(0..3usize).min(written[key].len() - 1);
            let value = written[key][written[key].len() - 1 - back];
            let region = rng.random_range(0..2u32);
            ops.push(served(region, read(client as u32, key as u64, value, from, to)));
        }
    }
    ops
}

#[test]
fn online_checkers_agree_with_the_definitions() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(42);
    let mut seen = [0u32; 5];
    for _ in 0..20_000 {
        let ops = random_history(&mut rng);
        let facts = Facts { ops: &ops };
        let expected = [
            ("read-your-writes", facts.read_your_writes()),
            ("monotonic-reads", facts.monotonic_reads(false)),
            ("monotonic-writes", facts.monotonic_writes()),
            ("writes-follow-reads", facts.writes_follow_reads()),
            ("consistent-prefix", facts.consistent_prefix()),
        ];
        let verdicts = judge(CheckSpec::default(), ops.iter().cloned().map(done).collect());
        let found = violated(&verdicts);
        for (count, (name, broken)) in seen.iter_mut().zip(expected) {
            assert_eq!(found.contains(&name), broken, "{name}: {ops:#?}");
            *count += u32::from(broken);
        }
    }
    assert!(
        seen.iter().all(|n| (100..19_900).contains(n)),
        "each guarantee is broken and kept often: {seen:?}"
    );
}
