//! Random faults over every kind of store: whatever happens, what is claimed holds.
//!
//! `GEODES_SCHEDULES=1000` runs that many schedules instead of the few of every test run, `GEODES_FIRST=17` begins at
//! another one, and a failing schedule is printed as the scenario that reproduces it.

use crate::place::Case;
use crate::support::dice::{Dice, schedules};
use geodes::history::verdict::Verdict;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 60;
const REGIONS: [&str; 3] = ["West US 2", "East US", "Central US"];

fn place(dice: &mut Dice) -> String {
    let region = dice.of(&REGIONS);
    match dice.below(10) {
        0..6 => format!("region:{region}/zone:{}/node:{}", 1 + dice.below(3), 1 + dice.below(2)),
        6..8 => format!("region:{region}/zone:{}", 1 + dice.below(3)),
        _ => format!("region:{region}"),
    }
}

fn link(dice: &mut Dice) -> String {
    let (from, step) = (dice.below(3) as usize, 1 + dice.below(2) as usize);
    let arrow = dice.of(&["->", "->", "<->"]);
    format!("link:{}{arrow}{}", REGIONS[from], REGIONS[(from + step) % 3])
}

/// A fault: its scope and kind. At most one disk is destroyed, and clocks go wrong only where nobody trusts them.
fn fault(dice: &mut Dice, destroyed: &mut bool, clocks: bool) -> (String, String) {
    let plain = |kind: &str| format!("\"{kind}\"");
    match dice.below(14) {
        0 | 1 => (place(dice), plain("crash")),
        2 | 3 => (place(dice), plain("power-loss")),
        4 => (place(dice), plain("pause")),
        5 => (place(dice), plain("isolation")),
        6 | 7 => (link(dice), plain("cut")),
        8 => (link(dice), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(40))),
        9 => (place(dice), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(200))),
        10 => (link(dice), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + dice.below(90))),
        11 if !std::mem::replace(destroyed, true) => {
            let node = format!("region:{}/zone:1/node:1", dice.of(&REGIONS));
            (node, plain("destroyed-disk"))
        }
        12 if clocks => {
            let by = dice.of(&["-30s", "-1s", "1s", "45s"]);
            (place(dice), format!("{{ clock-step = {{ by = \"{by}\" }} }}"))
        }
        13 if clocks => {
            let sign = dice.of(&["-", ""]);
            let by = 10 + dice.below(91);
            (place(dice), format!("{{ clock-drift = {{ by = \"{sign}{by}ppm\" }} }}"))
        }
        _ => (link(dice), plain("cut")),
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
    let mut dice = Dice::of_schedule(n);
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
        let (scope, kind) = fault(&mut dice, &mut destroyed, clocks);
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

#[test]
fn no_schedule_of_random_faults_breaks_what_is_claimed() {
    let schedules = schedules(FEW);
    let failed: Vec<String> = schedules
        .clone()
        .into_par_iter()
        .filter_map(|n| {
            let text = schedule(n);
            let seen = Case::new(&text).judge();
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown);
            let bad = open || !seen.settled() || !seen.broken().is_empty();
            bad.then(|| format!("schedule {n} {:?}\n{}\n{text}", seen.end().reason, seen.account()))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {schedules:?}\n\n{}", failed.len(), failed.join("\n\n"));
}
