//! `strata.csv`: what the windows of a study were sampled from, so that stored studies can be compared window by window.
//!
//! One row for each stratum, in the order that `windows.csv` counts them by: the mode, the signature (empty for windows
//! without faults), the fingerprint of what the faults were drawn from, and its clusters by stretch of the skeleton.

use crate::report::csv::finish;
use crate::report::windows::ReadError;
use crate::study::compare::sample::{Counted, Origin};
use crate::study::strata::BLOCKS;
use ::csv::{Error, Reader, Writer};

/// Its name in a result directory.
pub const FILE: &str = "strata.csv";

const FIRST: [&str; 3] = ["mode", "signature", "skeleton"];

/// The table.
///
/// # Errors
/// Only when a row has the wrong number of cells, which this function rules out.
pub fn render(origin: &Origin) -> Result<String, Error> {
    let mut out = Writer::from_writer(Vec::new());
    let stretches = (1..=BLOCKS).map(|number| format!("stretch {number}"));
    out.write_record(FIRST.map(str::to_owned).into_iter().chain(stretches))?;
    for stratum in &origin.strata {
        let first = [
            stratum.mode.clone(),
            stratum.signature.clone().unwrap_or_default(),
            format!("{:016x}", origin.skeleton),
        ];
        let counts = (0..BLOCKS).map(|i| stratum.stretches.get(i).map_or(String::new(), f64::to_string));
        out.write_record(first.into_iter().chain(counts))?;
    }
    finish(out)
}

/// Reads a table back.
///
/// # Errors
/// [`ReadError`]: what is wrong, and on which line.
pub fn parse(text: &str) -> Result<Origin, ReadError> {
    let mut reader = Reader::from_reader(text.as_bytes());
    if !reader.headers()?.iter().take(FIRST.len()).eq(FIRST) {
        return Err(ReadError::Header(FIRST.join("`, `")));
    }
    let mut origin = Origin::default();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, |position| position.line());
        let cell = |i: usize| record.get(i).unwrap_or_default();
        let wrong = |i: usize, what| ReadError::Cell { line, cell: cell(i).to_owned(), what };
        let count = |i: usize| cell(i).parse::<f64>().ok().filter(|x| *x >= 0.0).ok_or(wrong(i, "number"));
        origin.skeleton = u64::from_str_radix(cell(2), 16).map_err(|_| wrong(2, "fingerprint"))?;
        let has_faults = !cell(1).is_empty();
        let stretches = FIRST.len()..if has_faults { record.len() } else { FIRST.len() };
        origin.strata.push(Counted {
            mode: cell(0).to_owned(),
            signature: has_faults.then(|| cell(1).to_owned()),
            stretches: stretches.map(count).collect::<Result<_, _>>()?,
        });
    }
    Ok(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strata_are_written_and_read_back_and_mistakes_have_a_place() {
        let stretches: Vec<f64> = (0..BLOCKS).map(|i| i as f64 / 8.0).collect();
        let counted = |signature: Option<&str>, stretches| Counted {
            mode: "West, US".to_owned(),
            signature: signature.map(str::to_owned),
            stretches,
        };
        let strata = vec![counted(Some("zone(leader) x2"), stretches), counted(None, Vec::new())];
        let origin = Origin { skeleton: 0xabc, strata };
        let text = render(&origin).expect("it is a table");
        assert_eq!(parse(&text).expect("it can be read"), origin);
        for (wrong, part) in [
            ("a,b\n1,2\n".to_owned(), "does not begin with"),
            (text.replacen("0.125", "some", 1), "line 2: `some` is no number"),
            (text.replace("0abc", "zzzz"), "is no fingerprint"),
        ] {
            let error = parse(&wrong).expect_err(&wrong).to_string();
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}
