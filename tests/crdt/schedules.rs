//! Random faults: replicas agree in the end, nothing acknowledged is lost but with its disk, sessions see what they have
//! seen; and once the faults are over, everything is served.
//!
//! `GEODES_SCHEDULES=1000` runs that many schedules instead of the few of every test run, `GEODES_FIRST=17` begins at
//! another one, and a failing schedule is printed as the scenario that reproduces it.

use crate::case::{Case, REGIONS};
use geodes::history::verdict::Verdict;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 40;

/// After the last fault has ended, operations are served again within this many seconds; see `docs/crdt.md`.
const PROGRESS: f64 = 20.0;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len() as u64) as usize]
    }

    fn place(&mut self) -> String {
        let region = self.of(&REGIONS);
        match self.below(3) {
            0 => format!("region:{region}/zone:1/node:{}", 1 + self.below(2)),
            _ => format!("region:{region}"),
        }
    }

    fn link(&mut self) -> String {
        let (from, step) = (self.below(3) as usize, 1 + self.below(2) as usize);
        let arrow = self.of(&["->", "->", "<->"]);
        format!("link:{}{arrow}{}", REGIONS[from], REGIONS[(from + step) % 3])
    }

    fn fault(&mut self) -> (String, String) {
        let plain = |kind: &str| format!("\"{kind}\"");
        match self.below(14) {
            0 => (self.place(), plain("crash")),
            1 | 2 => (self.place(), plain("power-loss")),
            3 => (self.place(), plain("pause")),
            4 => (self.place(), plain("isolation")),
            5 | 6 => (self.link(), plain("cut")),
            7 => (self.link(), format!("{{ slow = {{ factor = {} }} }}", 2 + self.below(40))),
            8 => (self.place(), format!("{{ slow = {{ factor = {} }} }}", 2 + self.below(200))),
            9 => (self.link(), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + self.below(90))),
            10 | 11 => (self.place(), plain("destroyed-disk")),
            12 => {
                let by = self.of(&["-30s", "-1s", "1s", "45s"]);
                (self.place(), format!("{{ clock-step = {{ by = \"{by}\" }} }}"))
            }
            _ => {
                let sign = self.of(&["-", ""]);
                let by = 10 + self.below(91);
                (self.place(), format!("{{ clock-drift = {{ by = \"{sign}{by}ppm\" }} }}"))
            }
        }
    }
}

/// A schedule: its text, and when its last fault ends.
fn schedule(n: u64) -> (String, f64) {
    let mut dice = Dice(n.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let consistency = dice.of(&["session", "session", "eventual"]);
    let log = [3, 10_000][dice.below(2) as usize];
    let replicas = dice.of(&[
        "",
        "replicas = [{ region = \"West US 2\", count = 2 }, { region = \"East US\" }]\n",
        "replicas = [{ region = \"West US 2\" }, { region = \"East US\" }]\n",
    ]);
    let mut text = format!(
        "name = \"random-{n}\"\nseed = {n}\n\n[topology]\ncatalog = \"azure\"\nregions = {REGIONS:?}\n\
         zones = 1\nnodes-per-zone = 2\n\n\
         [system.crdt]\npartitions = 2\nconsistency = \"{consistency}\"\nlog = {log}\n{replicas}\n\
         [workload.load]\nclients = [{{ region = \"West US 2\", count = 2 }}, {{ region = \"East US\", count = 2, \
         fail-with-region = false }}, {{ region = \"Central US\", count = 1, fail-with-region = false }}]\n\
         rate = \"10/s\"\nreads = \"60%\"\nwrite-once = \"20%\"\nkeys = 4\nobjects = 3\n\
         mix = {{ insert = \"15%\", replace = \"10%\", delete = \"15%\" }}\ntimeout = \"8s\"\n\n\
         [run]\nat-least = \"5min\"\ncap = \"60min\"\n"
    );
    let (mut taken, mut last) = (Vec::new(), 0);
    for _ in 0..1 + dice.below(5) {
        let (scope, kind) = dice.fault();
        let name = kind.trim_matches(['"', '{', ' ']).split(' ').next().unwrap_or_default().to_string();
        if taken.contains(&(scope.clone(), name.clone())) {
            continue;
        }
        let (at, lasts) = (20 + dice.below(160), *dice.of(&[&3, &12, &40, &75]));
        text += &format!(
            "\n[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"{at}s\"\nlasts = \"{lasts}s\"\n"
        );
        last = last.max(at + lasts);
        taken.push((scope, name));
    }
    (text, last as f64)
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_and_all_is_served_when_it_is_over() {
    let (first, many) = (number("GEODES_FIRST", 1), number("GEODES_SCHEDULES", FEW));
    let failed: Vec<String> = (first..first + many)
        .into_par_iter()
        .filter_map(|n| {
            let (text, last) = schedule(n);
            let seen = Case::new(&text).run(true);
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown);
            let late = |write| seen.between(write, last + PROGRESS, f64::MAX);
            let stuck = late(true).chain(late(false)).filter(|op| !crate::support::answered(op)).count();
            let lost = if text.contains("destroyed-disk") { 0 } else { seen.lost() };
            let bad = open || stuck > 0 || lost > 0 || !seen.settled() || !seen.broken().is_empty();
            bad.then(|| {
                format!(
                    "schedule {n}: {stuck} failed after the faults, {lost} lost, {:?}\n{}\n{text}",
                    seen.end().reason,
                    seen.account()
                )
            })
        })
        .collect();
    assert!(failed.is_empty(), "{} of {many} schedules\n\n{}", failed.len(), failed.join("\n\n"));
}
