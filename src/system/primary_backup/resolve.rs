//! From the `[system.primary-backup]` table to a deployment: every check, with its place.

use super::PrimaryBackup;
use super::command::{Command, CommandText, To};
use super::config::{
    Automatic, Config, Fencing, Manual, ModeText, PromotionText, ReadFrom, ReadsText, Replicas, Seat,
    SemiSynchronous, Silent, Synchronous, ZoneSeat,
};
use super::settings::{Mode, Promotion, Reads, Settings, Ship};
use crate::base::diagnostics::{Code, Diagnostics, Place, shown};
use crate::base::dist::Law;
use crate::base::document::{Located, law};
use crate::base::ids::{ClientId, NodeId, RegionId, ZoneId};
use crate::base::time::Span;
use crate::base::units::{Bandwidth, Bytes, Ppm};
use crate::model::plan::{Plan, Provenance};
use crate::model::topology::NodeRole;
use crate::system::placement::{self, Site};
use crate::system::raft::config::Kind;
use crate::system::raft::settings::Slot;
use crate::system::registry::Configure;
use std::collections::BTreeMap;

impl Configure for PrimaryBackup {
    type Config = Located<Config>;
    type CommandText = CommandText;

    fn resolve(
        config: Self::Config,
        commands: Vec<CommandText>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Settings, Vec<Command>)> {
        let Located { value: config, place } = config;
        let core = Core {
            name: "primary-backup",
            partitions: config.partitions,
            replicas: &config.replicas,
            coordinator: &config.coordinator,
            fencing: config.fencing.value,
            promotion: &config.promotion.value,
            reads: config.reads,
            before: errors.len(),
            tuning: Tuning {
                heartbeat: config.heartbeat,
                silence: config.silence,
                survey: config.survey,
                switch_timeout: config.switch_timeout,
                clock_drift_bound: config.clock_drift_bound,
                window: config.window,
                batch: config.batch,
                log: config.log,
                data: config.data,
                copy_rate: config.copy_rate,
                attempt_timeout: config.attempt_timeout,
                retry_pause: config.retry_pause,
            },
        };
        let mut settings = core.settings(place, plan, errors)?;
        settings.mode = mode(&config.mode, settings.slots.len(), errors);
        settings.read_anywhere = config.read_from == Some(ReadFrom::Nearest);
        core.finish(settings, place, commands, plan, errors)
    }
}

/// What both tables have, as they say it.
pub(in crate::system) struct Core<'a> {
    pub name: &'static str,
    pub partitions: Option<Located<u32>>,
    pub replicas: &'a [Located<Replicas>],
    pub coordinator: &'a [Located<Seat>],
    pub fencing: Fencing,
    pub promotion: &'a PromotionText,
    pub reads: Located<ReadsText>,
    /// Errors that were there before.
    pub before: usize,
    pub tuning: Tuning,
}

/// Numbers that have a default.
pub(in crate::system) struct Tuning {
    pub heartbeat: Option<Located<Span>>,
    pub silence: Option<Located<Span>>,
    pub survey: Option<Located<Span>>,
    pub switch_timeout: Option<Located<Span>>,
    pub clock_drift_bound: Option<Located<Ppm>>,
    pub window: Option<Located<Bytes>>,
    pub batch: Option<Located<Bytes>>,
    pub log: Option<Located<u32>>,
    pub data: Option<Located<Bytes>>,
    pub copy_rate: Option<Located<Bandwidth>>,
    pub attempt_timeout: Option<Located<Span>>,
    pub retry_pause: Option<Located<Span>>,
}

fn region(name: &Located<String>, plan: &Plan, errors: &mut Diagnostics) -> Option<RegionId> {
    let found = plan.topology.region(&name.value);
    if found.is_none() {
        let known: Vec<&str> = plan.topology.regions.iter().map(|(_, r)| r.name.as_str()).collect();
        let message = format!("region `{}` is not in the topology", shown(&name.value));
        errors.error(Code::UnknownPlace, name.place, message).did_you_mean(&name.value, known);
    }
    found
}

fn zone(
    region: RegionId,
    number: u32,
    place: Place,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<ZoneId> {
    let zones: Vec<ZoneId> = plan.topology.zones_of(region).collect();
    let found = zones.iter().find(|zone| plan.topology.zones[**zone].number == number);
    if found.is_none() {
        let name = &plan.topology.regions[region].name;
        let message = format!("{name} has {} zones, not {number}", zones.len());
        errors.error(Code::UnknownPlace, place, message);
    }
    found.copied()
}

/// When a write is acknowledged.
fn mode(text: &Located<ModeText>, replicas: usize, errors: &mut Diagnostics) -> Mode {
    match &text.value {
        ModeText::Asynchronous => Mode::Asynchronous,
        ModeText::Synchronous(Synchronous { silent }) => Mode::Synchronous(match silent.value {
            Silent::Wait => None,
            Silent::DropAfter(after) => Some(after),
        }),
        ModeText::SemiSynchronous(SemiSynchronous { acknowledgements, fall_back_after }) => {
            let Located { value: k, place } = *acknowledgements;
            if k == 0 || k as usize >= replicas.max(1) {
                let backups = replicas.saturating_sub(1);
                let message = format!("{k} acknowledgements of {backups} backups");
                errors
                    .error(Code::OutsideLimits, place, message)
                    .hint("at least 1, and at most as many as there are replicas beside the primary");
            }
            Mode::SemiSynchronous(k as usize, *fall_back_after)
        }
    }
}

impl Core<'_> {
    fn slots(&self, place: Place, plan: &Plan, errors: &mut Diagnostics) -> Vec<Slot> {
        let mut slots = Vec::new();
        for Located { value: Replicas { region: name, zone: number, count }, place } in self.replicas {
            let Some(region) = region(name, plan, errors) else { continue };
            if let Some(number) = number {
                zone(region, *number, *place, plan, errors);
            }
            let slot = Slot { region, zone: *number, kind: Kind::Voter };
            slots.extend(std::iter::repeat_n(slot, count.unwrap_or(1).min(32) as usize));
        }
        if slots.is_empty() || slots.len() > 16 {
            errors.error(Code::OutsideLimits, place, "a partition has between 1 and 16 replicas");
        }
        slots
    }

    fn seats(
        &self,
        place: Place,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Vec<(NodeId, Option<RegionId>)> {
        let mut seats = Vec::new();
        for (index, Located { value: seat, place }) in self.coordinator.iter().enumerate() {
            let path = format!("coordinator:{index}");
            let seat = match seat {
                Seat::Global => Some((plan.topology.add_service_node(path, NodeRole::Global, None), None)),
                Seat::Region(name) => region(name, plan, errors).map(|region| {
                    let path = format!("{}/{path}", plan.topology.region_path(region));
                    (plan.topology.add_service_node(path, NodeRole::Regional, Some(region)), Some(region))
                }),
                Seat::Zone(ZoneSeat { region: name, zone: number }) => region(name, plan, errors)
                    .and_then(|region| {
                        Some((region, zone(region, number.value, number.place, plan, errors)?))
                    })
                    .and_then(|(region, zone)| {
                        Some((plan.topology.data_nodes_of(zone).last()?, Some(region)))
                    }),
            };
            if seat.is_none() && errors.len() == self.before {
                errors.error(
                    Code::ImpossiblePlacement,
                    *place,
                    "there is no node for this part of the coordinator",
                );
            }
            seats.extend(seat);
        }
        if self.coordinator.is_empty() || self.coordinator.len() > 9 {
            errors
                .error(Code::OutsideLimits, place, "the coordinator has between 1 and 9 nodes")
                .hint("one is an arbiter; of three or more a majority is needed");
        }
        seats
    }

    fn promotion(&self, errors: &mut Diagnostics) -> Option<Promotion> {
        Some(match self.promotion {
            PromotionText::Automatic(Automatic { grace }) => match grace {
                Some(text) => Promotion::Automatic(law(text, errors)?),
                None => Promotion::Automatic(Law::Constant(0.0)),
            },
            PromotionText::Manual(Manual { decide }) => Promotion::Manual(law(decide, errors)?),
            PromotionText::Ordered => Promotion::Ordered,
        })
    }

    /// What the table says; asynchronous, entry by entry, reads from the primary.
    pub fn settings(&self, place: Place, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let slots = self.slots(place, plan, errors);
        let coordinator = self.seats(place, plan, errors);
        let promotion = self.promotion(errors)?;
        let partitions = self.partitions.map_or(1, |p| p.value);
        if !(1..=10_000).contains(&partitions) {
            let at = self.partitions.map(|p| p.place);
            errors.error(Code::OutsideLimits, at, "there are between 1 and 10000 partitions");
        }
        let lease = self.fencing == Fencing::Lease;
        let reads = match self.reads.value {
            ReadsText::Lease => Reads::Lease,
            ReadsText::Confirmed => Reads::Confirmed,
            ReadsText::Unchecked => Reads::Unchecked,
        };
        if reads == Reads::Lease && !lease {
            errors
                .error(Code::RefusedCombination, self.reads.place, "reads by lease need `fencing = \"lease\"`")
                .hint("with epochs alone there is no lease: `reads = \"confirmed\"` asks the coordinator each time");
        }
        let t = &self.tuning;
        let span = |given: &Option<Located<Span>>, default: Span| given.as_ref().map_or(default, |s| s.value);
        let heartbeat = span(&t.heartbeat, Span::millis(200));
        let silence = span(&t.silence, Span::secs(3));
        if heartbeat < Span::millis(1) || silence < heartbeat.scale(2.0) {
            let at = t.silence.as_ref().or(t.heartbeat.as_ref()).map_or(place, |s| s.place);
            errors
                .error(
                    Code::OutsideLimits,
                    at,
                    "`silence` must be at least two heartbeats, and these at least 1ms",
                )
                .hint("a lease has to be renewed before it runs out");
        }
        let bytes =
            |given: &Option<Located<Bytes>>, default: u64| given.as_ref().map_or(default, |b| b.value.0);
        Some(Settings {
            name: self.name,
            partitions,
            slots,
            nodes: BTreeMap::new(),
            coordinator,
            mode: Mode::Asynchronous,
            ship: Ship::Stream(None),
            lease,
            drift_ppm: t.clock_drift_bound.as_ref().map_or(200, |d| d.value.0.max(0.0).ceil() as u32),
            promotion,
            reads,
            read_anywhere: false,
            heartbeat,
            silence,
            survey: span(&t.survey, Span::millis(500)),
            switch_timeout: span(&t.switch_timeout, Span::secs(60)),
            window: (bytes(&t.window, 1_000_000), bytes(&t.batch, 64_000)),
            log_entries: t.log.as_ref().map_or(10_000, |n| u64::from(n.value)),
            data: bytes(&t.data, 512_000_000),
            copy_rate: t.copy_rate.as_ref().map_or(32e6, |b| b.value.0),
            registers: plan.workloads.iter().map(|(_, w)| w.registers).max().unwrap_or(0),
            client: (
                span(&t.attempt_timeout, Span::secs(1)),
                span(&t.retry_pause, Span::millis(50)).max(Span::millis(1)),
            ),
            nearest: BTreeMap::new(),
            names: plan.topology.regions.iter().map(|(id, r)| (id, r.name.clone())).collect(),
            operator: NodeId::default(),
            mutation: None,
        })
    }

    /// Places the replicas and the operator, and tells what came of the table.
    pub fn finish(
        &self,
        mut settings: Settings,
        place: Place,
        commands: Vec<CommandText>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Settings, Vec<Command>)> {
        let commands = commands.iter().filter_map(|c| command(c, &settings, plan, errors)).collect();
        plan.partitions = settings.partitions;
        if errors.len() > self.before {
            return None;
        }
        settings.operator = plan.topology.add_service_node("operator".into(), NodeRole::Global, None);
        let sites: Vec<Site> =
            settings.slots.iter().map(|slot| Site { region: slot.region, zone: slot.zone }).collect();
        match placement::place(plan, settings.partitions, &sites) {
            Ok(nodes) => settings.nodes = nodes,
            Err(slot) => {
                let name = settings.region_name(settings.slots[slot].region);
                let message = format!("no node is left in {name} for another replica of a partition");
                errors
                    .error(Code::ImpossiblePlacement, place, message)
                    .hint("give the topology more nodes, or zones that the table names");
                return None;
            }
        }
        settings.nearest = plan.clients.ids().map(|id| (id, nearest(&settings, plan, id))).collect();
        facts(&settings, plan);
        self.provenance(&settings, plan);
        Some((settings, commands))
    }

    fn provenance(&self, settings: &Settings, plan: &mut Plan) {
        let t = &self.tuning;
        let mut add = |key: &str, value: String, given: bool| {
            let key = format!("system.{}.{key}", settings.name);
            let origin = if given { "scenario" } else { "default" }.to_string();
            plan.provenance.push(Provenance { key, value, origin });
        };
        add("partitions", settings.partitions.to_string(), self.partitions.is_some());
        add("replicas", settings.slots.len().to_string(), true);
        add("coordinator", settings.coordinator.len().to_string(), true);
        add("heartbeat", settings.heartbeat.to_string(), t.heartbeat.is_some());
        add("silence", settings.silence.to_string(), t.silence.is_some());
        add("survey", settings.survey.to_string(), t.survey.is_some());
        add("switch-timeout", settings.switch_timeout.to_string(), t.switch_timeout.is_some());
        add("clock-drift-bound", format!("{} ppm", settings.drift_ppm), t.clock_drift_bound.is_some());
        add("window", format!("{} B", settings.window.0), t.window.is_some());
        add("batch", format!("{} B", settings.window.1), t.batch.is_some());
        add("log", settings.log_entries.to_string(), t.log.is_some());
        add("data", format!("{} B", settings.data), t.data.is_some());
        add("copy-rate", format!("{} B/s", settings.copy_rate), t.copy_rate.is_some());
        add("attempt-timeout", settings.client.0.to_string(), t.attempt_timeout.is_some());
        add("retry-pause", settings.client.1.to_string(), t.retry_pause.is_some());
    }
}

/// The replicas by median delay from a client's region, those first in the table first among equals.
fn nearest(settings: &Settings, plan: &Plan, client: ClientId) -> Vec<usize> {
    let from = plan.clients[client].region;
    let delay = |to: RegionId| if to == from { 0.0 } else { plan.network.pairs[from][to].quantile(0.5) };
    let mut order: Vec<usize> = (0..settings.slots.len()).collect();
    order.sort_by(|a, b| {
        let by = |i: &usize| delay(settings.slots[*i].region);
        by(a).total_cmp(&by(b)).then(a.cmp(b))
    });
    order
}

fn command(
    text: &CommandText,
    settings: &Settings,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<Command> {
    let (CommandText::SwitchOver(To { to: name })
    | CommandText::Promote(To { to: name })
    | CommandText::Force(To { to: name })) = text;
    let id = region(name, plan, errors)?;
    if !settings.slots.iter().any(|slot| slot.region == id) {
        let message = format!("`{}` holds no replica", shown(&name.value));
        errors.error(Code::RefusedCombination, name.place, message);
        return None;
    }
    Some(match text {
        CommandText::SwitchOver(_) => Command::SwitchOver(id),
        CommandText::Promote(_) => Command::Promote(id, false),
        CommandText::Force(_) => Command::Promote(id, true),
    })
}

fn facts(settings: &Settings, plan: &mut Plan) {
    let mut regions: Vec<RegionId> = settings.slots.iter().map(|slot| slot.region).collect();
    regions.sort_unstable();
    regions.dedup();
    let yes_no = |b: bool| if b { "yes" } else { "no" }.to_string();
    let mode = match settings.mode {
        Mode::Synchronous(_) => "synchronous",
        Mode::SemiSynchronous(..) => "semi-synchronous",
        Mode::Asynchronous => "asynchronous",
    };
    let promotion = match settings.promotion {
        Promotion::Automatic(_) => "automatic",
        Promotion::Manual(_) => "manual",
        Promotion::Ordered => "ordered",
    };
    let no_loss = settings.no_loss() && settings.slots.len() > 1;
    let facts = [
        ("system", settings.name.to_string()),
        ("regions", regions.len().to_string()),
        ("multi-region", yes_no(regions.len() > 1)),
        ("replicas", settings.slots.len().to_string()),
        ("mode", mode.to_string()),
        ("fencing", if settings.lease { "lease" } else { "epochs" }.to_string()),
        ("promotion", promotion.to_string()),
        ("no-loss", yes_no(no_loss)),
    ];
    plan.facts.extend(facts.map(|(key, value)| (key.to_string(), value)));
}
