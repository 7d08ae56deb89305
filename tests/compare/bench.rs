//! A directory with a scenario in it, and the command over it.

use crate::metronome::Metronome;
use crate::noisy::Noisy;
use crate::scenario_support::Echo;
use geodes::cli::output::Output;
use geodes::cli::standard::Standard;
use geodes::engine::contract::Runnable;
use geodes::report::comparison::Comparison;
use geodes::system::registry::{Entry, Registry};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

pub const SCENARIO: &str = r#"
name  = "beat"
about = "What does one fault cost?"
seed  = 42

[topology]
catalog = "azure"
regions = ["West US", "East US"]

[system.echo]
partitions = 1

[workload.shop]
clients = { region = "East US", count = 1 }
rate    = "5/s"
reads   = "50%"

[[fault]]
scope = "region:West US"
kind  = "power-loss"
at    = "1min"
lasts = "40s"
"#;

/// Which windows the scenario's system gives.
#[derive(Clone, Copy)]
pub enum Windows {
    /// The fault lasts as long as the scenario says.
    Even,
    /// It lasts as long as chance has it.
    Noisy,
}

/// A directory of one test.
pub struct Bench {
    pub dir: PathBuf,
    windows: Windows,
}

impl Bench {
    pub fn new(name: &str, windows: Windows) -> Bench {
        let dir = std::env::temp_dir().join(format!("geodes-compare-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a directory");
        fs::write(dir.join("beat.toml"), SCENARIO).expect("a file");
        Bench { dir, windows }
    }

    /// A path in the directory, as text.
    pub fn path(&self, name: &str) -> String {
        self.dir.join(name).to_str().expect("a plain path").to_owned()
    }

    /// Runs the command; `@name` stands for a path in the directory.
    pub fn run(&self, args: &[&str]) -> (u8, String, String) {
        let runnable: fn() -> Box<dyn Runnable> = match self.windows {
            Windows::Even => || Box::new(Metronome),
            Windows::Noisy => || Box::new(Noisy),
        };
        let registry = Registry::new().with(Entry::<Echo>::with(move |(), _| runnable()));
        let place = |arg: &&str| arg.strip_prefix('@').map_or((*arg).to_owned(), |name| self.path(name));
        let args = std::iter::once("geodes".to_owned()).chain(args.iter().map(place)).map(OsString::from);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut output = Output::plain(&mut out, &mut err);
        let status = geodes::cli::run_with(args, &Standard::new(registry), &mut output);
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        (status.code(), text(out), text(err))
    }

    /// `compare ARGS --format json`: the status and the document.
    pub fn compare(&self, args: &[&str]) -> (u8, Comparison) {
        let all: Vec<&str> = ["compare", "--format", "json"].iter().chain(args).copied().collect();
        let (status, out, err) = self.run(&all);
        let found = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
        (status, found)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}
