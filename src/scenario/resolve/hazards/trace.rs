//! Recorded outages: a CSV file with the columns `scope`, `start`, `end`.
//!
//! Times are spans from the start of the record (`36h`), or dates and times in UTC (`2024-07-18T21:40:00Z`), all of one
//! kind; dates count from the earliest start. Outages of one scope must not overlap.

use super::Context;
use super::scopes::Placed;
use crate::base::calendar::Calendar;
use crate::base::diagnostics::{Code, Place};
use crate::base::document::Located;
use crate::base::suggest;
use crate::base::time::Span;
use crate::base::units::UnitText;
use crate::model::hazard::{Process, Recorded};
use crate::scenario::text::HazardText;

/// The columns.
const COLUMNS: [&str; 3] = ["scope", "start", "end"];
/// More mistakes than this in one file are not listed.
const MISTAKES: usize = 8;

/// An instant of the record, as written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Instant {
    /// From the start of the record.
    Offset(Span),
    /// Seconds since 1970.
    Date(i64),
}

/// One row.
struct Row {
    line: u64,
    scope: usize,
    start: Instant,
    end: Instant,
}

/// Reads the record of a hazard at the given scopes.
pub(super) fn resolve(
    cx: &mut Context<'_>,
    written: &Located<String>,
    text: &HazardText,
    scopes: &[Placed],
    key: &str,
) -> Option<Process> {
    let path = cx.directory(written.place).join(&written.value);
    let content = match cx.files.read(&path) {
        Ok(content) => content,
        Err((code, message)) => {
            cx.errors.error(code, written.place, message);
            return None;
        }
    };
    if scopes.is_empty() {
        return None;
    }
    let (rows, mut mistakes) = rows(&content, scopes);
    let outages = place(&rows, &mut mistakes);
    let end = outages.iter().map(|o| o.at.0 + u128::from(o.lasts.0)).max().unwrap_or(0);
    let end = Span(u64::try_from(end).unwrap_or(u64::MAX));
    if outages.is_empty() && mistakes.is_empty() {
        mistakes.push(format!("it holds no outage: {} and a row for each", COLUMNS.join(",")));
    }
    if let Some(period) = text.period.filter(|period| period.value < end) {
        let message =
            format!("the record is {} long, but `{}` goes on to {end}", period.value, written.value);
        cx.errors.error(Code::BadTrace, period.place, message).hint("make `period` at least as long");
        return None;
    }
    if !report(cx, written.place, &written.value, mistakes) {
        return None;
    }
    let period = text.period.map(|period| period.value).unwrap_or_else(|| {
        cx.assume(format!("{key}.period"), end, "the end of the last recorded outage");
        end
    });
    Some(Process::Trace { outages, period })
}

/// Whether there are no mistakes; each is an error at the place that names the file.
fn report(cx: &mut Context<'_>, place: Place, name: &str, mistakes: Vec<String>) -> bool {
    for mistake in mistakes.iter().take(MISTAKES) {
        cx.errors.error(Code::BadTrace, place, format!("`{name}`, {mistake}"));
    }
    mistakes.is_empty()
}

fn rows(content: &str, scopes: &[Placed]) -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(content.as_bytes());
    let headers =
        reader.headers().map(|h| h.iter().map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default();
    let columns: Vec<Option<usize>> = COLUMNS.iter().map(|c| headers.iter().position(|h| h == c)).collect();
    let [Some(scope), Some(start), Some(end)] = columns[..] else {
        mistakes.push(format!(
            "line 1: the columns are `{}`, not `{}`",
            COLUMNS.join(","),
            headers.join(",")
        ));
        return (rows, mistakes);
    };
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cell = |column: usize| record.get(column).unwrap_or("");
                match row(line, [cell(scope), cell(start), cell(end)], scopes) {
                    Ok(row) => rows.push(row),
                    Err(why) => mistakes.push(format!("line {line}: {why}")),
                }
            }
            Err(error) => mistakes.push(error.to_string()),
        }
    }
    (rows, mistakes)
}

fn row(line: u64, [scope, start, end]: [&str; 3], scopes: &[Placed]) -> Result<Row, String> {
    let Some(index) = scopes.iter().position(|placed| placed.exposed.path == scope) else {
        let hint = suggest::hint(scope, scopes.iter().map(|placed| placed.exposed.path.as_str()));
        return Err(format!(
            "`{scope}` is not in the hazard's `scope`{}",
            hint.map_or(String::new(), |h| format!(": {h}"))
        ));
    };
    Ok(Row { line, scope: index, start: instant(start)?, end: instant(end)? })
}

fn instant(text: &str) -> Result<Instant, String> {
    match date(text) {
        Some(seconds) => Ok(Instant::Date(seconds)),
        None => Span::parse(text).map(Instant::Offset).map_err(|error| {
            format!("`{text}` is neither a time from the start of the record nor a date `2024-07-18T21:40:00Z` ({error})")
        }),
    }
}

/// Seconds since 1970 of `2024-07-18T21:40:00Z`; a space for the `T`, and leaving out the seconds or the `Z`, are allowed.
fn date(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let number =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
    let mut parts = day.split('-').map(number);
    let (year, month, date) = (parts.next()??, parts.next()??, parts.next()??);
    let mut clock = time.split(':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().unwrap_or(Some(0))?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *days.get(usize::try_from(month - 1).ok()?)?;
    let good = (1..=length).contains(&date)
        && hour < 24
        && minute < 60
        && second < 60
        && (1900..3000).contains(&year);
    let valid = good && parts.next().is_none() && clock.next().is_none();
    // Days from the civil calendar: years that begin in March, so that the leap day comes last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + date - 1 - 719_468;
    valid.then_some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// The rows on one time axis, by onset; what is reversed, mixed or overlaps is a mistake.
fn place(rows: &[Row], mistakes: &mut Vec<String>) -> Vec<Recorded> {
    let dates = rows.iter().flat_map(|row| [row.start, row.end]);
    let origin = dates.filter_map(|at| if let Instant::Date(s) = at { Some(s) } else { None }).min();
    let offset = |at: Instant| match (at, origin) {
        (Instant::Date(s), Some(origin)) => Some(Span::secs(s.abs_diff(origin))),
        (Instant::Offset(span), None) => Some(span),
        _ => None,
    };
    let mut placed: Vec<(Recorded, u64)> = Vec::new();
    for row in rows {
        match (offset(row.start), offset(row.end)) {
            (Some(start), Some(end)) if end > start => {
                let at = Calendar::ZERO + start;
                placed.push((Recorded { scope: row.scope, at, lasts: end.saturating_sub(start) }, row.line));
            }
            (Some(_), Some(_)) => {
                mistakes.push(format!("line {}: it ends before it begins, or at once", row.line))
            }
            _ => mistakes
                .push(format!("line {}: dates and times from the start of the record are mixed", row.line)),
        }
    }
    placed.sort_by_key(|(outage, line)| (outage.at, outage.scope, *line));
    let mut last: std::collections::BTreeMap<usize, (Calendar, u64)> = Default::default();
    for (outage, line) in &placed {
        if let Some((end, other)) = last.get(&outage.scope)
            && outage.at < *end
        {
            mistakes.push(format!("line {line}: it overlaps the outage of the same scope in line {other}"));
        }
        last.insert(outage.scope, (outage.at + outage.lasts, *line));
    }
    placed.into_iter().map(|(outage, _)| outage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_seconds_and_know_leap_years() {
        assert_eq!(date("1970-01-01"), Some(0));
        assert_eq!(date("2024-07-18T21:40:00Z"), Some(1_721_338_800));
        assert_eq!(date("2024-02-29 12:00"), Some(1_709_208_000));
        for wrong in
            ["2023-02-29", "2024-13-01", "2024-01-01T24:00", "2024-01-01T00:00:00:00", "36h", "", "2024-1"]
        {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }
}
