//! Numbers as results show them: rounded for files, readable for people.

use crate::base::time::Span;
pub use crate::base::units::percent;
use crate::base::units::trimmed as trim;

pub use crate::measure::number::round12;

/// A float for a CSV cell: rounded, shortest form; empty when there is none or it is not finite.
pub fn cell(x: Option<f64>) -> String {
    match x {
        Some(x) if x.is_finite() => format!("{}", round12(x)),
        _ => String::new(),
    }
}

/// A value with its unit, for people.
pub fn human(x: f64, unit: &str) -> String {
    if !x.is_finite() {
        return "never".to_owned();
    }
    match unit {
        "fraction" => percent(x),
        "s" => seconds(x),
        "bytes" => bytes(x),
        "bytes/s" => format!("{}/s", bytes(x)),
        "" | "count" => count(x),
        other => format!("{} {other}", count(x)),
    }
}

/// Seconds as a person would write them: `840ms`, `12.5s`, `12min 4s`.
pub fn seconds(x: f64) -> String {
    if x < 0.0 {
        return format!("-{}", seconds(-x));
    }
    Span::from_secs_f64(x).rounded().to_string()
}

/// Bytes with a decimal prefix: `12.3 kB`.
pub fn bytes(x: f64) -> String {
    let mut value = x;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value.abs() < 999.95 {
            let digits = usize::from(unit != "B" && value != 0.0);
            return format!("{} {unit}", trim(format!("{value:.digits$}")));
        }
        value /= 1_000.0;
    }
    format!("{value:.1} PB")
}

/// A count with thousands apart; up to three decimals when it is not whole.
pub fn count(x: f64) -> String {
    let text = trim(format!("{x:.3}"));
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    match digits.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", thousands(whole)),
        None => format!("{sign}{}", thousands(digits)),
    }
}

/// A whole number with thousands apart.
pub fn whole(n: u64) -> String {
    thousands(&n.to_string())
}

fn thousands(digits: &str) -> String {
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A change with its interval: `+12% [+11%, +13%]` on the scale `ratio`, else in its unit; empty when its size is not known.
pub fn change_text(
    change: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    scale: &str,
    unit: &str,
) -> String {
    let Some(change) = change else { return String::new() };
    let one = |x: f64| match scale {
        "ratio" => signed_percent(x),
        _ if unit == "fraction" => format!("{}pp", signed_percent(x).trim_end_matches('%')),
        _ if x < 0.0 => format!("-{}", human(-x, unit)),
        _ => format!("+{}", human(x, unit)),
    };
    match (low, high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", one(change), one(low), one(high)),
        _ => one(change),
    }
}

/// `+12.3%`: three significant digits, and none below a thousandth of a percent.
fn signed_percent(x: f64) -> String {
    let percent = x * 100.0;
    let decimals = match percent.abs() {
        p if p >= 100.0 => 0,
        p if p >= 10.0 => 1,
        p if p >= 1.0 => 2,
        _ => 3,
    };
    let text = trim(format!("{percent:+.decimals$}"));
    if text == "+0" || text == "-0" { "0%".to_owned() } else { format!("{text}%") }
}

/// A probability: `0.031`, `<0.001`.
pub fn probability(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { trim(format!("{p:.3}")) }
}

/// `1 write`, `2 writes`.
pub fn plural(n: u64, one: &str) -> String {
    format!("{} {one}{}", whole(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_twelve_significant_digits() {
        assert_eq!(cell(Some(0.1 + 0.2)), "0.3");
        assert_eq!(cell(Some(f64::INFINITY)), "");
    }

    #[test]
    fn a_percentage_shows_as_many_nines_as_there_are() {
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.0), "0%");
        assert_eq!(percent(0.99991234), "99.9912%");
        assert_eq!(percent(0.9990), "99.9%");
        assert_eq!(percent(0.000_012_3), "0.0012%");
        assert_eq!(percent(0.8), "80%");
    }

    #[test]
    fn times_sizes_and_counts_read_as_a_person_would_write_them() {
        assert_eq!(seconds(724.4), "12min 4s");
        assert_eq!(seconds(0.8401), "840.1ms");
        assert_eq!(seconds(12.504), "12.5s");
        assert_eq!(seconds(0.0), "0s");
        assert_eq!(bytes(12_345.0), "12.3 kB");
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(999_999.0), "1 MB");
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(count(-1_234.5), "-1,234.5");
        assert_eq!(human(f64::INFINITY, "s"), "never");
        assert_eq!(change_text(Some(0.1234), None, None, "ratio", "s"), "+12.3%");
        assert_eq!(change_text(Some(-0.5), Some(-0.6), Some(0.0), "ratio", "s"), "-50% [-60%, 0%]");
        assert_eq!(change_text(Some(-2.5), Some(-3.0), Some(1.0), "difference", "s"), "-2.5s [-3s, +1s]");
        assert_eq!(change_text(Some(0.01), None, None, "difference", "fraction"), "+1pp");
        assert_eq!(
            (change_text(None, None, None, "order", "s"), probability(0.000_2)),
            (String::new(), "<0.001".into())
        );
        assert_eq!(plural(1, "write"), "1 write");
        assert_eq!(plural(1200, "write"), "1,200 writes");
    }
}
