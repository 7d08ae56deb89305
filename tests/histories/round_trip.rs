//! What runs of several systems export, read again: the operations of the run, with the verdict of its own checker.

use super::parse;
use geodes::base::diagnostics::{SourceMap, Style};
use geodes::engine::contract::{Observer, WindowSpec};
use geodes::engine::record::Record;
use geodes::history::exchange::datum::Datum;
use geodes::history::exchange::judge::judge;
use geodes::history::exchange::read::Model;
use geodes::history::exchange::recorder::Recorder;
use geodes::history::exchange::write;
use geodes::history::linearizable::Linearizable;
use geodes::history::verdict::Verdict;
use geodes::model::operation::{Action, Claims, Outcome, Status};
use geodes::scenario::load;
use geodes::system::registry::Registry;
use std::any::Any;
use std::path::Path;

/// Keeps all records.
#[derive(Default)]
struct Kept(Vec<Record>);

impl Observer for Kept {
    fn on_records(&mut self, records: &[Record]) {
        self.0.extend_from_slice(records);
    }

    fn merge(&mut self, _: Box<dyn Observer>) {
        unreachable!("everything runs in one world");
    }
}

/// The records of a scenario, as if every read had claimed to be linearizable, and no refusal had told anything: what an
/// outside checker takes them for.
fn records(scenario: &str, settings: &[&str]) -> Vec<Record> {
    let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
    let mut sources = SourceMap::new();
    let scenario = load(Path::new(scenario), &settings, &Registry::builtin(), &mut sources)
        .unwrap_or_else(|errors| panic!("{}", errors.render(&sources, Style::Plain)));
    let spec = WindowSpec { seed: scenario.plan.seed, single_world: true, ..WindowSpec::default() };
    let window = scenario.runnable.run(&scenario.plan, spec, &|| Box::<Kept>::default());
    let kept: Box<Kept> = (window.observer as Box<dyn Any>).downcast().expect("the observer it was given");
    let mut records = kept.0;
    for record in &mut records {
        if let Record::Completed(op) = record {
            op.claims = Claims::LINEARIZABLE;
            if op.outcome == Outcome::Fail {
                op.status = Status::new(503, 0);
            }
        }
    }
    records
}

const SHORT: [&str; 3] = ["run.at-least=\"1min\"", "workload.shop.keys=8", "fault=[]"];

/// Runs, exports, reads and judges; gives the verdict.
fn round_trip(scenario: &str, settings: &[&str]) -> Verdict {
    let records = records(scenario, settings);
    let mut recorder = Recorder::default();
    recorder.on_records(&records);
    assert_eq!(recorder.unfinished(), 0);
    let events = recorder.events();
    let ended = |r: &&Record| matches!(r, Record::Completed(op) if op.action != Action::ReadBack);
    assert_eq!(events.len(), 2 * records.iter().filter(ended).count(), "{scenario}");
    let edn = parse("h.edn", &write::edn(&events), Model::CasRegister);
    let json = parse("h.json", &write::json(&events), Model::CasRegister);
    let (edn, json) = match (edn, json) {
        (Ok(edn), Ok(json)) => (edn, json),
        (Err((errors, sources)), _) | (_, Err((errors, sources))) => {
            panic!("{}", errors.render(&sources, Style::Plain))
        }
    };
    assert_eq!(edn, json, "{scenario}");
    assert!(edn.ops.len() > 100, "{scenario}: {} operations", edn.ops.len());
    let mut own = Linearizable::new(false);
    records.iter().for_each(|record| own.on_record(record));
    let (ours, theirs) = (judge(&edn, &Datum::Nil).verdict, own.finish());
    assert_eq!(ours.verdict, theirs.verdict, "{scenario}: {ours:#?}\n{theirs:#?}");
    assert_eq!(ours.evidence.is_empty(), theirs.evidence.is_empty(), "{scenario}");
    ours.verdict
}

#[test]
fn strong_accounts_groups_and_quorums_export_linearizable_histories() {
    let mix =
        "workload.shop.mix={insert=\"15%\",replace=\"15%\",delete=\"10%\",conditional=\"20%\",batch=\"10%\"}";
    let strong = [
        SHORT[0],
        SHORT[1],
        SHORT[2],
        "system.cosmos-db.consistency=\"strong\"",
        "system.cosmos-db.allow-long-distance=true",
        "workload.shop.objects=4",
        mix,
    ];
    assert_eq!(round_trip("tests/cmd/short.toml", &strong), Verdict::Holds);
    assert_eq!(round_trip("scenarios/raft/leader-region-down.toml", &SHORT), Verdict::Holds);
}

#[test]
fn weaker_systems_export_histories_that_are_not() {
    let eventual = [
        SHORT[0],
        "workload.shop.keys=2",
        "workload.shop.rate=\"200/s\"",
        "system.cosmos-db.consistency=\"eventual\"",
    ];
    assert_eq!(round_trip("tests/cmd/short.toml", &eventual), Verdict::Violated);
    let sloppy =
        ["workload.shop.keys=2", "system.quorum-nwr.read-quorum=1", "system.quorum-nwr.write-quorum=1"];
    assert_eq!(round_trip("scenarios/quorum-nwr/two-replicas-down-sloppy.toml", &sloppy), Verdict::Violated);
}
