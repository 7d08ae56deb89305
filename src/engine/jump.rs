//! Jumping over steady stretches: what it takes, and what it does to time.
//!
//! Published zone outages last a day, and to simulate each request of one buys nothing: after some minutes everything goes
//! on as before. While every actor is [`Steady`] and two probe intervals in a row brought the same, the outer schedule
//! (ends of open faults, later faults, actions, timers that are not routine) comes earlier by a span. Nothing else moves:
//! clocks, messages, routine timers and arrivals go on as if that time had not been.

use crate::base::ids::{Id, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::System;

/// Length of a probe interval. A jump is a whole number of them, so that all that recurs in a part of it keeps its phase.
pub const PROBE: Span = Span::secs(60);

/// For how long an actor would go on as it does now, if nothing from outside changed.
///
/// A steady actor answers at present rates: what it keeps may grow (a backlog, a counter) only if
/// [`on_skip`](crate::engine::contract::Actor::on_skip) moves it on so that all later behaviour is that of an actor that
/// lived through the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Steady {
    /// It is in the middle of something.
    No,
    /// For this long at least: then something is due, or full.
    Until(Span),
    /// For ever.
    Forever,
}

impl Steady {
    /// Steady for as long as both.
    pub fn and(self, other: Steady) -> Steady {
        self.min(other)
    }

    /// [`Steady::Forever`] if this holds, else [`Steady::No`].
    pub fn when(holds: bool) -> Steady {
        if holds { Steady::Forever } else { Steady::No }
    }
}

/// What an actor may look at to say whether it is steady.
pub struct Moment<'a, S: System> {
    /// Its wall clock.
    pub wall: SimTime,
    /// Its steady clock.
    pub monotonic: SimTime,
    /// What is durable.
    pub disk: &'a S::Disk,
}

/// The jumps of a window: which time they were at, and how much they left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jumps {
    /// In order; with the sum of the spans up to and with each.
    all: Vec<(SimTime, Span)>,
}

impl Jumps {
    /// A jump by `by` was made at the world's time `at`, no earlier than the last.
    pub fn note(&mut self, at: SimTime, by: Span) {
        let sum = self.total() + by;
        self.all.push((at, sum));
    }

    /// All that was left out so far.
    pub fn total(&self) -> Span {
        self.all.last().map_or(Span::ZERO, |(_, sum)| *sum)
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// The time that really was when the world's clock showed `at`, of something that happened before the last jump or
    /// after it: what happens at the time of a jump happens before it.
    pub fn real(&self, at: SimTime) -> SimTime {
        let before = self.all.partition_point(|(jump, _)| *jump < at);
        let skipped = before.checked_sub(1).map_or(Span::ZERO, |last| self.all[last].1);
        at + skipped
    }

    /// The time that really is when the world's clock shows `now`, after all jumps so far.
    pub fn now(&self, now: SimTime) -> SimTime {
        now + self.total()
    }
}

/// What so many of something in two probe intervals come to in a stretch of length `by`, a half rounded up.
pub fn credited(in_two_probes: u64, by: Span) -> u64 {
    let two = u128::from(PROBE.0) * 2;
    let sum = u128::from(in_two_probes) * u128::from(by.0) + two / 2;
    u64::try_from(sum / two).unwrap_or(u64::MAX)
}

/// How far a world could jump now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leap {
    /// No farther than this: a whole number of probe intervals.
    pub at_most: Span,
    /// It has something to wait for.
    pub wanted: bool,
}

/// What one client region asked of one partition in one probe interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Outcomes {
    invoked: u64,
    ok: u64,
    failed: u64,
}

impl Outcomes {
    /// Whether two intervals of one rate could have brought these: no count differs by more than three standard
    /// deviations of a Poisson law, nor do all of one end in another way than all of the other.
    fn agrees(self, other: Outcomes) -> bool {
        let alike = |a: u64, b: u64| {
            let apart = u128::from(a.abs_diff(b));
            apart * apart <= 9 * u128::from(a + b)
        };
        let turned = |a: Outcomes, b: Outcomes| a.failed == 0 && b.ok == 0 && a.ok > 0 && b.failed > 0;
        alike(self.invoked, other.invoked)
            && alike(self.ok, other.ok)
            && alike(self.failed, other.failed)
            && !turned(self, other)
            && !turned(other, self)
    }
}

/// Watches for two probe intervals that agree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probe {
    partitions: usize,
    /// Operations that were open at a disturbance have ended by then.
    patience: Span,
    /// By client region, partition and kind: in the interval under way, and in the last two.
    now: Vec<Outcomes>,
    last: [Vec<Outcomes>; 2],
    /// Whole intervals without a disturbance, at most two.
    calm: u8,
    disturbed: SimTime,
    /// The world's own counters at the ends of the last three intervals.
    counters: [Vec<u64>; 3],
}

impl Probe {
    /// A probe of a window with so many regions and partitions, in which no operation takes longer than `patience`.
    pub fn new(regions: usize, partitions: usize, patience: Span) -> Probe {
        let now = vec![Outcomes::default(); regions * partitions * 2];
        Probe {
            partitions,
            patience,
            last: [now.clone(), now.clone()],
            now,
            calm: 0,
            disturbed: SimTime::ZERO,
            counters: Default::default(),
        }
    }

    fn at(&mut self, region: RegionId, partition: PartitionId, write: bool) -> Option<&mut Outcomes> {
        let place = (region.index() * self.partitions + partition.index()) * 2 + usize::from(write);
        self.now.get_mut(place)
    }

    /// An operation was invoked.
    pub fn invoked(&mut self, region: RegionId, partition: PartitionId, write: bool) {
        if let Some(outcomes) = self.at(region, partition, write) {
            outcomes.invoked += 1;
        }
    }

    /// An operation ended: well, or not.
    pub fn ended(&mut self, region: RegionId, partition: PartitionId, write: bool, ok: bool) {
        if let Some(outcomes) = self.at(region, partition, write) {
            *(if ok { &mut outcomes.ok } else { &mut outcomes.failed }) += 1;
        }
    }

    /// Something changed: the system's state, the faults, what an operator wants.
    pub fn disturb(&mut self, now: SimTime) {
        self.disturbed = now;
        self.calm = 0;
    }

    /// An interval is over.
    pub fn close(&mut self, now: SimTime) {
        let calm = now.since(self.disturbed) >= PROBE + self.patience;
        self.calm = if calm { (self.calm + 1).min(2) } else { 0 };
        self.last.swap(0, 1);
        self.last[1].clone_from(&self.now);
        self.now.fill(Outcomes::default());
    }

    /// The world's own counters stand here, at the end of an interval.
    pub fn count<'a>(&mut self, counters: impl Iterator<Item = &'a mut u64>) {
        self.counters.rotate_left(1);
        self.counters[2].clear();
        self.counters[2].extend(counters.map(|n| *n));
    }

    /// What the last two intervals added to each counter.
    pub fn added(&self) -> Vec<u64> {
        let [before, _, now] = &self.counters;
        now.iter().zip(before).map(|(now, before)| now - before).collect()
    }

    /// How many writes of a partition the last two intervals saw acknowledged.
    pub fn written(&self, partition: PartitionId) -> u64 {
        let places = |n: &usize| n % (self.partitions * 2) == partition.index() * 2 + 1;
        let of = |last: &Vec<Outcomes>| (0..last.len()).filter(places).map(|n| last[n].ok).sum::<u64>();
        self.last.iter().map(of).sum()
    }

    /// The world jumped, and its own counters stand here now.
    pub fn jumped<'a>(&mut self, counters: impl Iterator<Item = &'a mut u64>) {
        self.calm = 0;
        self.counters[2].clear();
        self.counters[2].extend(counters.map(|n| *n));
    }

    /// Whether the last two intervals were calm and brought the same, and nothing was disturbed for as long as anything
    /// is remembered.
    pub fn agrees(&self, now: SimTime, memory: Span) -> bool {
        let [first, second] = &self.last;
        self.calm == 2
            && now.since(self.disturbed) >= memory
            && first.iter().zip(second).all(|(a, b)| a.agrees(*b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    #[test]
    fn what_happened_before_a_jump_keeps_its_time_and_what_follows_is_later_by_it() {
        let mut jumps = Jumps::default();
        jumps.note(at(100), Span::secs(1_000));
        jumps.note(at(200), Span::secs(60));
        let real: Vec<SimTime> = [50, 100, 101, 200, 201].map(|s| jumps.real(at(s))).into();
        assert_eq!(real, [50, 100, 1_101, 1_200, 1_261].map(at));
        assert_eq!((jumps.now(at(200)), jumps.total()), (at(1_260), Span::secs(1_060)));
    }

    #[test]
    fn a_jump_is_credited_at_the_mean_of_two_intervals() {
        assert_eq!(credited(7, PROBE * 4), 14);
        assert_eq!(credited(7, PROBE), 4, "3.5, rounded up");
        assert_eq!(credited(0, Span::hours(24)), 0);
    }

    #[test]
    fn the_least_steady_decides() {
        use Steady::*;
        assert_eq!(Forever.and(Until(Span::secs(5))).and(Until(Span::secs(3))), Until(Span::secs(3)));
        assert_eq!(Until(Span::ZERO).and(No), No);
        assert_eq!((Steady::when(true), Steady::when(false)), (Forever, No));
    }

    #[test]
    fn intervals_agree_within_chance_and_not_when_service_turned() {
        let outcomes = |ok, failed| Outcomes { invoked: ok + failed, ok, failed };
        assert!(outcomes(600, 0).agrees(outcomes(640, 0)));
        assert!(!outcomes(600, 0).agrees(outcomes(400, 0)));
        assert!(!outcomes(300, 300).agrees(outcomes(420, 180)));
        assert!(outcomes(3, 0).agrees(outcomes(0, 0)));
        assert!(!outcomes(3, 0).agrees(outcomes(0, 3)), "all of one failed, none of the other");
    }

    #[test]
    fn writes_of_a_partition_are_those_of_all_regions_in_two_intervals() {
        let mut probe = Probe::new(2, 2, Span::ZERO);
        let end = |probe: &mut Probe, region, partition, write, ok| {
            probe.ended(RegionId(region), PartitionId(partition), write, ok);
        };
        end(&mut probe, 0, 1, true, true);
        end(&mut probe, 1, 1, true, true);
        probe.close(at(60));
        end(&mut probe, 1, 1, true, true);
        end(&mut probe, 0, 1, true, false);
        end(&mut probe, 0, 1, false, true);
        end(&mut probe, 0, 0, true, true);
        probe.close(at(120));
        assert_eq!([0, 1].map(|p| probe.written(PartitionId(p))), [1, 3]);
    }

    #[test]
    fn two_calm_intervals_in_a_row_are_needed_after_each_disturbance() {
        let mut probe = Probe::new(1, 1, Span::ZERO);
        let minutes = |probe: &mut Probe, from: u64, n: u64| {
            (from + 1..=from + n).for_each(|i| probe.close(at(60 * i)));
        };
        minutes(&mut probe, 0, 2);
        assert!(probe.agrees(at(120), Span::ZERO));
        assert!(!probe.agrees(at(120), Span::secs(300)), "something may still remember the start");
        probe.disturb(at(130));
        minutes(&mut probe, 2, 2);
        assert!(!probe.agrees(at(240), Span::ZERO), "the interval with the disturbance does not count");
        minutes(&mut probe, 4, 1);
        assert!(probe.agrees(at(300), Span::ZERO));
    }
}
