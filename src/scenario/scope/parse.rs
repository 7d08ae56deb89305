//! The grammar of scopes.

use super::ScopeError;
use crate::base::diagnostics::{Code, shown};
use crate::base::suggest;
use crate::model::fault::Widen;
use std::ops::Range;

/// A scope as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeText {
    /// `service`
    Service,
    /// A region or something in it.
    Place(PlaceText),
    /// The way from one place to another.
    Link {
        /// The sending end.
        from: PlaceText,
        /// The receiving end.
        to: PlaceText,
        /// `<->`
        both: bool,
    },
    /// A role and how far around it.
    Role {
        /// Which role.
        role: RoleText,
        /// How far.
        widen: Widen,
    },
}

/// A role as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleText {
    /// `@write`
    Write,
    /// `@leader(p)`
    Leader(Part),
}

/// A region or something in it, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceText {
    /// The region's name.
    pub region: Part,
    /// The zone's number.
    pub zone: Option<Part>,
    /// A domain or node of the zone.
    pub inner: Option<(Inner, Part)>,
    /// All of it.
    pub range: Range<usize>,
}

/// What a place in a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inner {
    /// A fault domain.
    Domain,
    /// A node.
    Node,
}

/// A name or number, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As written.
    pub text: String,
    /// Where in the scope.
    pub range: Range<usize>,
}

impl Part {
    /// Whether it stands for each.
    pub fn each(&self) -> bool {
        self.text == "*"
    }
}

const FORMS: &str = "scopes are `service`, `region:NAME`, `region:NAME/zone:N`, `.../domain:N`, `.../node:N`, \
                     `link:A->B`, `link:A<->B`, `@write` and `@leader(P)`";

fn error(range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> ScopeError {
    ScopeError { code: Code::ScopeSyntax, range, message: message.into(), hint: hint.into() }
}

/// Reads a scope.
///
/// # Errors
/// The part that follows no rule of the grammar, with what was probably meant.
pub fn parse(scope: &str) -> Result<ScopeText, ScopeError> {
    if scope == "service" {
        return Ok(ScopeText::Service);
    }
    if let Some(role) = scope.strip_prefix('@') {
        return self::role(scope, role);
    }
    let Some((prefix, rest)) = scope.split_once(':') else {
        let meant = suggest::closest(scope, ["service", "region:", "link:", "@write", "@leader(0)"]);
        let hint = meant.map_or(FORMS.to_string(), |meant| format!("did you mean `{meant}`?"));
        return Err(error(0..scope.len(), format!("`{}` is no scope", shown(scope)), hint));
    };
    let at = prefix.len() + 1;
    match prefix {
        "region" => place(rest, at, scope).map(ScopeText::Place),
        "link" => link(rest, at),
        _ => {
            let meant = suggest::closest(prefix, ["region", "link"]);
            let hint = match meant {
                Some(meant) => format!("did you mean `{meant}:`?"),
                None if matches!(prefix, "zone" | "node" | "domain") => {
                    format!("a {prefix} is named with its region: `region:NAME/zone:N`")
                }
                None => FORMS.to_string(),
            };
            Err(error(0..prefix.len(), format!("`{}:` begins no scope", shown(prefix)), hint))
        }
    }
}

fn role(scope: &str, role: &str) -> Result<ScopeText, ScopeError> {
    let (name, around) = match role.split_once('/') {
        Some((name, around)) => (name, Some(around)),
        None => (role, None),
    };
    let widen = match around {
        None => Widen::Holder,
        Some("domain") => Widen::Domain,
        Some("zone") => Widen::Zone,
        Some("region") => Widen::Region,
        Some(other) => {
            let range = name.len() + 2..scope.len();
            let hint = "a role can be widened by `/domain`, `/zone` or `/region`";
            return Err(error(range, format!("`/{}` is nothing around a role", shown(other)), hint));
        }
    };
    if name == "write" {
        return Ok(ScopeText::Role { role: RoleText::Write, widen });
    }
    let partition = name.strip_prefix("leader(").and_then(|rest| rest.strip_suffix(')'));
    match partition {
        Some(partition) if number_or_each(partition) => {
            let part = Part { text: partition.to_string(), range: 8..8 + partition.len() };
            Ok(ScopeText::Role { role: RoleText::Leader(part), widen })
        }
        Some(partition) => {
            let message = format!("`{}` is no partition", shown(partition));
            Err(error(8..8 + partition.len(), message, "partitions are numbers from 0: `@leader(0)`"))
        }
        None => {
            let bare = name.split('(').next().unwrap_or(name);
            let meant = suggest::closest(bare, ["write", "leader"]);
            let hint = match meant {
                Some("leader") => "write `@leader(0)`: the leader of partition 0".to_string(),
                Some(meant) => format!("did you mean `@{meant}`?"),
                None => "roles are `@write` and `@leader(P)`".to_string(),
            };
            Err(error(0..name.len() + 1, format!("`@{}` is no role", shown(name)), hint))
        }
    }
}

fn link(rest: &str, at: usize) -> Result<ScopeText, ScopeError> {
    let (from, to, both, width) = match (rest.split_once("<->"), rest.split_once("->")) {
        (Some((from, to)), _) => (from, to, true, 3),
        (None, Some((from, to))) => (from, to, false, 2),
        (None, None) => {
            let hint = "a link is `link:A->B` (one way) or `link:A<->B` (both ways)";
            return Err(error(at..at + rest.len(), "a link without an arrow", hint));
        }
    };
    Ok(ScopeText::Link { from: end(from, at)?, to: end(to, at + from.len() + width)?, both })
}

fn end(text: &str, at: usize) -> Result<PlaceText, ScopeError> {
    let trimmed = text.trim();
    let at = at + text.len() - text.trim_start().len();
    let (name, at) = match trimmed.strip_prefix("region:") {
        Some(name) => (name, at + "region:".len()),
        None => (trimmed, at),
    };
    let place = place(name, at, name)?;
    match &place.inner {
        Some((Inner::Domain, part)) => {
            let hint = "the ends of a link are regions, zones or nodes";
            Err(error(part.range.clone(), "a fault domain is no end of a link", hint))
        }
        _ => Ok(place),
    }
}

fn place(text: &str, at: usize, whole: &str) -> Result<PlaceText, ScopeError> {
    let mut parts = Vec::new();
    let mut start = at;
    for part in text.split('/') {
        parts.push((part, start));
        start += part.len() + 1;
    }
    let (name, name_at) = parts[0];
    if name.trim().is_empty() {
        return Err(error(at..at + text.len(), format!("`{}` names no region", shown(whole)), FORMS));
    }
    let mut place = PlaceText {
        region: Part { text: name.trim().to_string(), range: name_at..name_at + name.len() },
        zone: None,
        inner: None,
        range: at..at + text.len(),
    };
    for (level, (part, at)) in parts[1..].iter().enumerate() {
        let range = *at..at + part.len();
        let (key, number) = part.split_once(':').unwrap_or((part, ""));
        let numbered = || {
            let at = at + key.len() + 1;
            let part = Part { text: number.to_string(), range: at..at + number.len() };
            if number_or_each(number) {
                Ok(part)
            } else {
                let message = format!("`{}` is no number of a {key}", shown(number));
                Err(error(range.clone(), message, format!("{key}s are numbered from 1, `*` is each")))
            }
        };
        match (level, key) {
            (0, "zone") => place.zone = Some(numbered()?),
            (1, "domain") => place.inner = Some((Inner::Domain, numbered()?)),
            (1, "node") => place.inner = Some((Inner::Node, numbered()?)),
            (0, "domain" | "node") => {
                let hint = format!("a {key} is named with its zone: `.../zone:N/{key}:N`");
                return Err(error(range, format!("a {key} without its zone"), hint));
            }
            _ => {
                let expected: &[&str] = match level {
                    0 => &["zone"],
                    1 => &["domain", "node"],
                    _ => &[],
                };
                let hint = suggest::hint(key, expected.iter().copied());
                let hint = hint.unwrap_or_else(|| "nothing lies within a domain or node".to_string());
                return Err(error(range, format!("`{}` is no part of a place", shown(part)), hint));
            }
        }
    }
    Ok(place)
}

fn number_or_each(text: &str) -> bool {
    text == "*" || (!text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_scope_is_read() {
        assert_eq!(parse("service"), Ok(ScopeText::Service));
        for text in [
            "region:West US",
            "region:*",
            "region:West US/zone:2",
            "region:West US/zone:*",
            "region:West US/zone:2/domain:5",
            "region:West US/zone:2/node:3",
        ] {
            assert!(matches!(parse(text), Ok(ScopeText::Place(_))), "{text}");
        }
        for (text, two_ways) in [
            ("link:West US->East US", false),
            ("link:West US<->East US", true),
            ("link:region:West US/zone:1 -> *", false),
            ("link:A/zone:1/node:2->B/zone:1/node:3", false),
        ] {
            assert!(matches!(parse(text), Ok(ScopeText::Link { both, .. }) if both == two_ways), "{text}");
        }
        for text in ["@write", "@write/region", "@leader(0)", "@leader(*)/zone", "@leader(12)/domain"] {
            assert!(matches!(parse(text), Ok(ScopeText::Role { .. })), "{text}");
        }
    }

    #[test]
    fn a_mistake_is_underlined_and_explained() {
        let fails = |text: &str, part: &str, hint: &str| match parse(text) {
            Ok(scope) => panic!("{text} was read as {scope:?}"),
            Err(error) => {
                assert_eq!(text.get(error.range.clone()), Some(part), "{text}: {error:?}");
                assert!(error.hint.contains(hint), "{text}: {error:?}");
            }
        };
        fails("servise", "servise", "`service`");
        fails("reigon:West US", "reigon", "`region:`");
        fails("zone:2", "zone", "region:NAME/zone:N");
        fails("region:", "", "region:NAME");
        fails("region:West US/zone:two", "zone:two", "from 1");
        fails("region:West US/node:2", "node:2", "/zone:N/node:N");
        fails("region:West US/zoen:2", "zoen:2", "`zone`");
        fails("region:A/zone:1/node:1/x", "x", "within");
        fails("link:A-B", "A-B", "link:A->B");
        fails("link:A->B/zone:1/domain:2", "2", "ends of a link");
        fails("@wirte", "@wirte", "`@write`");
        fails("@leader", "@leader", "@leader(0)");
        fails("@leader(x)", "x", "from 0");
        fails("@leader(0)/planet", "planet", "/zone");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_or_point_outside(text in "[a-zé:/*@()<>0-9 -]{0,30}") {
            if let Err(error) = parse(&text) {
                proptest::prop_assert!(error.range.end <= text.len(), "{error:?}");
            }
        }
    }
}
