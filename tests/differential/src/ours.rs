//! A member of Geodes' make, with a disk that is never late.

use crate::algorithm::log::Term;
use crate::algorithm::raft::{Core, Effect, Membership, Payload, Record, Role, Stable, overwrite};
use crate::base::time::SimTime;
use crate::dice::Dice;
use crate::keyed;
use crate::member::{Member, Message, Seen, Settings, TICK};
use std::sync::Arc;

/// A member of Geodes' make.
pub struct Ours {
    me: u64,
    settings: Settings,
    core: Core<u64, u64>,
    disk: Stable<u64, u64>,
    said: Vec<(u64, Message)>,
    dice: Dice,
    now: SimTime,
    /// Ticks since its timer was set, and when that runs out.
    waited: (u64, u64),
}

impl Ours {
    /// Number `me` of a group, which has just begun.
    pub fn new(settings: Settings, me: u64) -> Ours {
        let members = Arc::new(Membership::of((1..=settings.members).collect()));
        let disk = Stable { members, mute: false, ..Stable::default() };
        let core = Core::new(protocol(&settings), me, disk.clone(), None);
        let dice = keyed::dice(&[settings.seed, me]);
        let mut ours =
            Ours { me, settings, core, disk, said: Vec::new(), dice, now: SimTime::ZERO, waited: (0, 0) };
        ours.core.begin();
        ours.carry_out();
        ours
    }

    fn carry_out(&mut self) {
        loop {
            let effects = self.core.take();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.effect(effect);
            }
        }
    }

    fn effect(&mut self, effect: Effect<u64, u64>) {
        match effect {
            Effect::Persist(Record::Ballot(term, vote)) => (self.disk.term, self.disk.vote) = (term, vote),
            Effect::Persist(Record::Append(prev, entries)) => {
                overwrite(&mut self.disk.log, prev, &entries, 0);
            }
            Effect::Send(to, message) | Effect::Promise(to, message) => self.said.push((to, message)),
            Effect::Stable(term, index) => self.core.stable(term, index, self.now),
            Effect::WaitForLeader => {
                self.waited = (0, self.settings.election + self.dice.below(self.settings.election));
            }
            Effect::Lead => self.waited = (0, self.settings.heartbeat),
            _ => {}
        }
    }
}

fn protocol(settings: &Settings) -> Arc<crate::algorithm::raft::Settings> {
    Arc::new(crate::algorithm::raft::Settings {
        pre_vote: settings.pre_vote,
        check_quorum: settings.check_quorum,
        lease_reads: false,
        shortest_timeout: TICK * settings.election,
        patience: TICK * (2 * settings.election - 1),
        heartbeat: TICK * settings.heartbeat,
        drift_ppm: 0,
        window: settings.window,
        batch_bytes: u64::MAX,
        mutation: settings.without,
    })
}

impl Member for Ours {
    fn time_out(&mut self, now: SimTime) {
        self.now = now;
        self.core.time_out(now);
        self.carry_out();
    }

    fn beat(&mut self, now: SimTime) {
        self.now = now;
        self.core.beat(now);
        self.carry_out();
    }

    fn tick(&mut self, now: SimTime) {
        self.waited.0 += 1;
        if self.waited.0 >= self.waited.1 {
            if self.core.leads() { self.beat(now) } else { self.time_out(now) }
        }
    }

    fn propose(&mut self, command: u64, now: SimTime) -> bool {
        self.now = now;
        let taken = self.core.propose(command, 8, now).is_some();
        self.carry_out();
        taken
    }

    fn transfer(&mut self, to: u64, now: SimTime) {
        self.now = now;
        // Refused where it cannot: `can_hand_over` says so before.
        let _ = self.core.transfer(to, now);
        self.carry_out();
    }

    fn on_message(&mut self, from: u64, message: Message, now: SimTime) {
        self.now = now;
        self.core.on_message(from, message, now);
        self.carry_out();
    }

    fn restart(&mut self, now: SimTime) {
        self.now = now;
        self.core = Core::new(protocol(&self.settings), self.me, self.disk.clone(), Some(now));
        self.core.begin();
        self.carry_out();
    }

    fn take(&mut self) -> Vec<(u64, Message)> {
        std::mem::take(&mut self.said)
    }

    fn seen(&self) -> Seen {
        let command = |payload: &Payload<u64, u64>| match payload {
            Payload::Command(command) => Some(*command),
            _ => None,
        };
        let log = self.core.log().iter_from(1).map(|(_, term, entry)| (term.0, command(&entry.payload)));
        Seen {
            term: self.core.term().0,
            vote: if self.disk.term == self.core.term() { self.disk.vote.unwrap_or(0) } else { 0 },
            leader: self.core.leader().unwrap_or(0),
            leads: self.core.role() == Role::Leader,
            commit: self.core.commit(),
            log: log.collect(),
        }
    }

    fn can_hand_over(&self) -> bool {
        self.core.leads()
            && self.core.term() != Term(0)
            && self.core.settled()
            && self.core.handing_over_to().is_none()
    }
}
