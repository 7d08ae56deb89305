//! Lost, exposed and remembered writes.

use crate::place::*;
use crate::toy::*;
use geodes::base::ids::{ActorId, FaultId, NodeId, PartitionId, RegionId, ZoneId};
use geodes::base::time::Span;
use geodes::engine::record::{FaultSite, LostWrite, Record};
use geodes::engine::world::World;
use geodes::model::fault::{Fault, FaultKind, Place, Role, Scope, Widen};
use geodes::model::operation::*;
use geodes::model::plan::Plan;

const P0: PartitionId = PartitionId(0);
/// The replica in East; West's is the primary.
const EAST: ActorId = ActorId(2);

fn pair() -> (Config, Plan) {
    let mut p = plan(2);
    p.workloads.push(workload(0.0));
    add_clients(&mut p, RegionId(1), 1, false);
    let replicas = vec![(P0, NodeId(0), true), (P0, NodeId(4), false)];
    (Config { replicas, ..Config::default() }, p)
}

fn write(w: &mut World<Toy>) -> WriteId {
    let id = w.fresh_write();
    let op = w.ask(CLIENT, P0, Key::register(0), Action::Write(id)).expect("runs");
    let until = w.now() + Span::millis(500);
    w.run_until(until);
    assert_eq!(w.result(op).map(|o| o.outcome), Some(Outcome::Ok));
    id
}

fn lost(records: &[Record]) -> Vec<&LostWrite> {
    records.iter().filter_map(|r| if let Record::Lost(lost) = r { Some(lost) } else { None }).collect()
}
fn exposed(records: &[Record]) -> Vec<(FaultId, u64, Span)> {
    let one = |r: &Record| match r {
        Record::Exposed { fault, writes, time, .. } => Some((*fault, *writes, *time)),
        _ => None,
    };
    records.iter().filter_map(one).collect()
}
fn hit(scope: Scope, kind: FaultKind) -> Fault {
    fault(scope, kind, Span::ZERO, None)
}
fn west_to_east() -> Scope {
    Scope::Link { from: Place::Region(RegionId(0)), to: Place::Region(RegionId(1)), both: true }
}

/// Two writes everywhere, then two that only West has, then West loses power.
fn unreplicated(kind: FaultKind) -> (World<Toy>, [WriteId; 2], FaultId) {
    let (config, p) = pair();
    let mut w = world(&config, &p);
    write(&mut w);
    write(&mut w);
    w.strike_fault(hit(west_to_east(), FaultKind::Cut));
    let lone = [write(&mut w), write(&mut w)];
    let fault = w.strike_fault(hit(Scope::Region(RegionId(0)), kind));
    (w, lone, fault)
}

#[test]
fn a_promotion_loses_what_the_survivor_does_not_hold_and_it_is_recoverable_while_the_old_disk_exists() {
    let (mut w, lone, fault) = unreplicated(FaultKind::PowerLoss);
    command_now(&mut w, Command::Promote(P0, EAST));
    w.run_until(secs(10));
    let records = w.take_records();
    let lost = lost(&records);
    assert_eq!(lost.iter().map(|l| l.write).collect::<Vec<_>>(), lone);
    assert!(
        lost.iter().all(|l| l.recoverable && l.fault == Some(fault) && l.partition == P0 && l.bytes == 1_024)
    );
}

#[test]
fn a_destroyed_region_loses_for_good_what_only_it_held_at_once_and_only_once() {
    let (mut w, lone, fault) = unreplicated(FaultKind::Destroyed);
    command_now(&mut w, Command::Promote(P0, EAST));
    w.run_until(secs(10));
    let records = w.take_records();
    let lost = lost(&records);
    assert_eq!(lost.iter().map(|l| l.write).collect::<Vec<_>>(), lone);
    assert!(lost.iter().all(|l| !l.recoverable && l.fault == Some(fault) && l.at == ms(2_000)));
}

#[test]
fn an_onset_tells_which_writes_nobody_within_reach_holds() {
    for kind in [FaultKind::PowerLoss, FaultKind::Isolation, FaultKind::Pause] {
        let (mut w, _, fault) = unreplicated(kind);
        let records = w.take_records();
        let all = exposed(&records);
        let (_, writes, time) = all.iter().find(|(f, ..)| *f == fault).copied().expect("it is recorded");
        assert_eq!(writes, 2, "{kind:?}");
        assert!(time > Span::millis(800) && time < Span::secs(1), "since the older of the two, {time}");
        assert!(all.iter().filter(|(f, ..)| *f != fault).all(|(_, writes, _)| *writes == 0));
    }
}

#[test]
fn a_survivor_that_holds_everything_loses_nothing() {
    let (config, p) = pair();
    let mut w = world(&config, &p);
    write(&mut w);
    w.run_until(secs(2));
    w.strike_fault(hit(Scope::Region(RegionId(0)), FaultKind::Destroyed));
    command_now(&mut w, Command::Promote(P0, EAST));
    w.run_until(secs(3));
    assert!(lost(&w.take_records()).is_empty());
}

#[test]
fn the_ledger_does_not_grow_with_the_window() {
    let (config, mut p) = pair();
    p.workloads = [workload(200.0)].into_iter().collect();
    p.limits.cap = Span::mins(10);
    let remembered = |s: u64| {
        let mut w = world(&config, &p);
        w.run_until(secs(s));
        w.remembered_writes()
    };
    let (short, long) = (remembered(60), remembered(240));
    assert!(short > 1_000, "{short}");
    assert!(long < short * 5 / 4, "{long} after four times the time, {short} before");
}

#[test]
fn losing_even_what_was_long_held_everywhere_is_counted() {
    let (config, mut p) = pair();
    p.workloads = [workload(100.0)].into_iter().collect();
    p.limits.cap = Span::secs(200);
    let mut w = world(&config, &p);
    w.run_until(secs(120));
    let acked = operations(&w.take_records())
        .iter()
        .filter(|op| op.action.is_write() && op.outcome == Outcome::Ok)
        .count() as u64;
    let remembered = w.remembered_writes() as u64;
    w.strike_fault(hit(Scope::Region(RegionId(0)), FaultKind::Destroyed));
    w.strike_fault(hit(Scope::Region(RegionId(1)), FaultKind::DestroyedDisk));
    let records = w.take_records();
    let bulk = records.iter().find_map(|r| if let Record::LostBulk(b) = r { Some(*b) } else { None });
    let bulk = bulk.expect("the pruned ones are gone too");
    assert!(remembered < acked / 2);
    assert_eq!((bulk.writes + lost(&records).len() as u64, bulk.recoverable), (acked, false));
    assert_eq!(bulk.fault, Some(FaultId(1)));
}

fn sites(faults: Vec<Fault>) -> Vec<FaultSite> {
    let (config, p) = pair();
    let mut w = world(&config, &p);
    faults.into_iter().for_each(|f| {
        let id = w.strike_fault(f);
        w.heal(id);
    });
    let site = |r: Record| if let Record::FaultBegan { site, .. } = r { Some(site) } else { None };
    w.take_records().into_iter().filter_map(site).collect()
}

#[test]
fn a_fault_is_classed_by_the_roles_it_hits() {
    let kind = FaultKind::Slow { factor: 1.0 };
    let class = |scope: Scope| sites(vec![hit(scope, kind)]).remove(0);
    let empty = |class: &str| FaultSite { class: class.to_string(), ..FaultSite::default() };
    // Both regions have a replica of the one partition.
    let site =
        |class: &str, regions: Vec<RegionId>| FaultSite { regions, partitions: vec![P0], ..empty(class) };
    let role = |role, widen| Scope::Role { role, widen };
    assert_eq!(class(Scope::Region(RegionId(0))), site("region(write)", vec![RegionId(0)]));
    assert_eq!(class(Scope::Region(RegionId(1))), site("region(read)", vec![RegionId(1)]));
    assert_eq!(class(Scope::Zone(ZoneId(0))), site("zone(leader)", vec![]));
    assert_eq!(class(Scope::Zone(ZoneId(1))), empty("zone"), "none of the two is there");
    assert_eq!(class(Scope::Node(NodeId(0))), site("node(leader)", vec![]));
    assert_eq!(class(Scope::Node(NodeId(4))), site("node(replica)", vec![]));
    assert_eq!(class(west_to_east()), empty("link"));
    assert_eq!(class(Scope::Service), site("service", vec![]));
    assert_eq!(class(role(Role::Write, Widen::Holder)), site("region(write)", vec![RegionId(0)]));
    assert_eq!(class(role(Role::Leader(P0), Widen::Holder)), site("node(leader)", vec![]));
    assert_eq!(class(role(Role::Leader(P0), Widen::Domain)), site("domain(leader)", vec![]));
    assert_eq!(class(role(Role::Leader(P0), Widen::Zone)), site("zone(leader)", vec![]));
    assert_eq!(class(role(Role::Leader(PartitionId(9)), Widen::Zone)), empty("unbound"));
}

#[test]
fn a_role_is_bound_when_the_fault_begins() {
    let (config, mut p) = pair();
    let scope = Scope::Role { role: Role::Leader(P0), widen: Widen::Holder };
    p.faults.push(fault(scope, FaultKind::Crash, Span::secs(2), Some(Span::secs(1))));
    let mut w = world(&config, &p);
    w.strike_fault(hit(Scope::Node(NodeId(0)), FaultKind::Crash));
    command_now(&mut w, Command::Promote(P0, EAST));
    w.run_until(ms(2_500));
    assert!(!w.is_running(NodeId(4)), "the leader by then is in East");
}
