//! What studies come to, as a user of the command meets it: when nothing can be concluded, and several at once.

#[path = "support/allocator.rs"]
mod allocator;

use geodes::base::diagnostics::SourceMap;
use geodes::cli::output::Output;
use geodes::cli::standard::Standard;
use geodes::report::document::Document;
use geodes::report::json;
use geodes::scenario::load;
use geodes::sla::condition::unmet;
use geodes::sla::profile::{Profile, embedded};
use geodes::system::registry::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Runs `geodes ARGS...`; returns the exit status, stdout and stderr.
fn geodes(args: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = ["geodes"].iter().chain(args).map(OsString::from);
    let library = Standard::new(Registry::builtin());
    let status = geodes::cli::run_with(args, &library, &mut Output::plain(&mut out, &mut err));
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (status.code(), text(out), text(err))
}

/// Studies one of the scenarios of this test, briefly.
fn study(name: &str) -> (u8, Document, String) {
    let file = format!("tests/data/studies/{name}.toml");
    let args = ["run", "--no-files", &file, "--years", "200", "--windows", "60"];
    let (status, out, err) = geodes(&[&args[..], &["--format", "json"]].concat());
    let document = json::parse(&out).unwrap_or_else(|error| panic!("{error}: {err}"));
    (status, document, geodes(&args).1)
}

#[test]
fn with_fewer_than_ten_losses_nothing_is_concluded() {
    let (status, document, text) = study("scarce");
    let row = &document.sla[0];
    assert_eq!((status, row.verdict.as_str()), (4, "inconclusive"), "{text}");
    assert!(row.why.ends_with("losses seen: 0, and fewer than 10 say nothing"), "{}", row.why);
    assert!(text.contains("Nothing can be concluded about availability.request.read"), "{text}");
    assert_eq!(study("plenty").1.sla[0].verdict, "met", "with more of them it is");
}

#[test]
fn an_interval_that_rests_on_few_losses_is_called_rough() {
    let asked = |windows: &str| {
        let file = "tests/data/studies/component.toml";
        let args = ["run", "--no-files", file, "--years", "10", "--windows", windows];
        let (_, text, _) = geodes(&args);
        text.lines().find(|line| line.contains("availability.request")).map(str::to_owned).expect("a row")
    };
    let (few, more) = (asked("40"), asked("80"));
    assert!(few.trim_end().ends_with("] rough") && more.trim_end().ends_with(']'), "{few}\n{more}");
}

#[test]
fn a_quantile_over_faults_weighs_each_by_how_often_its_like_happens() {
    let (_, document, text) = study("uneven");
    let [most, regions] = &document.sla[..] else { panic!("{text}") };
    // One fault of 27 is a region's.
    assert_eq!(most.verdict, "met", "{}", most.why);
    assert_eq!(
        most.estimate, document.measures["rto.read.p50"].estimate,
        "the table says the same elsewhere"
    );
    assert_eq!(regions.verdict, "breached", "{}", regions.why);
    let seen = |class: &str| document.faults.iter().filter(|f| f.signature.contains(class)).count();
    assert!(seen("node") > 0 && seen("region") > 0, "{text}");
}

#[test]
fn strata_without_a_loss_widen_the_interval() {
    let (_, document, _) = study("scarce");
    assert!(document.strata.iter().all(|stratum| stratum.losses == 0));
    let found = &document.measures["availability.request.read"];
    let low = found.low.expect("an interval");
    assert_eq!((found.estimate, found.high), (Some(1.0), Some(1.0)));
    // Three in the windows simulated may have been lost (the rule of three), for as long as the faults last.
    assert!(low < 0.99999 && low > 0.999, "{low}");
}

#[test]
fn what_never_settles_is_told_and_not_averaged() {
    for (name, why) in
        [("ceaseless", "strikes so often that the system never settles"), ("stranded", "had not settled")]
    {
        let (status, document, text) = study(name);
        assert_eq!(status, 4, "{text}");
        let averages = document.measures.keys().filter(|path| path.starts_with("availability."));
        assert_eq!(averages.collect::<Vec<_>>(), Vec::<&String>::new(), "{name}");
        let rows = document.sla.iter().filter(|row| row.measure.starts_with("availability."));
        for row in rows.filter(|row| row.verdict != "not applicable") {
            assert_eq!((row.verdict.as_str(), row.estimate, &row.p_month), ("inconclusive", None, &None));
            assert!(row.why.contains(why), "{}", row.why);
        }
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeezed.contains("Availability cannot be concluded:") && squeezed.contains(why), "{text}");
    }
}

#[test]
fn several_scenarios_end_in_one_table_of_their_rows_and_in_the_worst_status() {
    let dir = std::env::temp_dir().join(format!("geodes-verdicts-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    let out = dir.to_str().expect("a plain path");
    let files = ["plenty", "scarce"].map(|name| format!("tests/data/studies/{name}.toml"));
    let scripted = "tests/cmd/short.toml";
    let args = [
        "run",
        &files[0],
        &files[1],
        scripted,
        "--out",
        out,
        "--years",
        "200",
        "--windows",
        "60",
        "--seeds",
        "2",
    ];
    let (status, text, err) = geodes(&args);
    assert_eq!(status, 4, "one of them is inconclusive: {err}");
    let table = &text[text.find("SLA rows of 3 scenarios").expect("the table comes last")..];
    assert!(table.contains("  availability/read: >= 99.9%\n    plenty "), "{table}");
    assert!(table.contains(" hazards ") && table.contains(" scripted "), "{table}");

    let rows = fs::read_to_string(dir.join("sla.csv")).expect("the table as CSV");
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let found: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().expect("rows");
    let verdict = |name: &str| {
        let row = found.iter().find(|row| row["configuration"] == name && row["profile"] == "lab-2026");
        let row = row.unwrap_or_else(|| panic!("{name} in {rows}"));
        assert!(row["p_month"].parse::<f64>().is_ok_and(|p| (0.0..=1.0).contains(&p)), "{row:?}");
        (row["promised"].clone(), row["verdict"].clone())
    };
    assert_eq!(verdict("plenty"), (">= 99.9%".into(), "met".into()));
    assert_eq!(verdict("scarce"), (">= 99.9%".into(), "inconclusive".into()));
    let page = fs::read_to_string(dir.join("sla.md")).expect("the table as Markdown");
    assert!(page.contains("| availability/read | plenty | \\>= 99.9% |"), "{page}");
    figures_are_those_of_the_results(&dir, &text);
    assert!(dir.join("plenty/summary.json").is_file() && dir.join("scarce/sla.csv").is_file());
    fs::remove_dir_all(&dir).expect("cleaned up");
}

/// `figures.csv` holds, of every configuration, what its own result holds; and so does the table.
fn figures_are_those_of_the_results(dir: &Path, text: &str) {
    let mut reader = csv::Reader::from_path(dir.join("figures.csv")).expect("figures");
    let figures: Vec<BTreeMap<String, String>> =
        reader.deserialize().collect::<Result<_, _>>().expect("rows");
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &figures {
        let summary = fs::read_to_string(dir.join(&row["configuration"]).join("summary.json"));
        let document: Document = serde_json::from_str(&summary.expect("a result")).expect("a document");
        let measure = &document.measures[&row["measure"]];
        assert_eq!(row["estimate"].parse().ok(), measure.estimate, "{row:?}");
        assert_eq!((&row["unit"], row["n"].parse()), (&measure.unit, Ok(measure.n)), "{row:?}");
        *of.entry(&row["configuration"]).or_default() += 1;
    }
    assert!(of.len() == 3 && of.values().all(|n| *n >= 8), "{of:?}");
    let table = &text[text.find("Operations that are served").expect("figures come before the rows")..];
    assert!(table.find("  plenty ") < table.find("What faults cost"), "{table}");
}

#[test]
fn options_that_suit_none_of_the_scenarios_are_refused() {
    let study = "tests/data/studies/plenty.toml";
    assert_eq!(geodes(&["run", "--no-files", study, "--seeds", "3"]).0, 2);
    assert_eq!(geodes(&["run", "--no-files", "tests/cmd/short.toml", "--windows", "3"]).0, 2);
    assert_eq!(geodes(&["check", "tests/data/traces"]).0, 2, "a directory without scenarios");
}

/// The configurations of the SLA tables.
fn configurations() -> Vec<PathBuf> {
    let entries = fs::read_dir("scenarios/sla/tables").expect("they are shipped");
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

#[test]
fn every_row_of_the_published_tables_applies_to_a_shipped_configuration() {
    let registry = Registry::builtin();
    let mut judged: BTreeSet<(String, String)> = BTreeSet::new();
    for file in configurations() {
        let scenario = load(&file, &[], &registry, &mut SourceMap::new());
        let plan = scenario.unwrap_or_else(|_| panic!("{} resolves", file.display())).plan;
        let rows = plan.sla.iter().filter(|row| unmet(&row.when, &plan.facts).is_none());
        judged.extend(rows.map(|row| (row.profile.clone(), row.row.clone())));
    }
    let mut missing = Vec::new();
    for name in ["cosmos-db-2021", "cosmos-db-2019"] {
        let profile = Profile::parse(embedded(name).expect("it is embedded")).expect("it is a profile");
        for (row, from) in profile.rows.iter().zip(&profile.from) {
            let published = from
                .iter()
                .any(|from| from.starts_with("seed_sla_tables/cosmos_") || from.starts_with("cosmos_"));
            if published && !judged.contains(&(name.to_owned(), row.row.clone())) {
                missing.push(format!("{name}: {}", row.row));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Rows of the published table that the README shows: the availability table, configuration by configuration.
fn shown() -> String {
    let published = fs::read_to_string("results/sla.md").expect("it is committed");
    let section = published.split("\n### ").find(|section| section.starts_with("cosmos-db-2021\n"));
    let lines = section.expect("a section for each profile").lines();
    let is_shown = |line: &&str| line.starts_with("| availability/") && line.contains("-no-zones |");
    lines.filter(is_shown).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_rows_that_the_readme_shows_are_those_of_the_published_table() {
    const HEADING: &str = "| row | configuration | promised | measured | interval | P(month) | verdict |\n";
    const RULE: &str = "| --- | --- | --- | ---: | --- | ---: | --- |\n";
    let readme = fs::read_to_string("README.md").expect("it is committed");
    let (before, rest) = readme.split_once(&format!("{HEADING}{RULE}")).expect("the README shows rows");
    let (rows, after) = rest.split_once("\n\n").unwrap_or((rest, ""));
    let shown = shown();
    assert_eq!(shown.lines().count(), 6, "{shown}");
    if std::env::var_os("GEODES_BLESS").is_some() {
        let after = if rows.starts_with('|') { format!("\n{after}") } else { rest.to_owned() };
        return fs::write("README.md", format!("{before}{HEADING}{RULE}{shown}{after}")).expect("written");
    }
    assert_eq!(format!("{rows}\n"), shown, "GEODES_BLESS=1 cargo test --test verdicts rewrites them");
}

#[test]
fn the_published_table_says_something_of_every_promise_but_prices_and_manual_switches() {
    let rows = fs::read_to_string("results/sla.csv").expect("it is committed");
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let found: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().expect("rows");
    let mut said: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for row in &found {
        let says = row["verdict"] != "inconclusive" || row["n"] != "0";
        *said.entry((&row["profile"], &row["row"])).or_default() |= says;
    }
    let silent: Vec<_> = said.iter().filter(|(_, says)| !**says).map(|((_, row), _)| *row).collect();
    // Nobody switches by hand in a study: `cosmos-db/manual-switch-refused.toml` does.
    let unmet = |row: &&str| !row.ends_with("/price") && !row.ends_with("/manual-failover");
    let others: Vec<_> = silent.into_iter().filter(unmet).collect();
    assert!(others.is_empty(), "{others:#?}");
}
