//! Faults: one interval in which a scope is down, cut off, slow, lossy or destroyed.

use crate::base::ids::{DomainId, NodeId, PartitionId, RegionId, ZoneId};
use crate::base::time::{SimTime, Span};

/// One scripted fault.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The scope as the scenario wrote it, for reports.
    pub label: String,
    /// What it hits.
    pub scope: Scope,
    /// What it does.
    pub kind: FaultKind,
    /// Onset.
    pub at: SimTime,
    /// Length; `None` for ever (only kinds that allow it).
    pub lasts: Option<Span>,
}

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Every node of a region.
    Region(RegionId),
    /// Every node of a zone.
    Zone(ZoneId),
    /// One node.
    Node(NodeId),
}

/// What a fault hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole service: control plane and name resolution faults.
    Service,
    /// A region and all in it.
    Region(RegionId),
    /// A zone and all in it.
    Zone(ZoneId),
    /// A fault domain and all in it.
    Domain(DomainId),
    /// One node.
    Node(NodeId),
    /// Messages from one place to another; both ways when `both`.
    Link {
        /// The sending end.
        from: Place,
        /// The receiving end.
        to: Place,
        /// `<->` rather than `->`.
        both: bool,
    },
    /// A role that the system binds to places when the fault begins.
    Role {
        /// Which role.
        role: Role,
        /// How much around it.
        widen: Widen,
    },
}

/// A role bound at onset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `@write`: the region that accepts writes now (every one of them when several do).
    Write,
    /// `@leader(p)`: the node of partition `p`'s leader in the write region.
    Leader(PartitionId),
}

/// How far a role's scope reaches around the node or region that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Widen {
    /// The holder itself.
    Holder,
    /// Its fault domain: `@leader(0)/domain`.
    Domain,
    /// Its zone: `@leader(0)/zone`.
    Zone,
    /// Its region: `@leader(0)/region`.
    Region,
}

/// What a fault does to its scope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// Processes die and lose their memory; writes already handed to the disk complete. They restart at the end.
    Crash,
    /// Processes stop and go on later with all they had; messages and timers wait.
    Pause,
    /// Machines go dark: memory and disk writes under way are lost, durable data stays. They restart at the end.
    PowerLoss,
    /// No message enters or leaves the scope; inside it all goes on.
    Isolation,
    /// Messages over a link are dropped (one way or both, by the scope).
    Cut,
    /// Disks and messages of the scope take `factor` times as long (a link: its propagation delay).
    Slow {
        /// At least 1.
        factor: f64,
    },
    /// Each message of the scope is dropped with this probability.
    Loss {
        /// In (0, 1].
        probability: f64,
    },
    /// A link's bandwidth is reduced to this many bytes a second.
    Bandwidth {
        /// Bytes a second.
        bytes_per_s: f64,
    },
    /// The disks are blank when the processes restart at the end of the fault; memory is lost too.
    DestroyedDisk,
    /// The scope is gone for good, with its data.
    Destroyed,
    /// Wall clocks of the scope jump by this many nanoseconds at onset and back at the end.
    ClockStep {
        /// Signed nanoseconds.
        by_ns: i64,
    },
    /// Clocks of the scope run fast (positive) or slow while the fault lasts.
    ClockDrift {
        /// Parts per million.
        ppm: f64,
    },
    /// Name resolution and account discovery are down.
    DnsDown,
    /// The control plane makes no decisions; data paths go on.
    ControlPlaneDown,
}

impl FaultKind {
    /// The name used in scenarios and results.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Crash => "crash",
            FaultKind::Pause => "pause",
            FaultKind::PowerLoss => "power-loss",
            FaultKind::Isolation => "isolation",
            FaultKind::Cut => "cut",
            FaultKind::Slow { .. } => "slow",
            FaultKind::Loss { .. } => "loss",
            FaultKind::Bandwidth { .. } => "bandwidth",
            FaultKind::DestroyedDisk => "destroyed-disk",
            FaultKind::Destroyed => "destroyed",
            FaultKind::ClockStep { .. } => "clock-step",
            FaultKind::ClockDrift { .. } => "clock-drift",
            FaultKind::DnsDown => "dns-down",
            FaultKind::ControlPlaneDown => "control-plane-down",
        }
    }
}
