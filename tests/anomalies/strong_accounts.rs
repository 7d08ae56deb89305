//! What even a strong account shows: writes of unknown outcome, and weaker reads.

use crate::support::{PAIR, THREE, Text};
use crate::{Run, WEST};
use geodes::engine::record::Record;
use geodes::model::operation::{Claims, Observed, Operation, Outcome};
use geodes::system::cosmos_db::level::Level;

/// Writes whose client was never told how they went.
fn unknown(run: &Run) -> Vec<&Operation> {
    run.seen.operations().filter(|op| op.action.is_write() && op.outcome == Outcome::Unknown).collect()
}

#[test]
fn a_write_that_timed_out_for_its_client_is_read_later() {
    let load = "rate = \"20/s\"\nreads = \"50%\"\nkeys = 100";
    let text = Text { level: "strong", clients: &[("West US 2", 3), ("East US", 3)], load, ..PAIR };
    let run = Run::of(&text.fault("link:West US 2->East US", "cut", 20.0, 15.0).case(90, 400));
    let open = unknown(&run);
    let read_later = open.iter().any(|write| {
        let value = write.action.write_id().map(Observed::Value);
        run.seen.operations().any(|op| Some(&op.observed) == value.as_ref() && op.invoked > write.completed)
    });
    assert!(read_later, "{} writes of unknown outcome", open.len());
    run.claiming(Claims::LINEARIZABLE, |_| true).holds("linearizable");
    // If 'timed out' meant 'failed', these reads would have returned what nobody wrote.
    let taken_for_failed = run.judged(run.spec, |record| {
        if let Record::Completed(op) = record
            && op.outcome == Outcome::Unknown
        {
            op.outcome = Outcome::Fail;
        }
        true
    });
    taken_for_failed.shows("valid-reads");
}

#[test]
fn a_weaker_read_of_a_strong_account_sees_a_write_not_yet_committed_everywhere() {
    for level in ["bounded-staleness", "session", "consistent-prefix", "eventual"] {
        let weaker = format!(
            "\n[workload.weaker]\nclients = [{{ region = \"West US 2\", count = 3, fail-with-region = false }}]\n\
             rate = \"40/s\"\nreads = \"100%\"\nkeys = 4\nlevel = \"{level}\"\n"
        );
        let clients = &[("West US 2", 2), ("East US", 2)];
        let text = Text { level: "strong", clients, rest: weaker, ..THREE };
        let slow = "{ slow = { factor = 20 } }";
        let run = Run::of(&text.fault("link:West US 2<->East US", slow, 20.0, 20.0).case(60, 300));
        let weak = |op: &Operation| op.level != Level::Strong.index() && op.served == Some(WEST);
        let early = run.seen.operations().filter(|op| op.action.is_write()).any(|write| {
            let value = write.action.write_id().map(Observed::Value);
            let shown =
                |op: &Operation| Some(&op.observed) == value.as_ref() && op.completed < write.completed;
            run.seen.operations().any(|op| weak(op) && shown(op))
        });
        assert!(early, "{level}: no read came before the acknowledgement");
        // Strong reads elsewhere still return the older version afterwards: together they are not linearizable.
        let both = |op: &Operation| weak(op) || op.level == Level::Strong.index();
        run.claiming(Claims::LINEARIZABLE, both).shows("linearizable");
        run.claiming(Claims::LINEARIZABLE, |op| !weak(op)).holds("linearizable");
    }
}
