//! All checkers behind one face.

use super::bounded::Bounded;
use super::convergence::ClosingReads;
use super::durability::durability;
use super::finding::{Findings, Suspicion};
use super::linearizable::Linearizable;
use super::loss_report::Losses;
use super::prefix::{Batches, Prefix};
use super::regular::Regular;
use super::session::Sessions;
use super::staleness::StalenessSample;
use super::verdict::GuaranteeVerdict;
use super::versions::{Versions, View};
use crate::base::ids::PartitionId;
use crate::base::time::Span;
use crate::engine::record::{Change, EndReason, Record};
use crate::model::operation::{Action, Claims, Key, Observed, Operation, Outcome, WriteId};

/// Which of the two published definitions of the levels is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Definitions {
    /// The general client model: consistent prefix means that writes are seen in order.
    #[default]
    Strict,
    /// The storage model of 2025: consistent prefix means whole batches, and eventual otherwise.
    Documented2025,
}

impl Definitions {
    /// Name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Definitions::Strict => "strict",
            Definitions::Documented2025 => "documented-2025",
        }
    }
}

/// What to hold a history to, beyond the claims that its operations carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckSpec {
    /// Which definition of the levels.
    pub definitions: Definitions,
    /// K writes of the partition and T, for reads that claim bounded staleness.
    pub bounded: Option<(u64, Span)>,
    /// No acknowledged write may be lost, so that only a restore from a backup restarts what clients may expect.
    pub no_loss: bool,
    /// Regions that hold the data at the start, for `no_loss`: losing all of them at once is beyond any promise. 0: not known.
    pub regions: u32,
    /// Several regions write: recorded conflict decisions overrule acknowledged writes.
    pub several_writers: bool,
    /// Copies join their states: see [`durability`].
    pub merged_states: bool,
    /// Copies need not agree in the end: nothing brings them together.
    pub may_diverge: bool,
    /// An acknowledged write may be overruled by an earlier one without a word: of two, the greater timestamp stays.
    pub may_overrule: bool,
}

/// Every guarantee, judged online over one group of partitions.
#[derive(Clone, Debug)]
pub struct Checkers {
    spec: CheckSpec,
    linearizable: Linearizable,
    versions: Versions,
    sessions: Sessions,
    prefix: Prefix,
    loose_prefix: Batches,
    batches: Batches,
    bounded: Option<Bounded>,
    regular: Regular,
    closing: ClosingReads,
    losses: Losses,
    reads: u64,
    unsettled: bool,
    views: Vec<View>,
    /// Verdicts over other groups of partitions.
    others: Vec<GuaranteeVerdict>,
}

impl Checkers {
    /// Nothing seen yet.
    pub fn new(spec: CheckSpec) -> Self {
        Checkers {
            spec,
            linearizable: Linearizable::new(true),
            versions: Versions::default(),
            sessions: Sessions::new(spec.several_writers),
            prefix: Prefix::new(spec.several_writers),
            loose_prefix: Batches::new("consistent-prefix", Claims::CONSISTENT_PREFIX),
            batches: Batches::new("atomic-batches", Claims::ATOMIC_BATCHES),
            bounded: spec.bounded.map(|(k, t)| Bounded::new(k, t, spec.no_loss)),
            regular: Regular::new(!spec.no_loss),
            closing: ClosingReads::default(),
            losses: Losses::over(spec.regions),
            reads: 0,
            unsettled: false,
            views: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Takes in the next record; of a successful read that is part of the load, returns how stale it was.
    pub fn on_record(&mut self, record: &Record) -> Option<StalenessSample> {
        if !matches!(record, Record::Change { change, .. } if self.is_lossless_cut(change)) {
            self.linearizable.on_record(record);
        }
        match record {
            Record::Invoked { partition, key, more, .. } => self.versions.on_invoked(*partition, *key, more),
            Record::Completed(op) => return self.on_completed(op),
            Record::ClientRestarted { at, client } => {
                self.sessions.on_restart(*client, *at);
                self.prefix.on_restart(*client, *at);
            }
            Record::Lost(lost) => {
                self.losses.on_lost(lost);
                self.versions.lost.insert(lost.partition, lost.write);
                self.prefix.findings.lost(lost.partition, lost.write);
                if let Some(bounded) = &mut self.bounded {
                    bounded.findings.excuse(lost.partition, lost.write);
                }
                self.regular.findings.excuse(lost.partition, lost.write);
            }
            // Writes of time that was jumped over are lost with one that is named.
            Record::LostBulk(bulk) if bulk.unseen => {}
            Record::LostBulk(bulk) => {
                self.losses.on_bulk(bulk);
                self.versions.on_bulk_lost(bulk.partition, bulk.newest);
            }
            Record::Change { at, change, .. } => {
                self.losses.on_change(change);
                match change {
                    Change::LineageCut { partition, .. } => {
                        self.versions.on_cut(*partition, *at, !self.is_lossless_cut(change));
                    }
                    // Of writes that were never acknowledged only the system knows what became of them.
                    Change::ConflictFeed { partition, write } | Change::ReportedLost { partition, write } => {
                        self.prefix.findings.lost(*partition, *write);
                    }
                    Change::ConflictLost { partition, loser, winner } => {
                        self.overrule(*partition, &[*loser], Some(*winner));
                    }
                    Change::Merged { partition, of, into } => {
                        self.versions.on_made(*partition, *into);
                        self.overrule(*partition, of, None);
                    }
                    _ => {}
                }
            }
            Record::FaultBegan { fault, site, .. } => self.losses.on_fault(*fault, &site.regions),
            Record::FaultEnded { fault, .. } => self.losses.on_repair(*fault),
            Record::End(end) => self.unsettled |= end.reason != EndReason::Settled,
            _ => {}
        }
        None
    }

    /// A new lineage that must hold all that was acknowledged: the promises go on across it.
    fn is_lossless_cut(&self, change: &Change) -> bool {
        matches!(change, Change::LineageCut { why, .. } if self.spec.no_loss && *why != "restore")
    }

    fn overrule(&mut self, partition: PartitionId, writes: &[WriteId], by: Option<WriteId>) {
        for write in writes {
            self.versions.overrule(partition, *write, by);
        }
        let versions = std::mem::take(&mut self.versions);
        self.settle(|findings| {
            findings.reconsider(|s| {
                s.partition == partition && versions.excused(partition, s.key, s.required, s.returned)
            })
        });
        self.versions = versions;
    }

    fn settle(&mut self, change: impl Fn(&mut Findings)) {
        self.sessions.settle(&change);
        let bounded = self.bounded.as_mut().map(|b| &mut b.findings);
        for findings in [&mut self.prefix.findings, &mut self.regular.findings].into_iter().chain(bounded) {
            if !findings.is_clear() {
                change(findings);
            }
        }
    }

    fn on_completed(&mut self, op: &Operation) -> Option<StalenessSample> {
        self.versions.on_completed(op);
        if op.session_reset {
            self.sessions.on_reset(op, &self.versions);
        }
        if op.action.is_write() {
            self.on_write(op);
            return None;
        }
        if op.outcome != Outcome::Ok {
            return None;
        }
        let mut views = std::mem::take(&mut self.views);
        place(op, &mut self.versions, &mut views);
        let sample = self.on_read(op, &views);
        views.clear();
        self.views = views;
        sample
    }

    fn on_write(&mut self, op: &Operation) {
        if let Some(bounded) = &mut self.bounded {
            bounded.on_write(op);
        }
        if op.outcome == Outcome::Fail {
            return;
        }
        let deletes = matches!(op.action, Action::Delete(_));
        let single = op.action.write_id().map(|id| [(op.key, id)]);
        let writes: &[(Key, WriteId)] = match (&op.action, &single) {
            (Action::Batch(writes), _) => writes,
            (_, Some(write)) => write,
            (_, None) => &[],
        };
        for (key, id) in writes {
            self.settle(|findings| findings.explain(op.partition, *key, *id, op.invoked, deletes));
        }
        self.batches.on_write(op, writes, &mut self.versions);
        self.loose_prefix.on_write(op, writes, &mut self.versions);
    }

    fn on_read(&mut self, op: &Operation, views: &[View]) -> Option<StalenessSample> {
        self.reads += 1;
        if op.closing {
            self.closing.on_read(op, views);
        }
        match self.spec.definitions {
            Definitions::Strict => self.prefix.on_read(op, views, &self.versions),
            Definitions::Documented2025 => self.loose_prefix.on_read(op, views, &self.versions),
        }
        self.batches.on_read(op, views, &self.versions);
        if let Some(bounded) = &mut self.bounded {
            bounded.on_read(op, views, &self.versions);
        }
        self.regular.on_read(op, views, &self.versions);
        self.sessions.on_read(op, views, &mut self.versions);
        if op.closing { None } else { StalenessSample::of(op, views, &self.versions) }
    }

    /// Takes in what another instance saw of other partitions.
    pub fn merge(&mut self, mut other: Checkers) {
        let linearizable = std::mem::replace(&mut other.linearizable, Linearizable::new(false));
        self.linearizable.merge(linearizable);
        join(&mut self.others, other.finish());
    }

    /// The linearizability check, for its measures: by how much time and by how many writes it is missed.
    pub fn linearizable(&self) -> &Linearizable {
        &self.linearizable
    }

    /// The verdict on every guarantee, in a fixed order.
    pub fn finish(self) -> Vec<GuaranteeVerdict> {
        let versions = &self.versions;
        let open = |s: &Suspicion| versions.is_open(s.partition, s.key) && doubtful(versions, s);
        let settled = !self.unsettled;
        let mut verdicts = vec![self.linearizable.finish()];
        verdicts.extend(self.sessions.finish(open));
        verdicts.push(match self.spec.definitions {
            Definitions::Strict => self.prefix.findings.finish(open),
            Definitions::Documented2025 => self.loose_prefix.findings.finish(open),
        });
        verdicts.push(self.batches.findings.finish(open));
        if let Some(bounded) = self.bounded {
            verdicts.push(bounded.findings.finish(open));
        }
        verdicts.push(self.regular.findings.finish(open));
        verdicts.push(valid_reads(versions, self.reads, &self.closing));
        if !self.spec.may_diverge {
            verdicts.push(self.closing.convergence(settled));
        }
        if !self.spec.may_overrule {
            verdicts.push(durability(
                versions,
                &self.closing,
                &self.losses,
                settled,
                self.spec.merged_states,
            ));
        }
        verdicts.push(self.losses.report(&self.closing.shown(), settled));
        if self.spec.no_loss {
            let once: u64 = versions.once().map(|(_, once)| once.acknowledged.len()).sum();
            verdicts.push(self.losses.no_loss(versions.acknowledged + once));
        }
        join(&mut verdicts, self.others);
        verdicts
    }

    /// Things held: what memory grows with.
    pub fn held(&self) -> usize {
        let bounded = self.bounded.as_ref().map_or(0, Bounded::held);
        self.versions.held()
            + self.sessions.held()
            + self.prefix.held()
            + bounded
            + self.linearizable.footprint()
    }
}

/// Whether what a suspicious read returned may have been made by a write that is still open.
fn doubtful(versions: &Versions, suspicion: &Suspicion) -> bool {
    let known = |id| versions.key(suspicion.partition, suspicion.key).is_some_and(|h| h.find(id).is_some());
    suspicion.returned.is_none_or(|id| id != WriteId::INITIAL && !known(id))
}

/// `valid-reads`: whatever was returned had been written, by a write that did not fail.
fn valid_reads(versions: &Versions, checked: u64, closing: &ClosingReads) -> GuaranteeVerdict {
    const NAME: &str = "valid-reads";
    if let Some(line) = versions.unwritten() {
        let why = "a read returned a value that no write can have written";
        return GuaranteeVerdict::violated(NAME, checked, why, vec![line.to_string()]);
    }
    for (partition, once) in versions.once() {
        for held in closing.once.get(&partition).into_iter().flat_map(|regions| regions.values()) {
            let shown = held.serials.difference(&held.serials.difference(&once.failed));
            if let Some((serial, _)) = shown.ranges().first() {
                let why = "a write-once key exists whose insert had failed";
                let lines = vec![held.line.to_string(), format!("p{}/once {serial}", partition.0)];
                return GuaranteeVerdict::violated(NAME, checked, why, lines);
            }
        }
    }
    GuaranteeVerdict::holds(NAME, checked)
}

fn join(verdicts: &mut Vec<GuaranteeVerdict>, others: Vec<GuaranteeVerdict>) {
    for other in others {
        match verdicts.iter_mut().find(|v| v.name == other.name) {
            Some(verdict) => verdict.join(other),
            None => verdicts.push(other),
        }
    }
}

fn place(op: &Operation, versions: &mut Versions, views: &mut Vec<View>) {
    match &op.observed {
        Observed::Value(value) => views.push(versions.view(op, op.key, Some(*value))),
        Observed::Absent => views.push(versions.view(op, op.key, None)),
        Observed::Many(values) => {
            views.extend(values.iter().map(|(key, value)| versions.view(op, *key, *value)));
        }
        Observed::Nothing | Observed::Serials(_) => {}
    }
}

/// What a read returned, key by key, placed among the versions.
pub(crate) fn views_of(op: &Operation, versions: &mut Versions) -> Vec<View> {
    let mut views = Vec::new();
    place(op, versions, &mut views);
    views
}
