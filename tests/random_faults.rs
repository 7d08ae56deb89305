//! Random faults at every level: whatever happens, what the level promises holds.
//!
//! `GEODES_SCHEDULES=1000` runs that many schedules instead of the few of every test run, `GEODES_FIRST=17` begins at
//! another one, and a failing schedule is printed as the scenario that reproduces it.

mod support;

use geodes::base::time::Span;
use geodes::history::verdict::Verdict;
use rayon::prelude::*;
use support::Case;
use support::dice::{Dice, schedules};

/// Schedules of a plain test run.
const FEW: u64 = 60;
const REGIONS: [&str; 3] = ["West US 2", "East US", "Central US"];

fn region(dice: &mut Dice) -> &'static str {
    dice.of(&REGIONS)
}

fn node(dice: &mut Dice, region: &str) -> String {
    // Replicas of a set sit on the first nodes of the first zone, or over the zones.
    format!("{region}/zone:{}/node:{}", 1 + dice.below(4) / 2 * dice.below(2), 1 + dice.below(5))
}

fn place(dice: &mut Dice) -> String {
    let region = region(dice);
    match dice.below(10) {
        0..5 => node(dice, region),
        5..7 => format!("{region}/zone:{}", 1 + dice.below(2)),
        _ => region.to_string(),
    }
}

/// A fault: its scope and kind.
fn fault(dice: &mut Dice, destroyed: &mut bool) -> (String, String) {
    match dice.below(16) {
        0..2 => (scope(dice), "\"crash\"".into()),
        2..4 => (scope(dice), "\"power-loss\"".into()),
        4 => (scope(dice), "\"pause\"".into()),
        5..7 => (scope(dice), "\"isolation\"".into()),
        7 | 8 => (link(dice), "\"cut\"".into()),
        9 => (link(dice), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(40))),
        10 => (scope(dice), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(200))),
        11 => (link(dice), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + dice.below(90))),
        12 if !std::mem::replace(destroyed, true) => {
            let region = region(dice);
            (format!("region:{}", node(dice, region)), "\"destroyed-disk\"".into())
        }
        12 | 13 => (scope(dice), format!("{{ clock-drift = {{ by = \"{}ppm\" }} }}", drift(dice))),
        14 => {
            let by = dice.of(&["-30s", "-1s", "1s", "45s"]);
            (scope(dice), format!("{{ clock-step = {{ by = \"{by}\" }} }}"))
        }
        _ => ("service".into(), dice.of(&["\"control-plane-down\"", "\"dns-down\""]).into()),
    }
}

fn drift(dice: &mut Dice) -> i64 {
    let by = 10 + dice.below(91) as i64;
    if dice.below(2) == 0 { -by } else { by }
}

fn scope(dice: &mut Dice) -> String {
    match dice.below(6) {
        0 => "@leader(0)".into(),
        1 => "@write".into(),
        _ => format!("region:{}", place(dice)),
    }
}

fn link(dice: &mut Dice) -> String {
    let arrow = dice.of(&["->", "->", "<->"]);
    let a = region(dice);
    if dice.below(3) == 0 {
        let first = 1 + dice.below(4);
        let second = 1 + (first + dice.below(3)) % 4;
        return format!("link:{a}/zone:1/node:{first}{arrow}{a}/zone:1/node:{second}");
    }
    let others: Vec<&str> = REGIONS.iter().copied().filter(|r| *r != a).collect();
    format!("link:{a}{arrow}{}", dice.of(&others))
}

/// What the accounts of the sweep look like: level, write regions, failover.
const ACCOUNTS: [(&str, bool); 8] = [
    ("strong", false),
    ("bounded-staleness", false),
    ("session", false),
    ("consistent-prefix", false),
    ("eventual", false),
    ("session", true),
    ("bounded-staleness", true),
    ("eventual", true),
];

fn schedule(n: u64) -> String {
    let mut dice = Dice::of_schedule(n);
    let (level, several) = ACCOUNTS[(n % ACCOUNTS.len() as u64) as usize];
    let writers = if several { "[\"West US 2\", \"East US\"]" } else { "[\"West US 2\"]" };
    let failover = match dice.below(4) {
        0 => "\"off\"",
        _ => "{ service-managed = { priority = [\"East US\", \"Central US\"] } }",
    };
    let edition = dice.of(&["2021", "2021", "2026"]);
    let zones = if dice.below(3) == 0 { "[\"West US 2\", \"East US\"]" } else { "[]" };
    let bound = match level {
        "bounded-staleness" => "bound = { versions = 100000, time = \"300s\" }\n",
        _ => "",
    };
    let mut text = format!(
        "name = \"random-{n}\"\nseed = {n}\n\n[topology]\ncatalog = \"azure\"\nregions = {REGIONS:?}\n\n\
         [system.cosmos-db]\nedition = \"{edition}\"\nconsistency = \"{level}\"\nwrite-regions = {writers}\n\
         failover = {failover}\nzone-redundant = {zones}\ndata = \"50MB\"\n{bound}\n\
         [workload.load]\nclients = [{{ region = \"West US 2\", count = 2 }}, {{ region = \"East US\", count = 2 }}, \
         {{ region = \"Central US\", count = 1, fail-with-region = false }}]\nrate = \"5/s\"\nreads = \"60%\"\n\
         write-once = \"20%\"\nkeys = 4\nobjects = 3\nmix = {{ insert = \"10%\", replace = \"10%\", delete = \"10%\", \
         conditional = \"10%\", batch = \"15%\" }}\ntimeout = \"10s\"\n\n[run]\nat-least = \"8min\"\ncap = \"90min\"\n"
    );
    let mut destroyed = false;
    let mut taken: Vec<(String, String)> = Vec::new();
    for _ in 0..1 + dice.below(4) {
        let (scope, kind) = fault(&mut dice, &mut destroyed);
        let name = kind.trim_matches(['"', '{', ' ']).split(' ').next().unwrap_or_default().to_string();
        if taken.contains(&(scope.clone(), name.clone())) {
            continue;
        }
        let (at, lasts) = (30 + dice.below(300), dice.of(&[&3, &12, &40, &75, &150, &400]));
        text += &format!(
            "\n[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"{at}s\"\nlasts = \"{lasts}s\"\n"
        );
        taken.push((scope, name));
    }
    text
}

#[test]
fn no_schedule_of_random_faults_breaks_what_the_level_promises() {
    let schedules = schedules(FEW);
    let verbose = std::env::var_os("GEODES_VERBOSE").is_some();
    let failed: Vec<String> = schedules
        .clone()
        .into_par_iter()
        .filter_map(|n| {
            let text = schedule(n);
            let seen = Case::new(&text).with(|s| s.laws.rebuild_wait = Span::secs(60)).judge();
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown && v.why.is_empty());
            if verbose {
                println!(
                    "{n} {:?} at {} {} events {:?}\n{}",
                    seen.end().reason,
                    seen.end().at,
                    seen.end().events,
                    seen.broken(),
                    seen.account()
                );
            }
            let bad = open || !seen.broken().is_empty();
            bad.then(|| format!("schedule {n}\n{}\n{text}", seen.account()))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {schedules:?}\n\n{}", failed.len(), failed.join("\n\n"));
}
