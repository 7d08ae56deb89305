//! Document sizes: one size, or a law of sizes.

use crate::base::dist::Law;
use crate::base::units::{Bytes, UnitText};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// `"2KiB"`, or a law of sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SizeText {
    /// All documents have this size.
    Same(Bytes),
    /// Sizes differ.
    Law(SizeLaw),
}

/// A law of sizes: `{ lognormal = { median = "2KiB", p95 = "40KiB" } }`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SizeLaw {
    /// Always this size.
    Constant(Bytes),
    /// Every size between two ends equally likely.
    Uniform {
        /// The smallest.
        from: Bytes,
        /// The largest.
        to: Bytes,
    },
    /// Lognormal, by two quantiles.
    Lognormal {
        /// Half are smaller.
        median: Bytes,
        /// 95 of 100 are smaller.
        p95: Bytes,
    },
}

impl SizeText {
    /// The law in bytes, and its least and greatest usual size (for a lognormal law its two quantiles).
    pub fn law(self) -> (Law, Bytes, Bytes) {
        match self {
            SizeText::Same(size) | SizeText::Law(SizeLaw::Constant(size)) => {
                (Law::Constant(size.0 as f64), size, size)
            }
            SizeText::Law(SizeLaw::Uniform { from, to }) => {
                (Law::Uniform { low: from.0 as f64, high: to.0 as f64 }, from, to)
            }
            SizeText::Law(SizeLaw::Lognormal { median, p95 }) => {
                (Law::lognormal_median_p95(median.0 as f64, p95.0 as f64), median, p95)
            }
        }
    }
}

struct SizeVisitor;

impl<'de> Visitor<'de> for SizeVisitor {
    type Value = SizeText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size or a law of sizes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SizeText, E> {
        Bytes::parse(text).map(SizeText::Same).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SizeText, A::Error> {
        SizeLaw::deserialize(MapAccessDeserializer::new(map)).map(SizeText::Law)
    }
}

impl<'de> Deserialize<'de> for SizeText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SizeVisitor)
    }
}

impl JsonSchema for SizeText {
    fn schema_name() -> Cow<'static, str> {
        "SizeOrLaw".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (size, law) = (generator.subschema_for::<Bytes>(), generator.subschema_for::<SizeLaw>());
        json_schema!({ "anyOf": [size, law] })
    }
}
