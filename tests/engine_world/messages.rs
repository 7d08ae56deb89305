//! What faults do to messages.

use crate::place::*;
use crate::toy::*;
use geodes::base::dist::Law;
use geodes::base::ids::{NodeId, RegionId, ZoneId};
use geodes::base::time::Span;
use geodes::engine::record::{Purpose, Record};
use geodes::engine::world::World;
use geodes::model::fault::{FaultKind, Place, Scope};
use geodes::model::plan::Plan;

/// Scripts 0 and 1 in West (zones 1 and 2), 2 in East, 3 in North.
fn three(p: &Plan) -> World<Toy> {
    let scripts = [0, 2, 4, 8].map(|n| (NodeId(n), vec![])).to_vec();
    let mut p = p.clone();
    p.limits.cap = Span::mins(10);
    world(&Config { scripts, ..Config::default() }, &p)
}

/// Sends `n` pings from one script to another now, and counts those that arrive within a second.
fn got(w: &mut World<Toy>, from: u32, to: u32, n: u64) -> usize {
    let before = seen(w.actor(script(to))).len();
    let pings = (0..n).map(|i| Do::Ping(script(to), i, 10)).collect();
    w.deliver(script(to), script(from), Msg::Do(pings));
    let until = w.now() + Span::secs(1);
    w.run_until(until);
    seen(w.actor(script(to))).len() - before
}

const FOREVER: Option<Span> = None;
fn region(r: u32) -> Place {
    Place::Region(RegionId(r))
}

#[test]
fn a_one_way_cut_drops_one_direction_only() {
    let mut w = three(&plan(3));
    let link = Scope::Link { from: region(0), to: region(1), both: false };
    let id = w.strike_fault(fault(link, FaultKind::Cut, Span::ZERO, FOREVER));
    assert_eq!([(0, 2), (2, 0), (0, 3), (0, 1)].map(|(a, b)| got(&mut w, a, b, 1)), [0, 1, 1, 1]);
    w.heal(id);
    assert_eq!(got(&mut w, 0, 2, 1), 1);
    let link = Scope::Link { from: region(0), to: Place::Node(NodeId(4)), both: true };
    w.strike_fault(fault(link, FaultKind::Cut, Span::ZERO, FOREVER));
    assert_eq!([(0, 2), (2, 0), (3, 2)].map(|(a, b)| got(&mut w, a, b, 1)), [0, 0, 1]);
}

#[test]
fn an_isolated_scope_goes_on_inside_and_hears_nothing_from_outside() {
    let mut w = three(&plan(3));
    let id = w.strike_fault(fault(Scope::Region(RegionId(0)), FaultKind::Isolation, Span::ZERO, FOREVER));
    assert_eq!([(0, 1), (0, 2), (2, 0), (2, 3)].map(|(a, b)| got(&mut w, a, b, 1)), [1, 0, 0, 1]);
    w.strike_fault(fault(Scope::Zone(ZoneId(0)), FaultKind::Isolation, Span::ZERO, FOREVER));
    assert_eq!(got(&mut w, 0, 1, 1), 0);
    w.heal(id);
    assert_eq!([(0, 1), (1, 2), (0, 2)].map(|(a, b)| got(&mut w, a, b, 1)), [0, 1, 0]);
}

#[test]
fn a_message_already_on_its_way_is_not_cut() {
    let mut w = three(&plan(3));
    command_now(&mut w, Command::Tell(script(0), vec![Do::Ping(script(2), 1, 10)]));
    w.run_until(ms(10));
    w.strike_fault(fault(Scope::Region(RegionId(0)), FaultKind::Isolation, Span::ZERO, FOREVER));
    w.run_until(ms(100));
    assert_eq!(seen_at(w.actor(script(2))), [(50, "ping 1".to_string())]);
}

#[test]
fn loss_drops_about_its_share() {
    let mut p = plan(3);
    p.network.loss = table(3, 0.2);
    let mut w = three(&p);
    let base = got(&mut w, 0, 2, 10_000);
    assert!((7_800..8_200).contains(&base), "{base} of 10,000 at 20 %");
    let link = Scope::Link { from: region(0), to: region(1), both: false };
    w.strike_fault(fault(link, FaultKind::Loss { probability: 0.5 }, Span::ZERO, FOREVER));
    let both = got(&mut w, 0, 2, 10_000);
    assert!((3_800..4_200).contains(&both), "{both} of 10,000 at 20 % and 50 %");
    assert_eq!(got(&mut w, 0, 1, 100), 100, "within a region nothing is lost");
}

#[test]
fn a_slow_link_takes_its_factor_times_as_long() {
    let mut w = three(&plan(3));
    let link = Scope::Link { from: region(0), to: region(1), both: false };
    w.strike_fault(fault(link, FaultKind::Slow { factor: 4.0 }, Span::ZERO, FOREVER));
    got(&mut w, 0, 2, 1);
    got(&mut w, 2, 0, 1);
    assert_eq!(seen_at(w.actor(script(2)))[0].0, 200);
    assert_eq!(seen_at(w.actor(script(0)))[0].0, 1_050);
}

#[test]
fn delays_depend_on_where_the_ends_are() {
    let scripts = [0, 0, 1, 2, 4].map(|n| (NodeId(n), vec![])).to_vec();
    let mut w = world(&Config { scripts, ..Config::default() }, &plan(2));
    let all = (1..5).map(|i| Do::Ping(script(i), 0, 1)).collect();
    command_now(&mut w, Command::Tell(script(0), all));
    exhaust(&mut w);
    let at = |i| match w.actor(script(i)) {
        ToyActor::Script(s) => s.seen[0].0.0 / 1_000,
        _ => 0,
    };
    assert_eq!([1, 2, 3, 4].map(at), [20, 1_000, 2_000, 50_000], "node, zone, region, other region, in us");
}

#[test]
fn a_bandwidth_fault_queues_and_its_end_lets_the_queue_go() {
    let mut w = three(&plan(3));
    let link = Scope::Link { from: region(0), to: region(1), both: false };
    let limit = FaultKind::Bandwidth { bytes_per_s: 1_000.0 };
    let id = w.strike_fault(fault(link, limit, Span::ZERO, FOREVER));
    let pings = (0..4).map(|i| Do::Ping(script(2), i, 1_000)).collect();
    command_now(&mut w, Command::Tell(script(0), pings));
    w.run_until(ms(2_500));
    assert_eq!(w.in_flight(), 2);
    w.heal(id);
    w.run_until(secs(5));
    let at: Vec<u64> = seen_at(w.actor(script(2))).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, [1_050, 2_050, 2_550, 2_550]);
}

#[test]
fn clients_that_only_sit_near_a_region_are_outside_it() {
    let answered = |inside: bool| {
        let mut p = plan(2);
        p.workloads.push(workload(0.0));
        add_clients(&mut p, RegionId(0), 1, inside);
        let replicas = vec![(geodes::base::ids::PartitionId(0), NodeId(4), true)];
        let mut w = world(&Config { replicas, ..Config::default() }, &p);
        w.strike_fault(fault(Scope::Region(RegionId(0)), FaultKind::Isolation, Span::ZERO, FOREVER));
        let (partition, key) =
            (geodes::base::ids::PartitionId(0), geodes::model::operation::Key::register(0));
        let op = w.ask(CLIENT, partition, key, geodes::model::operation::Action::Read).expect("it runs");
        w.run_until(secs(5));
        w.result(op).map(|o| o.outcome)
    };
    use geodes::model::operation::Outcome;
    assert_eq!(answered(false), Some(Outcome::Ok));
    assert_eq!(answered(true), Some(Outcome::Fail));
}

#[test]
fn traffic_is_counted_by_directed_pair_and_purpose() {
    let mut p = plan(2);
    p.network.intra_zone = Law::Constant(0.0);
    p.limits.cap = Span::secs(1);
    let pings = (0..3).map(|i| Do::Ping(script(1), i, 500)).collect();
    let scripts = vec![(NodeId(0), pings), (NodeId(4), vec![Do::Ping(script(0), 0, 7)])];
    let mut w = world(&Config { scripts, ..Config::default() }, &p);
    let mut keep = Keep::default();
    w.run(&mut keep);
    let traffic: Vec<_> = keep
        .0
        .iter()
        .filter_map(|r| match r {
            Record::Traffic { from, to, purpose, bytes, messages } => {
                Some((*from, *to, *purpose, *bytes, *messages))
            }
            _ => None,
        })
        .collect();
    let (west, east) = (Some(RegionId(0)), Some(RegionId(1)));
    let r = Purpose::Replication;
    assert_eq!(traffic, [(west, east, r, 1_500, 3), (east, west, r, 7, 1)]);
}
