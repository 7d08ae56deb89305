//! The figures of a case, and how far each may be off.

use crate::case::{Case, Truth};
use crate::run::{Scene, Tally, quantile, sweep, visibility};
use geodes::base::time::Span;

/// The seed of the first trial.
const SEED: u64 = 2012;

/// One figure.
pub struct Figure {
    pub what: &'static str,
    pub exact: fn(&Truth) -> f64,
    /// How far ours is from the exact one.
    pub off: fn(f64, f64) -> f64,
    /// How far it may be, by model.
    pub allowed: fn(&str) -> f64,
}

/// The name of the last figure.
pub const VISIBILITY: &str = "99.9 % t-visibility, ms";

fn relative(exact: f64, ours: f64) -> f64 {
    if exact == 0.0 { ours } else { ours / exact - 1.0 }
}

fn absolute(exact: f64, ours: f64) -> f64 {
    ours - exact
}

/// All of them, in the order of [`Figures`].
pub const FIGURES: [Figure; 9] = [
    Figure { what: "read, median, ms", exact: |t| t.read_50, off: relative, allowed: |_| 0.01 },
    Figure { what: "read, 99.9 %, ms", exact: |t| t.read_999, off: relative, allowed: |_| 0.02 },
    Figure { what: "write, median, ms", exact: |t| t.write_50, off: relative, allowed: |_| 0.01 },
    Figure {
        what: "write, 99.9 %, ms",
        exact: |t| t.write_999,
        off: relative,
        allowed: |dist| if dist == "YMMR" { 0.04 } else { 0.02 },
    },
    Figure { what: "current at once", exact: |t| t.p0, off: absolute, allowed: |_| 0.003 },
    Figure { what: "current after 1 ms", exact: |t| t.p_t1, off: absolute, allowed: |_| 0.003 },
    Figure { what: "current after 5 ms", exact: |t| t.p_t5, off: absolute, allowed: |_| 0.003 },
    Figure { what: "current after 10 ms", exact: |t| t.p_t10, off: absolute, allowed: |_| 0.003 },
    Figure { what: VISIBILITY, exact: |t| t.t999, off: relative, allowed: |_| 0.03 },
];

/// What the system did.
#[derive(Clone, Copy, Debug)]
pub struct Figures(pub [f64; 9]);

/// Runs a case: all trials for the latencies and the t-visibility, where what counts is rare, and a quarter as many for the
/// shares of current reads.
pub fn measure(case: &Case, trials: u64) -> Figures {
    let scene = Scene::new(case);
    let tally = scene.run(trials / 4, &[0, 1, 5, 10].map(Span::millis), SEED);
    let at_once = tally.share(0);
    let later = if at_once >= 0.999 { 0.0 } else { visibility(&scene, trials, SEED + 1) };
    // A write that waits for one disk of LNKD-DISK, the last one or that of its own data centre, has the tail of its law,
    // whose index is 1.51. What a million trials say of one in a thousand is off by 2 % then.
    let more = match case.dist.as_str() {
        "LNKD-DISK" if case.w == case.n => 4,
        "WAN" if case.w == 1 => 16,
        _ => 1,
    };
    let Tally { mut reads, mut writes, .. } = scene.run(trials * more, &[Span::ZERO], SEED + 3);
    let (reads, writes) = (&mut reads, &mut writes);
    let times =
        [quantile(reads, 0.5), quantile(reads, 0.999), quantile(writes, 0.5), quantile(writes, 0.999)];
    let [a, b, c, d] = times;
    Figures([a, b, c, d, at_once, tally.share(1), tally.share(2), tally.share(3), later])
}

/// The mean of what sweeps find that stop at the first of their offsets at which a noisy estimate reaches 99.9 %, with
/// R = W = 1: the step is what a sweep of the paper's kind takes, and 1,000 fresh trials are made at each offset.
pub fn swept(dist: &str) -> f64 {
    let (from, step) = match dist {
        "LNKD-SSD" => (1.0, 0.05),
        "LNKD-DISK" => (25.0, 1.0),
        "YMMR" => (800.0, 20.0),
        _ => (95.0, 1.0),
    };
    let case = Case { dist: dist.to_owned(), n: 3, r: 1, w: 1 };
    let scene = Scene::new(&case);
    let times = 20;
    let found = (0..times).map(|i| sweep(&scene, (from, step), 1_000, 1_000_000 * (i + 1)));
    found.sum::<f64>() / times as f64
}
