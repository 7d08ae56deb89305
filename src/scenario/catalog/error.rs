//! What can be wrong with a catalogue, with a hint for each.

use std::path::PathBuf;
use thiserror::Error;

/// Why a catalogue cannot be used, or a question to it has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CatalogError {
    /// A name without `/` that is not built in.
    #[error("no catalogue is called `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The built-in name it most probably meant.
        meant: Option<String>,
        /// All built-in names.
        known: Vec<String>,
    },
    /// A path that is not a directory.
    #[error("no catalogue directory at `{}`", path.display())]
    NoDirectory {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A directory that lacks one of the files.
    #[error("the catalogue has no file `{}`", path.display())]
    NoFile {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file that is there but cannot be read as text.
    #[error("{reason}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system or the decoder said; it names the file.
        reason: String,
    },
    /// A row or an entry that makes no sense.
    #[error("{file}:{line}: {reason}")]
    Malformed {
        /// Path of the file, or `azure/regions.csv` for a built-in one.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// What is wrong there.
        reason: String,
    },
    /// A file that names a region which `regions.csv` does not list.
    #[error("{file}:{line}: region `{name}` is not in regions.csv")]
    Unlisted {
        /// Path of the file, or `azure/rtt_p50_ms.csv` for a built-in one.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// The name as written.
        name: String,
        /// The listed name it most probably meant.
        meant: Option<String>,
    },
    /// A question about a region that the catalogue does not have.
    #[error("catalogue `{catalog}` has no region `{name}`")]
    UnknownRegion {
        /// The catalogue's name.
        catalog: String,
        /// The name as written.
        name: String,
        /// The region it most probably meant.
        meant: Option<String>,
    },
    /// Two listed regions between which no round trip is published, in either direction.
    #[error("catalogue `{catalog}` has no round trip between `{from}` and `{to}`")]
    NoRoundTrip {
        /// The catalogue's name.
        catalog: String,
        /// Where the message leaves.
        from: String,
        /// Where it goes.
        to: String,
        /// Which of the two has no published round trip at all.
        unmeasured: Option<String>,
    },
}

impl CatalogError {
    /// What to try, as a sentence fragment; a name when one is close.
    pub fn hint(&self) -> String {
        let did_you_mean = |meant: &Option<String>, otherwise: &str| match meant {
            Some(name) => format!("did you mean `{name}`?"),
            None => otherwise.to_owned(),
        };
        match self {
            CatalogError::Unknown { meant, known, .. } => did_you_mean(
                meant,
                &format!(
                    "built in: `{}`; a directory is written with a `/`, as `./my-cloud`",
                    known.join("`, `")
                ),
            ),
            CatalogError::NoDirectory { .. } => {
                "paths are relative to the file that names them; a name without `/` is a built-in catalogue"
                    .into()
            }
            CatalogError::NoFile { .. } => {
                "a catalogue is regions.csv, rtt_p50_ms.csv, rtt_p95.csv, laws.toml and prices.toml".into()
            }
            CatalogError::Unreadable { .. } => "the files of a catalogue are UTF-8 text".into(),
            CatalogError::Malformed { .. } => {
                "the built-in catalogue under scenarios/catalog/azure shows every file's form".into()
            }
            CatalogError::Unlisted { meant, .. } => {
                did_you_mean(meant, "add it to regions.csv, or remove it here")
            }
            CatalogError::UnknownRegion { meant, .. } => {
                did_you_mean(meant, "`geodes list regions` prints them all")
            }
            CatalogError::NoRoundTrip { unmeasured: Some(region), .. } => {
                format!(
                    "no round trip of `{region}` is published: choose another region, or a catalogue that has it"
                )
            }
            CatalogError::NoRoundTrip { .. } => "choose another pair, or a catalogue that has it".into(),
        }
    }
}
