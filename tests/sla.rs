//! SLA profiles hold every row of the published tables, and rows are judged as MEASURES says.

#![allow(clippy::single_range_in_vec_init, reason = "a list of one stretch of failures")]

mod watched;

use geodes::base::ids::{FaultId, PartitionId};
use geodes::base::time::Span;
use geodes::engine::record::Record;
use geodes::measure::findings::{CauseFilter, Findings, WindowFindings};
use geodes::measure::number::Estimate;
use geodes::measure::paths::Path;
use geodes::model::fault::FaultKind;
use geodes::model::plan::Plan;
use geodes::model::sla::{Compare, SlaRow, SlaRule, Verdict};
use geodes::sla::judge::study::{LongTerm, judge as judge_study};
use geodes::sla::{Judged, Profile, ProfileError, judge, profile, profiles};
use geodes::system::registry::Registry;
use std::collections::BTreeMap;
use watched::*;

fn all_profiles() -> Vec<Profile> {
    profiles().map(|(name, text)| Profile::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"))).collect()
}

/// Rows by the published table rows they stand for.
fn by_origin() -> BTreeMap<String, Vec<SlaRow>> {
    let mut origins: BTreeMap<String, Vec<SlaRow>> = BTreeMap::new();
    for profile in all_profiles() {
        for (row, from) in profile.rows.iter().zip(&profile.from) {
            for origin in from {
                origins.entry(origin.clone()).or_default().push(row.clone());
            }
        }
    }
    origins
}

fn table(name: &str) -> Vec<BTreeMap<String, String>> {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    reader.deserialize().map(|row| row.unwrap_or_else(|e| panic!("{path}: {e}"))).collect()
}

fn bounds(rows: &[SlaRow]) -> Vec<(&str, Compare, f64)> {
    rows.iter()
        .filter_map(|row| match &row.rule {
            SlaRule::Bound { measure, op, value, .. } => Some((measure.as_str(), *op, *value)),
            _ => None,
        })
        .collect()
}

#[test]
fn every_profile_is_read_under_its_own_name() {
    for (name, text) in profiles() {
        let profile = Profile::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(profile.name, name);
        assert!(
            Registry::builtin().names().any(|system| system == profile.system),
            "{name}: {}",
            profile.system
        );
        assert!(profile.rows.iter().all(|row| !row.source.is_empty() && row.profile == name), "{name}");
        assert_eq!(profile::embedded(name), Some(text));
    }
    assert_eq!(profiles().filter(|(name, _)| name.starts_with("cosmos-db-")).count(), 4);
}

#[test]
fn every_row_of_the_tables_is_judged_by_some_row() {
    let origins = by_origin();
    let mut missing = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for row in table("seed_sla_tables.csv") {
        if row["table_id"].starts_with("cosmos") {
            known.push(format!(
                "seed_sla_tables/{}/{}/{}",
                row["table_id"], row["row_key"], row["column_key"]
            ));
        }
    }
    for row in table("cosmos_rpo_rto.csv") {
        let (edition, regions) = (&row["edition"], &row["regions"]);
        known.push(format!(
            "cosmos_rpo_rto/{edition}/{regions}/{}/{}",
            row["replication_mode"], row["consistency"]
        ));
    }
    for row in table("cosmos_sla_by_edition.csv") {
        known.push(format!("cosmos_sla_by_edition/{}/{}", row["edition"], row["configuration"]));
    }
    for origin in &known {
        if !origins.contains_key(origin) {
            missing.push(origin.clone());
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(known.len() > 70, "{} rows", known.len());
    // Those of other providers have a test of their own.
    let own = origins.keys().filter(|origin| !origin.starts_with("peer_sla_profiles/"));
    let unknown: Vec<&String> = own.filter(|origin| !known.contains(origin)).collect();
    assert_eq!(unknown, Vec::<&String>::new());
}

#[test]
fn the_availability_rows_hold_the_published_figures() {
    let origins = by_origin();
    let figure = |origin: &str, kind: &str, percent: &str| {
        let percent: f64 = percent.trim_start_matches("up to ").parse().expect("a number");
        let measure = format!("availability.hourly.{kind}");
        let all = bounds(&origins[origin]);
        let found = all.iter().find(|(name, ..)| *name == measure);
        let (_, op, value) = found.unwrap_or_else(|| panic!("{origin} has no {measure}"));
        assert_eq!(*op, Compare::AtLeast);
        assert!((value - percent / 100.0).abs() < 1e-12, "{origin}: {value}");
    };
    for row in table("cosmos_sla_by_edition.csv") {
        let origin = format!("cosmos_sla_by_edition/{}/{}", row["edition"], row["configuration"]);
        figure(&origin, "write", &row["write_availability_pct"]);
        figure(&origin, "read", &row["read_availability_pct"]);
    }
    for row in table("seed_sla_tables.csv") {
        if let Some(kind) = row["row_key"].strip_suffix("_availability_pct") {
            let origin =
                format!("seed_sla_tables/{}/{}/{}", row["table_id"], row["row_key"], row["column_key"]);
            figure(&origin, kind, &row["value_normalised"]);
        }
    }
}

#[test]
fn the_recovery_rows_hold_the_published_figures() {
    let origins = by_origin();
    for row in table("cosmos_rpo_rto.csv") {
        let (edition, regions) = (&row["edition"], &row["regions"]);
        let origin =
            format!("cosmos_rpo_rto/{edition}/{regions}/{}/{}", row["replication_mode"], row["consistency"]);
        let rows = &origins[&origin];
        match row["rpo_text"].as_str() {
            "K & T" => {
                assert!(rows.iter().any(|row| matches!(row.rule, SlaRule::StalenessBound { .. })), "{origin}")
            }
            _ => {
                let seconds: f64 = row["rpo_seconds"].parse().expect("seconds");
                let all = bounds(rows);
                let rpo =
                    all.iter().find(|(name, ..)| name.starts_with("rpo") || name.starts_with("exposed"));
                assert_eq!(rpo.map(|(_, _, value)| *value), Some(seconds), "{origin}");
            }
        }
        if let Ok(seconds) = row["rto_seconds"].parse::<f64>() {
            let rto = bounds(rows).into_iter().find(|(name, ..)| *name == "rto.max");
            assert_eq!(rto.map(|(_, _, value)| value), Some(seconds), "{origin}");
        }
    }
}

#[test]
fn cells_that_state_a_loss_are_expectations() {
    let origins = by_origin();
    for row in table("seed_sla_tables.csv") {
        if row["table_id"] == "cosmos_kpi" && row["value_normalised"] == "loss" {
            let origin = format!("seed_sla_tables/cosmos_kpi/{}/{}", row["row_key"], row["column_key"]);
            let rows = &origins[&origin];
            assert!(rows.iter().all(|row| matches!(row.rule, SlaRule::ExpectLoss { .. })), "{origin}");
        }
    }
}

/// The files that a line of a page in `docs/` links to.
fn linked(line: &str) -> Vec<std::path::PathBuf> {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(|target| docs.join(target)).collect()
}

#[test]
fn every_promise_of_a_peer_is_judged_by_a_scenario_or_named_as_not_modelled() {
    let root = env!("CARGO_MANIFEST_DIR");
    let docs = std::fs::read_to_string(format!("{root}/docs/profiles.md")).expect("a page");
    let (judged, rest) = docs.split_once("## Systems of their own").expect("a section on other systems");
    let (own, others) = rest.split_once("## Not modelled").expect("a section on what is not modelled");
    let mut modelled = 0;
    for row in table("peer_sla_profiles.csv") {
        let (service, mode) = (&row["service"], &row["mode"]);
        let origin = format!("peer_sla_profiles/{service}/{mode}");
        let profile =
            all_profiles().into_iter().find(|p| p.from.iter().flatten().any(|from| *from == origin));
        let listed = format!("| {service} | {mode} |");
        let Some(profile) = profile else {
            if let Some(line) = own.lines().find(|line| line.starts_with(&listed)) {
                let files = linked(line);
                let (study, profiles) = (&files[files.len() - 2], &files[..files.len() - 2]);
                assert!(files.iter().all(|file| file.is_file()) && !profiles.is_empty(), "{line}");
                let study = std::fs::read_to_string(study).expect("it is a file");
                for name in profiles.iter().filter_map(|file| file.file_stem()?.to_str()) {
                    assert!(study.contains(&format!("\"{name}\"")), "the study judges no {name}");
                }
                continue;
            }
            assert!(
                others.contains(&listed),
                "{origin} has no profile, and docs/profiles.md does not say why"
            );
            continue;
        };
        modelled += 1;
        assert!(
            judged.contains(&listed) && judged.contains(&profile.name),
            "{origin} is not in docs/profiles.md"
        );
        assert!(profile.from.iter().all(|from| from.contains(&origin)), "{}", profile.name);
        let path = format!("{root}/scenarios/profiles/{}.toml", profile.name);
        let scenario = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert!(scenario.contains(&format!("profiles = [\"{}\"]", profile.name)), "{path}");
        let published = row["availability_pct"].split(' ').next().unwrap_or_default();
        let availability =
            bounds(&profile.rows).into_iter().filter(|(name, ..)| name.starts_with("availability."));
        let mut availability = availability.map(|(_, _, bound)| bound * 100.0).peekable();
        assert_eq!(availability.peek().is_none(), published.is_empty(), "{origin}");
        let published: f64 = published.parse().unwrap_or_default();
        assert!(availability.all(|bound| (bound - published).abs() < 1e-9), "{origin}: {published}");
        let no_loss = bounds(&profile.rows).contains(&("rpo.time.max", Compare::AtMost, 0.0));
        assert_eq!(no_loss, row["rpo_seconds"] == "0", "{origin}");
    }
    assert!(modelled >= 15, "{modelled}");
}

#[test]
fn a_wrong_profile_says_which_row_is_wrong() {
    let profile = |rows: &str| {
        let head = "name = 'p'\nabout = 'a'\nsystem = 's'\nedition = 'e'\nsource = 'x'\n";
        Profile::parse(&format!("{head}{rows}")).map(|_| ()).map_err(|error| error.to_string())
    };
    let row = |rest: &str| format!("[[row]]\nrow = 'r'\nstatement = 's'\n{rest}\n");
    assert_eq!(profile(&row("measure = 'rto.write'\nbound = '< 15 min'")), Ok(()));
    let error = |rest: &str| profile(&row(rest)).expect_err(rest);
    assert!(error("measure = 'rto.writes'\nbound = '< 15 min'").contains("row `r`: unknown measure"));
    assert!(error("measure = 'rto.write'\nbound = '< 15%'").contains("unit `%`"));
    assert!(error("measure = 'rto.write'").contains("needs `measure` and `bound`"));
    assert!(error("rule = 'temporary'\nkind = 'writes'").contains("`kind` is `read` or `write`"));
    assert!(error("rule = 'price'\nbuond = '3'").contains("buond"));
    let twice = row("rule = 'price'").repeat(2);
    assert!(matches!(profile(&twice), Err(text) if text.contains("another row")));
    assert!(matches!(Profile::parse("name = "), Err(ProfileError::Shape(_))));
}

// ---------------------------------------------------------------------------------------------------- verdicts

fn row(rule: SlaRule) -> SlaRow {
    SlaRow {
        profile: "p".into(),
        row: "r".into(),
        statement: String::new(),
        when: Vec::new(),
        rule,
        source: "s".into(),
        confidence: "documented".into(),
    }
}

fn at_least(measure: &str, value: f64) -> SlaRule {
    SlaRule::Bound { measure: measure.into(), op: Compare::AtLeast, value, fault: None }
}

fn below(measure: &str, op: Compare, value: f64, fault: &str) -> SlaRule {
    SlaRule::Bound { measure: measure.into(), op, value, fault: Some(fault.into()) }
}

fn verdict(rule: SlaRule, plan: &Plan, findings: &Findings) -> Judged {
    let plan = Plan { sla: vec![row(rule)], ..plan.clone() };
    judge(&plan, findings).remove(0)
}

/// A write-region outage of two minutes at 100 s; writes of `bad` fail.
fn outage(bad: &[std::ops::Range<u64>]) -> (Plan, Window) {
    let mut plan = plan();
    let fault = add_fault(&mut plan, secs(100), Some(Span::secs(120)), FaultKind::PowerLoss);
    let window = Window::default()
        .ops(&writes(Span::millis(100), secs(300), bad))
        .fault(fault, secs(100), "region(write)", &[WEST])
        .fault_ends(fault, secs(220));
    (plan, window)
}

fn window(bad: &[std::ops::Range<u64>]) -> (Plan, WindowFindings) {
    let (plan, window) = outage(bad);
    let findings = window.findings(&plan);
    (plan, findings)
}

#[test]
fn one_window_is_judged_on_its_value() {
    // 60 s of 300 s fail in the one hour of the load: 1 - 0.2 * (299.9 / 3600) / 730 = 0.99997717656 over the month.
    let (plan, window) = window(&[100_000..160_000]);
    let findings = single(window);
    let met = verdict(at_least("availability.hourly.write", 0.9999), &plan, &findings);
    assert_eq!((met.verdict, met.low, met.high, met.n), (Verdict::Met, None, None, 1));
    let breached = verdict(at_least("availability.hourly.write", 0.99999), &plan, &findings);
    assert_eq!(breached.verdict, Verdict::Breached);
    assert_eq!(breached.bound, ">= 99.999%");
    assert_eq!(breached.why, "99.9977% in the one window");
    let nothing = verdict(at_least("availability.hourly.read", 0.9), &plan, &findings);
    assert_eq!((nothing.verdict, nothing.why.as_str()), (Verdict::Inconclusive, "no samples"));
}

#[test]
fn an_interval_across_the_bound_is_inconclusive_and_says_how_many_windows_it_lacks() {
    let plan = plan();
    let of = |failing: u64| {
        let ops = writes(Span::secs(1), secs(100), &[0..failing * 1000]);
        Window::default().ops(&ops).findings(&plan)
    };
    let mut findings = Findings::new();
    [0, 10, 20, 30].into_iter().for_each(|failing| findings.push(of(failing)));
    let four = verdict(at_least("availability.request.write", 0.8), &plan, &findings);
    assert_eq!((four.verdict, four.further_windows), (Verdict::Inconclusive, Some(2)));
    [40, 50].into_iter().for_each(|failing| findings.push(of(failing)));
    // 0.75, from 0.461 to 0.884: the bound is 0.05 above, the interval reaches 0.134: 7.18 times as many windows, 44 in all.
    let six = verdict(at_least("availability.request.write", 0.8), &plan, &findings);
    assert_eq!((six.verdict, six.further_windows), (Verdict::Inconclusive, Some(38)));
    let met = verdict(at_least("availability.request.write", 0.4), &plan, &findings);
    let wide = met.low.zip(met.high).is_some_and(|(low, high)| 0.46 < low && low < 0.47 && high < 0.89);
    assert!(met.verdict == Verdict::Met && wide, "{met:?}");
    assert_eq!(
        verdict(at_least("availability.request.write", 1.01), &plan, &findings).verdict,
        Verdict::Breached
    );
}

#[test]
fn one_fault_beyond_the_bound_breaches_a_bound_on_the_worst() {
    let (plan, short) = window(&[100_000..130_000]);
    let (_, long) = window(&[100_000..190_000]);
    let rule = || below("rto.write.max", Compare::Below, 60.0, "region(write)");
    let mut findings = repeated(&short, 9);
    let met = verdict(rule(), &plan, &findings);
    assert_eq!((met.verdict, met.estimate), (Verdict::Met, Some(29.9)));
    findings.push(long);
    let breached = verdict(rule(), &plan, &findings);
    assert_eq!(
        (breached.verdict, breached.estimate, breached.counterexample),
        (Verdict::Breached, Some(89.9), Some(9))
    );
    let (_, never) = window(&[100_000..300_000]);
    let never = verdict(rule(), &plan, &single(never));
    assert_eq!((never.verdict, never.estimate), (Verdict::Breached, None));
    assert!(never.why.contains("not restored"), "{}", never.why);
    let absent = verdict(below("rto.write.max", Compare::Below, 60.0, "zone"), &plan, &findings);
    assert_eq!(
        (absent.verdict, absent.why.as_str()),
        (Verdict::Inconclusive, "no fault of class zone occurred")
    );
}

#[test]
fn a_promise_of_zero_needs_299_windows_and_no_counterexample() {
    let (plan, clean) = window(&[]);
    let rule = || below("rpo.writes.max", Compare::AtMost, 0.0, "region(write)");
    let one = verdict(rule(), &plan, &single(clean.clone()));
    assert_eq!((one.verdict, one.further_windows, one.n), (Verdict::Inconclusive, Some(298), 1));
    let most = verdict(rule(), &plan, &repeated(&clean, 298));
    assert_eq!((most.verdict, most.further_windows), (Verdict::Inconclusive, Some(1)));
    assert!(most.why.contains("1.01%"), "{}", most.why);
    let mut findings = repeated(&clean, 299);
    let met = verdict(rule(), &plan, &findings);
    assert_eq!((met.verdict, met.n), (Verdict::Met, 299));
    let (_, lossy) = outage(&[]);
    findings.push(lossy.lost(secs(150), FaultId(0), 1, secs(99), true).findings(&plan));
    let breached = verdict(rule(), &plan, &findings);
    assert_eq!((breached.verdict, breached.counterexample), (Verdict::Breached, Some(299)));
    assert_eq!((breached.bound.as_str(), breached.why.as_str()), ("= 0", "window 299 shows 1"));
}

#[test]
fn a_quantile_over_faults_needs_enough_of_them() {
    let (plan, short) = window(&[100_000..130_000]);
    let rule = || below("rto.write.p99", Compare::Below, 60.0, "region(write)");
    let few = verdict(rule(), &plan, &repeated(&short, 10));
    assert_eq!((few.verdict, few.further_windows), (Verdict::Inconclusive, Some(289)));
    assert_eq!(verdict(rule(), &plan, &repeated(&short, 299)).verdict, Verdict::Met);
    let (_, long) = window(&[100_000..190_000]);
    assert_eq!(verdict(rule(), &plan, &repeated(&long, 299)).verdict, Verdict::Breached);
}

#[test]
fn a_quantile_of_which_one_end_is_open_is_no_reason_to_give_up() {
    let (plan, short) = window(&[100_000..130_000]);
    let rule = below("rto.write.p99", Compare::Below, 60.0, "region(write)");
    let plan = Plan { sla: vec![row(rule)], ..plan };
    let (quiet, faults) = (Findings::new(), repeated(&short, 320));
    // A few of them happen so often that they outweigh the others.
    let open = |path: &Path, filter: Option<&CauseFilter>| {
        Some(Estimate { high: None, ..faults.estimate(path, filter)? })
    };
    let availability = |_: &str| None;
    let found = LongTerm {
        availability: &availability,
        faults: &faults,
        over_faults: &open,
        quiet: &quiet,
        unsettled: None,
    };
    let judged = judge_study(&plan, &found).remove(0);
    assert_eq!((judged.verdict, judged.further_windows), (Verdict::Inconclusive, None));
    assert!(judged.why.ends_with("open at one end; more windows should close it"), "{}", judged.why);
}

#[test]
fn an_expected_loss_is_shown_or_inconclusive() {
    let rule = || SlaRule::ExpectLoss {
        measure: "outage.time.write.max".into(),
        fault: Some("region(write)".into()),
    };
    let (plan, bad) = window(&[100_000..160_000]);
    let shown = verdict(rule(), &plan, &single(bad));
    assert_eq!((shown.verdict, shown.estimate), (Verdict::Met, Some(59.9)));
    let (plan, clean) = window(&[]);
    assert_eq!(verdict(rule(), &plan, &repeated(&clean, 400)).verdict, Verdict::Inconclusive);
}

#[test]
fn a_temporary_loss_ends_before_the_fault() {
    let rule = || SlaRule::Temporary { kind: "write".into(), fault: Some("region(write)".into()) };
    let (plan, short) = window(&[100_000..130_000]);
    assert_eq!(verdict(rule(), &plan, &single(short)).verdict, Verdict::Met);
    // The fault lasts 120 s, the outage 150 s.
    let (plan, long) = window(&[100_000..250_000]);
    let late = verdict(rule(), &plan, &single(long));
    assert_eq!((late.verdict, late.counterexample), (Verdict::Breached, Some(0)));
    assert_eq!(late.why, "window 0: RTO 2min 30s, the fault lasted 2min");
}

#[test]
fn the_staleness_bound_is_judged_in_each_partition() {
    // Odd writes are in partition 1: writes 1 and 3, acknowledged at 95 s and 97 s; write 2 is in partition 0.
    let (mut plan, window) = outage(&[]);
    let lossy = window
        .clone()
        .lost(secs(150), FaultId(0), 1, secs(95), true)
        .lost(secs(150), FaultId(0), 2, secs(99), true)
        .lost(secs(150), FaultId(0), 3, secs(97), true)
        .findings(&plan);
    let rule = || SlaRule::StalenessBound { fault: Some("region(write)".into()) };
    let mut with = |k: &str, t: &str| {
        plan.facts = [("bound-k", k), ("bound-t-s", t)].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        verdict(rule(), &plan, &single(lossy.clone()))
    };
    assert_eq!(with("2", "5").verdict, Verdict::Met);
    let writes = with("1", "5");
    assert_eq!(
        (writes.verdict, writes.why.as_str()),
        (Verdict::Breached, "window 0, partition 1: 2 writes over 5s lost")
    );
    assert_eq!(with("2", "4").verdict, Verdict::Breached);
    plan.facts.clear();
    assert_eq!(verdict(rule(), &plan, &single(lossy)).verdict, Verdict::Inconclusive);
    // With failover off, nothing is lost yet: writes out of reach count.
    let mut exposed = window;
    let (fault, partition, time) = (FaultId(0), PartitionId(0), Span::secs(9));
    exposed.push(secs(100), Record::Exposed { fault, partition, writes: 1, bytes: 1, time });
    plan.facts = [("bound-k", "2"), ("bound-t-s", "5"), ("failover", "off")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .into();
    let judged = verdict(rule(), &plan, &single(exposed.findings(&plan)));
    assert_eq!((judged.verdict, judged.estimate), (Verdict::Breached, Some(9.0)));
}

#[test]
fn a_row_that_does_not_apply_says_why() {
    let (mut plan, clean) = window(&[]);
    plan.facts = [("regions".to_owned(), "2".to_owned())].into();
    let mut one = row(SlaRule::Price);
    one.when = vec![("regions".into(), vec!["1".into()])];
    plan.sla = vec![one, row(SlaRule::Price)];
    let judged = judge(&plan, &single(clean));
    assert_eq!(judged[0].verdict, Verdict::NotApplicable);
    assert_eq!(judged[0].why, "needs regions = 1; here it is 2");
    assert_eq!(judged[1].verdict, Verdict::Inconclusive);
}

#[test]
fn clients_inside_the_fault_say_nothing_about_the_provider() {
    let (mut plan, window) = outage(&[100_000..160_000]);
    plan.clients = Default::default();
    add_client(&mut plan, WEST, true);
    let findings = single(window.clone().findings(&plan));
    for rule in [at_least("availability.hourly.write", 0.9), below("rto.max", Compare::Below, 9e9, "region")]
    {
        let judged = verdict(rule, &plan, &findings);
        assert_eq!(
            (judged.verdict, judged.why.as_str()),
            (Verdict::Inconclusive, "all clients are inside region:West US")
        );
    }
    // A client that only sits near the region is outside.
    add_client(&mut plan, WEST, false);
    let findings = single(window.findings(&plan));
    assert_eq!(verdict(at_least("availability.hourly.write", 0.9), &plan, &findings).verdict, Verdict::Met);
}

#[test]
fn a_main_scenario_is_judged_row_by_row() {
    let (mut plan, window) = outage(&[100_000..160_000]);
    plan.facts = [
        ("regions", "3"),
        ("multi-region", "yes"),
        ("write-regions", "single"),
        ("zone-redundant", "none"),
        ("failover", "service-managed"),
        ("consistency", "session"),
        ("api", "sql"),
        ("replicas-per-region", "4"),
    ]
    .map(|(fact, value)| (fact.to_owned(), value.to_owned()))
    .into();
    plan.sla = all_profiles().into_iter().flat_map(|profile| profile.rows).collect();
    let judged = judge(&plan, &single(window.findings(&plan)));
    assert_eq!(judged.len(), plan.sla.len());
    let of = |profile: &str, row: &str| {
        let found = judged.iter().find(|judged| judged.row.profile == profile && judged.row.row == row);
        found.map(|judged| judged.verdict)
    };
    assert_eq!(of("cosmos-db-2021", "availability/single-write/write"), Some(Verdict::Met));
    assert_eq!(of("cosmos-db-2021", "availability/single-region/write"), Some(Verdict::NotApplicable));
    assert_eq!(of("cosmos-db-2021", "outage/failover-on/write-region/write"), Some(Verdict::Met));
    assert_eq!(of("cosmos-db-2021", "outage/failover-off/write-region/write"), Some(Verdict::NotApplicable));
    assert_eq!(of("cosmos-db-2021", "text/replicas"), Some(Verdict::Met));
    assert_eq!(of("cosmos-db-2019", "rto/single-write/session"), Some(Verdict::Met));
    assert_eq!(of("cosmos-db-2019", "rpo/single-write/session"), Some(Verdict::Met));
    assert_eq!(of("cosmos-db-2019", "rpo/single-write/strong"), Some(Verdict::NotApplicable));
    assert!(judged.iter().all(|judged| !judged.why.is_empty() && !judged.why.contains('\n')));
}
