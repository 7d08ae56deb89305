//! Probabilistically bounded staleness (Bailis et al., VLDB 2012): `quorum-nwr` reproduces an exact Monte Carlo of the paper's model.
//!
//! `GEODES_TRIALS=1000000` runs every row at full size, where figures may be off by what the table allows; the few trials of
//! a plain run are allowed as much as their number leaves to chance besides.

#[path = "support/asked.rs"]
mod asked;
#[path = "pbs/case.rs"]
mod case;
#[path = "pbs/measure.rs"]
mod measure;
mod resolved;
#[path = "pbs/run.rs"]
mod run;

use measure::{FIGURES, Figure, VISIBILITY};

/// Trials of a row in a plain run.
const FEW: u64 = 5_000;
const FULL: u64 = 1_000_000;

/// How much more a figure may be off with few trials: four standard errors of a share, or of the quantile of a law with
/// so heavy a tail as the slowest write of LNKD-DISK.
fn chance(figure: &Figure, trials: u64, exact: f64) -> f64 {
    let n = trials as f64;
    match figure.what {
        what if what.contains("median") => 4.0 * 1.2 / n.sqrt(),
        // A share of stale reads that is off by a third moves the time at which it is 0.1 % by an eighth at most.
        what if what == VISIBILITY => 4.0 * (1.0 / (0.001 * n)).sqrt() * 0.37,
        what if what.contains("99.9 %, ms") => 4.0 * (1.0 / (0.001 * n)).sqrt() / 1.5,
        _ => 4.0 * (4.0 * exact * (1.0 - exact) / n).sqrt(),
    }
}

#[test]
fn every_row_of_the_exact_model_is_reproduced() {
    let trials = asked::given("GEODES_TRIALS").unwrap_or(FEW);
    let mut wrong = Vec::new();
    for truth in case::truths() {
        let ours = measure::measure(&truth.case(), trials);
        for (figure, ours) in FIGURES.iter().zip(ours.0) {
            let exact = (figure.exact)(&truth);
            let more = if trials >= FULL { 0.0 } else { chance(figure, trials, exact) };
            let (off, allowed) = ((figure.off)(exact, ours), (figure.allowed)(&truth.dist) + more);
            if off.abs() > allowed {
                wrong.push(format!(
                    "{:?} {}: {exact}, ours {ours}, off by {off}, allowed {allowed}",
                    truth.case(),
                    figure.what
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_sweep_that_stops_at_the_first_lucky_estimate_is_too_early() {
    for (dist, published) in
        case::PUBLISHED.into_iter().filter(|(dist, _)| ["LNKD-SSD", "WAN"].contains(dist))
    {
        let exact = case::truths().into_iter().find(|t| (t.dist.as_str(), t.r, t.w) == (dist, 1, 1));
        let (exact, swept) = (exact.expect("it is in the data").t999, measure::swept(dist));
        assert!(published < exact && swept < exact * 0.99, "{dist}: {published}, {swept}, exact {exact}");
    }
}
