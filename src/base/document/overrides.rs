//! `--set path=value`: single values changed from the command line.

use crate::base::diagnostics::{Code, Diagnostics, FileId, Place, SourceMap, shown};
use crate::base::document::parse::{DEEPEST, parse_value};
use crate::base::document::{Entry, Node, Table, Value};
use std::ops::Range;

/// The name under which settings appear in diagnostics and origins.
pub const COMMAND_LINE: &str = "command line";

/// Applies settings in order. Each is `path=value`: keys joined by dots (quoted where they hold dots, spaces or `=`),
/// numbers from 0 (or the `name` they have) for entries of lists, and a TOML value; what is no TOML value is taken as text.
pub fn set(root: &mut Node, settings: &[String], sources: &mut SourceMap, errors: &mut Diagnostics) {
    if settings.is_empty() {
        return;
    }
    let file = sources.add(COMMAND_LINE, settings.join("\n"));
    let mut offset = 0;
    for setting in settings {
        one(root, Setting { text: setting, file, offset }, errors);
        offset += setting.len() + 1;
    }
}

#[derive(Clone, Copy)]
struct Setting<'a> {
    text: &'a str,
    file: FileId,
    offset: usize,
}

impl Setting<'_> {
    fn place(&self, range: Range<usize>) -> Place {
        Place::new(self.file, self.offset + range.start..self.offset + range.end)
    }
}

/// One part of a path.
struct Key {
    name: String,
    range: Range<usize>,
}

fn one(root: &mut Node, setting: Setting<'_>, errors: &mut Diagnostics) {
    let (path, value_at) = match split(setting.text) {
        Ok(found) => found,
        Err((why, range)) => {
            let hint = "write `--set path=value`, for example `--set workload.shop.rate=80/s`";
            errors.error(Code::BadOverride, setting.place(range), why).hint(hint);
            return;
        }
    };
    let value = &setting.text[value_at..];
    let trimmed = value.trim();
    let start = value_at + value.len() - value.trim_start().len();
    let parsed = parse_value(trimmed, setting.file, setting.offset + start, errors);
    let node = parsed.unwrap_or_else(|| Node {
        value: Value::String(trimmed.to_string()),
        place: setting.place(start..start + trimmed.len()),
    });
    put(root, &path, node, setting, errors);
}

fn put(root: &mut Node, path: &[Key], value: Node, setting: Setting<'_>, errors: &mut Diagnostics) {
    let mut at = root;
    for (depth, key) in path.iter().enumerate() {
        let here = setting.place(key.range.clone());
        let (was, was_at) = (at.type_name(), at.place);
        at = match &mut at.value {
            Value::Table(table) => {
                let fresh = || Entry { key: here, node: Node::empty_table(here) };
                &mut table.entries.entry(key.name.clone()).or_insert_with(fresh).node
            }
            Value::Array(items) => {
                let length = items.len();
                let named = |item: &Node| item.get("name").and_then(Node::as_str) == Some(&key.name);
                let number = key.name.parse::<usize>().ok().or_else(|| items.iter().position(named));
                match number.and_then(|n| items.get_mut(n)) {
                    Some(item) => item,
                    None => {
                        let message = format!("`{}` is no entry of a list of {length}", shown(&key.name));
                        errors
                            .error(Code::OverridePath, here, message)
                            .hint("entries of a list are numbered from 0");
                        return;
                    }
                }
            }
            _ => {
                let path: Vec<&str> = path[..depth].iter().map(|k| k.name.as_str()).collect();
                let message = format!("`{}` is {}, which has no keys", shown(&path.join(".")), was);
                errors.error(Code::OverridePath, here, message).also(was_at, "set here");
                return;
            }
        };
    }
    let key_end = path.last().map_or(0..0, |key| key.range.clone());
    *at = value;
    // A table given on the command line can be added to by the next setting, as if it had a header.
    if let Value::Table(Table { inline, .. }) = &mut at.value {
        *inline = false;
    }
    if at.place.start == at.place.end {
        at.place = setting.place(key_end);
    }
}

type Failure = (&'static str, Range<usize>);

/// The keys before the `=`, and where the value begins.
fn split(text: &str) -> Result<(Vec<Key>, usize), Failure> {
    let (mut keys, mut at) = (Vec::new(), 0);
    loop {
        let (key, next) = key(text, at)?;
        keys.push(key);
        if keys.len() > DEEPEST {
            return Err(("a path with too many parts", 0..text.len()));
        }
        match text.as_bytes().get(next) {
            Some(b'.') => at = next + 1,
            Some(b'=') => return Ok((keys, next + 1)),
            _ => return Err(("a setting without `=`", 0..text.len())),
        }
    }
}

/// One key from `at` on, bare or quoted, and where it ends (at a dot, a `=` or the end).
fn key(text: &str, at: usize) -> Result<(Key, usize), Failure> {
    let rest = &text[at..];
    let lead = rest.len() - rest.trim_start().len();
    let (start, rest) = (at + lead, rest.trim_start());
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (name, end) = match quote {
        Some(quote) => match rest[1..].find(quote) {
            Some(length) => (rest[1..=length].to_string(), start + length + 2),
            None => return Err(("a quoted key without its closing quote", start..text.len())),
        },
        None => {
            let length = rest.find(['.', '=']).unwrap_or(rest.len());
            let name = rest[..length].trim_end();
            (name.to_string(), start + name.len())
        }
    };
    if name.is_empty() {
        return Err(("an empty key", at..text.len()));
    }
    let after = &text[end..];
    Ok((Key { name, range: start..end }, end + after.len() - after.trim_start().len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::document::parse::parse;

    fn apply(document: &str, settings: &[&str]) -> (String, Vec<Code>) {
        let (mut sources, mut errors) = (SourceMap::new(), Diagnostics::new());
        let file = sources.add("a", document);
        let mut node = parse(document, file, &mut errors);
        let settings: Vec<String> = settings.iter().map(|s| s.to_string()).collect();
        set(&mut node, &settings, &mut sources, &mut errors);
        (node.to_string(), errors.iter().map(|d| d.code).collect())
    }

    #[test]
    fn values_are_toml_or_else_text_and_paths_are_made_as_needed() {
        let settings = [
            "seed = 7",
            "workload.shop.rate=80/s",
            "t.\"West US\".zones=1",
            "fault.0.lasts=3h",
            "run={ until = 'cap' }",
            "run.cap=2h",
        ];
        let (node, codes) = apply("seed = 1\n[[fault]]\nlasts = '1h'\n", &settings);
        assert_eq!(codes, []);
        assert_eq!(
            node,
            "{ seed = 7, fault = [{ lasts = \"3h\" }], workload = { shop = { rate = \"80/s\" } }, \
             t = { \"West US\" = { zones = 1 } }, run = { until = \"cap\", cap = \"2h\" } }"
        );
    }

    #[test]
    fn a_setting_that_cannot_be_applied_is_reported() {
        let codes = |settings: &[&str]| apply("seed = 1\nlist = [1]\n", settings).1;
        assert_eq!(codes(&["seed"]), [Code::BadOverride]);
        assert_eq!(codes(&["=1"]), [Code::BadOverride]);
        assert_eq!(codes(&["a..b=1"]), [Code::BadOverride]);
        assert_eq!(codes(&["\"a=1"]), [Code::BadOverride]);
        assert_eq!(codes(&["\"a\"b=1"]), [Code::BadOverride]);
        assert_eq!(codes(&["list.3=1"]), [Code::OverridePath]);
        assert_eq!(codes(&["seed.x=1"]), [Code::OverridePath]);
        assert_eq!(codes(&[&("a.".repeat(500) + "a=1")]), [Code::BadOverride]);
    }
}
