//! What `run --format json` prints fits what `schema result` prints, as a validator of its own reads it.

use serde_json::Value;
use std::process::Command;

fn geodes(args: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_geodes"));
    let output =
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().expect("the command starts");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// What of a document does not fit a schema. It reads the keywords that `schema result` uses, by the letter of JSON
/// Schema 2020-12, and shares no code with what makes the schema; any other keyword is an error, so that no rule is
/// passed over. Beyond the letter, a key that the schema does not describe is an error too.
struct Validator<'a> {
    root: &'a Value,
    errors: Vec<String>,
}

/// Keywords that say nothing about what fits.
const REMARKS: [&str; 7] = ["$schema", "$defs", "title", "description", "default", "format", "properties"];

impl Validator<'_> {
    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        let Value::Object(rules) = schema else {
            return self.expect(schema == &Value::Bool(true), at, "is not allowed");
        };
        for (keyword, rule) in rules {
            match keyword.as_str() {
                "$ref" => {
                    let pointer = rule.as_str().and_then(|r| r.strip_prefix('#')).expect("it is local");
                    self.check(self.root.pointer(pointer).expect("it leads somewhere"), value, at);
                }
                "type" => {
                    let fits = match rule {
                        Value::Array(types) => types.iter().any(|t| is_a(value, t)),
                        one => is_a(value, one),
                    };
                    self.expect(fits, at, &format!("is no {rule}: {value}"));
                }
                "const" => self.expect(rule == value, at, &format!("is not {rule}: {value}")),
                "minimum" => {
                    let fits = value.as_f64().is_none_or(|v| rule.as_f64().is_some_and(|least| v >= least));
                    self.expect(fits, at, &format!("is less than {rule}: {value}"));
                }
                "items" => {
                    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}/{i}"));
                    }
                }
                "additionalProperties" => {}
                "anyOf" => {
                    let fitting = self.fitting(rule, value, at);
                    self.expect(fitting > 0, at, &format!("fits no choice: {value}"));
                }
                "oneOf" => {
                    let fitting = self.fitting(rule, value, at);
                    self.expect(fitting == 1, at, &format!("fits {fitting} choices: {value}"));
                }
                remark => assert!(REMARKS.contains(&remark), "the keyword `{remark}` is not known here"),
            }
        }
        if rules.contains_key("properties") || rules.contains_key("additionalProperties") {
            self.properties(schema, value, at);
        }
    }

    fn properties(&mut self, schema: &Value, value: &Value, at: &str) {
        for (key, inner) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{key}");
            match schema["properties"].get(key).or(schema.get("additionalProperties")) {
                Some(rule) => self.check(rule, inner, &at),
                None => self.expect(false, &at, "is not described"),
            }
        }
    }

    fn fitting(&self, choices: &Value, value: &Value, at: &str) -> usize {
        let fits = |choice: &&Value| {
            let mut trial = Validator { root: self.root, errors: Vec::new() };
            trial.check(choice, value, at);
            trial.errors.is_empty()
        };
        choices.as_array().expect("choices are a list").iter().filter(fits).count()
    }

    fn expect(&mut self, fits: bool, at: &str, otherwise: &str) {
        if !fits {
            self.errors.push(format!("{at} {otherwise}"));
        }
    }
}

fn is_a(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.as_f64().is_some_and(|v| v.fract() == 0.0),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => panic!("{kind} is no type"),
    }
}

/// What the validator finds wrong.
fn errors(schema: &Value, document: &Value) -> Vec<String> {
    let mut validator = Validator { root: schema, errors: Vec::new() };
    validator.check(schema, document, "");
    validator.errors
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
    document["windows"] = Value::from(-1);
    document["traffic"][0]["messages"] = Value::from(0.5);
    document["faults"][0]["rto.write"]["n"] = Value::from("three");
    document["timeline"] = Value::from("a picture");
    document["censord"] = Value::from(0);
    let found = errors(&schema, &document);
    let places: Vec<&str> = found.iter().filter_map(|error| error.split(' ').next()).collect();
    let wrong = [
        "/digest",
        "/windows",
        "/faults/0/rto.write",
        "/sla/0/verdict",
        "/traffic/0/messages",
        "/timeline",
        "/censord",
    ];
    assert_eq!(places, wrong, "{found:#?}");
}
