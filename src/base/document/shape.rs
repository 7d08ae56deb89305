//! The shape check: a tree against the JSON Schema of the type it is meant for.
//!
//! It runs before deserialisation, because a deserialiser stops at its first error. It knows the keywords that
//! `schemars` derives: types, properties, choices (externally tagged enums), lists, ranges, and as string formats the
//! quantities of [`units`](crate::base::units). A table whose schema lists properties takes no others.

mod alternatives;
mod choice;
mod scalar;

use crate::base::diagnostics::{Code, Diagnostics, Place, shown};
use crate::base::document::{Node, Table, Value, quoted_key};
use alternatives::Alternatives;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json};

/// Checks a tree against the schema of `T`; `path` is where it stands in its document, for messages.
pub fn check<T: JsonSchema>(node: &Node, path: &str, errors: &mut Diagnostics) {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    check_against(node, schema.as_value(), path, errors);
}

/// Checks a tree against a root schema: its definitions are under `$defs`.
pub fn check_against(node: &Node, schema: &Json, path: &str, errors: &mut Diagnostics) {
    let empty = Map::new();
    let defs = schema.get("$defs").and_then(Json::as_object).unwrap_or(&empty);
    Walker { defs, errors }.walk(node, schema, path);
}

struct Walker<'a> {
    defs: &'a Map<String, Json>,
    errors: &'a mut Diagnostics,
}

impl<'a> Walker<'a> {
    fn walk(&mut self, node: &Node, schema: &'a Json, path: &str) {
        let alternatives = Alternatives::of(schema, self.defs);
        if alternatives.anything {
            return;
        }
        match &node.value {
            Value::String(text) => self.text(node, text, &alternatives, path),
            Value::Table(table) => self.table_like(node, table, &alternatives, path),
            Value::Array(items) => self.array(node, items, &alternatives, path),
            _ => self.scalar(node, &alternatives, path),
        }
    }

    fn table_like(&mut self, node: &Node, table: &Table, alternatives: &Alternatives<'a>, path: &str) {
        let tagged: Vec<_> = alternatives.tagged().collect();
        let structs: Vec<_> = alternatives.structs().collect();
        match (tagged.is_empty(), structs.as_slice()) {
            (true, []) if alternatives.names().next().is_some() => {
                self.choice(node, table, &[], alternatives, path)
            }
            (true, []) => self.wrong_type(node, alternatives, path),
            (true, [schema]) => self.table(node, table, schema, path),
            (false, []) => self.choice(node, table, &tagged, alternatives, path),
            // Several forms of table: whichever fits, or else the one that comes closest.
            _ => self.best_of(node, &alternatives.objects().collect::<Vec<_>>(), path),
        }
    }

    fn best_of(&mut self, node: &Node, forms: &[&'a Json], path: &str) {
        let attempts = forms.iter().map(|schema| {
            let mut errors = Diagnostics::new();
            let mut walker = Walker { defs: self.defs, errors: &mut errors };
            if let Some(table) = node.as_table() {
                walker.table(node, table, schema, path);
            }
            errors
        });
        if let Some(best) = attempts.min_by_key(Diagnostics::len) {
            self.errors.extend(best);
        }
    }

    fn table(&mut self, node: &Node, table: &Table, schema: &'a Json, path: &str) {
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Json::as_object);
        let additional =
            schema.get("additionalProperties").filter(|a| a.is_object() || *a == &Json::Bool(true));
        for (key, entry) in &table.entries {
            let below = join(path, key);
            match (properties.and_then(|p| p.get(key)), additional) {
                (Some(schema), _) => self.walk(&entry.node, schema, &below),
                (None, Some(schema)) => self.walk(&entry.node, schema, &below),
                (None, None) => {
                    let known = properties.unwrap_or(&empty).keys().map(String::as_str);
                    self.unknown_key(key, entry.key, path, known);
                }
            }
        }
        let required =
            schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        for key in required.filter(|key| !table.entries.contains_key(*key)) {
            let about = properties.and_then(|p| p.get(key)).and_then(|schema| self.description(schema));
            self.missing_key(key, node.place, path, about);
        }
    }

    fn unknown_key<'k>(&mut self, key: &str, place: Place, path: &str, known: impl Iterator<Item = &'k str>) {
        let message = format!("unknown key `{}`{}", shown(key), inside(path));
        self.errors.error(Code::UnknownKey, place, message).did_you_mean(key, known);
    }

    fn missing_key(&mut self, key: &str, place: Place, path: &str, about: Option<String>) {
        let message = format!("missing key `{key}`{}", inside(path));
        let error = self.errors.error(Code::MissingKey, place, message);
        if let Some(about) = about {
            error.hint(format!("`{key}`: {about}"));
        }
    }

    /// The first sentence of a schema's description, or of the schema it refers to.
    fn description(&self, schema: &Json) -> Option<String> {
        let own = schema.get("description").and_then(Json::as_str);
        let text = own.or_else(|| {
            let target = alternatives::target(schema, self.defs)?;
            target.get("description").and_then(Json::as_str)
        })?;
        let line = text.split("\n\n").next().unwrap_or(text).replace('\n', " ");
        Some(line.trim_end_matches('.').to_string())
    }

    fn array(&mut self, node: &Node, items: &[Node], alternatives: &Alternatives<'a>, path: &str) {
        let Some(schema) = alternatives.of_type("array").next() else {
            return self.wrong_type(node, alternatives, path);
        };
        let bound = |key: &str| schema.get(key).and_then(Json::as_u64);
        let (least, most) = (bound("minItems"), bound("maxItems"));
        let count = items.len() as u64;
        if least.is_some_and(|n| count < n) || most.is_some_and(|n| count > n) {
            let wanted = match (least, most) {
                (Some(a), Some(b)) if a == b => format!("exactly {a}"),
                (Some(a), Some(b)) => format!("{a} to {b}"),
                (Some(a), None) => format!("at least {a}"),
                (_, b) => format!("at most {}", b.unwrap_or(0)),
            };
            let message = format!("{} takes {wanted} entries, not {count}", what(path));
            self.errors.error(Code::WrongLength, node.place, message);
        }
        let fixed = schema.get("prefixItems").and_then(Json::as_array);
        for (i, item) in items.iter().enumerate() {
            let schema = fixed.and_then(|fixed| fixed.get(i)).or_else(|| schema.get("items"));
            if let Some(schema) = schema {
                self.walk(item, schema, &join(path, &i.to_string()));
            }
        }
    }

    fn wrong_type(&mut self, node: &Node, alternatives: &Alternatives<'a>, path: &str) {
        let number = matches!(node.value, Value::Integer(_) | Value::Float(_));
        let message = match alternatives.quantity() {
            Some(format) if number => {
                let message = format!("{} is {}, which needs a unit", what(path), format.kind.name);
                self.errors.error(Code::MissingUnit, node.place, message).hint(format!(
                    "{} is written like `\"{}\"`; units: {}",
                    format.kind.name,
                    format.kind.example,
                    format.kind.units.join(", ")
                ));
                return;
            }
            _ => format!("{} takes {}, not {}", what(path), alternatives.expected(), node.type_name()),
        };
        let error = self.errors.error(Code::WrongType, node.place, message);
        if let Some(format) = alternatives.quantity() {
            error.hint(format!("{} is written like `\"{}\"`", format.kind.name, format.kind.example));
        }
    }
}

/// `` in `workload.shop` ``; nothing at the top of a document.
fn inside(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" in `{}`", shown(path)) }
}

/// `` `workload.shop.rate` ``
fn what(path: &str) -> String {
    if path.is_empty() { "the document".to_string() } else { format!("`{}`", shown(path)) }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { quoted_key(key) } else { format!("{path}.{}", quoted_key(key)) }
}

#[cfg(test)]
mod tests;
