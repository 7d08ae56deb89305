//! What a deployment is made of, all checks done.

use super::Mutation;
use super::config::PointText;
use super::edition::Edition;
use crate::base::dist::Law;
use crate::base::ids::{ActorId, Id, NodeId, PartitionId, RegionId};
use crate::base::time::Span;

/// A resolved deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The documentation whose defaults were taken.
    pub edition: Edition,
    /// The two regions: where machines run at the start, and where they can be failed over to.
    pub sites: [RegionId; 2],
    /// The machines; the data of each are one partition.
    pub vms: Vec<Vm>,
    /// The node of each machine in each region.
    pub nodes: Vec<[NodeId; 2]>,
    /// The node of each region's cache account.
    pub caches: [NodeId; 2],
    /// Of the service.
    pub service: NodeId,
    /// Of names and sign-in.
    pub names: NodeId,
    /// The decision law and the point chosen; none: only orders.
    pub manual: Option<(Law, PointText)>,
    /// The recovery plan.
    pub plan: Vec<Group>,
    /// The replication group of each machine.
    pub group_of: Vec<Option<usize>>,
    /// The machines of each replication group.
    pub groups: Vec<Vec<usize>>,
    /// Port 20004 is open at the start.
    pub port_open: bool,
    /// Machines are protected at the start.
    pub protected: bool,
    /// Bytes a second that one machine can upload.
    pub machine_limit: f64,
    /// Seconds between two crash-consistent points.
    pub crash_consistent: Law,
    /// Time between two app-consistent points.
    pub app_consistent: Option<Span>,
    /// How long an app-consistent point makes the application wait.
    pub freeze: Law,
    /// For how long points are kept.
    pub retention: Span,
    /// How long it takes to make a recovery point.
    pub processing: Law,
    /// A machine without a new point for so long is resynchronised.
    pub resync_after: Option<Span>,
    /// How many are made at once.
    pub servers: usize,
    /// How often machines upload.
    pub flush: Span,
    /// Bytes a second of a first copy.
    pub copy_rate: f64,
    /// How long the target's resources take.
    pub resources: Law,
    /// How often machines say that they are there.
    pub heartbeat: Span,
    /// When one is silent.
    pub silence: Span,
    /// How long a sign-in lasts.
    pub token: Span,
    /// How long machines are given to stop.
    pub shutdown: Span,
    /// How long creating a machine takes.
    pub create: Law,
    /// How long booting takes.
    pub boot: Law,
    /// Room in the target region, and how long more takes.
    pub capacity: Option<(u32, Law)>,
    /// What follows a failover.
    pub failback: Option<Failback>,
    /// How long clients remember an address.
    pub name_ttl: Span,
    /// A client's patience with one try.
    pub attempt_timeout: Span,
    /// How often the age of points is noted.
    pub monitor: Span,
    /// Registers in each partition.
    pub registers: u32,
    /// A safeguard that is off.
    pub mutation: Option<Mutation>,
}

/// What follows a failover once the other region is back.
#[derive(Clone, Debug, PartialEq)]
pub enum Failback {
    /// The machines are protected again, and stay.
    Never,
    /// They are protected again, and moved back after so many seconds.
    After(Law),
}

/// A machine.
#[derive(Clone, Debug)]
pub struct Vm {
    /// Its name.
    pub name: String,
    /// Its disks.
    pub disks: Vec<DiskSpec>,
    /// The machine that its writes name.
    pub refers_to: Option<usize>,
}

/// A disk.
#[derive(Clone, Debug)]
pub struct DiskSpec {
    /// Bytes on it.
    pub size: f64,
    /// Bytes a second that are written.
    pub churn: f64,
    /// Bytes that are written again and again.
    pub working_set: f64,
    /// Bytes a second that can be uploaded.
    pub limit: f64,
    /// Stretches in which more is written: bytes a second, time between them, length.
    pub bursts: Option<(f64, Law, Law)>,
}

/// A group of the recovery plan.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its machines.
    pub vms: Vec<usize>,
    /// What happens before it, in seconds.
    pub before: Law,
    /// And after it.
    pub after: Law,
}

/// Who is who.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Each machine, in each region.
    pub machines: Vec<[ActorId; 2]>,
    /// Where each machine's uploads go, in each region.
    pub caches: Vec<[ActorId; 2]>,
    /// The service.
    pub service: ActorId,
    /// Names and sign-in.
    pub names: ActorId,
}

impl Settings {
    /// Whether a safeguard is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// The same with a safeguard off.
    pub fn mutated(mut self, mutation: Mutation) -> Settings {
        self.mutation = Some(mutation);
        self
    }

    /// All partitions.
    pub fn partitions(&self) -> Vec<PartitionId> {
        (0..self.vms.len()).map(PartitionId::from_index).collect()
    }

    /// Who was heard within this long is there: two of its signs of life may have been lost.
    pub fn lately(&self) -> Span {
        self.heartbeat.scale(2.5)
    }

    /// How long something may go on that nobody sees: a silence, a name that is remembered, a client's try.
    pub fn longest_memory(&self) -> Span {
        let silence = if self.manual.is_some() { self.silence + self.heartbeat } else { self.heartbeat };
        silence.max(self.name_ttl) + self.attempt_timeout + Span::secs(2)
    }
}
