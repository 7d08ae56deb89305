//! Groups whose members have timers of their own: one tick of their clocks, one round of the network.

use crate::base::time::SimTime;
use crate::dice::Dice;
use crate::group::{Group, Make, Weather};
use crate::keyed;
use crate::member::{Settings, TICK};

/// Lets a tick go by.
pub fn tick(group: &mut Group, weather: &Weather) {
    group.wait(SimTime(group.now().0 + TICK.0));
    for who in group.up() {
        group.at(who, weather, |member, now| member.tick(now));
        group.check(who);
    }
    group.round(weather);
}

/// Ticks until somebody leads; `None` if nobody does within `patience`.
pub fn until_led(group: &mut Group, weather: &Weather, patience: u64) -> Option<u64> {
    (1..=patience).find(|_| {
        tick(group, weather);
        group.leader().is_some()
    })
}

/// How long a group of one make is without a leader when that crashes: it has led for a while, and crashes at any moment
/// between two heartbeats. Messages take one to `slowest` ticks.
///
/// # Panics
/// When nobody leads for very long.
pub fn without_leader(settings: Settings, make: Make, slowest: u64) -> u64 {
    let mut group = Group::new(settings, &vec![make; settings.members as usize]);
    let weather = Weather { seed: settings.seed, slowest, ..Weather::fair() };
    let patience = 100 * settings.election;
    until_led(&mut group, &weather, patience).expect("a first leader");
    let phase = keyed::dice(&[settings.seed, 0]).below(settings.heartbeat);
    for _ in 0..5 * settings.heartbeat + phase {
        tick(&mut group, &weather);
    }
    let leader = group.leader().expect("a leader that nothing happened to");
    group.crash(leader);
    until_led(&mut group, &weather, patience).expect("another leader")
}

/// A group under random crashes, cuts, losses and proposals, and then under none: one leader a term and one committed log
/// throughout, and at the end everybody has the last command within a few time-outs.
///
/// # Errors
/// When that does not hold.
pub fn storm(settings: Settings, makes: &[Make], number: u64) -> Result<(), String> {
    let mut dice = keyed::dice(&[number, 1]);
    let mut group = Group::new(settings, makes);
    let mut command = 0;
    for _ in 0..4 + dice.below(5) {
        let weather = storms(settings.members, &mut dice);
        for _ in 0..dice.below(6 * settings.election) {
            happen(&mut group, &weather, settings.members, &mut command, &mut dice);
            tick(&mut group, &weather);
        }
    }
    let fair = Weather::fair();
    group.everybody().iter().for_each(|who| group.restart(*who, &fair));
    let took = (0..20 * settings.election).find(|_| {
        tick(&mut group, &fair);
        command += 1;
        let leader = group.leader().unwrap_or(0);
        group.at(leader, &fair, |member, now| member.propose(command, now));
        let done = |who: &u64| group.state(*who).commit > 0 && is_written(&group, *who, command);
        group.everybody().iter().all(done)
    });
    group.sound()?;
    took.map(|_| ()).ok_or_else(|| format!("it is over and nothing goes on: {makes:?} {settings:?}"))
}

/// Whether a member knows a command of the last few to be committed: later ones are on their way.
fn is_written(group: &Group, who: u64, command: u64) -> bool {
    let seen = group.state(who);
    let last = seen.log[..seen.commit as usize].iter().rev().find_map(|(_, command)| *command);
    last.is_some_and(|last| last + 20 > command && command > 20)
}

fn storms(members: u64, dice: &mut Dice) -> Weather {
    let who = |dice: &mut Dice| 1 + dice.below(members);
    let mut cut = Vec::new();
    match dice.below(4) {
        0 => {
            let alone = who(dice);
            cut.extend((1..=members).flat_map(|other| [(alone, other), (other, alone)]));
        }
        1 => cut.extend((0..1 + dice.below(members)).map(|_| (who(dice), who(dice)))),
        _ => {}
    }
    Weather {
        seed: dice.below(u64::MAX),
        cut,
        lost: [0, 0, 3, 10][dice.below(4) as usize],
        twice: [0, 5][dice.below(2) as usize],
        slowest: 1 + dice.below(4),
    }
}

fn happen(group: &mut Group, weather: &Weather, members: u64, command: &mut u64, dice: &mut Dice) {
    let who = 1 + dice.below(members);
    match dice.below(30) {
        0 => group.crash(who),
        1..=2 => group.restart(who, weather),
        3 => {
            if let Some(leader) = group.can_hand_over().filter(|leader| *leader != who) {
                group.at(leader, weather, |member, now| member.transfer(who, now));
            }
        }
        4..=10 => {
            *command += 1;
            let (leader, command) = (group.leader().unwrap_or(0), *command);
            group.at(leader, weather, |member, now| member.propose(command, now));
        }
        _ => {}
    }
}
