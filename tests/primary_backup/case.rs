//! Small scenarios of primaries and backups.

use crate::support::case::{self, Safeguards};
use geodes::model::plan::Plan;
use geodes::system::log_shipping::LogShipping;
use geodes::system::primary_backup::{Mutation, PrimaryBackup, Settings};

/// A scenario of primaries and backups.
pub type Case = case::Case<PrimaryBackup>;
/// A scenario of shipped logs.
pub type Shipping = case::Case<LogShipping>;

impl Safeguards for PrimaryBackup {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        settings.mutated(safeguard)
    }
}

impl Safeguards for LogShipping {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        settings.mutated(safeguard)
    }
}

/// Names of the regions.
pub const REGIONS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// Three regions 10 ms apart, a replica in each.
#[derive(Clone)]
pub struct Text {
    pub table: &'static str,
    pub topology: String,
    pub system: String,
    pub load: String,
    pub rest: String,
}

/// Replicas over the first `n` regions, with a client in each; the coordinator's nodes in those of the first three.
pub fn over(n: usize) -> Text {
    let regions = &REGIONS[..n];
    let replicas: Vec<String> = regions.iter().map(|r| format!("{{ region = \"{r}\" }}")).collect();
    let seats: Vec<String> = REGIONS[..3].iter().map(|r| format!("{{ region = \"{r}\" }}")).collect();
    let clients: Vec<String> = regions
        .iter()
        .map(|r| format!("{{ region = \"{r}\", count = 1, fail-with-region = false }}"))
        .collect();
    let all = &REGIONS[..n.max(3)];
    let links: String = (0..all.len())
        .flat_map(|a| (a + 1..all.len()).map(move |b| (a, b)))
        .map(|(a, b)| {
            let way = 5 + a + b;
            let (a, b) = (REGIONS[a], REGIONS[b]);
            format!("\n[[link]]\nscope = \"link:{a}<->{b}\"\none-way = {{ constant = \"{way}ms\" }}\n")
        })
        .collect();
    Text {
        table: "primary-backup",
        topology: format!(
            "regions = {all:?}\nzones = 1\nnodes-per-zone = 4\nintra-zone = {{ constant = \"500us\" }}\n\
             inter-zone = {{ constant = \"1ms\" }}\nglobal = {{ constant = \"5ms\" }}\n{links}\n\
             [disk]\npersist = {{ constant = \"1ms\" }}\n"
        ),
        system: format!(
            "replicas = [{}]\ncoordinator = [{}]\nheartbeat = \"100ms\"\nsilence = \"1s\"\nsurvey = \"200ms\"\n\
             attempt-timeout = \"500ms\"\n",
            replicas.join(", "),
            seats.join(", ")
        ),
        load: format!(
            "clients = [{}]\nrate = \"40/s\"\nreads = \"50%\"\nkeys = 3\nwrite-once = \"20%\"\ntimeout = \"5s\"\n",
            clients.join(", ")
        ),
        rest: String::new(),
    }
}

/// Every backup acknowledges, a silent one is dropped after a second.
pub const SYNCHRONOUS: &str = "mode = { synchronous = { silent = { drop-after = \"1s\" } } }";
/// Every backup acknowledges, come what may.
pub const WAITING: &str = "mode = { synchronous = { silent = \"wait\" } }";
/// One backup acknowledges.
pub const SEMI: &str = "mode = { semi-synchronous = { acknowledgements = 1 } }";
/// One backup acknowledges, or none after a second.
pub const FALLING_BACK: &str =
    "mode = { semi-synchronous = { acknowledgements = 1, fall-back-after = \"1s\" } }";
/// No backup acknowledges.
pub const ASYNCHRONOUS: &str = "mode = \"asynchronous\"";
/// Leases.
pub const LEASE: &str = "fencing = \"lease\"\nreads = \"lease\"";
/// Epochs, and reads that ask first.
pub const CONFIRMED: &str = "fencing = \"epochs\"\nreads = \"confirmed\"";
/// Epochs alone.
pub const EPOCHS: &str = "fencing = \"epochs\"\nreads = \"unchecked\"";
/// Nobody decides.
pub const AUTOMATIC: &str = "promotion = { automatic = {} }";

impl Text {
    /// Further lines of the system's table.
    pub fn system(mut self, lines: &str) -> Text {
        self.system += lines;
        self.system.push('\n');
        self
    }

    /// A fault: scope, kind, onset and length in milliseconds.
    pub fn fault(mut self, scope: &str, kind: &str, at: u64, lasts: u64) -> Text {
        let kind = if kind.starts_with('{') { kind.to_string() } else { format!("\"{kind}\"") };
        let end = if kind == "\"destroyed\"" { String::new() } else { format!("lasts = \"{lasts}ms\"\n") };
        self.rest += &format!("\n[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"{at}ms\"\n{end}");
        self
    }

    /// An operator's order.
    pub fn action(mut self, order: &str, at: u64) -> Text {
        self.rest += &format!("\n[[action]]\nat = \"{at}ms\"\ndo = {order}\n");
        self
    }

    /// Clients inside their regions: what cuts a region off cuts them off.
    pub fn inside(mut self) -> Text {
        self.load = self.load.replace(", fail-with-region = false", "");
        self
    }

    /// The scenario, of at least `at_least` seconds.
    pub fn text(&self, at_least: u32) -> String {
        format!(
            "name = \"small\"\nseed = 7\n\n[topology]\n{}\n[system.{}]\n{}\n[workload.load]\n{}\n[run]\n\
             at-least = \"{at_least}s\"\ncap = \"{}s\"\n{}",
            self.topology,
            self.table,
            self.system,
            self.load,
            at_least + 240,
            self.rest
        )
    }

    /// Loads it.
    pub fn case(&self, at_least: u32) -> Case {
        Case::new(&self.text(at_least))
    }
}
