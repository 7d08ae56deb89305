//! Every case that has an exact answer, simulated: see `tests/data/oracles.csv`, and `cargo run --release --example oracles`
//! for the table at full size.

#[path = "oracles/case.rs"]
mod case;
#[path = "oracles/run.rs"]
mod run;

use run::Size;

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
    let simulated = |truth: &case::Truth| cases.iter().any(|case| case.truth.id == truth.id);
    let truths = case::truths();
    let left_out = truths.iter().filter(|truth| truth.kind != "formula" && !simulated(truth));
    let left_out: Vec<&str> = left_out.map(|truth| truth.id.as_str()).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}
