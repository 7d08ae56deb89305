//! Where scenario files come from: the file system, the binary, or a text at hand.

use crate::base::diagnostics::Code;
use crate::base::document::load::{Files, closest_file, read_file};
use crate::scenario::hazards::LIBRARY;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

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

/// All that a scenario was read from: contents, by their names as seen from the scenario's directory, so that the same
/// scenario has the same texts wherever it lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    main: PathBuf,
    settings: Vec<String>,
    files: BTreeMap<String, String>,
}

impl Texts {
    /// The scenario itself.
    pub(super) fn main(&self) -> &Path {
        &self.main
    }

    /// What was set on the command line.
    pub(super) fn settings(&self) -> &[String] {
        &self.settings
    }
}

/// The name of a file as seen from a directory.
fn name(path: &Path, from: &Path) -> String {
    let parts = |path: &Path| -> Vec<String> {
        let plain = path.components().filter(|part| *part != Component::CurDir);
        plain.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (path, from) = (parts(path), parts(from));
    path.strip_prefix(from.as_slice()).unwrap_or(&path).join("/")
}

impl Files for Texts {
    fn read(&self, path: &Path) -> Result<String, (Code, String)> {
        let text = self.files.get(&name(path, Path::new("")));
        let missing = || (Code::UnreadableFile, format!("`{}` was not kept", path.display()));
        text.cloned().ok_or_else(missing)
    }
    fn has(&self, path: &Path) -> bool {
        self.files.contains_key(&name(path, Path::new("")))
    }
    fn has_directory(&self, path: &Path) -> bool {
        let inside = format!("{}/", name(path, Path::new("")));
        self.files.keys().any(|name| name.starts_with(&inside))
    }
    fn embedded(&self, name: &str) -> Option<Cow<'static, str>> {
        base(name)
    }
    fn embedded_names(&self) -> Vec<&'static str> {
        base_names().collect()
    }
    fn meant(&self, _: &Path) -> Option<String> {
        None
    }
}

/// Other files, and the texts that were read of them.
pub(super) struct Noting<'a> {
    files: &'a dyn Files,
    from: PathBuf,
    texts: RefCell<BTreeMap<String, String>>,
}

impl<'a> Noting<'a> {
    /// Nothing read yet of a scenario in a file of this path.
    pub fn new(files: &'a dyn Files, main: &Path) -> Noting<'a> {
        let from = main.parent().unwrap_or(Path::new("")).to_owned();
        Noting { files, from, texts: RefCell::default() }
    }

    /// What was read.
    pub fn finish(self, main: &Path, settings: &[String]) -> Texts {
        let main = name(main, &self.from).into();
        Texts { main, settings: settings.to_vec(), files: self.texts.into_inner() }
    }
}

impl Files for Noting<'_> {
    fn read(&self, path: &Path) -> Result<String, (Code, String)> {
        let text = self.files.read(path)?;
        self.texts.borrow_mut().insert(name(path, &self.from), text.clone());
        Ok(text)
    }
    fn has(&self, path: &Path) -> bool {
        self.files.has(path)
    }
    fn has_directory(&self, path: &Path) -> bool {
        self.files.has_directory(path)
    }
    fn embedded(&self, name: &str) -> Option<Cow<'static, str>> {
        self.files.embedded(name)
    }
    fn embedded_names(&self) -> Vec<&'static str> {
        self.files.embedded_names()
    }
    fn meant(&self, path: &Path) -> Option<String> {
        self.files.meant(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_has_the_same_texts_wherever_it_lies() {
        struct Anywhere;
        impl Files for Anywhere {
            fn read(&self, path: &Path) -> Result<String, (Code, String)> {
                Ok(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            }
            fn embedded(&self, _: &str) -> Option<Cow<'static, str>> {
                None
            }
            fn embedded_names(&self) -> Vec<&'static str> {
                Vec::new()
            }
            fn meant(&self, _: &Path) -> Option<String> {
                None
            }
        }
        let read = |directory: &str| {
            let main = Path::new(directory).join("main.toml");
            let noting = Noting::new(&Anywhere, &main);
            for named in ["main.toml", "./beside.toml", "../traces/outages.csv", "own/regions.csv"] {
                assert!(noting.read(&Path::new(directory).join(named)).is_ok());
            }
            noting.finish(&main, &[])
        };
        let here = read("");
        for other in [".", "a", "./a/b", "/srv/scenarios"] {
            assert_eq!(read(other), here, "{other}");
        }
        let kept = |path: &str| here.read(Path::new(path)).ok();
        assert_eq!(here.main(), Path::new("main.toml"));
        assert_eq!(kept("./../traces/outages.csv").as_deref(), Some("outages.csv"));
        assert_eq!(kept("beside.toml").as_deref(), Some("beside.toml"));
        assert!(here.has_directory(Path::new("./own")) && !here.has_directory(Path::new("owner")));
        assert_eq!(kept("other.toml"), None);
    }
}
