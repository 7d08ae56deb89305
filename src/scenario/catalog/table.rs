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
        if header.is_empty() {
            return Err(file.malformed(1, "the file is empty"));
        }
        let header_line = header.position().map_or(1, |p| p.line());
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|e| problem(file, &e))?;
            rows.push((row.position().map_or(0, |p| p.line()), row));
        }
        Ok(Table { header, header_line, rows })
    }

    /// The rows as records of one type, each with its line.
    pub fn records<T: DeserializeOwned>(&self, file: &Text) -> Result<Vec<(u64, T)>, CatalogError> {
        let record = |(line, row): &(u64, StringRecord)| match row.deserialize(Some(&self.header)) {
            Ok(record) => Ok((*line, record)),
            Err(e) => Err(problem(file, &e)),
        };
        self.rows.iter().map(record).collect()
    }
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
