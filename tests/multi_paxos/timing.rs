//! How long commits and takeovers take, against theory.

use crate::case::{Case, over};
use crate::support::seconds;
use geodes::engine::record::Change;
use geodes::model::operation::Outcome;

/// One way between regions i and j.
fn way(a: u64, b: u64) -> u64 {
    if a == b { 500_000 } else { (5 + a + b) * 1_000_000 }
}

/// The disks take no time.
fn quick(n: u64) -> crate::case::Text {
    let mut text = over(n as usize);
    text.topology =
        text.topology.replace("persist = { constant = \"1ms\" }", "persist = { constant = \"0s\" }");
    text
}

/// The (q-1)th smallest round trip of a leader: what a quorum takes.
fn quorum(leader: u64, n: u64) -> u64 {
    let mut round_trips: Vec<u64> = (0..n).filter(|r| *r != leader).map(|r| 2 * way(leader, r)).collect();
    round_trips.sort_unstable();
    round_trips[(n / 2) as usize - 1]
}

#[test]
fn a_commit_takes_the_way_to_the_leader_and_its_quorum_to_the_nanosecond() {
    for n in [3u64, 5] {
        let seen = quick(n).case(30).run();
        let mut checked = 0;
        for op in seen.operations().filter(|op| op.invoked.0.0 > 1_000_000_000) {
            assert_eq!((op.outcome, op.attempts), (Outcome::Ok, 1));
            let expected = 2 * way(0, u64::from(op.region.0)) + quorum(0, n);
            assert_eq!(op.completed.0.since(op.invoked.0).0, expected, "{op:?}");
            checked += 1;
        }
        assert!(checked > 500, "{checked}");
    }
}

#[test]
fn a_takeover_takes_one_round_trip_more_and_what_was_inherited_another() {
    for n in [3u64, 5] {
        let mut exact = 0;
        for seed in 1..=5 {
            let text = quick(n).fault("region:A", "power-loss", 5_000, 10_000).text(20);
            let seen = Case::new(&text.replace("seed = 7", &format!("seed = {seed}"))).run();
            let time = |wanted: &dyn Fn(&Change) -> bool| {
                let found = seen.changes().filter(|(at, change)| *at > 5.0 && wanted(change));
                found.map(|(at, _)| at).next().expect("it happens")
            };
            let elected = seen.changes().find_map(|(_, change)| match change {
                Change::Elected { region, .. } => Some(u64::from(region.0)),
                _ => None,
            });
            let leader = elected.expect("somebody leads");
            // The old leader is down: of the others, as many must promise as before.
            let mut round_trips: Vec<u64> =
                (1..n).filter(|r| *r != leader).map(|r| 2 * way(leader, r)).collect();
            round_trips.sort_unstable();
            let phase = round_trips[(n / 2) as usize - 1] as f64 / 1e9;
            let led = time(&|change| matches!(change, Change::Elected { .. }));
            let detections = seen.changes().filter_map(|(at, change)| match change {
                Change::Detected { .. } if at <= led => Some(at),
                _ => None,
            });
            // Whoever won stood one round trip before; unless it had stood in vain, together with another.
            let waits: Vec<f64> = detections.map(|stood| led - stood).collect();
            assert!(!waits.is_empty(), "somebody stood");
            exact += usize::from(waits.iter().any(|wait| (wait - phase).abs() < 1e-9));
            let writable = time(&|change| matches!(change, Change::Writable { .. }));
            let inherited = writable - led;
            assert!(inherited < 1e-9 || (inherited - phase).abs() < 1e-9, "{inherited}, {phase}");
            assert!(seconds(seen.operations().last().expect("some").completed.0) > 15.0);
        }
        assert!(exact >= 3, "{exact} of 5 elections with {n} replicas");
    }
}
