//! Numbers and truth values.

use super::alternatives::Alternatives;
use super::{Walker, what};
use crate::base::diagnostics::Code;
use crate::base::document::{Node, Value};
use serde_json::Value as Json;

impl<'a> Walker<'a> {
    pub(super) fn scalar(&mut self, node: &Node, alternatives: &Alternatives<'a>, path: &str) {
        let integer = alternatives.of_type("integer").next();
        let number = alternatives.of_type("number").next();
        match (&node.value, integer, number) {
            (Value::Integer(n), Some(schema), _) => self.whole_number(node, *n, schema, path),
            (Value::Integer(n), None, Some(schema)) => self.number(node, *n as f64, schema, path),
            (Value::Float(n), _, Some(schema)) => self.number(node, *n, schema, path),
            (Value::Bool(_), _, _) if alternatives.of_type("boolean").next().is_some() => {}
            _ => self.wrong_type(node, alternatives, path),
        }
    }

    fn whole_number(&mut self, node: &Node, n: i64, schema: &Json, path: &str) {
        let (mut low, mut high) = match schema.get("format").and_then(Json::as_str) {
            Some("uint8") => (0, u8::MAX.into()),
            Some("uint16") => (0, u16::MAX.into()),
            Some("uint32") => (0, u32::MAX.into()),
            Some("uint" | "uint64" | "uint128") => (0, i64::MAX),
            Some("int8") => (i8::MIN.into(), i8::MAX.into()),
            Some("int16") => (i16::MIN.into(), i16::MAX.into()),
            Some("int32") => (i32::MIN.into(), i32::MAX.into()),
            _ => (i64::MIN, i64::MAX),
        };
        let bound = |key: &str| schema.get(key).and_then(Json::as_f64);
        low = low.max(bound("minimum").map_or(i64::MIN, |b| b as i64));
        high = high.min(bound("maximum").map_or(i64::MAX, |b| b as i64));
        if n < low {
            self.out_of_range(node, path, format!("at least {low}"));
        } else if n > high {
            self.out_of_range(node, path, format!("at most {high}"));
        }
    }

    fn number(&mut self, node: &Node, n: f64, schema: &Json, path: &str) {
        let bound = |key: &str| schema.get(key).and_then(Json::as_f64);
        let limit = [
            (!n.is_finite()).then(|| "finite".to_string()),
            bound("minimum").filter(|b| n < *b).map(|b| format!("at least {b}")),
            bound("maximum").filter(|b| n > *b).map(|b| format!("at most {b}")),
            bound("exclusiveMinimum").filter(|b| n <= *b).map(|b| format!("above {b}")),
            bound("exclusiveMaximum").filter(|b| n >= *b).map(|b| format!("below {b}")),
        ];
        if let Some(limit) = limit.into_iter().flatten().next() {
            self.out_of_range(node, path, limit);
        }
    }

    fn out_of_range(&mut self, node: &Node, path: &str, limit: String) {
        let message = format!("{} must be {limit}, not {node}", what(path));
        self.errors.error(Code::NumberOutOfRange, node.place, message);
    }
}
