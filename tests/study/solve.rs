//! How good a hazard must be, asked of systems whose unavailability is known: a component that is up for `up` and in repair
//! for `down` on average is away for `down / (up + down)` of the time.

use serde_json::Value;
use std::process::Command;

/// Runs `geodes run FILE --solve ... --format json`: status, answer, and what was said meanwhile.
fn solve(file: &str, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_geodes"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", file, "--format", "json", "--solve"]);
    let output = command.args(args).output().expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

const ONE: &str = "scenarios/oracles/components.toml";
const TWO: &str = "tests/data/studies/component.toml";

/// The answer in hours: at least or at most this, possible from here, certain from here.
fn hours(out: &str) -> [f64; 3] {
    let answer: Value = serde_json::from_str(out).expect("it is JSON");
    assert_eq!(answer["answer"], "value", "{out}");
    ["value_s", "possible_s", "certain_s"].map(|key| answer[key].as_f64().expect("a number") / 3600.0)
}

#[test]
fn a_component_that_may_be_away_for_a_thousandth_must_last_999_repairs() {
    let asked = ["hazard.node.mtbf", "--row", "availability.time.read >= 99.9%", "--set"];
    let asked = [&asked[..], &["hazard.node.mtbf=\"300h\"", "--years", "3000", "--windows", "800"]].concat();
    let (status, out, err) = solve(ONE, &[&asked[..], &["--threads", "1"]].concat());
    assert_eq!(status, 0, "{err}");
    let [value, possible, certain] = hours(&out);
    let exact = 999.0 * 2.0;
    assert!(possible < exact && exact < certain && possible < value && value < certain, "{out}");
    assert!(certain / possible < 1.6 && (value / exact - 1.0).abs() < 0.1, "{out}");
    assert!(err.lines().filter(|line| line.starts_with("step ")).count() >= 5, "{err}");
    assert_eq!(solve(ONE, &[&asked[..], &["--threads", "4"]].concat()), (status, out, err));
}

#[test]
fn points_share_what_they_simulate() {
    let row = ["--row", "availability.time.read >= 99.9%", "--years", "3000", "--windows", "800"];
    let (_, out, _) = solve(ONE, &[&["hazard.node.mtbf"], &row[..]].concat());
    let answer: Value = serde_json::from_str(&out).expect("it is JSON");
    let sum = |key: &str| -> u64 {
        answer["steps"].as_array().expect("steps").iter().filter_map(|step| step[key].as_u64()).sum()
    };
    assert!(sum("new_windows") * 2 < sum("windows"), "{out}");
}

#[test]
fn a_repair_may_take_as_long_as_the_promise_leaves_it() {
    let row = ["--row", "availability.time.read >= 99.9%", "--years", "3000", "--windows", "800"];
    let asked = [&["hazard.node.mttr", "--set", "hazard.node.mtbf=\"999h\""], &row[..]].concat();
    let [value, possible, certain] = hours(&solve(ONE, &asked).1);
    assert!(certain < 1.0 && 1.0 < possible, "{certain} {value} {possible}");
    assert!(
        possible / certain < 1.6 && (value - 1.0).abs() < 0.1 && certain < value && value < possible,
        "{certain} {value} {possible}"
    );
}

#[test]
fn what_others_lose_is_counted_and_the_first_row_that_is_not_met_is_asked_about() {
    // Away for 1/4001 with the region, and 2/302 with the node: two nines are kept, three are not.
    let (status, out, err) = solve(TWO, &["hazard.node.mtbf", "--years", "3000", "--windows", "1500"]);
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("promises/three-nines"), "{out}");
    let [value, possible, certain] = hours(&out);
    let left = 1.0 - 0.999 * 4001.0 / 4000.0;
    let exact = 2.0 / left - 2.0;
    assert!(possible < exact && exact < certain, "{possible} {value} {certain}, exactly {exact}");
}

#[test]
fn it_is_said_when_nothing_is_good_enough_and_when_nothing_is_too_bad() {
    let answer = |file: &str, key: &str, row: &str| {
        let (status, out, err) = solve(file, &[key, "--row", row, "--years", "300", "--windows", "600"]);
        assert_eq!(status, 0, "{err}");
        let answer: Value = serde_json::from_str(&out).expect("it is JSON");
        (answer["answer"].as_str().map(str::to_owned), answer["value_s"].clone())
    };
    // The node alone is away for 2/302.
    let never = answer(TWO, "hazard.region.mtbf", "three-nines");
    assert_eq!(never, (Some("never".to_owned()), Value::Null));
    let never = answer(TWO, "hazard.region.mttr", "three-nines");
    assert_eq!(never, (Some("never".to_owned()), Value::Null));
    // A component that takes as long to be repaired as to fail is there half of the time.
    let always = answer(ONE, "hazard.node.mtbf", "availability.time.read >= 40%");
    assert_eq!(always, (Some("always".to_owned()), Value::Null));
}

#[test]
fn a_question_that_makes_no_sense_is_a_usage_error_with_a_hint() {
    let cases = [
        (TWO, &["hazard.nod.mtbf"][..], "did you mean `hazard.node.mtbf`?"),
        (TWO, &["hazard.node.mtbff"], "did you mean `hazard.node.mtbf`?"),
        (TWO, &["zone"], "`hazard.node.mtbf`, `hazard.node.mttr`, `hazard.region.mtbf`"),
        (TWO, &["hazard.node.mtbf", "--row", "three-nine"], "did you mean `three-nines`?"),
        (TWO, &["hazard.node.mtbf", "--row", "availability.tim.read >= 99%"], "unknown measure"),
        (TWO, &["hazard.node.mtbf", "--row", "availability.time.read >= 100%"], "no loss at all"),
        (ONE, &["hazard.node.mtbf"], "--row 'availability.request.read >= 99.9%'"),
        ("tests/cmd/short.toml", &["hazard.node.mtbf"], "has no hazards"),
    ];
    for (file, args, said) in cases {
        let (status, out, err) = solve(file, args);
        assert!(status == 2 && out.is_empty() && err.contains(said), "{args:?}: {err}");
    }
}
