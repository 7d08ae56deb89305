//! The observer that feeds all measures of one window.

mod measures;

use crate::base::ids::RegionId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Observer;
use crate::engine::jump::Jumps;
use crate::engine::record::{Change, FaultSite, Record, WindowEnd};
use crate::measure::downtime::Downtime;
use crate::measure::findings::WindowFindings;
use crate::measure::in_order::InOrder;
use crate::measure::sample::{Sample, is_answer};
use crate::measure::setting::Setting;
use crate::measure::staleness::StalenessSample;
use crate::measure::traffic::Volume;
use crate::model::operation::Operation;
use crate::model::plan::Plan;
use std::any::Any;
use std::sync::Arc;

pub(crate) use measures::Measures;
use measures::Turn;

/// Something else that reads the same records, and knows how stale reads were: the checkers of the history.
pub trait RecordSink: Send + 'static {
    /// Takes the next record. For a completed read it may say how stale the read was.
    fn on_record(&mut self, record: &Record) -> Option<StalenessSample>;
    /// Adds what `other`, which watched the next group of partitions of the same window, has seen.
    fn merge(&mut self, other: Self);
}

/// No other reader.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSink;

impl RecordSink for NoSink {
    fn on_record(&mut self, _record: &Record) -> Option<StalenessSample> {
        None
    }
    fn merge(&mut self, _other: NoSink) {}
}

/// All measures of one window, and a further reader of its records.
#[derive(Clone, Debug)]
pub struct Watch<S = NoSink> {
    pub(crate) setting: Arc<Setting>,
    order: InOrder<Turn>,
    jumps: Jumps,
    pub(crate) measures: Measures,
    end: Option<WindowEnd>,
    sink: S,
}

impl Watch<NoSink> {
    /// A watch without a further reader.
    pub fn new(plan: &Plan) -> Self {
        Watch::over(Arc::new(Setting::of(plan)), NoSink)
    }
}

impl<S: RecordSink> Watch<S> {
    /// A watch with a further reader. Make the [`Setting`] once, and share it between worlds and windows.
    pub fn over(setting: Arc<Setting>, sink: S) -> Self {
        let measures = Measures::new(&setting);
        let order = InOrder::new(setting.longest_timeout * 2);
        Watch { setting, order, jumps: Jumps::default(), measures, end: None, sink }
    }

    /// What the window came to. Call it once the window has ended and all groups are merged.
    pub fn findings(self) -> WindowFindings {
        self.finish().0
    }

    /// What the window came to, and the further reader.
    pub fn finish(mut self) -> (WindowFindings, S) {
        // Only now: the last operation of a group of partitions may be earlier than that of the others.
        self.measures.rto.close(&self.measures.downtime);
        (WindowFindings::of(&self), self.sink)
    }

    /// How the window ended, if it has.
    pub fn end(&self) -> Option<&WindowEnd> {
        self.end.as_ref()
    }

    /// Operations that were open when the window ended.
    pub fn open_at_end(&self) -> u64 {
        self.order.given_up()
    }

    /// Stretches that were jumped over: how many, and their length in all.
    pub fn jumped(&self) -> (usize, Span) {
        (self.jumps.count(), self.jumps.total())
    }

    /// Takes the next record. Its times are those of the world's clock; measures get the real ones.
    pub fn on_record(&mut self, record: &Record) {
        let staleness = self.sink.on_record(record);
        let real = |at: &SimTime| self.jumps.now(*at);
        match record {
            Record::Invoked { at, id, .. } => {
                self.order.announce(*at, *id);
            }
            Record::Completed(operation) => self.completed(operation, staleness),
            Record::ClientRestarted { .. } => {}
            Record::FaultBegan { at, fault, site } => {
                let at = real(at);
                self.measures.onsets.fault_began(*fault, at, site);
                self.measures.rto.onset(at);
                let stops = self.setting.fault(*fault).is_some_and(|facts| facts.stops);
                self.clients_down(stops, site, at, Downtime::down);
            }
            Record::FaultEnded { at, fault } => {
                let at = real(at);
                self.measures.onsets.fault_ended(*fault, at);
                let cause = crate::measure::onsets::Cause::Fault(*fault);
                let stops = self.setting.fault(*fault).is_some_and(|facts| facts.stops);
                let regions = self.measures.onsets.get(cause).map(|onset| onset.regions.clone());
                let site = FaultSite { regions: regions.unwrap_or_default(), ..FaultSite::default() };
                self.clients_down(stops, &site, at, Downtime::up);
            }
            Record::Admin { at, action, answer: None } => {
                let at = real(at);
                self.measures.onsets.action_sent(*action, at, self.setting.action(*action));
                self.measures.rto.onset(at);
            }
            Record::Admin { at, action, answer: Some(answer) } => {
                self.measures.onsets.action_answered(*action, real(at), answer);
            }
            Record::Change { at, change, .. } => self.changed(real(at), change),
            Record::Lost(write) => self.measures.rpo.lost(&write.credited(&self.jumps)),
            Record::LostBulk(bulk) => self.measures.rpo.lost_bulk(&bulk.credited(&self.jumps)),
            Record::Exposed { fault, partition, writes, bytes, time } => {
                self.measures.rpo.exposed(*fault, *partition, *writes, *bytes, *time);
            }
            Record::Traffic { from, to, purpose, bytes, messages } => {
                let volume = Volume { bytes: *bytes, messages: *messages };
                self.measures.traffic.add((*from, *to), *purpose, volume);
            }
            Record::ClientDown { region, skipped } => {
                *self.measures.skipped.entry(*region).or_default() += skipped;
            }
            Record::Probed { at } => {
                self.measures.probed();
                self.order.mark(*at, Turn::Probed);
            }
            Record::Jumped { at, by } => {
                self.jumps.note(*at, *by);
                self.measures.left_out(*by);
                self.order.mark(*at, Turn::Jumped(*at, *by));
            }
            Record::End(end) => self.ended(end),
        }
    }

    fn completed(&mut self, operation: &Operation, staleness: Option<StalenessSample>) {
        let sample = Sample::of(operation);
        self.order.settle(operation.invoked, operation.id, sample.map(Turn::Sample));
        if !operation.closing {
            let measures = &mut self.measures;
            measures.session_resets += u64::from(operation.session_reset);
            measures.throttles.add(operation);
            if is_answer(operation) {
                measures.answers += 1;
                *measures.answers_recently.now() += 1;
            } else {
                measures.latency.add(operation);
            }
            if let Some(staleness) = staleness {
                measures.staleness.add(operation.region, staleness);
            }
        }
        while let Some(turn) = self.order.next(operation.completed.0) {
            self.measures.turn(turn);
        }
    }

    fn clients_down(
        &mut self,
        stops: bool,
        site: &FaultSite,
        at: SimTime,
        note: fn(&mut Downtime, RegionId, SimTime),
    ) {
        let regions = site.regions.iter().filter(|region| stops && self.setting.clients_fail_with(**region));
        for region in regions {
            note(&mut self.measures.downtime, *region, at);
        }
    }

    fn changed(&mut self, at: SimTime, change: &Change) {
        self.measures.milestones.add(at, change);
        self.measures.rpo.change(change);
        match change {
            Change::LagThrottle { partition, on } => self.measures.throttles.lag(*partition, at, *on),
            Change::Rerouted { .. } => self.measures.reroutes += 1,
            Change::Observed { what, value } => self.measures.observed.add(what, *value),
            _ => {}
        }
    }

    fn ended(&mut self, end: &WindowEnd) {
        while let Some(turn) = self.order.drain() {
            self.measures.turn(turn);
        }
        self.measures.throttles.end(end.at);
        self.end = Some(end.clone());
    }

    fn join(&mut self, other: Watch<S>) {
        self.order.merge(&other.order);
        self.measures.merge(other.measures);
        self.sink.merge(other.sink);
        self.end = match (self.end.take(), other.end) {
            (Some(mine), Some(theirs)) => Some(WindowEnd {
                at: mine.at.max(theirs.at),
                reason: mine.reason.max(theirs.reason),
                events: mine.events + theirs.events,
                digest: mine.digest,
                open_operations: mine.open_operations + theirs.open_operations,
                mode: mine.mode,
            }),
            (mine, theirs) => mine.or(theirs),
        };
    }
}

impl<S: RecordSink> Observer for Watch<S> {
    fn on_records(&mut self, records: &[Record]) {
        for record in records {
            self.on_record(record);
        }
    }

    /// # Panics
    /// If `other` is not a watch of the same kind: the worlds of one window have one kind of observer.
    fn merge(&mut self, other: Box<dyn Observer>) {
        let other: Box<dyn Any> = other;
        match other.downcast::<Watch<S>>() {
            Ok(other) => self.join(*other),
            Err(_) => unreachable!("the worlds of one window have one kind of observer"),
        }
    }
}
