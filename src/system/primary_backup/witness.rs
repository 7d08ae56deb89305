//! A node of the coordinator: it keeps, with a majority of the others, the configuration of each partition, and notices
//! whether primaries are alive.

use super::Kin;
use super::configuration::{Configuration, Known};
use super::disk::DiskRecord;
use super::message::{Msg, Register};
use super::settings::{Directory, Settings};
use super::{Cx, Mutation};
use crate::algorithm::lease::Grantor;
use crate::algorithm::register::Acceptor;
use crate::base::ids::{ActorId, PartitionId};
use crate::base::time::SimTime;
use crate::engine::contract::Lsn;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A node of the coordinator.
#[derive(Clone, Debug)]
pub struct Witness {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    registers: BTreeMap<PartitionId, Acceptor<Configuration>>,
    /// Until when each partition's primary is taken to be alive: with leases, may trust its own.
    alive: Grantor<PartitionId>,
    /// Epochs that an operator wants to be over: nothing is granted in them any more.
    barred: BTreeMap<PartitionId, u64>,
    handed: Lsn,
    durable: Lsn,
    held: VecDeque<(Lsn, ActorId, Msg)>,
}

impl Witness {
    /// One that has heard nobody yet.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Witness {
        // Without leases the time since a sign of life is a matter of judgement, not of safety.
        let drift = if settings.lease { settings.drift_ppm } else { 0 };
        Witness {
            settings,
            directory,
            registers: BTreeMap::new(),
            alive: Grantor::new(drift),
            barred: BTreeMap::new(),
            handed: Lsn(0),
            durable: Lsn(0),
            held: VecDeque::new(),
        }
    }

    /// What it granted before, it does not know: every primary may have a lease. A node whose disk was destroyed takes part
    /// in nothing any more.
    pub(super) fn on_start<S: Kin>(&mut self, cx: Cx<S>) {
        self.registers = cx.disk().register.clone();
        let (now, length) = (cx.monotonic(), self.settings.silence);
        for partition in self.registers.keys() {
            self.alive.grant(*partition, now, length);
        }
    }

    fn say<S: Kin>(&mut self, to: ActorId, msg: Msg, cx: Cx<S>) {
        if self.handed <= self.durable {
            cx.send(to, msg)
        } else {
            self.held.push_back((self.handed, to, msg))
        }
    }

    pub(super) fn on_durable<S: Kin>(&mut self, upto: Lsn, cx: Cx<S>) {
        self.durable = self.durable.max(upto);
        while self.held.front().is_some_and(|(lsn, ..)| *lsn <= self.durable) {
            if let Some((_, to, msg)) = self.held.pop_front() {
                cx.send(to, msg);
            }
        }
    }

    fn keep<S: Kin>(&mut self, partition: PartitionId, cx: Cx<S>) {
        if let Some(register) = self.registers.get(&partition) {
            self.handed = cx.persist(DiskRecord::Register(partition, *register));
        }
    }

    /// Whether the primary may be replaced by whoever asks: it is silent, or it is the one that asks.
    fn free(&self, partition: PartitionId, from: ActorId, now: SimTime) -> bool {
        let Some(register) = self.registers.get(&partition) else { return false };
        let itself = self.directory.slot(partition, from) == Some(usize::from(register.accepted.1.primary));
        let over = self.alive.expires(partition).is_none_or(|until| now >= until);
        itself || over || self.settings.without(Mutation::GrantTooEarly)
    }

    pub(super) fn on_register<S: Kin>(
        &mut self,
        from: ActorId,
        partition: PartitionId,
        ask: Register,
        cx: Cx<S>,
    ) {
        let now = cx.monotonic();
        let (free, no_lease) = (self.free(partition, from, now), !self.settings.lease);
        let Some(register) = self.registers.get_mut(&partition) else { return };
        let epoch = register.accepted.1.epoch;
        let answer = match ask {
            Register::Prepare { ballot, takes_over, forced } => {
                if forced {
                    self.barred.insert(partition, epoch);
                }
                // With epochs alone an operator need not wait until the primary is silent.
                if takes_over && !(free || forced && no_lease) {
                    Register::Held(ballot)
                } else if register.prepare(ballot) {
                    Register::Promised(ballot, register.accepted)
                } else {
                    Register::Outbid(ballot, register.promised)
                }
            }
            Register::Accept(ballot, next, forced) => {
                let another = next.epoch != epoch;
                if another && !(free || forced && no_lease) {
                    Register::Held(ballot)
                } else if register.accept(ballot, next) {
                    if another {
                        self.alive.release(partition);
                    }
                    Register::Accepted(ballot)
                } else {
                    Register::Outbid(ballot, register.promised)
                }
            }
            _ => return,
        };
        if matches!(answer, Register::Promised(..) | Register::Accepted(_)) {
            self.keep(partition, cx);
        }
        self.say(from, Msg::Register(partition, answer), cx);
    }

    /// A primary says that it is there: that it is one, a majority has decided.
    pub(super) fn on_renew<S: Kin>(
        &mut self,
        from: ActorId,
        partition: PartitionId,
        known: Known,
        at: SimTime,
        cx: Cx<S>,
    ) {
        let (now, length) = (cx.monotonic(), self.settings.silence);
        let Some(register) = self.registers.get_mut(&partition) else { return };
        if known.now.epoch > register.accepted.1.epoch && register.accept(known.ballot, known.now) {
            self.alive.release(partition);
            self.keep(partition, cx);
        }
        let Some(register) = self.registers.get(&partition) else { return };
        let barred = self.barred.get(&partition) == Some(&known.now.epoch);
        if register.accepted.1.epoch == known.now.epoch && !barred {
            self.alive.grant(partition, now, length);
            self.say(from, Msg::Granted(at), cx);
        }
    }
}
