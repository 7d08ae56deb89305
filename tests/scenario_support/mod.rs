//! A tiny system for tests of scenarios: it has a configuration and commands worth checking, and runs nothing.
#![allow(dead_code, reason = "each test uses a part of it")]

use geodes::base::diagnostics::{Code, Diagnostics, SourceMap};
use geodes::base::document::Located;
use geodes::base::document::load::Files;
use geodes::base::ids::{ActionId, ActorId, NodeId, PartitionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{
    AckedWrite, Actor, Ctx, Deployment, Lsn, Observer, Runnable, Storage, System, SystemInfo, TimerClass,
    TimerName, View, WindowResult, WindowSpec, Wire,
};
use geodes::engine::record::{EndReason, Purpose, WindowEnd};
use geodes::model::fault::Role;
use geodes::model::operation::{Claims, Request};
use geodes::model::plan::{Plan, Provenance};
use geodes::model::sla::{Compare, SlaRow, SlaRule};
use geodes::scenario::{Loader, Profiles, Scenario};
use geodes::system::registry::{Configure, Entry, Registry};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// The system `echo`.
pub struct Echo;

/// `[system.echo]`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EchoConfig {
    /// How many partitions there are.
    #[schemars(range(min = 1, max = 1000))]
    partitions: u32,
    /// Copies in each region; 3 unless given.
    replicas: Option<Located<u32>>,
    /// The regions that accept writes; the first one unless given.
    write_regions: Option<Vec<Located<String>>>,
    /// How copies agree; `eventual` unless given.
    consistency: Option<Located<Consistency>>,
}

/// How copies agree.
#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Consistency {
    /// Each read sees the last write.
    Strong,
    /// Copies converge.
    Eventual,
    /// Copies are at most this far behind.
    Bounded {
        /// How far.
        behind: Span,
    },
}

/// What an operator can ask of `echo`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum EchoCommand {
    /// Says nothing new.
    Ping,
    /// Moves the write region.
    Failover {
        /// Where to.
        to: Located<String>,
    },
}

impl Configure for Echo {
    type Config = Located<EchoConfig>;
    type CommandText = EchoCommand;

    fn resolve(
        config: Self::Config,
        commands: Vec<EchoCommand>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<((), Vec<String>)> {
        let before = errors.len();
        plan.partitions = config.partitions;
        let replicas = config.replicas.unwrap_or(Located::nowhere(3));
        for (id, region) in plan.topology.regions.iter() {
            let nodes: usize =
                plan.topology.zones_of(id).map(|zone| plan.topology.data_nodes_of(zone).count()).sum();
            if nodes < replicas.value as usize {
                let message =
                    format!("{} replicas on the {nodes} nodes of `{}`", replicas.value, region.name);
                errors.error(
                    Code::ImpossiblePlacement,
                    replicas.place.known().unwrap_or(config.place),
                    message,
                );
            }
        }
        if replicas.value > 9 {
            errors.error(Code::OutsideLimits, replicas.place, "at most 9 replicas are offered");
        }
        let writers = config.value.write_regions.unwrap_or_default();
        let names: Vec<&str> = plan.topology.regions.iter().map(|(_, region)| region.name.as_str()).collect();
        let moved = commands.iter().filter_map(|command| match command {
            EchoCommand::Failover { to } => Some(to),
            EchoCommand::Ping => None,
        });
        for region in writers.iter().chain(moved).filter(|region| plan.topology.region(region).is_none()) {
            let message = format!("the scenario has no region `{}`", region.value);
            errors
                .error(Code::UnknownRegion, region.place, message)
                .did_you_mean(region, names.iter().copied());
        }
        if let Some(consistency) = config.value.consistency
            && writers.len() > 1
            && consistency.value == Consistency::Strong
        {
            let message = "strong consistency with several write regions";
            errors.error(Code::RefusedCombination, consistency.place, message).hint("use one write region");
        }
        plan.facts.insert("write-regions".into(), writers.len().max(1).to_string());
        plan.provenance.push(Provenance {
            key: "system.echo.lease".into(),
            value: "10s".into(),
            origin: "assumed".into(),
        });
        (errors.len() == before)
            .then(|| ((), commands.iter().map(|command| format!("{command:?}")).collect()))
    }
}

/// Runs nothing and says so.
struct Idle;

impl Runnable for Idle {
    fn run(&self, _: &Plan, _: WindowSpec, observe: &(dyn Fn() -> Box<dyn Observer> + Sync)) -> WindowResult {
        let end = WindowEnd {
            at: SimTime::ZERO,
            reason: EndReason::Settled,
            events: 0,
            digest: 0,
            open_operations: 0,
            mode: String::new(),
        };
        WindowResult { observer: observe(), end, trails: Vec::new() }
    }
}

impl System for Echo {
    const INFO: SystemInfo = SystemInfo {
        name: "echo",
        summary: "Nothing but a configuration.",
        sources: &[],
        levels: &["strong", "eventual"],
        guarantees: &[],
    };
    type Deployed = ();
    type Msg = Silence;
    type Timer = Silence;
    type Disk = Silence;
    type Command = String;
    type Actor = Silence;

    fn deploy(_: &(), _: &Plan, _: &mut Deployment<Self>) {}
    fn longest_memory(_: &()) -> Span {
        Span::ZERO
    }
    fn groups(_: &(), _: &Plan) -> Vec<Vec<PartitionId>> {
        Vec::new()
    }
    fn claims(_: &(), _: u8, _: bool, _: bool) -> Claims {
        Claims::default()
    }
    fn holders(_: &(), _: Role, _: &View<'_, Self>) -> Vec<NodeId> {
        Vec::new()
    }
    fn holds(_: &Silence, _: &AckedWrite) -> bool {
        false
    }
}

/// Message, timer, disk and actor of a system that does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Silence;

impl Wire for Silence {
    fn bytes(&self) -> u64 {
        0
    }
    fn label(&self) -> &'static str {
        "silence"
    }
    fn purpose(&self) -> Purpose {
        Purpose::Control
    }
}

impl TimerName for Silence {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }
    fn label(self) -> &'static str {
        "silence"
    }
}

impl Storage for Silence {
    type Record = Silence;
    fn write(&mut self, _: Silence) {}
}

impl Actor<Echo> for Silence {
    fn on_start(&mut self, _: &mut Ctx<'_, Echo>) {}
    fn on_message(&mut self, _: ActorId, _: Silence, _: &mut Ctx<'_, Echo>) {}
    fn on_timer(&mut self, _: Silence, _: &mut Ctx<'_, Echo>) {}
    fn on_durable(&mut self, _: Lsn, _: &mut Ctx<'_, Echo>) {}
    fn on_invoke(&mut self, _: Request, _: &mut Ctx<'_, Echo>) {}
    fn on_admin(&mut self, _: ActionId, _: String, _: &mut Ctx<'_, Echo>) {}
    fn on_restart(&mut self, _: &mut Ctx<'_, Echo>) {}
}

/// One SLA table, `echo-2021`.
struct EchoProfiles;

impl Profiles for EchoProfiles {
    fn rows(&self, name: &str, _: &Path, _: &dyn Files) -> Result<Vec<SlaRow>, (Code, String)> {
        let row = SlaRow {
            profile: name.into(),
            row: "write-availability".into(),
            statement: "99.99 %".into(),
            when: Vec::new(),
            rule: SlaRule::Bound {
                measure: "availability.request.write".into(),
                op: Compare::AtLeast,
                value: 0.9999,
                fault: None,
            },
            source: "none".into(),
            confidence: "assumed".into(),
        };
        match name {
            "echo-2021" => Ok(vec![row]),
            "broken" => Err((Code::BadProfile, "profile `broken` has a row without a bound".into())),
            _ => Err((Code::UnknownProfile, format!("no SLA profile is called `{name}`"))),
        }
    }
    fn names(&self) -> Vec<String> {
        vec!["echo-2021".into(), "broken".into()]
    }
}

/// A registry with `echo`, and one more to have several.
pub fn registry() -> Registry {
    Registry::new().with(Entry::<Echo>::with(|(), _| Box::new(Idle)))
}

/// Loads a file with the test system and its SLA table.
pub fn load(path: &str, settings: &[String], sources: &mut SourceMap) -> Result<Scenario, Diagnostics> {
    Loader::new(&registry(), &EchoProfiles).load(Path::new(path), settings, sources)
}

/// Loads a text likewise.
pub fn load_text(text: &str, settings: &[&str], sources: &mut SourceMap) -> Result<Scenario, Diagnostics> {
    let settings: Vec<String> = settings.iter().map(|s| s.to_string()).collect();
    Loader::new(&registry(), &EchoProfiles).load_text(
        Path::new("tests/bad/text.toml"),
        text,
        &settings,
        sources,
    )
}

/// A scenario that uses nearly every key.
pub const FULL: &str = include_str!("full.toml");
