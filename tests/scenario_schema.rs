//! The JSON Schema of scenario files: it has every key, and the checker itself agrees with it.

mod scenario_support;

use geodes::base::diagnostics::{Diagnostics, SourceMap, Style};
use geodes::base::document::{parse::parse, shape};
use geodes::scenario::schema;
use serde_json::Value as Json;

fn check(text: &str) -> (usize, String) {
    let schema = schema::scenario(&scenario_support::registry());
    let (mut sources, mut errors) = (SourceMap::new(), Diagnostics::new());
    let file = sources.add("a.toml", text);
    let node = parse(text, file, &mut errors);
    shape::check_against(&node, &schema, "", &mut errors);
    (errors.len(), errors.render(&sources, Style::Plain))
}

#[test]
fn a_right_scenario_fits_the_schema_and_a_wrong_one_does_not() {
    assert_eq!(check(scenario_support::FULL), (0, String::new()));
    let wrong = scenario_support::FULL
        .replace("do = \"ping\"", "do = \"pong\"")
        .replace("replicas = 3", "replicsa = 3");
    assert_eq!(check(&wrong).0, 2, "{}", check(&wrong).1);
}

#[test]
fn every_key_of_the_schema_is_described() {
    let schema = schema::scenario(&scenario_support::registry());
    let mut bare = Vec::new();
    undescribed(&schema, &schema, "", &mut bare);
    assert!(bare.is_empty(), "without a description: {bare:?}");
}

fn undescribed(root: &Json, node: &Json, path: &str, bare: &mut Vec<String>) {
    if let Some(properties) = node.get("properties").and_then(Json::as_object) {
        for (key, value) in properties {
            // The settings of a choice are described by the choice.
            let is_choice = node.get("description").is_some() && properties.len() == 1 && path.contains('|');
            let referred = value.get("$ref").and_then(Json::as_str).and_then(|r| root.pointer(&r[1..]));
            let described = |v: &Json| v.get("description").is_some();
            if !described(value) && !referred.is_some_and(described) && !is_choice {
                bare.push(format!("{path}.{key}"));
            }
        }
    }
    match node {
        Json::Object(map) => {
            for (key, value) in map {
                let mark = if key == "oneOf" || key == "anyOf" { "|" } else { "" };
                undescribed(root, value, &format!("{path}/{key}{mark}"), bare);
            }
        }
        Json::Array(items) => items.iter().for_each(|value| undescribed(root, value, path, bare)),
        _ => {}
    }
}

#[test]
fn all_references_of_the_schema_lead_somewhere() {
    let schema = schema::scenario(&scenario_support::registry());
    let text = schema.to_string();
    let mut rest = text.as_str();
    let mut count = 0;
    while let Some((_, after)) = rest.split_once("\"$ref\":\"#") {
        let (pointer, after) = after.split_once('"').expect("a reference is a text");
        assert!(schema.pointer(pointer).is_some(), "{pointer}");
        (rest, count) = (after, count + 1);
    }
    assert!(count > 20, "{count}");
}
