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
            Msg::Restore(region) => self.restore(region, cx),
            _ => {}
        }
    }

    fn restore(&mut self, region: RegionId, cx: &mut Ctx<'_, CosmosDb>) {
        for ((partition, r), slots) in &self.directory.replicas {
            let newest = cx.disk().backups.get(partition).and_then(|kept| kept.last());
            if *r == region
                && let (Some(image), Some(leader)) = (newest, slots.first())
            {
                cx.send(*leader, Msg::Backup(Box::new(image.clone())));
            }
        }
    }
}
