//! The registry: which systems a scenario can deploy, and how their tables become something that runs.
//!
//! A system implements [`System`] for the engine and [`Configure`] for scenario files; [`Entry`] joins the two into an
//! [`AnySystem`]. A package of its own adds its entries to [`Registry::builtin`].

use crate::base::diagnostics::Diagnostics;
use crate::base::document::{self, Node};
use crate::engine::contract::{Runnable, System, SystemInfo};
use crate::engine::run::Ready;
use crate::model::plan::Plan;
use crate::system::container_registry::ContainerRegistry;
use crate::system::cosmos_db::CosmosDb;
use crate::system::crdt::Crdt;
use crate::system::lab::{self, Small};
use crate::system::log_shipping::LogShipping;
use crate::system::multi_paxos::MultiPaxos;
use crate::system::primary_backup::PrimaryBackup;
use crate::system::quorum_nwr::QuorumNwr;
use crate::system::raft::Raft;
use crate::system::site_recovery::SiteRecovery;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

/// How a system is configured in a scenario.
///
/// `Config` may be `Located<...>` to know where its table stands, and so may its fields: diagnostics then point at them.
pub trait Configure: System {
    /// Its `[system.<name>]` table. Fields and their doc comments are the reference of the table.
    type Config: DeserializeOwned + JsonSchema;
    /// What `[[action]] do` can ask: usually an externally tagged enum.
    type CommandText: DeserializeOwned + JsonSchema;

    /// Makes every check and places every replica. Topology, network, workloads and the times of actions are in `plan`
    /// already; faults are not. It sets `plan.partitions` and `plan.facts`, may add nodes, and adds the provenance of
    /// the defaults it takes. Gives `None` exactly if it added to `errors`.
    fn resolve(
        config: Self::Config,
        commands: Vec<Self::CommandText>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Self::Deployed, Vec<Self::Command>)>;
}

/// A command of an action: the number of its `[[action]]` in the file, from 0, and its text.
pub type CommandNode<'a> = (usize, &'a Node);

/// A system of any type.
pub trait AnySystem: Send + Sync {
    /// Facts about it.
    fn info(&self) -> &SystemInfo;

    /// The JSON Schema of its table.
    fn config_schema(&self, generator: &mut SchemaGenerator) -> Schema;

    /// The JSON Schema of its commands.
    fn command_schema(&self, generator: &mut SchemaGenerator) -> Schema;

    /// Checks the shape of its table and commands, no more: when there is no topology to resolve them in.
    fn check(&self, config: &Node, commands: &[CommandNode<'_>], errors: &mut Diagnostics);

    /// Reads its table and commands (in the plan's order of actions) and resolves them.
    fn resolve(
        &self,
        config: &Node,
        commands: &[CommandNode<'_>],
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<Box<dyn Runnable>>;
}

/// Makes a resolved deployment runnable.
pub type MakeRunnable<S> =
    dyn Fn(<S as System>::Deployed, Vec<<S as System>::Command>) -> Box<dyn Runnable> + Send + Sync;

/// The registry's entry of one system.
pub struct Entry<S: Configure> {
    runnable: Box<MakeRunnable<S>>,
}

impl<S: Configure> Default for Entry<S> {
    fn default() -> Self {
        Entry::new()
    }
}

impl<S: Configure> Entry<S> {
    /// An entry whose deployments run on the engine.
    pub fn new() -> Self {
        Entry::with(|deployed, commands| Box::new(Ready::<S>::new(deployed, commands)))
    }

    /// An entry whose deployments are made runnable by `runnable`, which may keep a copy for itself.
    pub fn with(
        runnable: impl Fn(S::Deployed, Vec<S::Command>) -> Box<dyn Runnable> + Send + Sync + 'static,
    ) -> Self {
        Entry { runnable: Box::new(runnable) }
    }

    fn read(
        config: &Node,
        commands: &[CommandNode<'_>],
        errors: &mut Diagnostics,
    ) -> (Option<S::Config>, Option<Vec<S::CommandText>>) {
        let config = document::read(config, &format!("system.{}", S::INFO.name), errors);
        let commands: Vec<Option<S::CommandText>> = commands
            .iter()
            .map(|(number, node)| document::read(node, &format!("action.{number}.do"), errors))
            .collect();
        (config, commands.into_iter().collect())
    }
}

impl<S: Configure> AnySystem for Entry<S> {
    fn info(&self) -> &SystemInfo {
        const { &S::INFO }
    }

    fn config_schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<S::Config>()
    }

    fn command_schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<S::CommandText>()
    }

    fn check(&self, config: &Node, commands: &[CommandNode<'_>], errors: &mut Diagnostics) {
        Self::read(config, commands, errors);
    }

    fn resolve(
        &self,
        config: &Node,
        commands: &[CommandNode<'_>],
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<Box<dyn Runnable>> {
        let (Some(config), Some(commands)) = Self::read(config, commands, errors) else { return None };
        let before = errors.len();
        let (deployed, commands) = S::resolve(config, commands, plan, errors)?;
        (errors.len() == before).then(|| (self.runnable)(deployed, commands))
    }
}

/// The systems that a scenario can deploy.
#[derive(Default)]
pub struct Registry {
    entries: Vec<Box<dyn AnySystem>>,
}

impl Registry {
    /// No systems.
    pub fn new() -> Self {
        Registry::default()
    }

    /// The systems that come with Geodes.
    pub fn builtin() -> Self {
        Registry::new()
            .with(Entry::<ContainerRegistry>::new())
            .with(Entry::<CosmosDb>::new())
            .with(Entry::<Crdt>::new())
            .with(Entry::<LogShipping>::new())
            .with(Entry::<MultiPaxos>::new())
            .with(Entry::<PrimaryBackup>::new())
            .with(Entry::<QuorumNwr>::new())
            .with(Entry::<Raft>::new())
            .with(Entry::<SiteRecovery>::new())
            .with(Entry::<Small<lab::copysets::Copysets>>::new())
            .with(Entry::<Small<lab::detector::Detector>>::new())
            .with(Entry::<Small<lab::election::Election>>::new())
            .with(Entry::<Small<lab::fleet::Fleet>>::new())
            .with(Entry::<Small<lab::lease::Lease>>::new())
            .with(Entry::<Small<lab::lossy_link::LossyLink>>::new())
            .with(Entry::<Small<lab::queue::Queue>>::new())
            .with(Entry::<Small<lab::quorum::Quorum>>::new())
            .with(Entry::<Small<lab::recovery_points::RecoveryPoints>>::new())
            .with(Entry::<Small<lab::redundancy::Redundancy>>::new())
            .with(Entry::<Small<lab::resolver::Resolver>>::new())
            .with(Entry::<Small<lab::retry::Retry>>::new())
    }

    /// Adds a system; one of the same name is replaced.
    pub fn with(mut self, entry: impl AnySystem + 'static) -> Self {
        self.entries.retain(|old| old.info().name != entry.info().name);
        self.entries.push(Box::new(entry));
        self
    }

    /// The system of this name.
    pub fn find(&self, name: &str) -> Option<&dyn AnySystem> {
        self.iter().find(|entry| entry.info().name == name)
    }

    /// All systems, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &dyn AnySystem> {
        self.entries.iter().map(|entry| &**entry)
    }

    /// The names of all systems.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.iter().map(|entry| entry.info().name)
    }
}
