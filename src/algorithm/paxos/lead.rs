//! Phase 2: proposing, and reads.

use super::message::{Effect, Message, Record};
use super::{Ballot, Core, Id, Mutation, Proposal, Role};
use crate::base::time::SimTime;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Heartbeats whose times are remembered.
const BEATS: usize = 64;

/// What a leader keeps of another replica.
#[derive(Clone, Debug)]
struct Peer {
    /// The next slot to send.
    next: u64,
    /// It has all up to here; what is not `known` of it is hoped.
    prefix: u64,
    known: bool,
    /// The last heartbeat that it answered, and when that was sent.
    answered: (u64, SimTime),
    /// When it was last heard.
    contact: SimTime,
    mute: bool,
    /// It needs the image, which is on its way.
    image: bool,
    /// The last slot that had been sent when a heartbeat was.
    sent: VecDeque<(u64, u64)>,
}

/// What a leader keeps.
#[derive(Clone, Debug, Default)]
pub struct Leading {
    pub(super) ballot: Ballot,
    /// What earlier leaders proposed ends here.
    inherited: u64,
    /// Who accepted each slot that is not chosen yet.
    votes: BTreeMap<u64, BTreeSet<Id>>,
    /// The last slot that anything was proposed for.
    last: u64,
    /// All slots up to here are durable here.
    own: u64,
    peers: BTreeMap<Id, Peer>,
    beat: u64,
    /// When each of the last heartbeats was sent.
    times: VecDeque<(u64, SimTime)>,
    /// Reads that wait for a heartbeat to be answered.
    reads: VecDeque<(u64, u64)>,
    /// Reads that came before all that was inherited was chosen.
    early: Vec<u64>,
}

impl<C: Clone> Core<C> {
    /// A quorum promised itself to `ballot`: `again` are the proposals for the slots after those chosen.
    pub(super) fn lead(&mut self, ballot: Ballot, again: Vec<Proposal<C>>, now: SimTime) {
        let peer = Peer {
            next: self.chosen + 1,
            prefix: self.chosen,
            known: false,
            answered: (0, SimTime::ZERO),
            contact: now,
            mute: false,
            image: false,
            sent: VecDeque::new(),
        };
        let peers = self.others().map(|id| (id, peer.clone())).collect();
        let inherited = self.chosen + again.len() as u64;
        self.leading =
            Leading { ballot, inherited, last: self.chosen, own: self.chosen, peers, ..Leading::default() };
        (self.role, self.leader) = (Role::Leader, None);
        self.effects.push(Effect::Became(Role::Leader));
        self.effects.push(Effect::Lead);
        self.append(again);
        self.beat(now);
    }

    /// A replica that leads from the start, by a promise of all.
    pub fn begin_as_leader(&mut self, now: SimTime) {
        let ballot = self.stable.promised;
        self.lead(ballot, Vec::new(), now);
    }

    /// Whether all that earlier leaders may have had chosen is known.
    pub fn settled(&self) -> bool {
        self.chosen >= self.leading.inherited
    }

    /// Proposes a command. Its slot, if this replica leads.
    pub fn propose(&mut self, command: C, bytes: u32) -> Option<u64> {
        if !self.leads() {
            return None;
        }
        self.append(vec![Proposal { command: Some(command), bytes }]);
        Some(self.leading.last)
    }

    fn append(&mut self, proposals: Vec<Proposal<C>>) {
        if proposals.is_empty() {
            return;
        }
        let (ballot, first) = (self.leading.ballot, self.leading.last + 1);
        let upto = self.leading.last + proposals.len() as u64;
        self.leading.last = upto;
        self.stable.accept(ballot, first, &proposals);
        self.effects.push(Effect::Persist(Record::Accepted(ballot, first, proposals)));
        self.effects.push(Effect::Stable(ballot, upto));
        for to in self.others() {
            self.send_on(to);
        }
        if self.without(Mutation::ChooseAlone) {
            self.chosen = upto;
            self.effects.push(Effect::Chosen);
        }
    }

    /// Sends what the window has room for.
    fn send_on(&mut self, to: Id) {
        let Some(peer) = self.leading.peers.get_mut(&to).filter(|peer| !peer.image) else { return };
        if peer.next <= self.stable.base {
            peer.image = true;
            return self.effects.push(Effect::SendImage(to));
        }
        let ballot = self.leading.ballot;
        let end = self.leading.last.min(peer.prefix + self.settings.window);
        while peer.next <= end {
            let (first, mut bytes) = (peer.next, 0);
            let mut proposals = Vec::new();
            for (_, (_, proposal)) in self.stable.accepted.range(first..=end) {
                bytes += u64::from(proposal.bytes);
                if bytes > self.settings.batch_bytes && !proposals.is_empty() {
                    break;
                }
                proposals.push(proposal.clone());
            }
            if proposals.is_empty() {
                return;
            }
            peer.next += proposals.len() as u64;
            let message = Message::Accept { ballot, first, proposals, chosen: self.chosen };
            self.effects.push(Effect::Send(to, message));
        }
    }

    /// What was accepted here in this ballot, up to a slot, is durable.
    pub fn stable(&mut self, ballot: Ballot, upto: u64, now: SimTime) {
        if self.leads() && self.leading.ballot == ballot {
            let first = self.leading.own + 1;
            self.leading.own = self.leading.own.max(upto);
            self.count(self.me, first, upto, now);
        }
    }

    fn count(&mut self, who: Id, first: u64, upto: u64, now: SimTime) {
        for slot in first.max(self.chosen + 1)..=upto {
            self.leading.votes.entry(slot).or_default().insert(who);
        }
        let (before, quorum) = (self.chosen, self.settings.quorum());
        while self.leading.votes.get(&(self.chosen + 1)).is_some_and(|votes| votes.len() >= quorum) {
            self.chosen += 1;
            self.leading.votes.remove(&self.chosen);
        }
        if self.chosen > before {
            self.effects.push(Effect::Chosen);
            self.begin_early_reads(now);
        }
    }

    /// A replica has all up to a slot on its disk: it accepted that in this ballot, though its answer may have been lost, or
    /// knows it to be chosen, as what was found in phase 1 and proposed again.
    fn count_prefix(&mut self, who: Id, prefix: u64, mute: bool, now: SimTime) {
        let upto = prefix.min(self.leading.last);
        if !mute && upto > self.chosen {
            self.count(who, self.chosen + 1, upto, now);
        }
    }

    pub(super) fn on_accepted(
        &mut self,
        from: Id,
        ballot: Ballot,
        (first, upto): (u64, u64),
        prefix: u64,
        mute: bool,
        now: SimTime,
    ) {
        if !self.hear(from, ballot, prefix, mute, now) {
            return;
        }
        if !mute {
            self.count(from, first, upto, now);
        }
        self.count_prefix(from, prefix, mute, now);
        self.send_on(from);
    }

    /// Another replica takes part in this ballot. Whether this is the ballot that is led.
    fn hear(&mut self, from: Id, ballot: Ballot, prefix: u64, mute: bool, now: SimTime) -> bool {
        if !self.leads() || self.leading.ballot != ballot {
            return false;
        }
        let base = self.stable.base;
        let Some(peer) = self.leading.peers.get_mut(&from) else { return false };
        (peer.contact, peer.mute) = (now, mute);
        if !peer.known && prefix < peer.prefix {
            // It lacks what was chosen before this ballot.
            (peer.prefix, peer.next) = (prefix, prefix + 1);
        }
        peer.known = true;
        peer.prefix = peer.prefix.max(prefix);
        peer.next = peer.next.max(peer.prefix + 1);
        if peer.image && peer.prefix >= base {
            peer.image = false;
        }
        true
    }

    pub(super) fn on_alive(
        &mut self,
        from: Id,
        ballot: Ballot,
        beat: u64,
        prefix: u64,
        mute: bool,
        now: SimTime,
    ) {
        if !self.hear(from, ballot, prefix, mute, now) {
            return;
        }
        self.count_prefix(from, prefix, mute, now);
        let sent_at = self.leading.times.iter().find(|(n, _)| *n == beat).map(|(_, at)| *at);
        let Some(peer) = self.leading.peers.get_mut(&from) else { return };
        if beat <= peer.answered.0 {
            return;
        }
        if let Some(at) = sent_at {
            peer.answered = (beat, at);
        }
        // Less than it had: it lost its disk. All that had been sent a heartbeat earlier should be there by now.
        peer.prefix = prefix;
        while peer.sent.front().is_some_and(|(n, _)| *n + 1 < beat) {
            peer.sent.pop_front();
        }
        let due = peer.sent.front().filter(|(n, _)| *n + 1 == beat).map_or(0, |(_, sent)| *sent);
        if prefix < due && !peer.image {
            peer.next = prefix + 1;
            peer.sent.clear();
        }
        self.confirm_reads();
        self.send_on(from);
    }

    /// Whether this replica, which leads, waits for another to have the image.
    pub fn sends_image_to(&self, to: Id) -> bool {
        self.leading.peers.get(&to).is_some_and(|peer| peer.image)
    }

    /// The image for this replica was lost.
    pub fn image_lost(&mut self, to: Id) {
        if let Some(peer) = self.leading.peers.get_mut(&to) {
            peer.image = false;
        }
    }

    /// Time for a heartbeat. A leader that hears from no quorum leads no more.
    pub fn beat(&mut self, now: SimTime) {
        if !self.leads() {
            return;
        }
        let heard = |peer: &Peer| !peer.mute && now.since(peer.contact) < self.settings.patience;
        if 1 + self.leading.peers.values().filter(|peer| heard(peer)).count() < self.settings.quorum() {
            self.follow();
            return self.effects.push(Effect::WaitForLeader);
        }
        self.send_heartbeats(now);
        self.effects.push(Effect::Lead);
    }

    fn send_heartbeats(&mut self, now: SimTime) {
        self.leading.beat += 1;
        let (ballot, beat, chosen) = (self.leading.ballot, self.leading.beat, self.chosen);
        self.leading.times.push_back((beat, now));
        if self.leading.times.len() > BEATS {
            self.leading.times.pop_front();
        }
        for (to, peer) in &mut self.leading.peers {
            peer.sent.push_back((beat, peer.next - 1));
            if peer.sent.len() > BEATS {
                peer.sent.pop_front();
            }
            self.effects.push(Effect::Send(*to, Message::Heartbeat { ballot, beat, chosen }));
        }
    }

    /// A read of this number: [`Effect::ReadNow`] says when it may be answered, [`Effect::StepDown`] that it never will.
    /// False if this replica does not lead.
    pub fn read(&mut self, id: u64, now: SimTime) -> bool {
        if !self.leads() {
            return false;
        }
        if self.without(Mutation::ReadUnconfirmed) {
            self.effects.push(Effect::ReadNow(id));
        } else if !self.settled() {
            self.leading.early.push(id);
        } else {
            self.begin_read(id, now);
        }
        true
    }

    fn begin_read(&mut self, id: u64, now: SimTime) {
        if self.settings.quorum() == 1 || self.holds_lease(now) {
            return self.effects.push(Effect::ReadNow(id));
        }
        // Reads of one instant share a heartbeat.
        if self.leading.times.back().is_none_or(|(_, at)| *at != now) {
            self.send_heartbeats(now);
        }
        self.leading.reads.push_back((id, self.leading.beat));
    }

    fn begin_early_reads(&mut self, now: SimTime) {
        if self.settled() {
            for id in std::mem::take(&mut self.leading.early) {
                self.begin_read(id, now);
            }
        }
    }

    /// The greatest value that a quorum, this replica among it, reaches.
    fn reached<T: Ord + Copy>(&self, of: impl Fn(&Peer) -> T) -> Option<T> {
        let voting = self.leading.peers.values().filter(|peer| !peer.mute);
        let mut all: Vec<T> = voting.map(of).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.get(self.settings.quorum().checked_sub(2)?).copied()
    }

    /// Whether a quorum answered something that this leader sent so short a time ago that none of them can have promised
    /// anything to another since.
    pub fn holds_lease(&self, now: SimTime) -> bool {
        let since = self.reached(|peer| peer.answered.1).filter(|at| *at > SimTime::ZERO);
        self.settings.lease_reads && since.is_some_and(|since| now < since + self.settings.lease())
    }

    fn confirm_reads(&mut self) {
        let Some(confirmed) = self.reached(|peer| peer.answered.0) else { return };
        while self.leading.reads.front().is_some_and(|(_, beat)| *beat <= confirmed) {
            let Some((id, _)) = self.leading.reads.pop_front() else { return };
            self.effects.push(Effect::ReadNow(id));
        }
    }

    /// Whether a leader would go on as it does now: everything was chosen, and all others follow.
    pub fn leads_steadily(&self, now: SimTime) -> bool {
        let follows = |peer: &Peer| {
            let near = peer.prefix + self.settings.window > self.leading.last;
            near && !peer.image && now.since(peer.contact) < self.settings.patience
        };
        self.settled() && self.leading.peers.values().all(follows)
    }
}
