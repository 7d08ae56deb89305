//! How long until the service goes back: always as long, or a law.

use crate::base::dist::text::SpanLaw;
use crate::base::time::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A length of time, such as `"4h"`, or a law: what is written says which.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait(pub SpanLaw);

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Wait;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time or a law")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Wait, E> {
        Span::deserialize(StrDeserializer::new(text)).map(|span| Wait(SpanLaw::Constant(span)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Wait, A::Error> {
        SpanLaw::deserialize(MapAccessDeserializer::new(map)).map(Wait)
    }
}

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Either)
    }
}

impl JsonSchema for Wait {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Wait".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (span, law) = (generator.subschema_for::<Span>(), generator.subschema_for::<SpanLaw>());
        json_schema!({ "anyOf": [span, law] })
    }
}
