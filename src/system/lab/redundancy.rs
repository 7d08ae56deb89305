//! `lab-redundancy`: copies in nested failure scopes, a quorum, repair crews, and a service that moves between regions.
//!
//! Every data node of the listed regions is a member and holds a copy. A director, which no fault of these regions takes
//! down, sits with the clients: it hands each operation to the members, and answers when enough of them have. Members
//! crash, lose their disks and come back by the faults of the scenario; what is not on their disks they forget.
//!
//! - `quorum-over = "all"`: enough members anywhere; `"any-region"`: enough in some region; `"active-region"`: enough in
//!   the region that serves now, whose name is the system's [mode](crate::engine::contract::System::mode).
//! - Failover: when the active region has been unable to serve for a draw of the law, another one that is able to takes
//!   over; none does if the active one is able again first. An attempt that finds no such region is made again. The
//!   director knows members by their heartbeats: one that fell silent is taken to have failed half a heartbeat after its
//!   last one.
//! - Failback: never, or so long (a draw of the law) after the first region is able to serve again, unless it is not able
//!   any more by then; nothing is served while it takes.
//! - A member whose disk is blank is rebuilt from another by one of the crews. When all are there and all are blank, the
//!   data are lost, and a new lineage begins.
//!
//! Observed: `outage`, in seconds, from the first operation of a client that was not answered to the first that was;
//! `rebuild`, from the start of a rebuild to its end; `data-lost`, 1 for each time that all copies were gone.

mod client;
mod config;
mod director;
mod health;
mod member;
mod message;
mod repair;

use crate::base::diagnostics::Diagnostics;
use crate::base::document::Located;
use crate::base::ids::{ActorId, NodeId};
use crate::base::time::Span;
use crate::engine::contract::{AckedWrite, Lsn, Steady, Storage, SystemInfo, TimerClass, TimerName, View};
use crate::model::fault::Role;
use crate::model::operation::Request;
use crate::model::plan::Plan;
use crate::system::lab::{Cast, Cx, Lab, Played, Player, Small};
pub use config::{Config, FailoverText, QuorumOver, Settings};
pub use message::Msg;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Redundancy;

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Hands operations to the members and decides who serves.
    Director(Box<director::Director>),
    /// Holds a copy.
    Member(Box<member::Member>),
    /// Asks.
    Client(client::Client),
}

/// The writes of the lineage that this disk has: those after `from`, up to `upto`; none at all when it is blank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copy {
    whole: bool,
    from: u64,
    upto: u64,
}

impl Storage for Copy {
    type Record = Copy;
    fn write(&mut self, record: Copy) {
        *self = record;
    }
}

/// Timers of all roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A member says that it is there.
    Heartbeat,
    /// No heartbeat came from this member.
    Silent(u32),
    /// Another region takes over.
    Failover,
    /// The service goes back to the first region.
    Failback,
    /// It is there.
    FailbackDone,
    /// A crew has rebuilt this member.
    Rebuilt(u32),
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        match self {
            Timer::Heartbeat | Timer::Silent(_) => TimerClass::Routine,
            _ => TimerClass::Work,
        }
    }
    fn label(self) -> &'static str {
        match self {
            Timer::Heartbeat => "heartbeat",
            Timer::Silent(_) => "silent",
            Timer::Failover => "failover",
            Timer::Failback => "failback",
            Timer::FailbackDone => "failback-done",
            Timer::Rebuilt(_) => "rebuilt",
        }
    }
}

impl Player<Redundancy> for Actor {
    fn on_start(&mut self, cx: &mut Cx<'_, Redundancy>) {
        match self {
            Actor::Director(director) => director.start(cx),
            Actor::Member(member) => member.start(cx),
            Actor::Client(_) => {}
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Redundancy>) {
        match self {
            Actor::Director(director) => director.message(from, msg, cx),
            Actor::Member(member) => member.message(msg, cx),
            Actor::Client(client) => client.answered(msg, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Redundancy>) {
        match self {
            Actor::Director(director) => director.timer(timer, cx),
            Actor::Member(member) => member.start(cx),
            Actor::Client(_) => {}
        }
    }

    fn on_durable(&mut self, upto: Lsn, cx: &mut Cx<'_, Redundancy>) {
        if let Actor::Member(member) = self {
            member.durable(upto, cx);
        }
    }

    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, Redundancy>) {
        if let Actor::Client(client) = self {
            client.invoke(&request, cx);
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_, Redundancy>) {
        match self {
            Actor::Member(member) => member.restart(cx),
            Actor::Director(director) => director.start(cx),
            Actor::Client(_) => {}
        }
    }

    /// What the director and the members wait for has a timer.
    fn steady(&self) -> Steady {
        match self {
            Actor::Client(client) => client.steady(),
            _ => Steady::Forever,
        }
    }

    fn on_skip(&mut self, by: Span) {
        if let Actor::Client(client) = self {
            client.on_skip(by);
        }
    }
}

impl Lab for Redundancy {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-redundancy",
        summary: "copies in nested failure scopes, a quorum, repair crews, failover and failback between regions",
        sources: &["R. Barlow and F. Proschan, Statistical Theory of Reliability and Life Testing (1975)"],
        levels: &["none"],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Msg;
    type Timer = Timer;
    type Disk = Copy;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        config::resolve(config, plan, errors)
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let active = health::active_in_mode(settings, plan);
        let director = Actor::Director(Box::new(director::Director::new(settings, active)));
        let director = cast.add(settings.director, "lab-redundancy/director", director);
        for (number, (node, place)) in settings.members.iter().enumerate() {
            let member = member::Member::new(settings, number as u32, director);
            let path = format!("lab-redundancy/{}", plan.topology.nodes[*node].path);
            let region = settings.regions[*place].0;
            let whole = Copy { whole: true, from: 0, upto: 0 };
            cast.add_store(*node, path, Actor::Member(Box::new(member)), whole, region);
        }
        cast.clients(plan, |_, _| Actor::Client(client::Client::new(director)));
    }

    fn longest_memory(settings: &Settings) -> Span {
        settings.heartbeat * 2
    }

    /// `@write`: the members that can serve operations now, by region; `@leader(0)`: those of the active region.
    fn holders(settings: &Settings, _: Role, view: &View<'_, Small<Self>>) -> Vec<NodeId> {
        let director = view.actors.iter().find_map(|(_, a)| match &a.actor {
            Played(Actor::Director(director)) => Some(director),
            _ => None,
        });
        let serves = |place: usize| director.is_some_and(|d| d.serves_from(place));
        settings.members.iter().filter(|(_, place)| serves(*place)).map(|(node, _)| *node).collect()
    }

    fn mode(settings: &Settings, view: &View<'_, Small<Self>>) -> String {
        view.actors
            .iter()
            .find_map(|(_, a)| match &a.actor {
                Played(Actor::Director(director)) => Some(health::mode_of(settings, director.active())),
                _ => None,
            })
            .unwrap_or_default()
    }

    fn holds(disk: &Copy, write: &AckedWrite) -> bool {
        disk.whole && (disk.from + 1..=disk.upto).contains(&write.position.index)
    }
}
