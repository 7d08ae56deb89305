//! Where a loss that falls from place to place crosses what is allowed.

use super::Point;
use std::collections::BTreeMap;

/// Where the crossing is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Crossing {
    /// Between two places.
    At(f64),
    /// Beyond the best place.
    Never,
    /// Beyond the worst.
    Always,
}

/// Places that were looked at, and how to look at another.
pub(super) struct Search<'a> {
    look: &'a mut dyn FnMut(i32) -> Point,
    known: BTreeMap<i32, Point>,
    worst: i32,
    best: i32,
    allowed: f64,
}

impl Crossing {
    /// The whole place nearest to it.
    pub fn place(self, (worst, best): (i32, i32)) -> i32 {
        match self {
            Crossing::At(place) => place.round() as i32,
            Crossing::Never => best,
            Crossing::Always => worst,
        }
    }
}

impl<'a> Search<'a> {
    /// Nothing looked at yet.
    pub fn new(look: &'a mut dyn FnMut(i32) -> Point, (worst, best): (i32, i32), allowed: f64) -> Search<'a> {
        Search { look, known: BTreeMap::new(), worst, best, allowed }
    }

    fn lost(&mut self, of: fn(&Point) -> f64, place: i32) -> f64 {
        let look = &mut *self.look;
        of(self.known.entry(place).or_insert_with(|| look(place)))
    }

    fn is_kept(&mut self, of: fn(&Point) -> f64, place: i32) -> bool {
        // A loss just as large as allowed keeps the promise, whatever the last bit of 1 - bound is.
        self.lost(of, place) <= self.allowed * (1.0 + 1e-9)
    }

    /// The crossing of one number of the points: strides from `from` double until it is passed, then it is halved in.
    pub fn crossing(&mut self, of: fn(&Point) -> f64, from: i32, stride: i32) -> Crossing {
        let from = from.clamp(self.worst, self.best);
        let (mut broken, mut good) = (from, from);
        let mut stride = stride;
        if self.is_kept(of, from) {
            loop {
                if broken == self.worst {
                    return Crossing::Always;
                }
                broken = (broken - stride).max(self.worst);
                if !self.is_kept(of, broken) {
                    break;
                }
                (good, stride) = (broken, stride * 2);
            }
        } else if !self.is_kept(of, self.best) {
            // The very end says whether there is a crossing at all.
            return Crossing::Never;
        } else {
            loop {
                good = (good + stride).min(self.best);
                if self.is_kept(of, good) {
                    break;
                }
                (broken, stride) = (good, stride * 2);
            }
        }
        while good - broken > 1 {
            let middle = broken + (good - broken) / 2;
            match self.is_kept(of, middle) {
                true => good = middle,
                false => broken = middle,
            }
        }
        Crossing::At(f64::from(broken) + self.part(of, broken, good))
    }

    /// The crossing between two neighbours, on a straight line between the logarithms of their losses.
    fn part(&mut self, of: fn(&Point) -> f64, broken: i32, good: i32) -> f64 {
        let (above, below) = (self.lost(of, broken), self.lost(of, good));
        if below <= 0.0 || self.allowed <= 0.0 {
            return ((above - self.allowed) / (above - below)).clamp(0.0, 1.0);
        }
        (libm::log(above / self.allowed) / libm::log(above / below)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lost: f64) -> Point {
        Point {
            value: 0.0,
            lost,
            low: lost / 1.2,
            high: lost * 1.2,
            years: 1,
            windows: 1,
            new_windows: 1,
            unsettled: None,
        }
    }

    fn crossings(floor: f64, allowed: f64) -> ([Crossing; 3], usize) {
        let mut looks = 0;
        let mut look = |place: i32| {
            looks += 1;
            point(floor + 1e-3 * libm::exp10(-f64::from(place) / 32.0))
        };
        let mut search = Search::new(&mut look, (-64, 320), allowed);
        let mean = search.crossing(|p| p.lost, 0, 8);
        let near = mean.place((-64, 320));
        let found = [mean, search.crossing(|p| p.low, near, 1), search.crossing(|p| p.high, near, 1)];
        (found, looks)
    }

    #[test]
    fn a_crossing_and_those_of_the_ends_are_found_with_few_looks() {
        for allowed in [1e-5, 0.9e-3, 1e-3, 1.3e-3, 2e-2] {
            let exact = |factor: f64| -32.0 * libm::log10(allowed / factor / 1e-3);
            let (found, looks) = crossings(0.0, allowed);
            for (found, factor) in found.into_iter().zip([1.0, 1.0 / 1.2, 1.2]) {
                assert!(matches!(found, Crossing::At(x) if (x - exact(factor)).abs() < 1e-6), "{found:?}");
            }
            assert!(looks <= 20, "{looks} for {allowed}");
        }
    }

    #[test]
    fn a_floor_above_the_bound_is_never_passed() {
        assert_eq!(crossings(2e-5, 1e-5).0, [Crossing::Never; 3]);
        // Between the ends of the interval nothing is certain.
        let (found, _) = crossings(0.95e-5, 1e-5);
        assert!(matches!(found, [Crossing::At(_), Crossing::At(_), Crossing::Never]), "{found:?}");
        let (found, _) = crossings(1.05e-5, 1e-5);
        assert!(matches!(found, [Crossing::Never, Crossing::At(_), Crossing::Never]), "{found:?}");
    }

    #[test]
    fn a_loss_that_is_always_allowed_needs_nothing() {
        assert_eq!(crossings(0.0, 0.5).0, [Crossing::Always; 3]);
    }
}
