//! The deserialiser over a document's tree. Its errors carry the place of the innermost value they are about.

use crate::base::diagnostics::Place;
use crate::base::document::located::LOCATED;
use crate::base::document::{Entry, Node, Table, Value};
use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;

/// Why a tree does not fit a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    message: String,
    place: Option<Place>,
}

impl ReadError {
    /// The innermost value it is about.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    fn at(mut self, place: Place) -> Self {
        self.place = self.place.or(Some(place));
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

impl serde::de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        ReadError { message: message.to_string(), place: None }
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.value {
            Value::String(text) | Value::Datetime(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Array(items) => visitor.visit_seq(Items(items.iter())),
            Value::Table(table) => visitor.visit_map(Entries::new(table)),
        }
        .map_err(|error: ReadError| error.at(self.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let result = if name == LOCATED {
            visitor.visit_seq(Parts { node: self, given: 0 })
        } else {
            visitor.visit_newtype_struct(self)
        };
        result.map_err(|error| error.at(self.place))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let choice = match &self.value {
            Value::String(name) => Ok(Choice { name, settings: None }),
            Value::Table(table) => match table.entries.iter().next() {
                Some((name, entry)) if table.entries.len() == 1 => Ok(Choice { name, settings: Some(entry) }),
                _ => Err(ReadError::custom("expected exactly one choice")),
            },
            _ => Err(ReadError::custom(format!("expected a choice, found {}", self.type_name()))),
        };
        choice.and_then(|choice| visitor.visit_enum(choice)).map_err(|error| error.at(self.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// File, start, end, value: a [`Located`](super::Located).
struct Parts<'de> {
    node: &'de Node,
    given: u8,
}

impl<'de> SeqAccess<'de> for Parts<'de> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let place = self.node.place;
        self.given += 1;
        let number = match self.given {
            1 => place.file.0,
            2 => place.start,
            3 => place.end,
            4 => return seed.deserialize(self.node).map(Some),
            _ => return Ok(None),
        };
        let number: U32Deserializer<ReadError> = number.into_deserializer();
        seed.deserialize(number).map(Some)
    }
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        self.0.next().map(|node| seed.deserialize(node)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    entries: indexmap::map::Iter<'de, String, Entry>,
    current: Option<&'de Entry>,
}

impl<'de> Entries<'de> {
    fn new(table: &'de Table) -> Self {
        Entries { entries: table.entries.iter(), current: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let Some((key, entry)) = self.entries.next() else { return Ok(None) };
        self.current = Some(entry);
        let key: StrDeserializer<'de, ReadError> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.at(entry.key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let entry =
            self.current.take().ok_or_else(|| ReadError::custom("a value was asked for before its key"))?;
        seed.deserialize(&entry.node).map_err(|error| error.at(entry.node.place))
    }
}

/// One choice of an externally tagged enum: a text, or a table with one key.
struct Choice<'de> {
    name: &'de str,
    settings: Option<&'de Entry>,
}

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        let name: StrDeserializer<'de, ReadError> = self.name.into_deserializer();
        let value = seed.deserialize(name).map_err(|error: ReadError| match self.settings {
            Some(entry) => error.at(entry.key),
            None => error,
        })?;
        Ok((value, self))
    }
}

impl<'de> Choice<'de> {
    fn settings(&self) -> Result<&'de Node, ReadError> {
        let missing = || ReadError::custom(format!("`{}` needs its settings", self.name));
        self.settings.map(|entry| &entry.node).ok_or_else(missing)
    }
}

impl<'de> VariantAccess<'de> for Choice<'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.settings {
            None => Ok(()),
            Some(entry) => {
                Err(ReadError::custom(format!("`{}` takes no settings", self.name)).at(entry.node.place))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self.settings()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.settings()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.settings()?.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostics::{Diagnostics, SourceMap};
    use crate::base::document::{Located, Node, parse::parse};
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, PartialEq)]
    enum Kind {
        Plain,
        Wrapped(Located<String>),
        Pair(u8, u8),
        Full { factor: f64, deep: Option<Box<Kind>> },
    }

    #[derive(Debug, Deserialize)]
    struct Doc {
        kinds: Vec<Kind>,
        named: BTreeMap<String, Located<u32>>,
        absent: Option<Located<bool>>,
    }

    fn tree(text: &str) -> (Node, SourceMap) {
        let mut sources = SourceMap::new();
        let file = sources.add("a", text);
        (parse(text, file, &mut Diagnostics::new()), sources)
    }

    #[test]
    fn structs_maps_options_and_every_form_of_choice_are_read_with_their_places() {
        let (node, sources) = tree(
            "kinds = ['Plain', { Wrapped = 'w' }, { Pair = [1, 2] }, { Full = { factor = 2, deep = { Full = { factor = 0.5 } } } }]\n[named]\nx = 7\n",
        );
        let doc = Doc::deserialize(&node).expect("a document of this shape");
        assert_eq!(doc.kinds[0], Kind::Plain);
        assert!(matches!(&doc.kinds[1], Kind::Wrapped(w) if sources.text(w.place) == "'w'"));
        assert_eq!(doc.kinds[2], Kind::Pair(1, 2));
        let deep = Some(Box::new(Kind::Full { factor: 0.5, deep: None }));
        assert_eq!(doc.kinds[3], Kind::Full { factor: 2.0, deep });
        assert_eq!(sources.text(doc.named["x"].place), "7");
        assert_eq!(doc.absent, None);
    }

    #[test]
    fn an_error_names_the_innermost_place() {
        let (node, sources) = tree("kinds = [{ Full = { factor = 'two' } }]\n[named]\n");
        let error = Doc::deserialize(&node).expect_err("a text is no factor");
        assert_eq!(error.place().map(|p| sources.text(p)), Some("'two'"));
    }
}
