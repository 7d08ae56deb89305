//! Plain text in columns, for terminals and files of any width.

/// How a table is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether escape sequences for colours may be used.
    pub colour: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 110, colour: false }
    }
}

/// A meaning that is shown in colour on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be: green.
    Good,
    /// Broken: red.
    Bad,
    /// Open: yellow.
    Open,
    /// A heading: bold.
    Heading,
    /// Less important: dim.
    Quiet,
}

impl Style {
    /// The text in a tone; unchanged without colours.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Open => "33",
            Tone::Heading => "1",
            Tone::Quiet => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Breaks a text into lines of at most `width` characters, at spaces where possible. Line breaks in it are kept.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_whitespace() {
            let mut word: Vec<char> = word.chars().collect();
            if used > 0 && used + 1 + word.len() > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            while word.len() > width {
                lines.push(word.drain(..width).collect());
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            used += word.len();
            line.extend(word);
        }
        if used > 0 {
            lines.push(line);
        }
    }
    lines
}

/// A cell: its text, and the tone it is painted in.
pub type Cell = (String, Option<Tone>);

/// Rows in columns. The columns marked `true` in `right` are aligned right; the last column takes what width is left
/// and is wrapped.
pub struct Columns {
    right: Vec<bool>,
    rows: Vec<Vec<Cell>>,
}

impl Columns {
    /// No rows yet.
    pub fn new(right: &[bool]) -> Columns {
        Columns { right: right.to_vec(), rows: Vec::new() }
    }

    /// Adds a row of plain cells.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(|c| (c.into(), None)).collect());
    }

    /// Adds a row of cells with tones.
    pub fn toned(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Drops columns in which every row but the first, the heading, is empty.
    pub fn drop_empty(&mut self) {
        for c in (0..self.right.len()).rev() {
            if self.rows.iter().skip(1).all(|row| row.get(c).is_none_or(|cell| cell.0.is_empty())) {
                self.right.remove(c);
                self.rows.iter_mut().filter(|row| c < row.len()).for_each(|row| drop(row.remove(c)));
            }
        }
    }

    /// The rows as lines, each indented by `indent` columns; trailing blanks are dropped.
    pub fn render(&self, style: Style, indent: usize) -> String {
        self.render_rows(style, indent).concat()
    }

    /// How wide the table is when nothing is wrapped.
    pub fn natural_width(&self, indent: usize) -> usize {
        let count = self.right.len();
        let natural = (0..count).map(|c| self.natural(c)).sum::<usize>();
        natural + indent + 2 * count.saturating_sub(1)
    }

    /// The same, row by row, so that a caller can put lines between them.
    pub fn render_rows(&self, style: Style, indent: usize) -> Vec<String> {
        let count = self.right.len();
        let widths = self.widths(style, indent);
        let mut rows = Vec::new();
        for row in &self.rows {
            let mut out = String::new();
            let cells: Vec<Vec<String>> =
                (0..count).map(|c| row.get(c).map_or(Vec::new(), |cell| wrap(&cell.0, widths[c]))).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
            for line in 0..height {
                let mut text = " ".repeat(indent);
                for c in 0..count {
                    let cell = cells[c].get(line).map_or("", String::as_str);
                    let pad = " ".repeat(widths[c].saturating_sub(cell.chars().count()));
                    let tone = row.get(c).and_then(|cell| cell.1);
                    let painted = tone.map_or(cell.to_owned(), |tone| style.paint(tone, cell));
                    let (before, after) =
                        if self.right[c] { (pad, String::new()) } else { (String::new(), pad) };
                    text.push_str(&before);
                    text.push_str(&painted);
                    if c + 1 < count {
                        text.push_str(&after);
                        text.push_str("  ");
                    }
                }
                out.push_str(text.trim_end());
                out.push('\n');
            }
            rows.push(out);
        }
        rows
    }

    fn natural(&self, c: usize) -> usize {
        self.rows.iter().filter_map(|r| r.get(c)).map(|cell| cell.0.chars().count()).max().unwrap_or(0).max(1)
    }

    /// Natural widths; when they do not fit, the last column gives way down to 24, then the widest ones until they do,
    /// none below 12.
    fn widths(&self, style: Style, indent: usize) -> Vec<usize> {
        let count = self.right.len();
        let mut widths: Vec<usize> = (0..count).map(|c| self.natural(c)).collect();
        let room = style.width.saturating_sub(indent + 2 * count.saturating_sub(1));
        let over = widths.iter().sum::<usize>().saturating_sub(room);
        if let Some(last) = widths.last_mut() {
            *last = (*last).min((*last).saturating_sub(over).max(24));
        }
        while widths.iter().sum::<usize>() > room {
            let Some(widest) = (0..count).max_by_key(|c| widths[*c]).filter(|c| widths[*c] > 12) else {
                break;
            };
            widths[widest] -= 1;
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_spaces_and_within_words_only_when_it_must_be() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), Vec::<String>::new());
    }

    #[test]
    fn the_widest_column_gives_way() {
        let mut table = Columns::new(&[false, true, false]);
        table.row(["name", "1", "a long explanation that does not fit on the line"]);
        table.row(["other name", "20", "short"]);
        let text = table.render(Style { width: 44, colour: false }, 2);
        assert!(text.lines().all(|l| l.chars().count() <= 44), "{text}");
        assert!(text.starts_with("  name         1  a long explanation"), "{text}");
    }

    #[test]
    fn columns_without_content_are_dropped() {
        let mut table = Columns::new(&[false, true, false]);
        table.row(["a", "b", "c"]);
        table.row(["1", "", "3"]);
        table.drop_empty();
        assert_eq!(table.render(Style::default(), 0), "a  c\n1  3\n");
    }

    #[test]
    fn colours_do_not_change_the_layout() {
        let mut table = Columns::new(&[false, false]);
        table.toned(vec![("met".into(), Some(Tone::Good)), ("x".into(), None)]);
        assert_eq!(table.render(Style { width: 80, colour: false }, 0), "met  x\n");
        assert_eq!(table.render(Style { width: 80, colour: true }, 0), "\u{1b}[32mmet\u{1b}[0m  x\n");
    }
}
