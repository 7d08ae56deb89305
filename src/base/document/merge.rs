//! Laying one document over another: what `extends` does.

use crate::base::document::{Node, Value};
use indexmap::map::Entry as Slot;

/// Lays `over` on `base`: tables written with headers or dotted keys are merged key by key, every other value (lists and
/// `{ inline }` tables among them) replaces what is below it. Each value keeps the place where it was written.
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
        (_, value) => Node { value, place },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::{Diagnostics, SourceMap};
    use crate::base::document::parse::parse;

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
