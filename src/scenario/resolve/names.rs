//! Name, question and seed.

use super::Context;
use crate::base::diagnostics::{Code, shown};
use crate::base::document::Node;
use crate::scenario::sections;

/// Longer names make paths that some systems refuse.
const LONGEST: usize = 100;

/// Whether a name can be part of a file name and of a measure path everywhere.
pub(super) fn is_file_safe(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= LONGEST && !name.starts_with('.') && name.bytes().all(allowed)
}

/// The same name with every character that is not allowed replaced.
pub(super) fn made_safe(name: &str) -> String {
    let replaced = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let safe: String = name.trim().chars().take(LONGEST).map(replaced).collect();
    safe.trim_matches(['.', '-']).to_string()
}

pub(super) fn resolve(cx: &mut Context<'_>, root: &Node) {
    let Some(head) = sections::head(root, cx.errors) else { return };
    if !is_file_safe(&head.name) {
        let message = format!("`{}` cannot be the name of a directory of results", shown(&head.name));
        let safe = made_safe(&head.name);
        let hint = if safe.is_empty() { String::new() } else { format!("for example `{safe}`") };
        cx.errors.error(Code::BadName, head.name.place, message).hint(hint);
    }
    cx.plan.name = head.name.value;
    cx.plan.about = head.about.unwrap_or_default();
    cx.plan.seed = head.seed.value;
}
