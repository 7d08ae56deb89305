//! The side that waits for heartbeats.

use super::weighing::Weighing;
use super::{Detector, Msg, Phi, Settings, Suspect, Timer};
use crate::algorithm::detector::{Heartbeats, PhiAccrual};
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use crate::system::lab::{Cx, stage};

/// A heartbeat that comes at the very instant at which it is expected has come: the watcher looks this much later.
const GRACE: Span = Span::nanos(1);

/// How a watcher decides.
#[derive(Clone, Debug)]
enum Rule {
    /// The detector's times are those at which heartbeats were expected.
    Misses(Heartbeats<ActorId>),
    /// The detector's times are those at which they came.
    Silence(Heartbeats<ActorId>),
    /// The same.
    Phi(PhiAccrual),
}

/// When heartbeats of one life of the member are expected.
#[derive(Clone, Copy, Debug)]
struct Timetable {
    born: SimTime,
    /// When its heartbeat 0 was expected, or would have been.
    first: SimTime,
    /// The heartbeat that is expected next.
    next: u64,
}

/// A watcher of one member.
#[derive(Clone, Debug)]
pub struct Watcher {
    rule: Rule,
    every: Span,
    timetable: Option<Timetable>,
    last: SimTime,
    /// Since when it has trusted the member.
    since: SimTime,
    suspected: bool,
    onsets: Vec<SimTime>,
    /// Onsets that were answered by a suspicion, or came while the member was suspected.
    answered: usize,
    left: u32,
    weighing: Option<Weighing>,
}

impl Watcher {
    pub(super) fn new(settings: &Settings, onsets: Vec<SimTime>) -> Self {
        let rule = match settings.suspect {
            Suspect::Misses(misses) => Rule::Misses(Heartbeats::new(settings.every * u64::from(misses))),
            Suspect::Silence(silence) => Rule::Silence(Heartbeats::new(silence)),
            Suspect::Phi(Phi { threshold, mean, sd }) => {
                Rule::Phi(PhiAccrual::known(threshold, mean.seconds(), sd.seconds()))
            }
        };
        Watcher {
            rule,
            every: settings.every,
            timetable: None,
            last: SimTime::ZERO,
            since: SimTime::ZERO,
            suspected: false,
            onsets,
            answered: 0,
            left: settings.suspicions,
            weighing: settings.weighing.clone(),
        }
    }

    /// Whether it suspects its member now.
    pub fn suspects(&self) -> bool {
        self.suspected
    }

    /// What came before the process started is none of its business.
    pub(super) fn on_start(&mut self, cx: &mut Cx<'_, Detector>) {
        self.answered = stage::last_onset(&self.onsets, cx.monotonic()).0;
        cx.busy(self.left != u32::MAX);
    }

    pub(super) fn beat(&mut self, from: ActorId, born: SimTime, number: u64, cx: &mut Cx<'_, Detector>) {
        if self.left == 0 {
            // It has seen enough, and the member does not know yet.
            return cx.send(from, Msg::Enough);
        }
        let now = cx.monotonic();
        let fresh = self.timetable.is_none() || self.suspected;
        if fresh {
            self.since = now;
            self.answered = stage::last_onset(&self.onsets, now).0;
        }
        let expected = self.expected(born, number, now);
        match &mut self.rule {
            Rule::Misses(detector) => {
                detector.watch(from, expected);
                self.weigh_arrival(fresh, now, cx);
            }
            Rule::Silence(detector) => detector.watch(from, now),
            Rule::Phi(detector) => detector.heard(now),
        }
        (self.last, self.suspected) = (now, false);
        self.look_again(cx);
    }

    /// When this heartbeat was expected. One of a new life begins a new timetable.
    fn expected(&mut self, born: SimTime, number: u64, now: SimTime) -> SimTime {
        let known = self.timetable.filter(|t| t.born == born && !self.suspected);
        let mut timetable =
            known.unwrap_or(Timetable { born, first: now - self.every * number, next: number });
        timetable.next = timetable.next.max(number + 1);
        self.timetable = Some(timetable);
        timetable.first + self.every * number
    }

    fn weigh_arrival(&mut self, fresh: bool, now: SimTime, cx: &mut Cx<'_, Detector>) {
        let Some(weighing) = &mut self.weighing else { return };
        if fresh {
            return weighing.begin();
        }
        if let Some(value) = weighing.came(now.since(self.last)) {
            cx.change(Change::Observed { what: "false-suspicion-time", value });
        }
    }

    /// Sets the timer to when the member may have to be suspected.
    fn look_again(&mut self, cx: &mut Cx<'_, Detector>) {
        let now = cx.monotonic();
        let due = match (&self.rule, self.timetable) {
            (Rule::Misses(_), Some(t)) => Some(t.first + self.every * t.next + GRACE),
            (Rule::Misses(_), None) => None,
            (Rule::Silence(detector), _) => detector.next_suspicion(now),
            (Rule::Phi(detector), _) => detector.deadline(),
        };
        if let Some(due) = due {
            cx.set_timer(Timer::Look, due.since(now));
        }
    }

    pub(super) fn look(&mut self, cx: &mut Cx<'_, Detector>) {
        let now = cx.monotonic();
        if let (Rule::Misses(_), Some(timetable)) = (&self.rule, &mut self.timetable) {
            timetable.next += 1;
            if let Some(weighing) = &mut self.weighing {
                weighing.lost();
            }
        }
        let suspect = match &self.rule {
            Rule::Misses(d) | Rule::Silence(d) => d.suspects(now).next().is_some(),
            Rule::Phi(d) => d.suspects(now),
        };
        if suspect { self.suspect(now, cx) } else { self.look_again(cx) }
    }

    fn suspect(&mut self, now: SimTime, cx: &mut Cx<'_, Detector>) {
        self.suspected = true;
        let silence = now.since(self.last);
        observe("silence", silence, cx);
        let (n, onset) = stage::last_onset(&self.onsets, now);
        if n > self.answered {
            self.answered = n;
            return observe("detection-time", now.since(onset), cx);
        }
        match &mut self.weighing {
            None => observe("false-suspicion-time", now.since(self.since), cx),
            Some(weighing) => {
                if let Some(value) = weighing.suspected(silence) {
                    cx.change(Change::Observed { what: "false-suspicion-time", value });
                }
            }
        }
        self.left = self.left.saturating_sub(u32::from(self.left != u32::MAX));
        if self.left == 0 {
            cx.busy(false);
        }
    }
}

fn observe(what: &'static str, span: Span, cx: &mut Cx<'_, Detector>) {
    cx.change(Change::Observed { what, value: span.seconds() });
}
