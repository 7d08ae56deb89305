//! Laying one document over another: what `extends` does.

use crate::base::document::{Node, Value};
use indexmap::map::Entry as Slot;

/// Lays `over` on `base`: tables written with headers or dotted keys are merged key by key, and so are lists of
/// `[[tables]]` that all have a `name`, where tables of one name are one table and others are added. Every other value
/// (other lists and `{ inline }` tables among them) replaces what is below it. Each value keeps the place where it was
/// written.
pub fn merge(base: Node, over: Node) -> Node {
    let Node { value, place } = over;
    match (base.value, value) {
        (Value::Table(mut below), Value::Table(above)) if !below.inline && !above.inline => {
            for (key, entry) in above.entries {
                match below.entries.entry(key) {
                    Slot::Occupied(mut slot) => {
                        let old = std::mem::replace(slot.get_mut(), entry);
                        let slot = slot.get_mut();
                        let new = std::mem::replace(&mut slot.node, Node::empty_table(place));
                        slot.node = merge(old.node, new);
                    }
                    Slot::Vacant(slot) => {
                        slot.insert(entry);
                    }
                }
            }
            Node { value: Value::Table(below), place }
        }
        (Value::Array(below), Value::Array(above)) if named(&below) && named(&above) => {
            Node { value: Value::Array(merge_named(below, above)), place }
        }
        (_, value) => Node { value, place },
    }
}

/// Whether a list holds tables with headers, all of them with a name.
fn named(list: &[Node]) -> bool {
    let has_name = |node: &Node| node.as_table().is_some_and(|t| !t.inline) && name(node).is_some();
    !list.is_empty() && list.iter().all(has_name)
}

fn name(node: &Node) -> Option<&str> {
    node.get("name").and_then(Node::as_str)
}

/// The order is that of `below`, then that of what is new. A name twice in one file stays twice: that is a mistake that
/// whoever reads the list reports.
fn merge_named(mut below: Vec<Node>, above: Vec<Node>) -> Vec<Node> {
    let known = below.len();
    for over in above {
        match below[..known].iter().position(|node| name(node) == name(&over)) {
            Some(i) => {
                let base = std::mem::replace(&mut below[i], Node::empty_table(over.place));
                below[i] = merge(base, over);
            }
            None => below.push(over),
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::{Diagnostics, SourceMap};
    use crate::base::document::parse::parse;

    #[test]
    fn lists_of_named_tables_merge_by_name() {
        let mut sources = SourceMap::new();
        let mut read = |name: &str, text: &str| {
            let file = sources.add(name, text);
            parse(text, file, &mut Diagnostics::new())
        };
        let base = read("base", "[[h]]\nname = 'a'\nx = 1\ny = 2\n[[h]]\nname = 'b'\n[[f]]\nat = 1\n");
        let over = read("over", "[[h]]\nname = 'c'\n[[h]]\nname = 'a'\ny = 3\n[[f]]\nat = 2\n");
        assert_eq!(
            merge(base, over).to_string(),
            r#"{ h = [{ name = "a", x = 1, y = 3 }, { name = "b" }, { name = "c" }], f = [{ at = 2 }] }"#
        );
    }

    #[test]
    fn tables_merge_and_everything_else_replaces() {
        let mut sources = SourceMap::new();
        let mut read = |name: &str, text: &str| {
            let file = sources.add(name, text);
            parse(text, file, &mut Diagnostics::new())
        };
        let base = read("base", "seed = 1\nlist = [1, 2]\nchoice = { a = 1 }\n[t.u]\nx = 1\ny = 2\n");
        let over = read("over", "list = [3]\nchoice = { b = 2 }\nnew = true\n[t.u]\ny = 5\n");
        let merged = merge(base, over);
        assert_eq!(
            merged.to_string(),
            "{ seed = 1, list = [3], choice = { b = 2 }, t = { u = { x = 1, y = 5 } }, new = true }"
        );
        let file_of = |path: [&str; 3]| {
            let node = path.iter().try_fold(&merged, |node, key| node.get(key))?;
            sources.line(node.place).map(|(name, _)| name)
        };
        assert_eq!(file_of(["t", "u", "x"]), Some("base"));
        assert_eq!(file_of(["t", "u", "y"]), Some("over"));
    }
}
