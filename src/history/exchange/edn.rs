//! The part of EDN (extensible data notation, github.com/edn-format/edn) that histories are written in: everything but
//! the meaning of tags. A tagged form, such as `#jepsen.history.Op{...}`, is read as the form itself.

use crate::history::exchange::datum::{Datum, Form, Node};
use crate::history::exchange::text::{Fault, Text, number};

/// The forms of a text: those inside the first one if it is a vector or list that holds all of them.
pub struct Reader<'a> {
    text: Text<'a>,
    /// What closes the vector around all forms, and where that began.
    close: Option<(char, usize)>,
    begun: bool,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader { text: Text::new(text), close: None, begun: false }
    }

    /// The next form; `None` after the last one.
    ///
    /// # Errors
    /// A [`Fault`]; nothing can be read after it.
    pub fn next_form(&mut self) -> Result<Option<Node>, Fault> {
        self.text.blank(0)?;
        if !self.begun {
            self.begun = true;
            let start = self.text.at;
            if self.text.take('[') {
                self.close = Some((']', start));
            } else if self.text.take('(') {
                self.close = Some((')', start));
            }
            self.text.blank(0)?;
        }
        let Some((close, start)) = self.close else {
            return if self.text.peek().is_none() { Ok(None) } else { self.text.form(0).map(Some) };
        };
        if !self.text.take(close) {
            return match self.text.peek() {
                None => Err(self.text.unfinished(start, "a list of events")),
                Some(_) => self.text.form(0).map(Some),
            };
        }
        self.text.blank(0)?;
        match self.text.peek() {
            None => Ok(None),
            Some(_) => {
                let hint = "events stand in one vector, or one after the other";
                Err(self.text.fault(self.text.at, "something follows the end of the history", hint))
            }
        }
    }
}

impl Text<'_> {
    /// Skips white space, commas, comments and discarded forms.
    fn blank(&mut self, depth: usize) -> Result<(), Fault> {
        loop {
            self.while_(|c| c.is_whitespace() || c == ',');
            if self.peek() == Some(';') {
                self.while_(|c| c != '\n');
            } else if self.rest().starts_with("#_") {
                let start = self.at;
                self.at += 2;
                self.part(depth + 1, start, "a discarded form")?;
            } else {
                return Ok(());
            }
        }
    }

    /// The next form, which must be there.
    fn part(&mut self, depth: usize, start: usize, what: &str) -> Result<Node, Fault> {
        self.depth(depth)?;
        self.blank(depth)?;
        if self.peek().is_none() { Err(self.unfinished(start, what)) } else { self.form(depth) }
    }

    /// A form; something other than white space is next.
    fn form(&mut self, depth: usize) -> Result<Node, Fault> {
        self.depth(depth)?;
        let start = self.at;
        let form = match self.peek() {
            Some('"') => Form::Leaf(Datum::Text(self.quoted()?)),
            Some('[') => Form::List(self.parts(depth, ']', "a vector")?),
            Some('(') => Form::List(self.parts(depth, ')', "a list")?),
            Some('{') => Form::Map(self.entries(depth)?),
            Some('#') => {
                self.next();
                if self.peek() == Some('{') {
                    Form::Set(self.parts(depth, '}', "a set")?)
                } else if self.word().is_empty() {
                    let hint = "a tag has a name, `#inst \"...\"`; a set is written `#{...}`";
                    return Err(self.fault(start, "a `#` without a tag", hint));
                } else {
                    self.part(depth + 1, start, "a tagged form")?.form
                }
            }
            Some('\\') => Form::Leaf(self.character()?),
            Some(':') => {
                self.next();
                let name = self.word();
                if name.is_empty() {
                    let hint = "JSON has its own ending: `.json` or `.jsonl`";
                    return Err(self.fault(start, "a `:` without a name", hint));
                }
                Form::Leaf(Datum::Keyword(name.to_owned()))
            }
            Some(')' | ']' | '}') => {
                self.next();
                return Err(self.fault(start, "closes something that was not opened", ""));
            }
            _ => Form::Leaf(self.atom()?),
        };
        Ok(Node { form, start, end: self.at })
    }

    fn parts(&mut self, depth: usize, close: char, what: &str) -> Result<Vec<Node>, Fault> {
        let start = self.at;
        self.next();
        let mut items = Vec::new();
        loop {
            self.blank(depth)?;
            if self.take(close) {
                return Ok(items);
            }
            items.push(self.part(depth + 1, start, what)?);
        }
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<(Node, Node)>, Fault> {
        let start = self.at;
        let mut parts = self.parts(depth, '}', "a map")?.into_iter();
        let mut entries = Vec::new();
        while let Some(key) = parts.next() {
            let Some(value) = parts.next() else {
                let hint = "a map holds keys and values in turn";
                return Err(self.fault(start, "a map with a key that has no value", hint));
            };
            entries.push((key, value));
        }
        Ok(entries)
    }

    /// What ends at white space or a bracket.
    fn word(&mut self) -> &str {
        self.while_(|c| !c.is_whitespace() && !",;\"()[]{}\\".contains(c))
    }

    fn character(&mut self) -> Result<Datum, Fault> {
        let start = self.at;
        self.next();
        let first = self.next().ok_or_else(|| self.fault(start, "a `\\` without a character", ""))?;
        let rest = self.word();
        let name = format!("{first}{rest}");
        let known = match name.as_str() {
            "newline" => "\n",
            "space" => " ",
            "tab" => "\t",
            "return" => "\r",
            "formfeed" => "\u{c}",
            "backspace" => "\u{8}",
            one if rest.is_empty() => one,
            _ => {
                let code = name.strip_prefix('u').filter(|d| d.len() == 4);
                let c = code.and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32);
                let hint = "known: \\a, \\newline, \\space, \\tab, \\return, \\u0041";
                let c = c.ok_or_else(|| self.fault(start, "no such character", hint))?;
                return Ok(Datum::Text(c.to_string()));
            }
        };
        Ok(Datum::Text(known.to_owned()))
    }

    /// `nil`, a number or a symbol.
    fn atom(&mut self) -> Result<Datum, Fault> {
        let start = self.at;
        let word = self.word().to_owned();
        let number_like = word.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit());
        match word.as_str() {
            "nil" => Ok(Datum::Nil),
            "true" => Ok(Datum::Bool(true)),
            "false" => Ok(Datum::Bool(false)),
            _ if number_like => {
                let plain = word.strip_suffix(['N', 'M']).unwrap_or(&word);
                let hint = "numbers are written `5`, `-2`, `0.5`, `1e9`, `5N`";
                number(plain).ok_or_else(|| self.fault(start, format!("`{word}` is not a number"), hint))
            }
            "" => {
                let c = self.next().map_or(String::new(), |c| c.escape_debug().to_string());
                Err(self.fault(start, format!("`{c}` begins nothing"), ""))
            }
            _ => Ok(Datum::Symbol(word)),
        }
    }
}
