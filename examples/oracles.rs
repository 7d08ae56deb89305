//! Prints the table of all cases with an exact answer, simulated at full size, and writes it to `results/oracles.csv`.
//!
//! ```sh
//! cargo run --release --example oracles           # all
//! cargo run --release --example oracles MM1       # those whose id contains this: only their rows are new
//! cargo run --release --example oracles --ci      # at the size of continuous integration: prints, but writes nothing
//! ```

#[path = "../tests/oracles/case.rs"]
mod case;
#[path = "../tests/oracles/run.rs"]
mod run;

use run::{Row, Size};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let size = if words.iter().any(|word| word == "--ci") { Size::Ci } else { Size::Full };
    let parts: Vec<&String> = words.iter().filter(|word| *word != "--ci").collect();
    let mut cases = case::cases();
    cases.retain(|case| parts.is_empty() || parts.iter().any(|part| case.truth.id.contains(*part)));
    let rows = run::run(&cases, size, |row| eprintln!("{}: z = {:.2}", row.id, row.z));
    let precise = if size == Size::Ci { 0.03 } else { 0.01 };
    println!(
        "{:<44} {:<13} {:>18} {:>18} {:>11} {:>7} {:>8} {:>12}",
        "id", "kind", "exact", "estimate", "error", "z", "windows", "events"
    );
    let mut wrong = 0;
    for (case, row) in cases.iter().zip(&rows) {
        let relative = row.standard_error / row.exact.abs();
        let offence = run::offence(case, row, precise).is_some();
        wrong += u32::from(offence);
        println!(
            "{:<44} {:<13} {:>18.12e} {:>18.12e} {:>10.3}% {:>7.2} {:>8} {:>12}{}",
            row.id,
            row.kind,
            row.exact,
            row.estimate,
            relative * 100.0,
            row.z,
            row.windows,
            row.events,
            if offence { "  <-" } else { "" }
        );
    }
    if size == Size::Full {
        write(rows.clone())?;
    }
    if wrong > 0 {
        return Err(format!("{wrong} of {} cases do not agree", rows.len()).into());
    }
    Ok(())
}

/// Puts new rows into the table. Writes beside the file, then renames: there is never half a table.
fn write(rows: Vec<Row>) -> Result<(), Box<dyn Error>> {
    let file = case::root().join("results/oracles.csv");
    let rounded = geodes::base::stats::round12;
    let mut table: BTreeMap<String, Row> = BTreeMap::new();
    for row in csv::Reader::from_path(&file)?.deserialize() {
        let row: Row = row?;
        table.insert(row.id.clone(), row);
    }
    for row in rows {
        let (estimate, standard_error) = (rounded(row.estimate), rounded(row.standard_error));
        let z = (row.z * 1000.0).round() / 1000.0;
        table.insert(row.id.clone(), Row { estimate, standard_error, z, ..row });
    }
    let beside = file.with_extension("csv.part");
    let mut writer = csv::Writer::from_path(&beside)?;
    for row in case::cases().iter().filter_map(|case| table.get(&case.truth.id)) {
        writer.serialize(row)?;
    }
    writer.flush()?;
    drop(writer);
    fs::rename(beside, file)?;
    Ok(())
}
