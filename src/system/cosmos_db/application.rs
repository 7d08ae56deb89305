//! The application that deals with the conflict feed (COS-12).

use crate::base::ids::{ActorId, PartitionId};
use crate::engine::contract::Ctx;
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::account::AccountConfig;
use crate::system::cosmos_db::message::Msg;
use crate::system::cosmos_db::settings::{Directory, Settings};
use crate::system::cosmos_db::timer::Timer;
use std::sync::Arc;

type Cx<'a, 'b> = &'a mut Ctx<'b, CosmosDb>;

/// Looks into the feed of each partition at intervals, page by page, and asks for each page to be settled: documents of
/// which the account knows nothing since the failover are written back, the others stay as they are.
///
/// It keeps nothing of its own: what it has dealt with is out of the feed, durably, so that it can be lost at any time.
#[derive(Clone, Debug)]
pub struct Application {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
}

impl Application {
    /// An application that has not looked yet.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Application {
        Application { settings, directory }
    }

    /// Begins to look, after a start and after a restart.
    pub fn on_start(&mut self, cx: Cx) {
        self.look_again_later(cx);
    }

    /// Time to look: where does the account write?
    pub fn on_timer(&mut self, cx: Cx) {
        cx.send(self.directory.discovery, Msg::Discover);
        self.look_again_later(cx);
    }

    /// Answers of discovery, managers and leaders.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Topology(config) => self.look(&config, cx),
            Msg::Resolved { partition, leader: Some(leader), .. } => {
                cx.send(leader, Msg::ReadFeed(partition));
            }
            Msg::Feed(partition, page) if !page.is_empty() => {
                cx.send(from, Msg::SettleFeed(partition, page));
            }
            Msg::FeedSettled(partition) => cx.send(from, Msg::ReadFeed(partition)),
            _ => {}
        }
    }

    fn look(&self, config: &AccountConfig, cx: Cx) {
        let ask = |partition: &PartitionId| {
            let writer = config.partition(*partition).writer;
            self.directory.managers.get(&writer).map(|manager| (*manager, *partition))
        };
        for (manager, partition) in self.directory.partitions.iter().filter_map(ask) {
            cx.send(manager, Msg::Resolve { partition });
        }
    }

    fn look_again_later(&self, cx: Cx) {
        if let Some((_, every)) = self.settings.conflict_reader {
            cx.set_timer(Timer::LookIntoFeed, every);
        }
    }
}
