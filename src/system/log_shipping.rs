//! `log-shipping`: a primary site whose log reaches a secondary one late (GEN-4).
//!
//! The generic form of geo-redundant storage, failover groups and recovery points elsewhere. The primary acknowledges
//! by itself. What it has written reaches the secondary either as a *stream*, each entry after a lag (or as fast as the
//! link carries it: a backlog then waits at the primary), or as *recovery points*: the state as of moments that are
//! an interval apart, each of which leaves after a lag, crosses the link at its rate, and can be used once all of it has
//! arrived. A takeover goes on from the last point that is whole, and what was written after that is lost: the recovery point
//! objective is the age of that point. Who decides, and when, is a policy: a person, a grace period, or an order.
//!
//! The actors are those of [`primary_backup`], in asynchronous mode: the coordinator is the
//! provider's control plane, epochs or leases fence, a site that returns cuts off what the other does not have, keeps it
//! aside, and becomes the secondary. A planned switch ships what is missing first, and loses nothing.

pub mod config;
mod resolve;

use crate::base::ids::{NodeId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::{AckedWrite, Deployment, System, SystemInfo, View};
use crate::model::fault::Role;
use crate::model::operation::Claims;
use crate::model::plan::Plan;
use crate::system::primary_backup::command::Command;
use crate::system::primary_backup::disk::Disk;
use crate::system::primary_backup::message::Msg;
use crate::system::primary_backup::timer::Timer;
use crate::system::primary_backup::{self, Actor, GUARANTEES, Kin, LEVELS, Settings};

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct LogShipping;

impl Kin for LogShipping {}

impl System for LogShipping {
    const INFO: SystemInfo = SystemInfo {
        name: "log-shipping",
        summary: "a primary site and a secondary that gets its log late: a stream or recovery points, takeover by policy",
        sources: &[
            "K. Keeton and others, Designing for disasters (FAST 2004)",
            "Azure Storage: geo-redundancy and the last sync time; Azure SQL: failover groups",
        ],
        levels: LEVELS,
        guarantees: GUARANTEES,
    };
    const ACKNOWLEDGES_WHAT_SURVIVOR_HOLDS: bool = true;
    type Deployed = Settings;
    type Msg = Msg;
    type Timer = Timer;
    type Disk = Disk;
    type Command = Command;
    type Actor = Actor;

    fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<Self>) {
        primary_backup::deploy(settings, plan, to);
    }

    fn longest_memory(settings: &Settings) -> Span {
        settings.longest_memory()
    }

    /// Everything runs in one world: partitions share the link between the sites.
    fn groups(settings: &Settings, _: &Plan) -> Vec<Vec<PartitionId>> {
        settings.one_group()
    }

    fn claims(settings: &Settings, _: u8, from_primary: bool, write: bool) -> Claims {
        if write { Claims::default() } else { settings.claims(from_primary) }
    }

    fn holders(_: &Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        primary_backup::primaries(role, view)
    }

    fn mode(settings: &Settings, view: &View<'_, Self>) -> String {
        primary_backup::mode_of(settings, view)
    }

    fn is_replica(disk: &Disk) -> bool {
        disk.member
    }

    fn holds(disk: &Disk, write: &AckedWrite) -> bool {
        disk.holds(write)
    }
}
