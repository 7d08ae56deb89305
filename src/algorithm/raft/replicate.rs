//! A leader's log goes to the others, as their windows have room (2014, section 5.3; dissertation, section 10.2).

use super::message::{Effect, Entries, Head, Message, Record};
use super::progress::{Mode, Peer};
use super::{Core, Entry, Member, Membership, Mutation, Payload};
use crate::algorithm::log::Term;
use crate::base::time::SimTime;
use std::sync::Arc;

/// Entries in one message at most, whatever they weigh.
const LONGEST: usize = 4096;

impl<I: Member, C: Clone> Core<I, C> {
    /// A command for the log: its index, unless this member does not lead or is about to hand over.
    pub fn propose(&mut self, command: C, bytes: u32, now: SimTime) -> Option<u64> {
        if !self.leads() || self.leading.transfer.is_some() {
            return None;
        }
        Some(self.append(Entry { payload: Payload::Command(command), bytes }, now))
    }

    pub(super) fn append(&mut self, entry: Entry<I, C>, now: SimTime) -> u64 {
        self.append_all(vec![entry], now)
    }

    /// Time was left out in which so many commands came, of so many bytes each: as many entries take their place in a
    /// leader's log.
    pub fn left_out(&mut self, commands: Vec<u32>, now: SimTime) {
        if self.leads() && !commands.is_empty() {
            let left = |bytes| Entry { payload: Payload::Left { had: false }, bytes };
            self.append_all(commands.into_iter().map(left).collect(), now);
        }
    }

    /// Time is about to be left out. Gives whether anybody misses what it brings.
    pub fn skip(&mut self) -> bool {
        self.leading.peers.values_mut().for_each(|peer| peer.kept_up = !peer.silent);
        self.leading.peers.values().any(|peer| peer.silent)
    }

    fn append_all(&mut self, entries: Vec<Entry<I, C>>, now: SimTime) -> u64 {
        let prev = (self.log.last(), self.log.last_term());
        let index = prev.0 + entries.len() as u64;
        let entries: Entries<I, C> = entries.into_iter().map(|entry| (self.term, entry)).collect();
        for (term, entry) in entries.iter() {
            self.log.append(*term, entry.clone());
        }
        self.learn_members(prev.0);
        self.effects.push(Effect::Persist(Record::Append(prev, entries)));
        self.effects.push(Effect::Stable(self.term, index));
        self.send_to_all(now);
        if self.without(Mutation::CommitAlone) {
            self.commit_to(index);
        }
        index
    }

    fn send_to_all(&mut self, now: SimTime) {
        for who in self.leading.peers.keys().copied().collect::<Vec<I>>() {
            self.send_log(who, now);
        }
    }

    /// Sends what a member lacks, as far as its window has room.
    pub(super) fn send_log(&mut self, to: I, now: SimTime) {
        let (window, batch_bytes) = (self.settings.window, self.settings.batch_bytes);
        let witness = self.members().is_witness(to);
        let (last, base) = (self.log.last(), self.log.base());
        let Some(peer) = self.leading.peers.get_mut(&to) else { return };
        loop {
            let nothing_new = peer.mode == Mode::Stream && peer.next > last;
            if nothing_new || !peer.has_room(window) {
                return;
            }
            if peer.next <= base {
                peer.mode = Mode::Image { upto: base };
                peer.on_the_way.clear();
                return self.effects.push(Effect::SendImage(to));
            }
            let prev = (peer.next - 1, self.log.term_of(peer.next - 1).unwrap_or_default());
            let kept_up = peer.kept_up;
            let mut entries =
                self.log.range_within(peer.next, LONGEST, batch_bytes, |entry| entry.weight(kept_up));
            entries.iter_mut().for_each(|(_, entry)| entry.offer(kept_up));
            if witness {
                entries.iter_mut().for_each(|(_, entry)| *entry = entry.for_witness());
            }
            let end = prev.0 + entries.len() as u64;
            match &mut peer.mode {
                Mode::Probe { waiting } => *waiting = true,
                _ => {
                    peer.next = end + 1;
                    peer.on_the_way.push_back((end, now));
                }
            }
            let (term, commit) = (self.term, self.commit);
            let message = Message::Append { term, prev, entries: entries.into(), commit, sent: now };
            self.effects.push(Effect::Send(to, message));
        }
    }

    pub(super) fn on_appended(&mut self, from: I, upto: u64, now: SimTime) {
        let last = self.log.last();
        let Some(peer) = self.leading.peers.get_mut(&from) else { return };
        peer.matches(upto.min(last));
        self.advance(now);
        self.send_log(from, now);
        if self.handing_over_to() == Some(from) {
            self.hand_over();
        }
        self.go_on_changing(now);
    }

    /// A member answered a heartbeat: what was sent well before that and is not acknowledged was lost on the way.
    pub(super) fn on_alive(&mut self, from: I, (round, mute): (u64, bool), sent: SimTime, now: SimTime) {
        let slack = self.settings.heartbeat;
        let Some(peer) = self.leading.peers.get_mut(&from) else { return };
        (peer.round, peer.mute) = (peer.round.max(round), mute);
        match peer.mode {
            Mode::Probe { .. } => peer.mode = Mode::Probe { waiting: false },
            Mode::Stream if peer.on_the_way.front().is_some_and(|(_, at)| *at + slack < sent) => peer.probe(),
            _ => {}
        }
        if !matches!(peer.mode, Mode::Probe { .. }) || peer.matched < self.log.last() {
            self.send_log(from, now);
        }
        self.confirm_reads(now);
    }

    /// An image did not arrive, as far as one can tell: the member is asked again what it has.
    pub fn image_lost(&mut self, to: I) {
        if let Some(peer) = self.leading.peers.get_mut(&to)
            && matches!(peer.mode, Mode::Image { .. })
        {
            peer.probe();
        }
    }

    /// What a snapshot of the log up to `upto`, which is committed and applied, says to member `to`.
    pub fn head(&mut self, to: I, upto: u64) -> Option<Head<I>> {
        let peer = self.leading.peers.get_mut(&to)?;
        peer.mode = Mode::Image { upto };
        let mut lineage = self.log.lineage().clone();
        lineage.truncate(upto);
        let members = self.members_at(upto);
        Some(Head { term: self.term, upto, lineage, members })
    }

    fn members_at(&self, index: u64) -> Arc<Membership<I>> {
        let at = self.members.partition_point(|(from, _)| *from <= index);
        self.members[at.saturating_sub(1)].1.clone()
    }

    /// An entry of its own term is committed once a quorum has it durably, and with it all before (section 5.4.2).
    pub(super) fn advance(&mut self, now: SimTime) {
        let has = |who: I| match who == self.me {
            true => self.durable,
            false => self.leading.peers.get(&who).map_or(0, |peer| peer.matched),
        };
        let reached = self.members().reached(has);
        let own = self.log.term_of(reached) == Some(self.term);
        if reached > self.commit && own {
            self.commit_to(reached);
            self.begin_early_reads(now);
            self.go_on_changing(now);
        }
    }

    /// The heartbeat timer ran out: says that it leads, unless no quorum listens any more.
    pub fn beat(&mut self, now: SimTime) {
        if !self.leads() {
            return;
        }
        let patience = self.settings.patience;
        let lives = |who: I| {
            who == self.me || self.leading.peers.get(&who).is_some_and(|p| now.since(p.contact) < patience)
        };
        if self.settings.check_quorum && !self.members().agree(lives) {
            return self.follow(self.term, None);
        }
        let silent = |peer: &Peer| now.since(peer.contact) >= patience;
        self.leading.peers.values_mut().for_each(|peer| peer.silent = silent(peer));
        self.give_up_transfer(now);
        self.send_heartbeats(now);
        self.effects.push(Effect::Lead);
    }

    pub(super) fn send_heartbeats(&mut self, now: SimTime) {
        let (term, round) = (self.term, self.leading.round.0);
        let to: Vec<(I, u64)> = self.leading.peers.iter().map(|(who, peer)| (*who, peer.matched)).collect();
        for (who, matched) in to {
            let commit = self.commit.min(matched);
            self.send(who, Message::Heartbeat { term, commit, round, sent: now });
        }
    }

    /// The term of an entry, compacted or not.
    pub fn term_of(&self, index: u64) -> Term {
        self.log.term_of(index).unwrap_or_default()
    }
}
