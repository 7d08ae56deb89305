//! A directory with a scenario in it, and the command over it.
#![allow(dead_code, reason = "each test uses a part of it")]

use crate::scenario_support::Echo;
use geodes::cli::output::Output;
use geodes::cli::standard::Standard;
use geodes::engine::contract::Runnable;
use geodes::system::registry::{Entry, Registry};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// A scenario in which a region loses power: when, and for how long.
macro_rules! beat {
    ($at:literal, $lasts:literal) => {
        concat!(
            r#"
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
at    = ""#,
            $at,
            "\"\nlasts = \"",
            $lasts,
            "\"\n"
        )
    };
}

/// A directory of one test; it goes with the test.
pub struct Bench {
    pub dir: PathBuf,
    /// The windows that the system `echo` gives.
    windows: fn() -> Box<dyn Runnable>,
}

impl Bench {
    /// With the scenario as `beat.toml` in it.
    pub fn new(name: &str, scenario: &str, windows: fn() -> Box<dyn Runnable>) -> Bench {
        let dir = std::env::temp_dir().join(format!("geodes-bench-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a directory");
        fs::write(dir.join("beat.toml"), scenario).expect("a file");
        Bench { dir, windows }
    }

    /// A path in the directory, as text.
    pub fn path(&self, name: &str) -> String {
        self.dir.join(name).to_str().expect("a plain path").to_owned()
    }

    /// Runs the command over the system `echo`; `@name` stands for a path in the directory.
    pub fn run(&self, args: &[&str]) -> (u8, String, String) {
        let windows = self.windows;
        let registry = Registry::new().with(Entry::<Echo>::with(move |(), _| windows()));
        let place = |arg: &&str| arg.strip_prefix('@').map_or((*arg).to_owned(), |name| self.path(name));
        command(registry, args.iter().map(place))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Runs the command over these systems: its status, and what it writes to both streams.
pub fn command(registry: Registry, args: impl IntoIterator<Item = String>) -> (u8, String, String) {
    let args = std::iter::once("geodes".to_owned()).chain(args).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut output = Output::plain(&mut out, &mut err);
    let status = geodes::cli::run_with(args, &Standard::new(registry), &mut output);
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (status.code(), text(out), text(err))
}
