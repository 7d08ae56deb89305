//! What one event costs: `cargo bench --bench engine`.
//!
//! Five nodes pass messages round, each with an election timer that every message re-arms, with digest and records on;
//! then the same with a disk write before each message is passed on, and with many messages pending. Printed: nanoseconds
//! of wall time per event on one core, the best of five runs.
#![allow(clippy::disallowed_methods)]

use geodes::base::dist::Law;
use geodes::base::ids::{ActionId, ActorId, NodeId, PartitionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::*;
use geodes::engine::record::Purpose;
use geodes::engine::world::World;
use geodes::model::fault::Role;
use geodes::model::operation::{Claims, Request};
use geodes::model::plan::{Limits, Plan};
use geodes::model::topology::{Domain, Node, NodeRole, Region, Zone};
use std::sync::Arc;
use std::time::Instant;

#[derive(Clone)]
struct Ring;

#[derive(Clone, Debug)]
struct Token([u64; 4]);
impl Wire for Token {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        "token"
    }
    fn purpose(&self) -> Purpose {
        Purpose::Replication
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Election;
impl TimerName for Election {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }
    fn label(self) -> &'static str {
        "election"
    }
}

#[derive(Clone, Debug, Default)]
struct Count(u64);
impl Storage for Count {
    type Record = u64;
    fn write(&mut self, record: u64) {
        self.0 += record;
    }
}

#[derive(Clone, Copy)]
struct Shape {
    tokens: u64,
    timer: bool,
    disk: bool,
}

#[derive(Clone)]
struct Member {
    next: ActorId,
    shape: Shape,
    held: Vec<Token>,
}

impl Member {
    fn pass(&mut self, mut token: Token, cx: &mut Ctx<'_, Ring>) {
        token.0[0] += 1;
        if self.shape.timer {
            cx.set_timer(Election, Span::millis(300));
        }
        cx.send(self.next, token);
    }
}

impl Actor<Ring> for Member {
    fn on_start(&mut self, cx: &mut Ctx<'_, Ring>) {
        for n in 0..self.shape.tokens {
            self.pass(Token([n; 4]), cx);
        }
    }
    fn on_message(&mut self, _: ActorId, token: Token, cx: &mut Ctx<'_, Ring>) {
        if self.shape.disk {
            cx.persist(token.0[0]);
            self.held.push(token);
        } else {
            self.pass(token, cx);
        }
    }
    fn on_timer(&mut self, _: Election, cx: &mut Ctx<'_, Ring>) {
        cx.set_timer(Election, Span::millis(300));
    }
    fn on_durable(&mut self, _: Lsn, cx: &mut Ctx<'_, Ring>) {
        if let Some(token) = self.held.pop() {
            self.pass(token, cx);
        }
    }
    fn on_invoke(&mut self, _: Request, _: &mut Ctx<'_, Ring>) {}
    fn on_admin(&mut self, _: ActionId, (): (), _: &mut Ctx<'_, Ring>) {}
    fn on_restart(&mut self, _: &mut Ctx<'_, Ring>) {}
}

impl System for Ring {
    const INFO: SystemInfo =
        SystemInfo { name: "ring", summary: "pings", sources: &[], levels: &[], guarantees: &[] };
    type Deployed = Shape;
    type Msg = Token;
    type Timer = Election;
    type Disk = Count;
    type Command = ();
    type Actor = Member;
    fn deploy(shape: &Shape, plan: &Plan, to: &mut Deployment<Ring>) {
        let nodes = plan.topology.nodes.len() as u32;
        for i in 0..nodes {
            let actor = Member { next: ActorId((i + 1) % nodes), shape: *shape, held: Vec::new() };
            let (path, disk) = (format!("member:{i}"), Count::default());
            to.actors.push(Deployed { actor, node: NodeId(i), path, disk, partition: None, region: None });
        }
    }
    fn longest_memory(_: &Shape) -> Span {
        Span::ZERO
    }
    fn groups(_: &Shape, _: &Plan) -> Vec<Vec<PartitionId>> {
        vec![vec![]]
    }
    fn claims(_: &Shape, _: u8, _: bool, _: bool) -> Claims {
        Claims::default()
    }
    fn holders(_: &Shape, _: Role, _: &View<'_, Ring>) -> Vec<NodeId> {
        Vec::new()
    }
    fn holds(_: &Count, _: &AckedWrite) -> bool {
        false
    }
}

fn plan(delay: Law) -> Plan {
    let mut plan = Plan { partitions: 1, ..Plan::default() };
    let t = &mut plan.topology;
    let (name, geography) = ("here".to_string(), String::new());
    let region = t.regions.push(Region { name, geography, has_zones: false, position: None });
    let zone = t.zones.push(Zone { region, number: 1 });
    for i in 0..5 {
        let domain = t.domains.push(Domain { zone, number: i + 1 });
        t.nodes.push(Node {
            path: format!("region:here/zone:1/node:{i}"),
            role: NodeRole::Data,
            region: Some(region),
            zone: Some(zone),
            domain: Some(domain),
            fails_with_place: true,
        });
    }
    plan.network.intra_zone = delay;
    plan.disk.persist = Law::Constant(0.001);
    plan.limits = Limits { at_least: Span::ZERO, cap: Span::MAX, until_settled: false };
    plan
}

fn measure(name: &str, shape: Shape, delay: Law, events: u64) {
    let per_second = 5.0 * shape.tokens as f64 * 1_000.0;
    let cap = Span::from_secs_f64(events as f64 / per_second);
    let plan = plan(delay);
    let mut best = f64::MAX;
    for seed in 0..5 {
        let spec = WindowSpec { seed, ..WindowSpec::default() };
        let mut world = World::<Ring>::new(Arc::new(shape), Arc::new(plan.clone()), vec![], spec, vec![]);
        let started = Instant::now();
        world.run_until(SimTime::ZERO + cap);
        best = best.min(started.elapsed().as_nanos() as f64 / world.events() as f64);
        assert!(world.events() > events / 3);
    }
    println!("{name:<58} {best:>6.1} ns/event");
}

fn main() {
    let ping = |tokens, timer, disk| Shape { tokens, timer, disk };
    let ms = Law::Constant(0.001);
    let exponential = Law::Exponential { mean: 0.001 };
    measure("5 nodes, ping, constant delay", ping(1, false, false), ms.clone(), 2_000_000);
    measure("5 nodes, ping, exponential delay", ping(1, false, false), exponential.clone(), 2_000_000);
    measure(
        "5 nodes, ping, exponential delay, re-armed timer",
        ping(1, true, false),
        exponential.clone(),
        2_000_000,
    );
    measure("the same, a disk write before each", ping(1, true, true), exponential.clone(), 2_000_000);
    measure("1k messages pending", ping(200, true, false), exponential.clone(), 2_000_000);
    measure("100k messages pending", ping(20_000, true, false), exponential, 2_000_000);
}
