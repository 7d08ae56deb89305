//! The four session guarantees, judged apart.
//!
//! A session is one client on one partition (tokens are per partition). Within it, operation A precedes B when A ended
//! before B was invoked. A session starts anew at a lineage cut of its partition, and when the client reports that it
//! dropped its session, which it may do only after a cut.

use super::evidence::Line;
use super::finding::{Certainty, Findings, Suspicion};
use super::verdict::GuaranteeVerdict;
use super::versions::{START, Slot, Stamp, Version, Versions, View};
use crate::base::ids::{ClientId, PartitionId};
use crate::base::time::SimTime;
use crate::model::operation::{Claims, Operation, WriteId};
use indexmap::IndexMap;
use std::collections::{BTreeMap, VecDeque};

/// Earlier states of one obligation that are kept, for operations of a client that overlap.
const OVERLAP: usize = 8;
/// Write-once keys that a session remembers having read.
const ONCE_READS: usize = 64;

/// From `since` on, nothing that was complete before `floor` may be returned, because `witness` was seen.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    /// When the obligation began.
    pub since: Stamp,
    /// The invocation of `witness`.
    pub floor: Stamp,
    /// The write that was seen.
    pub witness: WriteId,
    /// The operation that saw it.
    pub line: Line,
}

/// How one obligation rose.
#[derive(Clone, Debug, Default)]
pub struct Floors(VecDeque<Floor>);

impl Floors {
    /// Raises the obligation; a lower one than the present changes nothing.
    pub fn raise(&mut self, next: Floor) {
        if self.0.back().is_none_or(|last| next.floor > last.floor) {
            if self.0.len() == OVERLAP {
                self.0.pop_front();
            }
            self.0.push_back(next);
        }
    }

    /// The obligation of an operation invoked `at`.
    pub fn at(&self, at: Stamp) -> Option<&Floor> {
        self.0.iter().rev().find(|f| f.since < at)
    }
}

#[derive(Clone, Debug)]
struct Session {
    /// Only what was invoked later belongs to this session.
    since: Stamp,
    /// Versions read, by the key's place in the table.
    reads: IndexMap<usize, Floors>,
    /// Write-once keys read, with the end of the read.
    once: VecDeque<(u64, Stamp, Line)>,
    /// Writes seen, by writer.
    seen: BTreeMap<ClientId, Floors>,
}

impl Session {
    fn new(since: Stamp) -> Self {
        Session { since, reads: IndexMap::new(), once: VecDeque::new(), seen: BTreeMap::new() }
    }
}

/// The checker of all four.
#[derive(Clone, Debug)]
pub struct Sessions {
    sessions: IndexMap<(ClientId, PartitionId), Session>,
    own_writes: Findings,
    reads: Findings,
    writes: Findings,
    follow: Findings,
    several_writers: bool,
}

impl Sessions {
    /// Nothing seen yet. With several writers a later conflict decision may excuse a read, and a cut anywhere a reset.
    pub fn new(several_writers: bool) -> Self {
        Sessions {
            sessions: IndexMap::new(),
            own_writes: Findings::new("read-your-writes"),
            reads: Findings::new("monotonic-reads"),
            writes: Findings::new("monotonic-writes"),
            follow: Findings::new("writes-follow-reads"),
            several_writers,
        }
    }

    fn all(&mut self) -> [&mut Findings; 4] {
        [&mut self.own_writes, &mut self.reads, &mut self.writes, &mut self.follow]
    }

    /// Applies `change` to the findings of each guarantee.
    pub fn settle(&mut self, change: impl Fn(&mut Findings)) {
        for findings in self.all() {
            if !findings.is_clear() {
                change(findings);
            }
        }
    }

    /// An operation ended that dropped the client's session.
    pub fn on_reset(&mut self, op: &Operation, versions: &Versions) {
        // With several writers a region may be gone with the last of its writes, and no lineage is cut for that.
        let lost = self.several_writers && versions.lost_any(op.partition);
        if !lost && !versions.was_cut((!self.several_writers).then_some(op.partition)) {
            for findings in self.all() {
                findings
                    .violated("a session was dropped although no lineage had been cut", vec![Line::of(op)]);
            }
        }
        self.sessions.insert((op.client, op.partition), Session::new(op.completed));
    }

    /// A client's process started again: its sessions ended with the old one.
    pub fn on_restart(&mut self, client: ClientId, at: SimTime) {
        for (_, session) in self.sessions.iter_mut().filter(|((c, _), _)| *c == client) {
            *session = Session::new((at, u64::MAX));
        }
    }

    /// A read that succeeded, with what it returned.
    pub fn on_read(&mut self, op: &Operation, views: &[View], versions: &mut Versions) {
        if op.claims.0 & Claims::SESSION.0 == 0 {
            return;
        }
        let cut = versions.restart(op.partition).unwrap_or(START);
        let place = self.sessions.entry((op.client, op.partition));
        let at = place.index();
        let session = place.or_insert_with(|| Session::new(cut));
        if session.since < cut {
            *session = Session::new(cut);
        }
        for (bit, findings) in [
            (Claims::READ_YOUR_WRITES, &mut self.own_writes),
            (Claims::MONOTONIC_READS, &mut self.reads),
            (Claims::MONOTONIC_WRITES, &mut self.writes),
            (Claims::WRITES_FOLLOW_READS, &mut self.follow),
        ] {
            if op.claims.has(bit) {
                findings.count();
            }
        }
        for view in views {
            self.judge(at, op, view, versions);
        }
        for view in views {
            self.learn(at, op, view, versions);
        }
    }

    fn judge(&mut self, at: usize, op: &Operation, view: &View, versions: &Versions) {
        let Some((_, session)) = self.sessions.get_index(at) else { return };
        if op.claims.has(Claims::MONOTONIC_READS)
            && let Some((required, lines)) = went_back(session, op, view)
            && !versions.excused(op.partition, view.key, required, view.value)
        {
            let why = "a read returned a version older than one that this client had read";
            let suspicion = suspicion(op, view, required, why, lines);
            let certainty = self.certainty(view);
            self.reads.suspect(suspicion, certainty);
        }
        let since = session.since;
        // Nothing is newer than the current version: the usual case ends here.
        let binds = |v: &&Version| v.invoked > since && (v.acknowledged() || !v.readers.is_empty());
        for newer in versions.newer(view.slot, view.completed).filter(binds) {
            // A lost write binds the client that made it until its session is dropped, and nobody else.
            let gone = newer.client != op.client && versions.lost.contains(op.partition, newer.id);
            if !gone && !versions.excused(op.partition, view.key, newer.id, view.value) {
                self.judge_missed(at, op, view, newer);
            }
        }
    }

    /// `missed` is certainly newer than what was returned: may this client not have missed it?
    fn judge_missed(&mut self, at: usize, op: &Operation, view: &View, missed: &Version) {
        let certainty = self.certainty(view);
        let Some((_, session)) = self.sessions.get_index(at) else { return };
        let write = Line::of_version(op.partition, view.key, missed);
        if missed.client == op.client {
            if op.claims.has(Claims::READ_YOUR_WRITES)
                && missed.acknowledged()
                && missed.completed < op.invoked
            {
                let why = "a read missed a write that this client had made";
                self.own_writes.suspect(suspicion(op, view, missed.id, why, vec![write]), certainty);
            }
        } else if op.claims.has(Claims::MONOTONIC_WRITES)
            && missed.acknowledged()
            && self
                .sessions
                .get(&(missed.client, op.partition))
                .is_none_or(|writer| writer.since < missed.invoked)
            && let Some(seen) = session.seen.get(&missed.client).and_then(|f| f.at(op.invoked))
            && missed.completed < seen.floor
        {
            let why = "a read missed a write although a later write of the same session had been seen";
            self.writes.suspect(suspicion(op, view, missed.id, why, vec![write, seen.line]), certainty);
        }
        if op.claims.has(Claims::WRITES_FOLLOW_READS) {
            for (reader, read) in missed.readers.iter().filter(|(c, _)| *c != op.client) {
                let since = self.sessions.get(&(*reader, op.partition)).map_or(START, |s| s.since);
                let seen = session.seen.get(reader).and_then(|f| f.at(op.invoked));
                if let Some(seen) = seen.filter(|seen| since < *read && *read < seen.floor) {
                    let why =
                        "a read missed a write that a session had read before a write of it that was seen";
                    let by = Line {
                        client: Some(*reader),
                        action: "read",
                        completed: *read,
                        invoked: *read,
                        ..write
                    };
                    let lines = vec![write, by, seen.line];
                    self.follow.suspect(suspicion(op, view, missed.id, why, lines), certainty);
                }
            }
        }
    }

    fn certainty(&self, view: &View) -> Certainty {
        Certainty::of(view.doubtful, self.several_writers)
    }

    /// What this read obliges later ones to show.
    fn learn(&mut self, at: usize, op: &Operation, view: &View, versions: &mut Versions) {
        let Some((_, session)) = self.sessions.get_index_mut(at) else { return };
        if op.invoked <= session.since && !op.session_reset {
            return;
        }
        if op.claims.has(Claims::WRITES_FOLLOW_READS) {
            versions.on_read(view, op.client, op.completed);
        }
        let line = Line::of_read(op, view.key, view.value);
        if let (Slot::Once(_, serial), Some(_)) = (view.slot, view.value)
            && session.once.iter().all(|(n, _, _)| *n != serial)
        {
            session.once.push_back((serial, op.completed, line));
            if session.once.len() > ONCE_READS {
                session.once.pop_front();
            }
        }
        if let (Some(witness), Some((floor, writer, _))) = (view.value, view.written) {
            let next = Floor { since: op.completed, floor, witness, line };
            if let Slot::Key(key) = view.slot
                && op.claims.has(Claims::MONOTONIC_READS)
            {
                session.reads.entry(key).or_default().raise(next);
            }
            session.seen.entry(writer).or_default().raise(next);
        }
    }

    /// The verdicts, in the order read-your-writes, monotonic-reads, monotonic-writes, writes-follow-reads.
    pub fn finish(self, doubtful: impl Fn(&Suspicion) -> bool + Copy) -> Vec<GuaranteeVerdict> {
        [self.own_writes, self.reads, self.writes, self.follow].map(|f| f.finish(doubtful)).into()
    }

    /// Obligations held: what memory grows with.
    pub fn held(&self) -> usize {
        let one =
            |s: &Session| s.reads.values().map(|f| f.0.len()).sum::<usize>() + s.once.len() + s.seen.len();
        self.sessions.values().map(one).sum()
    }
}

/// The version already read that `view` is certainly older than, with the read that returned it.
fn went_back(session: &Session, op: &Operation, view: &View) -> Option<(WriteId, Vec<Line>)> {
    match view.slot {
        Slot::Key(key) => {
            let floor = session.reads.get(&key)?.at(op.invoked).filter(|f| view.completed < f.floor)?;
            Some((floor.witness, vec![floor.line]))
        }
        Slot::Once(partition, serial) if view.value.is_none() => {
            let (_, _, line) = session.once.iter().find(|(n, at, _)| *n == serial && *at < op.invoked)?;
            Some((WriteId::of_once(partition, view.key), vec![*line]))
        }
        Slot::Once(..) => None,
    }
}

fn suspicion(
    op: &Operation,
    view: &View,
    required: WriteId,
    why: &'static str,
    mut lines: Vec<Line>,
) -> Suspicion {
    lines.push(Line::of_read(op, view.key, view.value));
    Suspicion {
        partition: op.partition,
        key: view.key,
        returned: view.value,
        seen: None,
        read: op.completed,
        required,
        why,
        lines,
    }
}
