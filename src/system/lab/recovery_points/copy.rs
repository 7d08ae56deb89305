//! A copy of a primary, and what it goes on with.

use super::{Msg, Order, RecoveryPoints, Timer, Way};
use crate::algorithm::interval_set::IntervalSet;
use crate::base::time::SimTime;
use crate::engine::record::Change;
use crate::system::lab::Cx;
use std::sync::Arc;

/// What a copy has.
#[derive(Clone, Debug)]
enum Held {
    /// The state of the newest recovery point: of when, and how many writes. None came yet.
    Point(Option<(SimTime, u64)>),
    /// Records by number.
    Records(Order, IntervalSet),
}

/// A copy.
#[derive(Clone, Debug)]
pub struct Copy {
    held: Held,
    take_over_at: Option<SimTime>,
    took_over: Option<SimTime>,
}

impl Copy {
    pub(super) fn new(way: &Way, take_over_at: Option<SimTime>) -> Self {
        let held = match way {
            Way::Points(..) => Held::Point(None),
            Way::Records(order) => Held::Records(*order, IntervalSet::new()),
        };
        Copy { held, take_over_at, took_over: None }
    }

    /// How many of the primary's writes it goes on with, or would now.
    pub fn writes(&self) -> u64 {
        match &self.held {
            Held::Point(point) => point.map_or(0, |(_, writes)| writes),
            Held::Records(Order::AsTheyCome, records) => records.len(),
            Held::Records(Order::InOrder, records) => prefix(records),
        }
    }

    /// A copy that starts again has lost what it had, and takes over with nothing.
    pub(super) fn on_start(&mut self, cx: &mut Cx<'_, RecoveryPoints>) {
        let now = cx.monotonic();
        if let Some(at) = self.take_over_at.filter(|at| *at >= now) {
            cx.set_timer(Timer::TakeOver, at.since(now));
        }
    }

    pub(super) fn on_message(&mut self, msg: Msg, cx: &mut Cx<'_, RecoveryPoints>) {
        match (&mut self.held, msg) {
            (_, Msg::Back(log)) => self.compare(&log, cx),
            _ if self.took_over.is_some() => {}
            (Held::Point(newest), Msg::Point(as_of, writes)) => {
                *newest = (*newest).max(Some((as_of, writes)));
            }
            (Held::Records(_, records), Msg::Record(number)) => _ = records.insert(number),
            _ => {}
        }
    }

    pub(super) fn take_over(&mut self, cx: &mut Cx<'_, RecoveryPoints>) {
        let now = cx.monotonic();
        self.took_over = Some(now);
        if let Held::Point(Some((as_of, _))) = &self.held {
            cx.change(Change::Observed { what: "rpo", value: now.since(*as_of).seconds() });
        }
    }

    /// The old primary is back with its log.
    fn compare(&mut self, log: &Arc<[SimTime]>, cx: &mut Cx<'_, RecoveryPoints>) {
        let Some(took_over) = self.took_over else { return };
        let lost = (log.len() as u64).saturating_sub(self.writes());
        cx.change(Change::Observed { what: "lost-writes", value: lost as f64 });
        if let Held::Records(_, records) = &self.held {
            let oldest = log.get(prefix(records) as usize);
            let value = oldest.map_or(0.0, |at| took_over.since(*at).seconds());
            cx.change(Change::Observed { what: "rpo", value });
        }
    }
}

/// The last record of those from the first on without a gap.
fn prefix(records: &IntervalSet) -> u64 {
    records.ranges().first().filter(|(first, _)| *first == 1).map_or(0, |(_, last)| *last)
}
