//! A member of tikv's make (the crate `raft`), with a disk that is never late.

use crate::base::time::SimTime;
use crate::dice::Dice;
use crate::keyed;
use crate::member::{Member, Message, Seen, Settings};
use crate::translate::{command, to_ours, to_theirs};
use raft::StateRole;
use raft::prelude::{Config, Entry, Message as TheirMessage, RawNode};
use raft::storage::MemStorage;

/// A member of tikv's make.
pub struct Theirs {
    config: Config,
    node: RawNode<MemStorage>,
    store: MemStorage,
    log: Vec<(u64, Option<u64>)>,
    said: Vec<(u64, Message)>,
    dice: Dice,
}

fn node(config: &Config, store: &MemStorage) -> RawNode<MemStorage> {
    let silent = slog::Logger::root(slog::Discard, slog::o!());
    RawNode::new(config, store.clone(), &silent).expect("a configuration that holds")
}

impl Theirs {
    /// Number `me` of a group, which has just begun.
    pub fn new(settings: Settings, me: u64) -> Theirs {
        let config = Config {
            id: me,
            election_tick: settings.election as usize,
            heartbeat_tick: settings.heartbeat as usize,
            max_size_per_msg: u64::MAX,
            max_inflight_msgs: settings.window,
            check_quorum: settings.check_quorum,
            pre_vote: settings.pre_vote,
            // Followers learn of commits by the next message, as in Geodes.
            skip_bcast_commit: true,
            ..Config::default()
        };
        let voters: Vec<u64> = (1..=settings.members).collect();
        let store = MemStorage::new_with_conf_state((voters, Vec::new()));
        let node = node(&config, &store);
        let dice = keyed::dice(&[settings.seed, me]);
        let mut theirs = Theirs { config, node, store, log: Vec::new(), said: Vec::new(), dice };
        theirs.carry_out();
        theirs
    }

    /// Does what it asks for. Its only choice, the time-out, is made here whenever its timer begins anew.
    fn carry_out(&mut self) {
        if self.node.raft.election_elapsed == 0 {
            let shortest = self.config.election_tick;
            let draw = shortest + self.dice.below(shortest as u64) as usize;
            self.node.raft.set_randomized_election_timeout(draw);
        }
        while self.node.has_ready() {
            let mut ready = self.node.ready();
            self.say(ready.take_messages());
            self.keep(ready.entries());
            if let Some(state) = ready.hs() {
                self.store.wl().set_hardstate(state.clone());
            }
            self.say(ready.take_persisted_messages());
            let mut after = self.node.advance(ready);
            if let Some(commit) = after.commit_index() {
                self.store.wl().mut_hard_state().commit = commit;
            }
            self.say(after.take_messages());
            self.node.advance_apply();
        }
    }

    fn keep(&mut self, entries: &[Entry]) {
        let Some(first) = entries.first() else { return };
        self.log.truncate(first.index as usize - 1);
        self.log.extend(entries.iter().map(|entry| (entry.term, command(entry))));
        self.store.wl().append(entries).expect("entries that follow the log");
    }

    /// Entries that begin before what it has committed, and go on after it, tikv does not look at: it answers how far it has
    /// committed, and gets the rest a round trip later. By the law of the paper (2014, figure 2) a member takes what is new
    /// of them, as Geodes' do. So that both do, tikv is given the same message from its commit on: the same entries are
    /// before it in both logs, where the last of them is of the same term. All else it is given as it came.
    fn past_commit(&self, message: Message) -> Message {
        let Message::Append { term, prev, entries, commit, sent } = &message else { return message };
        let committed = self.node.raft.raft_log.committed;
        let known = committed.saturating_sub(prev.0) as usize;
        if known == 0 || known >= entries.len() {
            return message;
        }
        let at = entries[known - 1].0;
        if self.log[committed as usize - 1].0 != at.0 {
            return message;
        }
        let (prev, entries) = ((committed, at), entries[known..].into());
        Message::Append { term: *term, prev, entries, commit: *commit, sent: *sent }
    }

    fn say(&mut self, messages: Vec<TheirMessage>) {
        self.said.extend(messages.iter().filter_map(|m| Some((m.to, to_ours(m)?))));
    }
}

impl Member for Theirs {
    fn time_out(&mut self, _: SimTime) {
        // Refused while it leads.
        let _ = self.node.campaign();
        self.carry_out();
    }

    fn beat(&mut self, _: SimTime) {
        self.node.raft.abort_leader_transfer();
        self.node.ping();
        self.carry_out();
    }

    fn tick(&mut self, _: SimTime) {
        self.node.tick();
        self.carry_out();
    }

    fn propose(&mut self, command: u64, _: SimTime) -> bool {
        if self.node.raft.state != StateRole::Leader {
            return false;
        }
        let taken = self.node.propose(Vec::new(), command.to_le_bytes().to_vec()).is_ok();
        self.carry_out();
        taken
    }

    fn transfer(&mut self, to: u64, _: SimTime) {
        self.node.transfer_leader(to);
        self.carry_out();
    }

    fn on_message(&mut self, from: u64, message: Message, _: SimTime) {
        let message = to_theirs(from, self.config.id, &self.past_commit(message));
        // What it cannot use it refuses, and nothing happens.
        let _ = self.node.step(message);
        self.carry_out();
    }

    fn restart(&mut self, _: SimTime) {
        self.node = node(&self.config, &self.store);
        self.carry_out();
    }

    fn take(&mut self) -> Vec<(u64, Message)> {
        std::mem::take(&mut self.said)
    }

    fn seen(&self) -> Seen {
        let raft = &self.node.raft;
        Seen {
            term: raft.term,
            vote: raft.vote,
            leader: raft.leader_id,
            leads: raft.state == StateRole::Leader,
            commit: raft.raft_log.committed,
            log: self.log.clone(),
        }
    }

    fn can_hand_over(&self) -> bool {
        let raft = &self.node.raft;
        raft.state == StateRole::Leader && raft.commit_to_current_term() && raft.lead_transferee.is_none()
    }
}
