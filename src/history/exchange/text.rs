//! A text that is read from left to right: what EDN and JSON have in common.

use crate::history::exchange::datum::Datum;
use std::ops::Range;

/// Forms nested more deeply are refused.
pub(crate) const DEEPEST: usize = 64;

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The bytes it is about.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: &'static str,
    /// Whether it is too deep rather than malformed.
    pub too_deep: bool,
}

/// A text and how far it was read.
#[derive(Clone, Debug)]
pub(crate) struct Text<'a> {
    pub text: &'a str,
    pub at: usize,
}

impl<'a> Text<'a> {
    pub fn new(text: &'a str) -> Text<'a> {
        // A mark that some editors leave at the beginning.
        Text { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } }
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub fn take(&mut self, expected: char) -> bool {
        let there = self.peek() == Some(expected);
        if there {
            self.at += expected.len_utf8();
        }
        there
    }

    /// What follows as long as `keep` holds.
    pub fn while_(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A fault from `start` to here.
    pub fn fault(&self, start: usize, message: impl Into<String>, hint: &'static str) -> Fault {
        Fault { at: start..self.at.max(start + 1), message: message.into(), hint, too_deep: false }
    }

    /// The text ended inside something.
    pub fn unfinished(&self, start: usize, what: &str) -> Fault {
        let at = start..start + 1;
        let message = format!("the file ends inside {what} that begins here");
        Fault { at, message, hint: "the end of the file may have been cut off", too_deep: false }
    }

    /// Refuses what lies too deep.
    pub fn depth(&self, depth: usize) -> Result<(), Fault> {
        let message = format!("nested more than {DEEPEST} deep");
        let fault = || Fault { too_deep: true, ..self.fault(self.at, message, "no event needs that") };
        if depth > DEEPEST { Err(fault()) } else { Ok(()) }
    }

    /// A text in quotes; the first quote is next.
    pub fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.next();
        let mut out = String::new();
        loop {
            out.push_str(self.while_(|c| c != '"' && c != '\\'));
            match self.next() {
                None => return Err(self.unfinished(start, "a text")),
                Some('"') => return Ok(out),
                _ => out.push(self.escape()?),
            }
        }
    }

    /// What a backslash, which was just read, begins.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at - 1;
        Ok(match self.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('u') => {
                let first = self.hex(start)?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first).ok_or_else(|| self.half(start));
                }
                // Beyond 16 bits a character is written as two halves.
                if !(self.take('\\') && self.take('u')) {
                    return Err(self.half(start));
                }
                let second = self.hex(start)?;
                if !(0xdc00..0xe000).contains(&second) {
                    return Err(self.half(start));
                }
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                char::from_u32(code).ok_or_else(|| self.half(start))?
            }
            _ => {
                return Err(self.fault(
                    start,
                    "no such escape",
                    "known: \\n \\t \\r \\b \\f \\\\ \\\" \\u0041",
                ));
            }
        })
    }

    fn half(&self, start: usize) -> Fault {
        self.fault(start, "half of a character", "characters beyond \\uffff are written as two halves")
    }

    fn hex(&mut self, start: usize) -> Result<u32, Fault> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        self.at += if code.is_some() { 4 } else { 0 };
        code.ok_or_else(|| self.fault(start, "no such escape", "\\u takes four hexadecimal digits"))
    }
}

/// A number in one spelling for each value; `None` if it is none that can be held.
pub(crate) fn number(text: &str) -> Option<Datum> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let plain = text.strip_prefix('+').unwrap_or(text);
        return Some(plain.parse().map_or_else(|_| Datum::Number(whole(plain)), Datum::Int));
    }
    let value: f64 = text.parse().ok().filter(|v: &f64| v.is_finite())?;
    // Equal numbers are equal values, whether or not they were written with a point.
    Some(if value == value.trunc() && value.abs() < 9e15 {
        Datum::Int(value as i64)
    } else {
        Datum::Number(format!("{value:?}"))
    })
}

/// A whole number beyond 64 bits, without leading zeros.
fn whole(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    format!("{sign}{}", digits.trim_start_matches('0'))
}
