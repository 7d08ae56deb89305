//! Random faults over every kind of store: whatever happens, what is claimed holds.
//!
//! `GEODES_SCHEDULES=1000` runs that many schedules instead of the few of every test run, `GEODES_FIRST=17` begins at
//! another one, and a failing schedule is printed as the scenario that reproduces it.

use crate::place::Case;
use geodes::history::verdict::Verdict;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 60;
const REGIONS: [&str; 3] = ["West US 2", "East US", "Central US"];

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
        match self.below(10) {
            0..6 => format!("region:{region}/zone:{}/node:{}", 1 + self.below(3), 1 + self.below(2)),
            6..8 => format!("region:{region}/zone:{}", 1 + self.below(3)),
            _ => format!("region:{region}"),
        }
    }

    fn link(&mut self) -> String {
        let (from, step) = (self.below(3) as usize, 1 + self.below(2) as usize);
        let arrow = self.of(&["->", "->", "<->"]);
        format!("link:{}{arrow}{}", REGIONS[from], REGIONS[(from + step) % 3])
    }

    /// A fault: its scope and kind. At most one disk is destroyed, and clocks go wrong only where nobody trusts them.
    fn fault(&mut self, destroyed: &mut bool, clocks: bool) -> (String, String) {
        let plain = |kind: &str| format!("\"{kind}\"");
        match self.below(14) {
            0 | 1 => (self.place(), plain("crash")),
            2 | 3 => (self.place(), plain("power-loss")),
            4 => (self.place(), plain("pause")),
            5 => (self.place(), plain("isolation")),
            6 | 7 => (self.link(), plain("cut")),
            8 => (self.link(), format!("{{ slow = {{ factor = {} }} }}", 2 + self.below(40))),
            9 => (self.place(), format!("{{ slow = {{ factor = {} }} }}", 2 + self.below(200))),
            10 => (self.link(), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + self.below(90))),
            11 if !std::mem::replace(destroyed, true) => {
                let node = format!("region:{}/zone:1/node:1", self.of(&REGIONS));
                (node, plain("destroyed-disk"))
            }
            12 if clocks => {
                let by = self.of(&["-30s", "-1s", "1s", "45s"]);
                (self.place(), format!("{{ clock-step = {{ by = \"{by}\" }} }}"))
            }
            13 if clocks => {
                let sign = self.of(&["-", ""]);
                let by = 10 + self.below(91);
                (self.place(), format!("{{ clock-drift = {{ by = \"{sign}{by}ppm\" }} }}"))
            }
            _ => (self.link(), plain("cut")),
        }
    }
}

/// R and W, versions, further lines; and whether clocks may go wrong.
const STORES: [(u32, u32, &str, bool); 9] = [
    (2, 2, "versions = \"version-vectors\"", true),
    (2, 2, "versions = \"version-vectors\"\nread-repair = \"blocking\"", true),
    (1, 3, "versions = \"version-vectors\"\nread-repair = \"off\"", true),
    (3, 1, "versions = \"version-vectors\"\nhints = false", true),
    (2, 2, "versions = \"version-vectors\"\nquorum = \"sloppy\"", true),
    (1, 1, "versions = \"last-writer-wins\"\nquorum = \"sloppy\"\ncoordinator = \"client\"", true),
    (2, 2, "versions = \"last-writer-wins\"\ntrust-clocks = true", false),
    (
        2,
        2,
        "versions = \"last-writer-wins\"\ntrust-clocks = true\nread-repair = \"blocking\"\ncoordinator = \"client\"",
        false,
    ),
    (1, 2, "versions = \"last-writer-wins\"\ntrust-clocks = true\nquorum = \"sloppy\"", false),
];

fn schedule(n: u64) -> String {
    let mut dice = Dice(n.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let (read, write, table, clocks) = STORES[(n % STORES.len() as u64) as usize];
    let (mut destroyed, mut taken) = (false, Vec::new());
    let mut text = format!(
        "name = \"random-{n}\"\nseed = {n}\n\n[topology]\ncatalog = \"azure\"\nregions = {REGIONS:?}\n\
         nodes-per-zone = 2\n[topology.region.\"Central US\"]\nzones = 3\n\n\
         [system.quorum-nwr]\npartitions = 2\nread-quorum = {read}\nwrite-quorum = {write}\n{table}\n\n\
         [workload.load]\nclients = [{{ region = \"West US 2\", count = 2 }}, {{ region = \"East US\", count = 2 }}, \
         {{ region = \"Central US\", count = 1, fail-with-region = false }}]\nrate = \"10/s\"\nreads = \"60%\"\n\
         write-once = \"20%\"\nkeys = 4\ntimeout = \"8s\"\n\n[run]\nat-least = \"6min\"\ncap = \"60min\"\n"
    );
    for _ in 0..1 + dice.below(5) {
        let (scope, kind) = dice.fault(&mut destroyed, clocks);
        let name = kind.trim_matches(['"', '{', ' ']).split(' ').next().unwrap_or_default().to_string();
        if taken.contains(&(scope.clone(), name.clone())) {
            continue;
        }
        let (at, lasts) = (20 + dice.below(200), dice.of(&[&3, &12, &40, &75, &150]));
        text += &format!(
            "\n[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"{at}s\"\nlasts = \"{lasts}s\"\n"
        );
        taken.push((scope, name));
    }
    text
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn no_schedule_of_random_faults_breaks_what_is_claimed() {
    let (first, many) = (number("GEODES_FIRST", 1), number("GEODES_SCHEDULES", FEW));
    let failed: Vec<String> = (first..first + many)
        .into_par_iter()
        .filter_map(|n| {
            let text = schedule(n);
            let seen = Case::new(&text).run(false);
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown);
            let bad = open || !seen.settled() || !seen.broken().is_empty();
            bad.then(|| format!("schedule {n} {:?}\n{}\n{text}", seen.end().reason, seen.account()))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {many} schedules\n\n{}", failed.len(), failed.join("\n\n"));
}
