//! The hazard library: `scenarios/hazards/`, in the binary, to be named by `extends`.

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        &[$((
            concat!("hazards/", $name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hazards/", $name, ".toml")),
        )),*]
    };
}

/// Names as `extends` takes them, and the texts.
pub(super) const LIBRARY: &[(&str, &str)] = library![
    "disk",
    "node",
    "node-bursts",
    "node-loss",
    "rack",
    "power",
    "cooling",
    "top-of-rack-switch",
    "aggregation-switch",
    "wan-link",
    "zone",
    "region",
    "region-most-exposed",
    "control-plane",
    "gray-node",
    "gray-rack",
    "gray-link",
    "stuck-failover",
    "maintenance",
    "public-record",
];

/// A file of hazards in the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As `extends` takes it: `hazards/zone`.
    pub name: &'static str,
    /// What it is about, in a sentence: the comment that the file begins with.
    pub summary: &'static str,
    /// The file.
    pub text: &'static str,
}

/// All of them.
pub fn library() -> impl Iterator<Item = Entry> {
    LIBRARY.iter().map(|(name, text)| {
        let first = text.lines().next().unwrap_or_default();
        Entry { name, summary: first.trim_start_matches(['#', ' ']), text }
    })
}

/// The file of a name, with or without `hazards/`.
pub fn find(name: &str) -> Option<Entry> {
    library().find(|entry| entry.name == name || entry.name.strip_prefix("hazards/") == Some(name))
}
