//! Members of both makes in one group, in turn by scripted time-outs and with timers of their own.

use geodes_differential::dice::{Dice, schedules};
use geodes_differential::group::{Group, Make};
use geodes_differential::keyed;
use geodes_differential::member::Settings;
use geodes_differential::schedule::{Schedule, heal, settle};
use geodes_differential::ticks::storm;
use rayon::prelude::*;

/// Schedules of a test run, for each test.
const SCHEDULES: u64 = 4_000;

fn makes(members: u64, dice: &mut Dice) -> Vec<Make> {
    (0..members).map(|_| if dice.yes() { Make::Ours } else { Make::Theirs }).collect()
}

fn all(one: impl Fn(u64) -> Result<(), String> + Sync + Send) {
    let numbers = schedules(SCHEDULES).into_par_iter();
    let failed: Vec<(u64, String)> = numbers.filter_map(|n| Some((n, one(n).err()?))).collect();
    assert!(failed.is_empty(), "{} fail: {:?}", failed.len(), failed[0]);
}

#[test]
fn a_group_of_both_makes_keeps_its_promises_under_the_schedules_of_each() {
    all(|n| {
        let mut schedule = Schedule::number(n);
        let mut dice = keyed::dice(&[n, 2]);
        schedule.settings.pre_vote = dice.below(3) > 0;
        let mut group = Group::new(schedule.settings, &makes(schedule.settings.members, &mut dice));
        let mut command = 0;
        for step in &schedule.steps {
            step.run(&mut group, &mut command);
            settle(&mut group, &step.weather);
        }
        heal(&mut group, &mut command).map(|_| ())
    });
}

#[test]
fn with_timers_of_their_own_both_makes_keep_their_promises_and_go_on_after_a_storm() {
    all(|n| {
        let mut dice = keyed::dice(&[n, 3]);
        let members = [3, 4, 5][dice.below(3) as usize];
        let settings = Settings {
            members,
            pre_vote: dice.below(3) > 0,
            check_quorum: dice.below(3) > 0,
            election: 10,
            heartbeat: 2,
            window: [1, 2, 256][dice.below(3) as usize],
            without: None,
            seed: n,
        };
        storm(settings, &makes(members, &mut dice), n)
    });
}
