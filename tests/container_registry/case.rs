//! Loads small scenarios of a registry and runs them.

use crate::support::case::{self, Safeguards};
use crate::support::{Seen, fault_table, seconds};
use geodes::base::ids::{ClientId, PartitionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::{Change, Record};
use geodes::engine::world::World;
use geodes::model::operation::{Action, Key, OpId, Operation};
use geodes::model::plan::{Limits, Plan};
use geodes::system::container_registry::{ContainerRegistry, Mutation, Settings};

/// A scenario of a registry.
pub type Case = case::Case<ContainerRegistry>;

impl Safeguards for ContainerRegistry {
    type Mutation = Mutation;

    fn without(settings: Settings, part: Mutation, _: &Plan) -> Settings {
        Settings { mutation: Some(part), ..settings }
    }
}

/// The only partition.
pub const P0: PartitionId = PartitionId(0);

/// A small registry. Delays are constant: 1 ms within a region, 10 ms to global services, 60 ms of round trip between
/// regions whose links have 10 MB/s; disks take 1 ms.
#[derive(Clone)]
pub struct Text {
    /// Regions of the topology.
    pub regions: Vec<&'static str>,
    /// Further lines of its table.
    pub table: String,
    /// Regions of the clients, one client in each unless `load` says otherwise.
    pub clients: Vec<&'static str>,
    /// Further lines of the workload.
    pub load: String,
    /// The links between regions.
    pub links: String,
    /// Faults and actions.
    pub rest: String,
    /// Whether clients are in their regions, and use their links.
    pub inside: bool,
    /// Lengths of the window, at least and at most.
    pub run: (&'static str, &'static str),
}

/// A link, with a round trip of 60 ms.
pub fn link(scope: &str, bandwidth: &str) -> String {
    format!("[[link]]\nscope = \"link:{scope}\"\nrtt = \"60ms\"\nbandwidth = \"{bandwidth}\"\n\n")
}

/// West US, East US and West Europe, with a replica in each, and a client in each.
pub fn small(table: &str) -> Text {
    Text {
        regions: vec!["West US", "East US", "West Europe"],
        table: table.to_string(),
        clients: vec!["West US", "East US", "West Europe"],
        load: "rate = \"1/s\"\nreads = \"50%\"\nkeys = 4\ndocument-size = \"100KB\"\ntimeout = \"60s\""
            .into(),
        links: link("*<->*", "10MB/s"),
        rest: String::new(),
        inside: false,
        run: ("60s", "20min"),
    }
}

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

    /// The scenario, with this seed.
    pub fn text(&self, seed: u64) -> String {
        let Text { regions, table, load, links, rest, inside, run: (at_least, cap), .. } = self;
        let client =
            |region: &&str| format!("{{ region = \"{region}\", count = 1, fail-with-region = {inside} }}");
        let clients: Vec<String> = self.clients.iter().map(client).collect();
        let clients = match load.contains("clients") {
            true => String::new(),
            false => format!("clients = [{}]\n", clients.join(", ")),
        };
        let edition = if table.contains("edition") { "" } else { "edition = \"2020\"\n" };
        let constant = |time: &str| format!("{{ constant = \"{time}\" }}");
        format!(
            "name = \"small\"\nseed = {seed}\n\n[topology]\ncatalog = \"azure\"\nregions = {regions:?}\nzones = 1\n\
             nodes-per-zone = 3\nintra-zone = {}\nglobal = {}\n\n[disk]\npersist = {}\n\n\
             {links}\n\
             [system.container-registry]\n{edition}{table}\n\n\
             [workload.load]\n{clients}{load}\n\n[run]\nat-least = \"{at_least}\"\ncap = \"{cap}\"\n{rest}",
            constant("500us"),
            constant("10ms"),
            constant("1ms"),
        )
    }

    pub fn case(&self) -> Case {
        Case::new(&self.text(7))
    }

    /// A world in which nothing happens by itself, and which does not end.
    pub fn hands(&self) -> Hands {
        Hands::new(self.case())
    }
}

/// A shipped scenario.
pub fn shipped(name: &str) -> Case {
    let path = format!("{}/scenarios/container-registry/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("it is shipped");
    Case::new(&text.replace("../base/", "scenarios/base/"))
}

/// A world that is driven by hand.
pub struct Hands {
    pub world: World<ContainerRegistry>,
    pub records: Vec<Record>,
}

impl Hands {
    pub fn new(mut case: Case) -> Hands {
        case.plan.workloads.iter_mut().for_each(|(_, workload)| workload.rate_per_s = 0.0);
        case.plan.limits = Limits { at_least: Span::MAX, cap: Span::MAX, until_settled: false };
        Hands { world: case.world(), records: Vec::new() }
    }

    /// Runs until so many seconds.
    pub fn until(&mut self, at: f64) -> &mut Self {
        self.world.run_until(SimTime::ZERO + Span::from_secs_f64(at));
        self.records.extend(self.world.take_records());
        self
    }

    /// A client pushes to a tag now.
    pub fn push(&mut self, client: u32, tag: u64) -> OpId {
        let write = self.world.fresh_write();
        let asked = self.world.ask(ClientId(client), P0, Key::register(tag), Action::Write(write));
        asked.expect("the client runs")
    }

    /// A client pulls a tag now.
    pub fn pull(&mut self, client: u32, tag: u64) -> OpId {
        let asked = self.world.ask(ClientId(client), P0, Key::register(tag), Action::Read);
        asked.expect("the client runs")
    }

    /// The result of an operation that has ended.
    pub fn result(&self, op: OpId) -> &Operation {
        self.world.result(op).expect("it has ended")
    }

    /// How long an operation took, in seconds.
    pub fn took(&self, op: OpId) -> f64 {
        took(self.result(op))
    }
}

/// How long an operation took, in seconds.
pub fn took(op: &Operation) -> f64 {
    op.completed.0.since(op.invoked.0).seconds()
}

/// What was observed under a name, in order.
pub fn observed(records: &[Record], what: &str) -> Vec<f64> {
    let one = |record: &Record| match record {
        Record::Change { change: Change::Observed { what: name, value }, .. } if *name == what => {
            Some(*value)
        }
        _ => None,
    };
    records.iter().filter_map(one).collect()
}

/// Their mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Bytes that were sent between two regions (numbers in the topology's order) for copies.
pub fn copied(seen: &Seen, from: u32, to: u32) -> u64 {
    use geodes::engine::record::Purpose;
    let of = |record: &Record| match record {
        Record::Traffic { from: Some(a), to: Some(b), purpose: Purpose::Replication, bytes, .. }
            if (a.0, b.0) == (from, to) =>
        {
            Some(*bytes)
        }
        _ => None,
    };
    seen.records.iter().filter_map(of).sum()
}

/// When something was reported for the first time after so many seconds.
pub fn first(records: &[Record], after: f64, is: impl Fn(&Change) -> bool) -> Option<f64> {
    let at = |record: &Record| match record {
        Record::Change { at, change, .. } if is(change) && seconds(*at) >= after => Some(seconds(*at)),
        _ => None,
    };
    records.iter().find_map(at)
}
