//! `windows.csv`: the values of each window, so that stored results can be compared pair by pair without another run.
//!
//! The first columns say which window it is (seed or key), its stratum and weight in a study, and the fingerprint of its
//! events. An empty cell is no value; `inf` is 'not restored'. It holds at most [`MOST_VALUES`] values.

use crate::base::stats::round12;
use crate::report::csv::finish;
use crate::study::compare::sample::{MOST_VALUES, Row, Sample};
use ::csv::{Error, Reader, Writer};
use indexmap::IndexSet;
use thiserror::Error;

/// Its name in a result directory.
pub const FILE: &str = "windows.csv";

const FIRST: [&str; 4] = ["window", "stratum", "weight", "digest"];

/// Why a text is no table of windows.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is no table, or rows differ in length.
    #[error(transparent)]
    Csv(#[from] Error),
    /// The first columns have other names.
    #[error("it does not begin with the columns `{0}`")]
    Header(String),
    /// A cell holds something else than it should.
    #[error("line {line}: `{cell}` is no {what}")]
    Cell {
        /// Which line, from 1.
        line: u64,
        /// What stands there.
        cell: String,
        /// What should.
        what: &'static str,
    },
}

/// The table.
///
/// # Errors
/// Only when a row has the wrong number of cells, which this function rules out.
pub fn render(sample: &Sample) -> Result<String, Error> {
    let mut out = Writer::from_writer(Vec::new());
    out.write_record(FIRST.into_iter().chain(sample.columns.iter().map(String::as_str)))?;
    for row in &sample.rows {
        let first = [
            row.key.to_string(),
            row.stratum.to_string(),
            round12(row.weight).to_string(),
            format!("{:016x}", row.digest),
        ];
        let value = |i: usize| match row.values.get(i).copied().flatten() {
            None => String::new(),
            Some(x) => round12(x).to_string(),
        };
        out.write_record(first.into_iter().chain((0..sample.columns.len()).map(value)))?;
    }
    finish(out)
}

/// Reads a table back.
///
/// # Errors
/// [`ReadError`]: what is wrong, and on which line.
pub fn parse(text: &str) -> Result<Sample, ReadError> {
    let mut reader = Reader::from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    if !header.iter().take(FIRST.len()).eq(FIRST) {
        return Err(ReadError::Header(FIRST.join("`, `")));
    }
    let columns: IndexSet<String> = header.iter().skip(FIRST.len()).map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records().take(MOST_VALUES) {
        let record = record?;
        let line = record.position().map_or(0, |position| position.line());
        let cell = |i: usize| record.get(i).unwrap_or_default();
        let wrong = |i: usize, what| ReadError::Cell { line, cell: cell(i).to_owned(), what };
        let value = |i: usize| match cell(i) {
            "" => Ok(None),
            text => text.parse::<f64>().ok().filter(|x| !x.is_nan()).map(Some).ok_or(wrong(i, "number")),
        };
        rows.push(Row {
            key: cell(0).parse().map_err(|_| wrong(0, "window"))?,
            stratum: cell(1).parse().map_err(|_| wrong(1, "stratum"))?,
            weight: value(2)?.ok_or(wrong(2, "weight"))?,
            digest: u64::from_str_radix(cell(3), 16).map_err(|_| wrong(3, "fingerprint"))?,
            values: (0..columns.len()).map(|i| value(FIRST.len() + i)).collect::<Result<_, _>>()?,
        });
    }
    Ok(Sample { columns, rows, ..Sample::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sample {
        let row = |key: u64, values: &[Option<f64>]| Row {
            key,
            stratum: 2,
            weight: 0.25,
            digest: 0xab,
            values: values.to_vec(),
        };
        Sample {
            columns: ["rto.write[region(write)]", "latency.read@East US.p50"].map(str::to_owned).into(),
            rows: vec![row(u64::MAX, &[Some(f64::INFINITY), None]), row(7, &[Some(1.0 / 3.0), Some(1e-9)])],
            ..Sample::default()
        }
    }

    #[test]
    fn a_table_of_windows_is_written_and_read_back() {
        let text = render(&sample()).expect("it is a table");
        let mut expected = sample();
        expected.rows[1].values[0] = Some(0.333_333_333_333);
        assert_eq!(parse(&text).expect("it can be read"), expected);
    }

    #[test]
    fn what_is_no_table_of_windows_is_refused_with_its_place() {
        let text = render(&sample()).expect("it is a table");
        for (wrong, part) in [
            ("a,b\n1,2\n".to_owned(), "does not begin with"),
            (text.replace("0.25", "heavy"), "line 2: `heavy` is no number"),
            (text.replace("00ab", "zzzz"), "is no fingerprint"),
            (text.replace("\n7,", "\nseven,"), "line 3: `seven` is no window"),
            (text.replace("inf", "NaN"), "`NaN` is no number"),
            (format!("{text}1,2\n"), "record"),
        ] {
            let error = parse(&wrong).expect_err(&wrong).to_string();
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}
