//! How many windows each stratum gets: the rule of J. Neyman, J. Roy. Statist. Soc. 97 (1934), with costs (Cochran 1977,
//! 5.5), carried out window by window, and extended to strata in which nothing was seen yet.
//!
//! Half of an interval is `(u + sqrt(u^2 + b^2)) / 2` wide: `u^2` is the sum of `spread / n` over the strata where something
//! was seen, and `b` the largest `bound / n` of those where nothing was. Both are convex in the numbers of windows, so that the
//! window which narrows it most for its events is always the right one to run next.

/// What a stratum adds to the half-width of an interval, with n windows: `spread / n` to its square, and as long as nothing was
/// seen there a bound of `bound / n`, of which the largest counts.
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

/// Windows without faults take at most this part of all windows or of all events, and so do those of strata in which nothing was seen yet as long
/// as what was seen is known worse than [`ROUGHLY`]: bounds take windows without end, and must not starve the strata that matter.
const BOUNDS: f64 = 0.25;
/// Afterwards they take at most this part, if that may bring them to [`ROUGHLY`] with [`REACH`] times the events so far: at worst
/// a study takes twice the events that the best split would.
const HALF: f64 = 0.5;
/// Times the events so far.
const REACH: f64 = 2.0;
/// A relative half-width.
const ROUGHLY: f64 = 0.1;
/// Of what bounds take, this part looks at rarer strata, which could lose more than any that was seen.
const ASIDE: f64 = 0.25;
/// The next step of the largest bound: what it would take to lower it to this part of itself.
const STEP: f64 = 0.9;

/// What a window is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// What was seen is to be known better.
    Seen,
    /// What was never seen is to be bounded.
    Unseen,
    /// The same, of what is rarer.
    Aside,
    /// The same, in windows without faults.
    Quiet,
}

impl Need {
    fn windows(&self) -> f64 {
        (self.done as f64 + self.spared).max(1.0)
    }

    fn bounded(&self) -> f64 {
        self.bound / self.windows()
    }

    fn each(&self) -> f64 {
        self.cost.max(1.0)
    }

    fn is_open(&self) -> bool {
        self.done < self.most
    }

    /// By how much one more window lowers the sum of spreads, for each event.
    fn gain_of_seen(&self) -> f64 {
        let n = self.done as f64;
        self.spread / (n * (n + 1.0)).max(1.0) / self.each()
    }

    /// Who is looked at aside: in the end each has windows in proportion to the root of its bound. In proportion to the bound
    /// itself, what is rare would never be looked at.
    fn urgency(&self) -> f64 {
        let n = self.windows();
        self.bound / (n * (n + 1.0)) / self.each()
    }
}

/// Hands out windows one by one, always to the stratum where one more saves most; the first n of a longer sequence are the same
/// whatever its length.
#[derive(Clone, Debug)]
pub struct Sequence {
    needs: Vec<Need>,
    /// What no window can lower, of the square of the half-width.
    fixed: f64,
    /// Events before.
    before: f64,
    /// What was handed out.
    all: Spent,
    /// For bounds, looking aside, and without faults.
    unseen: Spent,
    aside: f64,
    quiet: Spent,
}

/// What was handed out for a purpose.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    windows: f64,
    events: f64,
}

impl Spent {
    fn add(&mut self, events: f64) {
        self.windows += 1.0;
        self.events += events;
    }

    /// Whether it is at most this part of all, of windows or of events: of either kind someone may have only so many.
    fn is_within(&self, part: f64, all: &Spent) -> bool {
        self.windows <= part * all.windows || self.events <= part * all.events
    }
}

/// The parts of a half-width.
#[derive(Clone, Copy, Debug)]
struct Width {
    seen: f64,
    unseen: f64,
    quiet: f64,
}

impl Width {
    fn root(&self) -> f64 {
        (self.seen * self.seen + self.unseen * self.unseen + self.quiet * self.quiet).sqrt()
    }

    fn half(&self) -> f64 {
        (self.seen + self.root()) / 2.0
    }
}

impl Sequence {
    /// A sequence that goes on from what was run. `fixed` is the part of the square of the half-width that windows do not
    /// lower.
    pub fn new(needs: Vec<Need>, fixed: f64) -> Sequence {
        let before = needs.iter().map(|need| need.done as f64 * need.each()).sum();
        let none = Spent::default();
        Sequence { needs, fixed, before, all: none, unseen: none, aside: 0.0, quiet: none }
    }

    fn largest(&self, quiet: bool) -> f64 {
        let bounds = self.needs.iter().filter(|need| need.quiet == quiet).map(Need::bounded);
        bounds.fold(0.0, f64::max)
    }

    fn width(&self) -> Width {
        let spreads = self.needs.iter().map(|need| need.spread / (need.done as f64).max(1.0));
        Width {
            seen: (spreads.sum::<f64>() + self.fixed).sqrt(),
            unseen: self.largest(false),
            quiet: self.largest(true),
        }
    }

    /// The first of those that still say something new for which `by` is largest and not zero.
    fn first(&self, by: &dyn Fn(&Need) -> f64) -> Option<usize> {
        let open = (0..self.needs.len()).filter(|i| self.needs[*i].is_open() && by(&self.needs[*i]) > 0.0);
        open.reduce(|best, i| if by(&self.needs[i]) > by(&self.needs[best]) { i } else { best })
    }

    /// How much narrower the interval gets for each event, when what was seen gets one more window.
    fn gain_of_seen(&self, i: usize, width: Width) -> f64 {
        let root = width.root();
        if root <= 0.0 {
            0.0
        } else {
            (1.0 + width.seen / root) / (4.0 * width.seen) * self.needs[i].gain_of_seen()
        }
    }

    /// The same, when the largest bound of a kind is lowered by a step: all strata that are above it then need windows.
    fn gain_of_bounds(&self, quiet: bool, width: Width) -> f64 {
        let of = || self.needs.iter().filter(|need| need.quiet == quiet);
        let largest = if quiet { width.quiet } else { width.unseen };
        // What has no more windows stays.
        let stays = of().filter(|need| !need.is_open()).map(Need::bounded).fold(0.0, f64::max);
        let target = (STEP * largest).max(stays);
        let lower = if quiet { Width { quiet: target, ..width } } else { Width { unseen: target, ..width } };
        if target >= largest { 0.0 } else { (width.half() - lower.half()) / self.to_bound(quiet, target) }
    }

    /// Events until all bounds of a kind are as low as this.
    fn to_bound(&self, quiet: bool, target: f64) -> f64 {
        let more = |need: &Need| (need.bound / target - need.windows()).max(0.0) * need.each();
        self.needs.iter().filter(|need| need.quiet == quiet).map(more).sum()
    }

    /// The next stratum, and what for.
    fn choose(&self) -> Option<(usize, Purpose)> {
        let width = self.width();
        let of = |quiet: bool, by: fn(&Need) -> f64| {
            self.first(&|need| if need.quiet == quiet { by(need) } else { 0.0 })
        };
        let seen = self.first(&Need::gain_of_seen);
        let worth = || self.to_bound(false, ROUGHLY) <= REACH * (self.before + self.all.events);
        let part = if width.seen <= ROUGHLY && worth() { HALF } else { BOUNDS };
        let (purpose, unseen) = match self.aside < ASIDE * self.unseen.events {
            true => (Purpose::Aside, of(false, Need::urgency)),
            false => (Purpose::Unseen, of(false, Need::bounded)),
        };
        let unseen = unseen.filter(|_| seen.is_none() || self.unseen.is_within(part, &self.all));
        let quiet = of(true, Need::bounded).filter(|_| self.quiet.is_within(BOUNDS, &self.all));
        let candidates = [
            seen.map(|i| (i, Purpose::Seen, self.gain_of_seen(i, width))),
            unseen.map(|i| (i, purpose, self.gain_of_bounds(false, width))),
            quiet.map(|i| (i, Purpose::Quiet, self.gain_of_bounds(true, width))),
        ];
        let all = candidates.into_iter().flatten();
        let best = all.reduce(|best, one| if one.2 > best.2 { one } else { best })?;
        Some((best.0, best.1))
    }
}

impl Iterator for Sequence {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let (next, purpose) = self.choose()?;
        let cost = self.needs[next].each();
        self.all.add(cost);
        match purpose {
            Purpose::Seen => {}
            Purpose::Quiet => self.quiet.add(cost),
            Purpose::Unseen => self.unseen.add(cost),
            Purpose::Aside => {
                self.unseen.add(cost);
                self.aside += cost;
            }
        }
        self.needs[next].done += 1;
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
        Sequence::new(needs.to_vec(), 0.0).take(windows).for_each(|i| counts[i] += 1);
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
            (0.24..=0.26).contains(&share(100)) && share(10_000) < 0.2,
            "{} {}",
            share(100),
            share(10_000)
        );
    }

    #[test]
    fn frequent_harmless_faults_do_not_keep_rarer_ones_from_being_looked_at() {
        let silent = |bound| Need { bound, cost: 1.0, most: 100_000, ..Need::default() };
        let got = counts([need(1.0, 1.0, 100_000), silent(1e6), silent(1e4)], 1_000);
        // A quarter for bounds that are out of reach; most of it in proportion, and aside a tenth as many for a hundredth.
        assert!(got[0].abs_diff(750) <= 2 && got[1].abs_diff(10 * got[2]) <= 30, "{got:?}");
    }

    #[test]
    fn what_was_seen_of_one_aim_is_no_way_round_the_share_of_bounds() {
        let common = Need { spread: 4.0, bound: 2e4, cost: 1.0, most: 1_000_000, ..Need::default() };
        let decisive = need(10.0, 1.0, 1_000_000);
        let [common, decisive] = counts([common, decisive], 4_000);
        assert!(common <= 1_001 && decisive >= 2_999, "{common} {decisive}");
    }

    #[test]
    fn bounds_are_counted_in_events_and_the_largest_of_them_are_lowered_together() {
        let cheap = |bound| Need { bound, cost: 1.0, most: 1_000_000, ..Need::default() };
        let [outage, common, rarer] = counts([need(1.0, 100.0, 100_000), cheap(200.0), cheap(100.0)], 11_000);
        // Least half-width for the events: 100 events for each of 1/u^2 outages, 300/b others, and b^3 = 3 u^4.
        assert!(outage.abs_diff(370) <= 40, "{outage}");
        assert!(common.abs_diff(2 * rarer) < common / 3, "{common} {rarer}");
    }

    #[test]
    fn quiet_windows_are_at_most_a_quarter() {
        let quiet = Need { bound: 1e6, cost: 1.0, most: u64::MAX, quiet: true, ..Need::default() };
        let got = counts([need(1.0, 1.0, 10_000), quiet], 400);
        assert!(got[1].abs_diff(100) <= 1, "{got:?}");
    }

    #[test]
    fn a_stratum_gets_no_more_windows_than_it_has_clusters() {
        let given: Vec<usize> = Sequence::new(vec![need(3.0, 1.0, 5), need(1.0, 1.0, 20)], 0.0).collect();
        assert_eq!((given.len(), given.iter().filter(|i| **i == 0).count()), (25, 5));
    }

    #[test]
    fn a_short_sequence_is_the_beginning_of_a_long_one() {
        let needs = vec![need(3.0, 1.0, 500), need(1.0, 1.0, 500), need(0.2, 1.0, 500)];
        let long: Vec<usize> = Sequence::new(needs.clone(), 0.0).take(300).collect();
        let short: Vec<usize> = Sequence::new(needs, 0.0).take(50).collect();
        assert_eq!(short, long[..50]);
    }
}
