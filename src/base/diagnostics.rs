//! Diagnostics: everything that is wrong with a user's input, each with its place, code and hint.
//!
//! Whatever reads input collects into a [`Diagnostics`] and goes on, so that one pass reports every error. Nothing
//! else in the library formats errors for people.

pub mod code;
mod render;
pub mod source;

pub use code::{Area, Code};
pub use render::Style;
pub use source::{FileId, Place, SourceMap};

/// One error in the user's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code: `geodes explain G0403` tells more.
    pub code: Code,
    /// The text it is about; `None` when it is about no text in particular.
    pub place: Option<Place>,
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// What to do about it, `did you mean ...?`.
    pub hint: Option<String>,
    /// More to know: where a rule comes from, what a value was derived from.
    pub notes: Vec<String>,
    /// Other places that matter, each with a few words.
    pub also: Vec<(Place, String)>,
}

impl Diagnostic {
    /// Says what to do about it; an empty hint is ignored.
    pub fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        let hint = hint.into();
        if !hint.is_empty() {
            self.hint = Some(hint);
        }
        self
    }

    /// Adds a 'did you mean' (or the list of known names) for a misspelt name.
    pub fn did_you_mean<'a>(&mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> &mut Self {
        self.hint(crate::base::suggest::hint(word, known).unwrap_or_default())
    }

    /// Adds a note.
    pub fn note(&mut self, note: impl Into<String>) -> &mut Self {
        self.notes.push(note.into());
        self
    }

    /// Points at another place.
    pub fn also(&mut self, place: impl Into<Option<Place>>, text: impl Into<String>) -> &mut Self {
        if let Some(place) = place.into().and_then(Place::known) {
            self.also.push((place, text.into()));
        }
        self
    }
}

/// A collection of errors.
///
/// Only the first [`Diagnostics::MOST`] are kept, and the last: input that is garbage through and through must not
/// exhaust the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    /// How many errors are kept.
    pub const MOST: usize = 10_000;

    /// No errors yet.
    pub const fn new() -> Self {
        Diagnostics { items: Vec::new() }
    }

    /// Adds an error and returns it, to give it a hint or notes.
    pub fn error(
        &mut self,
        code: Code,
        place: impl Into<Option<Place>>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.items.truncate(Self::MOST - 1);
        self.items.push(Diagnostic {
            code,
            place: place.into().and_then(Place::known),
            message: message.into(),
            hint: None,
            notes: Vec::new(),
            also: Vec::new(),
        });
        let last = self.items.len() - 1;
        &mut self.items[last]
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Diagnostics) {
        self.items.extend(other.items);
        self.items.truncate(Self::MOST);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether there are more errors than anyone reads: time to stop looking.
    pub fn is_flood(&self) -> bool {
        self.items.len() >= 1_000
    }

    /// How many errors there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The errors in the order they were found.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// Keeps only the errors that `keep` accepts.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.items.retain(keep);
    }

    /// The errors in reading order: those without a place first, then by file and place; each once.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut items: Vec<&Diagnostic> = self.items.iter().collect();
        items.sort_by_key(|d| (d.place, d.code));
        items.dedup_by(|a, b| a == b);
        items
    }

    /// All errors as text, in reading order, in the manner of a compiler: code, file and line, the text underlined,
    /// hints and notes. The first hundred are shown.
    pub fn render(&self, sources: &SourceMap, style: Style) -> String {
        render::render(self, sources, style)
    }
}

/// User text made fit for a message: control characters are escaped, long texts are cut.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            out.push_str("...");
            break;
        }
        if c.is_control() || c == '`' { out.extend(c.escape_debug()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_with_its_code_place_and_hint() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.toml", "name = \"x\"\nsede = 4\n");
        let mut errors = Diagnostics::new();
        errors
            .error(Code::UnknownKey, Place::new(file, 11..15), "unknown key `sede`")
            .did_you_mean("sede", ["seed"]);
        let text = errors.render(&sources, Style::Plain);
        assert!(text.starts_with("error[G0201]: unknown key `sede`\n"), "{text}");
        assert!(text.contains("--> a.toml:2:1"), "{text}");
        assert!(text.contains("^^^^"), "{text}");
        assert!(text.contains("help: did you mean `seed`?"), "{text}");
    }

    #[test]
    fn places_outside_the_text_or_inside_a_character_are_shown_without_panic() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.toml", "é = \u{1b}[31m\r\n\t\u{0}ü");
        for (start, end) in [(0, 1), (1, 1), (1, 2), (9, 90), (500, 600), (7, 3)] {
            let mut errors = Diagnostics::new();
            errors
                .error(Code::Syntax, Place { file, start, end }, "bad")
                .also(Place::new(file, 0..1), "here");
            assert!(errors.render(&sources, Style::Plain).contains("G0101"));
        }
    }

    #[test]
    fn the_same_error_is_shown_once_and_in_reading_order() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.toml", "abc\ndef\n");
        let mut errors = Diagnostics::new();
        errors.error(Code::UnknownKey, Place::new(file, 4..7), "second");
        errors.error(Code::UnknownKey, Place::new(file, 0..3), "first");
        errors.error(Code::UnknownKey, Place::new(file, 4..7), "second");
        let messages: Vec<&str> = errors.sorted().iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages, ["first", "second"]);
    }

    #[test]
    fn user_text_in_a_message_is_escaped_and_cut() {
        assert_eq!(shown("a\u{1b}b"), "a\\u{1b}b");
        assert_eq!(shown(&"x".repeat(100)).len(), 63);
    }
}
