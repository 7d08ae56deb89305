//! How many windows each stratum gets: J. Neyman, J. Roy. Statist. Soc. 97 (1934), with costs (Cochran 1977, 5.5).

/// What is known of a stratum when windows are shared out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// Clusters times the standard deviation of a window, in units of what is estimated.
    pub spread: f64,
    /// Events of a window.
    pub cost: f64,
    /// Clusters times their length, for the part that is shared out regardless.
    pub size: f64,
    /// Windows run already.
    pub done: u64,
    /// More windows than this say nothing more.
    pub most: u64,
}

/// The part of windows that goes where clusters are, whatever the pilot saw there.
const REGARDLESS: f64 = 0.1;

/// The shares of strata: in proportion to spread over the square root of cost, and a small part by size. They sum to 1.
pub fn shares(needs: &[Need]) -> Vec<f64> {
    let wanted = |need: &Need| {
        if need.most == 0 { 0.0 } else { need.spread / need.cost.max(1.0).sqrt() }
    };
    let sized = |need: &Need| if need.most == 0 { 0.0 } else { need.size };
    let (all, sizes) = (needs.iter().map(wanted).sum::<f64>(), needs.iter().map(sized).sum::<f64>());
    let part = |x: f64, of: f64| if of > 0.0 { x / of } else { 0.0 };
    let regardless = if all > 0.0 { REGARDLESS } else { 1.0 };
    let share =
        |need: &Need| (1.0 - regardless) * part(wanted(need), all) + regardless * part(sized(need), sizes);
    needs.iter().map(share).collect()
}

/// Hands out windows one by one, always to the stratum that is farthest behind its share (Webster's method): the first n
/// of a longer sequence are the same whatever its length.
#[derive(Clone, Debug)]
pub struct Sequence {
    shares: Vec<f64>,
    done: Vec<u64>,
    most: Vec<u64>,
}

impl Sequence {
    /// A sequence that goes on from what was run.
    pub fn new(needs: &[Need]) -> Sequence {
        Sequence {
            shares: shares(needs),
            done: needs.iter().map(|need| need.done).collect(),
            most: needs.iter().map(|need| need.most).collect(),
        }
    }
}

impl Iterator for Sequence {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let open = (0..self.shares.len()).filter(|i| self.done[*i] < self.most[*i] && self.shares[*i] > 0.0);
        let behind = |i: usize| self.shares[i] / (self.done[i] as f64 + 0.5);
        let next = open.reduce(|best, i| if behind(i) > behind(best) { i } else { best })?;
        self.done[next] += 1;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(spread: f64, cost: f64, most: u64) -> Need {
        Need { spread, cost, size: 0.0, done: 0, most }
    }

    #[test]
    fn windows_go_where_the_spread_is_and_where_they_are_cheap() {
        let needs = [need(3.0, 100.0, 1_000), need(1.0, 100.0, 1_000), need(1.0, 400.0, 1_000)];
        let mut counts = [0u64; 3];
        Sequence::new(&needs).take(900).for_each(|i| counts[i] += 1);
        assert_eq!(counts, [600, 200, 100]);
    }

    #[test]
    fn a_stratum_gets_no_more_windows_than_it_has_clusters() {
        let needs = [need(3.0, 1.0, 5), need(1.0, 1.0, 20)];
        let given: Vec<usize> = Sequence::new(&needs).collect();
        assert_eq!((given.len(), given.iter().filter(|i| **i == 0).count()), (25, 5));
    }

    #[test]
    fn a_short_sequence_is_the_beginning_of_a_long_one() {
        let needs = [need(3.0, 1.0, 500), need(1.0, 1.0, 500), need(0.2, 1.0, 500)];
        let long: Vec<usize> = Sequence::new(&needs).take(300).collect();
        let short: Vec<usize> = Sequence::new(&needs).take(50).collect();
        assert_eq!(short, long[..50]);
    }
}
