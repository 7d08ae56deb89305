//! What a failover does to clients: reads of writes that are lost afterwards, and sessions that end.

use crate::support::{PAIR, Text};
use crate::{EAST, Run};
use geodes::engine::record::{Change, Record};
use geodes::model::operation::{Observed, Operation, Outcome};

/// Clients outside the region that fails, which use the write region only.
const ACCOUNT: &str = "write-regions = [\"West US 2\"]\nclients = { preferred = \"none\" }\n\
                       failover = { service-managed = { priority = [\"East US\"] } }";
const FAIL: &str = "write-regions = [\"West US 2\"]\nclients = { preferred = \"none\", on-session-lost = \"fail\" }\n\
                    failover = { service-managed = { priority = [\"East US\"] } }";

/// The write region goes down with writes that it has not shipped.
fn lost_suffix(level: &'static str, account: &'static str) -> Text {
    Text { level, account, load: "rate = \"40/s\"\nreads = \"60%\"", ..PAIR }
        .fault("link:West US 2->East US", "cut", 20.0, 9.0)
        .fault("region:West US 2", "power-loss", 28.0, 60.0)
}

fn not_cut(record: &mut Record) -> bool {
    let cut = matches!(record, Record::Change { change: Change::LineageCut { .. }, .. });
    !cut && !matches!(record, Record::Lost(_) | Record::LostBulk(_))
}

/// A read that returned a write which the harness later found lost.
fn lost_read(run: &Run) -> Option<&Operation> {
    let lost = |write| run.seen.records.iter().any(|r| matches!(r, Record::Lost(l) if l.write == write));
    run.seen.operations().find(|op| matches!(op.observed, Observed::Value(write) if lost(write)))
}

#[test]
fn at_every_weaker_level_a_read_returns_a_write_that_a_failover_then_loses() {
    for level in ["session", "consistent-prefix", "eventual"] {
        let run = Run::of(&lost_suffix(level, ACCOUNT).case(60, 400));
        assert_eq!(run.seen.cuts(), [EAST]);
        let read = lost_read(&run).unwrap_or_else(|| panic!("{level}: nobody read what was lost"));
        assert_eq!((read.outcome, read.action.is_write()), (Outcome::Ok, false));
        assert!(run.seen.lost() > 10);
    }
}

#[test]
fn a_failover_ends_sessions_whose_token_names_a_lost_write() {
    let run = Run::of(&lost_suffix("session", ACCOUNT).case(60, 400));
    assert!(run.seen.operations().any(|op| op.session_reset));
    // Had the lineage gone on, the client would miss its own writes, and no session might have been dropped.
    run.judged(run.spec, not_cut).shows("read-your-writes");
}

#[test]
fn a_client_that_may_not_start_anew_fails_after_a_failover() {
    let run = Run::of(&lost_suffix("session", FAIL).case(60, 400));
    let refused = |op: &&Operation| (op.status.code, op.status.sub) == (404, 1002);
    assert!(run.seen.operations().filter(refused).count() > 5);
    assert!(run.seen.operations().all(|op| !op.session_reset));
}
