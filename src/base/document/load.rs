//! Documents with the files they extend.

use crate::base::diagnostics::{Code, Diagnostics, Place, SourceMap, shown};
use crate::base::document::{Node, Value, merge, parse};
use crate::base::suggest;
use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// Larger files are refused: a scenario is a question, not a data set.
pub const LARGEST: u64 = 1 << 20;

/// More files than this in one chain of `extends` are refused.
const LONGEST_CHAIN: usize = 32;

/// Where documents are read from.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// The code says whether it is unreadable, too large or no text; the message says why.
    fn read(&self, path: &Path) -> Result<String, (Code, String)>;

    /// Whether there is something of this path that can be read.
    fn has(&self, path: &Path) -> bool {
        path.exists()
    }

    /// Whether files can lie in this path.
    fn has_directory(&self, path: &Path) -> bool {
        path.is_dir()
    }

    /// A built-in document.
    fn embedded(&self, name: &str) -> Option<Cow<'static, str>>;

    /// The names of all built-in documents.
    fn embedded_names(&self) -> Vec<&'static str>;

    /// The path of a document beside this one that a misspelt path most probably meant.
    fn meant(&self, path: &Path) -> Option<String>;
}

/// The TOML file in the directory of a path whose name is closest to the path's.
pub fn closest_file(path: &Path) -> Option<String> {
    let directory = path.parent()?;
    let listed = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let entries = std::fs::read_dir(listed).ok()?.flatten().map(|entry| PathBuf::from(entry.file_name()));
    let toml = entries.filter(|name| name.extension().is_some_and(|e| e == "toml"));
    let mut names: Vec<String> =
        toml.filter_map(|name| Some(name.file_stem()?.to_str()?.to_string())).collect();
    names.sort();
    let name = suggest::closest(path.file_stem()?.to_str()?, names.iter().map(String::as_str))?;
    Some(directory.join(format!("{name}.toml")).display().to_string())
}

/// Reads a file of the file system: regular files of at most [`LARGEST`] bytes.
///
/// # Errors
/// See [`Files::read`].
pub fn read_file(path: &Path) -> Result<String, (Code, String)> {
    read_text(path, LARGEST)
}

/// Reads a regular file of at most so many bytes.
///
/// # Errors
/// See [`Files::read`].
pub fn read_text(path: &Path, largest: u64) -> Result<String, (Code, String)> {
    let unreadable = |why: String| (Code::UnreadableFile, format!("cannot read `{}`: {why}", path.display()));
    let refused = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => unreadable("there is no such file".to_string()),
        std::io::ErrorKind::PermissionDenied => unreadable("permission denied".to_string()),
        _ => unreadable(error.to_string()),
    };
    let meta = std::fs::metadata(path).map_err(refused)?;
    if !meta.is_file() {
        let what = if meta.is_dir() { "it is a directory" } else { "it is not a file" };
        return Err(unreadable(what.to_string()));
    }
    if meta.len() > largest {
        return Err((Code::FileTooLarge, format!("`{}` has {} bytes", path.display(), meta.len())));
    }
    let bytes = std::fs::read(path).map_err(refused)?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        (
            Code::NotUtf8,
            format!("`{}` is not UTF-8 text: byte {at} is no part of a character", path.display()),
        )
    })
}

/// A document as read: the files it came from laid over each other.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The tree, without the `extends` keys.
    pub root: Node,
    /// Lines with syntax errors: what is found on them later is an echo.
    pub broken: Vec<Place>,
}

/// Reads a document and everything it extends; `None` if the file itself cannot be read.
pub fn load(
    path: &Path,
    files: &dyn Files,
    sources: &mut SourceMap,
    errors: &mut Diagnostics,
) -> Option<Loaded> {
    let mut loader = Loader { files, sources, errors, chain: Vec::new(), broken: Vec::new() };
    let root = loader.file(path, None)?;
    Some(Loaded { root, broken: loader.broken })
}

/// One file on the way from the first to the one being read.
#[derive(Clone, PartialEq)]
enum Link {
    File(PathBuf),
    Embedded(String),
}

struct Loader<'a> {
    files: &'a dyn Files,
    sources: &'a mut SourceMap,
    errors: &'a mut Diagnostics,
    chain: Vec<Link>,
    broken: Vec<Place>,
}

impl Loader<'_> {
    fn file(&mut self, path: &Path, named_at: Option<Place>) -> Option<Node> {
        let link = Link::File(normal(path));
        if self.circular(&link, named_at) {
            return None;
        }
        match self.files.read(path) {
            Ok(text) => Some(self.text(link, &path.display().to_string(), text, path.parent())),
            Err((code, message)) => {
                let error = self.errors.error(code, named_at, message);
                match (code, self.files.meant(path)) {
                    (Code::UnreadableFile, Some(meant)) => {
                        error.hint(format!("did you mean `{}`?", shown(&meant)));
                    }
                    (Code::UnreadableFile, None) if named_at.is_none() => {
                        error.hint("`geodes new NAME` writes a scenario to start from");
                    }
                    (Code::FileTooLarge, _) => {
                        error.hint(format!("at most {LARGEST} bytes are read"));
                    }
                    (Code::NotUtf8, _) => {
                        error.hint("save it as UTF-8");
                    }
                    _ => {}
                }
                None
            }
        }
    }

    fn embedded(&mut self, name: &str, named_at: Place) -> Option<Node> {
        let link = Link::Embedded(name.to_string());
        if self.circular(&link, Some(named_at)) {
            return None;
        }
        match self.files.embedded(name) {
            Some(text) => Some(self.text(link, &format!("built-in {name}"), text.into_owned(), None)),
            None => {
                let message = format!("no built-in scenario is called `{}`", shown(name));
                let error = self.errors.error(Code::UnknownBase, named_at, message);
                error.did_you_mean(name, self.files.embedded_names());
                error.note(format!("for a file of that name write `./{}`", shown(name)));
                None
            }
        }
    }

    fn circular(&mut self, link: &Link, named_at: Option<Place>) -> bool {
        let circle = self.chain.contains(link);
        if circle || self.chain.len() >= LONGEST_CHAIN {
            let name = match link {
                Link::File(path) => path.display().to_string(),
                Link::Embedded(name) => name.clone(),
            };
            let message = if circle {
                format!("`{}` extends itself", shown(&name))
            } else {
                format!("`{}` is reached through more than {LONGEST_CHAIN} files", shown(&name))
            };
            self.errors.error(Code::CyclicExtends, named_at, message);
            return true;
        }
        false
    }

    fn text(&mut self, link: Link, name: &str, text: String, directory: Option<&Path>) -> Node {
        let file = self.sources.add(name, text.as_str());
        let before = self.errors.len();
        let mut root = parse::parse(&text, file, self.errors);
        self.broken.extend(self.errors.iter().skip(before).filter_map(|d| d.place));
        let extends = match &mut root.value {
            Value::Table(table) => table.entries.shift_remove("extends"),
            _ => None,
        };
        let Some(extends) = extends else { return root };
        self.chain.push(link);
        let named = match &extends.node.value {
            Value::Array(bases) => bases.as_slice(),
            _ => std::slice::from_ref(&extends.node),
        };
        let bases: Vec<Node> = named.iter().filter_map(|base| self.base(base, directory)).collect();
        self.chain.pop();
        // The first is the lowest layer, the file itself the highest.
        match bases.into_iter().chain([root]).reduce(merge) {
            Some(all) => all,
            None => Node::empty_table(Place::NOWHERE),
        }
    }

    /// One of the documents that a file extends.
    fn base(&mut self, named: &Node, directory: Option<&Path>) -> Option<Node> {
        let Value::String(base) = &named.value else {
            let message = format!("`extends` takes a text or a list of texts, not {}", named.type_name());
            self.errors.error(Code::WrongType, named.place, message).hint("`extends = \"base.toml\"`");
            return None;
        };
        if is_path(base) && !self.files.embedded_names().contains(&base.as_str()) {
            let path = directory.unwrap_or(Path::new("")).join(base);
            return self.file(&path, Some(named.place));
        }
        self.embedded(base, named.place)
    }
}

/// Whether a reference is a path rather than the name of something built in.
pub fn is_path(reference: &str) -> bool {
    reference.contains('/') || reference.ends_with(".toml")
}

/// A path without `.` and `..` where they cancel: two spellings of one file compare equal.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    struct Memory(BTreeMap<&'static str, &'static str>);

    impl Files for Memory {
        fn read(&self, path: &Path) -> Result<String, (Code, String)> {
            let text = self.0.get(path.to_str().unwrap_or("")).map(|t| t.to_string());
            text.ok_or_else(|| (Code::UnreadableFile, format!("no {}", path.display())))
        }
        fn meant(&self, _: &Path) -> Option<String> {
            None
        }
        fn embedded(&self, name: &str) -> Option<Cow<'static, str>> {
            (name == "inside").then_some(Cow::Borrowed("deep = true\n"))
        }
        fn embedded_names(&self) -> Vec<&'static str> {
            vec!["inside"]
        }
    }

    fn run(files: &[(&'static str, &'static str)]) -> (Option<String>, Vec<Code>) {
        let (mut sources, mut errors) = (SourceMap::new(), Diagnostics::new());
        let files = Memory(files.iter().copied().collect());
        let loaded = load(Path::new("a/main.toml"), &files, &mut sources, &mut errors);
        (loaded.map(|l| l.root.to_string()), errors.iter().map(|d| d.code).collect())
    }

    #[test]
    fn a_base_is_found_beside_the_naming_file_or_among_the_built_in_ones() {
        let (tree, codes) = run(&[
            ("a/main.toml", "extends = '../b/base.toml'\nx = 1\n"),
            ("a/../b/base.toml", "extends = 'inside'\nx = 0\ny = 2\n"),
        ]);
        assert_eq!(codes, []);
        assert_eq!(tree.as_deref(), Some("{ deep = true, x = 1, y = 2 }"));
    }

    #[test]
    fn several_bases_are_laid_over_each_other_in_order() {
        let (tree, codes) = run(&[
            ("a/main.toml", "extends = ['./b.toml', 'inside', './c.toml']\nx = 1\n"),
            ("a/./b.toml", "x = 0\ny = 2\nz = 2\n"),
            ("a/./c.toml", "z = 3\ndeep = false\n"),
        ]);
        assert_eq!(codes, []);
        assert_eq!(tree.as_deref(), Some("{ x = 1, y = 2, z = 3, deep = false }"));
        assert_eq!(run(&[("a/main.toml", "extends = ['inside', 3]\n")]).1, [Code::WrongType]);
    }

    #[test]
    fn circles_and_missing_bases_are_reported_where_they_are_named() {
        let (_, codes) =
            run(&[("a/main.toml", "extends = './b.toml'\n"), ("a/./b.toml", "extends = '../a/main.toml'\n")]);
        assert_eq!(codes, [Code::CyclicExtends]);
        assert_eq!(run(&[("a/main.toml", "extends = 'insied'\n")]).1, [Code::UnknownBase]);
        assert_eq!(run(&[("a/main.toml", "extends = 'x.toml'\n")]).1, [Code::UnreadableFile]);
        assert_eq!(run(&[("a/main.toml", "extends = 3\n")]).1, [Code::WrongType]);
        assert_eq!(run(&[]), (None, vec![Code::UnreadableFile]));
    }

    #[test]
    fn devices_and_directories_are_not_read() {
        assert!(matches!(read_file(Path::new("/dev/zero")), Err((Code::UnreadableFile, _))));
        assert!(matches!(read_file(Path::new(".")), Err((Code::UnreadableFile, _))));
    }
}
