//! `--fail-on 'rto.write.p99 > +10%'`: a change that must not be exceeded.
//!
//! Three answers: a regression, where it is shown that the change is beyond the margin; kept, where it is shown that it is
//! not; else inconclusive. The risk of either wrong answer is 2.5 % (of a wrong regression, for all gates of a comparison
//! together). Below [`FOR_TEST`] pairs there is no such test: then all of them must agree.

use crate::base::units::{Bytes, SignedSpan, UnitText};
use crate::measure::number::Unit;
use crate::study::compare::aspect::Aspect;
use crate::study::compare::change::Bounds;
use crate::study::compare::contrast::{Contrast, Margin};
use thiserror::Error;

/// Pairs from which on a test is made.
pub const FOR_TEST: u64 = 6;

/// The risk of calling something a regression that is none, and of calling it kept when it is one.
pub const RISK: f64 = 0.025;

/// A change that must not be exceeded.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// As it was written.
    pub text: String,
    /// What is compared.
    pub aspect: Aspect,
    /// Whether larger values fail (`>`), rather than smaller ones.
    pub above: bool,
    /// The change that is still allowed; negative for `<`.
    pub margin: Margin,
}

/// Why a text is no gate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("--fail-on `{text}`: {why}; it is written like `rto.write.p99 > +10%`")]
pub struct GateError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

/// What a gate came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The change is not beyond the margin.
    Kept,
    /// It is.
    Regression,
    /// Neither is shown.
    Inconclusive,
}

impl Gate {
    /// Reads `MEASURE > CHANGE` or `MEASURE < CHANGE`; a change is a percentage, or an amount in the measure's unit.
    ///
    /// # Errors
    /// An unknown measure (with the one that was probably meant), no comparison, or no such change.
    pub fn parse(text: &str) -> Result<Gate, GateError> {
        let wrong = |why: String| GateError { text: text.to_owned(), why };
        let Some(at) = text.rfind(['>', '<']) else {
            return Err(wrong("it has neither `>` nor `<`".to_owned()));
        };
        let (measure, above) = (text[..at].trim(), text.as_bytes()[at] == b'>');
        let change = text[at + 1..].trim();
        if change.starts_with('=') {
            return Err(wrong("write `>` or `<`: a change of just the margin is allowed".to_owned()));
        }
        if measure.is_empty() {
            return Err(wrong("it names no measure".to_owned()));
        }
        let aspect = Aspect::parse(measure).map_err(|error| wrong(error.to_string()))?;
        let margin = margin(change, aspect.unit).map_err(wrong)?;
        let (Margin::Relative(size) | Margin::Absolute(size)) = margin;
        if (size < 0.0 && above) || (size > 0.0 && !above) {
            let op = if above { '>' } else { '<' };
            return Err(wrong(format!("`{op} {change}` would fail where nothing changed")));
        }
        if matches!(margin, Margin::Relative(size) if size <= -1.0) {
            return Err(wrong(format!("nothing can fall by `{change}`")));
        }
        Ok(Gate { text: text.trim().to_owned(), aspect, above, margin })
    }

    /// The probability that nothing beyond the margin happened and it still looks like this: what Holm's correction takes.
    pub fn probability(&self, found: &Contrast) -> Option<f64> {
        if self.above { found.exceeds } else { found.within }
    }

    /// Judges by pairs or windows; `adjusted` is [`Gate::probability`], corrected for the other gates. `pairs` is their
    /// number if they are pairs.
    pub fn judge(&self, found: &Contrast, adjusted: Option<f64>, pairs: Option<u64>) -> Held {
        if pairs.is_some_and(|n| n < FOR_TEST) {
            return match found.unanimous * if self.above { 1 } else { -1 } {
                1 => Held::Regression,
                -1 => Held::Kept,
                _ => Held::Inconclusive,
            };
        }
        let kept = if self.above { found.within } else { found.exceeds };
        match (adjusted, kept) {
            (Some(p), _) if p <= RISK => Held::Regression,
            (_, Some(p)) if p <= RISK => Held::Kept,
            _ => Held::Inconclusive,
        }
    }

    /// Judges by an interval of either side: they must not overlap, the margin between them.
    pub fn judge_bounds(&self, base: Bounds, new: Bounds) -> Held {
        let allowed = |x: f64| match self.margin {
            Margin::Relative(m) => (1.0 + m) * x,
            Margin::Absolute(m) => x + m,
        };
        let (low, high) = (base.1.map(allowed), base.2.map(allowed));
        let over = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| a > b);
        let under = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| a <= b);
        let (beyond, kept) = match self.above {
            true => (over(new.1, high), under(new.2, low)),
            false => (over(low, new.2), under(high, new.1)),
        };
        match (beyond, kept) {
            (true, _) => Held::Regression,
            (_, true) => Held::Kept,
            _ => Held::Inconclusive,
        }
    }
}

/// `+10%`, `30s`, `+5`.
fn margin(text: &str, unit: Unit) -> Result<Margin, String> {
    if text.is_empty() {
        return Err("it names no change".to_owned());
    }
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    if let Some(percent) = text.strip_suffix('%') {
        let percent = number(percent).ok_or_else(|| format!("`{text}` is no percentage"))?;
        return Ok(Margin::Relative(percent / 100.0));
    }
    if number(text) == Some(0.0) {
        return Ok(Margin::NONE);
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unit {
        Unit::Seconds => match SignedSpan::parse(text.trim_start_matches('+')) {
            Ok(span) => Ok(Margin::Absolute(span.0 as f64 / 1e9)),
            Err(error) => Err(format!("`{text}` is neither a percentage nor a time: {error}")),
        },
        Unit::Bytes | Unit::BytesPerSecond => match Bytes::parse(unsigned) {
            Ok(bytes) => Ok(Margin::Absolute(sign * bytes.0 as f64)),
            Err(error) => Err(format!("`{text}` is neither a percentage nor a size: {error}")),
        },
        Unit::Fraction => Err(format!("`{text}` is no percentage, such as +10% of what there was")),
        Unit::Count | Unit::Dollars | Unit::Observed => match number(text) {
            Some(x) => Ok(Margin::Absolute(x)),
            None => Err(format!("`{text}` is neither a percentage nor a number")),
        },
    }
}

#[cfg(test)]
mod tests;
