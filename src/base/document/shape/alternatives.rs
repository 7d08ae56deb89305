//! What a schema allows, as a flat list of alternatives.

use crate::base::units::{self, Format};
use serde_json::{Map, Value as Json};

/// The leaves of a schema's `oneOf` and `anyOf`, with references followed.
pub(super) struct Alternatives<'a> {
    leaves: Vec<&'a Json>,
    /// Every value is allowed.
    pub anything: bool,
}

/// What `$ref` refers to.
pub(super) fn target<'a>(schema: &'a Json, defs: &'a Map<String, Json>) -> Option<&'a Json> {
    let name = schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
    // JSON pointers escape `~` and `/`.
    defs.get(&name.replace("~1", "/").replace("~0", "~"))
}

impl<'a> Alternatives<'a> {
    pub fn of(schema: &'a Json, defs: &'a Map<String, Json>) -> Self {
        let mut out = Alternatives { leaves: Vec::new(), anything: false };
        out.add(schema, defs, 0);
        out
    }

    fn add(&mut self, schema: &'a Json, defs: &'a Map<String, Json>, depth: u8) {
        let list = |key: &str| schema.get(key).and_then(Json::as_array);
        if depth > 32 {
            return;
        }
        if let Some(target) = target(schema, defs) {
            self.add(target, defs, depth + 1);
        } else if let Some(all) = list("oneOf").or_else(|| list("anyOf")) {
            all.iter().for_each(|schema| self.add(schema, defs, depth + 1));
        } else if schema.get("type").and_then(Json::as_str) == Some("null") {
            // TOML has no null: an optional key is simply absent.
        } else if ["type", "const", "enum", "properties"].iter().all(|key| schema.get(key).is_none()) {
            self.anything = true;
        } else {
            self.leaves.push(schema);
        }
    }

    /// Alternatives of one JSON type.
    pub fn of_type(&self, name: &'static str) -> impl Iterator<Item = &'a Json> + '_ {
        self.leaves.iter().copied().filter(move |leaf| has_type(leaf, name))
    }

    /// Alternatives that are tables of any form.
    pub fn objects(&self) -> impl Iterator<Item = &'a Json> + '_ {
        self.of_type("object")
    }

    /// Choices with settings: their name and the schema of the settings.
    pub fn tagged(&self) -> impl Iterator<Item = (&'a str, &'a Json)> + '_ {
        let several = self.leaves.len() > 1;
        self.objects().filter_map(tag).filter(move |_| several)
    }

    /// Tables that are not choices.
    pub fn structs(&self) -> impl Iterator<Item = &'a Json> + '_ {
        let several = self.leaves.len() > 1;
        self.objects().filter(move |leaf| !several || tag(leaf).is_none())
    }

    /// Texts that name a choice.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.leaves.iter().flat_map(|leaf| names(leaf))
    }

    /// Texts of free content.
    pub fn texts(&self) -> impl Iterator<Item = &'a Json> + '_ {
        self.of_type("string").filter(|leaf| names(leaf).next().is_none())
    }

    /// The kind of quantity a text alternative stands for.
    pub fn quantity(&self) -> Option<&'static Format> {
        self.texts().find_map(quantity)
    }

    /// What is expected, in words.
    pub fn expected(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut add = |word: String| {
            if !words.contains(&word) {
                words.push(word);
            }
        };
        if self.names().next().is_some() || self.tagged().next().is_some() {
            add("one of its choices".to_string());
        }
        self.texts().for_each(|leaf| add(quantity(leaf).map_or("a text", |f| f.kind.name).to_string()));
        let plain = [
            ("integer", "a whole number"),
            ("number", "a number"),
            ("boolean", "`true` or `false`"),
            ("array", "a list"),
        ];
        for (name, word) in plain {
            self.of_type(name).for_each(|_| add(word.to_string()));
        }
        self.structs().for_each(|_| add("a table".to_string()));
        words.join(" or ")
    }
}

fn has_type(leaf: &Json, name: &str) -> bool {
    match leaf.get("type") {
        Some(Json::String(own)) => own == name,
        Some(Json::Array(all)) => all.iter().any(|own| own == name),
        _ => name == "object" && leaf.get("properties").is_some(),
    }
}

/// The only key of a table that has exactly one, required, and no others.
fn tag(leaf: &Json) -> Option<(&str, &Json)> {
    let properties = leaf.get("properties")?.as_object()?;
    let required = leaf.get("required")?.as_array()?;
    let closed = leaf.get("additionalProperties") == Some(&Json::Bool(false));
    let (name, schema) = properties.iter().next()?;
    (closed && properties.len() == 1 && required.len() == 1).then_some((name.as_str(), schema))
}

fn names(leaf: &Json) -> impl Iterator<Item = &str> {
    let listed = leaf.get("enum").and_then(Json::as_array).into_iter().flatten();
    listed.chain(leaf.get("const")).filter_map(Json::as_str)
}

pub(super) fn quantity(leaf: &Json) -> Option<&'static Format> {
    leaf.get("format").and_then(Json::as_str).and_then(units::format)
}
