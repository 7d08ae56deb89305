//! `summary.json`: the document as JSON, laid out so that a person can read it and `git diff` shows what changed.

use crate::report::document::Document;
use crate::report::number::round12;
use serde_json::Value;

/// Lists and objects that fit are kept on one line of this many columns.
const WIDTH: usize = 110;

/// The document as JSON text that ends in a newline. Floats are rounded to 12 significant digits.
///
/// # Errors
/// Only when the document cannot be represented, which its type rules out.
pub fn render(document: &Document) -> Result<String, serde_json::Error> {
    let mut value = serde_json::to_value(document)?;
    round(&mut value);
    Ok(pretty(&value))
}

/// Reads a document back; fields it does not know are ignored.
///
/// # Errors
/// When the text is not JSON or not a document.
pub fn parse(text: &str) -> Result<Document, serde_json::Error> {
    serde_json::from_str(text)
}

/// Any JSON value in the same layout.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    layout(value, 0, 0, &mut out);
    out.push('\n');
    out
}

fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(rounded) = number.as_f64().and_then(|x| serde_json::Number::from_f64(round12(x))) {
                *number = rounded;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        _ => {}
    }
}

/// Appends a value; `used` columns of its first line are taken already.
fn layout(value: &Value, indent: usize, used: usize, out: &mut String) {
    let flat = value.to_string();
    let is_leaf = !matches!(value, Value::Array(_) | Value::Object(_));
    if is_leaf || (indent > 0 && used + spaced_len(&flat, value) <= WIDTH) {
        return spaced(value, out);
    }
    match value {
        Value::Array(items) if items.iter().all(|i| !i.is_array() && !i.is_object()) => {
            scalars(items, indent + 2, out);
            newline(indent, out);
            out.push(']');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                separate(i, indent + 2, out);
                layout(item, indent + 2, indent + 3, out);
            }
            newline(indent, out);
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (i, (name, item)) in fields.iter().enumerate() {
                separate(i, indent + 2, out);
                let key = Value::from(name.as_str()).to_string();
                out.push_str(&key);
                out.push_str(": ");
                layout(item, indent + 2, indent + 5 + key.len(), out);
            }
            newline(indent, out);
            out.push('}');
        }
        _ => spaced(value, out),
    }
}

/// A long list of numbers or texts, wrapped like a paragraph.
fn scalars(items: &[Value], indent: usize, out: &mut String) {
    out.push('[');
    let mut column = WIDTH;
    for (i, item) in items.iter().enumerate() {
        let text = item.to_string();
        if i > 0 {
            out.push(',');
        }
        if column + text.len() + 2 > WIDTH {
            newline(indent, out);
            column = indent;
        } else {
            out.push(' ');
        }
        column += text.len() + 2;
        out.push_str(&text);
    }
}

fn separate(i: usize, indent: usize, out: &mut String) {
    if i > 0 {
        out.push(',');
    }
    newline(indent, out);
}

fn newline(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Length of the one-line form, a little over when texts hold many commas.
fn spaced_len(flat: &str, value: &Value) -> usize {
    fn gaps(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.len() + items.iter().map(gaps).sum::<usize>(),
            Value::Object(fields) => 2 * fields.len() + 2 + fields.values().map(gaps).sum::<usize>(),
            _ => 0,
        }
    }
    flat.chars().count() + gaps(value)
}

/// The one-line form, with spaces after commas and colons.
fn spaced(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                spaced(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Object(fields) => {
            out.push_str("{ ");
            for (i, (name, item)) in fields.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push_str(": ");
                spaced(item, out);
            }
            out.push_str(" }");
        }
        leaf => out.push_str(&leaf.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_lists_stay_on_one_line_and_long_ones_are_wrapped() {
        let short = json!({ "a": [1, 2], "b": { "c": "d" } });
        assert_eq!(pretty(&short), "{\n  \"a\": [1, 2],\n  \"b\": { \"c\": \"d\" }\n}\n");
        let long = json!({ "n": (0..100).collect::<Vec<_>>() });
        let text = pretty(&long);
        assert!(text.lines().all(|line| line.len() <= WIDTH));
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(long));
    }

    #[test]
    fn a_document_survives_the_round_trip() {
        let mut document = Document { scenario: "a \"quoted\", name".into(), ..Document::default() };
        document.simulated_s = 0.1 + 0.2;
        let text = render(&document).unwrap_or_default();
        document.simulated_s = 0.3;
        assert_eq!(parse(&text).ok(), Some(document));
    }
}
