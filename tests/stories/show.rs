//! How a story names things: writes are v1, v2, ... in the order in which they were asked for.

use geodes::base::ids::{ActorId, NodeId, RegionId};
use geodes::base::time::SimTime;
use geodes::engine::contract::System;
use geodes::engine::record::{Answer, Change, Record};
use geodes::engine::world::World;
use geodes::model::operation::{Observed, Operation, Outcome, WriteId};
use geodes::model::plan::Plan;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of writes, regions and actions.
pub struct Names {
    plan: Arc<Plan>,
    writes: BTreeMap<WriteId, usize>,
    /// The words of each command given so far.
    pub actions: Vec<String>,
}

impl Names {
    /// Nothing has been written yet.
    pub fn new(plan: Arc<Plan>) -> Names {
        Names { plan, writes: BTreeMap::new(), actions: Vec::new() }
    }

    /// Gives a write the next name.
    pub fn name(&mut self, write: WriteId) -> WriteId {
        self.writes.insert(write, self.writes.len() + 1);
        write
    }

    fn write(&self, write: WriteId) -> String {
        match self.writes.get(&write) {
            Some(n) => format!("v{n}"),
            None if write == WriteId::INITIAL => "initial value".into(),
            None => format!("{write:?}"),
        }
    }

    fn region(&self, region: RegionId) -> &str {
        self.plan.topology.regions.get(region).map_or("?", |r| &r.name)
    }

    /// A node's path.
    pub fn node(&self, node: NodeId) -> String {
        self.plan.topology.nodes.get(node).map_or(String::new(), |n| n.path.clone())
    }

    /// Minutes and seconds since the start.
    pub fn time(&self, at: SimTime) -> String {
        let tenths = (at.0 + 50_000_000) / 100_000_000;
        let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60);
        let hours = if hours > 0 { format!("{hours}h") } else { String::new() };
        format!("{hours}{minutes}:{:02}.{}", tenths / 10 % 60, tenths % 10)
    }

    /// The outcome of an operation, on one line.
    pub fn operation(&self, op: &Operation) -> String {
        let took = op.completed.0.since(op.invoked.0).0 / 1_000_000;
        let took = if took < 1000 { format!("{took}ms") } else { format!("{:.1}s", took as f64 / 1e3) };
        let mut said = match (op.outcome, &op.observed) {
            (Outcome::Ok, Observed::Value(v)) => format!("{} in {took}", self.write(*v)),
            (Outcome::Ok, Observed::Absent) => format!("absent in {took}"),
            (Outcome::Ok, _) => {
                let write = op.action.write_id().map_or("read".into(), |w| self.write(w));
                format!("{write} acknowledged in {took}")
            }
            (Outcome::Fail, _) => format!("refused {} after {took}", op.status),
            (Outcome::Unknown, _) => format!("unknown {} after {took}", op.status),
        };
        if let (Outcome::Ok, Some(region)) = (op.outcome, op.served) {
            said += &format!(", by {}", self.region(region));
        }
        if op.attempts > 1 {
            said += &format!(", {} tries", op.attempts);
        }
        if op.session_reset {
            said += ", session lost";
        }
        said + "\n"
    }

    /// A record on one line, if a story is told of it.
    pub fn record<S: System>(&self, record: &Record, world: &World<S>) -> Option<(SimTime, String)> {
        Some(match record {
            Record::FaultBegan { at, site, .. } => (*at, format!("fault: {}", site.class)),
            Record::FaultEnded { at, .. } => (*at, "fault ends".into()),
            Record::Admin { at, action, answer } => {
                let words = self.actions.get(action.0 as usize).map_or("?", |w| w.as_str());
                let answer = match answer {
                    None => "asked".to_string(),
                    Some(Answer::Done) => "done".to_string(),
                    Some(Answer::Refused(why)) => format!("refused: {why}"),
                };
                (*at, format!("{words}: {answer}"))
            }
            Record::Change { at, change, .. } => (*at, self.change(change, world)),
            Record::Lost(lost) => {
                let back = if lost.recoverable { "a disk still holds it" } else { "for good" };
                (lost.at, format!("lost: {} ({back})", self.write(lost.write)))
            }
            Record::LostBulk(lost) => (lost.at, format!("lost: {} old writes", lost.writes)),
            _ => return None,
        })
    }

    fn change<S: System>(&self, change: &Change, world: &World<S>) -> String {
        let actor = |id: &ActorId| world.path(*id).rsplit('/').next().unwrap_or("?").to_string();
        let write = |w: &WriteId| self.write(*w);
        match change {
            Change::Detected { what, .. } => format!("detected: {what}"),
            Change::Decided { what, .. } => format!("decided: {what}"),
            Change::Elected { region, leader, .. } => {
                format!("elected: {} in {}", actor(leader), self.region(*region))
            }
            Change::LineageCut { region, why, .. } => {
                format!("new lineage: {} ({why})", self.region(*region))
            }
            Change::Writable { region, .. } => format!("writable: {}", self.region(*region)),
            Change::Offline { region } => format!("offline: {}", self.region(*region)),
            Change::Online { region } => format!("online: {}", self.region(*region)),
            Change::Quorum { regions, .. } => {
                let names: Vec<&str> = regions.iter().map(|r| self.region(*r)).collect();
                format!("quorum: {}", names.join(", "))
            }
            Change::ConflictFeed { write: w, .. } => format!("conflict feed: {}", write(w)),
            Change::ConflictLost { loser, winner, .. } => {
                format!("conflict: {} loses to {}", write(loser), write(winner))
            }
            Change::Merged { of, into, .. } => {
                let of: Vec<String> = of.iter().map(write).collect();
                format!("merged: {} into {}", of.join(" and "), write(into))
            }
            Change::ReportedLost { write: w, .. } => format!("reported lost: {}", write(w)),
            Change::Rerouted { client, region, writes } => {
                let from = self.plan.clients.get(*client).map_or("?", |c| self.region(c.region));
                let what = if *writes { "writes to" } else { "reads from" };
                format!("client in {from} now {what} {}", self.region(*region))
            }
            Change::LagThrottle { on, .. } => format!("writes throttled for lag: {on}"),
            Change::Observed { what, value } => format!("observed: {what} {value}"),
            Change::Milestone { what, .. } => format!("milestone: {what}"),
        }
    }
}
