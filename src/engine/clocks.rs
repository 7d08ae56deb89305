//! The clocks of nodes: a wall clock that faults step and drift, and a steady clock that only drifts.
//!
//! A drifting clock gains or loses while the fault lasts. When the last drift of a node ends, time synchronisation sets
//! the wall clock right; the steady clock never jumps and keeps what it gained. A step is undone when its fault ends.
//! A timer that is set keeps its true time: a change of rate counts for those set afterwards.

use crate::base::ids::{FaultId, Id, NodeId};
use crate::base::time::{SimTime, Span};

/// Parts per million times this make the integer rate that clocks are computed with.
const PER_PPM: f64 = 1e6;
const ONE: i128 = 1_000_000_000_000;

#[derive(Clone, Debug, Default)]
struct Clock {
    steps: Vec<(FaultId, i64)>,
    drifts: Vec<(FaultId, i64)>,
    /// True time of the last change of rate.
    since: SimTime,
    /// What the steady clock had gained by then.
    steady_gain: i128,
    /// What the wall clock had gained by then.
    wall_gain: i128,
}

impl Clock {
    fn rate(&self) -> i128 {
        let sum: i128 = self.drifts.iter().map(|(_, r)| i128::from(*r)).sum();
        sum.max(1 - ONE)
    }

    fn gained(&self, now: SimTime) -> i128 {
        i128::from(now.since(self.since).0) * self.rate() / ONE
    }

    fn rebase(&mut self, now: SimTime) {
        let gained = self.gained(now);
        self.steady_gain += gained;
        self.wall_gain += gained;
        self.since = now;
    }

    fn is_true(&self) -> bool {
        self.drifts.is_empty() && self.steps.is_empty() && self.steady_gain == 0
    }
}

/// The clocks of all nodes.
#[derive(Clone, Debug)]
pub(crate) struct Clocks {
    clocks: Vec<Clock>,
}

impl Clocks {
    /// True clocks for `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Clocks { clocks: vec![Clock::default(); nodes] }
    }

    /// What the wall clock and the steady clock of a node show; neither shows less than 0.
    #[inline]
    pub fn read(&self, node: NodeId, now: SimTime) -> (SimTime, SimTime) {
        let clock = &self.clocks[node.index()];
        if clock.is_true() {
            return (now, now);
        }
        let gained = clock.gained(now);
        let step: i128 = clock.steps.iter().map(|(_, by)| i128::from(*by)).sum();
        let shown =
            |offset: i128| SimTime((i128::from(now.0) + offset).clamp(0, i128::from(u64::MAX)) as u64);
        (shown(clock.wall_gain + gained + step), shown(clock.steady_gain + gained))
    }

    /// How long a span of a node's own clock really lasts at its present rate, rounded up.
    #[inline]
    pub fn real(&self, node: NodeId, span: Span) -> Span {
        let clock = &self.clocks[node.index()];
        if clock.drifts.is_empty() {
            return span;
        }
        let (own, rate) = (i128::from(span.0) * ONE, ONE + clock.rate());
        Span(((own + rate - 1) / rate).min(i128::from(u64::MAX)) as u64)
    }

    /// The wall clock jumps until [`Clocks::end`].
    pub fn step(&mut self, node: NodeId, fault: FaultId, by_ns: i64) {
        self.clocks[node.index()].steps.push((fault, by_ns));
    }

    /// Both clocks run fast by `ppm` (slow if negative) until [`Clocks::end`]; drifts add up.
    pub fn drift(&mut self, node: NodeId, fault: FaultId, ppm: f64, now: SimTime) {
        let clock = &mut self.clocks[node.index()];
        clock.rebase(now);
        clock.drifts.push((fault, (ppm * PER_PPM).round() as i64));
    }

    /// Ends what a fault did to a node's clocks.
    pub fn end(&mut self, node: NodeId, fault: FaultId, now: SimTime) {
        let clock = &mut self.clocks[node.index()];
        clock.steps.retain(|(f, _)| *f != fault);
        if clock.drifts.iter().any(|(f, _)| *f == fault) {
            clock.rebase(now);
            clock.drifts.retain(|(f, _)| *f != fault);
            if clock.drifts.is_empty() {
                clock.wall_gain = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId(0);
    fn seconds(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    #[test]
    fn a_step_moves_the_wall_clock_only_and_back_again() {
        let mut clocks = Clocks::new(2);
        clocks.step(NODE, FaultId(0), -3_000_000_000);
        assert_eq!(clocks.read(NODE, seconds(10)), (seconds(7), seconds(10)));
        assert_eq!(clocks.read(NODE, seconds(1)), (seconds(0), seconds(1)));
        assert_eq!(clocks.read(NodeId(1), seconds(10)), (seconds(10), seconds(10)));
        clocks.end(NODE, FaultId(0), seconds(11));
        assert_eq!(clocks.read(NODE, seconds(12)), (seconds(12), seconds(12)));
    }

    #[test]
    fn a_drift_gains_while_it_lasts_and_the_steady_clock_never_jumps() {
        let mut clocks = Clocks::new(1);
        clocks.drift(NODE, FaultId(0), 100_000.0, seconds(10));
        assert_eq!(clocks.read(NODE, seconds(20)), (seconds(21), seconds(21)));
        assert_eq!(clocks.real(NODE, Span::secs(11)), Span::secs(10));
        clocks.drift(NODE, FaultId(1), 100_000.0, seconds(20));
        assert_eq!(clocks.read(NODE, seconds(30)), (seconds(33), seconds(33)));
        clocks.end(NODE, FaultId(0), seconds(30));
        clocks.end(NODE, FaultId(1), seconds(40));
        assert_eq!(clocks.read(NODE, seconds(50)), (seconds(50), seconds(54)));
        assert_eq!(clocks.real(NODE, Span::secs(11)), Span::secs(11));
    }

    #[test]
    fn a_slow_clock_makes_spans_longer() {
        let mut clocks = Clocks::new(1);
        clocks.drift(NODE, FaultId(0), -500_000.0, SimTime::ZERO);
        assert_eq!(clocks.real(NODE, Span::secs(1)), Span::secs(2));
        assert_eq!(clocks.read(NODE, seconds(4)).1, seconds(2));
    }
}
