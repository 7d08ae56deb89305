//! `[[hazard]]` and `[study]`: what fails at random, and how windows are made of it.

mod process;
mod scopes;
mod strike;
mod study;
mod trace;

use super::{Context, faults};
use crate::base::diagnostics::{Code, Place};
use crate::base::document::{Located, Node, read};
use crate::base::ids::{HazardId, Id};
use crate::base::suggest;
use crate::model::fault::FaultKind;
use crate::model::hazard::{Hazard, Process};
use crate::model::plan::Provenance;
use crate::model::topology::Topology;
use crate::scenario::sections;
use crate::scenario::text::HazardText;
use std::collections::BTreeMap;

/// A hazard as read, before hazards that come with others know them.
struct Read {
    text: HazardText,
    key: String,
    place: Place,
}

/// Puts the hazards into the plan, in the order of the text. Without a topology only what needs none is checked.
pub(super) fn resolve(cx: &mut Context<'_>, root: &Node, topology: bool) {
    let read = read_all(cx, root);
    study::resolve(cx, root, !read.is_empty());
    if let Some(first) = read.first() {
        scripted(cx, root, first.place);
    }
    let names = names(cx, &read);
    let places = std::mem::take(&mut cx.plan.topology);
    for hazard in &read {
        if let Some(hazard) = one(cx, hazard, &names, &read, topology.then_some(&places)) {
            cx.plan.hazards.push(hazard);
        }
    }
    cx.plan.topology = places;
    summaries(cx);
}

fn read_all(cx: &mut Context<'_>, root: &Node) -> Vec<Read> {
    let mut all = Vec::new();
    for (number, node) in sections::list(root, "hazard", cx.errors).iter().enumerate() {
        let key = format!("hazard.{number}");
        if let Some(text) = read::<HazardText>(node, &key, cx.errors)
            && text.off != Some(true)
        {
            all.push(Read { text, key, place: node.place });
        }
    }
    all
}

/// A study's faults come from its hazards, window by window: a fault or action at a fixed time has no meaning there.
fn scripted(cx: &mut Context<'_>, root: &Node, hazard: Place) {
    for key in ["fault", "action"] {
        if let Some(first) = sections::list(root, key, cx.errors).first() {
            let message = format!("a `[[{key}]]` beside hazards");
            let error = cx.errors.error(Code::HazardsAndScript, first.place, message);
            error.also(hazard, "this hazard makes the scenario a study");
            error.hint("put what is scripted into a scenario of its own");
        }
    }
}

/// The number of each hazard, by name.
fn names<'a>(cx: &mut Context<'_>, read: &'a [Read]) -> BTreeMap<&'a str, usize> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, hazard) in read.iter().enumerate() {
        let name = &hazard.text.name;
        let good = !name.is_empty()
            && name.len() <= 100
            && !name.contains(|c: char| c.is_control() || "/:@*".contains(c));
        if !good {
            let message = "a hazard's name is not empty and holds no `/`, `:`, `@` or `*`";
            cx.errors.error(Code::HazardName, name.place, message);
        }
        match names.get(name.as_str()) {
            Some(first) => {
                let message = format!("there are two hazards `{}`", name.value);
                let error = cx.errors.error(Code::HazardName, name.place, message);
                error.also(read[*first].text.name.place, "the first is here");
                error.hint("in a file that extends the other one they would be merged");
            }
            None => {
                names.insert(name, number);
            }
        }
    }
    names
}

fn one(
    cx: &mut Context<'_>,
    hazard: &Read,
    names: &BTreeMap<&str, usize>,
    all: &[Read],
    topology: Option<&Topology>,
) -> Option<Hazard> {
    let before = cx.errors.len();
    let text = &hazard.text;
    let kind = faults::kind(cx, &text.kind);
    endless(cx, text, kind);
    let base = |cx: &mut Context<'_>, name: &Located<String>| base(cx, name, names, all);
    let scopes = topology.map(|topology| scopes::resolve(cx, text, topology)).unwrap_or_default();
    let process = process::resolve(cx, hazard.place, text, &scopes, &hazard.key, base);
    let strike = strike::resolve(cx, text, &hazard.key);
    if let Some(topology) = topology {
        scopes::fits(cx, text, kind, &scopes, &strike, topology);
    }
    (cx.errors.len() == before).then_some(())?;
    Some(Hazard {
        name: text.name.value.clone(),
        scopes: scopes.into_iter().map(|scope| scope.exposed).collect(),
        kind,
        process: process?,
        strike,
        source: text.source.clone(),
    })
}

fn endless(cx: &mut Context<'_>, text: &HazardText, kind: FaultKind) {
    if kind == FaultKind::Destroyed {
        let message = "a hazard whose faults have no end: the system would never be whole again";
        let error = cx.errors.error(Code::LastsNotAllowed, text.kind.place, message);
        error.hint(
            "use `destroyed-disk`, which blanks the disks and gives the machines back, or a scripted fault",
        );
    }
}

/// The hazard that another one comes with.
fn base(
    cx: &mut Context<'_>,
    name: &Located<String>,
    names: &BTreeMap<&str, usize>,
    all: &[Read],
) -> Option<HazardId> {
    let Some(number) = names.get(name.as_str()) else {
        let message = format!("no hazard is called `{}`", name.value);
        let hint = suggest::hint(name, names.keys().copied()).unwrap_or_default();
        cx.errors.error(Code::UnknownHazard, name.place, message).hint(hint);
        return None;
    };
    if all[*number].text.along.is_some() {
        let message = format!("hazard `{}` itself comes with another", name.value);
        let hint = "name the hazard that strikes by itself, with the product of the probabilities";
        cx.errors.error(Code::UnknownHazard, name.place, message).hint(hint);
        return None;
    }
    Some(HazardId::from_index(*number))
}

/// What each hazard comes to, for `geodes check`.
fn summaries(cx: &mut Context<'_>) {
    let rows: Vec<Provenance> = cx
        .plan
        .hazards
        .iter()
        .map(|(_, hazard)| Provenance {
            key: format!("hazard `{}`", hazard.name),
            value: process::summary(hazard),
            origin: hazard.source.clone().unwrap_or_else(|| "resolved".to_owned()),
        })
        .collect();
    cx.defaults.extend(rows);
}

/// Whether it strikes by itself.
fn strikes_alone(process: &Process) -> bool {
    !matches!(process, Process::With { .. })
}
