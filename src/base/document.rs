//! Documents: TOML texts as a tree in which every value knows its place.
//!
//! A document is read ([`parse`](parse::parse)), completed by the files it extends ([`load`](load::load)), changed by
//! `--set` ([`set`](overrides::set)), checked against the JSON Schema of the type it is meant for, and deserialised
//! ([`read`]). Each step adds its own diagnostics and goes on.

mod de;
mod law;
pub mod load;
mod located;
mod merge;
pub mod overrides;
pub mod parse;
pub mod shape;

pub use de::ReadError;
pub use law::law;
pub use located::{Located, Raw};
pub use merge::merge;

use crate::base::diagnostics::{Code, Diagnostics, Place};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// One value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it is written. A table with a `[header]` is placed at its header.
    pub place: Place,
}

/// A TOML value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or exponent.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A date or time, as written: no key of a scenario takes one.
    Datetime(String),
    /// A list.
    Array(Vec<Node>),
    /// A table.
    Table(Table),
}

/// A table: entries in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The entries.
    pub entries: IndexMap<String, Entry>,
    /// Written as `{ ... }`: such a table is one value, which an extending file replaces whole.
    pub inline: bool,
}

/// One entry of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where its key is written.
    pub key: Place,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// A table with no entries.
    pub fn empty_table(place: Place) -> Node {
        Node { value: Value::Table(Table::default()), place }
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, if this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_table()?.entries.get(key).map(|entry| &entry.node)
    }

    /// What type of value it is, with an article.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            Value::String(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a decimal number",
            Value::Bool(_) => "a truth value",
            Value::Datetime(_) => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// The value in TOML's own notation, on one line.
impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value {
            Value::String(text) => write!(f, "{text:?}"),
            Value::Integer(n) => write!(f, "{n}"),
            Value::Float(n) => write!(f, "{n:?}"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Datetime(text) => f.write_str(text),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(Node::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::Table(table) => {
                let pairs: Vec<String> = table
                    .entries
                    .iter()
                    .map(|(key, entry)| format!("{} = {}", quoted_key(key), entry.node))
                    .collect();
                if pairs.is_empty() { f.write_str("{}") } else { write!(f, "{{ {} }}", pairs.join(", ")) }
            }
        }
    }
}

/// A key as TOML writes it: bare where that is allowed.
pub fn quoted_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { key.to_string() } else { format!("{key:?}") }
}

/// Reads a value of a type: checks its shape against the type's JSON Schema, reporting every error with its place,
/// then deserialises it. `path` is where the value stands in its document, for messages (`workload.shop`).
pub fn read<T: DeserializeOwned + JsonSchema>(
    node: &Node,
    path: &str,
    errors: &mut Diagnostics,
) -> Option<T> {
    let before = errors.len();
    shape::check::<T>(node, path, errors);
    if errors.len() > before {
        return None;
    }
    match T::deserialize(node) {
        Ok(value) => Some(value),
        Err(error) => {
            errors.error(Code::Unreadable, error.place().unwrap_or(node.place), error.to_string());
            None
        }
    }
}
