//! `[[action]]`: times here, commands by the system.

use super::Context;
use crate::base::diagnostics::Code;
use crate::base::document::{Node, read};
use crate::base::time::SimTime;
use crate::model::plan::Action;
use crate::scenario::sections;
use crate::scenario::text::ActionText;
use crate::system::registry::CommandNode;

/// Puts the actions into the plan by time, and returns their commands in the same order. An action whose own keys cannot
/// be read still has its command checked.
pub(super) fn resolve<'a>(cx: &mut Context<'_>, root: &'a Node) -> Vec<CommandNode<'a>> {
    let mut found: Vec<(SimTime, usize, &'a Node)> = Vec::new();
    for (number, node) in sections::list(root, "action", cx.errors).iter().enumerate() {
        let text: Option<ActionText> = read(node, &format!("action.{number}"), cx.errors);
        if let Some(at) = text.as_ref().map(|text| text.at)
            && at.value >= cx.plan.limits.cap
        {
            let message = format!("the window ends at {}, before this action", cx.plan.limits.cap);
            cx.errors
                .error(Code::FaultBeyondEnd, at.place, message)
                .hint("move it, or raise `cap` in `[run]`");
        }
        if let Some(command) = node.get("do") {
            found.push((SimTime(text.map_or(0, |text| text.at.value.0)), number, command));
        }
    }
    found.sort_by_key(|(at, number, _)| (*at, *number));
    for (at, _, command) in &found {
        cx.plan.actions.push(Action { at: *at, label: command.to_string() });
    }
    found.into_iter().map(|(_, number, command)| (number, command)).collect()
}
