//! Choices: externally tagged enums.

use super::alternatives::{Alternatives, quantity};
use super::{Walker, inside, join, what};
use crate::base::diagnostics::{Code, shown};
use crate::base::document::{Node, Table};
use serde_json::Value as Json;

impl<'a> Walker<'a> {
    /// A text: the name of a choice, a quantity, or free text.
    pub(super) fn text(&mut self, node: &Node, text: &str, alternatives: &Alternatives<'a>, path: &str) {
        if alternatives.names().any(|name| name == text) {
            return;
        }
        if let Some(schema) = alternatives.texts().next() {
            if let Some(Err(error)) = quantity(schema).map(|format| (format.check)(text)) {
                self.errors.error(error.code(), node.place, error.to_string()).hint(error.hint());
            }
            return;
        }
        if alternatives.tagged().any(|(name, _)| name == text) {
            let message = format!("`{text}` needs its settings{}", inside(path));
            let hint = format!("write it as a table: `{{ {text} = ... }}`");
            self.errors.error(Code::ChoiceSettings, node.place, message).hint(hint);
            return;
        }
        let known: Vec<&str> =
            alternatives.names().chain(alternatives.tagged().map(|(name, _)| name)).collect();
        if known.is_empty() {
            return self.wrong_type(node, alternatives, path);
        }
        let message = format!("{} has no choice `{}`", what(path), shown(text));
        self.errors.error(Code::UnknownVariant, node.place, message).did_you_mean(text, known);
    }

    /// A table where a choice is expected: one key, the name of the choice.
    pub(super) fn choice(
        &mut self,
        node: &Node,
        table: &Table,
        tagged: &[(&'a str, &'a Json)],
        alternatives: &Alternatives<'a>,
        path: &str,
    ) {
        if table.entries.len() != 1 {
            let count = if table.entries.is_empty() { "none" } else { "several" };
            let message = format!("{} takes one choice, and this table has {count}", what(path));
            let known: Vec<&str> = tagged.iter().map(|(name, _)| *name).chain(alternatives.names()).collect();
            let error = self.errors.error(Code::SeveralChoices, node.place, message);
            error.hint(
                crate::base::suggest::list(&known)
                    .map(|names| format!("choose one of {names}"))
                    .unwrap_or_default(),
            );
            return;
        }
        for (name, entry) in &table.entries {
            if let Some((_, schema)) = tagged.iter().find(|(tag, _)| tag == name) {
                self.walk(&entry.node, schema, &join(path, name));
            } else if alternatives.names().any(|known| known == name) {
                let message = format!("`{}` takes no settings{}", shown(name), inside(path));
                let hint = format!("write it as a text: `\"{}\"`", shown(name));
                self.errors.error(Code::ChoiceSettings, entry.key, message).hint(hint);
            } else {
                let known = tagged.iter().map(|(name, _)| *name).chain(alternatives.names());
                let message = format!("{} has no choice `{}`", what(path), shown(name));
                self.errors.error(Code::UnknownVariant, entry.key, message).did_you_mean(name, known);
            }
        }
    }
}
