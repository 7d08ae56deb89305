//! Every shipped study comes to the same with and without jumping: windows of its long clusters, in pairs with one key.
//!
//! GEODES_JUMP_WINDOWS (default 2) clusters of each study, the longest faults cut to GEODES_JUMP_HOURS (default 2).

use super::both::{self, Outcome, Slack, assert_agree_within, hours, restored, scenario};
use crate::dice::setting;
use geodes::base::time::Span;
use geodes::measure::series::Kind;
use geodes::measure::setting::Setting;
use geodes::scenario::Scenario;
use geodes::study::cluster::Cluster;
use geodes::study::drawn::Drawn;
use geodes::study::engine::Engine;
use geodes::study::outcome::{losses, targets};
use geodes::study::signature::Signatures;
use geodes::study::window;
use geodes::study::world::Clusters;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Shorter clusters are never jumped over.
const LONG: Span = Span::mins(40);
/// Years of the skeleton in which clusters are looked for.
const YEARS: u64 = 300;
/// Below so many pairs nothing can be said of their mean.
const ENOUGH: usize = 8;

fn studies() -> Vec<(String, Scenario)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let folders = [
        "studies",
        "sla/tables",
        "oracles",
        "cosmos-db",
        "container-registry",
        "site-recovery",
        "profiles",
        "shootout",
        ".",
    ];
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(root.join(folder)).ok()).flatten();
    let mut files: Vec<PathBuf> = files.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let named = |file: PathBuf| {
        let name = file.strip_prefix(&root).unwrap_or(&file).with_extension("");
        (name.to_string_lossy().into_owned(), scenario(&file, &[]))
    };
    files.into_iter().map(named).filter(|(_, scenario)| !scenario.plan.hazards.is_empty()).collect()
}

/// The cluster, with nothing in it that begins or lasts longer than this.
fn cut(cluster: &Cluster, longest: Span) -> Cluster {
    let mut cluster = cluster.clone();
    let begins = cluster.begins();
    cluster.occurrences.retain(|occurrence| occurrence.at.since(begins) < longest);
    for occurrence in &mut cluster.occurrences {
        occurrence.lasts = occurrence.lasts.min(longest);
        occurrence.faults.retain(|part| part.after < longest);
        occurrence.faults.iter_mut().for_each(|part| part.lasts = part.lasts.min(longest));
    }
    cluster
}

/// One long cluster after the other of each kind in turn, another one first for each study.
fn chosen(scenario: &Scenario, study: usize, n: usize) -> Vec<(Arc<str>, Cluster)> {
    let plan = &scenario.plan;
    let world = Engine::new(plan, &*scenario.runnable, None);
    let mut names = Signatures::new(plan, &world);
    let mut kinds: BTreeMap<Arc<str>, Vec<Cluster>> = BTreeMap::new();
    for cluster in Drawn(plan).of_years(YEARS).map_while(Result::ok) {
        let length = cluster.ends().since(cluster.begins());
        if length < LONG || length > Span::hours(24 * 30) {
            continue;
        }
        let same = kinds.entry(names.of(0, &plan.mode, &cluster)).or_default();
        if same.len() < n {
            same.push(cluster);
        }
    }
    // Strikes one by one first: what several come to is for larger runs.
    let mut kinds: Vec<(Arc<str>, Vec<Cluster>)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(name, _)| name.matches(" + ").count() + name.matches(" x").count());
    let single = kinds.iter().take_while(|(name, _)| !name.contains(" + ") && !name.contains(" x")).count();
    if single > 0 {
        kinds[..single].rotate_left(study % single);
    }
    let most = kinds.iter().map(|(_, all)| all.len()).max().unwrap_or(0);
    let rounds = (0..most).flat_map(|i| {
        kinds.iter().filter_map(move |(name, all)| Some((Arc::clone(name), all.get(i)?.clone())))
    });
    rounds.take(n).collect()
}

/// Seconds lost with jumping, less those without, by target, and seconds until faults were over.
struct Pair {
    study: usize,
    said: String,
    apart: BTreeMap<String, f64>,
}

fn compare(
    name: &str,
    study: usize,
    scenario: &Scenario,
    (signature, cluster): &(Arc<str>, Cluster),
    paired: bool,
) -> Option<Pair> {
    let plan = window::plan(
        &scenario.plan,
        Some(cluster),
        &scenario.plan.mode,
        window::key(&scenario.plan, cluster, 0),
    );
    let key = window::key(&scenario.plan, cluster, 0);
    let run = |jump| both::run(&*scenario.runnable, &plan, key, jump);
    let on = run(true);
    if on.jumps.is_empty() {
        // Then it is the same run.
        return None;
    }
    let off = run(false);
    let title = format!("{name}, {signature}");
    // Clients of machines keep the name that they reach them by for a minute.
    let machines = scenario.system.name == "site-recovery";
    let names = if machines { 60.0 } else { 0.0 };
    let slack = Slack { phase: Slack::default().phase + names, points: paired && machines, paired };
    assert_agree_within(&title, &on, &off, slack);
    let targets = targets(&Setting::of(&plan));
    let lost = |o: &Outcome| losses(&targets, &o.found).0;
    let losses = targets.iter().zip(lost(&on).into_iter().zip(lost(&off)));
    let mut apart: BTreeMap<String, f64> = losses.map(|(t, (a, b))| (t.path.clone(), a - b)).collect();
    for kind in Kind::ALL {
        let between = restored(&on.found, kind) - restored(&off.found, kind);
        apart.insert(format!("rto.{}", kind.name()), between);
    }
    let lost = |o: &Outcome| o.found.causes.iter().map(|cause| cause.rpo.all.writes).sum::<u64>() as f64;
    apart.insert("rpo.writes".to_owned(), lost(&on) - lost(&off));
    let said = format!("{title}: {} events instead of {}", on.end.events, off.end.events);
    Some(Pair { study, said, apart })
}

/// The mean of paired differences over its standard error; 0 when all are alike and vanish.
fn t(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    // What is left of sums of floating-point numbers is no difference.
    let error = (variance / n).sqrt().max(1e-9);
    if mean.abs() < 1e-9 { 0.0 } else { mean / error }
}

#[test]
fn shipped_studies_come_to_the_same_with_and_without_jumping() {
    let (windows, longest) = (setting("GEODES_JUMP_WINDOWS", 2), hours(2));
    let studies = studies();
    assert!(studies.len() > 15, "only {} studies were found", studies.len());
    let cases: Vec<(usize, (Arc<str>, Cluster))> = studies
        .par_iter()
        .enumerate()
        .flat_map_iter(|(i, (_, scenario))| {
            let cut = move |(name, cluster)| (i, (name, cut(&cluster, longest)));
            chosen(scenario, i, windows as usize).into_iter().map(cut)
        })
        .collect();
    // Of so many windows of each study the tests of their pairs judge; fewer must agree one by one.
    let paired = windows as usize >= ENOUGH;
    let one = |(i, case): &(usize, _)| compare(&studies[*i].0, *i, &studies[*i].1, case, paired);
    let pairs: Vec<Pair> = cases.par_iter().filter_map(one).collect();
    pairs.iter().for_each(|pair| println!("{}", pair.said));
    assert!(pairs.len() * 4 > cases.len(), "{} of {} windows jumped", pairs.len(), cases.len());
    let mut tests: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for pair in &pairs {
        for (path, apart) in &pair.apart {
            let mut add = |of: &str| tests.entry((of.to_owned(), path.clone())).or_default().push(*apart);
            add("all studies");
            add(&studies[pair.study].0);
        }
    }
    for ((of, path), values) in tests.iter().filter(|(_, values)| values.len() >= ENOUGH) {
        let t = t(values);
        println!("{of}: {path}: t = {t:.2} of {} pairs", values.len());
        assert!(t.abs() < 4.0, "{of}: {path}: t = {t}");
    }
}
