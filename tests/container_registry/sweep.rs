//! The share of split pushes by the difference of two replicas' round trips, the time to live, the size of what is pushed,
//! and whether clients have a DNS cache: `results/container-registry/split-pushes.csv`, and its picture beside it.
//!
//! `GOLDEN=write cargo test --test container_registry the_share` writes both again.

use crate::case::{Case, observed};
use crate::curve;
use crate::published::same;
use rayon::prelude::*;
use std::fmt::Write;

/// Difference of the round trips in ms.
const APART: [u32; 5] = [0, 2, 5, 10, 20];
/// Time to live in seconds.
const TTL: [u32; 2] = [10, 120];
/// Own bytes of an image in MB.
const SIZE: [u32; 2] = [20, 200];
/// Runs of each point.
const SEEDS: u64 = 6;

fn text((apart, ttl, size): (u32, u32, u32), cache: bool, seed: u64) -> String {
    let link = |scope: &str, rtt: u32| {
        format!("[[link]]\nscope = \"link:{scope}\"\nrtt = \"{rtt}ms\"\nbandwidth = \"200Mbps\"\n\n")
    };
    let links = [link("West US<->East US", 60), link("Central US<->West US", 40)].concat();
    format!(
        "name = \"sweep\"\nseed = {seed}\n\n[topology]\ncatalog = \"azure\"\n\
         regions = [\"West US\", \"East US\", \"Central US\"]\nzones = 1\nnodes-per-zone = 1\n\n{links}{}\
         [system.container-registry]\nedition = \"2020\"\nreplicas = [\"West US\", \"East US\"]\n\
         dns = {{ resolvers = 4, ttl = \"{ttl}s\", client-cache = {cache}, noise = \"10%\", refresh = \"30s\" }}\n\n\
         [workload.team]\nclients = {{ region = \"Central US\", count = 4, fail-with-region = false }}\n\
         rate = \"6/min\"\nreads = \"0%\"\nwrite-once = \"100%\"\nkeys = 1\ndocument-size = \"{size}MB\"\n\
         timeout = \"5min\"\n\n[run]\nat-least = \"10min\"\ncap = \"10min\"\nuntil = \"cap\"\n",
        link("Central US<->East US", 40 + apart),
    )
}

/// Pushes, and how many of them were split.
fn point(at: (u32, u32, u32), cache: bool) -> (usize, usize) {
    let runs = (1..=SEEDS).into_par_iter().map(|seed| {
        let seen = Case::new(&text(at, cache, seed)).run();
        let split = observed(&seen.records, "push-split");
        (split.len(), split.iter().filter(|value| **value > 0.5).count())
    });
    runs.reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

#[test]
fn the_share_of_split_pushes_is_as_published() {
    let mut grid = Vec::new();
    for cache in [false, true] {
        for size in SIZE {
            for ttl in TTL {
                grid.extend(APART.map(|apart| ((apart, ttl, size), cache)));
            }
        }
    }
    let points: Vec<(usize, usize)> = grid.par_iter().map(|(at, cache)| point(*at, *cache)).collect();
    let mut csv = String::from("client_cache,own_mb,ttl_s,rtt_difference_ms,pushes,split,share\n");
    for (((apart, ttl, size), cache), (pushes, split)) in grid.iter().zip(&points) {
        let share = *split as f64 / *pushes as f64;
        writeln!(csv, "{cache},{size},{ttl},{apart},{pushes},{split},{share:.4}")
            .expect("a string takes text");
    }
    let share = |apart: u32, cache: bool| {
        let of = grid.iter().zip(&points).filter(|(((a, ..), c), _)| *a == apart && *c == cache);
        let (pushes, split) = of.fold((0, 0), |sum, (_, (p, s))| (sum.0 + p, sum.1 + s));
        split as f64 / pushes as f64
    };
    assert!(share(0, false) > 0.3 && share(20, false) < share(0, false) / 4.0);
    // A client with a cache goes by one answer from the first layer to the manifest.
    let cached = grid.iter().zip(&points).filter(|((_, cache), _)| *cache);
    assert_eq!(cached.map(|(_, (_, split))| split).sum::<usize>(), 0);
    let found = |wanted: (u32, u32, bool)| -> Vec<(u32, f64)> {
        let all = grid.iter().zip(&points);
        let of = all.filter(|(((_, ttl, size), cache), _)| (*size, *ttl, *cache) == wanted);
        of.map(|(((apart, ..), _), (pushes, split))| (*apart, *split as f64 / *pushes as f64)).collect()
    };
    let ways = SIZE.iter().flat_map(|size| TTL.map(|ttl| (*size, ttl)));
    let line = |(size, ttl)| (format!("{size} MB, time to live {ttl} s"), found((size, ttl, false)));
    let mut lines: Vec<curve::Line> = ways.map(line).collect();
    lines.push(("any, with a client cache".to_owned(), found((SIZE[0], TTL[0], true))));
    same("split-pushes.csv", &csv);
    same("split-pushes.svg", &curve::svg(&lines).expect("it can be drawn"));
}
