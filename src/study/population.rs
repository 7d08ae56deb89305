//! The clusters of a stratum as biased laws draw them: which to simulate, and how many they stand for.

use crate::base::rng::Seed;
use crate::study::weighted::kish;

/// Weights of draws.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Their sum.
    pub weight: f64,
    /// The sum of their squares.
    pub square: f64,
}

/// One draw: how deep the law was that made it, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Strikes after the first that the law was biased towards.
    pub depth: usize,
    /// Its number.
    pub number: u64,
}

/// The draws of one depth that belong to a stratum.
#[derive(Clone, Debug, Default)]
struct Layer {
    numbers: Vec<u64>,
    cumulated: Vec<f64>,
    square: f64,
}

impl Layer {
    fn sums(&self) -> Sums {
        Sums { weight: self.cumulated.last().copied().unwrap_or(0.0), square: self.square }
    }
}

/// What windows are chosen from, from some window on: by depth, how many draws there were, and the cumulated share.
#[derive(Clone, Debug)]
struct Edition {
    from: u64,
    layers: Vec<(usize, f64)>,
}

/// Draws of one stratum. More can be added; windows that were chosen before stay what they were.
#[derive(Clone, Debug)]
pub struct Population {
    layers: Vec<Layer>,
    editions: Vec<Edition>,
    seconds: f64,
    start: f64,
}

/// The golden section: multiples of it fill the unit interval evenly, however many there are.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

impl Population {
    /// No draws yet; the seed and the stratum's name say which of them are simulated first.
    pub fn new(seed: u64, name: &str) -> Population {
        let start = Seed { scenario: seed, window: 0 }.named(name, "population").uniform();
        Population { layers: Vec::new(), editions: Vec::new(), seconds: 0.0, start }
    }

    /// One more draw, of this likelihood ratio and length.
    pub fn add(&mut self, draw: Draw, weight: f64, seconds: f64) {
        if self.layers.len() <= draw.depth {
            self.layers.resize(draw.depth + 1, Layer::default());
        }
        let layer = &mut self.layers[draw.depth];
        layer.cumulated.push(layer.sums().weight + weight);
        layer.square += weight * weight;
        layer.numbers.push(draw.number);
        self.seconds += weight * seconds;
    }

    /// The weights of its draws, by depth.
    pub fn sums(&self) -> impl Iterator<Item = Sums> {
        self.layers.iter().map(Layer::sums)
    }

    /// Of all clusters, the share that belongs here. `draws` is how many were made at each depth.
    pub fn share(&self, draws: &[u64]) -> f64 {
        self.sums().zip(draws).map(|(sums, n)| sums.weight / *n as f64).sum()
    }

    /// Mean length in seconds.
    pub fn length(&self) -> f64 {
        let weight: f64 = self.sums().map(|sums| sums.weight).sum();
        if weight > 0.0 { self.seconds / weight } else { 0.0 }
    }

    /// How many draws there are.
    pub fn len(&self) -> u64 {
        self.layers.iter().map(|layer| layer.numbers.len() as u64).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many equally likely draws would say as much (Kish).
    pub fn effective(&self, draws: &[u64]) -> f64 {
        let each =
            self.sums().zip(draws).map(|(sums, n)| (sums.weight / *n as f64, sums.square / (n * n) as f64));
        let (sum, squares) = each.fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        kish(sum, squares)
    }

    /// From this window on, all draws so far are chosen from.
    pub fn open(&mut self, from: u64, draws: &[u64]) {
        let mut sum = 0.0;
        let of = |(layer, n): (&Layer, &u64)| {
            sum += layer.sums().weight / *n as f64;
            (layer.numbers.len(), sum)
        };
        let layers = self.layers.iter().zip(draws).map(of).collect();
        self.editions.retain(|edition| edition.from < from);
        self.editions.push(Edition { from, layers });
    }

    /// The draw that a window simulates: with a probability in proportion to its weight, over its depth's number of draws.
    pub fn chosen(&self, window: u64) -> Option<Draw> {
        let edition = self.editions.iter().rev().find(|edition| edition.from <= window)?;
        let all = edition.layers.last()?.1;
        let at = (self.start + window as f64 * GOLDEN).fract() * all;
        let depth = edition.layers.partition_point(|(_, sum)| *sum <= at).min(edition.layers.len() - 1);
        let below = if depth > 0 { edition.layers[depth - 1].1 } else { 0.0 };
        let (len, above) = edition.layers[depth];
        let cumulated = self.layers[depth].cumulated.get(..len)?;
        let level = (at - below) / (above - below) * cumulated.last()?;
        let i = cumulated.partition_point(|sum| *sum <= level).min(len - 1);
        Some(Draw { depth, number: self.layers[depth].numbers[i] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn population(weights: &[(usize, f64)]) -> Population {
        let mut all = Population::new(1, "x");
        for (number, (depth, weight)) in weights.iter().enumerate() {
            all.add(Draw { depth: *depth, number: number as u64 }, *weight, 10.0);
        }
        all
    }

    #[test]
    fn draws_are_chosen_in_proportion_to_their_weight_over_the_draws_of_their_depth() {
        let mut all = population(&[(0, 1.0), (0, 3.0), (2, 0.5)]);
        let draws = [100, 100, 50];
        all.open(0, &draws);
        let mut counts = [0u64; 3];
        (0..5_000).filter_map(|i| all.chosen(i)).for_each(|draw| counts[draw.number as usize] += 1);
        for (got, wanted) in counts.into_iter().zip([1_000, 3_000, 1_000]) {
            assert!(got.abs_diff(wanted) < 20, "{counts:?}");
        }
        assert!((all.share(&draws) - 0.05).abs() < 1e-12 && all.length() == 10.0 && all.len() == 3);
        assert!((all.effective(&draws) - 25.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn windows_that_were_chosen_stay_when_draws_are_added() {
        let mut all = population(&[(0, 1.0), (1, 1.0)]);
        all.open(0, &[10, 10]);
        let before: Vec<Option<Draw>> = (0..40).map(|i| all.chosen(i)).collect();
        all.add(Draw { depth: 1, number: 9 }, 5.0, 1.0);
        all.open(20, &[10, 40]);
        assert_eq!(before[..20], (0..20).map(|i| all.chosen(i)).collect::<Vec<_>>());
        assert!((20..40).any(|i| all.chosen(i).is_some_and(|draw| draw.number == 9)));
    }
}
