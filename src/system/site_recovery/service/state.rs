//! What the service remembers.

use crate::algorithm::lineage::Lineage;
use crate::base::ids::ActionId;
use crate::base::time::{SimTime, Span};
use crate::system::site_recovery::config::PointText;
use crate::system::site_recovery::message::{Copying, Standing};
use crate::system::site_recovery::point::Tag;
use crate::system::site_recovery::settings::Settings;
use std::sync::Arc;

/// The service's durable state.
#[derive(Clone, Debug)]
pub struct State {
    /// The machines.
    pub vms: Vec<VmState>,
    /// Port 20004 is open.
    pub port_open: bool,
    /// A failover that is under way.
    pub run: Option<Run>,
    /// A test of one.
    pub test: Option<Test>,
    /// Orders that are answered once every machine is protected.
    pub protecting: Vec<ActionId>,
    /// Since when not every machine is protected that is to be: when that was asked for, or the first had to begin again.
    pub since: Option<SimTime>,
}

/// A machine, as the service knows it.
#[derive(Clone, Debug)]
pub struct VmState {
    /// The region where it runs.
    pub active: usize,
    /// How often it was failed over, counting from 1.
    pub epoch: u64,
    /// The write at which the epoch began.
    pub cut: u64,
    /// How it is protected.
    pub protection: Protection,
    /// The stream of its last protection.
    pub stream: u64,
    /// Its recovery points, by time.
    pub points: Vec<Tag>,
    /// The newest of them is older by this than its moment says: time that was left out.
    pub aged: Span,
    /// What the last failover came to is kept.
    pub committed: bool,
    /// The last chunk that was processed.
    pub processed: u64,
}

/// How a machine is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    None,
    /// What replicas need is being made.
    Resources,
    /// Its disks in the other region are about to become a replica.
    Preparing(Copying),
    /// A copy is under way, after this write.
    Copying(u64, Copying),
    /// It has recovery points.
    Protected,
    /// It has old ones: there was no new one for so long that it is resynchronised, once everything can be reached.
    Suspended,
}

/// Where a failover is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Machines that can be reached are stopped.
    Stopping,
    /// What waits is processed.
    Processing,
    /// The script before a group.
    Before,
    /// Machines of a group are created.
    Creating,
    /// The script after a group.
    After,
    /// What refers to each other across machines is looked at.
    Inspecting,
}

/// A failover.
#[derive(Clone, Debug)]
pub struct Run {
    /// Who ordered it.
    pub action: Option<ActionId>,
    /// The point that was chosen.
    pub to: PointText,
    /// Everything is replicated first; until a machine is lost on the way.
    pub planned: bool,
    /// Where it is.
    pub stage: Stage,
    /// When it began, and when its stage did.
    pub began: (SimTime, SimTime),
    /// Machines that have stopped or cannot be reached, with the last chunk of a planned stop.
    pub stopped: Vec<Option<u64>>,
    /// Machines of which all that can be reached is processed.
    pub latest: Vec<bool>,
    /// The point of each machine: as it would have been at the beginning, until the machines have stopped.
    pub points: Vec<Option<Tag>>,
    /// The group that is under way.
    pub group: usize,
    /// How many machines there was room for.
    pub created: u32,
    /// What each machine waits for room, in seconds, once it is decided.
    pub waits: Vec<Option<f64>>,
    /// Machines that run, with their logs.
    pub running: Vec<Option<(Arc<Lineage>, u64)>>,
    /// Machines whose names were changed.
    pub pointed: Vec<bool>,
    /// Machines that were looked at.
    pub inspected: Vec<bool>,
}

/// A test failover.
#[derive(Clone, Debug)]
pub struct Test {
    /// Who ordered it: also its number.
    pub action: ActionId,
    /// When it began.
    pub began: SimTime,
    /// Machines that have not started yet.
    pub left: Vec<usize>,
}

impl State {
    /// As deployed, with machines in region `active`.
    pub fn new(settings: &Settings, active: usize) -> State {
        let protection = if settings.protected { Protection::Protected } else { Protection::None };
        let vm = VmState {
            active,
            epoch: 1,
            cut: 0,
            protection,
            stream: u64::from(settings.protected),
            points: if settings.protected { vec![Tag::FIRST] } else { Vec::new() },
            aged: Span::ZERO,
            committed: true,
            processed: 0,
        };
        State {
            vms: vec![vm; settings.vms.len()],
            port_open: settings.port_open,
            run: None,
            test: None,
            protecting: Vec::new(),
            since: None,
        }
    }

    /// Whether every machine is protected.
    pub fn all_protected(&self) -> bool {
        self.vms.iter().all(|vm| vm.protection == Protection::Protected)
    }

    /// Whether every machine has a point to go to: one that is resynchronised keeps those from before, for who orders it.
    pub fn all_recoverable(&self) -> bool {
        self.vms.iter().all(|vm| vm.protection != Protection::None && !vm.points.is_empty())
    }
}

impl VmState {
    /// What machines are told.
    pub fn standing(&self, port_open: bool) -> Standing {
        let stream = match self.protection {
            Protection::Copying(after, copying) => Some((self.stream, after, copying)),
            Protection::Protected => Some((self.stream, 0, Copying::Nothing)),
            _ => None,
        };
        let suspended = self.protection == Protection::Suspended;
        Standing { epoch: self.epoch, active: self.active, cut: self.cut, stream, suspended, port_open }
    }
}

impl Run {
    /// A failover of so many machines that has just begun.
    pub fn new(action: Option<ActionId>, to: PointText, planned: bool, now: SimTime, n: usize) -> Run {
        Run {
            action,
            to,
            planned,
            stage: Stage::Stopping,
            began: (now, now),
            stopped: vec![None; n],
            latest: vec![false; n],
            points: vec![None; n],
            group: 0,
            created: 0,
            waits: vec![None; n],
            running: vec![None; n],
            pointed: vec![false; n],
            inspected: vec![false; n],
        }
    }
}
