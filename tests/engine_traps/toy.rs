//! A toy system: actors that follow a list of rules and write down what happens to them.

use geodes::base::dist::Law;
use geodes::base::ids::{ActionId, ActorId, Id, IdVec, NodeId, PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{
    AckedWrite, Actor, Ctx, Deployed, Deployment, Lsn, Storage, System, SystemInfo, TimerClass, TimerName,
    View, WindowSpec, Wire,
};
use geodes::engine::record::Purpose;
use geodes::engine::run::Ready;
use geodes::engine::world::World;
use geodes::model::fault::{Fault, FaultKind, Role, Scope};
use geodes::model::operation::{Claims, Request};
use geodes::model::plan::{Limits, Plan};
use geodes::model::topology::{Node, NodeRole, Region, Zone};
use std::sync::Arc;

/// What a rule waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Start,
    Timer(u8),
    Message(u8),
    Restart,
}

/// What it does then.
#[derive(Clone, Copy, Debug)]
pub enum Do {
    /// Sends a message of this tag and size.
    Send(u32, u8, u64),
    Set(u8, Span),
    Cancel(u8),
    Persist(u64),
    /// Draws from the substream `dice` and writes the draw down.
    Draw,
}

pub type Rules = Vec<(When, Do)>;

/// One actor a region (`region` counts from 0), with its rules.
pub type Cast = Vec<(u32, Rules)>;

#[derive(Clone)]
pub struct Toy;

#[derive(Clone, Debug)]
pub struct Player {
    rules: Arc<Rules>,
    /// Own steady clock, and what happened.
    pub seen: Vec<(SimTime, String)>,
    /// Wall clock at the last event.
    pub wall: SimTime,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counter(pub Vec<u64>);

impl Storage for Counter {
    type Record = u64;
    fn write(&mut self, record: u64) {
        self.0.push(record);
    }
}

#[derive(Clone, Debug)]
pub struct Ping(pub u8, pub u64);

impl Wire for Ping {
    fn bytes(&self) -> u64 {
        self.1
    }
    fn label(&self) -> &'static str {
        "ping"
    }
    fn purpose(&self) -> Purpose {
        Purpose::Client
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alarm(u8);

impl TimerName for Alarm {
    fn class(self) -> TimerClass {
        TimerClass::Work
    }
    fn label(self) -> &'static str {
        "alarm"
    }
}

impl System for Toy {
    const INFO: SystemInfo = SystemInfo {
        name: "toy",
        summary: "follows rules",
        sources: &[],
        levels: &["only"],
        guarantees: &[],
    };
    type Deployed = Cast;
    type Msg = Ping;
    type Timer = Alarm;
    type Disk = Counter;
    type Command = ();
    type Actor = Player;

    fn deploy(cast: &Cast, plan: &Plan, to: &mut Deployment<Toy>) {
        for (n, (region, rules)) in cast.iter().enumerate() {
            let path = format!("toy/{}/{n}", plan.topology.regions[RegionId(*region)].name);
            // Only the world of the first partition has a script.
            let script = if to.partitions.contains(&PartitionId(0)) { rules.clone() } else { Vec::new() };
            let actor = Player { rules: Arc::new(script), seen: Vec::new(), wall: SimTime::ZERO };
            let (partition, region) = (Some(PartitionId(0)), Some(RegionId(*region)));
            to.actors.push(Deployed {
                actor,
                node: NodeId::from_index(n),
                path,
                disk: Counter::default(),
                partition,
                region,
            });
        }
    }
    fn longest_memory(_: &Cast) -> Span {
        Span::secs(3)
    }
    fn groups(_: &Cast, plan: &Plan) -> Vec<Vec<PartitionId>> {
        (0..plan.partitions).map(|p| vec![PartitionId(p)]).collect()
    }
    fn claims(_: &Cast, _: u8, _: bool, _: bool) -> Claims {
        Claims::default()
    }
    fn holders(_: &Cast, _: Role, view: &View<'_, Toy>) -> Vec<NodeId> {
        view.actors.iter().take(1).map(|(_, a)| a.node).collect()
    }
    fn holds(_: &Counter, _: &AckedWrite) -> bool {
        false
    }
}

impl Player {
    fn on(&mut self, when: When, what: String, cx: &mut Ctx<'_, Toy>) {
        self.seen.push((cx.monotonic(), what));
        self.wall = cx.now();
        for (_, act) in self.rules.clone().iter().filter(|(w, _)| *w == when) {
            match *act {
                Do::Send(to, tag, bytes) => cx.send(ActorId(to), Ping(tag, bytes)),
                Do::Set(name, after) => cx.set_timer(Alarm(name), after),
                Do::Cancel(name) => cx.cancel_timer(Alarm(name)),
                Do::Persist(value) => {
                    cx.persist(value);
                }
                Do::Draw => {
                    let drawn = cx.random("dice").below(1_000_000);
                    self.seen.push((cx.monotonic(), format!("draw {drawn}")));
                }
            }
        }
    }
}

impl Actor<Toy> for Player {
    fn on_start(&mut self, cx: &mut Ctx<'_, Toy>) {
        self.on(When::Start, "start".into(), cx);
    }
    fn on_message(&mut self, from: ActorId, msg: Ping, cx: &mut Ctx<'_, Toy>) {
        self.on(When::Message(msg.0), format!("message {} of {}", msg.0, from.0), cx);
    }
    fn on_timer(&mut self, timer: Alarm, cx: &mut Ctx<'_, Toy>) {
        self.on(When::Timer(timer.0), format!("timer {}", timer.0), cx);
    }
    fn on_durable(&mut self, upto: Lsn, cx: &mut Ctx<'_, Toy>) {
        self.seen.push((cx.monotonic(), format!("durable {}", upto.0)));
    }
    fn on_invoke(&mut self, _: Request, _: &mut Ctx<'_, Toy>) {}
    fn on_admin(&mut self, _: ActionId, (): (), _: &mut Ctx<'_, Toy>) {}
    fn on_restart(&mut self, cx: &mut Ctx<'_, Toy>) {
        self.on(When::Restart, format!("restart with {:?}", cx.disk().0), cx);
    }
}

/// Regions A, B, ...; 50 ms between them, 1 ms within; a persist takes 10 ms.
pub fn plan(cast: &Cast) -> Plan {
    let mut plan = Plan { partitions: 1, ..Plan::default() };
    let regions = cast.iter().map(|(region, _)| region + 1).max().unwrap_or(1);
    for name in ["A", "B", "C"].iter().take(regions as usize) {
        let name = name.to_string();
        let region = plan.topology.regions.push(Region {
            name,
            geography: String::new(),
            has_zones: false,
            position: None,
        });
        plan.topology.zones.push(Zone { region, number: 1 });
    }
    for (n, (region, _)) in cast.iter().enumerate() {
        plan.topology.nodes.push(Node {
            path: format!("region:{region}/node:{n}"),
            role: NodeRole::Data,
            region: Some(RegionId(*region)),
            zone: plan.topology.zones.ids().nth(*region as usize),
            domain: None,
            fails_with_place: true,
        });
    }
    let row = |law: Law| -> IdVec<RegionId, Law> { (0..regions).map(|_| law.clone()).collect() };
    plan.network.intra_zone = Law::Constant(0.001);
    plan.network.inter_zone = Law::Constant(0.001);
    plan.network.global = Law::Constant(0.010);
    plan.network.pairs = (0..regions).map(|_| row(Law::Constant(0.050))).collect();
    plan.disk.persist = Law::Constant(0.010);
    plan.limits = Limits { at_least: Span::ZERO, cap: Span::hours(1), until_settled: true };
    plan
}

/// A world of this plan and cast.
pub fn world(plan: Plan, cast: &Cast, spec: WindowSpec) -> World<Toy> {
    Ready::<Toy>::new(cast.clone(), Vec::new()).world(&Arc::new(plan), spec, vec![PartitionId(0)])
}

/// A world of this cast, as [`plan`] has it.
pub fn toy(cast: &Cast) -> World<Toy> {
    world(plan(cast), cast, WindowSpec::default())
}

/// A fault at a node, or of a whole scope.
pub fn fault(scope: Scope, kind: FaultKind, at_ms: u64, lasts_ms: u64) -> Fault {
    let lasts = (lasts_ms > 0).then_some(Span::millis(lasts_ms));
    Fault { label: String::new(), scope, kind, at: ms(at_ms), lasts }
}

/// A time in milliseconds.
pub fn ms(n: u64) -> SimTime {
    SimTime::ZERO + Span::millis(n)
}

/// What happened to an actor, with the milliseconds of its steady clock.
pub fn seen(world: &World<Toy>, actor: u32) -> Vec<(u64, String)> {
    let seen = &world.actor(ActorId(actor)).seen;
    seen.iter().map(|(at, what)| (at.0 / 1_000_000, what.clone())).collect()
}
