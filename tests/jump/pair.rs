//! A small system that is steady during most of an outage: each partition has a server in either of two regions, of which
//! the second takes over when the first has been silent for long enough, and ships what the first missed when it is back.

use geodes::base::ids::{ActionId, ActorId, ClientId, NodeId, PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::*;
use geodes::engine::record::{Answer, Change, Completion, Purpose};
use geodes::model::fault::Role;
use geodes::model::operation::{Claims, OpId, Position, Request};
use geodes::model::plan::Plan;

pub struct Pair;

#[derive(Clone)]
pub struct Config {
    /// The second region takes over after this much silence.
    pub patience: Span,
    /// Between two backups.
    pub backups: Span,
    /// The servers of this partition never say that they are steady.
    pub restless: Option<PartitionId>,
    pub apart: bool,
}

/// Silence of the other server for this long is noticed.
const SILENCE: Span = Span::secs(5);
/// To ship a write that the other server missed takes so long.
pub const SHIPPING: Span = Span::millis(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    Beat,
    TakeOver,
    CatchUp,
    Backup,
}
impl TimerName for Timer {
    fn class(self) -> TimerClass {
        match self {
            Timer::Beat => TimerClass::Routine,
            Timer::TakeOver | Timer::CatchUp => TimerClass::Work,
            Timer::Backup => TimerClass::Calendar,
        }
    }
    fn label(self) -> &'static str {
        "timer"
    }
}

#[derive(Clone, Debug)]
pub enum Msg {
    Beat,
    Ask(Request),
    Reply(OpId, Box<Completion>),
    Here,
}
impl Wire for Msg {
    fn bytes(&self) -> u64 {
        100
    }
    fn label(&self) -> &'static str {
        "message"
    }
    fn purpose(&self) -> Purpose {
        if matches!(self, Msg::Beat) { Purpose::Control } else { Purpose::Client }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Nothing;
impl Storage for Nothing {
    type Record = ();
    fn write(&mut self, _: ()) {}
}

#[derive(Clone)]
pub enum Node {
    Admin,
    Server(Server),
    Client { servers: Vec<(PartitionId, ActorId)> },
}

#[derive(Clone)]
pub struct Server {
    config: Config,
    partition: PartitionId,
    region: RegionId,
    other: ActorId,
    clients: Vec<ActorId>,
    serving: bool,
    heard: SimTime,
    /// The other server has not been heard of for so long, and missed so many writes.
    silent: Option<(Span, u64)>,
    catching_up: bool,
}

impl Server {
    fn tick(&mut self, cx: &mut Ctx<'_, Pair>) {
        cx.set_timer(Timer::Beat, Span::secs(1));
        cx.send(self.other, Msg::Beat);
        if let Some((since, _)) = &mut self.silent {
            *since += Span::secs(1);
        } else if cx.monotonic().since(self.heard) > SILENCE {
            self.silent = Some((Span::ZERO, 0));
            let partition = Some(self.partition);
            cx.change(Change::Detected { what: "silence".to_owned(), partition });
            if !self.serving {
                cx.set_timer(Timer::TakeOver, self.config.patience);
            }
        }
    }

    fn heard(&mut self, cx: &mut Ctx<'_, Pair>) {
        self.heard = cx.monotonic();
        let Some((_, missed)) = self.silent.take() else { return };
        cx.cancel_timer(Timer::TakeOver);
        if self.serving {
            self.catching_up = true;
            cx.set_timer(Timer::CatchUp, SHIPPING * missed);
        }
    }

    fn serve(&mut self, from: ActorId, request: Request, cx: &mut Ctx<'_, Pair>) {
        if !self.serving {
            return;
        }
        let write = request.action.is_write();
        if let Some((_, missed)) = self.silent.as_mut().filter(|_| write) {
            *missed += 1;
        }
        let position = write.then(Position::default);
        let done = Completion { ok: true, served: Some(self.region), position, ..Completion::default() };
        cx.send(from, Msg::Reply(request.id, Box::new(done)));
    }

    fn milestone(&self, what: &str, cx: &mut Ctx<'_, Pair>) {
        cx.change(Change::Milestone { what: what.to_owned(), partition: Some(self.partition) });
    }
}

impl Actor<Pair> for Node {
    fn on_start(&mut self, cx: &mut Ctx<'_, Pair>) {
        if let Node::Server(server) = self {
            server.tick(cx);
            cx.set_timer(Timer::Backup, server.config.backups);
        }
    }
    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Ctx<'_, Pair>) {
        match (self, msg) {
            (Node::Server(server), Msg::Beat) => server.heard(cx),
            (Node::Server(server), Msg::Ask(request)) => server.serve(from, request, cx),
            (Node::Client { .. }, Msg::Reply(op, done)) => cx.complete(op, *done),
            (Node::Client { servers }, Msg::Here) => {
                let partition = servers.iter().find(|(_, server)| server.0.abs_diff(from.0) == 1);
                let partition = partition.map_or(PartitionId(0), |(partition, _)| *partition);
                servers.iter_mut().filter(|(p, _)| *p == partition).for_each(|(_, to)| *to = from);
            }
            _ => {}
        }
    }
    fn on_timer(&mut self, timer: Timer, cx: &mut Ctx<'_, Pair>) {
        let Node::Server(server) = self else { return };
        match timer {
            Timer::Beat => server.tick(cx),
            Timer::TakeOver => {
                server.serving = true;
                server.silent = Some((Span::ZERO, 0));
                server.milestone("took over", cx);
                server.clients.iter().for_each(|client| cx.send(*client, Msg::Here));
            }
            Timer::CatchUp => {
                server.catching_up = false;
                server.milestone("caught up", cx);
            }
            Timer::Backup => {
                cx.set_timer(Timer::Backup, server.config.backups);
                server.milestone("backup", cx);
            }
        }
    }
    fn on_durable(&mut self, _: Lsn, _: &mut Ctx<'_, Pair>) {}
    fn on_invoke(&mut self, request: Request, cx: &mut Ctx<'_, Pair>) {
        let Node::Client { servers } = self else { return };
        if let Some((_, to)) = servers.iter().find(|(p, _)| *p == request.partition) {
            cx.send(*to, Msg::Ask(request));
        }
    }
    fn on_admin(&mut self, id: ActionId, _: (), cx: &mut Ctx<'_, Pair>) {
        cx.answer(id, Answer::Done);
    }
    fn on_restart(&mut self, cx: &mut Ctx<'_, Pair>) {
        if let Node::Server(server) = self {
            server.serving = false;
            server.heard = cx.monotonic();
            server.tick(cx);
            cx.set_timer(Timer::Backup, server.config.backups);
        }
    }
    fn steady(&self, moment: &Moment<'_, Pair>) -> Steady {
        let Node::Server(server) = self else { return Steady::Forever };
        let quiet = server.silent.is_some() || moment.monotonic.since(server.heard) < Span::secs(2);
        Steady::when(quiet && !server.catching_up && server.config.restless != Some(server.partition))
    }
    fn on_skip(&mut self, by: Span) {
        if let Node::Server(Server { silent: Some((since, missed)), .. }) = self {
            *missed += (u128::from(*missed) * u128::from(by.0) / u128::from(since.0.max(1))) as u64;
            *since += by;
        }
    }
}

impl System for Pair {
    const INFO: SystemInfo =
        SystemInfo { name: "pair", summary: "for tests", sources: &[], levels: &["any"], guarantees: &[] };
    type Deployed = Config;
    type Msg = Msg;
    type Timer = Timer;
    type Disk = Nothing;
    type Command = ();
    type Actor = Node;

    fn deploy(config: &Config, plan: &Plan, to: &mut Deployment<Pair>) {
        let first_client = 1 + 2 * to.partitions.len() as u32;
        let clients: Vec<ActorId> =
            (0..plan.clients.len() as u32).map(|i| ActorId(first_client + i)).collect();
        let mut put = |actor, node, path: String, partition, region| {
            to.actors.push(Deployed { actor, node, path, disk: Nothing, partition, region })
        };
        let admin = put(Node::Admin, NodeId(2), "admin".to_owned(), None, None);
        for (i, partition) in to.partitions.iter().enumerate() {
            for region in 0..2 {
                let me = ActorId(1 + 2 * i as u32 + region);
                let server = Server {
                    config: config.clone(),
                    partition: *partition,
                    region: RegionId(region),
                    other: ActorId(if region == 0 { me.0 + 1 } else { me.0 - 1 }),
                    clients: clients.clone(),
                    serving: region == 0,
                    heard: SimTime::ZERO,
                    silent: None,
                    catching_up: false,
                };
                let path = format!("partition:{}/region:{region}", partition.0);
                put(Node::Server(server), NodeId(region), path, Some(*partition), Some(RegionId(region)));
            }
        }
        let servers: Vec<(PartitionId, ActorId)> =
            to.partitions.iter().enumerate().map(|(i, p)| (*p, ActorId(1 + 2 * i as u32))).collect();
        let client = |(id, client): (ClientId, &geodes::model::workload::Client)| {
            let actor = Node::Client { servers: servers.clone() };
            (id, put(actor, client.node, format!("client:{}", id.0), None, None))
        };
        to.clients = plan.clients.iter().map(client).collect();
        to.admin = Some(admin);
    }
    fn longest_memory(_: &Config) -> Span {
        Span::secs(30)
    }
    fn groups(config: &Config, plan: &Plan) -> Vec<Vec<PartitionId>> {
        let all: Vec<PartitionId> = (0..plan.partitions).map(PartitionId).collect();
        if config.apart { all.into_iter().map(|p| vec![p]).collect() } else { vec![all] }
    }
    fn claims(_: &Config, _: u8, _: bool, _: bool) -> Claims {
        Claims::default()
    }
    fn holders(_: &Config, _: Role, _: &View<'_, Pair>) -> Vec<NodeId> {
        Vec::new()
    }
    fn holds(_: &Nothing, _: &AckedWrite) -> bool {
        true
    }
}
