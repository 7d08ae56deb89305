//! Several write regions: with one that takes all writes, and with many.

use crate::support::{Case, PAIR, Seen, THREE, Text};
use crate::{EAST, Run, WEST, lagging, served};
use geodes::base::ids::RegionId;
use geodes::engine::record::{Change, Purpose, Record};
use geodes::history::checkers::CheckSpec;
use geodes::history::verdict::Verdict;
use geodes::model::operation::{Claims, Outcome, WriteId};
use geodes::system::cosmos_db::Mutation;

const TWO: &str = "write-regions = [\"West US 2\", \"East US\"]";
const LOAD: &str = "rate = \"60/s\"\nreads = \"60%\"\nkeys = 3";
const READERS: &str = "\n[workload.readers]\nclients = [{ region = \"East US\", count = 4, fail-with-region = false }]\n\
                       rate = \"40/s\"\nreads = \"100%\"\nkeys = 3\n";
const LEVELS: [&str; 4] = ["bounded-staleness", "session", "consistent-prefix", "eventual"];

/// Writes come from West US 2 only; clients in East US read.
fn one_writer(level: &'static str) -> Case {
    let rest = READERS.to_string();
    lagging(Text { level, account: TWO, clients: &[("West US 2", 3)], load: LOAD, rest, ..PAIR })
        .case(60, 300)
}

/// Both regions take writes of the same keys.
fn many_writers(level: &'static str) -> Case {
    let clients = &[("West US 2", 3), ("East US", 3)];
    lagging(Text { level, account: TWO, clients, load: LOAD, ..PAIR }).case(60, 300)
}

/// Both regions take writes, seldom of one key at a time: a write that another one overrules cannot be missed.
fn many_writers_apart(level: &'static str) -> Case {
    let clients = &[("West US 2", 3), ("East US", 3)];
    let load = "rate = \"60/s\"\nreads = \"60%\"\nkeys = 30";
    lagging(Text { level, account: TWO, clients, load, ..PAIR }).case(60, 300)
}

/// One order of all writes, whichever region took them.
fn one_order(run: &Run) -> CheckSpec {
    CheckSpec { several_writers: false, ..run.spec }
}

#[test]
fn with_one_writing_region_reads_are_stale_but_in_order() {
    for level in ["bounded-staleness", "session", "consistent-prefix"] {
        let run = Run::of(&one_writer(level));
        run.claiming(Claims::LINEARIZABLE, served(EAST)).shows("linearizable");
        for region in [WEST, EAST] {
            let order = run.claiming_by(one_order(&run), Claims::CONSISTENT_PREFIX, served(region));
            order.holds("consistent-prefix");
        }
    }
}

#[test]
fn with_one_writing_region_eventual_reads_are_out_of_order() {
    let run = Run::of(&one_writer("eventual"));
    for region in [WEST, EAST] {
        run.claiming_by(one_order(&run), Claims::CONSISTENT_PREFIX, served(region))
            .shows("consistent-prefix");
    }
}

#[test]
fn with_many_writing_regions_writes_appear_out_of_order_at_every_level() {
    for level in LEVELS {
        let run = Run::of(&many_writers_apart(level));
        run.claiming(Claims::LINEARIZABLE, |_| true).shows("linearizable");
        let order = run.claiming_by(one_order(&run), Claims::CONSISTENT_PREFIX, |_| true);
        order.shows("consistent-prefix");
        run.claiming(Claims::default(), |_| true).holds("convergence");
    }
}

#[test]
fn with_many_writing_regions_the_writes_of_each_are_seen_in_order_unless_at_eventual() {
    for level in ["bounded-staleness", "consistent-prefix"] {
        let case = many_writers(level);
        let run = Run::of(&case);
        assert_eq!(run.seen.verdict("consistent-prefix"), Verdict::Holds, "{level}: it is claimed");
        run.claiming(Claims::CONSISTENT_PREFIX, |_| true).holds("consistent-prefix");
    }
    // It is the tokens that make it so.
    let without = many_writers("consistent-prefix").without(Mutation::ForgetPrefix).run();
    without.assert_breaks("consistent-prefix", &[]);
    let eventual = Run::of(&many_writers("eventual"));
    eventual.claiming(Claims::CONSISTENT_PREFIX, |_| true).shows("consistent-prefix");
}

#[test]
fn with_many_writing_regions_a_session_still_sees_its_own_writes_and_eventual_does_not() {
    let session = Run::of(&many_writers("session"));
    session.claiming(Claims::SESSION, |_| true).holds("read-your-writes").holds("monotonic-reads");
    let eventual = Run::of(&many_writers("eventual"));
    eventual.claiming(Claims::SESSION, |_| true).shows("read-your-writes").shows("monotonic-reads");
}

#[test]
fn the_last_writer_wins_and_an_acknowledged_update_is_lost() {
    let run = Run::of(&many_writers("session"));
    let acknowledged = |id: WriteId| {
        run.seen.operations().any(|op| op.action.write_id() == Some(id) && op.outcome == Outcome::Ok)
    };
    let overruled =
        run.seen.count(|c| matches!(c, Change::ConflictLost { loser, .. } if acknowledged(*loser)));
    assert!(overruled > 10, "{overruled}");
    // Were all writes one order, no session might miss a write that it had made or seen.
    run.claiming_by(one_order(&run), Claims::LINEARIZABLE, |_| true).shows("linearizable");
}

#[test]
fn a_region_that_comes_back_catches_up_however_much_the_others_wrote_of_each_other() {
    let text = Text {
        level: "session",
        account: "write-regions = [\"West US 2\", \"East US\", \"Central US\"]",
        clients: &[("East US", 2), ("Central US", 2)],
        load: "rate = \"120/s\"\nreads = \"0%\"\nkeys = 3",
        ..THREE
    };
    let case = text.fault("region:West US 2", "power-loss", 10.0, 120.0).case(140, 600);
    let seen = case.judge();
    assert!(seen.settled(), "{:?}", seen.end());
    seen.assert_sound();
}

const ALL: &str = "write-regions = [\"West US 2\", \"East US\", \"Central US\"]";

/// Bytes of whole copies that came into `region` from another one.
fn copied_to(seen: &Seen, region: RegionId) -> u64 {
    let bytes = |record: &Record| match record {
        Record::Traffic { from, to, purpose: Purpose::Copy, bytes, .. }
            if *to == Some(region) && *from != *to =>
        {
            *bytes
        }
        _ => 0,
    };
    seen.records.iter().map(bytes).sum()
}

#[test]
fn a_region_away_for_longer_than_logs_are_kept_is_given_a_copy_and_keeps_what_it_alone_has() {
    let clients = &[("West US 2", 2), ("East US", 2), ("Central US", 2)];
    let load = "rate = \"120/s\"\nreads = \"20%\"\nkeys = 3";
    let text = Text { level: "session", account: ALL, clients, load, ..THREE };
    // What it wrote last nobody else has.
    let text = text.fault("link:West US 2<->East US", "cut", 8.0, 130.0);
    let text = text.fault("link:West US 2<->Central US", "cut", 8.0, 130.0);
    let case = text.fault("region:West US 2", "power-loss", 10.0, 120.0).case(160, 900);
    let within = case.run();
    assert!(within.assert_sound().settled(), "{:?}", within.end());
    assert_eq!(copied_to(&within, WEST), 0, "the log has it all");
    let beyond = case.with(|settings| settings.log_limit = 600).run();
    assert!(beyond.assert_sound().settled(), "{:?}", beyond.end());
    assert!(copied_to(&beyond, WEST) >= 100_000_000, "one copy of 100 MB");
    assert_eq!(beyond.lost(), 0);
}

#[test]
fn what_a_destroyed_region_gave_to_one_region_only_comes_to_the_others_too() {
    // East US is away while Central US writes; nobody else does.
    let load = "rate = \"60/s\"\nreads = \"0%\"\nkeys = 3\nwrite-once = \"50%\"";
    let text = Text { level: "session", account: ALL, clients: &[("Central US", 2)], load, ..THREE };
    let text = text.fault("region:East US", "power-loss", 10.0, 90.0);
    let text = text.fault("region:Central US", "destroyed", 60.0, 0.0);
    let seen = text.case(140, 600).run();
    assert!(seen.assert_sound().settled(), "{:?}", seen.end());
}
