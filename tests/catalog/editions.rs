use geodes::base::dist::Law;
use geodes::base::dist::text::SpanLaw;
use geodes::base::time::Span;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Table, Value};

const TEXT: &str = include_str!("../../scenarios/catalog/cosmos-db/editions.toml");

/// Each edition with what it inherits filled in.
fn editions() -> BTreeMap<String, Table> {
    let file: Table = TEXT.parse().expect("editions.toml is TOML");
    let raw = file["edition"].as_table().expect("a table of editions").clone();
    let mut resolved: BTreeMap<String, Table> = BTreeMap::new();
    for (year, entries) in &raw {
        let entries = entries.as_table().expect("an edition is a table");
        let mut whole = match entries.get("inherits") {
            Some(base) => resolved[base.as_str().expect("a year")].clone(),
            None => Table::new(),
        };
        whole.extend(
            entries.iter().filter(|(key, _)| *key != "inherits").map(|(k, v)| (k.clone(), v.clone())),
        );
        resolved.insert(year.clone(), whole);
    }
    resolved
}

fn value<'a>(edition: &'a Table, key: &str) -> &'a Value {
    &edition.get(key).unwrap_or_else(|| panic!("no {key}"))["value"]
}

fn law(edition: &Table, key: &str) -> Law {
    SpanLaw::deserialize(value(edition, key).clone()).unwrap_or_else(|e| panic!("{key}: {e}")).law()
}

fn span(edition: &Table, key: &str) -> Span {
    Span::deserialize(value(edition, key).clone()).unwrap_or_else(|e| panic!("{key}: {e}"))
}

#[test]
fn every_figure_of_every_edition_has_a_value_a_confidence_and_a_source() {
    let editions = editions();
    assert_eq!(editions.keys().collect::<Vec<_>>(), ["2019", "2021", "2024", "2026"]);
    for (year, edition) in &editions {
        assert!(edition.len() >= 110, "{year} has {}", edition.len());
        for (key, entry) in edition {
            let entry = entry.as_table().unwrap_or_else(|| panic!("{year} {key} is no figure"));
            let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
            let known = ["documented", "derived", "published third-party", "assumed"];
            assert!(known.contains(&text("confidence")), "{year} {key}: confidence");
            assert!(text("source").len() > 10, "{year} {key}: source");
            let number = entry["value"].is_integer() || entry["value"].is_float();
            assert_eq!(
                number,
                entry.contains_key("unit"),
                "{year} {key}: a number has a unit, other values none"
            );
            let fields = ["value", "unit", "confidence", "source", "note"];
            assert!(entry.keys().all(|field| fields.contains(&field.as_str())), "{year} {key}");
        }
    }
}

#[test]
fn every_law_and_every_span_of_every_edition_can_be_read() {
    for (year, edition) in &editions() {
        let (mut laws, mut spans) = (0, 0);
        for (key, entry) in edition {
            match &entry["value"] {
                Value::Table(_) => {
                    law(edition, key).check().unwrap_or_else(|e| panic!("{year} {key}: {e}"));
                    laws += 1;
                }
                Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
                    assert!(span(edition, key) > Span::ZERO, "{year} {key}");
                    spans += 1;
                }
                _ => {}
            }
        }
        assert!(laws >= 15 && spans >= 35, "{year}: {laws} laws, {spans} spans");
    }
}

#[test]
fn failover_laws_agree_with_the_bounds_that_are_published_beside_them() {
    let editions = editions();
    // The sum of two 99th percentiles is above the 99th percentile of the sum.
    let p99 = |edition: &Table| {
        law(edition, "failover-detect").quantile(0.99) + law(edition, "failover-decide").quantile(0.99)
    };
    for year in ["2019", "2021", "2026"] {
        let bound = span(&editions[year], "failover-rto-bound").seconds();
        assert!(p99(&editions[year]) < bound, "{year}: {} of {bound}", p99(&editions[year]));
    }
    let hour = span(&editions["2024"], "failover-rto-bound").seconds();
    assert_eq!(hour, 3_600.0);
    assert!(p99(&editions["2024"]) > hour, "'or more' must be reachable");
    assert!(law(&editions["2024"], "failover-decide").quantile(0.5) < hour);
}

#[test]
fn editions_differ_where_their_pages_do() {
    let editions = editions();
    let text = |year: &str, key: &str| value(&editions[year], key).as_str().map(str::to_owned);
    let units: Vec<_> = editions.keys().filter_map(|year| text(year, "failover-unit")).collect();
    assert_eq!(units, ["account", "account", "account", "partition"]);
    assert_eq!(law(&editions["2019"], "failover-decide"), law(&editions["2021"], "failover-decide"));
    assert_eq!(text("2026", "failover-failback").as_deref(), Some("automatic"));
    assert_eq!(text("2026", "failover-target").as_deref(), Some("priority-then-freshest"));
    assert_eq!(value(&editions["2024"], "customer-offline-allowed").as_bool(), Some(false));
    assert_eq!(value(&editions["2026"], "customer-offline-allowed").as_bool(), Some(true));
    let levels = value(&editions["2026"], "failover-levels").as_array().expect("a list");
    assert!(!levels.contains(&Value::from("bounded-staleness")) && levels.len() == 4);
    assert!(!editions["2019"].contains_key("backup-continuous-interval"));
    assert_eq!(span(&editions["2021"], "backup-continuous-interval"), Span::secs(100));
}

#[test]
fn figures_that_repeat_each_other_agree() {
    for (year, edition) in &editions() {
        let number = |key: &str| value(edition, key).as_integer().unwrap_or_else(|| panic!("{key}"));
        assert_eq!(number("write-quorum"), number("replicas-per-region") / 2 + 1, "{year}");
        assert_eq!(number("read-quorum-strong"), number("replicas-per-region") - number("write-quorum") + 1);
        let copies = u64::try_from(number("backup-copies")).expect("positive");
        assert_eq!(span(edition, "backup-retention"), span(edition, "backup-interval") * copies, "{year}");
        let mut round = Span::ZERO;
        for step in value(edition, "sdk-write-barrier").as_array().expect("steps") {
            let every = Span::deserialize(step["every"].clone()).expect("a span");
            round += every * step["polls"].as_integer().and_then(|n| u64::try_from(n).ok()).expect("a count");
        }
        assert_eq!(round, span(edition, "sdk-write-barrier-round"), "{year}");
    }
}
