//! Where each value of the plan came from, for `geodes check`.

use super::Context;
use crate::base::diagnostics::FileId;
use crate::base::document::{Node, Value, quoted_key};
use crate::model::plan::Provenance;

/// Lists every written value with its file, then (in `plan.provenance`) those that catalogue, defaults and system gave.
pub(super) fn fill(cx: &mut Context<'_>, root: &Node, main: FileId) {
    let mut rows = Vec::new();
    written(cx, root, String::new(), main, &mut rows);
    rows.append(&mut cx.defaults);
    rows.append(&mut cx.plan.provenance);
    cx.plan.provenance = rows;
}

fn written(cx: &Context<'_>, node: &Node, path: String, main: FileId, rows: &mut Vec<Provenance>) {
    let below = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    match &node.value {
        Value::Table(table) if !table.inline => {
            for (key, entry) in &table.entries {
                written(cx, &entry.node, below(&quoted_key(key)), main, rows);
            }
        }
        Value::Array(items) if items.iter().any(|item| item.as_table().is_some_and(|t| !t.inline)) => {
            for (i, item) in items.iter().enumerate() {
                written(cx, item, below(&i.to_string()), main, rows);
            }
        }
        _ => {
            let file = cx.sources.get(node.place.file).map_or("", |file| file.name.as_str());
            let origin = if node.place.file == main { "scenario" } else { file };
            rows.push(Provenance { key: path, value: node.to_string(), origin: origin.to_string() });
        }
    }
}
