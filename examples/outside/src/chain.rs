//! Chain replication (van Renesse and Schneider, OSDI 2004), without the service that mends chains: clients write to the
//! head and read from the tail, and each server hands its log to the next. One whose disk is gone stays away.

use geodes::base::ids::{ActorId, NodeId, RegionId};
use geodes::base::{diagnostics::*, document::Located, time::Span};
use geodes::engine::{contract::*, record::*};
use geodes::model::{fault::*, operation::*, plan::Plan};
use geodes::system::lab::{Cast, Cx, Lab, Player};

#[derive(Clone, Copy, Debug)]
pub struct Chain;

/// `[system.chain]`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Chain")]
pub struct Config {
    /// One server in each of these regions, from the head to the tail.
    #[schemars(length(min = 1))]
    regions: Vec<Located<String>>,
}

/// A write on its way down the chain: its key, itself, and which operation of which client waits for it.
type Entry = (Key, WriteId, OpId, ActorId);

/// `Append` is a piece of the log and where it begins, `Have` how much of it is durable, `Done` where a write stands in it.
#[derive(Clone, Debug)]
pub enum Msg {
    Write(Entry),
    Read(OpId, Key),
    Append(usize, Vec<Entry>),
    Have(usize),
    Done(OpId, Option<usize>, Observed),
}
impl Wire for Msg {
    fn bytes(&self) -> u64 {
        if let Msg::Append(_, entries) = self { 64 + 1_024 * entries.len() as u64 } else { 64 }
    }
    fn label(&self) -> &'static str {
        if let Msg::Append(..) | Msg::Have(_) = self { "replicate" } else { "serve" }
    }
    fn purpose(&self) -> Purpose {
        if let Msg::Append(..) | Msg::Have(_) = self { Purpose::Replication } else { Purpose::Client }
    }
}

/// The next server has not said for a while that it has everything: the world is not settled before it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resend;
impl TimerName for Resend {
    fn class(self) -> TimerClass {
        TimerClass::Work
    }
    fn label(self) -> &'static str {
        "resend"
    }
}

/// What survives a crash. A disk that was lost comes back as the default: no part of the chain.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    member: bool,
    log: Vec<Entry>,
}
impl Storage for Disk {
    type Record = Entry;
    fn write(&mut self, entry: Entry) {
        self.log.push(entry);
    }
}

/// A server knows how many entries it handed to its disk, how many the next one has (or, at the tail, were answered), and
/// whether it waits to hear of more.
#[derive(Clone, Debug)]
pub enum Actor {
    Server { next: Option<ActorId>, taken: usize, acked: usize, waits: bool },
    Client { head: ActorId, tail: ActorId, region: RegionId },
}

impl Player<Chain> for Actor {
    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Chain>) {
        let Disk { member, log } = cx.disk();
        match (&mut *self, msg) {
            (Actor::Client { region, .. }, Msg::Done(op, at, observed)) => {
                let position = at.map(|at| Position { index: at as u64, ..Position::default() });
                let done =
                    Completion { ok: true, served: Some(*region), observed, position, ..Default::default() };
                cx.complete(op, done);
            }
            (Actor::Server { .. }, _) if !member => {}
            (Actor::Server { taken, .. }, Msg::Write(entry)) => {
                *taken += 1;
                cx.persist(entry);
            }
            (Actor::Server { taken, .. }, Msg::Append(at, entries)) => {
                let new = taken.checked_sub(at).and_then(|known| entries.get(known..)).unwrap_or_default();
                *taken += new.len();
                new.iter().for_each(|entry| _ = cx.persist(*entry));
                cx.send(from, Msg::Have(log.len()));
            }
            (Actor::Server { acked, waits, .. }, Msg::Have(durable)) => {
                *acked = durable;
                *waits = durable < log.len();
                if *waits { self.on_timer(Resend, cx) } else { cx.cancel_timer(Resend) }
            }
            (Actor::Server { .. }, Msg::Read(op, key)) => {
                let value = log.iter().rev().find(|entry| entry.0 == key).map_or(WriteId::INITIAL, |e| e.1);
                cx.send(from, Msg::Done(op, None, Observed::Value(value)));
            }
            _ => {}
        }
    }
    fn on_durable(&mut self, _: Lsn, cx: &mut Cx<'_, Chain>) {
        if let Actor::Server { waits: false, .. } = self {
            self.on_timer(Resend, cx);
        }
    }
    /// Hands the next server what it lacks, and does so again until it has everything; the tail answers.
    fn on_timer(&mut self, _: Resend, cx: &mut Cx<'_, Chain>) {
        let (Actor::Server { next, acked, waits, .. }, log) = (self, &cx.disk().log) else { return };
        if let Some(next) = next {
            *waits = true;
            cx.send(*next, Msg::Append(*acked, log[*acked..].to_vec()));
            return cx.set_timer(Resend, Span::millis(500));
        }
        for (at, (_, _, op, client)) in log.iter().enumerate().skip(*acked) {
            cx.send(*client, Msg::Done(*op, Some(at), Observed::Nothing));
        }
        *acked = log.len();
    }
    fn on_restart(&mut self, cx: &mut Cx<'_, Chain>) {
        if let Actor::Server { taken, .. } = self {
            *taken = cx.disk().log.len();
        }
        self.on_timer(Resend, cx);
    }
    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, Chain>) {
        let Actor::Client { head, tail, .. } = self else { return };
        let (op, key, me) = (request.id, request.key, cx.me());
        match request.action {
            Action::Write(id) | Action::Insert(id) => cx.send(*head, Msg::Write((key, id, op, me))),
            _ => cx.send(*tail, Msg::Read(op, key)),
        }
    }
}

impl Lab for Chain {
    const INFO: SystemInfo = SystemInfo {
        name: "chain",
        summary: "chain replication over regions",
        sources: &["R. van Renesse and F. Schneider, Chain replication (OSDI 2004)"],
        levels: &["linearizable"],
        guarantees: &["linearizable"],
    };
    type Config = Config;
    type Settings = Vec<(NodeId, RegionId)>;
    type Msg = Msg;
    type Timer = Resend;
    type Disk = Disk;
    type Actor = Actor;
    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Self::Settings> {
        let mut chain = Vec::new();
        for name in &config.regions {
            let region = plan.topology.region(name);
            let node = region.and_then(|r| plan.topology.data_nodes_in(&Scope::Region(r)).next());
            match node.zip(region) {
                Some(place) => chain.push(place),
                None => _ = errors.error(Code::ImpossiblePlacement, name.place, "no node in such a region"),
            }
        }
        (chain.len() == config.regions.len()).then_some(chain)
    }
    fn deploy(chain: &Self::Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let head = cast.next();
        for (i, (node, region)) in chain.iter().enumerate() {
            let next = chain.get(i + 1).map(|_| ActorId(cast.next().0 + 1));
            let server = Actor::Server { next, taken: 0, acked: 0, waits: false };
            let disk = Disk { member: true, log: Vec::new() };
            cast.add_store(*node, format!("chain/server:{i}"), server, disk, *region);
        }
        let (tail, region) = (ActorId(cast.next().0 - 1), chain[chain.len() - 1].1);
        cast.clients(plan, |_, _| Actor::Client { head, tail, region });
    }
    fn claims(_: &Self::Settings) -> Claims {
        Claims::LINEARIZABLE
    }
    fn holds(disk: &Disk, write: &AckedWrite) -> bool {
        disk.log.get(write.position.index as usize).is_some_and(|entry| entry.1 == write.write)
    }
}
