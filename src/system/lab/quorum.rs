//! `lab-quorum`: writers that wait for some of their replicas, and readers that ask some of them.
//!
//! Groups of one writer (in the topology's first region), `replicas` (in the second, each on a node of its own) and, with
//! `read`, one reader (in the third). `every` so often the writer sends a new version to all its replicas, which
//! acknowledge it; it commits when `write-quorum` of them have: `observed.commit-latency`, and `observed.failed` (1 if it
//! had not committed by the next round, else 0). The reader is told of the commit, waits for `after`, and asks
//! `quorum` replicas chosen at random: `observed.stale` is 1 if none of them knew the version yet, else 0.
//!
//! Which of the delays are random, and by which law, the scenario's links say. What it does not model: replicas that
//! repair each other, hand-off to others while one is down, and concurrent writers.

mod reader;
mod writer;

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::document::Located;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::contract::{Lsn, Storage, SystemInfo, TimerClass, TimerName, Wire};
use crate::engine::record::Purpose;
use crate::model::plan::Plan;
use crate::system::lab::stage::{self, Stage};
use crate::system::lab::{Cast, Cx, Lab, Player};
pub use reader::Reader;
use schemars::JsonSchema;
use serde::Deserialize;
pub use writer::Writer;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Quorum;

/// `[system.lab-quorum]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// How many groups there are, which have nothing to do with each other.
    pub groups: Located<u32>,
    /// Replicas in each group.
    pub replicas: Located<u32>,
    /// How many replicas must acknowledge a write.
    pub write_quorum: Located<u32>,
    /// How often a group writes; longer than any acknowledgement takes.
    pub every: Located<Span>,
    /// Read what was written; nobody reads unless given.
    pub read: Option<Located<Read>>,
}

/// Reads after each commit.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Read {
    /// How many replicas are asked.
    pub quorum: u32,
    /// How long after the commit.
    pub after: Span,
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    groups: u32,
    replicas: u32,
    write_quorum: u32,
    every: Span,
    read: Option<Read>,
    writers: Stage,
    copies: Stage,
    readers: Stage,
}

/// What goes over the wire; numbers are versions.
#[derive(Clone, Copy, Debug)]
pub enum Msg {
    /// Keep this.
    Write(u64),
    /// It is kept.
    Ack(u64),
    /// It is committed.
    Committed(u64),
    /// What do you have? The number is the read's.
    Read(u64),
    /// In answer to that read, this.
    Version(u64, u64),
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Write(_) => "write",
            Msg::Ack(_) => "ack",
            Msg::Committed(_) => "committed",
            Msg::Read(_) => "read",
            Msg::Version(..) => "version",
        }
    }
    fn purpose(&self) -> Purpose {
        match self {
            Msg::Write(_) | Msg::Ack(_) => Purpose::Replication,
            _ => Purpose::Client,
        }
    }
}

/// It is time for the next write, or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Next;

impl TimerName for Next {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }
    fn label(self) -> &'static str {
        "next"
    }
}

/// The version that a replica keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version(pub u64);

impl Storage for Version {
    type Record = u64;
    fn write(&mut self, version: u64) {
        self.0 = self.0.max(version);
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The writer of a group.
    Writer(Writer),
    /// A replica: what it has, and which version its disk was given last and by whom.
    Replica(Option<(ActorId, u64)>),
    /// The reader of a group.
    Reader(Reader),
}

impl Player<Quorum> for Actor {
    fn on_start(&mut self, cx: &mut Cx<'_, Quorum>) {
        if let Actor::Writer(writer) = self {
            writer.on_start(cx);
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_, Quorum>) {
        match self {
            Actor::Writer(writer) => writer.on_restart(cx),
            Actor::Reader(reader) => reader.on_restart(cx),
            Actor::Replica(_) => {}
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Quorum>) {
        match (self, msg) {
            (Actor::Replica(given), Msg::Write(version)) => {
                *given = Some((from, version));
                cx.persist(version);
            }
            (Actor::Replica(_), Msg::Read(read)) => cx.send(from, Msg::Version(read, cx.disk().0)),
            (Actor::Writer(writer), Msg::Ack(version)) => writer.ack(from, version, cx),
            (Actor::Reader(reader), Msg::Committed(version)) => reader.committed(version, cx),
            (Actor::Reader(reader), Msg::Version(read, version)) => reader.answer(read, version, cx),
            _ => {}
        }
    }

    fn on_timer(&mut self, Next: Next, cx: &mut Cx<'_, Quorum>) {
        match self {
            Actor::Writer(writer) => writer.next(cx),
            Actor::Reader(reader) => reader.ask(cx),
            Actor::Replica(_) => {}
        }
    }

    fn on_durable(&mut self, _: Lsn, cx: &mut Cx<'_, Quorum>) {
        if let Actor::Replica(Some((writer, version))) = self
            && cx.disk().0 >= *version
        {
            cx.send(*writer, Msg::Ack(cx.disk().0));
        }
    }
}

impl Lab for Quorum {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-quorum",
        summary: "writes that wait for k of n replicas, and reads from some of them",
        sources: &["P. Bailis and others, Probabilistically bounded staleness (2012)"],
        levels: &[],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Msg;
    type Timer = Next;
    type Disk = Version;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let before = errors.len();
        let Located { value: config, place } = config;
        let n = config.replicas;
        stage::check_count("groups", config.groups.value, 1..=100_000, config.groups.place, errors);
        stage::check_count("replicas", n.value, 1..=1_000, n.place, errors);
        let most = n.value.max(1);
        let quorum = config.write_quorum;
        stage::check_count("acknowledgements", quorum.value, 1..=most, quorum.place, errors);
        stage::check_positive("every", config.every.value, config.every.place, errors);
        let [writers, copies] = stage::regions(Self::INFO.name, plan, place, errors)?;
        let mut readers = writers.clone();
        if let Some(read) = &config.read {
            stage::check_count("replicas to ask", read.quorum, 1..=most, read.place, errors);
            [_, _, readers] = stage::regions(Self::INFO.name, plan, read.place, errors)?;
        }
        if copies.nodes() < n.value as usize {
            let message = format!("{} replicas on {} nodes of the second region", n.value, copies.nodes());
            errors.error(Code::ImpossiblePlacement, n.place, message);
        }
        (errors.len() == before).then(|| Settings {
            groups: config.groups.value,
            replicas: n.value,
            write_quorum: quorum.value,
            every: config.every.value,
            read: config.read.map(|r| r.value),
            writers,
            copies,
            readers,
        })
    }

    fn deploy(settings: &Settings, _: &Plan, cast: &mut Cast<'_, Self>) {
        for group in 0..settings.groups as usize {
            let path = |who: &str| format!("lab-quorum/group:{group}/{who}");
            let add = |i: u32| {
                let node = settings.copies.node(i as usize);
                cast.add(node, path(&format!("replica:{i}")), Actor::Replica(None))
            };
            let replicas: Vec<ActorId> = (0..settings.replicas).map(add).collect();
            let reader = settings.read.map(|read| {
                let reader = Reader::new(replicas.clone(), read);
                cast.add(settings.readers.node(group), path("reader"), Actor::Reader(reader))
            });
            let writer = Writer::new(settings, replicas, reader);
            cast.add(settings.writers.node(group), path("writer"), Actor::Writer(writer));
        }
    }
}
