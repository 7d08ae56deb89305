//! The backup vault: keeps the last backups of each partition, outside every region (COS-19).

use crate::base::ids::RegionId;
use crate::engine::contract::Ctx;
use crate::engine::record::Change;
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::disk::DiskRecord;
use crate::system::cosmos_db::message::Msg;
use crate::system::cosmos_db::settings::{Directory, Settings};
use std::sync::Arc;

/// The vault.
#[derive(Clone, Debug)]
pub struct Vault {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
}

impl Vault {
    /// An empty vault.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Vault {
        Vault { settings, directory }
    }

    /// Takes backups and gives them back.
    pub fn on_message(&mut self, msg: Msg, cx: &mut Ctx<'_, CosmosDb>) {
        match msg {
            Msg::Backup(image) => {
                let copies = self.settings.backup.map_or(1, |b| b.copies);
                let what = "backup taken".into();
                cx.change(Change::Milestone { what, partition: Some(image.partition) });
                cx.persist(DiskRecord::Backup(image, copies));
            }
            Msg::AnyBackup => {
                let kept = &cx.disk().backups;
                let all = self.directory.partitions.iter().all(|p| kept.contains_key(p));
                cx.send(self.directory.account, Msg::Backups(all));
            }
            Msg::Restore(region) => self.restore(region, cx),
            _ => {}
        }
    }

    /// The region's manager passes each backup on to the partition's leader.
    fn restore(&mut self, region: RegionId, cx: &mut Ctx<'_, CosmosDb>) {
        let Some(manager) = self.directory.managers.get(&region).copied() else { return };
        for partition in &self.directory.partitions {
            if let Some(image) = cx.disk().backups.get(partition).and_then(|kept| kept.last()) {
                let image = Box::new(image.clone());
                cx.send(manager, Msg::Backup(image));
            }
        }
    }
}
