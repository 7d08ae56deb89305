//! SLA profiles: TOML files that state what a provider promises in one edition of its documentation.
//!
//! A header (`name`, `about`, `system`, `edition`, `source`) and `[[row]]` tables. A row has a `statement` (figures, in
//! our own words), `when` (facts of the plan: `{ multi-region = ["yes"] }`), a `rule` and what the rule needs:
//!
//! - `bound` (the default): `measure` and `bound` (`">= 99.99%"`, `"< 15 min"`, `"= 0"`);
//! - `staleness-bound`: lost writes stay within the account's K and T, partition by partition;
//! - `expect-loss`: `measure` must be above 0 for the loss to have been seen;
//! - `temporary`: `kind` (`read` or `write`) is restored before the fault ends;
//! - `price`: not judged.
//!
//! `fault` restricts a row to faults of a class, and optionally of a kind: `region`, `region(write)`,
//! `region(write) destroyed`, `region !destroyed`, `action(failover)`. `from` names the rows of published tables
//! that the row stands for.

use crate::measure::number::Unit;
use crate::measure::paths::{self, PathError};
use crate::measure::series::Kind;
use crate::model::sla::{SlaRow, SlaRule};
use crate::sla::bound::{self, BoundError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Embedded profiles: name and text; editions of one provider from the oldest on.
const EMBEDDED: [(&str, &str); 22] = [
    ("cosmos-db-2019", include_str!("../../scenarios/sla/cosmos-db-2019.toml")),
    ("cosmos-db-2021", include_str!("../../scenarios/sla/cosmos-db-2021.toml")),
    ("cosmos-db-2024", include_str!("../../scenarios/sla/cosmos-db-2024.toml")),
    ("cosmos-db-2026", include_str!("../../scenarios/sla/cosmos-db-2026.toml")),
    ("aurora-global-database", include_str!("../../scenarios/sla/aurora-global-database.toml")),
    ("cockroachdb-survive-region", include_str!("../../scenarios/sla/cockroachdb-survive-region.toml")),
    ("cockroachdb-survive-zone", include_str!("../../scenarios/sla/cockroachdb-survive-zone.toml")),
    ("container-registry", include_str!("../../scenarios/sla/container-registry.toml")),
    ("dynamodb-global-eventual", include_str!("../../scenarios/sla/dynamodb-global-eventual.toml")),
    ("dynamodb-global-strong", include_str!("../../scenarios/sla/dynamodb-global-strong.toml")),
    ("dynamodb-single-region", include_str!("../../scenarios/sla/dynamodb-single-region.toml")),
    ("mongodb-atlas", include_str!("../../scenarios/sla/mongodb-atlas.toml")),
    ("site-recovery-2018", include_str!("../../scenarios/sla/site-recovery-2018.toml")),
    ("site-recovery-2019", include_str!("../../scenarios/sla/site-recovery-2019.toml")),
    ("spanner-multi-region", include_str!("../../scenarios/sla/spanner-multi-region.toml")),
    ("spanner-regional", include_str!("../../scenarios/sla/spanner-regional.toml")),
    ("sql-database-zone-redundant", include_str!("../../scenarios/sla/sql-database-zone-redundant.toml")),
    ("sql-failover-group", include_str!("../../scenarios/sla/sql-failover-group.toml")),
    ("sql-geo-failover", include_str!("../../scenarios/sla/sql-geo-failover.toml")),
    ("sql-geo-restore", include_str!("../../scenarios/sla/sql-geo-restore.toml")),
    ("storage-geo-redundant", include_str!("../../scenarios/sla/storage-geo-redundant.toml")),
    ("yugabytedb-synchronous", include_str!("../../scenarios/sla/yugabytedb-synchronous.toml")),
];

/// Names and texts of the embedded profiles.
pub fn profiles() -> impl Iterator<Item = (&'static str, &'static str)> {
    EMBEDDED.into_iter()
}

/// The text of an embedded profile.
pub fn embedded(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// A profile that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// `cosmos-db-2021`
    pub name: String,
    /// One line.
    pub about: String,
    /// The system it is about.
    pub system: String,
    /// The edition of the documentation.
    pub edition: String,
    /// Where it is published.
    pub source: String,
    /// Its rows, in order.
    pub rows: Vec<SlaRow>,
    /// For each row, the rows of published tables that it stands for.
    pub from: Vec<Vec<String>>,
}

/// Why a profile cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// It is no TOML, or not of the right shape.
    #[error("{0}")]
    Shape(#[from] toml::de::Error),
    /// A row's measure is unknown.
    #[error("row `{row}`: {error}")]
    Measure {
        /// The row.
        row: String,
        /// What is wrong.
        error: PathError,
    },
    /// A row's bound cannot be read.
    #[error("row `{row}`: {error}")]
    Bound {
        /// The row.
        row: String,
        /// What is wrong.
        error: BoundError,
    },
    /// A row lacks something, has too much of it, or is there twice.
    #[error("row `{row}`: {problem}")]
    Row {
        /// The row.
        row: String,
        /// What is wrong.
        problem: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    name: String,
    about: String,
    system: String,
    edition: String,
    source: String,
    row: Vec<FileRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileRow {
    row: String,
    statement: String,
    #[serde(default)]
    when: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    rule: RuleName,
    measure: Option<String>,
    bound: Option<String>,
    kind: Option<String>,
    fault: Option<String>,
    source: Option<String>,
    #[serde(default)]
    confidence: Confidence,
    #[serde(default)]
    from: Vec<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RuleName {
    #[default]
    Bound,
    StalenessBound,
    ExpectLoss,
    Temporary,
    Price,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Confidence {
    #[default]
    Documented,
    #[serde(rename = "published third-party")]
    ThirdParty,
    Derived,
    Assumed,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// If the text is no TOML of this shape, or a row is wrong.
    pub fn parse(text: &str) -> Result<Profile, ProfileError> {
        let file: File = toml::from_str(text)?;
        let mut seen = BTreeSet::new();
        let (mut rows, mut from) = (Vec::new(), Vec::new());
        for row in file.row {
            if !seen.insert(row.row.clone()) {
                return Err(ProfileError::Row { row: row.row, problem: "there is another row of this name" });
            }
            from.push(row.from.clone());
            rows.push(row.resolve(&file.name, &file.source)?);
        }
        let (name, about, system) = (file.name, file.about, file.system);
        Ok(Profile { name, about, system, edition: file.edition, source: file.source, rows, from })
    }
}

impl FileRow {
    fn resolve(self, profile: &str, source: &str) -> Result<SlaRow, ProfileError> {
        let rule = self.rule()?;
        let confidence = match self.confidence {
            Confidence::Documented => "documented",
            Confidence::ThirdParty => "published third-party",
            Confidence::Derived => "derived",
            Confidence::Assumed => "assumed",
        };
        Ok(SlaRow {
            profile: profile.to_owned(),
            row: self.row,
            statement: self.statement,
            when: self.when.into_iter().collect(),
            rule,
            source: self.source.unwrap_or_else(|| source.to_owned()),
            confidence: confidence.to_owned(),
        })
    }

    fn rule(&self) -> Result<SlaRule, ProfileError> {
        let fault = self.fault.clone();
        let problem = |problem| ProfileError::Row { row: self.row.clone(), problem };
        let has = (self.measure.is_some(), self.bound.is_some(), self.kind.is_some());
        match (self.rule, has) {
            (RuleName::Bound, (true, true, false)) => {
                let (measure, unit) = self.measure()?;
                let text = self.bound.as_deref().unwrap_or_default();
                let bound = bound::parse(text, unit);
                let (op, value) =
                    bound.map_err(|error| ProfileError::Bound { row: self.row.clone(), error })?;
                Ok(SlaRule::Bound { measure, op, value, fault })
            }
            (RuleName::Bound, _) => Err(problem("a bound needs `measure` and `bound`, and no `kind`")),
            (RuleName::StalenessBound, (false, false, false)) => Ok(SlaRule::StalenessBound { fault }),
            (RuleName::StalenessBound, _) => Err(problem("takes no `measure`, `bound` or `kind`")),
            (RuleName::ExpectLoss, (true, false, false)) => {
                Ok(SlaRule::ExpectLoss { measure: self.measure()?.0, fault })
            }
            (RuleName::ExpectLoss, _) => Err(problem("needs `measure`, and no `bound` or `kind`")),
            (RuleName::Temporary, (false, false, true)) => {
                let kind = self.kind.as_deref().and_then(Kind::named);
                let kind = kind.ok_or_else(|| problem("`kind` is `read` or `write`"))?;
                Ok(SlaRule::Temporary { kind: kind.name().to_owned(), fault })
            }
            (RuleName::Temporary, _) => Err(problem("needs `kind`, and no `measure` or `bound`")),
            (RuleName::Price, (false, false, false)) => Ok(SlaRule::Price),
            (RuleName::Price, _) => Err(problem("takes no `measure`, `bound` or `kind`")),
        }
    }

    fn measure(&self) -> Result<(String, Unit), ProfileError> {
        let text = self.measure.clone().unwrap_or_default();
        let path = paths::parse(&text);
        let path = path.map_err(|error| ProfileError::Measure { row: self.row.clone(), error })?;
        Ok((text, path.measure.unit))
    }
}
