//! Candidates at the same time, and votes that are split: the cases of `tests/data/ground-truth.csv` that have exact answers.

use crate::support::seconds;
use crate::timing::{mean, world};
use geodes::base::ids::{ActorId, PartitionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::{Change, Record};
use geodes::system::raft::Actor;
use std::collections::BTreeMap;

/// Groups of each case.
const GROUPS: u32 = 2_000;

/// Groups with a first server and some others, which are this far from each other: `way`, as `timeout`, a law.
struct Case {
    others: u32,
    timeout: String,
    way: String,
    /// The first leads until it is destroyed after this many seconds; 0: nobody ever led.
    led: u32,
}

/// What a group's members did, and when, in seconds.
#[derive(Clone, Debug, Default)]
struct Group {
    candidates: Vec<f64>,
    elected: Option<f64>,
    term: u64,
}

impl Case {
    fn text(&self) -> String {
        let Case { others, timeout, way, led } = self;
        let begins = if *led > 0 { "with" } else { "without" };
        format!(
            "name = \"split\"\nseed = 11\n[topology]\nregions = [\"Down\", \"Up\"]\nzones = 1\nnodes-per-zone = 4\n\
             intra-zone = {way}\ninter-zone = {way}\nglobal = {{ constant = \"0s\" }}\n\
             [[link]]\nscope = \"link:Up<->Down\"\none-way = {way}\n[disk]\npersist = {{ constant = \"0s\" }}\n\
             [system.raft]\npartitions = {GROUPS}\nreplicas = [{{ region = \"Down\" }}, {{ region = \"Up\", count = {others} }}]\n\
             election-timeout = {timeout}\nheartbeat = \"50ms\"\nreads = \"read-index\"\npre-vote = false\n\
             check-quorum = false\nbegins = \"{begins}-leader\"\n\
             [[fault]]\nscope = \"region:Down\"\nkind = \"destroyed\"\nat = \"{led}s\"\n\
             [workload.none]\nclients = {{ region = \"Up\", count = 1 }}\nrate = \"1/h\"\nreads = \"50%\"\nkeys = 1\n\
             timeout = \"1s\"\n[run]\nat-least = \"5s\"\ncap = \"5s\"\n"
        )
    }

    /// What becomes of all groups in so many milliseconds after the first is gone.
    fn run(&self, milliseconds: u64) -> Vec<Group> {
        let mut world = world(&self.text());
        let gone = SimTime::ZERO + Span::secs(u64::from(self.led));
        world.run_until(gone + Span::millis(milliseconds));
        let mut groups: BTreeMap<PartitionId, Group> = BTreeMap::new();
        for record in world.take_records() {
            let Record::Change { at, change, .. } = record else { continue };
            let at = seconds(at) - f64::from(self.led);
            match change {
                Change::Detected { partition: Some(partition), .. } if at >= 0.0 => {
                    groups.entry(partition).or_default().candidates.push(at);
                }
                Change::Elected { partition, .. } => {
                    groups.entry(partition).or_default().elected.get_or_insert(at);
                }
                _ => {}
            }
        }
        for id in world.actor_ids().collect::<Vec<ActorId>>() {
            if let Actor::Replica(replica) = world.actor(id)
                && let Some(group) = groups.get_mut(&replica.partition())
            {
                group.term = group.term.max(replica.core().term().0);
            }
        }
        groups.into_values().collect()
    }
}

fn uniform(from: &str, to: &str) -> String {
    format!("{{ uniform = {{ from = \"{from}\", to = \"{to}\" }} }}")
}

fn constant(way: &str) -> String {
    format!("{{ constant = \"{way}\" }}")
}

/// The published value of a case.
fn truth(id: &str) -> f64 {
    let table = include_str!("../data/ground-truth.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let row = reader.records().filter_map(Result::ok).find(|row| &row[0] == id);
    row.and_then(|row| row[5].parse().ok()).unwrap_or_else(|| panic!("no case {id}"))
}

/// The mean of a sample is what theory says, as far as a sample of its size can tell.
fn is_exact(id: &str, sample: &[f64]) {
    let (expected, mean) = (truth(id), mean(sample));
    let variance = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (sample.len() - 1) as f64;
    let z = (mean - expected) / (variance / sample.len() as f64).sqrt();
    println!("{id}: {mean:.4}, exactly {expected:.4}, z = {z:.2} ({} groups)", sample.len());
    assert!(z.abs() < 4.0, "{id}: {mean}, exactly {expected}, z = {z:.2}");
}

#[test]
fn candidates_at_the_same_time_are_as_frequent_as_theory_says() {
    for (others, width, way) in
        [(2, 150, 15), (2, 150, 5), (2, 300, 75), (4, 150, 15), (4, 50, 15), (4, 300, 75)]
    {
        let case = Case {
            others,
            timeout: uniform("0s", &format!("{width}ms")),
            way: constant(&format!("{way}ms")),
            led: 0,
        };
        let groups = case.run(width + 1);
        assert_eq!(groups.len(), GROUPS as usize, "every group has had a candidate");
        let collided = |group: &Group| {
            let heard = group.candidates[0] + f64::from(way) / 1e3;
            f64::from(group.candidates.iter().skip(1).any(|at| *at < heard))
        };
        let collided: Vec<f64> = groups.iter().map(collided).collect();
        is_exact(&format!("raft_collide_{others}_{width}_{way}"), &collided);
    }
}

#[test]
fn the_first_of_four_servers_stands_when_theory_says() {
    let case = Case { others: 4, timeout: uniform("150ms", "300ms"), way: constant("15ms"), led: 0 };
    let groups = case.run(1_500);
    let first: Vec<f64> = groups.iter().map(|group| 1e3 * group.candidates[0]).collect();
    is_exact("raft_first_4", &first);
    // Whoever leads stays: the terms there were are the rounds it took.
    assert!(groups.iter().all(|group| group.elected.is_some()));
    let rounds: Vec<f64> = groups.iter().map(|group| group.term as f64).collect();
    let (bound, rounds) = (truth("raft_rounds"), mean(&rounds));
    println!("rounds: {rounds:.4}, at most {bound:.4}");
    assert!((1.0..bound).contains(&rounds), "{rounds}");
}

#[test]
fn a_leader_that_crashes_is_missed_when_theory_says() {
    let case = Case { others: 2, timeout: uniform("150ms", "300ms"), way: constant("0s"), led: 1 };
    let missed: Vec<f64> = case.run(301).iter().map(|group| 1e3 * group.candidates[0]).collect();
    assert_eq!(missed.len(), GROUPS as usize, "every leader is missed");
    is_exact("raft_detect_2", &missed);
}

#[test]
fn two_candidates_at_one_instant_split_the_votes_of_two_others_half_of_the_time() {
    let case = Case {
        others: 4,
        timeout: "{ empirical = [\"100ms\", \"3s\"] }".into(),
        way: "{ exponential = { mean = \"2ms\" } }".into(),
        led: 0,
    };
    // Nobody stands again before twice 100 ms.
    let groups = case.run(199);
    let two = groups.iter().filter(|group| group.candidates.len() == 2);
    let split: Vec<f64> = two.map(|group| f64::from(group.elected.is_none())).collect();
    assert!(split.len() as u32 > GROUPS / 4, "{} groups have two candidates", split.len());
    is_exact("raft_split_5_given2", &split);
}
