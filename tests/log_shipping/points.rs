//! Shipped logs against exact laws, and under random faults.

use crate::case::{CONFIRMED, EPOCHS, LEASE};
use crate::schedules::all_hold;
use crate::shipping_mutants::sites;
use crate::support::dice::Dice;
use crate::support::seconds;
use geodes::engine::record::{Change, Record};
use geodes::system::log_shipping::LogShipping;

/// When the primary site is lost, in seconds.
const LOST: f64 = 240.0;
const UNITS: usize = 1_000;

/// Points every 60 s with this lag: how old the state was, at the loss of the primary site, from which each of a thousand
/// partitions goes on.
fn ages(lag: &str) -> Vec<f64> {
    let mut text =
        sites(&format!("points = {{ every = \"60s\", lag = {lag} }}"), "{ automatic = {} }", LEASE);
    text.system = text
        .system
        .replace("heartbeat = \"100ms\"\nsilence = \"1s\"", "heartbeat = \"10s\"\nsilence = \"30s\"");
    text.topology = text
        .topology
        .replace("\"500us\"", "\"0s\"")
        .replace("\"6ms\"", "\"0s\"")
        .replace("\"1ms\"", "\"0s\"");
    text.load = text.load.replace("40/s", "1/h");
    let text =
        text.system(&format!("partitions = {UNITS}")).fault("region:A", "destroyed", (LOST * 1e3) as u64, 0);
    let case = text.case(300);
    let seen = case.run();
    let age = |record: &Record| match record {
        Record::Change { at, change: Change::Observed { what: "recovery-point-age", value }, .. } => {
            Some(LOST - (seconds(*at) - value))
        }
        _ => None,
    };
    let ages: Vec<f64> = seen.records.iter().filter_map(age).collect();
    assert_eq!(ages.len(), UNITS, "every partition goes on");
    ages
}

/// The row of this name in the table of exact answers.
fn exact(name: &str) -> f64 {
    let table = include_str!("../data/ground-truth.csv");
    let row = table.lines().find(|line| line.starts_with(&format!("{name},"))).expect("it is in the table");
    // The case may hold a comma in quotes; the value is the first number after it.
    row.split(',').skip(3).find_map(|cell| cell.parse().ok()).expect("a value")
}

#[test]
fn the_age_of_what_is_gone_on_from_follows_the_exact_law() {
    let n = UNITS as f64;
    let lags = [
        ("rpo_periodic_fixedlag", "{ constant = \"5s\" }", [("p50", 0.5), ("p99", 0.99)]),
        ("rpo_unif_plus_exp", "{ exponential = { mean = \"5s\" } }", [("p95", 0.95), ("p99", 0.99)]),
        (
            "rpo_unif_plus_lognormal",
            "{ lognormal-mean = { mean = \"5s\", cv = 1.0 } }",
            [("p50", 0.5), ("p99", 0.99)],
        ),
    ];
    for (name, lag, quantiles) in lags {
        let ages = ages(lag);
        let mean = ages.iter().sum::<f64>() / n;
        let variance = ages.iter().map(|age| (age - mean) * (age - mean)).sum::<f64>() / (n - 1.0);
        let mut zs = vec![(mean - exact(&format!("{name}_mean"))) / (variance / n).sqrt()];
        for (quantile, share) in quantiles {
            let bound = exact(&format!("{name}_{quantile}"));
            let below = ages.iter().filter(|age| **age <= bound).count() as f64;
            zs.push((below - n * share) / (n * share * (1.0 - share)).sqrt());
        }
        println!("{name}: mean {mean:.2} s, z {zs:.2?}");
        assert!(zs.iter().all(|z| z.abs() < 4.0), "{name}: {zs:?}");
    }
}

fn schedule(number: u64) -> (String, f64) {
    let mut dice = Dice::of_schedule(number);
    let pick = |dice: &mut Dice, all: &[&'static str]| all[dice.below(all.len() as u64) as usize];
    let ship = pick(
        &mut dice,
        &[
            "stream = {}",
            "stream = { lag = { exponential = { mean = \"500ms\" } } }",
            "points = { every = \"2s\" }",
            "points = { every = \"3s\", lag = { uniform = { from = \"0s\", to = \"2s\" } } }",
        ],
    );
    let promotion = pick(
        &mut dice,
        &[
            "{ automatic = {} }",
            "{ automatic = { grace = { constant = \"3s\" } } }",
            "{ manual = { decide = { exponential = { mean = \"2s\" } } } }",
        ],
    );
    let fencing = pick(&mut dice, &[LEASE, LEASE, CONFIRMED, EPOCHS]);
    let mut text = sites(ship, promotion, fencing);
    let log = pick(&mut dice, &["log = 20", "log = 10000"]);
    let from = pick(&mut dice, &["read-from = \"primary\"", "read-from = \"nearest\""]);
    text = text.system(log).system(from).system("data = \"1MB\"");
    if dice.below(3) == 0 {
        let order = pick(&mut dice, &["switch-over", "force"]);
        text = text.action(&format!("{{ {order} = {{ to = \"B\" }} }}"), 4_000 + dice.below(15_000));
    }
    // No disk is destroyed: the only one that holds what was found lost before is to tell.
    let (text, last) = text.objects().faults(&mut dice, 2, None);
    (
        text.text(50 + (last / 1_000) as u32).replace("seed = 7", &format!("seed = {number}")),
        last as f64 / 1e3,
    )
}

/// As for primaries and backups, with a person's decision of a few seconds.
const PROGRESS: f64 = 30.0;

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_of_a_shipped_log() {
    all_hold::<LogShipping>(20, schedule, PROGRESS);
}

#[test]
fn what_a_site_brings_back_is_told_however_often_it_starts_again() {
    // The second site takes over while the first is down, and is lost when that one is back.
    let points = "points = { every = \"5s\" }";
    let text = sites(points, "{ manual = { decide = { constant = \"3s\" } } }", EPOCHS)
        .fault("region:A", "power-loss", 13_000, 17_000)
        .fault("region:B", "power-loss", 28_000, 50_000)
        .fault("region:A", "power-loss", 32_000, 4_000);
    let seen = text.case(120).run();
    assert!(seen.assert_sound().settled(), "{:?}", seen.end());
    assert!(seen.lost() > 0);
}

#[test]
fn a_site_that_keeps_up_settles_however_much_is_in_a_recovery_point() {
    // Each point crosses for four seconds of every five.
    let mut text = sites("points = { every = \"5s\" }", "{ automatic = {} }", EPOCHS)
        .system("window = \"20KB\"\nbatch = \"4KB\"")
        .fault("region:B", "power-loss", 13_000, 2_000);
    let one_way = "one-way = { constant = \"6ms\" }";
    text.topology = text.topology.replace(one_way, &format!("{one_way}\nbandwidth = \"25KB/s\""));
    let seen = text.case(40).run();
    assert!(seen.assert_sound().settled(), "{:?}", seen.end());
}
