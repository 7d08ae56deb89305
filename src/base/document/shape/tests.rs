//! The shape check on a type with every construct that scenario types use.

use crate::base::diagnostics::{Code, Diagnostics, SourceMap};
use crate::base::document::{Located, Raw, parse::parse, read};
use crate::base::time::Span;
use crate::base::units::Share;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its shape matters here")]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Doc {
    /// How long it takes.
    lasts: Span,
    kind: Option<Located<Kind>>,
    reads: Option<Located<Share>>,
    #[schemars(range(min = 1, max = 9))]
    count: Option<Located<u32>>,
    factor: Option<f64>,
    on: Option<bool>,
    list: Option<Vec<Located<String>>>,
    pair: Option<[u8; 2]>,
    named: Option<BTreeMap<String, Inner>>,
    raw: Option<Raw>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its shape matters here")]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Inner {
    x: i64,
}

/// With docs on variants, as scenario types have.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Kind {
    /// Dies.
    Crash,
    /// Stops.
    Pause,
    /// Is slow.
    Slow {
        /// By how much.
        factor: f64,
    },
    /// Waits.
    Wait(Span),
}

fn codes(text: &str) -> Vec<(Code, String)> {
    let (mut sources, mut errors) = (SourceMap::new(), Diagnostics::new());
    let file = sources.add("a", text);
    let node = parse(text, file, &mut errors);
    assert!(errors.is_empty(), "{text}");
    let value = read::<Doc>(&node, "", &mut errors);
    assert_eq!(value.is_some(), errors.is_empty());
    let place =
        |d: &crate::base::diagnostics::Diagnostic| d.place.map_or("", |p| sources.text(p)).to_string();
    errors.iter().map(|d| (d.code, place(d))).collect()
}

fn one(line: &str) -> (Code, String) {
    let mut found = codes(&format!("lasts = '1s'\n{line}\n"));
    assert_eq!(found.len(), 1, "{line}: {found:?}");
    found.remove(0)
}

#[test]
fn a_document_of_the_right_shape_is_read() {
    for line in [
        "kind = 'crash'",
        "kind = { slow = { factor = 2 } }",
        "kind = { wait = '2s' }",
        "reads = '80%'",
        "count = 9",
        "factor = 0.5",
        "on = true",
        "list = ['a']",
        "pair = [1, 2]",
        "raw = { anything = [1, 'x'] }",
        "[named.a]\nx = 1",
    ] {
        assert_eq!(codes(&format!("lasts = '1s'\n{line}\n")), [], "{line}");
    }
}

#[test]
fn every_kind_of_mistake_has_its_code_and_place() {
    let is = |code: Code, place: &str| (code, place.to_string());
    assert_eq!(one("knd = 'crash'"), is(Code::UnknownKey, "knd"));
    assert_eq!(one("kind = 'crsh'"), is(Code::UnknownVariant, "'crsh'"));
    assert_eq!(one("kind = 'slow'"), is(Code::ChoiceSettings, "'slow'"));
    assert_eq!(one("kind = { crash = 1 }"), is(Code::ChoiceSettings, "crash"));
    assert_eq!(one("kind = { slwo = { factor = 1.0 } }"), is(Code::UnknownVariant, "slwo"));
    assert_eq!(one("kind = { slow = {} }"), is(Code::MissingKey, "{}"));
    assert_eq!(one("kind = { wait = 'soon' }"), is(Code::NotAQuantity, "'soon'"));
    assert_eq!(one("kind = { wait = '1s', slow = { factor = 1.0 } }").0, Code::SeveralChoices);
    assert_eq!(one("kind = {}"), is(Code::SeveralChoices, "{}"));
    assert_eq!(one("kind = 3"), is(Code::WrongType, "3"));
    assert_eq!(one("reads = 0.8"), is(Code::MissingUnit, "0.8"));
    assert_eq!(one("reads = '0.8'"), is(Code::MissingUnit, "'0.8'"));
    assert_eq!(one("reads = '101%'"), is(Code::QuantityOutOfRange, "'101%'"));
    assert_eq!(one("count = 0"), is(Code::NumberOutOfRange, "0"));
    assert_eq!(one("count = 10"), is(Code::NumberOutOfRange, "10"));
    assert_eq!(one("count = 1.5"), is(Code::WrongType, "1.5"));
    assert_eq!(one("factor = nan"), is(Code::NumberOutOfRange, "nan"));
    assert_eq!(one("on = 'yes'"), is(Code::WrongType, "'yes'"));
    assert_eq!(one("list = 'a'"), is(Code::WrongType, "'a'"));
    assert_eq!(one("list = ['a', 3]"), is(Code::WrongType, "3"));
    assert_eq!(one("pair = [1]"), is(Code::WrongLength, "[1]"));
    assert_eq!(one("pair = [1, 256]"), is(Code::NumberOutOfRange, "256"));
    assert_eq!(one("[named.a]\nx = 'y'"), is(Code::WrongType, "'y'"));
    assert_eq!(one("[named.a]"), is(Code::MissingKey, "[named.a]"));
    assert_eq!(one("lasts2 = 1979-05-27"), is(Code::UnknownKey, "lasts2"));
}

#[test]
fn all_mistakes_are_found_in_one_pass() {
    let found = codes("lasts = 5\nkind = 'x'\nreads = '-1%'\nwhat = 1\n[named]\na = 3\n");
    let codes: Vec<Code> = found.iter().map(|(code, _)| *code).collect();
    let expected =
        [Code::MissingUnit, Code::UnknownVariant, Code::NegativeQuantity, Code::UnknownKey, Code::WrongType];
    assert_eq!(codes, expected);
}
