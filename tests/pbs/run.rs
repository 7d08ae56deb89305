//! Runs a case: writes and reads by the real system, one after the other, many times.

use crate::case::{Case, scenario};
use crate::resolved;
use geodes::base::ids::{ClientId, PartitionId};
use geodes::base::rng::Seed;
use geodes::base::time::Span;
use geodes::engine::contract::WindowSpec;
use geodes::engine::run::Ready;
use geodes::engine::world::World;
use geodes::model::operation::{Action, Key, Observed, OpId, Operation};
use geodes::model::plan::{Limits, Plan};
use geodes::system::quorum_nwr::QuorumNwr;
use rayon::prelude::*;
use std::sync::Arc;

/// Trials of one world.
const TRIALS: u64 = 5_000;

/// A case, ready to be tried.
pub struct Scene {
    plan: Arc<Plan>,
    ready: Ready<QuorumNwr>,
    writers: Vec<ClientId>,
    readers: Vec<ClientId>,
}

/// What trials gave: latencies in ns, and how many reads were current at each offset.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub trials: u64,
    pub writes: Vec<u64>,
    pub reads: Vec<u64>,
    pub current: Vec<u64>,
}

impl Tally {
    fn join(mut self, other: Tally) -> Tally {
        self.trials += other.trials;
        self.writes.extend(other.writes);
        self.reads.extend(other.reads);
        self.current.resize(self.current.len().max(other.current.len()), 0);
        self.current.iter_mut().zip(&other.current).for_each(|(mine, theirs)| *mine += theirs);
        self
    }

    /// The share of reads at an offset that were current.
    pub fn share(&self, offset: usize) -> f64 {
        self.current[offset] as f64 / self.trials as f64
    }
}

/// A quantile in ms.
pub fn quantile(sample: &mut [u64], p: f64) -> f64 {
    let at = (p * sample.len() as f64) as usize;
    let (_, value, _) = sample.select_nth_unstable(at.min(sample.len() - 1));
    *value as f64 / 1e6
}

impl Scene {
    /// Resolves the case's scenario. Nothing happens in its worlds by itself.
    pub fn new(case: &Case) -> Scene {
        let text = scenario(case);
        let (mut plan, settings, _) =
            resolved::system::<QuorumNwr>(&text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
        plan.workloads.iter_mut().for_each(|(_, workload)| workload.rate_per_s = 0.0);
        plan.limits = Limits { at_least: Span::MAX, cap: Span::MAX, until_settled: false };
        let of = |name: &str| -> Vec<ClientId> {
            let there = |region| plan.topology.regions[region].name.starts_with(name);
            plan.clients.iter().filter(|(_, c)| there(c.region)).map(|(id, _)| id).collect()
        };
        let (writers, readers) = (of("Writer"), of("Reader"));
        Scene { ready: Ready::new(settings, Vec::new()), plan: Arc::new(plan), writers, readers }
    }

    /// So many trials: a write, and a read at each of these offsets (in order) after it was acknowledged. Reads change
    /// nothing, so that each is what a single read at that offset would have been.
    pub fn run(&self, trials: u64, offsets: &[Span], seed: u64) -> Tally {
        let worlds = trials.div_ceil(TRIALS);
        (0..worlds)
            .into_par_iter()
            .map(|world| self.world(world, TRIALS.min(trials - world * TRIALS), offsets, seed))
            .reduce(Tally::default, Tally::join)
    }

    fn world(&self, number: u64, trials: u64, offsets: &[Span], seed: u64) -> Tally {
        let spec = WindowSpec { seed, key: number, ..WindowSpec::default() };
        let mut world = self.ready.world(&self.plan, spec, vec![PartitionId(0)]);
        let mut dice = Seed { scenario: seed, window: number }.named("pbs", "sites");
        let mut tally = Tally { trials, current: vec![0; offsets.len()], ..Tally::default() };
        let mut pick = |clients: &[ClientId]| clients[dice.below(clients.len() as u64) as usize];
        for trial in 0..trials {
            let (key, write) = (Key::register(trial), world.fresh_write());
            let wrote = ask(&mut world, pick(&self.writers), key, Action::Write(write));
            let done = finish(&mut world, wrote);
            tally.writes.push(latency(&done));
            let begun: Vec<OpId> = offsets
                .iter()
                .map(|offset| {
                    world.run_until(done.completed.0 + *offset);
                    ask(&mut world, pick(&self.readers), key, Action::Read)
                })
                .collect();
            for (offset, read) in begun.into_iter().enumerate() {
                let read = finish(&mut world, read);
                tally.current[offset] += u64::from(read.observed == Observed::Value(write));
                if offset == 0 {
                    tally.reads.push(latency(&read));
                }
            }
            if trial % 256 == 0 {
                world.take_records();
            }
        }
        tally
    }
}

fn ask(world: &mut World<QuorumNwr>, client: ClientId, key: Key, action: Action) -> OpId {
    world.ask(client, PartitionId(0), key, action).expect("the client is up")
}

fn finish(world: &mut World<QuorumNwr>, op: OpId) -> Operation {
    let limit = world.now() + Span::hours(3);
    while world.result(op).is_none() && world.step(limit) {}
    world.result(op).cloned().expect("it ends")
}

fn latency(op: &Operation) -> u64 {
    op.completed.0.since(op.invoked.0).0
}

/// The time after which 99.9 % of reads are current: where the logarithm of the share of stale reads, between two of a grid
/// of offsets, crosses that of 0.1 %. First a rough grid with few trials finds the neighbourhood, then a fine one the place.
pub fn visibility(scene: &Scene, trials: u64, seed: u64) -> f64 {
    let ms = |t: f64| Span::from_secs_f64(t / 1e3);
    let rough: Vec<f64> = (0..40).map(|i| 0.25 * libm::pow(1.3, f64::from(i))).collect();
    let offsets: Vec<Span> = rough.iter().map(|t| ms(*t)).collect();
    let few = scene.run((trials / 20).max(5_000), &offsets, seed);
    let above = (0..rough.len()).find(|i| few.share(*i) >= 0.999).unwrap_or(rough.len() - 1);
    let (low, high) = (if above == 0 { 0.0 } else { rough[above - 1] * 0.9 }, rough[above] * 1.2);
    let last = 6;
    let grid: Vec<f64> = (0..=last).map(|i| low + (high - low) * f64::from(i) / f64::from(last)).collect();
    let offsets: Vec<Span> = grid.iter().map(|t| ms(*t)).collect();
    let tally = scene.run(trials, &offsets, seed + 1);
    let stale = |i: usize| libm::log((1.0 - tally.share(i)).max(0.5 / tally.trials as f64));
    let above = (1..grid.len()).find(|i| stale(*i) <= libm::log(0.001)).unwrap_or(grid.len() - 1);
    let (a, b) = (stale(above - 1), stale(above));
    grid[above - 1] + (grid[above] - grid[above - 1]) * (a - libm::log(0.001)) / (a - b)
}

/// What a sweep finds that takes the first offset of a grid at which an estimate from a few fresh trials reaches 99.9 %: too
/// early, as it may stop at each offset by luck, and never goes back.
pub fn sweep(scene: &Scene, (from, step): (f64, f64), trials: u64, seed: u64) -> f64 {
    let mut t = from;
    for turn in 0.. {
        let offset = Span::from_secs_f64(t / 1e3);
        if scene.run(trials, &[offset], seed + turn).share(0) >= 0.999 {
            break;
        }
        t += step;
    }
    t
}
