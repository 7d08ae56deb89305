//! Small scenarios of Multi-Paxos groups.

use crate::support::case::{self, Safeguards};
use geodes::model::plan::Plan;
use geodes::system::multi_paxos::{MultiPaxos, Mutation, Settings};

/// A scenario of groups.
pub type Case = case::Case<MultiPaxos>;

impl Safeguards for MultiPaxos {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        settings.mutated(safeguard)
    }
}

/// Regions some 10 ms apart, one replica in each, time-outs between 300 and 600 ms.
#[derive(Clone)]
pub struct Text {
    pub topology: String,
    pub system: String,
    pub load: String,
    pub rest: String,
}

/// Names of the regions.
pub const REGIONS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// Groups over the first `n` regions, with a client in each; the first leads.
pub fn over(n: usize) -> Text {
    let regions = &REGIONS[..n];
    let replicas: Vec<String> = regions.iter().map(|r| format!("{{ region = \"{r}\" }}")).collect();
    let client = |r: &&str| format!("{{ region = \"{r}\", count = 1, fail-with-region = false }}");
    let clients: Vec<String> = regions.iter().map(client).collect();
    let mut links = String::new();
    for (a, from) in regions.iter().enumerate() {
        for (b, to) in regions.iter().enumerate().skip(a + 1) {
            let delay = 5 + a + b;
            links += &format!(
                "\n[[link]]\nscope = \"link:{from}<->{to}\"\none-way = {{ constant = \"{delay}ms\" }}\n"
            );
        }
    }
    Text {
        topology: format!(
            "regions = {regions:?}\nzones = 1\nnodes-per-zone = 2\nintra-zone = {{ constant = \"500us\" }}\n\
             inter-zone = {{ constant = \"1ms\" }}\nglobal = {{ constant = \"5ms\" }}\n{links}\n\
             [disk]\npersist = {{ constant = \"1ms\" }}\n"
        ),
        system: format!(
            "replicas = [{}]\nelection-timeout = {{ uniform = {{ from = \"300ms\", to = \"600ms\" }} }}\n\
             heartbeat = \"50ms\"\nattempt-timeout = \"500ms\"\ndata = \"1MB\"\n",
            replicas.join(", ")
        ),
        load: format!(
            "clients = [{}]\nrate = \"40/s\"\nreads = \"50%\"\nkeys = 3\nwrite-once = \"20%\"\ntimeout = \"5s\"\n",
            clients.join(", ")
        ),
        rest: String::new(),
    }
}

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
        self.rest += &format!(
            "\n[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"{at}ms\"\nlasts = \"{lasts}ms\"\n"
        );
        self
    }

    /// The scenario, of at least `at_least` seconds.
    pub fn text(&self, at_least: u32) -> String {
        let reads = if self.system.contains("reads =") { "" } else { "reads = \"quorum\"\n" };
        format!(
            "name = \"small\"\nseed = 7\n\n[topology]\n{}\n[system.multi-paxos]\n{}{reads}\n[workload.load]\n{}\n[run]\n\
             at-least = \"{at_least}s\"\ncap = \"{}s\"\n{}",
            self.topology,
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
