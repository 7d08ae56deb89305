//! Random faults: whatever happens, what each kind of deployment claims holds, and once the faults are over it goes on.

use crate::case::{
    ASYNCHRONOUS, AUTOMATIC, CONFIRMED, Case, EPOCHS, FALLING_BACK, LEASE, REGIONS, SEMI, SYNCHRONOUS, Text,
    WAITING, over,
};
use geodes::engine::run::Ready;
use geodes::history::verdict::Verdict;
use geodes::system::primary_backup::{Kin, PrimaryBackup};
use geodes::system::registry::Configure;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 40;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub struct Dice(u64);

impl Dice {
    pub fn new(n: u64) -> Dice {
        Dice(n.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len() as u64) as usize]
    }

    fn region(&mut self, n: usize) -> &'static str {
        REGIONS[self.below(n as u64) as usize]
    }

    fn link(&mut self, n: usize) -> String {
        let (a, step) = (self.below(n as u64) as usize, 1 + self.below(n as u64 - 1) as usize);
        let arrow = self.of(&["->", "->", "<->"]);
        format!("link:{}{arrow}{}", REGIONS[a], REGIONS[(a + step) % n])
    }

    fn scope(&mut self, n: usize) -> String {
        match self.below(3) {
            0 => "@leader(0)".into(),
            _ => format!("region:{}", self.region(n)),
        }
    }

    /// Scope and kind of a fault. At most one disk is destroyed: that of a node that hosts no part of the coordinator.
    fn fault(&mut self, n: usize, destroyed: &mut bool) -> (String, String) {
        match self.below(14) {
            0 | 1 => (self.scope(n), "crash".into()),
            2 | 3 => (self.scope(n), "power-loss".into()),
            4 => (self.scope(n), "pause".into()),
            5 => (self.scope(n), "isolation".into()),
            6 | 7 => (self.link(n), "cut".into()),
            8 => (self.link(n), format!("{{ slow = {{ factor = {} }} }}", 2 + self.below(40))),
            9 => (self.scope(n), format!("{{ slow = {{ factor = {} }} }}", 2 + self.below(200))),
            10 => (self.link(n), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + self.below(90))),
            11 if !std::mem::replace(destroyed, true) => {
                (format!("region:{}/zone:1/node:1", self.region(n)), "destroyed-disk".into())
            }
            11 | 12 => {
                let (sign, by) = (self.of(&["", "-"]), 10 + self.below(91));
                (self.scope(n), format!("{{ clock-drift = {{ by = \"{sign}{by}ppm\" }} }}"))
            }
            _ => (self.scope(n), "{ clock-step = { by = \"-30s\" } }".into()),
        }
    }

    /// Adds faults; gives when the last of them ends, in seconds.
    pub fn faults(&mut self, mut text: Text, n: usize) -> (Text, f64) {
        let (mut destroyed, mut taken, mut last) = (false, Vec::new(), 0);
        for _ in 0..1 + self.below(5) {
            let (scope, kind) = self.fault(n, &mut destroyed);
            let name = kind.trim_matches(['{', ' ']).split(' ').next().unwrap_or_default().to_string();
            if taken.contains(&(scope.clone(), name.clone())) {
                continue;
            }
            let (at, lasts) = (3_000 + self.below(20_000), *self.of(&[&300, &2_000, &7_000, &15_000]));
            text = text.fault(&scope, &kind, at, lasts);
            last = last.max(at + lasts);
            taken.push((scope, name));
        }
        (text, last as f64 / 1e3)
    }
}

/// Modes, fencing and reads.
const KINDS: [(&str, &str); 10] = [
    (SYNCHRONOUS, LEASE),
    (SYNCHRONOUS, CONFIRMED),
    (SYNCHRONOUS, EPOCHS),
    (WAITING, LEASE),
    (SEMI, LEASE),
    (SEMI, CONFIRMED),
    (FALLING_BACK, LEASE),
    (ASYNCHRONOUS, LEASE),
    (ASYNCHRONOUS, CONFIRMED),
    (ASYNCHRONOUS, EPOCHS),
];

/// Within this many seconds after the last fault has ended operations succeed again: see `docs/primary-backup.md`.
const PROGRESS: f64 = 18.0;

fn schedule(number: u64) -> (String, f64) {
    let mut dice = Dice::new(number);
    let (mode, fencing) = KINDS[(number % KINDS.len() as u64) as usize];
    let n = *dice.of(&[&3, &3, &4]);
    let promotion =
        dice.of(&[AUTOMATIC, AUTOMATIC, "promotion = { manual = { decide = { constant = \"2s\" } } }"]);
    let log = dice.of(&["log = 20", "log = 200", "log = 10000"]);
    let from = dice.of(&["read-from = \"primary\"", "read-from = \"nearest\""]);
    let mut text = over(n).system(mode).system(fencing).system(promotion).system(log).system(from);
    text = text.system("data = \"1MB\"");
    if dice.below(3) == 0 {
        let to = dice.region(n);
        text = text.action(&format!("{{ switch-over = {{ to = \"{to}\" }} }}"), 4_000 + dice.below(15_000));
    }
    text.load += "mix = { insert = \"10%\", replace = \"10%\", delete = \"10%\", conditional = \"10%\", batch = \"15%\" }\nobjects = 2\n";
    let (text, last) = dice.faults(text, n);
    (text.text(50 + last as u32).replace("seed = 7", &format!("seed = {number}")), last)
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs schedules; every one is sound, settles, loses only what it may, and goes on after its faults.
pub fn all_hold<S: Kin + Configure>(few: u64, schedule: impl Fn(u64) -> (String, f64) + Sync, progress: f64)
where
    Ready<S>: Sync,
{
    let (first, many) = (number("GEODES_FIRST", 1), number("GEODES_SCHEDULES", few));
    let failed: Vec<String> = (first..first + many)
        .into_par_iter()
        .filter_map(|n| {
            let (text, last) = schedule(n);
            let case = Case::<S>::new(&text);
            let seen = case.seen(true);
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown && v.why.is_empty());
            let late = |write| seen.between(write, last + progress, f64::MAX);
            let stuck = late(true).chain(late(false)).filter(|op| !crate::support::answered(op)).count();
            let lost = if case.settings.no_loss() && !text.contains("destroyed") { seen.lost() } else { 0 };
            let bad = open || stuck > 0 || lost > 0 || !seen.settled() || !seen.broken().is_empty();
            bad.then(|| {
                let why = seen.end().reason;
                format!("schedule {n}: {stuck} late, {lost} lost, {why:?}\n{}\n{text}", seen.account())
            })
        })
        .collect();
    assert!(failed.is_empty(), "{} of {many} schedules\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_and_all_go_on_when_it_is_over() {
    all_hold::<PrimaryBackup>(FEW, schedule, PROGRESS);
}
