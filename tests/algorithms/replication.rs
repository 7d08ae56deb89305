//! A group of replicas, two of whose leaders at a time believe they lead, driven by an arbitrary schedule.
//!
//! The smallest system that composes log, lineage, tally, election and fence. Its safeguards can be switched off one at a
//! time, to show that the properties below are able to fail.

use geodes::algorithm::election::{Ballot, Election, Fence};
use geodes::algorithm::log::{Accept, ReplicatedLog, Term};
use geodes::algorithm::quorum::Tally;
use std::collections::BTreeMap;

/// One step of a schedule. Numbers are reduced to what exists when the step is taken.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A leader appends an entry of its own.
    Write { leader: u8 },
    /// A leader sends up to `len` entries, from `back` before the point it knows the replica to have reached.
    Ship { leader: u8, replica: u8, back: u8, len: u8 },
    /// One acknowledgement in flight reaches its leader.
    Acknowledge { which: u8 },
    /// The manager asks the replicas whose bits are set to promise a new ballot.
    Elect { asked: u8 },
    /// A replica compacts what it knows to be acknowledged.
    Compact { replica: u8 },
}

/// Which safeguards are in place.
#[derive(Clone, Copy, Debug)]
pub struct Safeguards {
    /// Replicas refuse ballots below the one they promised.
    pub fence: bool,
    /// A new leader acknowledges nothing before an entry of its own term.
    pub barrier: bool,
    /// The manager waits for a read quorum.
    pub read_quorum: bool,
}

impl Safeguards {
    pub const ALL: Safeguards = Safeguards { fence: true, barrier: true, read_quorum: true };
}

/// Entries are numbered; no two are alike.
type Entry = u32;

struct Replica {
    log: ReplicatedLog<Entry>,
    fence: Fence,
}

struct Leader {
    ballot: Ballot,
    log: ReplicatedLog<Entry>,
    tally: Tally<usize>,
}

/// The group, and what clients were told.
pub struct Group {
    write_quorum: usize,
    safeguards: Safeguards,
    replicas: Vec<Replica>,
    leaders: Vec<Leader>,
    in_flight: Vec<(Ballot, usize, u64)>,
    acknowledged: BTreeMap<u64, (Term, Entry)>,
    ballots: u64,
    entries: Entry,
}

impl Group {
    pub fn new(n: usize, write_quorum: usize, safeguards: Safeguards) -> Self {
        let replicas = (0..n).map(|_| Replica { log: ReplicatedLog::new(), fence: Fence::new() }).collect();
        let (in_flight, acknowledged) = (Vec::new(), BTreeMap::new());
        let leaders = Vec::new();
        let mut group = Group {
            write_quorum,
            safeguards,
            replicas,
            leaders,
            in_flight,
            acknowledged,
            ballots: 0,
            entries: 0,
        };
        group.elect(u8::MAX).expect("an empty group elects anyone");
        group
    }

    /// How many entries were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// How many elections were held.
    pub fn elections(&self) -> u64 {
        self.ballots
    }

    /// Takes one step; the error says which promise was broken.
    pub fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Write { leader } => {
                let at = self.leader(leader);
                self.entries += 1;
                let leader = &mut self.leaders[at];
                leader.log.append(Term(leader.ballot.0), self.entries);
            }
            Step::Ship { leader, replica, back, len } => {
                let replica = usize::from(replica) % self.replicas.len();
                self.ship(self.leader(leader), replica, u64::from(back), usize::from(len))?;
            }
            Step::Acknowledge { which } => self.deliver(usize::from(which))?,
            Step::Elect { asked } => self.elect(asked)?,
            Step::Compact { replica } => {
                let replica = usize::from(replica) % self.replicas.len();
                let log = &mut self.replicas[replica].log;
                let held = self.acknowledged.iter().filter(|(index, (term, _))| log.matches(**index, *term));
                if let Some(upto) = held.map(|(index, _)| *index).max() {
                    log.compact(upto);
                }
            }
        }
        self.check()
    }

    /// The last two leaders are both at work: one of them may not know that it was deposed.
    fn leader(&self, which: u8) -> usize {
        (self.leaders.len() - 1).saturating_sub(usize::from(which % 2))
    }

    fn ship(&mut self, leader: usize, replica: usize, back: u64, len: usize) -> Result<(), String> {
        let (leader, to) = (&self.leaders[leader], &mut self.replicas[replica]);
        if self.safeguards.fence && !to.fence.promise(leader.ballot) {
            return Ok(());
        }
        let known = leader.tally.of(replica).unwrap_or(0).min(to.log.last());
        let prev = known.saturating_sub(back).max(leader.log.base());
        let prev_term = leader.log.term_of(prev).unwrap_or_default();
        let entries = leader.log.range(prev + 1, len);
        let mut outcome = to.log.accept(prev, prev_term, &entries);
        if let Accept::Conflict { truncate_to } = outcome {
            if truncate_to < to.log.base() {
                return Err(format!(
                    "an acknowledged and compacted entry after {truncate_to} was contradicted"
                ));
            }
            for lost in to.log.truncate(truncate_to) {
                if self.acknowledged.get(&lost.index) == Some(&(lost.term, lost.entry)) {
                    return Err(format!("replica {replica} cut the acknowledged entry {}", lost.index));
                }
            }
            outcome = to.log.accept(prev, prev_term, &entries);
        }
        if matches!(outcome, Accept::Gap { .. }) && prev == leader.log.base() {
            // What it misses was compacted: it is rebuilt from a snapshot.
            to.log = ReplicatedLog::from_snapshot(leader.log.lineage().clone(), prev);
            outcome = to.log.accept(prev, prev_term, &entries);
        }
        if matches!(outcome, Accept::Appended { .. } | Accept::Duplicate) {
            self.in_flight.push((leader.ballot, replica, prev + entries.len() as u64));
        }
        Ok(())
    }

    fn deliver(&mut self, which: usize) -> Result<(), String> {
        if self.in_flight.is_empty() {
            return Ok(());
        }
        let (ballot, replica, upto) = self.in_flight.swap_remove(which % self.in_flight.len());
        let Some(leader) = self.leaders.iter_mut().find(|leader| leader.ballot == ballot) else {
            return Ok(());
        };
        leader.tally.ack(replica, upto);
        let reached = leader.tally.reached_by(self.write_quorum);
        if self.safeguards.barrier && leader.log.term_of(reached) != Some(Term(ballot.0)) {
            return Ok(());
        }
        for (index, term, entry) in leader.log.iter_from(leader.log.base() + 1) {
            if index > reached {
                break;
            }
            let before = self.acknowledged.insert(index, (term, *entry));
            if before.is_some_and(|before| before != (term, *entry)) {
                return Err(format!("two entries were acknowledged at index {index}"));
            }
        }
        Ok(())
    }

    fn elect(&mut self, asked: u8) -> Result<(), String> {
        self.ballots += 1;
        let ballot = Ballot(self.ballots);
        let all = (0..self.replicas.len()).collect();
        let one_less = usize::from(!self.safeguards.read_quorum);
        let mut election = Election::new(ballot, all, self.write_quorum + one_less);
        for (who, replica) in self.replicas.iter_mut().enumerate() {
            if asked & (1 << who) != 0 && replica.fence.promise(ballot) {
                election.promise(who, replica.log.last_term(), replica.log.last());
            }
        }
        let Some(winner) = election.winner() else { return Ok(()) };
        let mut log = self.replicas[winner].log.clone();
        for (index, (term, _)) in &self.acknowledged {
            if !log.matches(*index, *term) {
                return Err(format!("ballot {} elected a replica without entry {index}", ballot.0));
            }
        }
        if self.safeguards.barrier {
            self.entries += 1;
            log.append(Term(ballot.0), self.entries);
        }
        self.leaders.push(Leader { ballot, log, tally: Tally::new() });
        Ok(())
    }

    /// Every acknowledged entry is still held by a write quorum, and is what its writer wrote.
    fn check(&self) -> Result<(), String> {
        for (index, (term, entry)) in &self.acknowledged {
            let holders = self.replicas.iter().filter(|r| r.log.matches(*index, *term));
            if holders.clone().count() < self.write_quorum {
                return Err(format!("entry {index} is no longer held by a write quorum"));
            }
            if holders.clone().any(|r| r.log.get(*index).is_some_and(|held| held != entry)) {
                return Err(format!("copies of entry {index} differ"));
            }
        }
        Ok(())
    }
}
