//! One write region: the columns 'same region' and 'other region' of the published table of semantics.

use crate::support::{Case, PAIR, Text};
use crate::{EAST, Run, WEST, lagging, served};
use geodes::model::operation::Claims;

const BOTH: &[(&str, u32)] = &[("West US 2", 3), ("East US", 3)];
const WITH_BATCHES: &str = "rate = \"60/s\"\nreads = \"60%\"\nmix = { batch = \"20%\" }\nkeys = 4";

fn account(level: &'static str) -> Case {
    lagging(Text { level, clients: BOTH, load: WITH_BATCHES, ..PAIR }).case(60, 300)
}

#[test]
fn at_strong_no_region_shows_an_anomaly() {
    let run = Run::of(&account("strong"));
    for region in [WEST, EAST] {
        run.claiming(Claims::LINEARIZABLE, served(region)).holds("linearizable");
    }
    run.claiming(Claims::SESSION, |_| true).holds("read-your-writes").holds("monotonic-reads");
}

#[test]
fn at_bounded_staleness_the_write_region_is_linearizable_and_another_one_is_stale_but_in_order() {
    let run = Run::of(&account("bounded-staleness"));
    run.claiming(Claims::LINEARIZABLE, served(WEST)).holds("linearizable");
    run.claiming(Claims::LINEARIZABLE, served(EAST)).shows("linearizable");
    run.claiming(Claims::SESSION, served(EAST)).shows("read-your-writes").holds("monotonic-reads");
    run.claiming(Claims::CONSISTENT_PREFIX, served(EAST)).holds("consistent-prefix");
    run.claiming(Claims::BOUNDED_STALENESS, served(EAST)).holds("bounded-staleness");
}

#[test]
fn at_session_another_session_reads_stale_data_in_any_region() {
    let run = Run::of(&account("session"));
    for region in [WEST, EAST] {
        run.claiming(Claims::LINEARIZABLE, served(region)).shows("linearizable");
        run.claiming(Claims::CONSISTENT_PREFIX, served(region)).holds("consistent-prefix");
    }
    let all = ["read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"];
    let own = run.claiming(Claims::SESSION, |_| true);
    all.iter().for_each(|name| _ = own.holds(name));
}

#[test]
fn a_client_without_its_token_goes_back_in_time_and_misses_its_own_writes() {
    let mut text = lagging(Text { level: "session", clients: BOTH, load: WITH_BATCHES, ..PAIR });
    text.load = "rate = \"60/s\"\nreads = \"60%\"\nkeys = 4\nlevel = \"eventual\"";
    let run = Run::of(&text.case(60, 300));
    for region in [WEST, EAST] {
        let own = run.claiming(Claims::SESSION, served(region));
        own.shows("monotonic-reads").shows("read-your-writes");
    }
}

#[test]
fn at_consistent_prefix_reads_are_stale_but_never_out_of_order() {
    let run = Run::of(&account("consistent-prefix"));
    for region in [WEST, EAST] {
        run.claiming(Claims::LINEARIZABLE, served(region)).shows("linearizable");
        run.claiming(Claims::SESSION, served(region)).shows("read-your-writes").holds("monotonic-reads");
        run.claiming(Claims::CONSISTENT_PREFIX, served(region)).holds("consistent-prefix");
    }
}

#[test]
fn by_the_definition_of_2025_consistent_prefix_keeps_batches_whole_and_nothing_else_in_order() {
    let mut text = lagging(Text { level: "consistent-prefix", clients: BOTH, load: WITH_BATCHES, ..PAIR });
    text.account = "write-regions = [\"West US 2\"]\ndefinitions = \"documented-2025\"\n\
                    failover = { service-managed = { priority = [\"East US\"] } }";
    let run = Run::of(&text.case(60, 300));
    let strict = geodes::history::checkers::CheckSpec { definitions: Default::default(), ..run.spec };
    assert_ne!(strict, run.spec);
    for region in [WEST, EAST] {
        run.claiming(Claims::CONSISTENT_PREFIX, served(region)).holds("consistent-prefix");
        run.claiming(Claims::ATOMIC_BATCHES, served(region)).holds("atomic-batches");
        run.claiming_by(strict, Claims::CONSISTENT_PREFIX, served(region)).shows("consistent-prefix");
        run.claiming(Claims::MONOTONIC_READS, served(region)).shows("monotonic-reads");
    }
}

#[test]
fn at_eventual_a_client_reads_newer_then_older_and_writes_appear_out_of_order() {
    let run = Run::of(&account("eventual"));
    for region in [WEST, EAST] {
        run.claiming(Claims::MONOTONIC_READS, served(region)).shows("monotonic-reads");
        run.claiming(Claims::READ_YOUR_WRITES, served(region)).shows("read-your-writes");
        run.claiming(Claims::CONSISTENT_PREFIX, served(region)).shows("consistent-prefix");
    }
    let all = run.claiming(Claims::default(), |_| true);
    all.holds("convergence").holds("valid-reads");
}
