//! Probabilistically bounded staleness (Bailis et al., VLDB 2012), simulated with `quorum-nwr`: prints what was published, what an
//! exact Monte Carlo of the same model gives and what the system does, side by side, and writes `results/pbs.csv`.
//!
//! ```sh
//! cargo run --release --example pbs                             # every row of tests/data/pbs_wars.csv, a million writes each
//! cargo run --release --example pbs -- --trials 200000          # quicker, and nothing is written
//! cargo run --release --example pbs -- LNKD-DISK 5 2 1          # a case of one's own: legs, N, R, W; nothing is written
//! ```

#[path = "../tests/pbs/case.rs"]
mod case;
#[path = "../tests/pbs/measure.rs"]
mod measure;
#[path = "../tests/resolved/mod.rs"]
mod resolved;
#[path = "../tests/pbs/run.rs"]
mod run;

use case::{Case, PUBLISHED, Truth};
use measure::{FIGURES, Figures};
use std::error::Error;
use std::fmt::Write as _;

/// Trials of each row, unless said otherwise.
const FULL: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut trials = FULL;
    if let Some(at) = words.iter().position(|word| word == "--trials") {
        trials = words.get(at + 1).ok_or("--trials needs a number")?.parse()?;
        words.drain(at..=at + 1);
    }
    if let [dist, n, r, w] = &words[..] {
        let case = Case { dist: dist.clone(), n: n.parse()?, r: r.parse()?, w: w.parse()? };
        let ours = measure::measure(&case, trials);
        println!("{case:?}, {trials} trials");
        FIGURES.iter().zip(ours.0).for_each(|(figure, value)| println!("{:<28} {value:>14.6}", figure.what));
        return Ok(());
    }
    let table = table(trials)?;
    if trials == FULL && words.is_empty() {
        std::fs::write("results/pbs.csv", table)?;
    }
    Ok(())
}

/// Every row; the text of the CSV file.
fn table(trials: u64) -> Result<String, Box<dyn Error>> {
    let mut csv = "dist,N,R,W,figure,published,exact,ours,difference,allowed,ok\n".to_owned();
    let mut wrong = 0;
    println!(
        "{:<10} {:>2} {:>2} {:>2}  {:<26} {:>10} {:>12} {:>12} {:>9} {:>9}",
        "legs", "N", "R", "W", "figure", "published", "exact", "ours", "off by", "allowed"
    );
    for truth in case::truths() {
        let ours = measure::measure(&truth.case(), trials);
        wrong += row(&truth, &ours, &mut csv)?;
    }
    for (dist, published) in PUBLISHED {
        let biased = measure::swept(dist);
        println!(
            "{dist:<10}  3  1  1  {:<26} {published:>10} {:>12} {biased:>12.4}",
            "99.9 % by a noisy sweep, ms", ""
        );
        writeln!(csv, "{dist},3,1,1,sweep,{published},,{biased:.6},,,")?;
    }
    println!("{wrong} figures are off by more than is allowed");
    Ok(csv)
}

/// One row of the data: how many of its figures are off.
fn row(truth: &Truth, ours: &Figures, csv: &mut String) -> Result<u32, Box<dyn Error>> {
    let mut wrong = 0;
    for (figure, ours) in FIGURES.iter().zip(ours.0) {
        let exact = (figure.exact)(truth);
        let (off, allowed) = ((figure.off)(exact, ours), (figure.allowed)(&truth.dist));
        let ok = off.abs() <= allowed;
        wrong += u32::from(!ok);
        let alone = (truth.n, truth.r, truth.w) == (3, 1, 1) && figure.what == measure::VISIBILITY;
        let published = PUBLISHED.iter().find(|(dist, _)| alone && *dist == truth.dist).map(|(_, t)| *t);
        let published = published.map_or(String::new(), |t| t.to_string());
        let Truth { dist, n, r, w, .. } = truth;
        let mark = if ok { "" } else { "  <- off" };
        println!(
            "{dist:<10} {n:>2} {r:>2} {w:>2}  {:<26} {published:>10} {exact:>12.6} {ours:>12.6} {off:>9.5} {allowed:>9}{mark}",
            figure.what
        );
        writeln!(
            csv,
            "{dist},{n},{r},{w},\"{}\",{published},{exact},{ours:.9},{off:.6},{allowed},{ok}",
            figure.what
        )?;
    }
    Ok(wrong)
}
