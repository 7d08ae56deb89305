//! A small replicated store with sessions, right and with one safeguard off, under random load.

use super::history::*;
use geodes::base::time::Span;
use geodes::engine::record::Record;
use geodes::history::checkers::CheckSpec;
use geodes::history::verdict::Verdict;
use geodes::model::operation::{Claims, OpId, Operation, WriteId};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

const REGIONS: usize = 3;
const CLIENTS: usize = 6;
const KEYS: u64 = 5;
const K: usize = 6;
const T: u64 = 400;

/// The safeguard that is off.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Off {
    Nothing,
    /// Reads ignore the session token.
    Token,
    /// Each key is replicated on its own.
    Order,
    /// Lag is not bounded.
    Bound,
    /// One acknowledged write is dropped before the end.
    Disk,
    /// One region never gets the last writes.
    Repair,
}

struct Entry {
    writes: Vec<(u64, u64)>,
    at: u64,
}

struct Store {
    off: Off,
    claims: Claims,
    rng: Xoshiro256PlusPlus,
    log: Vec<Entry>,
    /// Length of the log that each region has applied, per key (all equal unless order is off).
    applied: [[usize; KEYS as usize]; REGIONS],
    tokens: [usize; CLIENTS],
    next: u64,
}

/// An operation under way: it takes effect between its ends.
struct Open {
    client: usize,
    keys: Vec<u64>,
    from: u64,
    effect: u64,
    to: u64,
    writes: bool,
    unknown: bool,
    token: usize,
    result: Option<Operation>,
    reached: usize,
}

impl Store {
    fn get(&self, region: usize, key: u64) -> u64 {
        let seen = &self.log[..self.applied[region][key as usize]];
        let newest = seen.iter().rev().find_map(|e| e.writes.iter().find(|(k, _)| *k == key));
        newest.map_or(0, |(_, value)| *value)
    }

    fn advance(&mut self, region: usize, to: usize) {
        for applied in &mut self.applied[region] {
            *applied = (*applied).max(to);
        }
    }

    fn replicate(&mut self) {
        for region in 0..REGIONS {
            let key = self.rng.random_range(0..KEYS as usize);
            let upto = self.applied[region][key] + self.rng.random_range(0..20usize);
            let upto = upto.min(self.log.len());
            if self.off == Off::Order && self.rng.random_bool(0.1) {
                self.applied[region][key] = upto;
            } else if self.off != Off::Order && self.rng.random_bool(0.02) {
                self.advance(region, upto);
            }
        }
    }

    /// The operation takes effect at `now`.
    fn apply(&mut self, open: &mut Open, now: u64) {
        let client = open.client as u32;
        if open.writes {
            let writes: Vec<_> = (self.next..).zip(&open.keys).map(|(value, key)| (*key, value)).collect();
            self.next += 2;
            open.result = Some(match writes[..] {
                [(key, value)] => write(client, key, value, open.from, open.to),
                _ => batch(client, &writes, open.from, open.to),
            });
            if !open.unknown || self.rng.random_bool(0.5) {
                self.log.push(Entry { writes, at: now });
            }
            open.reached = self.log.len();
            return;
        }
        let region = self.rng.random_range(0..REGIONS);
        if self.off != Off::Bound && self.off != Off::Order {
            let due = self.log.iter().filter(|e| e.at + T < now).count();
            self.advance(region, due.max(self.log.len().saturating_sub(K)));
        }
        if self.off != Off::Token && self.off != Off::Order && self.claims.0 & Claims::SESSION.0 != 0 {
            self.advance(region, open.token);
        }
        let values: Vec<_> = open.keys.iter().map(|key| (*key, self.get(region, *key))).collect();
        let result = match values[..] {
            [(key, value)] => read(client, key, value, open.from, open.to),
            _ => batch_read(client, &values, open.from, open.to),
        };
        open.result = Some(served(region as u32, claiming(self.claims, result)));
        open.reached = self.applied[region][0];
    }

    /// Closing reads of every key in every region.
    fn close(&mut self, now: u64) -> Vec<Record> {
        if self.off == Off::Disk {
            let last = self.log.iter().rposition(|e| e.writes.iter().any(|(key, _)| *key == 0));
            let same = |e: &Entry| e.writes.iter().any(|(key, _)| *key == 0);
            if let Some(at) = last {
                self.log.remove(at);
            }
            self.log.retain(|e| !same(e) || e.at + 200 < now);
        }
        for region in 0..REGIONS {
            self.applied[region] = [self.log.len(); KEYS as usize];
        }
        if self.off == Off::Repair {
            self.applied[1] = [self.log.len() - 4; KEYS as usize];
        }
        let mut records = Vec::new();
        for region in 0..REGIONS {
            for key in 0..KEYS {
                let value = self.get(region, key);
                let mut last = closing(read(99, key, value, now + 10, now + 11), region as u32);
                last.id = OpId(1_000_000 + records.len() as u64);
                records.extend([begun(&last), done(last)]);
            }
        }
        records
    }
}

fn run(off: Off, claims: Claims, seed: u64) -> Vec<geodes::history::verdict::GuaranteeVerdict> {
    let mut store = Store {
        off,
        claims,
        rng: Xoshiro256PlusPlus::seed_from_u64(seed),
        log: Vec::new(),
        applied: [[0; KEYS as usize]; REGIONS],
        tokens: [0; CLIENTS],
        next: 1,
    };
    let mut open: Vec<Open> = Vec::new();
    let mut records = Vec::new();
    let mut now = 0;
    while now < 6_000 {
        now += 1;
        store.replicate();
        for one in &mut open {
            if one.effect == now {
                store.apply(one, now);
            }
        }
        if let Some(at) = open.iter().position(|o| o.to == now) {
            let ended = open.swap_remove(at);
            if let Some(op) = ended.result {
                if !ended.unknown {
                    store.tokens[ended.client] = store.tokens[ended.client].max(ended.reached);
                }
                records.push(done(if ended.unknown { unknown(op) } else { op }));
            }
        }
        let client = store.rng.random_range(0..CLIENTS);
        let to = now + store.rng.random_range(2..60u64);
        if open.iter().filter(|o| o.client == client).count() < 2 && open.iter().all(|o| o.to != to) {
            let writes = store.rng.random_bool(0.3);
            let unknown = writes && store.rng.random_bool(0.05);
            let effect = store.rng.random_range(now + 1..=to);
            let token = store.tokens[client];
            let key = store.rng.random_range(0..KEYS);
            let more = store.rng.random_bool(0.3).then_some((key + 1) % KEYS);
            let keys: Vec<u64> = std::iter::once(key).chain(more).collect();
            let values: Vec<_> = keys.iter().map(|key| (*key, 0)).collect();
            records.push(begun(&batch_read(client as u32, &values, now, to)));
            open.push(Open {
                client,
                keys,
                from: now,
                effect,
                to,
                writes,
                unknown,
                token,
                result: None,
                reached: 0,
            });
        }
    }
    records.extend(store.close(now + 100));
    let bounded = Some((K as u64, Span::millis(T)));
    judge(CheckSpec { bounded, ..CheckSpec::default() }, records)
}

const PREFIX: Claims = Claims(Claims::CONSISTENT_PREFIX.0 | Claims::ATOMIC_BATCHES.0);

#[test]
fn a_right_store_keeps_every_guarantee() {
    for seed in 0..20 {
        for claims in [ALL, Claims::SESSION, PREFIX, Claims::BOUNDED_STALENESS] {
            let verdicts = run(Off::Nothing, claims, seed);
            for verdict in &verdicts {
                assert_eq!(verdict.verdict, Verdict::Holds, "seed {seed}: {verdict:#?}");
            }
            let judged = |name| verdict(&verdicts, name).checked > 100;
            assert!(judged("durability") && judged("valid-reads"));
            assert!(claims != ALL || (judged("monotonic-writes") && judged("bounded-staleness")));
        }
    }
}

#[test]
fn each_safeguard_that_is_off_is_caught_by_its_checker_and_no_other() {
    let cases = [
        (Off::Token, Claims::READ_YOUR_WRITES, "read-your-writes"),
        (Off::Token, Claims::MONOTONIC_READS, "monotonic-reads"),
        (Off::Order, Claims::MONOTONIC_WRITES, "monotonic-writes"),
        (Off::Order, Claims::WRITES_FOLLOW_READS, "writes-follow-reads"),
        (Off::Order, Claims::CONSISTENT_PREFIX, "consistent-prefix"),
        (Off::Order, Claims::ATOMIC_BATCHES, "atomic-batches"),
        (Off::Bound, Claims::BOUNDED_STALENESS, "bounded-staleness"),
        (Off::Disk, ALL, "durability"),
        (Off::Repair, ALL, "convergence"),
    ];
    for (off, claims, name) in cases {
        let mut caught = 0;
        for seed in 0..20 {
            let broken = violated(&run(off, claims, seed));
            assert!(broken.is_empty() || broken == [name], "{off:?}, seed {seed}: {broken:?}");
            caught += u32::from(!broken.is_empty());
        }
        assert!(caught >= 15, "{off:?}: {name} was caught in {caught} of 20 runs");
    }
}

#[test]
fn a_value_nobody_wrote_is_caught_within_any_load() {
    let mut records: Vec<Record> =
        (0..100).map(|n| done(write(1, n % 5, n + 1, 10 * n, 10 * n + 5))).collect();
    records.push(done(read(2, 3, WriteId(5_000).0, 2_000, 2_001)));
    assert_eq!(violated(&judge(CheckSpec::default(), records)), ["valid-reads"]);
}
