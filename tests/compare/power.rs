//! How many windows it takes to see that a failover got a tenth slower, with pairs and without.

use crate::bench::{Bench, command};
use geodes::base::rng::Seed;
use geodes::report::windows;
use geodes::study::compare::contrast::{Margin, Values, contrast};
use geodes::system::registry::Registry;
use std::fs;

/// An account that is small and quick to simulate, and loses its write region.
const SCENARIO: &str = include_str!("../data/small-failover.toml");

/// Windows simulated of either side; groups of any size are drawn from them.
const WINDOWS: usize = 200;
/// Groups drawn of each size.
const GROUPS: usize = 200;

/// Runs the command with the modelled systems, and gives what it prints.
pub fn builtin(args: &[&str]) -> String {
    let (status, out, err) = command(Registry::builtin(), args.iter().map(|arg| (*arg).to_owned()));
    assert_eq!(status, 0, "{err}");
    out
}

/// The RTO of writes in each window, by seed.
fn recovery(bench: &Bench, out: &str, more: &[&str]) -> Vec<f64> {
    let (scenario, dir, count) = (bench.path("small.toml"), bench.path(out), WINDOWS.to_string());
    let mut args = vec!["run", &scenario, "--out", &dir, "--seeds", &count, "--format", "csv"];
    args.extend(more);
    builtin(&args);
    let text = fs::read_to_string(bench.dir.join(out).join(windows::FILE)).expect("the windows are stored");
    let sample = windows::parse(&text).expect("they can be read");
    let column = sample.column("rto.write[region(write)]").expect("the fault occurred");
    column.map(|(_, rto)| rto).collect()
}

/// Whether a group of windows shows the change, at the 5 % that a single row is tested at.
fn shows(values: Values) -> bool {
    let found = contrast(&values, Margin::NONE).expect("there are windows");
    found.mean > 0.0 && found.two_sided().is_some_and(|p| p <= 0.05)
}

/// The share of random groups of `size` windows on either side that show the change.
fn detected(base: &[f64], new: &[f64], size: usize, paired: bool) -> f64 {
    let mut chance = Seed { scenario: size as u64, window: u64::from(paired) }.named("power", "groups");
    let mut draw = || (chance.uniform() * WINDOWS as f64) as usize;
    let mut group = || match paired {
        true => Values::Paired((0..size).map(|_| draw()).map(|i| (base[i], new[i])).collect()),
        false => {
            Values::Apart((0..size).map(|_| base[draw()]).collect(), (0..size).map(|_| new[draw()]).collect())
        }
    };
    (0..GROUPS).filter(|_| shows(group())).count() as f64 / GROUPS as f64
}

/// The least size at which 95 % of the groups show the change.
fn needed(base: &[f64], new: &[f64], sizes: impl Iterator<Item = usize>, paired: bool) -> usize {
    let mut sizes = sizes.take_while(|size| *size < 10_000);
    sizes.find(|size| detected(base, new, *size, paired) >= 0.95).expect("some number of windows is enough")
}

#[test]
fn a_failover_a_tenth_slower_is_seen_with_less_than_a_fiftieth_of_the_windows() {
    let bench = Bench::new("power", crate::bench::Windows::Even);
    fs::write(bench.dir.join("small.toml"), SCENARIO).expect("a file");
    let base = recovery(&bench, "base", &[]);
    let managed = "system.cosmos-db.failover.service-managed";
    let detect = format!("{managed}.detect={{ uniform = {{ from = \"33s\", to = \"99s\" }} }}");
    let decide = format!("{managed}.decide={{ lognormal = {{ median = \"330s\", p95 = \"594s\" }} }}");
    let new = recovery(&bench, "new", &["--set", &detect, "--set", &decide]);
    assert_eq!((base.len(), new.len()), (WINDOWS, WINDOWS));
    let pairs = needed(&base, &new, 2.., true);
    let apart = needed(&base, &new, (1..).map(|i| 10 * i), false);
    println!("95 % of groups show it from {pairs} pairs on, and from {apart} unpaired windows a side on");
    assert!(50 * pairs < apart, "{pairs} pairs, {apart} unpaired windows");
}
