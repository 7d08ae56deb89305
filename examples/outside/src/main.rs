//! `geodes` with one system more: chain replication, in a package of its own.

mod chain;
use geodes::system::lab::Small;
use geodes::system::registry::{Entry, Registry};

fn main() -> std::process::ExitCode {
    geodes::cli::main_with(Registry::builtin().with(Entry::<Small<chain::Chain>>::new()))
}
