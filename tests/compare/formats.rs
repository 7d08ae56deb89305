//! JUnit and Markdown, read by parsers that other people wrote.

use crate::bench::{Bench, SCENARIO, Windows};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use roxmltree::{Document, Node};
use std::fs;

/// The scenario with rows that are met, breached and without a sample; names and texts try what XML and tables take ill.
fn judged(name: &str) -> Bench {
    let bench = Bench::new(name, Windows::Noisy);
    let text = format!("{SCENARIO}\n[sla]\nprofiles = [\"./own.toml\", \"cosmos-db-2021\"]\n");
    fs::write(bench.dir.join("beat.toml"), text).expect("a file");
    let own = "name = \"own\"\nabout = \"Ours.\"\nsystem = \"echo\"\nedition = \"1\"\nsource = \"none\"\n\n\
               [[row]]\nrow = \"writes\"\nstatement = \"writes | reads <99 %> & \\\"more\\\"\"\n\
               measure = \"availability.request.write\"\nbound = \">= 99%\"\n\n\
               [[row]]\nrow = \"reads\"\nstatement = \"some\"\nmeasure = \"availability.request.read\"\n\
               bound = \">= 1%\"\n";
    fs::write(bench.dir.join("own.toml"), own).expect("a file");
    bench
}

/// Checks a document against the structure that both schemas of JUnit reports ask for: elements in order, attributes that
/// must be there and no others, and counts that are those of the cases.
fn assert_junit(text: &str) -> Vec<(String, String, String)> {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attributes().len()), ("testsuites", 0));
    let mut cases = Vec::new();
    for (id, suite) in elements(root).into_iter().enumerate() {
        attributes(
            suite,
            "testsuite",
            &[
                "name",
                "package",
                "id",
                "timestamp",
                "hostname",
                "tests",
                "failures",
                "errors",
                "skipped",
                "time",
            ],
        );
        assert_eq!(suite.attribute("id"), Some(id.to_string().as_str()));
        let children = elements(suite);
        let names: Vec<&str> = children.iter().map(|node| node.tag_name().name()).collect();
        let of_cases = children.len() - 3;
        assert_eq!(names[0], "properties");
        assert!(names[1..=of_cases].iter().all(|name| *name == "testcase"), "{names:?}");
        assert_eq!(names[of_cases + 1..], ["system-out", "system-err"]);
        elements(children[0]).into_iter().for_each(|node| attributes(node, "property", &["name", "value"]));
        let found: Vec<_> = children[1..=of_cases].iter().map(|node| case(*node)).collect();
        let count = |end: &str| found.iter().filter(|(.., found)| found == end).count().to_string();
        assert_eq!(suite.attribute("tests"), Some(of_cases.to_string().as_str()));
        for (attribute, end) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
            assert_eq!(suite.attribute(attribute), Some(count(end).as_str()), "{attribute}");
        }
        cases.extend(found);
    }
    cases
}

fn elements<'a>(node: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
    node.children().filter(|child| child.is_element()).collect()
}

fn attributes(node: Node<'_, '_>, name: &str, expected: &[&str]) {
    assert_eq!(node.tag_name().name(), name);
    let found: Vec<&str> = node.attributes().map(|attribute| attribute.name()).collect();
    assert_eq!(found, expected, "{name}");
}

/// Class, name, and what is inside: nothing, or one of the three ends.
fn case(node: Node<'_, '_>) -> (String, String, String) {
    attributes(node, "testcase", &["name", "classname", "time"]);
    let inner = elements(node);
    assert!(inner.len() < 2);
    let end = inner.first().map_or("passed", |end| end.tag_name().name());
    match (end, inner.first()) {
        ("failure" | "error", Some(end)) => attributes(*end, end.tag_name().name(), &["type", "message"]),
        ("skipped", Some(end)) => attributes(*end, "skipped", &["message"]),
        _ => assert_eq!(end, "passed"),
    }
    let text = |name| node.attribute(name).expect("it was checked").to_owned();
    (text("classname"), text("name"), end.to_owned())
}

fn end<'a>(cases: &'a [(String, String, String)], class: &str, name: &str) -> &'a str {
    let found = cases.iter().find(|(c, n, _)| c == class && n == name);
    found.map_or("no such case", |(.., end)| end.as_str())
}

#[test]
fn a_run_as_junit_has_a_case_for_each_row_and_each_guarantee() {
    let bench = judged("junit");
    let (status, out, err) = bench.run(&["run", "@beat.toml", "--no-files", "--format", "junit"]);
    assert_eq!(status, 99, "{err}");
    let cases = assert_junit(&out);
    assert_eq!(end(&cases, "sla.own", "writes"), "failure");
    assert_eq!(end(&cases, "sla.own", "reads"), "passed");
    assert_eq!(end(&cases, "guarantees", "read-your-writes"), "passed");
    assert!(cases.iter().any(|(class, _, end)| class == "sla.cosmos-db-2021" && end == "skipped"));
    let document = Document::parse(&out).expect("it was parsed before");
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).expect("a failure");
    assert_eq!(failure.attribute("type"), Some("breached"));
    let detail = failure.text().unwrap_or_default();
    assert!(detail.starts_with("writes | reads <99 %> & \"more\"; promised >= 99%: "), "{detail}");
    assert!(detail.contains("\nmeasure: availability.request.write\n"), "{detail}");
}

#[test]
fn several_scenarios_are_suites_of_one_document() {
    let bench = judged("suites");
    let renamed = SCENARIO.replace("\"beat\"", "\"drum\"");
    fs::write(bench.dir.join("drum.toml"), renamed).expect("a file");
    let (_, out, _) = bench.run(&["run", "@beat.toml", "@drum.toml", "--no-files", "--format", "junit"]);
    assert_junit(&out);
    let document = Document::parse(&out).expect("it was parsed before");
    let names: Vec<_> = elements(document.root_element()).iter().map(|s| s.attribute("name")).collect();
    assert_eq!(names, [Some("beat"), Some("drum")]);
}

#[test]
fn a_comparison_as_junit_has_a_case_for_each_gate() {
    let bench = judged("junit-gates");
    let gates =
        ["--fail-on", "rto.write.p99 > +5%", "--fail-on", "rto.write > +50%", "--fail-on", "rto.read > +10%"];
    let args = ["compare", "@beat.toml", "--set", "fault.0.lasts=44s", "--seeds", "8", "--format", "junit"];
    let (status, out, err) = bench.run(&[&args[..], &gates].concat());
    assert_eq!(status, 97, "{err}");
    let cases = assert_junit(&out);
    assert_eq!(end(&cases, "compare", "rto.write.p99 > +5%"), "failure");
    assert_eq!(end(&cases, "compare", "rto.write > +50%"), "passed");
    assert_eq!(end(&cases, "compare", "rto.read > +10%"), "skipped");
    assert_eq!(end(&cases, "sla.own", "writes"), "failure");
}

/// The tables of a Markdown text: rows of cells, as they are read.
fn tables(text: &str) -> Vec<Vec<Vec<String>>> {
    let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
    let mut cell: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Table(_)) => tables.push(Vec::new()),
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                tables.last_mut().expect("in a table").push(Vec::new());
            }
            Event::Start(Tag::TableCell) => cell = Some(String::new()),
            Event::End(TagEnd::TableCell) => {
                let row = tables.last_mut().and_then(|table| table.last_mut()).expect("in a row");
                row.push(cell.take().expect("in a cell"));
            }
            Event::Text(text) => {
                if let Some(cell) = &mut cell {
                    cell.push_str(&text);
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
            Event::Start(Tag::CodeBlock(_)) => panic!("a code block"),
            _ => {}
        }
    }
    tables
}

/// A table whose rows all have as many cells as its head.
fn table<'a>(tables: &'a [Vec<Vec<String>>], first: &str) -> &'a Vec<Vec<String>> {
    let found = tables.iter().find(|table| table[0][0] == first);
    let found = found.unwrap_or_else(|| panic!("no table begins with {first}: {tables:?}"));
    assert!(found.len() > 1 && found.iter().all(|row| row.len() == found[0].len()), "{found:?}");
    found
}

#[test]
fn a_run_as_markdown_is_read_as_tables() {
    let bench = judged("markdown");
    let (status, out, err) = bench.run(&["run", "@beat.toml", "--no-files", "--format", "markdown"]);
    assert_eq!(status, 99, "{err}");
    assert!(out.starts_with("## beat\n"), "{out}");
    let tables = tables(&out);
    let rows = table(&tables, "SLA row");
    assert_eq!(
        (rows[1][0].as_str(), rows[1][1].as_str(), rows[1][3].as_str()),
        ("own: writes", ">= 99%", "breached")
    );
    let faults = table(&tables, "fault");
    assert_eq!(
        (faults[1][0].as_str(), faults[1][1].as_str()),
        ("region:West US power-loss", "region(write)")
    );
    assert!(table(&tables, "guarantee").iter().any(|row| row[0] == "read-your-writes" && row[1] == "holds"));
}

#[test]
fn a_comparison_as_markdown_is_read_as_tables() {
    let bench = judged("changes");
    let args =
        ["compare", "@beat.toml", "--set", "fault.0.lasts=44s", "--seeds", "8", "--format", "markdown"];
    let (status, out, err) = bench.run(&[&args[..], &["--fail-on", "rto.write.p99 > +5%"]].concat());
    assert_eq!(status, 97, "{err}");
    let tables = tables(&out);
    let gates = table(&tables, "fail on");
    assert_eq!((gates[1][0].as_str(), gates[1][1].as_str()), ("rto.write.p99 > +5%", "regression"));
    let rows = table(&tables, "measure");
    assert!(rows.iter().any(|row| row[0] == "rto.write[region(write)]" && row[5] == "worse"), "{rows:?}");
}

#[test]
fn text_that_is_no_markdown_stands_for_itself() {
    let odd = "a|b *c* _d_ `e` [f](g) <h> & \\i ~j~ # k\n$l$";
    let row = vec![vec![geodes::report::markdown::escaped(odd)]];
    let text = geodes::report::markdown::table(&[("odd", false)], &row);
    assert_eq!(tables(&text)[0][1], [odd.replace('\n', " ")]);
}
