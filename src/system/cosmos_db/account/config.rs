//! The account's configuration.

use crate::base::ids::{PartitionId, RegionId};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};

/// Origins of one life of all regions.
const LIFE: u32 = 1 << 16;

/// The configuration that managers, leaders and clients follow.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountConfig {
    /// Counts changes.
    pub version: u64,
    /// Regions and their state.
    pub regions: BTreeMap<RegionId, RegionState>,
    /// The version in which each region that catches up, or has done so, was told to: what it said of itself before that
    /// does not count.
    pub syncing_since: BTreeMap<RegionId, u64>,
    /// Per partition: who writes, and whose commit counts.
    pub partitions: Vec<PartitionConfig>,
    /// How often the data of each region began anew: its writes since then are counted apart.
    pub lives: BTreeMap<RegionId, u32>,
    /// Provisioned request units a second by region.
    pub units: BTreeMap<RegionId, f64>,
}

/// A region's standing in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionState {
    /// Serves.
    Online,
    /// Gets the log, does not serve until it has caught up.
    Syncing,
    /// Disconnected; gets nothing.
    Offline,
}

/// One partition's configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionConfig {
    /// Counts changes of the write region of this partition.
    pub epoch: u32,
    /// Why the present epoch began.
    pub begun: Begun,
    /// The epoch that began with the last restore; 0 if there was none.
    pub restored: u32,
    /// The write region; with several, the hub.
    pub writer: RegionId,
    /// Regions whose commit a strong write waits for.
    pub quorum: BTreeSet<RegionId>,
    /// Strong: those of them that serve nothing yet, because they may lack what was committed before they joined.
    pub joining: BTreeSet<RegionId>,
}

/// Why an epoch of a partition began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// With the account.
    Deployed,
    /// The write region was lost.
    Failover,
    /// A planned switch.
    Switch,
    /// A backup was restored: the region accepts writes once it has the backup and is online.
    Restore,
}

impl Begun {
    /// The name in records of the lineage.
    pub fn name(self) -> &'static str {
        match self {
            Begun::Deployed => "deployed",
            Begun::Failover => "failover",
            Begun::Switch => "switch",
            Begun::Restore => "restore",
        }
    }
}

impl PartitionConfig {
    /// Whether the region is in the quorum and holds all that was ever committed by it.
    pub fn full_member(&self, region: RegionId) -> bool {
        self.quorum.contains(&region) && !self.joining.contains(&region)
    }

    pub(super) fn leave(&mut self, region: RegionId) {
        self.quorum.remove(&region);
        self.joining.remove(&region);
    }
}

impl AccountConfig {
    /// The configuration an account starts with.
    pub fn initial(settings: &Settings) -> AccountConfig {
        let regions: BTreeMap<_, _> = settings.regions.iter().map(|r| (*r, RegionState::Online)).collect();
        let partition = |writer: &RegionId| PartitionConfig {
            epoch: 1,
            begun: Begun::Deployed,
            restored: 0,
            writer: *writer,
            quorum: regions.keys().copied().collect(),
            joining: BTreeSet::new(),
        };
        let partitions = settings.begins_in.iter().map(partition).collect();
        let units = regions.keys().map(|r| (*r, settings.units_per_s)).collect();
        AccountConfig {
            version: 1,
            syncing_since: BTreeMap::new(),
            lives: BTreeMap::new(),
            partitions,
            regions,
            units,
        }
    }

    /// A partition's configuration.
    pub fn partition(&self, p: PartitionId) -> &PartitionConfig {
        &self.partitions[p.0 as usize]
    }

    /// Whether the region serves.
    pub fn online(&self, region: RegionId) -> bool {
        self.regions.get(&region) == Some(&RegionState::Online)
    }

    /// Regions that get the log: online and syncing ones.
    pub fn followers(&self) -> impl Iterator<Item = RegionId> + '_ {
        self.regions.iter().filter(|(_, s)| **s != RegionState::Offline).map(|(r, _)| *r)
    }

    /// The version in which the region was last told to catch up; 0 if it never was.
    pub fn told_to_sync(&self, region: RegionId) -> u64 {
        self.syncing_since.get(&region).copied().unwrap_or(0)
    }

    /// Regions that were told to catch up after `earlier` was in force.
    pub fn told_to_sync_after<'a>(
        &'a self,
        earlier: &'a AccountConfig,
    ) -> impl Iterator<Item = RegionId> + 'a {
        let told = self.syncing_since.iter();
        told.filter(|(region, version)| **version > earlier.told_to_sync(**region)).map(|(region, _)| *region)
    }

    /// Several write regions: under which number the writes of `region` are counted. One that lost its data does not go on
    /// where others remember it: it might give a number twice.
    pub fn origin(&self, region: RegionId) -> u32 {
        region.0 + LIFE * self.lives.get(&region).copied().unwrap_or(0)
    }

    /// Whether nobody can write under this number any more: what is lacking of it may never come.
    pub fn is_over(&self, origin: u32) -> bool {
        self.origin(RegionId(origin % LIFE)) > origin
    }

    /// The region's data is gone: it is removed, or the account is restored.
    pub(super) fn begin_anew(&mut self, region: RegionId) {
        *self.lives.entry(region).or_default() += 1;
    }

    /// Whether `region` may accept writes of the partition.
    pub fn writes(&self, settings: &Settings, p: PartitionId, region: RegionId) -> bool {
        let partition = self.partition(p);
        if settings.multi() {
            let restored = partition.begun == Begun::Restore && partition.writer == region;
            (restored || settings.writers.contains(&region)) && self.online(region)
        } else {
            partition.writer == region
        }
    }

    /// Whether `region` may serve strong and bounded reads of the partition.
    pub fn may_serve(&self, settings: &Settings, p: PartitionId, region: RegionId) -> bool {
        self.online(region) && (settings.level != Level::Strong || self.partition(p).full_member(region))
    }
}
