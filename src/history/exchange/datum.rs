//! A value of a history, whatever it was written in.

use std::fmt::{self, Write as _};

/// A value without its place. Keywords and texts are different values; maps and sets are kept in order, so that two that
/// are equal compare equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Datum {
    /// `nil`, `null`.
    Nil,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number of 64 bits with a sign.
    Int(i64),
    /// Any other number, in one spelling for each value.
    Number(String),
    /// A text; also a character of EDN.
    Text(String),
    /// A keyword of EDN, without its colon.
    Keyword(String),
    /// A symbol of EDN.
    Symbol(String),
    /// A vector or list.
    List(Vec<Datum>),
    /// A set.
    Set(Vec<Datum>),
    /// A map.
    Map(Vec<(Datum, Datum)>),
}

impl Datum {
    /// A whole number that may not fit a sign.
    pub fn unsigned(n: u64) -> Datum {
        i64::try_from(n).map_or_else(|_| Datum::Number(n.to_string()), Datum::Int)
    }

    /// The name, if it is a keyword or a text.
    pub fn name(&self) -> Option<&str> {
        match self {
            Datum::Keyword(name) | Datum::Text(name) => Some(name),
            _ => None,
        }
    }

    /// Both entries of a list of two.
    pub fn pair(&self) -> Option<(&Datum, &Datum)> {
        match self {
            Datum::List(items) => match &items[..] {
                [a, b] => Some((a, b)),
                _ => None,
            },
            _ => None,
        }
    }

    /// As JSON. What JSON lacks becomes the nearest it has: keywords and symbols become texts, sets become lists, maps
    /// become lists of pairs.
    pub fn json(&self, out: &mut String) {
        match self {
            Datum::Nil => out.push_str("null"),
            Datum::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Datum::Int(n) => {
                let _ = write!(out, "{n}");
            }
            Datum::Number(n) => out.push_str(n),
            Datum::Text(text) | Datum::Keyword(text) | Datum::Symbol(text) => quoted(text, out),
            Datum::List(items) | Datum::Set(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    item.json(out);
                }
                out.push(']');
            }
            Datum::Map(entries) => {
                let pairs = entries.iter().map(|(k, v)| Datum::List(vec![k.clone(), v.clone()]));
                Datum::List(pairs.collect()).json(out);
            }
        }
    }
}

/// A text in quotes, escaped so that EDN and JSON both read it.
pub(crate) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// As EDN.
impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, open: &str, items: &[Datum], close: &str| {
            f.write_str(open)?;
            for (i, item) in items.iter().enumerate() {
                write!(f, "{}{item}", if i == 0 { "" } else { " " })?;
            }
            f.write_str(close)
        };
        match self {
            Datum::Nil => f.write_str("nil"),
            Datum::Bool(b) => write!(f, "{b}"),
            Datum::Int(n) => write!(f, "{n}"),
            Datum::Number(n) if n.bytes().all(|b| b.is_ascii_digit() || b == b'-') => write!(f, "{n}N"),
            Datum::Number(n) | Datum::Symbol(n) => f.write_str(n),
            Datum::Text(text) => {
                let mut out = String::new();
                quoted(text, &mut out);
                f.write_str(&out)
            }
            Datum::Keyword(name) => write!(f, ":{name}"),
            Datum::List(items) => list(f, "[", items, "]"),
            Datum::Set(items) => list(f, "#{", items, "}"),
            Datum::Map(entries) => {
                f.write_str("{")?;
                for (i, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key} {value}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// What a form is, its parts with their places.
#[derive(Clone, Debug)]
pub enum Form {
    /// Anything without parts.
    Leaf(Datum),
    /// A vector or list.
    List(Vec<Node>),
    /// A set.
    Set(Vec<Node>),
    /// A map, in the order it was written.
    Map(Vec<(Node, Node)>),
}

/// A form with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub form: Form,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Node {
    /// The value without places.
    pub fn datum(&self) -> Datum {
        match &self.form {
            Form::Leaf(datum) => datum.clone(),
            Form::List(items) => Datum::List(items.iter().map(Node::datum).collect()),
            Form::Set(items) => {
                let mut items: Vec<Datum> = items.iter().map(Node::datum).collect();
                items.sort();
                Datum::Set(items)
            }
            Form::Map(entries) => {
                let mut entries: Vec<(Datum, Datum)> =
                    entries.iter().map(|(k, v)| (k.datum(), v.datum())).collect();
                entries.sort();
                Datum::Map(entries)
            }
        }
    }
}
