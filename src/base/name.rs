//! Names that are part of the program, such as those of guarantees: how they are read back from stored data.

use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// A name that lives as long as the program. (`serde` would have it borrow from what it is read from.)
pub type Name = &'static str;

static READ: Mutex<BTreeSet<Name>> = Mutex::new(BTreeSet::new());

/// The name of this text: the same one each time, so that memory is used once for each name.
pub fn interned(text: &str) -> Name {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    match read.get(text) {
        Some(name) => name,
        None => {
            let name: Name = Box::leak(text.into());
            read.insert(name);
            name
        }
    }
}

/// Reads a name; for fields, `#[serde(deserialize_with = "name::read")]`.
///
/// # Errors
/// If there is no text.
pub fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Name, D::Error> {
    String::deserialize(from).map(|text| interned(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_however_often_it_is_read() {
        let (one, two) =
            (interned("linearizable, as read"), interned(&["linearizable", "as read"].join(", ")));
        assert!(std::ptr::eq(one, two));
        assert_ne!(interned("another"), one);
    }
}
