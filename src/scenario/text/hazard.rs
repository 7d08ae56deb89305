//! `[[hazard]]` and `[study]`.

use super::KindText;
use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::Share;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// `[[hazard]]`: a random process that produces faults. With any, the scenario is a study. When it strikes is given by
/// `mtbf` or `to-failure` with `mttr` or `repair`, by `trace`, by `with` and `lasts`, or by `walk`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HazardText {
    /// Its name, unique in the scenario. A file that extends another changes its hazards by name.
    pub name: Located<String>,
    /// What it is, in a sentence.
    pub about: Option<String>,
    /// What it strikes, each by itself: `region:*/zone:*`, `link:*<->*`, `service`, or a list of scopes. Places, links and
    /// the service; no roles.
    pub scope: Located<ScopesText>,
    /// What its faults do.
    pub kind: Located<KindText>,
    /// The mean time from the end of a repair to the next failure; short for `to-failure = { exponential = ... }`.
    pub mtbf: Option<Located<Span>>,
    /// The law of the time from the end of a repair to the next failure.
    pub to_failure: Option<Located<SpanLaw>>,
    /// The mean time from a failure to the end of its repair; short for `repair = { exponential = ... }`.
    pub mttr: Option<Located<Span>>,
    /// The law of the time from a failure to the end of its repair.
    pub repair: Option<Located<SpanLaw>>,
    /// Outages as recorded: a CSV file with the columns `scope`, `start`, `end`. Times count from the start of the record
    /// (`36h`) or are dates (`2024-07-18T21:40:00Z`). The record is repeated for ever.
    pub trace: Option<Located<String>>,
    /// The length of the record of `trace`; unless given it ends with its last outage.
    pub period: Option<Located<Span>>,
    /// Strikes with each strike of another hazard, with some probability, for as long as `lasts`.
    #[serde(rename = "with")]
    pub along: Option<Located<WithText>>,
    /// The law of the length of its faults, when they come `with` another hazard's.
    pub lasts: Option<Located<SpanLaw>>,
    /// Planned work that goes from scope to scope.
    pub walk: Option<Located<WalkText>>,
    /// How much of its scope it takes; all of it unless given.
    pub strike: Option<Located<StrikeText>>,
    /// The faults of one strike begin at random times within this span; all at once unless given.
    pub within: Option<Located<Span>>,
    /// Where its figures are published, and how sure they are.
    pub source: Option<String>,
    /// `true` leaves a hazard out that another file gives.
    pub off: Option<bool>,
}

/// With which other hazard, and how often.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WithText {
    /// The name of the other hazard.
    pub hazard: Located<String>,
    /// In how many of its strikes.
    pub probability: Located<Share>,
}

/// Planned work, scope after scope.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WalkText {
    /// From the end of one round to the start of the next.
    pub every: Located<SpanLaw>,
    /// How long one scope takes.
    pub each: Located<SpanLaw>,
    /// Between two scopes.
    pub pause: Located<Span>,
}

/// How much of its scope a strike takes.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum StrikeText {
    /// All of it at once.
    Whole,
    /// This share of its data nodes, at least one, chosen at random.
    Share(Share),
    /// This many of its data nodes, chosen at random.
    Nodes(CountLaw),
}

/// The law of a number of nodes.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CountLaw {
    /// Always as many.
    Constant(u32),
    /// Every number between two ends equally likely.
    Uniform {
        /// The fewest.
        from: u32,
        /// The most.
        to: u32,
    },
    /// One more than a geometric law: half of all strikes take 1, a quarter 2, ... for a mean of 2.
    Geometric {
        /// The mean number, at least 1.
        mean: f64,
    },
    /// Observed numbers, each equally likely.
    Empirical(Vec<u32>),
}

/// `[study]`: how a study is made of windows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StudyText {
    /// Faults closer together than this share a window; 10min unless given.
    pub margin: Option<Located<Span>>,
    /// How long every window runs before its first fault; 30s unless given.
    pub warm_up: Option<Located<Span>>,
    /// The longest period in the system (heartbeats, TTLs, recovery points): faults meet a random part of it; 5min unless
    /// given.
    pub phase: Option<Located<Span>>,
}

/// One scope, or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopesText(pub Vec<Located<String>>);

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = ScopesText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scope or a list of scopes")
    }

    /// The place of the one scope is that of the whole value.
    fn visit_str<E: serde::de::Error>(self, one: &str) -> Result<ScopesText, E> {
        Ok(ScopesText(vec![Located::nowhere(one.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ScopesText, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(ScopesText(all))
    }
}

impl<'de> Deserialize<'de> for ScopesText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Either)
    }
}

impl JsonSchema for ScopesText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Scopes".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
    }
}
