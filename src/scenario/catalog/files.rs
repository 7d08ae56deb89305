//! Where a catalogue's texts come from: the binary itself, or a directory.

use super::error::CatalogError;
use crate::base::document::load;
use crate::base::suggest;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// One file's text and the name that messages give it.
pub(super) struct Text {
    /// A path, or `azure/regions.csv`.
    pub name: String,
    /// The whole file.
    pub text: Cow<'static, str>,
}

impl Text {
    /// The error of one line of this file.
    pub fn malformed(&self, line: u64, reason: impl Into<String>) -> CatalogError {
        CatalogError::Malformed { file: self.name.clone(), line, reason: reason.into() }
    }

    /// The line, from 1, of a byte of this file.
    pub fn line_of(&self, byte: usize) -> u64 {
        self.text.bytes().take(byte).filter(|b| *b == b'\n').count() as u64 + 1
    }
}

/// A built-in catalogue: its name and its files.
type Embedded = (&'static str, &'static [(&'static str, &'static str)]);

macro_rules! embedded {
    ($catalog:literal: $($file:literal),+) => {
        ($catalog, &[$((
            $file,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/catalog/", $catalog, "/", $file)),
        )),+])
    };
}

const EMBEDDED: &[Embedded] =
    &[embedded!("azure": "regions.csv", "rtt_p50_ms.csv", "rtt_p95.csv", "laws.toml", "prices.toml")];

/// The names of the built-in catalogues.
pub fn names() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _)| *name)
}

/// A place that holds a catalogue's files.
pub(super) enum Files<'a> {
    /// In the binary.
    Embedded(&'static Embedded),
    /// In a directory.
    Directory(PathBuf, &'a dyn load::Files),
}

impl<'a> Files<'a> {
    /// Finds the catalogue: a name without `/` is built in, anything else a directory relative to `base`.
    pub fn find(name: &str, base: &Path, files: &'a dyn load::Files) -> Result<Files<'a>, CatalogError> {
        if name.contains('/') || name.contains(std::path::MAIN_SEPARATOR) {
            let path = base.join(name);
            return if files.has_directory(&path) {
                Ok(Files::Directory(path, files))
            } else {
                Err(CatalogError::NoDirectory { path })
            };
        }
        EMBEDDED.iter().find(|(known, _)| *known == name).map(Files::Embedded).ok_or_else(|| {
            let known = names().map(str::to_owned).collect();
            CatalogError::Unknown {
                name: name.to_owned(),
                meant: suggest::closest(name, names()).map(str::to_owned),
                known,
            }
        })
    }

    /// The text of one file.
    pub fn read(&self, file: &str) -> Result<Text, CatalogError> {
        match self {
            Files::Embedded((catalog, files)) => {
                let name = format!("{catalog}/{file}");
                match files.iter().find(|(known, _)| *known == file) {
                    Some((_, text)) => Ok(Text { name, text: Cow::Borrowed(text) }),
                    None => Err(CatalogError::NoFile { path: name.into() }),
                }
            }
            Files::Directory(directory, files) => {
                let path = directory.join(file);
                match files.read(&path) {
                    Ok(text) => Ok(Text { name: path.display().to_string(), text: Cow::Owned(text) }),
                    Err(_) if !files.has(&path) => Err(CatalogError::NoFile { path }),
                    Err((_, reason)) => Err(CatalogError::Unreadable { path, reason }),
                }
            }
        }
    }
}
