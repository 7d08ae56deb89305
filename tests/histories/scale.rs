//! What deciding a large history takes, counted in configurations: `benches/linearizability.rs` counts seconds.

use super::load::{SHAPES, history};
use geodes::history::exchange::datum::Datum;
use geodes::history::exchange::judge::judge;
use geodes::history::exchange::op::Did;
use geodes::history::verdict::Verdict;

/// Configurations for ten thousand operations.
const BUDGET: usize = 2_000_000;

#[test]
fn ten_thousand_operations_of_twenty_clients_over_ten_keys_are_decided() {
    // The last one is beyond what a search can promise to decide.
    for shape in &SHAPES[..3] {
        let shape = *shape;
        let mut history = history(shape, 10_000);
        assert!(history.ops.len() > 6_000, "{shape:?}: {}", history.ops.len());
        let judged = judge(&history, &Datum::Nil);
        assert_eq!(judged.verdict.verdict, Verdict::Holds, "{shape:?}: {:?}", judged.verdict);
        assert!(judged.configurations <= BUDGET, "{shape:?}: {} configurations", judged.configurations);
        // One read, towards the end, of a value that nobody wrote.
        let read = |did: Did| matches!(did, Did::Read(_));
        let at = history.ops.iter().rposition(|op| read(op.did)).expect("there are reads");
        history.ops[at].did = Did::Read(history.values.len() as u32);
        history.values.push(Datum::Int(-1));
        assert_eq!(judge(&history, &Datum::Nil).verdict.verdict, Verdict::Violated, "{shape:?}");
    }
}
