//! How long groups of each make are without a leader when theirs crashes: the same law.

use geodes_differential::group::Make;
use geodes_differential::member::Settings;
use geodes_differential::ticks::without_leader;
use rayon::prelude::*;

/// Elections of each make.
const ELECTIONS: u64 = 4_000;

/// Two samples of this size from one law are further apart once in a million (Kolmogorov and Smirnov).
const CRITICAL: f64 = 0.0602;

fn times(settings: Settings, make: Make, first: u64) -> Vec<u64> {
    let one = |seed: u64| without_leader(Settings { seed, ..settings }, make, 3);
    let mut all: Vec<u64> = (first..first + ELECTIONS).into_par_iter().map(one).collect();
    all.sort_unstable();
    all
}

/// The greatest distance between two empirical distributions.
fn distance(a: &[u64], b: &[u64]) -> f64 {
    let share = |all: &[u64], upto: u64| all.partition_point(|x| *x <= upto) as f64 / all.len() as f64;
    a.iter().chain(b).map(|x| (share(a, *x) - share(b, *x)).abs()).fold(0.0, f64::max)
}

fn mean(all: &[u64]) -> f64 {
    all.iter().sum::<u64>() as f64 / all.len() as f64
}

#[test]
fn elections_of_both_makes_take_equally_long() {
    for (members, pre_vote, check_quorum) in
        [(3, false, false), (5, false, false), (5, true, true), (4, true, false)]
    {
        let settings = Settings {
            members,
            pre_vote,
            check_quorum,
            election: 10,
            heartbeat: 4,
            window: 256,
            without: None,
            seed: 0,
        };
        let (ours, theirs) = (times(settings, Make::Ours, 0), times(settings, Make::Theirs, 1 << 32));
        let far = distance(&ours, &theirs);
        println!(
            "{members} members, pre-vote {pre_vote}, check-quorum {check_quorum}: mean {:.2} and {:.2} ticks, distance {far:.4}",
            mean(&ours),
            mean(&theirs)
        );
        assert!(far < CRITICAL, "{far}: {settings:?}");
    }
}

#[test]
fn another_law_is_told_apart() {
    let settings = Settings {
        members: 3,
        pre_vote: false,
        check_quorum: false,
        election: 10,
        heartbeat: 4,
        window: 256,
        without: None,
        seed: 0,
    };
    let theirs = times(settings, Make::Theirs, 1 << 32);
    let longer = times(Settings { election: 11, ..settings }, Make::Ours, 0);
    assert!(distance(&longer, &theirs) > CRITICAL);
}
