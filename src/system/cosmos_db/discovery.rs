//! Account discovery: what clients learn of the account's regions. Down while name resolution is (`dns-down`).

use crate::base::ids::ActorId;
use crate::engine::contract::Ctx;
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::account::AccountConfig;
use crate::system::cosmos_db::message::Msg;
use crate::system::cosmos_db::settings::{Directory, Settings};
use std::sync::Arc;

/// The last configuration published.
#[derive(Clone, Debug)]
pub struct Discovery {
    directory: Arc<Directory>,
    config: Arc<AccountConfig>,
}

impl Discovery {
    /// Knows the initial configuration.
    pub fn new(settings: &Settings, directory: Arc<Directory>) -> Discovery {
        Discovery { directory, config: Arc::new(AccountConfig::initial(settings)) }
    }

    /// After an outage it asks for the configuration in force.
    pub fn on_restart(&mut self, cx: &mut Ctx<'_, CosmosDb>) {
        cx.send(self.directory.account, Msg::Discover);
    }

    /// Publishes and answers.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Ctx<'_, CosmosDb>) {
        match msg {
            Msg::Topology(config) if config.version >= self.config.version => self.config = config,
            Msg::Discover => cx.send(from, Msg::Topology(self.config.clone())),
            _ => {}
        }
    }
}
