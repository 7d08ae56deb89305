//! Every case that has an exact answer, simulated: see `tests/data/oracles.csv`, and `cargo run --release --example oracles`
//! for the table at full size.

#[path = "support/allocator.rs"]
mod allocator;
#[path = "oracles/case.rs"]
mod case;
#[path = "oracles/run.rs"]
mod run;

use run::{Row, Size};

#[test]
fn simulations_agree_with_theory() {
    let cases = case::cases();
    let rows = run::run(&cases, Size::Ci, |_| {});
    let offences: Vec<String> =
        cases.iter().zip(&rows).filter_map(|(case, row)| run::offence(case, row, 0.03)).collect();
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_published_table_rests_on_more_windows_than_continuous_integration() {
    for case in case::cases() {
        let (ci, full) = (Size::Ci.of(&case.show), Size::Full.of(&case.show));
        assert!(ci <= full && ci > 0, "{}", case.truth.id);
    }
}

#[test]
fn every_case_has_its_scenario() {
    for case in case::cases() {
        assert!(case.show.scenario().is_file(), "{}", case.show.scenario().display());
    }
}

#[test]
fn every_line_of_theory_but_the_sizes_of_samples_is_simulated() {
    let cases = case::cases();
    for truth in case::truths() {
        let simulated = cases.iter().filter(|case| case.truth.id == truth.id).count();
        assert_eq!(simulated, usize::from(truth.kind != "formula"), "{}", truth.id);
    }
}

#[test]
fn the_published_table_has_a_row_for_every_case() {
    let path = case::root().join("results/oracles.csv");
    let mut reader = csv::Reader::from_path(&path).expect("a table");
    let heads: Vec<String> = reader.headers().expect("heads").iter().map(str::to_owned).collect();
    assert_eq!(heads, ["id", "kind", "exact", "estimate", "standard_error", "z", "windows", "events"]);
    let rows: Vec<Row> = reader.deserialize().map(|row| row.expect("a row")).collect();
    let cases = case::cases();
    assert_eq!(rows.len(), cases.len());
    for (case, row) in cases.iter().zip(&rows) {
        assert_eq!((&row.id, row.windows), (&case.truth.id, row.windows.max(1)));
        assert!(run::offence(case, row, 0.01).is_none(), "{row:?}");
    }
}
