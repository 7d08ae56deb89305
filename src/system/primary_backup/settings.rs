//! What a deployment is made of, all checks done.

use super::Mutation;
use crate::base::dist::Law;
use crate::base::ids::{ActorId, ClientId, NodeId, PartitionId, RegionId};
use crate::base::time::Span;
use crate::model::operation::Claims;
use crate::system::raft::settings::Slot;
use std::collections::BTreeMap;

/// A resolved deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The system whose table it comes from: the first part of its actors' paths.
    pub name: &'static str,
    /// How many partitions there are.
    pub partitions: u32,
    /// The replicas of each partition, in the order of the table: the first is the primary at the start.
    pub slots: Vec<Slot>,
    /// The node of each replica of each partition.
    pub nodes: BTreeMap<PartitionId, Vec<NodeId>>,
    /// The nodes of the coordinator, each with its region if it has one.
    pub coordinator: Vec<(NodeId, Option<RegionId>)>,
    /// When a write is acknowledged.
    pub mode: Mode,
    /// How the log goes to the backups.
    pub ship: Ship,
    /// A primary goes on only while it holds a lease of the coordinator's.
    pub lease: bool,
    /// How far clocks' rates may be from true time.
    pub drift_ppm: u32,
    /// Who decides that another takes over.
    pub promotion: Promotion,
    /// How the primary makes reads safe.
    pub reads: Reads,
    /// Reads of workloads that name no level may be answered by any replica.
    pub read_anywhere: bool,
    /// How often the primary says that it is there.
    pub heartbeat: Span,
    /// A primary that was not heard for this long is silent; the length of its lease.
    pub silence: Span,
    /// A new primary waits this long for the others to say how far they are.
    pub survey: Span,
    /// A planned switch is given up after this long.
    pub switch_timeout: Span,
    /// Bytes on their way to one backup, and in one message.
    pub window: (u64, u64),
    /// Entries that a log keeps.
    pub log_entries: u64,
    /// Bytes of one partition's data.
    pub data: u64,
    /// Bytes a second at which an image is read.
    pub copy_rate: f64,
    /// Registers in each partition.
    pub registers: u32,
    /// A client's patience with one try, and its pause where no primary is known.
    pub client: (Span, Span),
    /// For each client the replicas by distance: indices into `slots`.
    pub nearest: BTreeMap<ClientId, Vec<usize>>,
    /// Names of the topology's regions.
    pub names: BTreeMap<RegionId, String>,
    /// Where the operator's orders come from.
    pub operator: NodeId,
    /// A safeguard that is off.
    pub mutation: Option<Mutation>,
}

/// When a write is acknowledged: once the primary has it on disk, and
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// every backup in the in-sync set has. One that is silent for this long is dropped from it, if there is a time.
    Synchronous(Option<Span>),
    /// this many backups have. After that time without them, if there is one, none need have.
    SemiSynchronous(usize, Option<Span>),
    /// no more.
    Asynchronous,
}

/// How the log goes to the backups.
#[derive(Clone, Debug, PartialEq)]
pub enum Ship {
    /// Entry by entry, each this many seconds after it was written if there is a law; never out of order.
    Stream(Option<Law>),
    /// All that was written up to the last of moments this far apart; each leaves this many seconds after it.
    Points(Span, Law),
}

/// Who decides that another takes over.
#[derive(Clone, Debug, PartialEq)]
pub enum Promotion {
    /// Nobody does: this many seconds after its silence was noticed.
    Automatic(Law),
    /// A person, who is called at the first sign, and decides after so many seconds.
    Manual(Law),
    /// Only an operator's order.
    Ordered,
}

/// How the primary makes reads safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// It answers while it holds its lease.
    Lease,
    /// It asks a majority of the coordinator's nodes first.
    Confirmed,
    /// Not at all.
    Unchecked,
}

/// Ids of the actors of a world.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The replicas of each partition, as in [`Settings::slots`].
    pub replicas: BTreeMap<PartitionId, Vec<ActorId>>,
    /// The nodes of the coordinator, as in [`Settings::coordinator`].
    pub coordinator: Vec<ActorId>,
    /// The operator.
    pub operator: ActorId,
}

impl Directory {
    /// Which of the partition's replicas this is.
    pub fn slot(&self, partition: PartitionId, who: ActorId) -> Option<usize> {
        self.replicas.get(&partition)?.iter().position(|replica| *replica == who)
    }
}

impl Settings {
    /// The same deployment with one safeguard off: for tests of the checkers.
    pub fn mutated(mut self, mutation: Mutation) -> Settings {
        self.mutation = Some(mutation);
        self
    }

    /// Whether this safeguard is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// The region as reports name it.
    pub fn region_name(&self, region: RegionId) -> &str {
        self.names.get(&region).map_or("?", String::as_str)
    }

    /// Whether only who is in the recorded in-sync set may be promoted.
    pub fn keeps_in_sync(&self) -> bool {
        matches!(self.mode, Mode::Synchronous(_))
    }

    /// How many replicas of a partition a new primary must have heard, itself included, before it can have all that was
    /// acknowledged: one of them then has it.
    pub fn survey_of(&self) -> usize {
        match self.mode {
            Mode::SemiSynchronous(k, _) => self.slots.len().saturating_sub(k).max(1),
            Mode::Synchronous(_) | Mode::Asynchronous => 1,
        }
    }

    /// Whether an acknowledged write can be lost only with all disks that it was promised to be on.
    pub fn no_loss(&self) -> bool {
        matches!(self.mode, Mode::Synchronous(_) | Mode::SemiSynchronous(_, None))
    }

    /// Whether a primary that is none any more answers no read.
    pub fn fenced_reads(&self) -> bool {
        match self.reads {
            Reads::Lease => self.lease,
            Reads::Confirmed => true,
            Reads::Unchecked => false,
        }
    }

    /// No region has two replicas of a partition.
    pub fn one_in_each_region(&self) -> bool {
        let apart = |i: usize| self.slots[..i].iter().all(|slot| slot.region != self.slots[i].region);
        (0..self.slots.len()).all(apart)
    }

    /// What a read is entitled to that the primary answered, or a backup.
    pub fn claims(&self, primary: bool) -> Claims {
        let order = Claims::CONSISTENT_PREFIX.and(Claims::ATOMIC_BATCHES);
        // Acknowledgements of a primary that was left behind but not stopped are lost as they are given.
        let stopped = self.lease || self.no_loss();
        if primary && self.fenced_reads() && stopped {
            return Claims::LINEARIZABLE.and(Claims::SESSION).and(order);
        }
        // Where writes can be lost, a replica that was not told yet of a takeover shows what the new log does without.
        if self.one_in_each_region() && self.no_loss() { order } else { Claims::ATOMIC_BATCHES }
    }

    /// Whether backups get the log later than it was written, by the table.
    pub fn lags(&self) -> bool {
        self.ship != Ship::Stream(None)
    }

    /// Everything in one world.
    pub fn one_group(&self) -> Vec<Vec<PartitionId>> {
        vec![(0..self.partitions).map(PartitionId).collect()]
    }

    /// How long something may go on that nobody sees: a silence that is not noticed yet, a lag, a client's try.
    pub fn longest_memory(&self) -> Span {
        let lag = match &self.ship {
            Ship::Stream(None) => Span::ZERO,
            Ship::Stream(Some(law)) => Span::from_secs_f64(law.quantile(0.99)),
            Ship::Points(every, law) => *every + Span::from_secs_f64(law.quantile(0.99)),
        };
        let silent = self.silence.scale(2.0) + self.heartbeat.scale(self.slots.len() as f64);
        silent.max(self.client.0).max(lag) + Span::secs(2)
    }

    /// How long the image of a partition takes to be read.
    pub fn image_takes(&self) -> Span {
        Span::from_secs_f64(self.data as f64 / self.copy_rate)
    }
}
