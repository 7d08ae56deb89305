//! What happens to a group: time-outs, proposals, crashes, hand-overs, and what the network does meanwhile. A schedule
//! knows nothing of the makes, and means the same to each.

use crate::base::time::{SimTime, Span};
use crate::dice::Dice;
use crate::group::{Group, Weather};
use crate::keyed;
use crate::member::{Member, Seen, Settings};

/// Longer than anything a member waits for: a heartbeat's answer, or a transfer.
const LONG: Span = Span::secs(10);

/// What happens at the beginning of a round.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A member's election timer runs out.
    TimeOut(u64),
    /// Whoever leads says so.
    Beat,
    /// Somebody asks a member to write a command.
    Propose(u64),
    /// Somebody asks the leader to.
    ProposeToLeader,
    /// The leader is to hand over to this member.
    Transfer(u64),
    /// A member crashes.
    Crash(u64),
    /// It comes back.
    Restart(u64),
}

/// A stretch of rounds in one kind of weather.
#[derive(Clone, Debug)]
pub struct Step {
    /// What happens, and in which of its rounds.
    pub events: Vec<(u64, Event)>,
    /// What the network does.
    pub weather: Weather,
    /// How many rounds it lasts.
    pub rounds: u64,
    /// What is then on its way is lost; else it arrives later.
    pub loses: bool,
}

/// How a group is set and what happens to it.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// How its members are set.
    pub settings: Settings,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

impl Schedule {
    /// Schedule of this number.
    pub fn number(number: u64) -> Schedule {
        let mut dice = keyed::dice(&[number]);
        let members = [3, 3, 4, 5, 5][dice.below(5) as usize];
        let settings = Settings {
            members,
            pre_vote: true,
            check_quorum: false,
            election: 10,
            heartbeat: 2,
            window: [1, 2, 256][dice.below(3) as usize],
            without: None,
            seed: number,
        };
        let many = 6 + dice.below(10);
        Schedule { settings, steps: (0..many).map(|_| Step::random(members, &mut dice)).collect() }
    }
}

impl Step {
    fn random(members: u64, dice: &mut Dice) -> Step {
        let rounds = 1 + dice.below(12);
        let who = |dice: &mut Dice| 1 + dice.below(members);
        let event = |dice: &mut Dice| match dice.below(16) {
            0..=3 => Event::TimeOut(who(dice)),
            4..=5 => Event::Beat,
            6 => Event::Propose(who(dice)),
            7..=10 => Event::ProposeToLeader,
            11 => Event::Transfer(who(dice)),
            12..=13 => Event::Crash(who(dice)),
            _ => Event::Restart(who(dice)),
        };
        let mut events: Vec<(u64, Event)> =
            (0..1 + dice.below(4)).map(|_| (dice.below(rounds), event(dice))).collect();
        events.sort_by_key(|(round, _)| *round);
        let mut cut = Vec::new();
        match dice.below(5) {
            0 => {
                let alone = who(dice);
                cut.extend((1..=members).flat_map(|other| [(alone, other), (other, alone)]));
            }
            1 => cut.extend((0..1 + dice.below(members)).map(|_| (who(dice), who(dice)))),
            2 => {
                let side = dice.below(u64::MAX);
                let in_side = |who: u64| side >> who & 1 == 0;
                let pairs = (1..=members).flat_map(|a| (1..=members).map(move |b| (a, b)));
                cut.extend(pairs.filter(|(a, b)| in_side(*a) != in_side(*b)));
            }
            _ => {}
        }
        let weather = Weather {
            seed: dice.below(u64::MAX),
            cut,
            lost: [0, 0, 0, 4, 10][dice.below(5) as usize],
            twice: [0, 0, 5][dice.below(3) as usize],
            slowest: 1 + dice.below(4),
        };
        Step { events, weather, rounds, loses: dice.yes() }
    }

    /// Carries the step out. `command` numbers the commands that are proposed, taken or not.
    pub fn run(&self, group: &mut Group, command: &mut u64) {
        group.begin_step();
        for round in 0..self.rounds {
            for (_, event) in self.events.iter().filter(|(at, _)| *at == round) {
                happen(*event, group, &self.weather, command);
            }
            group.round(&self.weather);
        }
        if self.loses {
            group.lose_all();
        }
    }
}

fn happen(event: Event, group: &mut Group, weather: &Weather, command: &mut u64) {
    let mut ask = |group: &mut Group, who: u64| {
        *command += 1;
        let command = *command;
        group.at(who, weather, |member, now| member.propose(command, now));
        group.check(who);
    };
    match event {
        Event::TimeOut(who) => {
            group.at(who, weather, |member, now| member.time_out(now));
            group.check(who);
        }
        Event::Beat => beat(group, weather),
        Event::Propose(who) => ask(group, who),
        Event::ProposeToLeader => ask(group, group.leader().unwrap_or(0)),
        Event::Transfer(to) => {
            if let Some(who) = group.can_hand_over().filter(|who| *who != to) {
                group.at(who, weather, |member, now| member.transfer(to, now));
            }
        }
        Event::Crash(who) => group.crash(who),
        Event::Restart(who) => group.restart(who, weather),
    }
}

fn beat(group: &mut Group, weather: &Weather) {
    group.wait(SimTime(group.now().0 + LONG.0));
    for who in group.up() {
        group.at(who, weather, |member: &mut dyn Member, now| {
            if member.seen().leads {
                member.beat(now);
            }
        });
        group.check(who);
    }
}

/// Delivers all that is on its way, and what comes of it, while nothing is lost but what the weather cuts off; leaders say
/// so a few times, so that whoever hears them catches up.
pub fn settle(group: &mut Group, weather: &Weather) {
    let calm = Weather { lost: 0, twice: 0, ..weather.clone() };
    for _ in 0..4 {
        quiet(group, &calm);
        beat(group, &calm);
    }
    quiet(group, &calm);
}

fn quiet(group: &mut Group, weather: &Weather) {
    for _ in 0..1_000 {
        if group.is_quiet() {
            return;
        }
        group.round(weather);
    }
    group.fail("messages without end");
}

/// Ends all that goes wrong: all are up, and one after the other times out until there is a leader whose term nobody is
/// beyond; it writes another command. Gives what can then be seen of everybody.
///
/// # Errors
/// When a promise was broken, that takes more than a few tries, or not everybody comes to have the same.
pub fn heal(group: &mut Group, command: &mut u64) -> Result<Vec<Seen>, String> {
    let fair = Weather::fair();
    let everybody = group.everybody();
    group.begin_step();
    everybody.iter().for_each(|who| group.restart(*who, &fair));
    settle(group, &fair);
    for who in everybody.iter().cycle().take(4 * everybody.len()) {
        if leads_all(group) {
            break;
        }
        happen(Event::TimeOut(*who), group, &fair, command);
        settle(group, &fair);
    }
    happen(Event::ProposeToLeader, group, &fair, command);
    settle(group, &fair);
    group.sound()?;
    let seen: Vec<Seen> = everybody.iter().map(|who| group.state(*who)).collect();
    let done = |one: &Seen| one.log == group.committed() && one.commit as usize == one.log.len();
    let last = group.committed().last().is_some_and(|(_, last)| *last == Some(*command));
    if leads_all(group) && last && seen.iter().all(done) {
        return Ok(seen);
    }
    Err(format!("all is well and yet not everybody has command {command}: {seen:?}"))
}

/// Whether one member leads all, and all have its log: then it knows of each what it has.
pub fn at_rest(group: &Group) -> bool {
    let log = |who: u64| group.state(who).log;
    leads_all(group) && group.everybody().windows(2).all(|pair| log(pair[0]) == log(pair[1]))
}

fn leads_all(group: &Group) -> bool {
    let Some(leader) = group.leader() else { return false };
    group.everybody().iter().all(|who| group.seen(*who).is_some_and(|seen| seen.leader == leader))
}
