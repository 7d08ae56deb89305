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
