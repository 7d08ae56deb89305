//! Incidents as text: one command a line, what comes of it below `----`, as in the data-driven tests of etcd's raft.
//!
//! `GEODES_BLESS=1 cargo test --test stories` writes the outcomes into the files; read the difference before keeping it.
//!
//! | command | meaning |
//! |---|---|
//! | `deploy` + lines | `topology`, `clients-in`, `clients-fail-with-region`, `timeout`, `seed`; other lines go to the table of the story's system |
//! | `write k=1 from East US` | one client writes register 1, and the story waits for the outcome |
//! | `read`, `insert`, `replace`, `delete` | likewise; `o=1` is an object, which need not exist |
//! | `write k=1 from East US &` | the story goes on; `await` waits for all that are under way |
//! | `write k=1 from East US x40` | forty at once, and a summary |
//! | `crash SCOPE`, `power-loss SCOPE`, `isolation SCOPE`, ... | a fault without an end |
//! | `crash @replica(2)` | the node of that replica of the write region |
//! | `slow SCOPE factor=10` | a fault with a parameter |
//! | `heal` | ends all faults |
//! | `action failover to East US` | an operator's command |
//! | `advance 30s` | time passes |
//! | `log` | what happened since the last `log` |

#[path = "stories/beyond.rs"]
mod beyond;
#[path = "stories/deploy.rs"]
mod deploy;
mod resolved;
#[path = "stories/show.rs"]
mod show;
#[path = "stories/teller.rs"]
mod teller;

use geodes::system::container_registry::ContainerRegistry;
use geodes::system::cosmos_db::CosmosDb;
use geodes::system::crdt::Crdt;
use geodes::system::log_shipping::LogShipping;
use geodes::system::multi_paxos::MultiPaxos;
use geodes::system::primary_backup::PrimaryBackup;
use geodes::system::quorum_nwr::QuorumNwr;
use geodes::system::raft::Raft;
use geodes::system::registry::Configure;
use geodes::system::site_recovery::SiteRecovery;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use teller::Teller;

/// One command with its lines, and what it is expected to print.
struct Block {
    /// Comments and blank lines before it, as they stand.
    before: String,
    command: String,
    expected: String,
}

fn blocks(text: &str) -> (Vec<Block>, String) {
    let mut found = Vec::new();
    let (mut before, mut lines) = (String::new(), text.lines().peekable());
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            before += &format!("{line}\n");
            continue;
        }
        let (mut command, mut expected) = (format!("{line}\n"), String::new());
        while let Some(line) = lines.next_if(|line| *line != "----") {
            command += &format!("{line}\n");
        }
        lines.next();
        while let Some(line) = lines.next_if(|line| !line.is_empty()) {
            expected += &format!("{line}\n");
        }
        found.push(Block { before: std::mem::take(&mut before), command, expected });
    }
    (found, before)
}

/// Tells a story; gives it with what really came of it, and the first difference.
fn tell<S: Configure>(path: &Path, text: &str) -> (String, Option<String>) {
    let (blocks, rest) = blocks(text);
    let (mut told, mut wrong) = (String::new(), None);
    let mut teller = None::<Teller<S>>;
    for Block { before, command, expected } in blocks {
        let got = match (&mut teller, command.strip_prefix("deploy\n")) {
            (_, Some(lines)) => match Teller::new(lines) {
                Ok(new) => {
                    teller = Some(new);
                    "ok\n".to_string()
                }
                Err(why) => why,
            },
            (Some(teller), None) => teller.command(command.trim_end()),
            (None, None) => "error: nothing is deployed\n".to_string(),
        };
        if got != expected && wrong.is_none() {
            let place = path.display();
            wrong = Some(format!("{place}: `{}`\nexpected:\n{expected}got:\n{got}", command.trim_end()));
        }
        write!(told, "{before}{command}----\n{got}").expect("a string takes text");
    }
    (told + &rest, wrong)
}

fn stories(system: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories").join(system);
    let entries = std::fs::read_dir(directory).expect("stories are part of the package");
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "txt"));
    paths.sort();
    paths
}

/// All stories of a system end as they are told.
fn tell_all<S: Configure>(at_least: usize) {
    let (paths, bless) = (stories(S::INFO.name), std::env::var_os("GEODES_BLESS").is_some());
    assert!(paths.len() >= at_least, "there are stories");
    let mut wrong = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a story is text");
        let (told, difference) = tell::<S>(&path, &text);
        match difference {
            Some(_) if bless => std::fs::write(&path, told).expect("stories can be rewritten"),
            Some(difference) => wrong.push(difference),
            None => assert_eq!(told, text, "{}: blank lines only between commands", path.display()),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_story_of_an_account_ends_as_it_is_told() {
    tell_all::<CosmosDb>(12);
}

#[test]
fn every_story_of_a_store_ends_as_it_is_told() {
    tell_all::<QuorumNwr>(5);
}

#[test]
fn every_story_of_a_registry_ends_as_it_is_told() {
    tell_all::<ContainerRegistry>(3);
}

#[test]
fn every_story_of_replicated_data_ends_as_it_is_told() {
    tell_all::<Crdt>(6);
}

#[test]
fn every_story_of_paxos_groups_ends_as_it_is_told() {
    tell_all::<MultiPaxos>(6);
}

#[test]
fn every_story_of_raft_groups_ends_as_it_is_told() {
    tell_all::<Raft>(8);
}

#[test]
fn every_story_of_primaries_and_backups_ends_as_it_is_told() {
    tell_all::<PrimaryBackup>(9);
}

#[test]
fn every_story_of_shipped_logs_ends_as_it_is_told() {
    tell_all::<LogShipping>(5);
}

#[test]
fn a_story_that_ends_otherwise_is_noticed() {
    let story = "deploy\ntopology = [\"East US\"]\nwrite-regions = [\"East US\"]\nconsistency = \"session\"\n----\nok\n\nread k=1 from East US\n----\nv1\n";
    let (told, wrong) = tell::<CosmosDb>(Path::new("a story"), story);
    assert!(wrong.is_some_and(|w| w.contains("read k=1")));
    assert!(told.contains("initial value"), "{told}");
    let broken = "deploy\ntopology = [\"Nowhere\"]\nwrite-regions = [\"East US\"]\nconsistency = \"session\"\n----\nok\n";
    assert!(tell::<CosmosDb>(Path::new("a story"), broken).1.is_some());
}

#[test]
fn every_story_of_replicated_machines_ends_as_it_is_told() {
    tell_all::<SiteRecovery>(5);
}
