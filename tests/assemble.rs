//! From the records of a window to the result document.

use geodes::base::ids::{ClientId, FaultId, IdVec, NodeId, PartitionId, RegionId, WorkloadId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::{EndReason, FaultSite, LostWrite, Record, WindowEnd};
use geodes::measure::findings::Findings;
use geodes::measure::watch::Watch;
use geodes::model::fault::{Fault, FaultKind, Scope};
use geodes::model::operation::{Action, Claims, Key, Observed, OpId, Operation, Outcome, Status, WriteId};
use geodes::model::plan::Plan;
use geodes::model::topology::{Node, NodeRole, Region};
use geodes::model::workload::Client;
use geodes::report::assemble::{Parts, document};
use geodes::report::document::Document;
use geodes::report::timeline::MarkKind;
use geodes::report::write;
use std::collections::BTreeMap;

const ONSET: u64 = 600;
const RESTORED: u64 = 660;

fn at(s: u64) -> SimTime {
    SimTime::ZERO + Span::secs(s)
}

/// One region, one client, one fault of a minute.
fn plan() -> Plan {
    let mut plan = Plan { name: "small".into(), about: "What is lost?".into(), seed: 7, ..Plan::default() };
    plan.partitions = 1;
    plan.sla_gate = true;
    plan.rto.share = 1.0;
    let region = plan.topology.regions.push(Region {
        name: "West US".into(),
        geography: String::new(),
        has_zones: true,
        position: None,
    });
    let node = plan.topology.nodes.push(Node {
        path: "client:shop/0".into(),
        role: NodeRole::Client,
        region: Some(region),
        zone: None,
        domain: None,
        fails_with_place: false,
    });
    assert_eq!(node, NodeId(0));
    plan.clients.push(Client { workload: WorkloadId(0), number: 0, region, node });
    plan.faults = IdVec::from_iter([Fault {
        label: "region:West US".into(),
        scope: Scope::Region(region),
        kind: FaultKind::PowerLoss,
        at: at(ONSET),
        lasts: Some(Span::secs(RESTORED - ONSET)),
    }]);
    plan
}

fn operation(n: u64, second: u64, ok: bool) -> Record {
    let invoked = at(second) + Span::millis(n % 10);
    Record::Completed(Box::new(Operation {
        id: OpId(n),
        client: ClientId(0),
        region: RegionId(0),
        partition: PartitionId(0),
        key: Key::register(0),
        action: if n.is_multiple_of(2) { Action::Write(WriteId(n + 1)) } else { Action::Read },
        bytes: 1_000,
        invoked: (invoked, n),
        completed: (invoked + Span::millis(5), n),
        outcome: if ok { Outcome::Ok } else { Outcome::Fail },
        status: if ok { Status::OK } else { Status::new(503, 0) },
        observed: Observed::Nothing,
        position: None,
        served: ok.then_some(RegionId(0)),
        level: 0,
        claims: Claims::default(),
        attempts: 1,
        throttled: 0,
        charge: 1.0,
        session_reset: false,
        closing: false,
    }))
}

/// Ten operations a second for twenty minutes; those of the fault's minute fail; three writes are lost.
fn run(plan: &Plan, restored: bool) -> Document {
    ended(plan, restored, if restored { EndReason::Settled } else { EndReason::Cap })
}

/// [`run`], with this end.
fn ended(plan: &Plan, restored: bool, reason: EndReason) -> Document {
    let mut watch = Watch::new(plan);
    let mut n = 0;
    for second in 1..1_200 {
        if second == ONSET {
            let site = FaultSite { class: "region(write)".into(), ..FaultSite::default() };
            watch.on_record(&Record::FaultBegan { at: at(ONSET), fault: FaultId(0), site });
            (0..3).for_each(|i| watch.on_record(&Record::Lost(lost(i))));
        }
        if second == RESTORED {
            watch.on_record(&Record::FaultEnded { at: at(RESTORED), fault: FaultId(0) });
        }
        let down = second >= ONSET && (second < RESTORED || !restored);
        for _ in 0..10 {
            watch.on_record(&operation(n, second, !down));
            n += 1;
        }
    }
    watch.on_record(&Record::End(WindowEnd {
        at: at(1_200),
        reason,
        events: 5,
        digest: 9,
        open_operations: 0,
        mode: String::new(),
    }));
    let mut findings = Findings::new();
    findings.push(watch.findings());
    document(Parts {
        plan,
        system: "lab",
        seed: plan.seed,
        findings: &findings,
        sla: Vec::new(),
        guarantees: Vec::new(),
        definitions: BTreeMap::new(),
        story: Vec::new(),
        notes: vec!["a note".into()],
    })
}

fn lost(i: u64) -> LostWrite {
    LostWrite {
        at: at(ONSET),
        fault: Some(FaultId(0)),
        write: WriteId(i + 1),
        key: Key::register(0),
        partition: PartitionId(0),
        bytes: 1_000,
        acknowledged: at(ONSET - 3 + i),
        recoverable: i > 0,
    }
}

#[test]
fn a_window_becomes_a_document_with_what_its_fault_cost() {
    let document = run(&plan(), true);
    assert_eq!((document.scenario.as_str(), document.seed, document.seeds), ("small", 7, 1));
    assert_eq!((document.windows, document.events, document.censored), (1, 5, 0));
    assert_eq!(document.regions[0].clients, 1);
    let fault = &document.faults[0];
    assert_eq!((fault.signature.as_str(), fault.kind.as_str()), ("region(write)", "power-loss"));
    assert_eq!((fault.begin_s, fault.end_s), (600.0, Some(660.0)));
    let rto = fault.rto_write.as_ref().and_then(|s| s.max).expect("writes were restored");
    assert!((rto - 60.0).abs() < 0.1, "{rto}");
    let spent: f64 = fault.rto_write_breakdown.iter().map(|p| p.seconds).sum();
    assert!((spent - rto).abs() < 1e-6, "the phases add up: {spent} of {rto}");
    let max = |s: &Option<geodes::report::document::Spread>| s.as_ref().and_then(|s| s.max);
    assert_eq!(max(&fault.rpo_writes), Some(3.0));
    assert_eq!(max(&fault.rpo_recoverable), Some(2.0));
    assert_eq!(max(&fault.rpo_permanent), Some(1.0));
    assert_eq!(max(&fault.rpo_time), Some(3.0));
    assert_eq!(max(&fault.rpo_bytes), Some(3_000.0));
    assert!(fault.exposed_writes.is_none(), "nothing was exposed, so nothing is said");
    let request = &document.measures["availability.request.write"];
    let share = request.estimate.expect("an estimate");
    assert!((share - (1.0 - 60.0 / 1_199.0)).abs() < 1e-9, "{share}");
    assert_eq!(request.confidence, None, "one window has no interval");
    assert_eq!(document.latency.len(), 2);
    assert!(document.notes.contains(&"a note".to_owned()));
}

#[test]
fn the_timeline_shows_the_fault_with_its_recovery_time_and_point() {
    let timeline = run(&plan(), true).timeline.expect("a timeline");
    let total: u64 = timeline.series.iter().flat_map(|s| &s.total).sum();
    let ok: u64 = timeline.series.iter().flat_map(|s| &s.ok).sum();
    assert_eq!((total, ok), (7_200, 6_600), "from two minutes before the fault on");
    assert_eq!(timeline.faults[0].label, "region:West US power-loss");
    let captions: Vec<(MarkKind, &str)> =
        timeline.marks.iter().map(|m| (m.kind, m.caption.as_str())).collect();
    assert_eq!(captions[0], (MarkKind::Rto, "writes back after 1min"));
    assert_eq!(captions[1], (MarkKind::Rto, "reads back after 1min"));
    assert_eq!(captions[2], (MarkKind::Rpo, "3 writes lost, acknowledged within 3s; 1 write for good"));
    assert_eq!((timeline.marks[2].from_s, timeline.marks[2].to_s), (597.0, Some(600.0)));
}

#[test]
fn a_storm_of_messages_is_censored_and_told_with_its_seed_its_message_and_its_time() {
    let document = ended(&plan(), false, EndReason::Storm { at: at(1_200), message: "append" });
    assert_eq!(document.censored, 1);
    let storm = document.storm.clone().expect("it is told");
    let begin = "The window of seed 7 ended in a storm of messages, `append` among them, 20min in (censored)";
    assert!(storm.starts_with(begin), "{storm}");
    assert!(document.notes.contains(&storm));
    assert!(!document.notes.iter().any(|note| note.contains("stopped at the cap")));
    write::files(&document).expect("every view can be made of it");
    assert_eq!(run(&plan(), false).storm, None);
}

#[test]
fn a_service_that_does_not_come_back_has_no_recovery_time() {
    let document = run(&plan(), false);
    assert_eq!(document.censored, 1);
    let rto = document.faults[0].rto_write.clone().expect("it was measured");
    assert_eq!((rto.max, rto.censored, rto.n), (None, 1, 1));
    assert!(document.faults[0].rto_write_breakdown.is_empty());
    let timeline = document.timeline.as_ref().expect("a timeline");
    assert_eq!(timeline.marks[0].to_s, None);
    assert!(document.notes.iter().any(|note| note.contains("stopped at the cap")));
    write::files(&document).expect("every view can be made of it");
}
