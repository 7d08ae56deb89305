//! Where scenario files come from: the file system, the binary, or a text at hand.

use crate::base::diagnostics::Code;
use crate::base::document::load::{Files, closest_file, read_file};
use crate::scenario::hazards::LIBRARY;
use std::borrow::Cow;
use std::path::Path;

/// Scenarios in the binary, to be named by `extends`.
const BASES: &[(&str, &str)] = &[(
    "azure-three-regions",
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/base/azure-three-regions.toml")),
)];

/// The names of the built-in scenarios and hazards that others can extend.
pub fn base_names() -> impl Iterator<Item = &'static str> {
    BASES.iter().chain(LIBRARY).map(|(name, _)| *name)
}

fn base(name: &str) -> Option<Cow<'static, str>> {
    BASES.iter().chain(LIBRARY).find(|(known, _)| *known == name).map(|(_, text)| Cow::Borrowed(*text))
}

/// The file system.
pub(super) struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> Result<String, (Code, String)> {
        read_file(path)
    }
    fn embedded(&self, name: &str) -> Option<Cow<'static, str>> {
        base(name)
    }
    fn embedded_names(&self) -> Vec<&'static str> {
        base_names().collect()
    }
    fn meant(&self, path: &Path) -> Option<String> {
        closest_file(path)
    }
}

/// A text that stands for one file; all others are on the file system.
pub(super) struct Given<'a> {
    pub path: &'a Path,
    pub text: &'a str,
}

impl Files for Given<'_> {
    fn read(&self, path: &Path) -> Result<String, (Code, String)> {
        if path == self.path { Ok(self.text.to_string()) } else { read_file(path) }
    }
    fn embedded(&self, name: &str) -> Option<Cow<'static, str>> {
        base(name)
    }
    fn embedded_names(&self) -> Vec<&'static str> {
        base_names().collect()
    }
    fn meant(&self, path: &Path) -> Option<String> {
        closest_file(path)
    }
}
