//! CSV files whose comment lines start with `#`, read row by row with their line numbers.

use super::error::CatalogError;
use super::files::Text;
use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use serde::de::DeserializeOwned;

/// A file's header and rows; every row is as long as the header.
pub(super) struct Table {
    /// The header.
    pub header: StringRecord,
    /// The header's line.
    pub header_line: u64,
    /// The rows, each with its line.
    pub rows: Vec<(u64, StringRecord)>,
}

impl Table {
    /// Splits a file into cells. A ragged row is an error; a file without a header too.
    pub fn read(file: &Text) -> Result<Table, CatalogError> {
        let mut reader =
            ReaderBuilder::new().comment(Some(b'#')).trim(Trim::All).from_reader(file.text.as_bytes());
        let header = reader.headers().map_err(|e| problem(file, &e))?.clone();
        if header.get(0).is_none_or(str::is_empty) {
            return Err(file.malformed(1, "the file has no header line"));
        }
        let header_line = first_line(&file.text);
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|e| problem(file, &e))?;
            rows.push((row.position().map_or(0, |p| p.line()), row));
        }
        Ok(Table { header, header_line, rows })
    }

    /// The rows as records of one type, each with its line; the header must name exactly these columns, in any order.
    pub fn records<T: DeserializeOwned>(
        &self,
        file: &Text,
        columns: &[&str],
    ) -> Result<Vec<(u64, T)>, CatalogError> {
        if let Some(extra) = self.header.iter().find(|name| !columns.contains(name)) {
            return Err(file.malformed(self.header_line, format!("no column is called `{extra}`")));
        }
        if let Some(missing) = columns.iter().find(|name| self.header.iter().all(|known| known != **name)) {
            return Err(file.malformed(self.header_line, format!("column `{missing}` is missing")));
        }
        let record = |(line, row): &(u64, StringRecord)| match row.deserialize(Some(&self.header)) {
            Ok(record) => Ok((*line, record)),
            Err(e) => Err(problem(file, &e)),
        };
        self.rows.iter().map(record).collect()
    }
}

/// The line of the first row that is neither empty nor a comment; the reader itself says where the comments begin.
fn first_line(text: &str) -> u64 {
    let before = text.lines().take_while(|line| line.starts_with('#') || line.is_empty());
    before.count() as u64 + 1
}

fn problem(file: &Text, error: &csv::Error) -> CatalogError {
    let line = error.position().map_or(1, |p| p.line());
    let reason = match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header has {expected_len}")
        }
        ErrorKind::Deserialize { err, .. } => match err.field() {
            Some(field) => format!("cell {}: {}", field + 1, err.kind()),
            None => err.kind().to_string(),
        },
        ErrorKind::Utf8 { .. } => "not UTF-8 text".to_owned(),
        _ => error.to_string(),
    };
    file.malformed(line, reason)
}
