//! The JSON Schema of a whole scenario file, for editors and `geodes schema scenario`.

use crate::scenario::sections::{Form, SECTIONS, SYSTEM};
use crate::scenario::text::HeadText;
use crate::system::registry::Registry;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

/// The schema of scenarios that deploy a system of `registry`: every table, each system's own, and their commands.
pub fn scenario(registry: &Registry) -> Json {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let head = HeadText::json_schema(&mut generator).to_value();
    let mut properties = head.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    properties.insert(
        "extends".into(),
        json!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
            "description": "What to start from: a built-in name, or a path relative to this file, or a list of them, each laid over those before it.",
        }),
    );
    for section in SECTIONS {
        let one = (section.schema)(&mut generator).to_value();
        let value = match section.form {
            Form::Table => one,
            Form::Named => json!({ "type": "object", "additionalProperties": one }),
            Form::List => json!({ "type": "array", "items": one }),
        };
        properties.insert(section.key.into(), described(value, section.about));
    }
    properties.insert(SYSTEM.into(), systems(registry, &mut generator));
    let commands = commands(registry, &mut generator);
    let mut defs = generator.take_definitions(true);
    if let Some(command) = defs.get_mut("ActionText").and_then(|a| a.pointer_mut("/properties/do")) {
        *command = commands;
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Geodes scenario",
        "type": "object",
        "properties": properties,
        // A file that extends another may leave out what that one gives.
        "additionalProperties": false,
        "$defs": defs,
    })
}

fn described(mut value: Json, about: &str) -> Json {
    if let Some(object) = value.as_object_mut() {
        object.insert("description".into(), about.into());
    }
    value
}

fn systems(registry: &Registry, generator: &mut SchemaGenerator) -> Json {
    let mut tables = Map::new();
    for entry in registry.iter() {
        let schema = entry.config_schema(generator).to_value();
        tables.insert(entry.info().name.into(), described(schema, entry.info().summary));
    }
    json!({
        "type": "object",
        "description": "What is deployed: exactly one system.",
        "properties": tables,
        "additionalProperties": false,
        "maxProperties": 1,
    })
}

fn commands(registry: &Registry, generator: &mut SchemaGenerator) -> Json {
    let all = registry.iter().map(|entry| entry.command_schema(generator).to_value());
    // A system that takes no commands has nothing to choose from.
    let choices: Vec<Json> = all.filter(|choice| *choice != Json::Bool(false)).collect();
    let about = "A command of the deployed system.";
    match choices.is_empty() {
        true => json!({ "description": about }),
        false => json!({ "description": about, "anyOf": choices }),
    }
}
