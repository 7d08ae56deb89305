//! What `run --format json` prints fits what `schema result` prints, as an independent validator reads it.

use serde_json::Value;
use std::process::Command;

fn geodes(args: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_geodes"));
    let output =
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().expect("the command starts");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// What the validator finds wrong.
fn errors(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("it is a JSON schema");
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn results_of_one_run_and_of_several_fit_the_schema() {
    let schema = geodes(&["schema", "result"]);
    for seeds in ["1", "7"] {
        let run = ["run", "tests/cmd/short.toml", "--no-files", "--format", "json", "--seeds", seeds];
        assert_eq!(errors(&schema, &geodes(&run)), Vec::<String>::new());
    }
}

#[test]
fn a_document_of_another_shape_does_not_fit() {
    let schema = geodes(&["schema", "result"]);
    let mut document = geodes(&["run", "tests/cmd/short.toml", "--no-files", "--format", "json"]);
    document["sla"][0]["verdict"] = Value::from(3);
    document["digest"] = Value::Null;
    assert_eq!(errors(&schema, &document).len(), 2);
}
