//! Random faults: whatever happens, everything that was read and written is linearizable, nothing acknowledged is lost, and
//! once the faults are over the groups go on.

use crate::case::{Case, REGIONS, over};
use geodes::history::verdict::Verdict;
use rayon::prelude::*;

/// Schedules of a plain test run.
const FEW: u64 = 60;

/// After the last fault has ended, operations succeed again within this many seconds: a few time-outs of at most 0.6 s, one of
/// a client's tries, and the links' queues; see `docs/raft.md`.
const PROGRESS: f64 = 12.0;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }

    fn yes(&mut self) -> bool {
        self.below(2) == 0
    }

    fn region(&mut self, n: usize) -> &'static str {
        REGIONS[self.below(n as u64) as usize]
    }

    fn link(&mut self, n: usize) -> String {
        let (a, step) = (self.below(n as u64) as usize, 1 + self.below(n as u64 - 1) as usize);
        let arrow = if self.below(3) == 0 { "<->" } else { "->" };
        format!("link:{}{arrow}{}", REGIONS[a], REGIONS[(a + step) % n])
    }

    fn scope(&mut self, n: usize) -> String {
        match self.below(3) {
            0 => "@leader(0)".into(),
            _ => format!("region:{}", self.region(n)),
        }
    }

    /// Scope and kind of a fault.
    fn fault(&mut self, n: usize, destroyed: &mut bool) -> (String, String) {
        match self.below(14) {
            0 | 1 => (self.scope(n), "crash".into()),
            2 | 3 => (self.scope(n), "power-loss".into()),
            4 => (self.scope(n), "pause".into()),
            5 => (self.scope(n), "isolation".into()),
            6 | 7 => (self.link(n), "cut".into()),
            8 => (self.link(n), format!("{{ slow = {{ factor = {} }} }}", 2 + self.below(40))),
            9 => (self.scope(n), format!("{{ slow = {{ factor = {} }} }}", 2 + self.below(200))),
            10 => (self.link(n), format!("{{ loss = {{ probability = \"{}%\" }} }}", 5 + self.below(90))),
            11 if !std::mem::replace(destroyed, true) => {
                (format!("region:{}", self.region(n)), "destroyed-disk".into())
            }
            11 | 12 => {
                let by = 10 + self.below(91) as i64;
                let by = if self.yes() { by } else { -by };
                (self.scope(n), format!("{{ clock-drift = {{ by = \"{by}ppm\" }} }}"))
            }
            _ => (self.scope(n), "{ clock-step = { by = \"-30s\" } }".into()),
        }
    }
}

/// A schedule: its text, and when its last fault ends.
pub fn schedule(number: u64) -> (String, f64) {
    let mut dice = Dice(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let n = [3, 3, 5][dice.below(3) as usize];
    let lease = dice.yes();
    let check = lease || dice.below(4) > 0;
    let mut text = over(n)
        .system(&format!("pre-vote = {}\ncheck-quorum = {check}", dice.below(3) > 0))
        .system(if lease { "reads = \"lease\"" } else { "reads = \"read-index\"" })
        .system("data = \"1MB\"")
        .system(&format!("log = {}", [20, 200, 10_000][dice.below(3) as usize]));
    if dice.yes() {
        text = text.system(&format!("leaders = [\"{}\"]\npreference-delay = \"1s\"", dice.region(n)));
    }
    text.load += "objects = 2\nmix = { insert = \"10%\", replace = \"10%\", delete = \"10%\", conditional = \"10%\", batch = \"15%\" }\n";
    let (mut destroyed, mut taken, mut last) = (false, Vec::new(), 0);
    for _ in 0..1 + dice.below(5) {
        let (scope, kind) = dice.fault(n, &mut destroyed);
        let name = kind.trim_matches(['{', ' ']).split(' ').next().unwrap_or_default().to_string();
        if taken.contains(&(scope.clone(), name.clone())) {
            continue;
        }
        let (at, lasts) = (3_000 + dice.below(20_000), [300, 2_000, 7_000, 15_000][dice.below(4) as usize]);
        text = text.fault(&scope, &kind, at, lasts);
        last = last.max(at + lasts);
        taken.push((scope, name));
    }
    let text = text.text(45 + (last / 1_000) as u32).replace("seed = 7", &format!("seed = {number}"));
    (text, last as f64 / 1e3)
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn no_schedule_of_random_faults_breaks_a_promise_and_all_go_on_when_it_is_over() {
    let (first, many) = (number("GEODES_FIRST", 1), number("GEODES_SCHEDULES", FEW));
    let failed: Vec<String> = (first..first + many)
        .into_par_iter()
        .filter_map(|n| {
            let (text, last) = schedule(n);
            let seen = Case::new(&text).seen(true);
            let open = seen.verdicts().iter().any(|v| v.verdict == Verdict::Unknown && v.why.is_empty());
            let late = seen.between(true, last + PROGRESS, f64::MAX).chain(seen.between(
                false,
                last + PROGRESS,
                f64::MAX,
            ));
            let stuck = late.filter(|op| !crate::support::answered(op)).count();
            let lost = seen.lost();
            let bad = open || stuck > 0 || lost > 0 || !seen.settled() || !seen.broken().is_empty();
            bad.then(|| {
                format!(
                    "schedule {n}: {stuck} failed after the faults, {lost} lost, {:?}\n{}\n{text}",
                    seen.end().reason,
                    seen.account()
                )
            })
        })
        .collect();
    assert!(failed.is_empty(), "{} of {many} schedules\n\n{}", failed.len(), failed.join("\n\n"));
}
