//! Estimates, zeros, modes and reproducibility.

use crate::synthetic::{Kind, Synthetic};
use geodes::base::dist::Law;
use geodes::study::estimate::LongRun;
use geodes::study::months::{Promise, synthesise};
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Stop, Study};

fn run(world: &Synthetic, options: Options) -> (LongRun, Stop, u64, u64) {
    let mut study = Study::new(world, world, &world.plan, options);
    let stop = study.run(&Control::default());
    let weights = study.walked();
    let run = study.evidence(&weights).long_run(0);
    (run, stop, study.windows(), study.digest.value())
}

fn fixed(years: u64, windows: u64) -> Options {
    Options { years: Some(years), windows: Some(windows), ..Options::default() }
}

fn agrees(run: &LongRun, exact: f64) {
    let z = (run.mean - exact) / run.standard_error();
    assert!(z.abs() < 4.0, "{} +- {}, exactly {exact}: z = {z}", run.mean, run.standard_error());
}

#[test]
fn the_mean_is_right_with_several_strata_and_errors_in_quiet_times() {
    let kinds = vec![
        Kind::new("region", 0.2, 1.0, Law::Exponential { mean: 900.0 }),
        Kind::new("zone", 5.0, 0.5, Law::Exponential { mean: 20.0 }),
        Kind::new("node", 40.0, 0.0, Law::Constant(0.0)),
    ];
    let world = Synthetic { quiet: 1e-6, ..Synthetic::new(7, kinds) };
    let (run, ..) = run(&world, fixed(10_000, 3_000));
    agrees(&run, world.exact());
    assert!((run.quiet - 1e-6).abs() < 1e-12);
}

#[test]
fn a_stratum_without_a_loss_widens_the_interval() {
    let harmful = Kind::new("region", 0.2, 1.0, Law::Exponential { mean: 900.0 });
    let harmless = Kind::new("node", 40.0, 0.0, Law::Constant(0.0));
    let with = run(&Synthetic::new(3, vec![harmful.clone(), harmless]), fixed(10_000, 500)).0;
    assert!(with.unseen > 0.0);
    assert!(with.high - with.mean > with.mean - with.low);
    let nothing =
        run(&Synthetic::new(3, vec![Kind::new("node", 4.0, 0.0, Law::Constant(0.0))]), fixed(10_000, 500)).0;
    assert_eq!((nothing.mean, nothing.low), (0.0, 0.0));
    assert!(nothing.high > 0.0 && nothing.is_scarce());
}

#[test]
fn modes_are_walked() {
    // East does harm only while the system is there; it goes there after every fault in West, and back after one in 4.
    let west =
        Kind { moves: vec![("west", "east", 1.0)], ..Kind::new("west", 1.0, 1.0, Law::Constant(100.0)) };
    let west = Kind { only_in: "west", ..west };
    let east =
        Kind { moves: vec![("east", "west", 1.0)], ..Kind::new("east", 0.25, 1.0, Law::Constant(1_000.0)) };
    let east = Kind { only_in: "east", ..east };
    let mut world = Synthetic::new(11, vec![west, east]);
    world.plan.mode = "west".to_owned();
    let (run, ..) = run(&world, fixed(50_000, 400));
    // Time in west: rates 1 out, 0.25 back: a fifth. Loss a year: 0.2 * 1 * 100 + 0.8 * 0.25 * 1000 = 220 s.
    let exact = 220.0 / (8760.0 * 3600.0);
    agrees(&run, exact);
    assert!(run.relative_half_width() < 0.05);
}

#[test]
fn a_precision_is_reached_and_its_windows_reproduce_it() {
    let kinds = vec![
        Kind::new("region", 0.2, 1.0, Law::Exponential { mean: 900.0 }),
        Kind::new("zone", 5.0, 0.5, Law::Exponential { mean: 20.0 }),
    ];
    let world = Synthetic::new(5, kinds);
    let asked = Options { years: Some(20_000), precision: Some(0.05), ..Options::default() };
    let (precise, stop, windows, digest) = run(&world, asked);
    assert_eq!(stop, Stop::Precision);
    assert!(precise.relative_half_width() <= 0.05);
    let (again, stop, ..) = run(&world, fixed(20_000, windows));
    assert_eq!(stop, Stop::Windows);
    assert_eq!(again, precise);
    assert_eq!(run(&world, fixed(20_000, windows)).3, digest);
}

#[test]
fn months_that_miss_a_bound_are_counted_as_the_law_of_compound_poisson_says() {
    // reference/ground-truth.csv: P(month below SLA) of outages that come as a Poisson process.
    let cases = [
        (1.0, Law::Exponential { mean: 300.0 }, 0.9999, 0.03451016809794601),
        (1.0, Law::Constant(300.0), 0.9999, 0.07995558537067675),
        (0.1, Law::Exponential { mean: 3_153.6 }, 0.9999, 0.007637827084323392),
        (12.0, Law::Constant(26.0), 0.99999, 0.2642411176571154),
        (12.0, Law::Constant(26.0), 0.99995, 0.000594184817581693),
    ];
    for (per_year, costs, bound, exact) in cases {
        let world = Synthetic::new(17, vec![Kind::new("outage", per_year, 1.0, costs)]);
        let mut study = Study::new(&world, &world, &world.plan, fixed(100_000, 20_000));
        study.run(&Control::default());
        let kept = synthesise(&mut study, &[Promise { target: 0, bound }]).remove(0);
        let missed = 1.0 - kept.share;
        assert!((missed / exact - 1.0).abs() < 0.1, "{missed}, exactly {exact}");
        // The interval is one of 95 %: four standard errors are about twice its half-width.
        let half = (kept.interval.high - kept.interval.low) / 2.0;
        assert!(
            (missed - exact).abs() < 2.0 * half && half < exact / 10.0,
            "{missed} +- {half}, exactly {exact}"
        );
    }
}
