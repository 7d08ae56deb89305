//! How many windows each stratum gets: the rule of J. Neyman, J. Roy. Statist. Soc. 97 (1934), with costs (Cochran 1977,
//! 5.5), carried out window by window, and extended to strata in which nothing was seen yet.

/// What a stratum adds to the square of the half-width of an interval, with n windows: `spread / n`, and as long as nothing
/// was seen there `(bound / n)^2`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Need {
    /// Coefficient of 1/n.
    pub spread: f64,
    /// Coefficient of 1/n, before it is squared: what three losses in n windows would add.
    pub bound: f64,
    /// Windows that others have spared it: they count for the bound.
    pub spared: f64,
    /// Events of a window.
    pub cost: f64,
    /// Windows run already.
    pub done: u64,
    /// More windows than this say nothing more.
    pub most: u64,
    /// Whether its windows hold no faults.
    pub quiet: bool,
}

/// Windows without faults are at most this part of all, and so are those of strata in which nothing was seen yet: bounds
/// take windows without end, and must not starve the strata that matter.
const BOUNDS: f64 = 0.25;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Something was seen there: it is known how much windows help.
    Seen,
    /// Nothing was seen yet.
    Unseen,
    /// Nothing either, in windows without faults.
    Quiet,
}

impl Need {
    fn width(&self, n: f64) -> f64 {
        let bound = self.bound / (n + self.spared).max(1.0);
        self.spread / n.max(1.0) + bound * bound
    }

    /// Where something was seen of one aim and nothing of another, what asks for more counts.
    fn kind(&self) -> Kind {
        let n = (self.done as f64).max(1.0);
        let bound = self.bound / (n + self.spared);
        let seen = self.spread > 0.0 && self.spread / n >= 2.0 * bound * bound;
        match (seen, self.quiet) {
            (true, _) => Kind::Seen,
            (false, true) => Kind::Quiet,
            (false, false) => Kind::Unseen,
        }
    }

    /// What one more window saves for each event by what was seen alone.
    fn gain_of_seen(&self) -> f64 {
        let n = self.done as f64;
        self.spread / (n * (n + 1.0)).max(1.0) / self.cost.max(1.0)
    }

    /// Who is next of those in which nothing was seen: in the end each has windows in proportion to the root of its bound. In
    /// proportion to what it saves, the most frequent harmless faults would take them all, and what is only rarer would
    /// never be looked at.
    fn urgency(&self) -> f64 {
        let n = self.done as f64 + self.spared;
        self.bound / (n * (n + 1.0)).max(1.0) / self.cost.max(1.0)
    }

    /// What one more window saves for each event.
    fn gain(&self, n: u64) -> f64 {
        let n = n as f64;
        let before = if n == 0.0 { 2.0 * self.width(1.0) } else { self.width(n) };
        (before - self.width(n + 1.0)) / self.cost.max(1.0)
    }
}

/// Hands out windows one by one, always to the stratum where one more saves most: for sums of convex functions that is the
/// best allocation for any number of windows, and the first n of a longer sequence are the same whatever its length.
#[derive(Clone, Debug)]
pub struct Sequence {
    needs: Vec<Need>,
    /// What the next window of each saves; negative once it has enough.
    gains: Vec<f64>,
}

impl Sequence {
    /// A sequence that goes on from what was run.
    pub fn new(needs: Vec<Need>) -> Sequence {
        let gains = needs.iter().map(Sequence::gain_of).collect();
        Sequence { needs, gains }
    }

    /// The first of those of a kind that still gain something for which `by` is largest.
    fn best(&self, kind: Kind, by: &dyn Fn(usize) -> f64) -> Option<usize> {
        self.first(&|need| need.kind() == kind, by)
    }

    fn first(&self, which: &dyn Fn(&Need) -> bool, by: &dyn Fn(usize) -> f64) -> Option<usize> {
        let open = (0..self.gains.len()).filter(|i| which(&self.needs[*i]) && self.gains[*i] > 0.0);
        open.reduce(|best, i| if by(i) > by(best) { i } else { best })
    }

    fn gain_of(need: &Need) -> f64 {
        if need.done < need.most { need.gain(need.done) } else { -1.0 }
    }
}

impl Iterator for Sequence {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let all = self.needs.iter().map(|need| need.done).sum::<u64>() as f64;
        let spent = |kind: Kind| {
            let of = self.needs.iter().filter(|need| need.kind() == kind);
            of.map(|need| need.done).sum::<u64>() as f64 >= BOUNDS * all
        };
        let seen = self.first(&|need| need.spread > 0.0, &|i| self.needs[i].gain_of_seen());
        let unseen = self.best(Kind::Unseen, &|i| self.needs[i].urgency());
        let quiet = self.best(Kind::Quiet, &|i| self.gains[i]).filter(|_| !spent(Kind::Quiet));
        // What the whole kind would gain, whoever is next in it.
        let most = self.best(Kind::Unseen, &|i| self.gains[i]).map_or(0.0, |i| self.gains[i]);
        let unseen = unseen.filter(|_| seen.is_none() || !spent(Kind::Unseen));
        let candidates = [
            seen.map(|i| (i, self.needs[i].gain_of_seen())),
            unseen.map(|i| (i, most)),
            quiet.map(|i| (i, self.gains[i])),
        ];
        let better = |best: (usize, f64), one: (usize, f64)| if one.1 > best.1 { one } else { best };
        let (next, _) = candidates.into_iter().flatten().reduce(better)?;
        self.needs[next].done += 1;
        self.gains[next] = Sequence::gain_of(&self.needs[next]);
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(sd: f64, cost: f64, most: u64) -> Need {
        Need { spread: sd * sd, cost, most, ..Need::default() }
    }

    fn counts<const N: usize>(needs: [Need; N], windows: usize) -> [usize; N] {
        let mut counts = [0; N];
        Sequence::new(needs.to_vec()).take(windows).for_each(|i| counts[i] += 1);
        counts
    }

    #[test]
    fn windows_go_where_the_spread_is_and_where_they_are_cheap() {
        let got = counts([need(3.0, 100.0, 1_000), need(1.0, 100.0, 1_000), need(1.0, 400.0, 1_000)], 900);
        for (n, neyman) in got.into_iter().zip([600, 200, 100]) {
            assert!(n.abs_diff(neyman) <= 2, "{got:?}");
        }
    }

    #[test]
    fn a_stratum_without_a_loss_gets_windows_until_its_bound_no_longer_matters_and_never_more_than_a_quarter()
    {
        let silent = Need { bound: 3.0, cost: 1.0, most: 100_000, ..Need::default() };
        let share = |windows| counts([need(1.0, 1.0, 100_000), silent], windows)[1] as f64 / windows as f64;
        // Two thirds of the power: a hundred times the windows, and the share falls by about 100^(1/3).
        assert!(
            (0.24..=0.25).contains(&share(100)) && share(10_000) < 0.2,
            "{} {}",
            share(100),
            share(10_000)
        );
    }

    #[test]
    fn frequent_harmless_faults_do_not_keep_rarer_ones_from_being_looked_at() {
        let silent = |bound| Need { bound, cost: 1.0, most: 100_000, ..Need::default() };
        let got = counts([need(1.0, 1.0, 100_000), silent(1e6), silent(1e4)], 1_000);
        assert!(got[0] >= 750 && got[1].abs_diff(10 * got[2]) <= 30, "{got:?}");
    }

    #[test]
    fn what_was_seen_of_one_aim_is_no_way_round_the_share_of_bounds() {
        let common = Need { spread: 4.0, bound: 2e4, cost: 1.0, most: 1_000_000, ..Need::default() };
        let decisive = need(10.0, 1.0, 1_000_000);
        let [common, decisive] = counts([common, decisive], 4_000);
        assert!(common <= 1_000 && decisive >= 3_000, "{common} {decisive}");
    }

    #[test]
    fn quiet_windows_are_at_most_a_quarter() {
        let quiet = Need { bound: 1e6, cost: 1.0, most: u64::MAX, quiet: true, ..Need::default() };
        assert_eq!(counts([need(1.0, 1.0, 10_000), quiet], 400), [300, 100]);
    }

    #[test]
    fn a_stratum_gets_no_more_windows_than_it_has_clusters() {
        let given: Vec<usize> = Sequence::new(vec![need(3.0, 1.0, 5), need(1.0, 1.0, 20)]).collect();
        assert_eq!((given.len(), given.iter().filter(|i| **i == 0).count()), (25, 5));
    }

    #[test]
    fn a_short_sequence_is_the_beginning_of_a_long_one() {
        let needs = vec![need(3.0, 1.0, 500), need(1.0, 1.0, 500), need(0.2, 1.0, 500)];
        let long: Vec<usize> = Sequence::new(needs.clone()).take(300).collect();
        let short: Vec<usize> = Sequence::new(needs).take(50).collect();
        assert_eq!(short, long[..50]);
    }
}
