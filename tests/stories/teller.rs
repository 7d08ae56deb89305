//! Carries out a story's commands.

use crate::deploy::Script;
use crate::show::Names;
use geodes::base::ids::{ActionId, ClientId, FaultId, PartitionId};
use geodes::base::time::Span;
use geodes::base::units::UnitText;
use geodes::engine::record::Record;
use geodes::engine::world::World;
use geodes::model::operation::{Action, Key, OpId, Outcome};
use geodes::system::registry::Configure;

/// Longer than any operation may take.
const PATIENCE: Span = Span::mins(5);

/// A world and what was told of it so far.
pub struct Teller<S: Configure> {
    script: Script<S>,
    pub world: World<S>,
    names: Names,
    faults: Vec<FaultId>,
    actions: u32,
    /// Asked for and not waited for, with the words of the command.
    open: Vec<(OpId, String)>,
    /// Not yet printed by `log`.
    records: Vec<Record>,
}

impl<S: Configure> Teller<S> {
    /// Deploys the system that these lines describe.
    pub fn new(lines: &str) -> Result<Self, String> {
        let script = Script::new(lines);
        let (plan, world) = script.world()?;
        let (names, records) = (Names::new(plan), Vec::new());
        Ok(Teller { script, world, names, faults: Vec::new(), actions: 0, open: Vec::new(), records })
    }

    /// Carries out one command and says what came of it.
    pub fn command(&mut self, line: &str) -> String {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let said = match verb {
            "write" | "read" | "insert" | "replace" | "delete" => self.operation(verb, rest),
            "await" => Ok(self.wait_for_all()),
            "advance" => self.advance(rest),
            "heal" => {
                let faults = std::mem::take(&mut self.faults);
                faults.into_iter().for_each(|fault| self.world.heal(fault));
                Ok("ok\n".to_string())
            }
            "log" => Ok(self.log()),
            "action" => self.action(rest),
            kind => self.fault(kind, rest),
        };
        said.unwrap_or_else(|why| format!("error: {}\n", why.trim_end()))
    }

    fn operation(&mut self, verb: &str, rest: &str) -> Result<String, String> {
        let (key, from) = rest.split_once(" from ").ok_or("say `from` where")?;
        let number = |text: &str| text.parse::<u64>().map_err(|e| format!("{text}: {e}"));
        let key = match key.split_once('=') {
            Some(("k", n)) => Key::register(number(n)?),
            Some(("o", n)) => Key::object(number(n)?),
            _ => return Err("a key is `k=1` or `o=1`".into()),
        };
        if let Some(from) = from.strip_suffix(" &") {
            let op = self.ask(verb, key, from)?;
            self.open.push((op, format!("{verb} {rest}").replace(" &", "")));
            return Ok("under way\n".into());
        }
        if let Some((from, times)) = from.rsplit_once(" x") {
            let times = number(times)?;
            let ops: Result<Vec<OpId>, String> = (0..times).map(|_| self.ask(verb, key, from)).collect();
            return ops.map(|ops| self.summary(&ops));
        }
        let op = self.ask(verb, key, from)?;
        Ok(self.outcome(op))
    }

    fn ask(&mut self, verb: &str, key: Key, from: &str) -> Result<OpId, String> {
        let (from, nth) = from.split_once(" #").map_or((from, 1), |(f, n)| (f, n.parse().unwrap_or(1)));
        let mut there = (0..).zip(&self.script.clients).filter(|(_, region)| *region == from);
        let client = there.nth(nth - 1).ok_or_else(|| format!("no client in {from}"))?.0;
        let action = match verb {
            "read" => Action::Read,
            _ => {
                let write = self.names.name(self.world.fresh_write());
                match verb {
                    "write" => Action::Write(write),
                    "insert" => Action::Insert(write),
                    "replace" => Action::Replace(write),
                    _ => Action::Delete(write),
                }
            }
        };
        let op = self.world.ask(ClientId(client), PartitionId(0), key, action);
        op.ok_or_else(|| format!("the client in {from} is not part of this world"))
    }

    fn outcome(&mut self, op: OpId) -> String {
        self.wait(op);
        self.world.result(op).map_or("error: still open\n".into(), |op| self.names.operation(op))
    }

    fn wait(&mut self, op: OpId) {
        let limit = self.world.now() + PATIENCE;
        while self.world.result(op).is_none() && self.world.step(limit) {}
    }

    fn wait_for_all(&mut self) -> String {
        let mut said = String::new();
        for (op, words) in std::mem::take(&mut self.open) {
            said += &format!("{words}: {}", self.outcome(op));
        }
        said
    }

    fn summary(&mut self, ops: &[OpId]) -> String {
        ops.iter().for_each(|op| self.wait(*op));
        let ended: Vec<_> = ops.iter().filter_map(|op| self.world.result(*op)).collect();
        let ok = ended.iter().filter(|op| op.outcome == Outcome::Ok).count();
        let throttled = ended.iter().filter(|op| op.throttled > 0).count();
        let tries: u32 = ended.iter().map(|op| u32::from(op.attempts)).sum();
        format!("{ok} of {} ok; {throttled} met a 429; {tries} tries\n", ops.len())
    }

    fn advance(&mut self, by: &str) -> Result<String, String> {
        let by = Span::parse(by).map_err(|e| e.to_string())?;
        self.world.run_until(self.world.now() + by);
        Ok(format!("{}\n", self.names.time(self.world.now())))
    }

    fn fault(&mut self, kind: &str, rest: &str) -> Result<String, String> {
        let (scope, kind) = match rest.rsplit_once(' ').filter(|(_, last)| last.contains('=')) {
            Some((scope, parameter)) => {
                let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                let bare = value.parse::<f64>().is_ok();
                let value = if bare { value.to_string() } else { format!("\"{value}\"") };
                (scope, format!("{{ {kind} = {{ {name} = {value} }} }}"))
            }
            None => (rest, format!("\"{kind}\"")),
        };
        let fault = self.script.fault(&kind, &self.place(scope)?)?;
        let id = self.world.strike_fault(fault);
        self.faults.push(id);
        self.take_records();
        let site = self.records.iter().rev().find_map(|record| match record {
            Record::FaultBegan { fault, site, .. } if *fault == id => Some(site.class.clone()),
            _ => None,
        });
        Ok(format!("{}\n", site.unwrap_or_default()))
    }

    /// A scope, in which `@replica(n)` is the node of the write region's replica `n` at the start.
    fn place(&self, scope: &str) -> Result<String, String> {
        let Some(n) = scope.strip_prefix("@replica(").and_then(|rest| rest.strip_suffix(')')) else {
            return Ok(scope.to_string());
        };
        let end = format!("/replica:{n}");
        let mut replicas = self.world.actor_ids().filter(|id| self.world.path(*id).ends_with(&end));
        let first = replicas.next().ok_or_else(|| format!("no replica {n}"))?;
        Ok(self.names.node(self.world.node(first)))
    }

    /// `failover to East US` is `{ failover = { to = "East US" } }`; `service-managed-failover off` has no key.
    fn action(&mut self, words: &str) -> Result<String, String> {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        let order = match rest.split_once(' ') {
            Some((key, value)) => format!("{{ {verb} = {{ {key} = \"{value}\" }} }}"),
            None if rest.is_empty() => format!("\"{verb}\""),
            None => format!("{{ {verb} = \"{rest}\" }}"),
        };
        let command = self.script.action(&order)?;
        self.names.actions.push(words.to_string());
        self.world.administer(ActionId(self.actions), command);
        self.actions += 1;
        Ok("sent\n".into())
    }

    fn take_records(&mut self) {
        let new = self.world.take_records();
        self.records.extend(new);
    }

    fn log(&mut self) -> String {
        self.take_records();
        let records = std::mem::take(&mut self.records);
        let mut said = String::new();
        let mut lines = records.iter().filter_map(|record| self.names.record(record, &self.world)).peekable();
        while let Some((at, what)) = lines.next() {
            let mut again = 0;
            while lines.next_if(|(_, next)| *next == what && what.starts_with("milestone")).is_some() {
                again += 1;
            }
            let again = if again > 0 { format!(" (and {again} times more)") } else { String::new() };
            said += &format!("{:>10}  {what}{again}\n", self.names.time(at));
        }
        if said.is_empty() { "nothing\n".into() } else { said }
    }
}
