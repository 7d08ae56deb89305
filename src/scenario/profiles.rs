//! Where SLA tables come from: the binary, or a file.

use crate::base::diagnostics::Code;
use crate::base::document::load::{Files, is_path};
use crate::model::sla::SlaRow;
use crate::sla::profile::{self, Profile, ProfileError};
use std::path::Path;

/// Where SLA tables come from.
pub trait Profiles: Sync {
    /// The rows of a table: a name without `/` or `.toml` is built in, anything else a path relative to `base`, read from
    /// `files`.
    ///
    /// # Errors
    /// The code says whether it is unknown or malformed, the message why.
    fn rows(&self, name_or_path: &str, base: &Path, files: &dyn Files)
    -> Result<Vec<SlaRow>, (Code, String)>;

    /// The names of the built-in tables.
    fn names(&self) -> Vec<String>;
}

/// The tables that come with Geodes, and files.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltinProfiles;

impl Profiles for BuiltinProfiles {
    fn rows(&self, name: &str, base: &Path, files: &dyn Files) -> Result<Vec<SlaRow>, (Code, String)> {
        if is_path(name) {
            let path = base.join(name);
            return parse(&path.display().to_string(), &files.read(&path)?);
        }
        match profile::embedded(name) {
            Some(text) => parse(name, text),
            None => {
                let name = crate::base::diagnostics::shown(name);
                Err((Code::UnknownProfile, format!("no SLA profile is called `{name}`")))
            }
        }
    }

    fn names(&self) -> Vec<String> {
        profile::profiles().map(|(name, _)| name.to_string()).collect()
    }
}

fn parse(name: &str, text: &str) -> Result<Vec<SlaRow>, (Code, String)> {
    Profile::parse(text).map(|profile| profile.rows).map_err(|error| {
        let message = match &error {
            ProfileError::Shape(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let line = 1 + text.bytes().take(at).filter(|b| *b == b'\n').count();
                format!("{name}:{line}: {}", error.message().replace('\n', "; "))
            }
            other => format!("{name}: {other}"),
        };
        (Code::BadProfile, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::files::Disk;

    #[test]
    fn built_in_tables_are_read_and_others_are_refused_with_their_line() {
        for name in BuiltinProfiles.names() {
            assert!(
                BuiltinProfiles.rows(&name, Path::new("."), &Disk).is_ok_and(|rows| !rows.is_empty()),
                "{name}"
            );
        }
        let code = |name: &str| BuiltinProfiles.rows(name, Path::new("."), &Disk).map_err(|(code, _)| code);
        assert_eq!(code("cosmos-db-1999"), Err(Code::UnknownProfile));
        assert_eq!(code("./nowhere.toml"), Err(Code::UnreadableFile));
        let wrong = parse("x.toml", "name = 'x'\nrow = 3\n");
        assert!(
            wrong.is_err_and(|(code, message)| code == Code::BadProfile && message.starts_with("x.toml:"))
        );
    }
}
