//! What a leader does beside the protocol: images, orders of the operator, giving way to preferred members.

use super::{Cx, Replica};
use crate::algorithm::raft::progress::{Mode, Peer};
use crate::algorithm::raft::{Membership, Mutation, Refusal};
use crate::base::ids::{ActionId, ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::system::raft::command::Command;
use crate::system::raft::config::Kind;
use crate::system::raft::message::Msg;
use crate::system::raft::timer::Timer;
use std::sync::Arc;

/// An image that has not arrived this long after twice the time it takes to be read and sent was lost.
const IMAGE_PATIENCE: Span = Span::secs(5);

impl Replica {
    fn keeps_nothing(&self, who: ActorId) -> bool {
        self.core.members().is_witness(who)
    }

    /// A member lacks what the log no longer has: its image is read first, which takes time.
    pub(super) fn begin_image(&mut self, to: ActorId, cx: Cx) {
        let takes = if self.keeps_nothing(to) { Span::ZERO } else { self.settings.image_takes() };
        self.images.insert(to);
        cx.set_timer(Timer::Image(to), takes);
    }

    pub(super) fn send_image(&mut self, to: ActorId, cx: Cx) {
        let Some(head) = self.core.head(to, self.applied) else { return };
        let bytes = if self.keeps_nothing(to) { 0 } else { self.settings.data };
        cx.send(to, Msg::Image(Box::new(head), Arc::new(self.store.clone()), bytes));
        let sent =
            self.slot_region(to).map_or(Span::ZERO, |to| self.settings.image_travels(self.region(), to));
        cx.set_timer(Timer::ImageLost(to), (self.settings.image_takes() + sent).scale(2.0) + IMAGE_PATIENCE);
    }

    /// A member spoke: if it has its image, nobody waits for that any more.
    pub(super) fn note_image(&mut self, from: ActorId, cx: Cx) {
        let under_way = |mode: Mode| matches!(mode, Mode::Image { .. });
        if self.images.contains(&from)
            && !self.core.peers().any(|(who, peer)| who == from && under_way(peer.mode))
        {
            self.images.remove(&from);
            cx.cancel_timer(Timer::ImageLost(from));
        }
    }

    /// A voter that may lead, is up to date and is preferred to this one: the best of them.
    fn preferred(&self, cx: &Cx) -> Option<ActorId> {
        let own = self.settings.rank(self.region());
        if !self.core.leads() || !self.core.settled() || self.without(Mutation::IgnorePreference) {
            return None;
        }
        let (members, last, now) = (self.core.members(), self.core.log().last(), cx.monotonic());
        let window = self.settings.raft.window as u64;
        let fit = self.core.peers().filter(|(who, peer)| {
            members.voters.contains(who)
                && !members.is_witness(*who)
                && peer.mode == Mode::Stream
                && !peer.mute
                && last - peer.matched.min(last) <= window
                && now.since(peer.contact) < self.settings.raft.shortest_timeout
        });
        let rank = |who: ActorId| self.slot_region(who).map_or(usize::MAX, |r| self.settings.rank(r));
        fit.map(|(who, _)| (rank(who), who)).min().filter(|(rank, _)| *rank < own).map(|(_, who)| who)
    }

    fn slot_region(&self, who: ActorId) -> Option<RegionId> {
        self.directory.slot(self.partition, who).map(|slot| self.settings.slots[slot].region)
    }

    pub(super) fn consider_giving_way(&mut self, cx: Cx) {
        if self.settings.leaders.is_empty() {
            return;
        }
        let better = self.preferred(&cx).is_some();
        if better && !self.giving_way {
            cx.set_timer(Timer::Prefer, self.settings.preference_delay);
        } else if !better && self.giving_way {
            cx.cancel_timer(Timer::Prefer);
        }
        self.giving_way = better;
    }

    pub(super) fn give_way(&mut self, cx: Cx) {
        self.giving_way = false;
        if let Some(to) = self.preferred(&cx) {
            // Refused only while something else is under way: the next heartbeat sees to it again.
            let _ = self.core.transfer(to, cx.monotonic());
        }
    }

    /// An operator's order: the leader carries it out; whoever does not lead leaves it to the leader.
    pub(super) fn on_order(&mut self, from: ActorId, action: ActionId, order: &Command, cx: Cx) {
        if !self.core.leads() {
            return;
        }
        let now = cx.monotonic();
        let asked = match order {
            Command::TransferLeadership(to) if *to == self.region() => {
                return self.reply_ordered(from, action, None, cx);
            }
            Command::TransferLeadership(to) => match self.voter_in(*to) {
                // Nothing is written meanwhile: it begins once it can come to something.
                Some(who) if !self.can_take_over(who, now) => Err(Refusal::Busy),
                Some(who) => self.core.transfer(who, now),
                None => Err(Refusal::NotVoter),
            },
            Command::AddMembers(region) | Command::RemoveMembers(region) => {
                let target = self.target(*region, matches!(order, Command::AddMembers(_)));
                if target == **self.core.members() && self.core.settled() {
                    return self.reply_ordered(from, action, None, cx);
                }
                self.core.change_members(target, now)
            }
        };
        match asked {
            Err(Refusal::NoVoters) => {
                self.reply_ordered(from, action, Some("no voter with data would be left"), cx);
            }
            Err(Refusal::NotVoter) => {
                self.reply_ordered(from, action, Some("no voter with data is there"), cx);
            }
            // Under way, or to be asked again.
            Ok(()) | Err(Refusal::Busy | Refusal::NotLeader) => {}
        }
    }

    /// Whether a member is there, keeps up and may stand for election.
    fn can_take_over(&self, who: ActorId, now: SimTime) -> bool {
        let fit = |peer: &Peer| {
            peer.mode == Mode::Stream && !peer.mute && now.since(peer.contact) < self.settings.raft.patience
        };
        self.core.peers().any(|(member, peer)| member == who && fit(peer))
    }

    /// Of the voters there the one that has most.
    fn voter_in(&self, region: RegionId) -> Option<ActorId> {
        let members = self.core.members();
        let voters = self.core.peers().filter(|(who, _)| {
            self.slot_region(*who) == Some(region)
                && members.voters.contains(who)
                && !members.is_witness(*who)
        });
        voters.map(|(who, peer)| (peer.matched, std::cmp::Reverse(who))).max().map(|(_, who)| who.0)
    }

    /// The members with, or without, the replicas in a region.
    fn target(&self, region: RegionId, add: bool) -> Membership<ActorId> {
        let mut target = (**self.core.members()).clone();
        target.outgoing.clear();
        let ids = self.directory.replicas.get(&self.partition).into_iter().flatten();
        for (slot, id) in self.settings.slots.iter().zip(ids).filter(|(slot, _)| slot.region == region) {
            let known = target.iter().any(|who| who == *id);
            if add && !known {
                match slot.kind {
                    Kind::Learner => target.learners.push(*id),
                    Kind::Voter | Kind::Spare => target.voters.push(*id),
                    Kind::Witness => {
                        target.voters.push(*id);
                        target.witnesses.push(*id);
                    }
                }
            } else if !add {
                for list in [&mut target.voters, &mut target.learners, &mut target.witnesses] {
                    list.retain(|who| who != id);
                }
            }
        }
        target
    }
}
