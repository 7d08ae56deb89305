//! A group, its network, and what must always hold of it.

use crate::base::time::SimTime;
use crate::keyed::dice;
use crate::member::{Member, Message, Seen, Settings};
use crate::ours::Ours;
use crate::theirs::Theirs;
use std::collections::BTreeMap;

/// Whose make a member is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Geodes'.
    Ours,
    /// tikv's.
    Theirs,
}

/// What the network does to all that one member says to another in one round.
#[derive(Clone, Copy, Debug)]
pub struct Fate {
    /// How often it arrives.
    pub copies: u64,
    /// How many rounds it takes.
    pub rounds: u64,
}

/// How the network treats messages, by round, sender and receiver.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Of the dice.
    pub seed: u64,
    /// Pairs whose messages are lost.
    pub cut: Vec<(u64, u64)>,
    /// One message in so many is lost; 0 for none.
    pub lost: u64,
    /// One in so many comes twice; 0 for none.
    pub twice: u64,
    /// Messages take up to so many rounds.
    pub slowest: u64,
}

impl Weather {
    /// Nothing is lost, and all takes one round.
    pub fn fair() -> Weather {
        Weather { seed: 0, cut: Vec::new(), lost: 0, twice: 0, slowest: 1 }
    }

    fn fate(&self, round: u64, from: u64, to: u64) -> Fate {
        let mut dice = dice(&[self.seed, round, from, to]);
        let mut happens = |once_in: u64| once_in > 0 && dice.below(once_in) == 0;
        let gone = happens(self.lost) || self.cut.contains(&(from, to));
        let copies = if gone { 0 } else { 1 + u64::from(happens(self.twice)) };
        Fate { copies, rounds: 1 + dice.below(self.slowest) }
    }
}

struct Place {
    member: Box<dyn Member>,
    up: bool,
}

/// Sender, receiver, the index before the entries and how many these are.
type Probe = (u64, u64, u64, usize);

fn probe(from: u64, to: u64, message: &Message) -> Option<Probe> {
    match message {
        Message::Append { prev, entries, .. } => Some((from, to, prev.0, entries.len())),
        _ => None,
    }
}

/// A group of members, what they say to each other, and all that was ever committed.
pub struct Group {
    places: BTreeMap<u64, Place>,
    wire: BTreeMap<u64, Vec<(u64, u64, Message)>>,
    round: u64,
    said: Vec<(u64, Message)>,
    probes: Vec<Probe>,
    now: SimTime,
    leaders: BTreeMap<u64, u64>,
    committed: Vec<(u64, Option<u64>)>,
    breach: Option<String>,
}

impl Group {
    /// A group of these makes, which has just begun.
    pub fn new(settings: Settings, makes: &[Make]) -> Group {
        let place = |(i, make): (usize, &Make)| {
            let me = i as u64 + 1;
            let member: Box<dyn Member> = match make {
                Make::Ours => Box::new(Ours::new(settings, me)),
                Make::Theirs => Box::new(Theirs::new(settings, me)),
            };
            (me, Place { member, up: true })
        };
        Group {
            places: makes.iter().enumerate().map(place).collect(),
            wire: BTreeMap::new(),
            round: 0,
            said: Vec::new(),
            probes: Vec::new(),
            now: SimTime::ZERO,
            leaders: BTreeMap::new(),
            committed: Vec::new(),
            breach: None,
        }
    }

    /// The time by its members' clocks.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Lets time go by.
    pub fn wait(&mut self, until: SimTime) {
        self.now = self.now.max(until);
    }

    /// Something happens to a member that is up; what it says goes out.
    pub fn at<R>(
        &mut self,
        who: u64,
        weather: &Weather,
        what: impl FnOnce(&mut dyn Member, SimTime) -> R,
    ) -> Option<R> {
        let place = self.places.get_mut(&who).filter(|place| place.up)?;
        let result = what(&mut *place.member, self.now);
        self.said = place.member.take();
        for (to, message) in &self.said {
            let to = *to;
            self.probes.extend(probe(who, to, message).filter(|(.., entries)| *entries == 0));
            let fate = weather.fate(self.round, who, to);
            for _ in 0..fate.copies {
                self.wire.entry(self.round + fate.rounds).or_default().push((who, to, message.clone()));
            }
        }
        Some(result)
    }

    /// A member crashes: what was on its way to it in this round is lost with it.
    pub fn crash(&mut self, who: u64) {
        if let Some(place) = self.places.get_mut(&who) {
            place.up = false;
        }
    }

    /// A member that had crashed comes back.
    pub fn restart(&mut self, who: u64, weather: &Weather) {
        if let Some(place) = self.places.get_mut(&who).filter(|place| !place.up) {
            place.up = true;
            self.at(who, weather, |member, now| member.restart(now));
        }
    }

    /// Counts rounds from 0 again, so that the network treats another group the same however many rounds it took before.
    ///
    /// # Panics
    /// While anything is on its way.
    pub fn begin_step(&mut self) {
        assert!(self.is_quiet(), "a step begins with nothing on its way");
        self.round = 0;
        self.probes.clear();
    }

    /// What was sent and not yet delivered is lost.
    pub fn lose_all(&mut self) {
        self.wire.clear();
    }

    /// Whether anything is on its way.
    pub fn is_quiet(&self) -> bool {
        self.wire.is_empty()
    }

    /// The next round: delivers what is due, by receiver and sender, in the order in which each was sent.
    pub fn round(&mut self, weather: &Weather) {
        self.round += 1;
        let mut due = self.wire.remove(&self.round).unwrap_or_default();
        due.sort_by_key(|(from, to, _)| dice(&[weather.seed, self.round, *to, *from]).below(u64::MAX));
        for (from, to, message) in due {
            if self.is_idle(to, &message) {
                continue;
            }
            let alive = matches!(message, Message::Alive { .. });
            self.at(to, weather, |member, now| member.on_message(from, message, now));
            if alive {
                let found = self.said.iter().filter_map(|(whom, message)| probe(to, *whom, message));
                self.probes.extend(found.filter(|(.., entries)| *entries > 0));
            }
            self.check(to);
        }
    }

    /// Messages of which the makes think differently, without harm; the network loses them. A request for votes of a term
    /// that is over: Geodes tells the candidate, tikv says nothing. The promise of a vote that came too late: tikv takes it
    /// for one in the next term as well. Its refusal, with no later term: to tikv the first answer of a member counts, also
    /// when it is to an earlier question, to Geodes the promise.
    fn is_idle(&self, to: u64, message: &Message) -> bool {
        let Some(seen) = self.seen(to) else { return false };
        match message {
            Message::AskVote { term, pre: false, .. } => term.0 < seen.term,
            Message::Vote { term, pre: true, .. } => term.0 <= seen.term,
            _ => false,
        }
    }

    /// What leaders sent since the step began to find out where a member is: without entries, or because its answer to a
    /// heartbeat said no more than that it is there. Sender, receiver, the index before the entries and how many these are.
    /// Where a message may be lost, a leader of tikv's make goes on from what it sent last and finds out by the refusal; one
    /// of Geodes' tells by the time, and goes back at once.
    pub fn probes(&self) -> &[Probe] {
        &self.probes
    }

    /// Whoever is up.
    pub fn up(&self) -> Vec<u64> {
        self.places.iter().filter(|(_, place)| place.up).map(|(who, _)| *who).collect()
    }

    /// All members.
    pub fn everybody(&self) -> Vec<u64> {
        self.places.keys().copied().collect()
    }

    /// What can be seen of a member, up or down.
    pub fn state(&self, who: u64) -> Seen {
        self.places[&who].member.seen()
    }

    /// What can be seen of a member; `None` while it is down.
    pub fn seen(&self, who: u64) -> Option<Seen> {
        self.places.get(&who).filter(|place| place.up).map(|place| place.member.seen())
    }

    /// Who leads in the greatest term of all leaders.
    pub fn leader(&self) -> Option<u64> {
        let leads = |who: u64| self.seen(who).filter(|seen| seen.leads).map(|seen| (seen.term, who));
        self.up().into_iter().filter_map(leads).max().map(|(_, who)| who)
    }

    /// Whether the group can be asked to let another lead, and who leads it.
    pub fn can_hand_over(&self) -> Option<u64> {
        let who = self.leader()?;
        self.places[&who].member.can_hand_over().then_some(who)
    }

    /// All that was ever committed, with its terms.
    pub fn committed(&self) -> &[(u64, Option<u64>)] {
        &self.committed
    }

    /// Who led in which term.
    pub fn leaders(&self) -> &BTreeMap<u64, u64> {
        &self.leaders
    }

    /// One leader a term, and nothing that was committed is ever another: looks at a member, and keeps the first breach.
    pub fn check(&mut self, who: u64) {
        let Some(seen) = self.seen(who) else { return };
        if seen.leads {
            let leader = *self.leaders.entry(seen.term).or_insert(who);
            self.hold(leader == who, || format!("{leader} and {who} lead in term {}", seen.term));
        }
        let commit = seen.commit as usize;
        let known = commit.min(self.committed.len());
        let same = seen.log[..known] == self.committed[..known];
        self.hold(same, || format!("what was committed is another at {who}: {seen:?}"));
        self.committed.extend(&seen.log[known..commit]);
    }

    /// Keeps a breach, unless something was broken before; nothing is on its way any more.
    pub fn fail(&mut self, breach: &str) {
        self.hold(false, || breach.to_string());
        self.lose_all();
    }

    fn hold(&mut self, holds: bool, breach: impl FnOnce() -> String) {
        if !holds && self.breach.is_none() {
            self.breach = Some(breach());
        }
    }

    /// What was found broken first.
    ///
    /// # Errors
    /// If anything was.
    pub fn sound(&self) -> Result<(), String> {
        self.breach.clone().map_or(Ok(()), Err)
    }
}
