//! Runs small Cosmos DB scenarios, with their settings changed if need be, and tells what happened.
#![allow(dead_code)]

pub mod case;
pub mod dice;
pub mod groups;
#[path = "../resolved/mod.rs"]
pub mod resolved;

use case::Safeguards;
use geodes::base::dist::Law;
use geodes::base::ids::{PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::Observer;
use geodes::engine::record::{Answer, Change, EndReason, Record, WindowEnd};
use geodes::history::checkers::{CheckSpec, Checkers};
use geodes::history::verdict::{GuaranteeVerdict, Verdict};
use geodes::model::operation::{Operation, Outcome};
use geodes::model::plan::Plan;
use geodes::system::cosmos_db::{CosmosDb, Mutation, Settings};
use std::fmt::Display;

/// A scenario of an account.
pub type Case = case::Case<CosmosDb>;

impl Safeguards for CosmosDb {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, plan: &Plan) -> Settings {
        settings.mutated(safeguard, plan)
    }
}

/// Loads a text and runs it.
pub fn run(text: &str) -> Seen {
    Case::new(text).run()
}

/// Loads a text and runs it with a safeguard off.
pub fn run_without(text: &str, mutation: Mutation) -> Seen {
    Case::new(text).without(mutation).run()
}

/// What a window came to.
pub struct Seen {
    checkers: Option<Checkers>,
    keep: bool,
    /// All records, if they were to be kept.
    pub records: Vec<Record>,
    verdicts: Vec<GuaranteeVerdict>,
    end: Option<WindowEnd>,
}

impl Observer for Seen {
    fn on_records(&mut self, records: &[Record]) {
        for record in records {
            if let Some(checkers) = &mut self.checkers {
                checkers.on_record(record);
            }
            if let Record::End(end) = record {
                self.end = Some(end.clone());
                self.verdicts = self.checkers.take().map(Checkers::finish).unwrap_or_default();
            }
        }
        if self.keep {
            self.records.extend_from_slice(records);
        }
    }

    fn merge(&mut self, _: Box<dyn Observer>) {
        unreachable!("everything runs in one world");
    }
}

impl Seen {
    /// Nothing seen yet; with `keep` every record is kept.
    pub fn new(check: CheckSpec, keep: bool) -> Seen {
        Seen {
            checkers: Some(Checkers::new(check)),
            keep,
            records: Vec::new(),
            verdicts: Vec::new(),
            end: None,
        }
    }

    /// How the window ended.
    pub fn end(&self) -> &WindowEnd {
        self.end.as_ref().expect("the window is over")
    }

    /// Whether the window ended settled.
    pub fn settled(&self) -> bool {
        self.end().reason == EndReason::Settled
    }

    /// All verdicts.
    pub fn verdicts(&self) -> &[GuaranteeVerdict] {
        &self.verdicts
    }

    /// The verdict on one guarantee.
    pub fn verdict(&self, name: &str) -> Verdict {
        self.verdicts.iter().find(|v| v.name == name).map_or(Verdict::Holds, |v| v.verdict)
    }

    /// Names of the guarantees that were broken, in the checkers' order.
    pub fn broken(&self) -> Vec<&'static str> {
        self.verdicts.iter().filter(|v| v.verdict == Verdict::Violated).map(|v| v.name).collect()
    }

    /// What is wrong or open, as text.
    pub fn account(&self) -> String {
        let mut text = String::new();
        for v in self.verdicts.iter().filter(|v| v.verdict != Verdict::Holds) {
            text += &format!("{} {} ({} checked): {}\n", v.name, v.verdict, v.checked, v.why);
            v.evidence.iter().take(12).for_each(|line| text += &format!("    {line}\n"));
        }
        text
    }

    /// Panics unless no guarantee is broken.
    pub fn assert_sound(&self) -> &Seen {
        assert!(self.broken().is_empty(), "{}", self.account());
        self
    }

    /// Panics unless this guarantee is broken, and nothing outside `also`.
    pub fn assert_breaks(&self, name: &str, also: &[&str]) {
        let broken = self.broken();
        assert!(broken.contains(&name), "{name} is not broken, but {broken:?}\n{}", self.account());
        let others: Vec<_> = broken.into_iter().filter(|b| *b != name && !also.contains(b)).collect();
        assert!(others.is_empty(), "{others:?} broken beside {name}\n{}", self.account());
    }

    /// The operations of the load that ended.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.records.iter().filter_map(|r| match r {
            Record::Completed(op) if !op.closing => Some(&**op),
            _ => None,
        })
    }

    /// Reads, or writes, invoked in `[from, to)` seconds.
    pub fn between(&self, write: bool, from: f64, to: f64) -> impl Iterator<Item = &Operation> {
        self.operations().filter(move |op| {
            let at = seconds(op.invoked.0);
            op.action.is_write() == write && at >= from && at < to
        })
    }

    /// The share of those that succeeded; conditions that were not met count as successes.
    pub fn share(&self, write: bool, from: f64, to: f64) -> f64 {
        let (mut good, mut all) = (0u32, 0u32);
        for op in self.between(write, from, to) {
            all += 1;
            good += u32::from(answered(op));
        }
        assert!(all > 0, "no operations between {from} s and {to} s");
        f64::from(good) / f64::from(all)
    }

    /// The changes that the system reported, with their times in seconds.
    pub fn changes(&self) -> impl Iterator<Item = (f64, &Change)> {
        self.records.iter().filter_map(|r| match r {
            Record::Change { at, change, .. } => Some((seconds(*at), change)),
            _ => None,
        })
    }

    /// Where a new lineage began, in order.
    pub fn cuts(&self) -> Vec<RegionId> {
        let region = |c: &Change| match c {
            Change::LineageCut { region, .. } => Some(*region),
            _ => None,
        };
        self.changes().filter_map(|(_, c)| region(c)).collect()
    }

    /// How often a change of this kind was reported.
    pub fn count(&self, is: impl Fn(&Change) -> bool) -> usize {
        self.changes().filter(|(_, c)| is(c)).count()
    }

    /// Answers to actions, in order.
    pub fn answers(&self) -> Vec<Answer> {
        let answer = |r: &Record| match r {
            Record::Admin { answer, .. } => answer.clone(),
            _ => None,
        };
        self.records.iter().filter_map(answer).collect()
    }

    /// Acknowledged writes that the harness found lost.
    pub fn lost(&self) -> u64 {
        let lost = |r: &Record| match r {
            Record::Lost(_) => 1,
            Record::LostBulk(bulk) => bulk.writes,
            _ => 0,
        };
        self.records.iter().map(lost).sum()
    }

    /// The largest number of exposed writes at a fault's onset.
    pub fn exposed(&self) -> u64 {
        let exposed = |r: &Record| match r {
            Record::Exposed { writes, .. } => Some(*writes),
            _ => None,
        };
        self.records.iter().filter_map(exposed).max().unwrap_or(0)
    }

    /// Request units charged for reads that succeeded, on average.
    pub fn charge_of_reads(&self) -> f64 {
        let reads: Vec<f64> = self
            .operations()
            .filter(|op| !op.action.is_write() && op.outcome == Outcome::Ok)
            .map(|op| f64::from(op.charge))
            .collect();
        reads.iter().sum::<f64>() / reads.len() as f64
    }
}

/// Whether the service did its part: it succeeded, or refused what was not to be done.
pub fn answered(op: &Operation) -> bool {
    op.outcome == Outcome::Ok || matches!(op.status.code, 404 | 409 | 412) && op.status.sub == 0
}

/// A fault as a scenario has it: scope, kind, onset and length in milliseconds. What is destroyed is so for good.
pub fn fault_table(scope: &str, kind: &str, at: impl Display, lasts: impl Display) -> String {
    let kind = if kind.starts_with('{') { kind.to_string() } else { format!("\"{kind}\"") };
    let end = if kind == "\"destroyed\"" { String::new() } else { format!("lasts = \"{lasts}ms\"\n") };
    format!("\n[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"{at}ms\"\n{end}")
}

/// Seconds since the start of the window.
pub fn seconds(at: SimTime) -> f64 {
    at.since(SimTime::ZERO).seconds()
}

/// The only partition of a small scenario.
pub const P0: PartitionId = PartitionId(0);

/// Delays of seconds instead of minutes, so that a whole outage fits into a few of them.
pub fn quick(settings: &mut Settings) {
    let laws = &mut settings.laws;
    (laws.fencing, laws.reconfiguration) = (Law::Constant(1.0), Law::Constant(1.0));
    laws.rebuild_wait = Span::secs(5);
    (laws.quorum_detect, laws.quorum_decide) = (Law::Constant(5.0), Law::Constant(5.0));
    (laws.switch_check, laws.restore) = (Law::Constant(1.0), Law::Constant(10.0));
    let failover = &mut settings.failover;
    (failover.detect, failover.decide) = (Law::Constant(15.0), Law::Constant(5.0));
    (failover.offline_detect, failover.offline_decide) = (Law::Constant(15.0), Law::Constant(5.0));
    let sdk = &mut settings.sdk;
    (sdk.refresh, sdk.min_refresh) = (Span::secs(10), Span::secs(1));
    sdk.unavailable_for = Span::secs(20);
}

impl Case {
    /// A small scenario with quick delays.
    pub fn quick(text: &str) -> Case {
        Case::new(text).with(quick)
    }

    /// The same with a bound that is smaller than an account's may be.
    pub fn bound(mut self, versions: u64, time: Span) -> Case {
        self.settings.bound = (versions, time);
        self.plan.facts.insert("bound-k".into(), versions.to_string());
        self.plan.facts.insert("bound-t-s".into(), time.seconds().to_string());
        self
    }
}

/// The text of a small scenario: West US 2 writes, one partition, a few keys.
pub struct Text {
    /// The account's level.
    pub level: &'static str,
    /// Its regions.
    pub regions: &'static [&'static str],
    /// Further lines of its table.
    pub account: &'static str,
    /// Region and number of clients.
    pub clients: &'static [(&'static str, u32)],
    /// Further lines of the workload.
    pub load: &'static str,
    /// Faults, actions and whatever else.
    pub rest: String,
}

/// One region, two clients in it, ten operations a second.
pub const SMALL: Text = Text {
    level: "eventual",
    regions: &["West US 2"],
    account: "write-regions = [\"West US 2\"]",
    clients: &[("West US 2", 3)],
    load: "rate = \"20/s\"\nreads = \"50%\"",
    rest: String::new(),
};

/// Two regions, the second may be promoted.
pub const PAIR: Text = Text {
    regions: &["West US 2", "East US"],
    account: "write-regions = [\"West US 2\"]\nfailover = { service-managed = { priority = [\"East US\"] } }",
    clients: &[("East US", 3)],
    level: "eventual",
    load: "rate = \"20/s\"\nreads = \"50%\"",
    rest: String::new(),
};

/// Three regions.
pub const THREE: Text = Text {
    regions: &["West US 2", "East US", "Central US"],
    account: "write-regions = [\"West US 2\"]\n\
              failover = { service-managed = { priority = [\"East US\", \"Central US\"] } }",
    clients: &[("East US", 2), ("Central US", 2)],
    level: "eventual",
    load: "rate = \"20/s\"\nreads = \"50%\"",
    rest: String::new(),
};

impl Text {
    /// The same with a fault: scope, kind as the format has it, onset and length in seconds.
    pub fn fault(mut self, scope: &str, kind: &str, at: f64, lasts: f64) -> Text {
        self.rest += &fault_table(scope, kind, at * 1e3, lasts * 1e3);
        self
    }

    /// The same with an operator's command.
    pub fn action(mut self, command: &str, at: u32) -> Text {
        self.rest += &format!("\n[[action]]\nat = \"{at}s\"\ndo = {command}\n");
        self
    }

    /// The scenario.
    pub fn text(&self, at_least: u32, cap: u32) -> String {
        let Text { level, regions, account, load, rest, .. } = self;
        let clients: Vec<String> = self
            .clients
            .iter()
            .map(|(region, n)| format!("{{ region = \"{region}\", count = {n}, fail-with-region = false }}"))
            .collect();
        let clients = match load.contains("clients") {
            true => String::new(),
            false => format!("clients = [{}]\n", clients.join(", ")),
        };
        let once = if load.contains("write-once") { "" } else { "write-once = \"20%\"\n" };
        let keys = if load.contains("keys") { "" } else { "keys = 4\n" };
        let data = if account.contains("data") { "" } else { "data = \"100MB\"\n" };
        format!(
            "name = \"small\"\nseed = 7\n\n[topology]\ncatalog = \"azure\"\nregions = {regions:?}\n\n\
             [system.cosmos-db]\nedition = \"2021\"\nconsistency = \"{level}\"\n{data}{account}\n\n\
             [workload.load]\n{clients}{keys}{once}{load}\n\n[run]\nat-least = \"{at_least}s\"\n\
             cap = \"{cap}s\"\n{rest}"
        )
    }

    /// Loads it with quick delays: at least `at_least` seconds and at most `cap`.
    pub fn case(&self, at_least: u32, cap: u32) -> Case {
        Case::quick(&self.text(at_least, cap))
    }
}
