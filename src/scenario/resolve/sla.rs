//! `[sla]`: the rows to judge.

use super::Context;
use crate::base::diagnostics::Code;
use crate::base::document::{Located, Node};
use crate::scenario::sections;
use crate::scenario::text::SlaText;
use std::collections::BTreeMap;

pub(super) fn resolve(cx: &mut Context<'_>, root: &Node) {
    let text: SlaText = sections::table(root, "sla", cx.errors).map(|t| t.value).unwrap_or_default();
    let profiles = text.profiles.unwrap_or_default();
    cx.plan.sla_gate = if profiles.is_empty() {
        text.gate.unwrap_or(true)
    } else {
        cx.or_default("sla.gate", text.gate, true)
    };
    let mut seen = BTreeMap::new();
    for profile in &profiles {
        if let Some(first) = seen.insert(profile.value.clone(), profile.place) {
            let message = format!("profile `{}` is listed twice", profile.value);
            cx.errors.error(Code::DuplicateProfile, profile.place, message).also(first, "the first time");
            continue;
        }
        rows(cx, profile);
    }
    if let Some(wanted) = text.rows {
        only(cx, &wanted);
    }
}

/// Keeps the rows that were asked for.
fn only(cx: &mut Context<'_>, wanted: &[Located<String>]) {
    for pattern in wanted {
        if !cx.plan.sla.iter().any(|row| fits(pattern, &row.row)) {
            let message = format!("no row of the profiles is called `{}`", pattern.value);
            let error = cx.errors.error(Code::UnknownRow, pattern.place, message);
            let names: Vec<String> = cx.plan.sla.iter().map(|row| row.row.clone()).collect();
            error.did_you_mean(pattern, names.iter().map(String::as_str));
        }
    }
    cx.plan.sla.retain(|row| wanted.iter().any(|pattern| fits(pattern, &row.row)));
}

/// Whether a name is as a pattern says, in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(i, _)| &rest[i..]).chain([""]).any(|rest| fits(tail, rest))
        }),
    }
}

fn rows(cx: &mut Context<'_>, profile: &Located<String>) {
    let directory = cx.directory(profile.place);
    match cx.loader.profiles.rows(profile, &directory, cx.files) {
        Ok(rows) => cx.plan.sla.extend(rows),
        Err((code, message)) => {
            let names = cx.loader.profiles.names();
            let error = cx.errors.error(code, profile.place, message);
            if code == Code::UnknownProfile {
                error.did_you_mean(profile, names.iter().map(String::as_str));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(fits("rpo/*", "rpo/single-write/session"));
        assert!(fits("*/lost-for-good", "outage/multi-write/lost-for-good"));
        assert!(fits("text/*-loss", "text/strong-loss") && fits("*", "x") && fits("a*", "a"));
        assert!(!fits("rpo/*", "rto/single-write/session"));
        assert!(!fits("text", "text/strong-loss") && !fits("*-loss", "text/losses"));
    }
}
