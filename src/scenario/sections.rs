//! The tables of a scenario: one list, from which both the reader and the JSON Schema work.

use crate::base::diagnostics::{Code, Diagnostics, shown};
use crate::base::document::{Entry, Located, Node, Table, Value, read};
use crate::scenario::text;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

/// How a section is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `[topology]`: once.
    Table,
    /// `[workload.<name>]`: several, each named.
    Named,
    /// `[[fault]]`: several in order.
    List,
}

/// One section.
pub(super) struct Section {
    pub key: &'static str,
    pub form: Form,
    pub about: &'static str,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Every section whose type does not depend on the system.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        key: "topology",
        form: Form::Table,
        about: "Where things are.",
        schema: schema::<text::TopologyText>,
    },
    Section {
        key: "link",
        form: Form::List,
        about: "What differs between two regions.",
        schema: schema::<text::LinkText>,
    },
    Section {
        key: "disk",
        form: Form::Table,
        about: "The disks of all nodes.",
        schema: schema::<text::DiskText>,
    },
    Section {
        key: "workload",
        form: Form::Named,
        about: "What clients ask, by workload name.",
        schema: schema::<text::WorkloadText>,
    },
    Section {
        key: "fault",
        form: Form::List,
        about: "What goes wrong, and when.",
        schema: schema::<text::FaultText>,
    },
    Section {
        key: "hazard",
        form: Form::List,
        about: "What goes wrong at random: with any, the scenario is a study. Merged by name over `extends`.",
        schema: schema::<text::HazardText>,
    },
    Section {
        key: "study",
        form: Form::Table,
        about: "How a study is made of windows.",
        schema: schema::<text::StudyText>,
    },
    Section {
        key: "action",
        form: Form::List,
        about: "What an operator does.",
        schema: schema::<text::ActionText>,
    },
    Section {
        key: "sla",
        form: Form::Table,
        about: "What to judge against.",
        schema: schema::<text::SlaText>,
    },
    Section {
        key: "run",
        form: Form::Table,
        about: "When the window ends.",
        schema: schema::<text::RunText>,
    },
    Section {
        key: "rto",
        form: Form::Table,
        about: "How restoration is recognised.",
        schema: schema::<text::RtoText>,
    },
];

/// The section that the registry reads.
pub(super) const SYSTEM: &str = "system";

const HEAD: &[&str] = &["name", "about", "seed"];

/// Reads the keys at the top, and reports the unknown ones.
pub(super) fn head(root: &Node, errors: &mut Diagnostics) -> Option<text::HeadText> {
    let table = root.as_table()?;
    let mut own = Table::default();
    for (key, entry) in &table.entries {
        if HEAD.contains(&key.as_str()) {
            own.entries.insert(key.clone(), entry.clone());
        } else if key != SYSTEM && !SECTIONS.iter().any(|section| section.key == key) {
            let known =
                HEAD.iter().chain([&SYSTEM, &"extends"]).copied().chain(SECTIONS.iter().map(|s| s.key));
            let message = format!("unknown key `{}` at the top of a scenario", shown(key));
            errors.error(Code::UnknownKey, entry.key, message).did_you_mean(key, known);
        }
    }
    read(&Node { value: Value::Table(own), place: root.place }, "", errors)
}

/// Reads a section written once; absent, it is `None` without an error.
pub(super) fn table<T: DeserializeOwned + JsonSchema>(
    root: &Node,
    key: &str,
    errors: &mut Diagnostics,
) -> Option<Located<T>> {
    let node = root.get(key)?;
    read(node, key, errors).map(|value| Located { value, place: node.place })
}

/// The entries of a section of named tables, each with its name and the place of the name.
pub(super) fn named<'a>(root: &'a Node, key: &str, errors: &mut Diagnostics) -> Vec<(&'a str, &'a Entry)> {
    let Some(node) = root.get(key) else { return Vec::new() };
    match node.as_table() {
        Some(table) => table.entries.iter().map(|(name, entry)| (name.as_str(), entry)).collect(),
        None => {
            let message = format!("`{key}` takes named tables, not {}", node.type_name());
            errors.error(Code::WrongType, node.place, message).hint(format!("write `[{key}.NAME]`"));
            Vec::new()
        }
    }
}

/// The entries of a section that is a list of tables.
pub(super) fn list<'a>(root: &'a Node, key: &str, errors: &mut Diagnostics) -> &'a [Node] {
    let Some(node) = root.get(key) else { return &[] };
    node.as_array().unwrap_or_else(|| {
        let message = format!("`{key}` takes a list of tables, not {}", node.type_name());
        errors
            .error(Code::WrongType, node.place, message)
            .hint(format!("write `[[{key}]]`, with two brackets"));
        &[]
    })
}
