//! The phi accrual failure detector: suspicion as a number, from the law of past heartbeats.

use crate::base::time::{SimTime, Span};
use std::collections::VecDeque;

/// What is known of the time between two heartbeats.
#[derive(Clone, Debug, PartialEq)]
enum Arrivals {
    /// Mean and standard deviation, seconds.
    Known { mean: f64, sd: f64 },
    /// The last intervals, with integer sums of ns and of squared ns: the same whatever came before them.
    Learned { window: usize, min_sd: Span, intervals: VecDeque<u64>, sum: u128, squares: u128 },
}

/// Hayashibara, Defago, Yared and Katayama, The phi accrual failure detector, 2004: with normal inter-arrival times,
/// `phi(t) = -log10(P(interval > t))` for a silence of t. At a threshold of 8 a live member is suspected wrongly once in
/// 10^8 heartbeats.
#[derive(Clone, Debug, PartialEq)]
pub struct PhiAccrual {
    /// How many standard deviations beyond the mean the threshold lies.
    z: f64,
    arrivals: Arrivals,
    last: Option<SimTime>,
}

impl PhiAccrual {
    /// A detector that suspects at `threshold`, and learns from the last `window` intervals. Until it has seen any, it
    /// assumes one of `first` with a standard deviation of a quarter of it; a deviation below `min_sd` is taken as
    /// `min_sd`, for a perfectly regular member would be suspected for the first packet that is late.
    pub fn new(threshold: f64, window: usize, first: Span, min_sd: Span) -> Self {
        let window = window.max(2);
        let spread = first.0 / 4;
        let intervals = VecDeque::from([first.0.saturating_sub(spread), first.0.saturating_add(spread)]);
        let sum = intervals.iter().map(|n| u128::from(*n)).sum();
        let squares = intervals.iter().map(|n| square(*n)).sum();
        let arrivals = Arrivals::Learned { window, min_sd, intervals, sum, squares };
        PhiAccrual { z: normal_quantile_of_phi(threshold), arrivals, last: None }
    }

    /// A detector that suspects at `threshold`, for intervals of known mean and standard deviation (seconds).
    pub fn known(threshold: f64, mean: f64, sd: f64) -> Self {
        PhiAccrual {
            z: normal_quantile_of_phi(threshold),
            arrivals: Arrivals::Known { mean, sd },
            last: None,
        }
    }

    /// A heartbeat arrived. One that is not later than the last is ignored.
    pub fn heard(&mut self, now: SimTime) {
        let Some(last) = self.last else {
            self.last = Some(now);
            return;
        };
        if now <= last {
            return;
        }
        self.last = Some(now);
        if let Arrivals::Learned { window, intervals, sum, squares, .. } = &mut self.arrivals {
            let interval = now.since(last).0;
            if intervals.len() >= *window
                && let Some(old) = intervals.pop_front()
            {
                *sum -= u128::from(old);
                *squares -= square(old);
            }
            intervals.push_back(interval);
            *sum += u128::from(interval);
            *squares += square(interval);
        }
    }

    /// The last heartbeat.
    pub fn last(&self) -> Option<SimTime> {
        self.last
    }

    /// The suspicion now; 0 before the first heartbeat.
    pub fn phi(&self, now: SimTime) -> f64 {
        let Some(last) = self.last else { return 0.0 };
        let (mean, sd) = self.moments();
        let silence = now.since(last).seconds();
        if sd > 0.0 {
            phi_of_normal((silence - mean) / sd)
        } else if silence > mean {
            f64::INFINITY
        } else {
            0.0
        }
    }

    /// The silence, in seconds, at which the threshold is reached: mean + z sd.
    pub fn silence(&self) -> f64 {
        let (mean, sd) = self.moments();
        mean + self.z * sd
    }

    /// When the member will be suspected if it stays silent; none before its first heartbeat.
    pub fn deadline(&self) -> Option<SimTime> {
        self.last.map(|last| last + Span::from_secs_f64(self.silence()))
    }

    /// Whether the suspicion has reached the threshold.
    pub fn suspects(&self, now: SimTime) -> bool {
        self.deadline().is_some_and(|deadline| now >= deadline)
    }

    /// Mean and standard deviation in seconds.
    fn moments(&self) -> (f64, f64) {
        match &self.arrivals {
            Arrivals::Known { mean, sd } => (*mean, *sd),
            Arrivals::Learned { min_sd, intervals, sum, squares, .. } => {
                let n = intervals.len() as u128;
                let mean = *sum as f64 / n as f64;
                // n * squares >= sum^2 (Cauchy-Schwarz); intervals of centuries saturate instead of overflowing.
                let spread = n.saturating_mul(*squares).saturating_sub(sum.saturating_mul(*sum));
                let sd = libm::sqrt(spread as f64) / n as f64;
                (mean / 1e9, (sd / 1e9).max(min_sd.seconds()))
            }
        }
    }
}

fn square(n: u64) -> u128 {
    u128::from(n) * u128::from(n)
}

/// `-log10(P(Z > z))` for a standard normal Z.
fn phi_of_normal(z: f64) -> f64 {
    if z < 30.0 {
        return -libm::log10(0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2));
    }
    // erfc underflows from z = 38 on: the asymptotic series, exact to the last digits here (Abramowitz-Stegun 26.2.12).
    let y = 1.0 / (z * z);
    let series = libm::log1p(y * (-1.0 + y * (3.0 + y * (-15.0 + y * 105.0))));
    let ln_density = -0.5 * z * z - 0.5 * libm::log(2.0 * std::f64::consts::PI);
    -(ln_density - libm::log(z) + series) / std::f64::consts::LN_10
}

/// The z at which [`phi_of_normal`] reaches `phi`, by bisection: it rises strictly.
fn normal_quantile_of_phi(phi: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 1e6);
    // Halves the interval until its ends are neighbouring floats.
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return high;
        }
        if phi_of_normal(middle) < phi {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, relative: f64) -> bool {
        (a - b).abs() <= relative * b.abs()
    }

    #[test]
    fn phi_8_of_a_mean_of_1_s_and_a_deviation_of_100_ms_is_reached_at_1_5612_s() {
        let d = PhiAccrual::known(8.0, 1.0, 0.1);
        assert!(close(d.silence(), 1.561200124417479, 1e-15), "{:.17}", d.silence());
    }

    #[test]
    fn the_quantile_of_a_threshold_is_the_normal_one() {
        // Upper quantiles of the standard normal law at 10^-1, 10^-3 and 10^-12.
        for (phi, z) in [(1.0, 1.2815515655446004), (3.0, 3.090232306167813), (12.0, 7.034483825301131)] {
            assert!(close(normal_quantile_of_phi(phi), z, 1e-13), "{phi}");
        }
    }

    #[test]
    fn phi_goes_on_where_the_error_function_underflows() {
        let z = 30.0;
        let below = -libm::log10(0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2));
        assert!(close(phi_of_normal(z), below, 1e-12));
        // -log10(P(Z > 40)): Mills' ratio puts it between the bounds z/(1+z^2) and 1/z times the density.
        let density =
            40.0 * 40.0 / 2.0 / std::f64::consts::LN_10 + 0.5 * libm::log10(2.0 * std::f64::consts::PI);
        let phi = phi_of_normal(40.0);
        assert!(phi > density + libm::log10(40.0) && phi < density + libm::log10(1601.0 / 40.0));
    }

    #[test]
    fn suspicion_rises_with_silence_and_meets_the_threshold_at_the_deadline() {
        let mut d = PhiAccrual::known(8.0, 1.0, 0.1);
        assert_eq!((d.phi(SimTime(5)), d.deadline()), (0.0, None));
        d.heard(SimTime::ZERO);
        let deadline = d.deadline().unwrap();
        assert_eq!(deadline, SimTime(1_561_200_124));
        assert!(!d.suspects(SimTime(deadline.0 - 1)) && d.suspects(deadline));
        assert!(close(d.phi(deadline), 8.0, 1e-8));
        assert!(d.phi(SimTime(900_000_000)) < d.phi(SimTime(1_000_000_000)));
        assert!(close(d.phi(SimTime(1_000_000_000)), libm::log10(2.0), 1e-12));
    }

    #[test]
    fn learned_intervals_give_their_mean_and_deviation_and_old_ones_leave_the_window() {
        let mut d = PhiAccrual::new(8.0, 4, Span::secs(50), Span::ZERO);
        let mut now = SimTime::ZERO;
        d.heard(now);
        for ms in [700u64, 900, 1100, 900, 1100] {
            now += Span::millis(ms);
            d.heard(now);
        }
        // 900, 1100, 900, 1100 ms: mean 1 s, deviation 0.1 s; the assumed 50 s and the 700 ms are gone.
        assert!(close(d.silence(), 1.561200124417479, 1e-14));
    }

    #[test]
    fn a_perfectly_regular_member_is_given_the_least_deviation() {
        let mut d = PhiAccrual::new(8.0, 10, Span::secs(1), Span::millis(100));
        for s in 0..20 {
            d.heard(SimTime::ZERO + Span::secs(s));
        }
        assert!(close(d.silence(), 1.561200124417479, 1e-14));
    }

    #[test]
    fn a_heartbeat_from_the_past_is_ignored() {
        let mut d = PhiAccrual::new(8.0, 10, Span::secs(1), Span::millis(100));
        d.heard(SimTime(5));
        let before = d.clone();
        d.heard(SimTime(5));
        d.heard(SimTime(3));
        assert_eq!(d, before);
    }

    #[test]
    fn without_any_deviation_the_member_is_suspected_at_the_mean() {
        let mut d = PhiAccrual::known(8.0, 1.0, 0.0);
        d.heard(SimTime::ZERO);
        assert_eq!(d.phi(SimTime(999_999_999)), 0.0);
        assert_eq!(d.phi(SimTime(1_000_000_001)), f64::INFINITY);
        assert_eq!(d.deadline(), Some(SimTime(1_000_000_000)));
    }
}
