//! What each failover option costs, and what a blocked port does to machines that belong together, over many seeds.

use crate::case::{Case, DISK, HOST, Text, largest, lost_since, machines, observed, writable};
use crate::support::dice::setting;
use rayon::prelude::*;

/// When the machine's host is lost, in seconds: three hours and a half.
const LOST: f64 = 12_600.0;

/// Seconds lost, and seconds without the machine, of one seed.
fn cost(to: &str, seed: u64) -> (f64, f64) {
    let system =
        "edition = \"2019-03\"\nsource = \"A\"\ntarget = \"B\"\nflush = \"5s\"\nmonitor = \"10min\"\n";
    let mut text = Text::new((2, 4), 2, system.into(), "")
        .system(&format!("vms = [{{ name = \"db\", disks = [{DISK}] }}]"))
        .system(&format!(
            "failover = {{ manual = {{ decide = {{ lognormal = {{ median = \"10min\", p95 = \"30min\" }} }}, to = \"{to}\" }} }}"
        ))
        .fault(HOST, "power-loss", (LOST * 1e3) as u64, 4 * 3_600_000);
    text.load = text.load.replace("40/s", "1/s");
    let text = text.text(12_700).replace("seed = 7", &format!("seed = {seed}"));
    let text = text.replace("cap = \"12940s\"", "cap = \"12h\"");
    let seen = Case::new(&text).run();
    seen.assert_sound();
    let back = *writable(&seen).first().expect("the machine is failed over");
    (lost_since(&seen, LOST), back - LOST)
}

fn quantile(sorted: &[f64], p: f64) -> f64 {
    sorted[((sorted.len() as f64 * p) as usize).min(sorted.len() - 1)]
}

#[test]
fn the_latest_point_loses_least_and_takes_longest() {
    let seeds = setting("GEODES_SEEDS", 16);
    let mut table = "option,seeds,what,mean_s,p05_s,p50_s,p95_s,max_s\n".to_owned();
    let options = ["latest", "latest-processed", "latest-app-consistent"];
    let costs: Vec<Vec<(f64, f64)>> =
        options.iter().map(|to| (1..=seeds).into_par_iter().map(|seed| cost(to, seed)).collect()).collect();
    for (option, costs) in options.iter().zip(&costs) {
        let sorted = |of: fn(&(f64, f64)) -> f64| {
            let mut all: Vec<f64> = costs.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all
        };
        let (rpo, rto) = (sorted(|cost| cost.0), sorted(|cost| cost.1));
        for (what, all) in [("rpo", rpo), ("rto", rto)] {
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            let [p05, p50, p95, max] = [0.05, 0.5, 0.95, 1.0].map(|p| quantile(&all, p));
            table += &format!("{option},{seeds},{what},{mean:.1},{p05:.1},{p50:.1},{p95:.1},{max:.1}\n");
        }
    }
    println!("{table}");
    for (seed, ((latest, processed), app)) in costs[0].iter().zip(&costs[1]).zip(&costs[2]).enumerate() {
        assert!(latest.0 <= processed.0 && processed.0 <= app.0, "RPO, seed {}", seed + 1);
        assert!(latest.1 > processed.1 && (processed.1 - app.1).abs() < 1e-6, "RTO, seed {}", seed + 1);
    }
    let sum = |costs: &[(f64, f64)]| costs.iter().map(|cost| cost.0).sum::<f64>();
    assert!(10.0 * sum(&costs[0]) < sum(&costs[1]) && 3.0 * sum(&costs[1]) < sum(&costs[2]));
}

/// Writes that name writes which are not there, after a region was lost.
fn torn(port: &str, seed: u64) -> f64 {
    let vms = "[{ name = \"db\", disks = [DISK] }, { name = \"web\", disks = [DISK], refers-to = \"db\" }]";
    let text = machines(
        vms,
        "failover = { manual = { decide = { constant = \"2s\" }, to = \"latest-processed\" } }",
    )
    .system("replication-groups = [[\"db\", \"web\"]]")
    .system(&format!("port-20004 = \"{port}\""))
    .fault("region:A", "destroyed", 45_000, 0);
    let text = text.text(60).replace("seed = 7", &format!("seed = {seed}"));
    let seen = Case::new(&text).run();
    seen.assert_sound();
    assert_eq!(observed(&seen, "cross-vm-inconsistencies").len(), 1, "{port}, seed {seed}");
    largest(&seen, "cross-vm-inconsistencies")
}

#[test]
fn a_blocked_port_tears_apart_what_an_open_one_keeps_together() {
    let seeds = setting("GEODES_SEEDS", 24);
    let all = |port| (1..=seeds).into_par_iter().map(|seed| torn(port, seed)).collect::<Vec<f64>>();
    assert_eq!(all("open").into_iter().filter(|torn| *torn > 0.0).count(), 0);
    let torn = all("blocked").into_iter().filter(|torn| *torn > 0.0).count();
    println!("{torn} of {seeds} recoveries with the port blocked are inconsistent");
    assert!(torn as u64 * 4 > seeds && (torn as u64) < seeds, "{torn} of {seeds}");
}
