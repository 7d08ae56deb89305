//! A small system to try the engine on: scripted actors, and a register store with one primary per partition.

use geodes::base::ids::{ActionId, ActorId, ClientId, NodeId, PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::*;
use geodes::engine::record::{Answer, Change, Completion, Purpose};
use geodes::model::fault::Role;
use geodes::model::operation::*;
use geodes::model::plan::Plan;
use geodes::model::topology::NodeRole;
use std::collections::BTreeMap;

#[derive(Clone)]
pub struct Toy;

#[derive(Clone, Default)]
pub struct Config {
    pub scripts: Vec<(NodeId, Vec<Do>)>,
    pub replicas: Vec<(PartitionId, NodeId, bool)>,
    pub vaults: Vec<NodeId>,
    pub groups: Vec<Vec<PartitionId>>,
    pub memory: Span,
    pub no_admin: bool,
}

/// One thing for a scripted actor to do.
#[derive(Clone, Debug)]
pub enum Do {
    Ping(ActorId, u64, u64),
    Set(ToyTimer, Span),
    Cancel(ToyTimer),
    Persist(u64),
    Busy(bool),
    Draw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToyTimer {
    Routine(u8),
    Work(u8),
}
impl TimerName for ToyTimer {
    fn class(self) -> TimerClass {
        if matches!(self, ToyTimer::Work(_)) { TimerClass::Work } else { TimerClass::Routine }
    }
    fn label(self) -> &'static str {
        if matches!(self, ToyTimer::Work(_)) { "work" } else { "routine" }
    }
}

#[derive(Clone, Debug)]
pub enum Msg {
    Do(Vec<Do>),
    Ping { id: u64, bytes: u64 },
    Ask(Request),
    Reply(OpId, Box<Completion>),
    Append(u64, Key, WriteId),
    Fetch(u64),
    Promote,
    Primary(PartitionId, ActorId),
}
impl Wire for Msg {
    fn bytes(&self) -> u64 {
        if let Msg::Ping { bytes, .. } = self { *bytes } else { 100 }
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Do(_) => "do",
            Msg::Ping { .. } => "ping",
            Msg::Ask(_) => "ask",
            Msg::Reply(..) => "reply",
            Msg::Append(..) => "append",
            Msg::Fetch(_) => "fetch",
            Msg::Promote => "promote",
            Msg::Primary(..) => "primary",
        }
    }
    fn purpose(&self) -> Purpose {
        match self {
            Msg::Ask(_) | Msg::Reply(..) => Purpose::Client,
            Msg::Append(..) | Msg::Fetch(_) | Msg::Ping { .. } => Purpose::Replication,
            _ => Purpose::Control,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToyDisk {
    pub log: Vec<(Key, WriteId)>,
    pub notes: Vec<u64>,
}
#[derive(Clone, Debug)]
pub enum ToyRecord {
    Entry(Key, WriteId),
    Note(u64),
}
impl Storage for ToyDisk {
    type Record = ToyRecord;
    fn write(&mut self, record: ToyRecord) {
        match record {
            ToyRecord::Entry(key, write) => self.log.push((key, write)),
            ToyRecord::Note(n) => self.notes.push(n),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Command {
    Tell(ActorId, Vec<Do>),
    Promote(PartitionId, ActorId),
    Refuse,
}

#[derive(Clone)]
pub enum ToyActor {
    Admin { clients: Vec<ActorId> },
    Script(Script),
    Client { primaries: BTreeMap<PartitionId, ActorId> },
    Replica(Replica),
    Vault,
}

#[derive(Clone, Default)]
pub struct Script {
    pub todo: Vec<Do>,
    /// What happened: wall clock, steady clock, what.
    pub seen: Vec<(SimTime, SimTime, String)>,
}

#[derive(Clone)]
pub struct Replica {
    pub partition: PartitionId,
    pub region: RegionId,
    pub primary: bool,
    pub others: Vec<ActorId>,
    handed: u64,
    early: BTreeMap<u64, (Key, WriteId)>,
    waiting: Vec<(u64, ActorId, OpId)>,
}

impl Script {
    fn note(&mut self, cx: &Ctx<'_, Toy>, what: impl Into<String>) {
        self.seen.push((cx.now(), cx.monotonic(), what.into()));
    }
    fn run(&mut self, todo: &[Do], cx: &mut Ctx<'_, Toy>) {
        for step in todo {
            match step.clone() {
                Do::Ping(to, id, bytes) => cx.send(to, Msg::Ping { id, bytes }),
                Do::Set(timer, after) => cx.set_timer(timer, after),
                Do::Cancel(timer) => cx.cancel_timer(timer),
                Do::Persist(n) => {
                    cx.persist(ToyRecord::Note(n));
                }
                Do::Busy(busy) => cx.busy(busy),
                Do::Draw => {
                    let drawn = cx.random("draw").bits();
                    self.note(cx, format!("drew {drawn}"));
                }
            }
        }
    }
}

impl Replica {
    fn read(&self, disk: &ToyDisk, request: &Request) -> Observed {
        let last = |key: Key| disk.log.iter().rev().find(|(k, _)| *k == key).map(|(_, w)| *w);
        let start = |key: Key| (!key.is_object() && !key.is_once()).then_some(WriteId::INITIAL);
        match &request.action {
            Action::ReadBack => {
                let mut serials: Vec<u64> =
                    disk.log.iter().filter(|(k, _)| k.is_once()).map(|(k, _)| k.number()).collect();
                serials.sort_unstable();
                Observed::Serials(serials.into_iter().map(|n| (n, n)).collect())
            }
            Action::BatchRead(keys) => {
                Observed::Many(keys.iter().map(|k| (*k, last(*k).or_else(|| start(*k)))).collect())
            }
            _ => last(request.key).or_else(|| start(request.key)).map_or(Observed::Absent, Observed::Value),
        }
    }
    fn ask(&mut self, from: ActorId, request: Request, cx: &mut Ctx<'_, Toy>) {
        let done =
            Completion { ok: true, served: Some(self.region), served_by_writer: true, ..Default::default() };
        if !request.action.is_write() {
            let observed = self.read(cx.disk(), &request);
            return cx.send(from, Msg::Reply(request.id, Box::new(Completion { observed, ..done })));
        }
        let writes: Vec<(Key, WriteId)> = match &request.action {
            Action::Batch(writes) => writes.to_vec(),
            action => action.write_id().map(|w| (request.key, w)).into_iter().collect(),
        };
        for (key, write) in writes {
            self.append(key, write, cx);
        }
        self.waiting.push((self.handed, from, request.id));
    }
    fn append(&mut self, key: Key, write: WriteId, cx: &mut Ctx<'_, Toy>) {
        self.handed += 1;
        cx.persist(ToyRecord::Entry(key, write));
    }
}

impl Actor<Toy> for ToyActor {
    fn on_start(&mut self, cx: &mut Ctx<'_, Toy>) {
        match self {
            ToyActor::Script(script) => {
                let todo = std::mem::take(&mut script.todo);
                script.run(&todo, cx);
            }
            ToyActor::Replica(_) => cx.set_timer(ToyTimer::Routine(0), Span::millis(500)),
            _ => {}
        }
    }
    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Ctx<'_, Toy>) {
        match (self, msg) {
            (ToyActor::Script(script), Msg::Do(todo)) => script.run(&todo, cx),
            (ToyActor::Script(script), Msg::Ping { id, .. }) => script.note(cx, format!("ping {id}")),
            (ToyActor::Client { .. }, Msg::Reply(op, completion)) => cx.complete(op, *completion),
            (ToyActor::Client { primaries }, Msg::Primary(p, actor)) => {
                primaries.insert(p, actor);
            }
            (ToyActor::Replica(r), Msg::Ask(request)) if r.primary => r.ask(from, request, cx),
            (ToyActor::Replica(r), Msg::Append(index, key, write)) => {
                if index > r.handed && !r.primary {
                    r.early.insert(index, (key, write));
                }
                while let Some((key, write)) = r.early.remove(&(r.handed + 1)) {
                    r.append(key, write, cx);
                }
            }
            (ToyActor::Replica(r), Msg::Fetch(have)) if r.primary => {
                for (i, (key, write)) in cx.disk().log.iter().enumerate().skip(have as usize) {
                    cx.send(from, Msg::Append(i as u64 + 1, *key, *write));
                }
            }
            (ToyActor::Replica(r), Msg::Promote) => {
                r.primary = true;
                let (partition, region, survivor) = (r.partition, r.region, cx.me());
                cx.change(Change::LineageCut { partition, region, survivor, why: "failover" });
            }
            _ => {}
        }
    }
    fn on_timer(&mut self, timer: ToyTimer, cx: &mut Ctx<'_, Toy>) {
        match self {
            ToyActor::Script(script) => script.note(cx, format!("{timer:?}")),
            ToyActor::Replica(r) => {
                cx.set_timer(ToyTimer::Routine(0), Span::millis(500));
                if !r.primary {
                    r.others.iter().for_each(|to| cx.send(*to, Msg::Fetch(r.handed)));
                }
            }
            _ => {}
        }
    }
    fn on_durable(&mut self, upto: Lsn, cx: &mut Ctx<'_, Toy>) {
        match self {
            ToyActor::Script(script) => script.note(cx, format!("durable {}", upto.0)),
            ToyActor::Replica(r) if r.primary => {
                let durable = cx.disk().log.len() as u64;
                let (done, waiting) = r.waiting.iter().partition(|(index, ..)| *index <= durable);
                r.waiting = waiting;
                let done: Vec<(u64, ActorId, OpId)> = done;
                for (index, client, op) in done {
                    let (key, write) = cx.disk().log[index as usize - 1];
                    r.others.iter().for_each(|to| cx.send(*to, Msg::Append(index, key, write)));
                    let completion = Completion {
                        ok: true,
                        position: Some(Position { index, ..Position::default() }),
                        served: Some(r.region),
                        served_by_writer: true,
                        ..Completion::default()
                    };
                    cx.send(client, Msg::Reply(op, Box::new(completion)));
                }
            }
            _ => {}
        }
    }
    fn on_invoke(&mut self, request: Request, cx: &mut Ctx<'_, Toy>) {
        if let ToyActor::Client { primaries } = self
            && let Some(to) = primaries.get(&request.partition)
        {
            cx.send(*to, Msg::Ask(request));
        }
    }
    fn on_admin(&mut self, id: ActionId, command: Command, cx: &mut Ctx<'_, Toy>) {
        let ToyActor::Admin { clients } = self else { return };
        match command {
            Command::Tell(to, todo) => cx.send(to, Msg::Do(todo)),
            Command::Promote(partition, to) => {
                cx.send(to, Msg::Promote);
                clients.iter().for_each(|c| cx.send(*c, Msg::Primary(partition, to)));
            }
            Command::Refuse => return cx.answer(id, Answer::Refused("not today".to_string())),
        }
        cx.answer(id, Answer::Done);
    }
    fn on_restart(&mut self, cx: &mut Ctx<'_, Toy>) {
        match self {
            ToyActor::Script(script) => {
                let notes = cx.disk().notes.clone();
                script.note(cx, format!("restarted with {notes:?}"));
            }
            ToyActor::Replica(r) => {
                r.handed = cx.disk().log.len() as u64;
                cx.set_timer(ToyTimer::Routine(0), Span::millis(500));
            }
            _ => {}
        }
    }
}

impl System for Toy {
    const INFO: SystemInfo = SystemInfo {
        name: "toy",
        summary: "for tests",
        sources: &[],
        levels: &["weak", "firm"],
        guarantees: &[],
    };
    type Deployed = Config;
    type Msg = Msg;
    type Timer = ToyTimer;
    type Disk = ToyDisk;
    type Command = Command;
    type Actor = ToyActor;

    fn deploy(config: &Config, plan: &Plan, to: &mut Deployment<Toy>) {
        to.level = 1;
        let mut put = |actor, node, path: String, partition, region| {
            let disk = ToyDisk::default();
            to.actors.push(Deployed { actor, node, path, disk, partition, region })
        };
        let control = plan.topology.nodes.iter().find(|(_, n)| n.role == NodeRole::Control).map(|(id, _)| id);
        let scripts = config.scripts.len() as u32;
        let replica_id = |i: usize| ActorId(1 + scripts + i as u32);
        let mine = |p: &PartitionId| to.partitions.contains(p);
        let replicas: Vec<_> = config.replicas.iter().filter(|(p, ..)| mine(p)).collect();
        let first_client = 1 + scripts + replicas.len() as u32 + config.vaults.len() as u32;
        let clients: Vec<ActorId> =
            (0..plan.clients.len() as u32).map(|i| ActorId(first_client + i)).collect();
        let admin =
            put(ToyActor::Admin { clients }, control.unwrap_or_default(), "admin".to_string(), None, None);
        for (i, (node, todo)) in config.scripts.iter().enumerate() {
            let script = Script { todo: todo.clone(), seen: Vec::new() };
            put(ToyActor::Script(script), *node, format!("script:{i}"), None, None);
        }
        let mut primaries = BTreeMap::new();
        for (i, (partition, node, primary)) in replicas.iter().enumerate() {
            let others = replicas.iter().enumerate().filter(|(j, other)| *j != i && other.0 == *partition);
            let region = plan.topology.nodes[*node].region.unwrap_or_default();
            let replica = Replica {
                partition: *partition,
                region,
                primary: *primary,
                others: others.map(|(j, _)| replica_id(j)).collect(),
                handed: 0,
                early: BTreeMap::new(),
                waiting: Vec::new(),
            };
            let path = format!("partition:{}/node:{}", partition.0, node.0);
            let id = put(ToyActor::Replica(replica), *node, path, Some(*partition), Some(region));
            if *primary {
                primaries.insert(*partition, id);
            }
        }
        for node in &config.vaults {
            put(ToyActor::Vault, *node, format!("vault:{}", node.0), None, None);
        }
        let mut clients: Vec<(ClientId, ActorId)> = Vec::new();
        for (id, client) in plan.clients.iter() {
            let actor = ToyActor::Client { primaries: primaries.clone() };
            clients.push((id, put(actor, client.node, format!("client:{}", id.0), None, None)));
        }
        to.clients = clients;
        to.admin = (!config.no_admin).then_some(admin);
    }
    fn longest_memory(config: &Config) -> Span {
        config.memory
    }
    fn groups(config: &Config, _: &Plan) -> Vec<Vec<PartitionId>> {
        config.groups.clone()
    }
    fn claims(_: &Config, level: u8, served_by_writer: bool, write: bool) -> Claims {
        match (level, served_by_writer || write) {
            (1, true) => Claims::LINEARIZABLE,
            _ => Claims::default(),
        }
    }
    fn holders(_: &Config, role: Role, view: &View<'_, Toy>) -> Vec<NodeId> {
        let leads = |actor: &ToyActor| match (actor, role) {
            (ToyActor::Replica(r), Role::Write) => r.primary,
            (ToyActor::Replica(r), Role::Leader(p)) => r.primary && r.partition == p,
            _ => false,
        };
        view.actors.iter().filter(|(_, a)| a.up && leads(a.actor)).map(|(_, a)| a.node).collect()
    }
    fn holds(disk: &ToyDisk, write: &AckedWrite) -> bool {
        let at = write.position.index as usize;
        at > 0 && disk.log.get(at - 1).is_some_and(|(_, w)| *w == write.write)
    }
}

/// Scripts are deployed in order, after the administration.
pub fn script(i: u32) -> ActorId {
    ActorId(1 + i)
}

/// What a scripted actor saw, without clocks.
pub fn seen(actor: &ToyActor) -> Vec<String> {
    match actor {
        ToyActor::Script(script) => script.seen.iter().map(|(.., what)| what.clone()).collect(),
        _ => Vec::new(),
    }
}

/// What a scripted actor saw, by its wall clock in milliseconds.
pub fn seen_at(actor: &ToyActor) -> Vec<(u64, String)> {
    match actor {
        ToyActor::Script(s) => s.seen.iter().map(|(at, _, what)| (at.0 / 1_000_000, what.clone())).collect(),
        _ => Vec::new(),
    }
}
