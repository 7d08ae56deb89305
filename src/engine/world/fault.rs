//! Faults begin and end.

use super::World;
use crate::base::ids::{ActorId, FaultId, IdVec, NodeId, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::engine::contract::{ActorView, System, TimerClass, TimerName, View};
use crate::engine::faults::Edge;
use crate::engine::faults::bind::{self, Holders};
use crate::engine::network::rule::{Effect, NodeSet, Reach, Rule};
use crate::engine::queue::{Event, EventKind};
use crate::engine::record::{FaultSite, Record};
use crate::model::fault::{Fault, FaultKind, Role, Scope};
use std::collections::{BTreeMap, BTreeSet};

impl<S: System> World<S> {
    pub(super) fn schedule_fault(&mut self, id: FaultId, fault: &Fault) {
        self.edges.insert((fault.at, id, Edge::Begins));
        if let Some(lasts) = fault.lasts {
            self.edges.insert((fault.at + lasts, id, Edge::Ends));
        }
    }

    /// A fault begins or ends.
    pub(super) fn fault_edge(&mut self, id: FaultId, edge: Edge) {
        self.disturb();
        let begins = edge == Edge::Begins;
        self.digest.fold(self.now.0);
        self.digest.fold(u64::from(id.0) << 1 | u64::from(begins));
        self.note(|world| {
            let edge = if begins { "begins" } else { "ends" };
            format!("{} fault:{} fault {edge} 0", world.now, id.0)
        });
        if begins { self.begin_fault(id) } else { self.end_fault(id) }
    }

    pub(super) fn begin_fault(&mut self, id: FaultId) {
        if !self.book.begin(id, self.now) {
            return;
        }
        let fault = self.book.faults[id].fault.clone();
        let (nodes, site) = self.strikes(&fault);
        self.records.push(Record::FaultBegan { at: self.now, fault: id, site });
        self.book.faults[id].nodes = nodes.clone();
        self.apply(id, &fault, &nodes);
        self.expose(id);
        if matches!(fault.kind, FaultKind::Destroyed | FaultKind::DestroyedDisk) {
            self.strike_everywhere();
        }
    }

    /// The settled configuration that the system is in now.
    pub(super) fn mode(&self) -> String {
        S::mode(&self.deployed, &View { actors: &self.views() })
    }

    /// All actors, to look at.
    fn views(&self) -> IdVec<ActorId, ActorView<'_, S>> {
        let up = |node| self.health[node].up();
        self.actors
            .iter()
            .map(|(_, s)| ActorView { actor: &s.actor, disk: &s.disk.data, node: s.node, up: up(s.node) })
            .collect()
    }

    /// Where each of these faults would strike if it began now.
    pub(crate) fn sites(&self, faults: &[Fault]) -> Vec<FaultSite> {
        let actors = self.views();
        let holders = self.holders(&actors);
        faults.iter().map(|fault| self.site(fault, &actors, &holders).1).collect()
    }

    /// The nodes that a fault hits if it begins now, and what they are to the system.
    fn strikes(&self, fault: &Fault) -> (Vec<NodeId>, FaultSite) {
        let actors = self.views();
        self.site(fault, &actors, &self.holders(&actors))
    }

    /// Who holds the roles, and the replicas, now.
    fn holders(&self, actors: &IdVec<ActorId, ActorView<'_, S>>) -> Holders {
        let view = View { actors };
        let of = |role| S::holders(&self.deployed, role, &view);
        let mut replicas: BTreeMap<NodeId, BTreeSet<PartitionId>> = BTreeMap::new();
        for (_, slot) in self.actors.iter() {
            if let Some(p) = slot.partition.filter(|_| S::is_replica(&slot.disk.data)) {
                replicas.entry(slot.node).or_default().insert(p);
            }
        }
        let mut leaders = BTreeSet::new();
        for partition in &self.partitions {
            leaders.extend(of(Role::Leader(*partition)));
        }
        Holders { write: of(Role::Write), leaders, replicas }
    }

    fn site(
        &self,
        fault: &Fault,
        actors: &IdVec<ActorId, ActorView<'_, S>>,
        now: &Holders,
    ) -> (Vec<NodeId>, FaultSite) {
        let topology = &self.plan.topology;
        let view = View { actors };
        let places = bind::bind(topology, &fault.scope, &|role| S::holders(&self.deployed, role, &view));
        let nodes = match fault.scope {
            Scope::Link { .. } => Vec::new(),
            _ => bind::nodes_of(topology, &places, &fault.kind),
        };
        let site = bind::site(topology, &fault.scope, &places, &nodes, now);
        (nodes, site)
    }

    fn apply(&mut self, id: FaultId, fault: &Fault, nodes: &[NodeId]) {
        match fault.kind {
            FaultKind::Crash
            | FaultKind::PowerLoss
            | FaultKind::DestroyedDisk
            | FaultKind::Destroyed
            | FaultKind::ControlPlaneDown
            | FaultKind::DnsDown => nodes.iter().for_each(|n| self.take_down(*n, fault.kind)),
            FaultKind::Pause => nodes.iter().for_each(|n| self.health[*n].paused += 1),
            FaultKind::Isolation => {
                nodes.iter().for_each(|n| self.health[*n].isolated += 1);
                self.rule(id, Reach::Edge(self.set_of(nodes)), Effect::Drop);
            }
            FaultKind::Cut => self.link_rule(id, fault, nodes, Effect::Drop),
            FaultKind::Slow { factor } => {
                nodes.iter().for_each(|n| self.health[*n].slow.push((id, factor)));
                self.link_rule(id, fault, nodes, Effect::Slow(factor));
            }
            FaultKind::Loss { probability } => self.link_rule(id, fault, nodes, Effect::Lose(probability)),
            FaultKind::Bandwidth { bytes_per_s } => {
                for link in self.links_of(&fault.scope) {
                    let moved = self.network.links[link].limit(id, bytes_per_s, self.now);
                    self.moved_departure(link, moved);
                }
            }
            FaultKind::ClockStep { by_ns } => nodes.iter().for_each(|n| self.clocks.step(*n, id, by_ns)),
            FaultKind::ClockDrift { ppm } => {
                nodes.iter().for_each(|n| self.clocks.drift(*n, id, ppm, self.now));
            }
        }
    }

    fn moved_departure(&mut self, link: usize, moved: Option<(SimTime, u32)>) {
        if let Some((at, generation)) = moved {
            self.queue.push(at, EventKind::Departure, link as u32, 0, generation);
        }
    }

    fn set_of(&self, nodes: &[NodeId]) -> NodeSet {
        NodeSet::new(self.plan.topology.nodes.len(), nodes.iter().copied())
    }

    fn rule(&mut self, fault: FaultId, reach: Reach, effect: Effect) {
        self.network.add_rule(Rule { fault, reach, effect });
    }

    /// A rule on a link's two ends, or on all traffic of a set of nodes.
    fn link_rule(&mut self, id: FaultId, fault: &Fault, nodes: &[NodeId], effect: Effect) {
        let reach = match &fault.scope {
            Scope::Link { from, to, both } => {
                let ends = [*from, *to].map(|place| bind::end_of_link(&self.plan.topology, place));
                let [a, b] = ends.map(|end| self.set_of(&end));
                Reach::Link(a, b, *both)
            }
            _ => Reach::Touch(self.set_of(nodes)),
        };
        self.rule(id, reach, effect);
    }

    fn links_of(&self, scope: &Scope) -> Vec<usize> {
        let Scope::Link { from, to, both } = scope else { return Vec::new() };
        let region = |place| bind::region_of(&self.plan.topology, place);
        let (Some(a), Some(b)) = (region(*from), region(*to)) else { return Vec::new() };
        let pair = |a: RegionId, b: RegionId| self.network.link(a, b);
        if *both { vec![pair(a, b), pair(b, a)] } else { vec![pair(a, b)] }
    }

    /// A node goes down: its actors forget what is not on their disks.
    fn take_down(&mut self, node: NodeId, kind: FaultKind) {
        let was_up = self.health[node].up();
        match kind {
            FaultKind::Destroyed => self.health[node].destroyed = true,
            _ => self.health[node].down += 1,
        }
        self.health[node].restart_waits = false;
        for id in self.on_node[node].clone() {
            match kind {
                FaultKind::Destroyed | FaultKind::DestroyedDisk => self.actors[id].disk.destroy(),
                FaultKind::PowerLoss => self.actors[id].disk.lose(),
                _ => {}
            }
            if was_up {
                self.forget(id);
            }
        }
        if was_up {
            self.drop_waiting(node);
        }
    }

    /// Messages that a node had not yet got rid of go down with it.
    fn drop_waiting(&mut self, node: NodeId) {
        for link in 0..self.network.links.len() {
            let (slots, moved) = self.network.links[link].forget(node, self.now);
            for slot in slots {
                self.pool.take(slot);
            }
            self.moved_departure(link, moved);
        }
    }

    /// The engine's crash: a blank actor, no timers, no work; open operations of a client process end with it.
    fn forget(&mut self, id: ActorId) {
        let slot = &mut self.actors[id];
        slot.actor = slot.blank.clone();
        let mut works = 0;
        slot.timers.clear(|name| works += u64::from(name.class() == TimerClass::Work));
        let deferred = std::mem::take(&mut slot.deferred);
        self.busy_actors -= u32::from(std::mem::replace(&mut slot.busy, false));
        self.work_timers -= works;
        for event in deferred.into_iter().filter(|e| e.kind == EventKind::Message) {
            self.pool.take(event.slot);
        }
        let client = self.driver.clients.iter().position(|c| c.actor == id);
        for op in client.map(|c| self.driver.open.of(c)).unwrap_or_default() {
            self.give_up(op);
        }
    }

    pub(super) fn end_fault(&mut self, id: FaultId) {
        if !self.book.end(id) {
            return;
        }
        self.records.push(Record::FaultEnded { at: self.now, fault: id });
        let (fault, nodes) = (self.book.faults[id].fault.clone(), self.book.faults[id].nodes.clone());
        self.network.drop_rules(id);
        match fault.kind {
            FaultKind::Crash
            | FaultKind::PowerLoss
            | FaultKind::DestroyedDisk
            | FaultKind::ControlPlaneDown
            | FaultKind::DnsDown => nodes.iter().for_each(|n| self.bring_up(*n)),
            FaultKind::Pause => nodes.iter().for_each(|n| self.go_on(*n)),
            FaultKind::Isolation => nodes.iter().for_each(|n| self.health[*n].isolated -= 1),
            FaultKind::Slow { .. } => {
                nodes.iter().for_each(|n| self.health[*n].slow.retain(|(f, _)| *f != id))
            }
            FaultKind::Bandwidth { .. } => {
                for link in self.links_of(&fault.scope) {
                    let moved = self.network.links[link].unlimit(id, self.now);
                    self.moved_departure(link, moved);
                }
            }
            FaultKind::ClockStep { .. } | FaultKind::ClockDrift { .. } => {
                nodes.iter().for_each(|n| self.clocks.end(*n, id, self.now));
            }
            FaultKind::Cut | FaultKind::Loss { .. } | FaultKind::Destroyed => {}
        }
    }

    fn bring_up(&mut self, node: NodeId) {
        let health = &mut self.health[node];
        health.down -= 1;
        if !health.up() {
            return;
        }
        if health.paused > 0 {
            health.restart_waits = true;
            return;
        }
        for id in self.on_node[node].clone() {
            self.restart(id);
        }
    }

    /// A pause is over: what waited is taken in the order in which it came.
    fn go_on(&mut self, node: NodeId) {
        let health = &mut self.health[node];
        health.paused -= 1;
        if !health.running() {
            return;
        }
        let restarts = std::mem::replace(&mut health.restart_waits, false);
        for id in self.on_node[node].clone() {
            if restarts {
                self.restart(id);
            }
            for event in std::mem::take(&mut self.actors[id].deferred) {
                let order = self.queue.order();
                self.queue.push_event(Event { time: self.now, order, ..event });
            }
        }
    }

    /// At the onset: acknowledged writes that no reachable disk holds.
    fn expose(&mut self, fault: FaultId) {
        for partition in self.partitions.clone() {
            let disks: Vec<&S::Disk> = self
                .stores_of(partition)
                .filter(|s| s.partition.is_some() && self.health[s.node].reachable())
                .map(|s| &s.disk.data)
                .collect();
            let exposed = self
                .ledger
                .exposed(partition, self.now, &self.jumps, &|w| disks.iter().any(|d| S::holds(d, w)));
            if exposed.writes > 0 {
                let (writes, bytes, time) = (exposed.writes, exposed.bytes, exposed.time);
                self.records.push(Record::Exposed { fault, partition, writes, bytes, time });
            }
        }
    }
}
