//! Proposals to the coordinator: to take over, to change the in-sync set, or to learn what holds.

use super::{AGAIN, Cx, Kin, Lead, Replica, Role};
use crate::algorithm::register::Proposal;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::system::primary_backup::Mutation;
use crate::system::primary_backup::configuration::{Change, Configuration, Known, Why};
use crate::system::primary_backup::message::{Msg, Register};
use crate::system::primary_backup::timer::Timer;

/// A proposal under way.
#[derive(Clone, Debug)]
pub(super) struct Proposing {
    proposal: Proposal<Configuration>,
    change: Change,
    forced: bool,
    /// Nodes that want to wait.
    held: usize,
}

impl Replica {
    /// Stands for primary, if it may and can.
    pub(super) fn stand<S: Kin>(&mut self, cx: Cx<S>) {
        let Some(forced) = self.due else { return };
        if !matches!(self.role, Role::Backup) || !(self.member || forced) {
            return;
        }
        let in_sync = self.settings.keeps_in_sync() && !forced && !self.without(Mutation::PromoteOutOfSync);
        let (after, to) = (self.known.now.epoch, self.slot as u8);
        self.propose(Change::TakeOver { after, to, in_sync, why: Why::Failover }, forced, cx);
    }

    pub(super) fn propose<S: Kin>(&mut self, change: Change, forced: bool, cx: Cx<S>) {
        let nodes = self.directory.coordinator.clone();
        let ballot = self.seen.max(self.known.ballot).next(self.slot as u32);
        self.seen = ballot;
        let proposal = Proposal::new(ballot, nodes.len());
        self.proposing = Some(Proposing { proposal, change, forced, held: 0 });
        let prepare = Register::Prepare { ballot, takes_over: change.takes_over(), forced };
        for node in nodes {
            cx.send(node, Msg::Register(self.partition, prepare));
        }
        let jitter = Span::millis(500).scale(cx.random("again").uniform());
        cx.set_timer(Timer::Propose, AGAIN + jitter);
    }

    pub(super) fn on_register<S: Kin>(&mut self, from: ActorId, answer: Register, cx: Cx<S>) {
        let Some(node) = self.directory.coordinator.iter().position(|who| *who == from) else { return };
        let partition = self.partition;
        let Some(Proposing { proposal, change, forced, held }) = &mut self.proposing else { return };
        let soon = |cx: Cx<S>, most: Span| {
            let after = most.scale(cx.random("again").uniform());
            cx.set_timer(Timer::Propose, after);
        };
        match answer {
            Register::Promised(ballot, accepted) if ballot == proposal.ballot => {
                let Some(found) = proposal.promised(node, accepted) else { return };
                let next = change.apply(found);
                proposal.value = Some(next);
                let forced = *forced;
                if next.epoch > self.known.now.epoch
                    && let Role::Primary(lead) = &mut self.role
                {
                    // From here on another may be the primary: it must not go on as one.
                    lead.released = true;
                }
                for to in self.directory.coordinator.clone() {
                    cx.send(to, Msg::Register(partition, Register::Accept(ballot, next, forced)));
                }
            }
            Register::Accepted(ballot) if ballot == proposal.ballot => {
                if let Some(now) = proposal.accepted(node) {
                    self.decided(Known { now, ballot }, cx);
                }
            }
            Register::Outbid(ballot, greater) if ballot == proposal.ballot => {
                self.seen = self.seen.max(greater);
                soon(cx, Span::millis(500));
            }
            Register::Held(ballot) if ballot == proposal.ballot => {
                *held += 1;
                // As many as this, and the others are no majority.
                if *held == self.directory.coordinator.len().div_ceil(2) {
                    soon(cx, self.settings.heartbeat);
                }
            }
            _ => {}
        }
    }

    fn decided<S: Kin>(&mut self, known: Known, cx: Cx<S>) {
        self.proposing = None;
        cx.cancel_timer(Timer::Propose);
        if let Role::Primary(lead) = &mut self.role {
            lead.proposed = None;
            if known.now.epoch == self.known.now.epoch {
                lead.released = false;
            }
        }
        let (epoch, primary) = (self.known.now.epoch, usize::from(known.now.primary));
        let mine = primary == self.slot;
        self.learn(known, cx);
        if matches!(self.role, Role::Backup) && !mine {
            // Whoever it is may not know; and has some time before anyone stands again.
            if let Some(who) = self.replica(primary) {
                cx.send(who, Msg::Lead(self.known));
            }
            if known.now.epoch == epoch && self.due.is_some() {
                cx.set_timer(Timer::Propose, self.settings.silence);
            }
        }
    }

    pub(super) fn propose_again<S: Kin>(&mut self, cx: Cx<S>) {
        let change = self.proposing.take().map(|p| p.change);
        match &self.role {
            Role::Backup => self.stand(cx),
            Role::New(_) => {}
            Role::Primary(lead) => {
                let again = lead.released || lead.proposed.is_some();
                if let Some(change) = change.filter(|_| again) {
                    self.propose(change, false, cx);
                }
            }
        }
    }

    /// The primary wants another in-sync set. Until the outcome is known, both count.
    pub(super) fn propose_in_sync<S: Kin>(&mut self, to: super::super::configuration::Set, cx: Cx<S>) {
        let of = self.known.now;
        let unrecorded = self.without(Mutation::DropUnrecorded);
        if self.proposing.is_some() {
            return;
        }
        let Role::Primary(lead) = &mut self.role else { return };
        if unrecorded {
            self.known.now.in_sync = to;
            return;
        }
        lead.proposed = Some(to);
        self.propose(Change::InSync { of, to }, false, cx);
    }

    /// The primary has lost touch with the coordinator: it asks whether it still is one.
    pub(super) fn ask_who_leads<S: Kin>(&mut self, cx: Cx<S>) {
        if self.proposing.is_none() {
            self.propose(Change::Read, false, cx);
        }
    }

    pub(super) fn lead_mut(&mut self) -> Option<&mut Lead> {
        match &mut self.role {
            Role::Primary(lead) => Some(lead),
            _ => None,
        }
    }
}
