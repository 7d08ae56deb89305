//! Scenarios of systems that keep a group of replicas for each partition, one in each of some regions, and random faults for
//! them.

use super::case::Case;
use super::dice::Dice;
use super::{Seen, answered, fault_table};
use geodes::history::verdict::Verdict;
use geodes::system::registry::Configure;
use std::marker::PhantomData;

/// Names of the regions.
pub const REGIONS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// A scenario.
pub struct Text<S> {
    /// The topology and the disks.
    pub topology: String,
    /// The system's table.
    pub system: String,
    /// A line of it that stands unless reads are said otherwise.
    reads: &'static str,
    /// The workload.
    pub load: String,
    /// Faults and actions.
    pub rest: String,
    of: PhantomData<fn() -> S>,
}

impl<S> Clone for Text<S> {
    fn clone(&self) -> Text<S> {
        Text {
            topology: self.topology.clone(),
            system: self.system.clone(),
            reads: self.reads,
            load: self.load.clone(),
            rest: self.rest.clone(),
            of: PhantomData,
        }
    }
}

/// Replicas in these regions, one in each, as the tables have them.
pub fn replicas(regions: &[&str]) -> String {
    let replicas: Vec<String> = regions.iter().map(|r| format!("{{ region = \"{r}\" }}")).collect();
    format!("[{}]", replicas.join(", "))
}

impl<S: Configure> Text<S> {
    /// So many regions some 10 ms apart, with so many nodes, a client in each of the first `clients`, and these lines of the
    /// system's table.
    pub fn new((regions, nodes): (usize, u32), clients: usize, system: String, reads: &'static str) -> Self {
        let regions = &REGIONS[..regions];
        let client = |r: &&str| format!("{{ region = \"{r}\", count = 1, fail-with-region = false }}");
        let clients: Vec<String> = REGIONS[..clients].iter().map(client).collect();
        let mut links = String::new();
        for (a, from) in regions.iter().enumerate() {
            for (b, to) in regions.iter().enumerate().skip(a + 1) {
                let delay = 5 + a + b;
                links += &format!(
                    "\n[[link]]\nscope = \"link:{from}<->{to}\"\none-way = {{ constant = \"{delay}ms\" }}\n"
                );
            }
        }
        let topology = format!(
            "regions = {regions:?}\nzones = 1\nnodes-per-zone = {nodes}\nintra-zone = {{ constant = \"500us\" }}\n\
             inter-zone = {{ constant = \"1ms\" }}\nglobal = {{ constant = \"5ms\" }}\n{links}\n\
             [disk]\npersist = {{ constant = \"1ms\" }}\n"
        );
        let load = format!(
            "clients = [{}]\nrate = \"40/s\"\nreads = \"50%\"\nkeys = 3\nwrite-once = \"20%\"\ntimeout = \"5s\"\n",
            clients.join(", ")
        );
        Text { topology, system, reads, load, rest: String::new(), of: PhantomData }
    }

    /// Further lines of the system's table.
    pub fn system(mut self, lines: &str) -> Self {
        self.system += lines;
        self.system.push('\n');
        self
    }

    /// A fault: scope, kind, onset and length in milliseconds.
    pub fn fault(mut self, scope: &str, kind: &str, at: u64, lasts: u64) -> Self {
        self.rest += &fault_table(scope, kind, at, lasts);
        self
    }

    /// An operator's order.
    pub fn action(mut self, order: &str, at: u64) -> Self {
        self.rest += &format!("\n[[action]]\nat = \"{at}ms\"\ndo = {order}\n");
        self
    }

    /// Clients inside their regions: what cuts a region off cuts them off.
    pub fn inside(mut self) -> Self {
        self.load = self.load.replace(", fail-with-region = false", "");
        self
    }

    /// Objects, and all that can be done with them.
    pub fn objects(mut self) -> Self {
        self.load += "objects = 2\nmix = { insert = \"10%\", replace = \"10%\", delete = \"10%\", \
                      conditional = \"10%\", batch = \"15%\" }\n";
        self
    }

    /// The scenario, of at least `at_least` seconds.
    pub fn text(&self, at_least: u32) -> String {
        let reads = if self.system.contains("reads =") { "" } else { self.reads };
        format!(
            "name = \"small\"\nseed = 7\n\n[topology]\n{}\n[system.{}]\n{}{reads}\n[workload.load]\n{}\n[run]\n\
             at-least = \"{at_least}s\"\ncap = \"{}s\"\n{}",
            self.topology,
            S::INFO.name,
            self.system,
            self.load,
            at_least + 240,
            self.rest
        )
    }

    /// Loads it.
    pub fn case(&self, at_least: u32) -> Case<S> {
        Case::new(&self.text(at_least))
    }

    /// With one to five random faults among the first `n` regions; and when the last one ends, in milliseconds. One disk may
    /// be destroyed, that of `disk` in a region; none without it.
    pub fn faults(mut self, dice: &mut Dice, n: usize, disk: Option<&str>) -> (Self, u64) {
        let (mut disk, mut taken, mut last) = (disk, Vec::new(), 0);
        for _ in 0..1 + dice.below(5) {
            let (scope, kind) = fault(dice, n, &mut disk);
            let name = kind.trim_matches(['{', ' ']).split(' ').next().unwrap_or_default().to_string();
            if taken.contains(&(scope.clone(), name.clone())) {
                continue;
            }
            let (at, lasts) =
                (3_000 + dice.below(20_000), [300, 2_000, 7_000, 15_000][dice.below(4) as usize]);
            self = self.fault(&scope, &kind, at, lasts);
            last = last.max(at + lasts);
            taken.push((scope, name));
        }
        (self, last)
    }
}

/// One of the first `n` regions.
pub fn region(dice: &mut Dice, n: usize) -> &'static str {
    REGIONS[dice.below(n as u64) as usize]
}

fn link(dice: &mut Dice, n: usize) -> String {
    let (a, step) = (dice.below(n as u64) as usize, 1 + dice.below(n as u64 - 1) as usize);
    let arrow = if dice.below(3) == 0 { "<->" } else { "->" };
    format!("link:{}{arrow}{}", REGIONS[a], REGIONS[(a + step) % n])
}

fn scope(dice: &mut Dice, n: usize) -> String {
    match dice.below(3) {
        0 => "@leader(0)".into(),
        _ => format!("region:{}", region(dice, n)),
    }
}

/// Scope and kind of a fault.
fn fault(dice: &mut Dice, n: usize, disk: &mut Option<&str>) -> (String, String) {
    match dice.below(14) {
        0 | 1 => (scope(dice, n), "crash".into()),
        2 | 3 => (scope(dice, n), "power-loss".into()),
        4 => (scope(dice, n), "pause".into()),
        5 => (scope(dice, n), "isolation".into()),
        6 | 7 => (link(dice, n), "cut".into()),
        8 => (link(dice, n), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(40))),
        9 => (scope(dice, n), format!("{{ slow = {{ factor = {} }} }}", 2 + dice.below(200))),
        10 => (link(dice, n), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + dice.below(90))),
        11 if disk.is_some() => {
            let node = disk.take().unwrap_or_default();
            (format!("region:{}{node}", region(dice, n)), "destroyed-disk".into())
        }
        11 | 12 => {
            let by = 10 + dice.below(91) as i64;
            let by = if dice.yes() { by } else { -by };
            (scope(dice, n), format!("{{ clock-drift = {{ by = \"{by}ppm\" }} }}"))
        }
        _ => (scope(dice, n), "{ clock-step = { by = \"-30s\" } }".into()),
    }
}

/// What is wrong with a schedule whose faults are over, with a bound for what follows from them, at `over` seconds: a broken
/// promise, a verdict that nobody can explain, a write that was lost and not `excused`, an operation that fails later, or
/// no rest.
pub fn failure(number: u64, text: &str, seen: &Seen, over: f64, excused: bool) -> Option<String> {
    let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown && v.why.is_empty());
    let late = |write| seen.between(write, over, f64::MAX);
    let stuck = late(true).chain(late(false)).filter(|op| !answered(op)).count();
    let lost = if excused { 0 } else { seen.lost() };
    let bad = open || stuck > 0 || lost > 0 || !seen.settled() || !seen.broken().is_empty();
    bad.then(|| {
        let why = seen.end().reason;
        format!(
            "schedule {number}: {stuck} failed after the faults, {lost} lost, {why:?}\n{}\n{text}",
            seen.account()
        )
    })
}
