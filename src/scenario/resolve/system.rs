//! `[system.<name>]`: exactly one, of a registered system.

use super::Context;
use crate::base::diagnostics::{Code, shown};
use crate::base::document::{Entry, Node};
use crate::engine::contract::Runnable;
use crate::scenario::sections::{self, SYSTEM};
use crate::system::registry::{AnySystem, CommandNode};

/// The system a scenario deploys, and its table.
pub(super) struct Found<'a> {
    pub system: &'a dyn AnySystem,
    config: &'a Node,
}

pub(super) fn find<'a>(cx: &mut Context<'a>, root: &'a Node) -> Option<Found<'a>> {
    let tables = sections::named(root, SYSTEM, cx.errors);
    let names: Vec<&str> = cx.loader.registry.names().collect();
    let Some((name, entry)) = tables.first() else {
        if root.get(SYSTEM).is_none_or(|node| node.as_table().is_some()) {
            let known = crate::base::suggest::list(&names).map(|list| format!("systems: {list}"));
            let message = "a scenario deploys one system: there is no `[system.<name>]`";
            cx.errors
                .error(Code::NoSystem, root.get(SYSTEM).unwrap_or(root).place, message)
                .hint(known.unwrap_or_default());
        }
        return None;
    };
    for (other, extra) in &tables[1..] {
        several(cx, (name, entry), (other, extra));
    }
    let mut known = None;
    for (name, entry) in &tables {
        match cx.loader.registry.find(name) {
            Some(system) => known = known.or(Some(Found { system, config: &entry.node })),
            None => {
                let message = format!("there is no system `{}`", shown(name));
                let error = cx.errors.error(Code::UnknownSystem, entry.key, message);
                error.did_you_mean(name, names.iter().copied());
            }
        }
    }
    known
}

fn several(cx: &mut Context<'_>, first: (&str, &Entry), other: (&str, &Entry)) {
    let message = format!("a scenario deploys one system, and this is a second: `{}`", shown(other.0));
    let error = cx.errors.error(Code::SeveralSystems, other.1.key, message);
    error.also(first.1.key, "the first").hint("to compare two systems write two scenarios");
}

/// Resolves the system's own table and commands; without a topology only their shape is checked.
pub(super) fn resolve(
    cx: &mut Context<'_>,
    found: &Found<'_>,
    commands: &[CommandNode<'_>],
    topology: bool,
) -> Option<Box<dyn Runnable>> {
    if topology {
        found.system.resolve(found.config, commands, &mut cx.plan, cx.errors)
    } else {
        found.system.check(found.config, commands, cx.errors);
        None
    }
}
