//! The texts that diagnostics point into.

use std::ops::Range;

/// A text of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of bytes of one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which text.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Place {
    /// The place of values that no text gave (defaults).
    pub const NOWHERE: Place = Place { file: FileId(u32::MAX), start: 0, end: 0 };

    /// A stretch of a text.
    pub fn new(file: FileId, range: Range<usize>) -> Place {
        let fit = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place { file, start: fit(range.start), end: fit(range.end) }
    }

    /// `None` for [`Place::NOWHERE`].
    pub fn known(self) -> Option<Place> {
        (self.file != Place::NOWHERE.file).then_some(self)
    }

    /// The part of a quoted text that `range` of its value covers; the whole place when the text was written with
    /// escapes or several quotes, so that bytes of the value are not bytes of the file.
    pub fn within(self, value: &str, range: Range<usize>) -> Place {
        let quoted = self.end.saturating_sub(self.start) as usize == value.len() + 2;
        if !quoted || range.start > range.end || range.end > value.len() {
            return self;
        }
        let at = self.start as usize + 1;
        // An empty stretch (something is missing here) still needs something to underline.
        let end = range.end.max(range.start + 1).min(value.len() + 1);
        Place::new(self.file, at + range.start..at + end)
    }
}

/// One text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// As shown: a path as the user wrote it, or a description such as `command line`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// All texts read so far.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// No texts yet.
    pub const fn new() -> Self {
        SourceMap { files: Vec::new() }
    }

    /// Adds a text.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(SourceFile { name: name.into(), text: text.into() });
        FileId((self.files.len() - 1) as u32)
    }

    /// The text, if there is one of that id.
    pub fn get(&self, file: FileId) -> Option<&SourceFile> {
        self.files.get(file.0 as usize)
    }

    /// The bytes at a place; empty if they do not exist or split a character.
    pub fn text(&self, place: Place) -> &str {
        let text = self.get(place.file).map_or("", |f| f.text.as_str());
        text.get(place.start as usize..place.end as usize).unwrap_or("")
    }

    /// Where the line begins on which a place begins.
    pub fn line_start(&self, place: Place) -> (FileId, usize) {
        let bytes = self.get(place.file).map_or(&[][..], |file| file.text.as_bytes());
        let before = &bytes[..bytes.len().min(place.start as usize)];
        (place.file, before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1))
    }

    /// `name:line`, counting lines from 1; `None` if the place is not in any text.
    pub fn line(&self, place: Place) -> Option<(&str, usize)> {
        let file = self.get(place.file)?;
        let before = file.text.as_bytes().get(..place.start as usize)?;
        Some((&file.name, 1 + before.iter().filter(|&&b| b == b'\n').count()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_of_a_quoted_text_can_be_pointed_at() {
        let mut sources = SourceMap::new();
        let file = sources.add("a", "scope = \"region:Wset US\"");
        let place = Place::new(file, 8..24);
        assert_eq!(sources.text(place.within("region:Wset US", 7..14)), "Wset US");
        assert_eq!(place.within("escaped \n", 0..2), place);
        assert_eq!(sources.line(place), Some(("a", 1)));
    }
}
