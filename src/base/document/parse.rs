//! From TOML text to a tree with places.

use crate::base::diagnostics::{Code, Diagnostics, FileId, Place};
use crate::base::document::{Entry, Node, Table, Value};
use indexmap::IndexMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// No sensible document has keys with more parts, or values nested deeper, than this.
pub const DEEPEST: usize = 64;

/// More syntax errors than this are not listed.
const MOST_FAILURES: usize = 1_000;

/// Reads a TOML text. Syntax errors are added to `errors`; what could be read around them is returned.
pub fn parse(text: &str, file: FileId, errors: &mut Diagnostics) -> Node {
    let all = Place::new(file, 0..0);
    if let Some(range) = too_many_dots(text) {
        errors.error(Code::NestedTooDeep, Place::new(file, range), "a key with too many parts");
        return Node::empty_table(all);
    }
    let (table, failures) = DeTable::parse_recoverable(text);
    for failure in failures.into_iter().take(MOST_FAILURES) {
        let duplicate = failure.message().starts_with("duplicate key");
        let code = if duplicate { Code::DuplicateKey } else { Code::Syntax };
        let place = failure.span().map(|range| Place::new(file, visible(text, range)));
        errors.error(code, place, one_line(failure.message()));
    }
    let mut convert = Convert { text, file, errors };
    let table = convert.table(table.into_inner(), false);
    Node { value: Value::Table(table), place: all }
}

/// Reads one TOML value, such as the right side of `--set`; `None` if the text is not one.
pub fn parse_value(text: &str, file: FileId, offset: usize, errors: &mut Diagnostics) -> Option<Node> {
    if too_many_dots(text).is_some() {
        return None;
    }
    let (value, failures) = DeValue::parse_recoverable(text);
    if !failures.is_empty() {
        return None;
    }
    let mut node = Convert { text, file, errors }.node(value);
    shift(&mut node, offset as u32);
    Some(node)
}

fn shift(node: &mut Node, by: u32) {
    let moved = |place: &mut Place| {
        place.start += by;
        place.end += by;
    };
    moved(&mut node.place);
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Table(table) => table.entries.values_mut().for_each(|entry| {
            moved(&mut entry.key);
            shift(&mut entry.node, by);
        }),
        _ => {}
    }
}

/// The first line with more dots than any key or value needs. The TOML reader limits the nesting of brackets, but not
/// the parts of a dotted key, and a tree that deep would exhaust the stack.
fn too_many_dots(text: &str) -> Option<Range<usize>> {
    let (mut start, mut dots) = (0, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'.' => {
                dots += 1;
                if dots > DEEPEST * 16 {
                    return Some(start..start);
                }
            }
            // Whatever else can stand between two keys ends the count.
            b'\n' | b'=' | b',' => (start, dots) = (at + 1, 0),
            _ => {}
        }
    }
    None
}

/// An empty range at the end of a line is moved onto the line, so that something is underlined.
fn visible(text: &str, range: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let blank = |at: usize| bytes.get(at).is_none_or(|b| matches!(b, b'\n' | b'\r'));
    if range.is_empty() && range.start > 0 && blank(range.start) && !blank(range.start - 1) {
        return range.start - 1..range.start;
    }
    range
}

fn one_line(message: &str) -> String {
    message.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

struct Convert<'a> {
    text: &'a str,
    file: FileId,
    errors: &'a mut Diagnostics,
}

impl Convert<'_> {
    fn node(&mut self, value: Spanned<DeValue<'_>>) -> Node {
        let range = value.span();
        let place = Place::new(self.file, range.clone());
        let value = match value.into_inner() {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Integer(number) => Value::Integer(self.integer(number.as_str(), number.radix(), place)),
            DeValue::Float(number) => Value::Float(self.float(number.as_str(), place)),
            DeValue::Boolean(value) => Value::Bool(value),
            DeValue::Datetime(value) => Value::Datetime(value.to_string()),
            DeValue::Array(items) => Value::Array(items.into_iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => {
                let inline = self.text.as_bytes().get(range.start) == Some(&b'{');
                Value::Table(self.table(table, inline))
            }
        };
        Node { value, place }
    }

    fn integer(&mut self, digits: &str, radix: u32, place: Place) -> i64 {
        i64::from_str_radix(digits, radix).unwrap_or_else(|_| {
            self.errors.error(Code::NumberTooLarge, place, "the number does not fit into 64 bits");
            0
        })
    }

    fn float(&mut self, digits: &str, place: Place) -> f64 {
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() || digits.contains("inf") || digits.contains("nan") => value,
            _ => {
                self.errors.error(Code::NumberTooLarge, place, "the number does not fit into 64 bits");
                0.0
            }
        }
    }

    fn table(&mut self, table: DeTable<'_>, inline: bool) -> Table {
        // The reader sorts keys; the order of the text is the order people think in.
        let mut pairs: Vec<_> = table.into_iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        let mut entries = IndexMap::new();
        for (key, value) in pairs {
            let place = Place::new(self.file, key.span());
            entries.insert(key.into_inner().into_owned(), Entry { key: place, node: self.node(value) });
        }
        Table { entries, inline }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::SourceMap;

    fn read(text: &str) -> (Node, Diagnostics, SourceMap) {
        let (mut sources, mut errors) = (SourceMap::new(), Diagnostics::new());
        let file = sources.add("a.toml", text);
        let node = parse(text, file, &mut errors);
        (node, errors, sources)
    }

    #[test]
    fn every_value_knows_its_place_and_tables_keep_the_order_of_the_text() {
        let (node, errors, sources) = read("z = 'x'\n[b.c]\nn = [1, 2.5]\n[a]\nt = { k = true }\n");
        assert!(errors.is_empty());
        let keys: Vec<&str> =
            node.as_table().into_iter().flat_map(|t| t.entries.keys().map(String::as_str)).collect();
        assert_eq!(keys, ["z", "b", "a"]);
        let place_of = |path: &[&str]| {
            let found = path.iter().try_fold(&node, |node, key| node.get(key));
            found.map(|node| sources.text(node.place)).unwrap_or("?")
        };
        assert_eq!(place_of(&["z"]), "'x'");
        assert_eq!(place_of(&["b", "c"]), "[b.c]");
        assert_eq!(place_of(&["b", "c", "n"]), "[1, 2.5]");
        assert_eq!(place_of(&["a", "t", "k"]), "true");
        assert!(node.get("a").and_then(|a| a.get("t")?.as_table()).is_some_and(|t| t.inline));
    }

    #[test]
    fn all_syntax_errors_are_found_and_the_rest_is_still_read() {
        let (node, errors, _) = read("a = \nb = 2\nb = 3\nc = 99999999999999999999\nd = 'ok'\n");
        let codes: Vec<Code> = errors.sorted().iter().map(|d| d.code).collect();
        assert_eq!(codes, [Code::Syntax, Code::DuplicateKey, Code::NumberTooLarge]);
        assert_eq!(node.get("d").and_then(Node::as_str), Some("ok"));
    }

    #[test]
    fn a_key_of_very_many_parts_is_refused_before_it_becomes_a_tree() {
        for text in [
            "a.".repeat(500_000) + "a = 1",
            "[".to_string() + &"a.".repeat(500_000) + "a]",
            "x = ".to_string() + &"[".repeat(100_000),
        ] {
            assert!(!read(&text).1.is_empty());
        }
    }

    #[test]
    fn a_tree_is_shown_as_toml() {
        let (node, _, _) = read("a = { \"x y\" = [1, -2.0, \"q\"], b = {} }");
        assert_eq!(
            node.get("a").map(Node::to_string).as_deref(),
            Some("{ \"x y\" = [1, -2.0, \"q\"], b = {} }")
        );
    }
}
