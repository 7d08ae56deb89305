//! A figure with where it came from and how sure it is.

use super::error::CatalogError;
use super::files::Text;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;
use toml::Spanned;

/// How sure a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Confidence {
    /// The provider states it.
    #[serde(rename = "documented")]
    Documented,
    /// Computed from stated figures.
    #[serde(rename = "derived")]
    Derived,
    /// Somebody else measured it.
    #[serde(rename = "published third-party")]
    ThirdParty,
    /// Chosen; the source says why.
    #[serde(rename = "assumed")]
    Assumed,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Confidence::Documented => "documented",
            Confidence::Derived => "derived",
            Confidence::ThirdParty => "published third-party",
            Confidence::Assumed => "assumed",
        })
    }
}

/// `{ value = ..., confidence = "assumed", source = "why" }`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Figure<T> {
    /// The figure and its place.
    pub value: Spanned<T>,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where it comes from, or why it was chosen.
    pub source: String,
}

impl<T> Figure<T> {
    /// The value, if it is as it must be; otherwise the error of its line.
    pub fn check(&self, file: &Text, must: &str, good: impl Fn(&T) -> bool) -> Result<&T, CatalogError> {
        let value = self.value.get_ref();
        if good(value) {
            return Ok(value);
        }
        Err(file.malformed(file.line_of(self.value.span().start), format!("the value must be {must}")))
    }

    /// `documented: the page`
    pub fn origin(&self) -> String {
        format!("{}: {}", self.confidence, self.source)
    }
}

/// A whole TOML file as one type.
pub(super) fn parse<T: DeserializeOwned>(file: &Text) -> Result<T, CatalogError> {
    toml::from_str(&file.text)
        .map_err(|e| file.malformed(e.span().map_or(1, |span| file.line_of(span.start)), e.message()))
}
