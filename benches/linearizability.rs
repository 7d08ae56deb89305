//! What it takes to decide whether ten thousand operations of twenty clients over ten keys are linearizable, from easy
//! histories to hard ones, on one core. `cargo bench --bench linearizability`.
#![allow(clippy::disallowed_methods)]

#[path = "../tests/histories/load.rs"]
mod load;

use geodes::history::exchange::datum::Datum;
use geodes::history::exchange::judge::judge;
use std::time::Instant;

fn main() {
    println!(
        "{:<52} {:>10} {:>15} {:>9}  verdict",
        "10,000 operations, 20 clients, 10 keys", "operations", "configurations", "ms"
    );
    for shape in load::SHAPES {
        let history = load::history(shape, 10_000);
        let began = Instant::now();
        let judged = judge(&history, &Datum::Nil);
        let ms = began.elapsed().as_secs_f64() * 1e3;
        println!(
            "{:<52} {:>10} {:>15} {ms:>9.1}  {}",
            shape.name,
            history.ops.len(),
            judged.configurations,
            judged.verdict.verdict
        );
    }
}
