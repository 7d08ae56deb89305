//! What a hazard strikes.

use super::Context;
use crate::base::diagnostics::{Code, Place};
use crate::model::fault::{FaultKind, Scope};
use crate::model::hazard::{Exposed, Extent, Strike};
use crate::model::topology::Topology;
use crate::scenario::resolve::faults;
use crate::scenario::scope::{self, Binder, ScopeText};
use crate::scenario::text::HazardText;
use std::collections::BTreeMap;

/// More scopes than this are refused: each has a process of its own.
const MOST: usize = 10_000;

/// One scope and where it is written.
pub(super) struct Placed {
    pub exposed: Exposed,
    pub place: Place,
}

/// Every scope the text stands for, each once.
pub(super) fn resolve(cx: &mut Context<'_>, text: &HazardText, topology: &Topology) -> Vec<Placed> {
    let binder = Binder::new(topology);
    let mut found: Vec<Placed> = Vec::new();
    let mut known: BTreeMap<String, Place> = BTreeMap::new();
    let before = cx.errors.len();
    for written in &text.scope.0 {
        let place = written.place.known().unwrap_or(text.scope.place);
        for exposed in bind(cx, &binder, written, place) {
            if let Some(first) = known.insert(exposed.path.clone(), place) {
                let message = format!("`{}` is in this hazard twice", exposed.path);
                let error = cx.errors.error(Code::HazardScope, place, message);
                error.also((first != place).then_some(first), "the first is here");
                break;
            }
            found.push(Placed { exposed, place });
        }
        if found.len() > MOST {
            let message = format!("with this one the hazard has more than {MOST} scopes");
            cx.errors.error(Code::TooManyFaults, place, message);
            break;
        }
    }
    if found.is_empty() && cx.errors.len() == before {
        let error =
            cx.errors.error(Code::HazardScope, text.scope.place, "nothing is in the scope of this hazard");
        error.hint("`geodes check` prints the zones and data nodes of each region");
    }
    found
}

fn bind(cx: &mut Context<'_>, binder: &Binder<'_>, written: &str, place: Place) -> Vec<Exposed> {
    let parsed = match scope::parse(written) {
        Ok(parsed) => parsed,
        Err(error) => {
            error.report(written, place, cx.errors);
            return Vec::new();
        }
    };
    if matches!(parsed, ScopeText::Role { .. }) {
        let error = cx.errors.error(Code::HazardScope, place, "a hazard strikes places, not roles");
        error.hint("use `region:*` or `region:*/zone:*`: results tell apart which role was hit");
        return Vec::new();
    }
    match binder.bind(written, &parsed, None) {
        Ok(bound) => {
            bound.into_iter().map(|b| Exposed { path: canonical(&b.label), scope: b.scope }).collect()
        }
        Err(error) => {
            error.report(written, place, cx.errors);
            Vec::new()
        }
    }
}

/// Draws are keyed by the path: one scope must not have two spellings.
fn canonical(label: &str) -> String {
    let Some(link) = label.strip_prefix("link:") else { return label.to_owned() };
    let arrow = if link.contains("<->") { "<->" } else { "->" };
    let ends: Vec<&str> = link.split(arrow).map(|end| end.trim().trim_start_matches("region:")).collect();
    format!("link:{}", ends.join(arrow))
}

/// Whether the kind can hit the scopes, or the data nodes of them that a strike takes.
pub(super) fn fits(
    cx: &mut Context<'_>,
    text: &HazardText,
    kind: FaultKind,
    scopes: &[Placed],
    strike: &Strike,
    topology: &Topology,
) {
    let whole = strike.extent == Extent::Whole;
    for placed in scopes {
        let scope = &placed.exposed.scope;
        let bad = if whole {
            faults::misfit(kind, scope)
        } else if matches!(scope, Scope::Link { .. } | Scope::Node(_)) {
            let message = format!("`{}` has no nodes to choose from", placed.exposed.path);
            Some((message, "leave `strike` out, or strike zones or regions"))
        } else if topology.data_nodes_in(scope).next().is_none() {
            Some((format!("`{}` has no data nodes", placed.exposed.path), "leave `strike` out"))
        } else {
            node(topology).and_then(|node| faults::misfit(kind, &node))
        };
        if let Some((message, hint)) = bad {
            let error = cx.errors.error(Code::KindScope, placed.place, message);
            error.also(text.kind.place, "the kind").hint(hint);
            return;
        }
    }
}

/// Any node: what a strike at part of a scope hits.
fn node(topology: &Topology) -> Option<Scope> {
    topology.nodes.ids().next().map(Scope::Node)
}
