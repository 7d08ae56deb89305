//! A directory with a scenario, in which the command is run.

use geodes::cli::output::Output;
use geodes::cli::run_with;
use geodes::cli::standard::Standard;
use geodes::system::registry::Registry;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

/// Length of the skeletons.
pub const YEARS: &str = "200";

/// Two regions and a service that moves between them.
pub const CHAIN: &str = include_str!("../data/studies/chain.toml");

/// An account whose region is lost once a year.
pub const ACCOUNT: &str = r#"
name  = "account"
about = "Does a region that goes once a year keep the promise?"
seed  = 3

[topology]
catalog = "azure"
regions = ["West US 2", "East US"]

[system.cosmos-db]
edition       = "2021"
partitions    = 1
consistency   = "session"
write-regions = ["West US 2"]
failover      = { service-managed = { priority = ["East US"] } }
failback      = { after = "3min" }

[workload.shop]
clients = { region = "East US", count = 2, fail-with-region = false }
rate    = "2/s"
reads   = "50%"
keys    = 20
timeout = "5s"

[sla]
profiles = ["cosmos-db-2021"]

[[hazard]]
name  = "region"
scope = "region:*"
kind  = "power-loss"
mtbf  = "400h"
mttr  = "5min"
"#;

/// An SLA table.
pub const ROWS: &str = r#"
name    = "own"
about   = "A promise of one's own"
system  = "lab-redundancy"
edition = "2024"
source  = "none"

[[row]]
row       = "zone-outages-are-short"
statement = "reads succeed 99.9 % of a month"
when      = {}
measure   = "availability.request.read"
bound     = ">= 99.9%"
from      = ["none"]
"#;

/// Regions that fail several times a month.
const OFTEN: &str = r#"
[[hazard]]
name  = "region"
scope = ["region:A", "region:B"]
kind  = "power-loss"
mtbf  = "200h"
mttr  = "2h"
"#;

/// As [`CHAIN`], but with regions that fail often and stay away until they are repaired: every month misses its bounds, and none
/// has to be looked for.
pub fn often() -> String {
    let (scenario, _) = CHAIN.split_once("[[hazard]]").expect("it has hazards");
    let (before, after) = scenario.split_once("failover     = ").expect("it fails over");
    let (_, after) = after.split_once('\n').expect("a line");
    format!("{before}failover = 'never'\n{after}{OFTEN}")
}

/// A hazard whose outages were recorded.
pub const RECORDED: &str = r#"
[[hazard]]
name   = "recorded"
scope  = "region:A"
kind   = "isolation"
trace  = "own/outages.csv"
period = "900h"
"#;

/// The record.
pub const OUTAGES: &str = "scope,start,end\nregion:A,100h,101h\nregion:A,520h,523h\n";

/// How the command ended.
pub struct Ran {
    pub status: u8,
    pub out: String,
    pub err: String,
}

/// A directory of a test's own.
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// With a scenario in it, `chain.toml`.
    pub fn new(name: &str, scenario: &str) -> Place {
        let root = std::env::temp_dir().join(format!("geodes-shards-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let place = Place { root };
        place.write("chain.toml", scenario);
        place
    }

    /// A path in it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("it can be made");
        fs::write(path, bytes).expect("it can be written");
    }

    /// Writes on at the end of a file.
    pub fn append(&self, name: &str, text: &str) {
        let file = fs::OpenOptions::new().append(true).open(self.at(name));
        file.and_then(|mut file| file.write_all(text.as_bytes())).expect("it can be written");
    }

    /// Runs a verb on files or directories of the place; `--out` is one of it, too.
    pub fn command(&self, verb: &str, subjects: &[&str], options: &[&str]) -> Ran {
        let mut args: Vec<OsString> = vec!["geodes".into(), verb.into()];
        args.extend(subjects.iter().map(|subject| self.at(subject).into_os_string()));
        let mut before = "";
        for option in options {
            args.push(if before == "--out" { self.at(option).into_os_string() } else { option.into() });
            before = option;
        }
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let library = Standard::new(Registry::builtin());
        let status = run_with(args, &library, &mut Output::plain(&mut out, &mut err)).code();
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Ran { status, out: text(out), err: text(err) }
    }

    /// Runs the scenario over a few hundred years.
    pub fn run(&self, options: &[&str]) -> Ran {
        self.command("run", &["chain.toml"], &[&["--years", YEARS], options].concat())
    }

    /// Merges shards.
    pub fn merge(&self, dirs: &[&str], options: &[&str]) -> Ran {
        self.command("merge", dirs, options)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}
