//! JSON (RFC 8259) with the place of each value: one list of events, or one event a line.

use crate::history::exchange::datum::{Datum, Form, Node};
use crate::history::exchange::text::{Fault, Text, number};

/// The events of a text.
pub struct Reader<'a> {
    text: Text<'a>,
    /// Where the list around all events began, if there is one.
    list: Option<usize>,
    count: u64,
    over: bool,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader { text: Text::new(text), list: None, count: 0, over: false }
    }

    /// The next event; `None` after the last one.
    ///
    /// # Errors
    /// A [`Fault`]; nothing can be read after it.
    pub fn next_form(&mut self) -> Result<Option<Node>, Fault> {
        self.text.space();
        if self.count == 0 && self.list.is_none() && self.text.peek() == Some('[') {
            self.list = Some(self.text.at);
            self.text.next();
            self.text.space();
            self.over = self.text.take(']');
        } else if let Some(start) = self.list.filter(|_| !self.over) {
            self.over = self.text.next_or_close(']', start, "a list of events")?;
        }
        self.text.space();
        if self.over || self.list.is_none() && self.text.peek().is_none() {
            let hint = "events stand in one list, or one on each line";
            return match self.text.peek() {
                None => Ok(None),
                Some(_) => Err(self.text.fault(self.text.at, "something follows the end of the list", hint)),
            };
        }
        self.count += 1;
        self.text.value(0).map(Some)
    }
}

impl Text<'_> {
    fn space(&mut self) {
        self.while_(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    }

    /// After an entry: a comma, or (true) what closes the list.
    fn next_or_close(&mut self, close: char, start: usize, what: &str) -> Result<bool, Fault> {
        self.space();
        if self.take(close) {
            return Ok(true);
        }
        match self.peek() {
            Some(',') => {
                self.next();
                self.space();
                if self.peek() == Some(close) {
                    return Err(self.fault(
                        self.at,
                        "nothing follows the comma",
                        "JSON has no comma at the end",
                    ));
                }
                Ok(false)
            }
            None => Err(self.unfinished(start, what)),
            Some(_) => {
                Err(self.fault(self.at, format!("expected `,` or `{close}`"), "entries are parted by commas"))
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        self.depth(depth)?;
        self.space();
        let start = self.at;
        let form = match self.peek() {
            Some('"') => Form::Leaf(Datum::Text(self.plain()?)),
            Some('[') => {
                let mut items = Vec::new();
                self.next();
                self.space();
                let mut over = self.take(']');
                while !over {
                    items.push(self.value(depth + 1)?);
                    over = self.next_or_close(']', start, "a list")?;
                }
                Form::List(items)
            }
            Some('{') => Form::Map(self.fields(depth, start)?),
            None => return Err(self.fault(start, "a value is missing at the end of the file", "")),
            Some(_) => Form::Leaf(self.literal()?),
        };
        Ok(Node { form, start, end: self.at })
    }

    fn fields(&mut self, depth: usize, start: usize) -> Result<Vec<(Node, Node)>, Fault> {
        let mut entries = Vec::new();
        self.next();
        self.space();
        let mut over = self.take('}');
        while !over {
            self.space();
            let at = self.at;
            if self.peek() != Some('"') {
                let hint = "keys are texts in double quotes";
                return Err(match self.peek() {
                    None => self.unfinished(start, "an object"),
                    Some(_) => self.fault(at, "expected a key", hint),
                });
            }
            let name = self.plain()?;
            let key = Node { form: Form::Leaf(Datum::Text(name)), start: at, end: self.at };
            self.space();
            if !self.take(':') {
                return Err(self.fault(self.at, "expected `:`", "a key, a colon, a value"));
            }
            entries.push((key, self.value(depth + 1)?));
            over = self.next_or_close('}', start, "an object")?;
        }
        Ok(entries)
    }

    /// A text in quotes: one that holds no control characters.
    fn plain(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let text = self.quoted()?;
        let raw = &self.text[start..self.at];
        match raw.find(|c: char| (c as u32) < 0x20) {
            Some(at) => {
                let at = start + at;
                let hint = "write it as an escape: \\n, \\t";
                Err(Fault { at: at..at + 1, ..self.fault(at, "a control character inside a text", hint) })
            }
            None => Ok(text),
        }
    }

    /// `null`, `true`, `false` or a number.
    fn literal(&mut self) -> Result<Datum, Fault> {
        let start = self.at;
        let word = self.while_(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let found = match word {
            "null" => Some(Datum::Nil),
            "true" => Some(Datum::Bool(true)),
            "false" => Some(Datum::Bool(false)),
            _ if is_number(word) => number(word),
            _ => None,
        };
        let hint = "a value is null, true, false, a number, a text in double quotes, a list or an object";
        found.ok_or_else(|| match word {
            "" => self.fault(start, "expected a value", hint),
            word => self.fault(start, format!("`{word}` is not a value"), hint),
        })
    }
}

/// Whether it is spelt as JSON spells numbers: no plus sign, no leading zero, digits on both sides of the point.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = word.split_once(['e', 'E']).map_or((word, None), |(m, e)| (m, Some(e)));
    let (int, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(i, f)| (i, Some(f)));
    digits(int)
        && (int.len() == 1 || !int.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}
