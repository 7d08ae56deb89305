//! What goes wrong in other simulators, one test each; and what each kind of fault means.

#[path = "engine_traps/toy.rs"]
mod toy;

use geodes::base::dist::Law;
use geodes::base::ids::{ActorId, NodeId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{Observer, Runnable, WindowSpec};
use geodes::engine::record::{EndReason, Record};
use geodes::engine::run::Ready;
use geodes::engine::world::World;
use geodes::model::fault::{FaultKind, Place, Scope};
use geodes::model::plan::Plan;
use toy::{Cast, Do, Toy, When, fault, ms, plan, seen, toy, world};

const NODE: Scope = Scope::Node(NodeId(1));

/// Watches nothing.
struct Blind;
impl Observer for Blind {
    fn on_records(&mut self, _: &[Record]) {}
    fn merge(&mut self, _: Box<dyn Observer>) {}
}

/// Counts records.
struct Counting(usize);
impl Observer for Counting {
    fn on_records(&mut self, records: &[Record]) {
        self.0 += records.len();
    }
    fn merge(&mut self, _: Box<dyn Observer>) {}
}

/// Actor 0 in region A sends message `i` to actor 1 in region B at `every` ms, `n` times, each of `bytes`.
fn pings(n: u8, every: u64, bytes: u64) -> Cast {
    let mut rules = Vec::new();
    for i in 0..n {
        rules.push((When::Start, Do::Set(i, Span::millis(u64::from(i) * every))));
        rules.push((When::Timer(i), Do::Send(1, i, bytes)));
    }
    vec![(0, rules), (1, Vec::new())]
}

/// The arrival times of what [`pings`] sent, by tag.
fn arrivals(world: &World<Toy>) -> Vec<(u64, u8)> {
    let tag = |what: &str| what.strip_prefix("message ")?.split(' ').next()?.parse().ok();
    seen(world, 1).iter().filter_map(|(at, what)| Some((*at, tag(what)?))).collect()
}

/// [`pings`] under one fault, run for ten seconds.
fn pings_under(scope: Scope, kind: FaultKind, at: u64, lasts: u64) -> Vec<(u64, u8)> {
    let mut world = toy(&pings(10, 100, 10));
    world.run_until(ms(at));
    world.strike_fault(fault(scope, kind, 0, lasts));
    world.run_until(ms(10_000));
    arrivals(&world)
}

fn link(from: u32, to: u32, both: bool) -> Scope {
    Scope::Link { from: Place::Region(RegionId(from)), to: Place::Region(RegionId(to)), both }
}

#[test]
fn a_cancelled_timer_neither_counts_nor_advances_the_clock() {
    let set = (When::Start, Do::Set(1, Span::mins(50)));
    let cast = |more: &[(When, Do)]| vec![(0, [&[set], more].concat())];
    let (mut cancelled, mut never) = (toy(&cast(&[(When::Start, Do::Cancel(1))])), toy(&vec![(0, vec![])]));
    let ends = [cancelled.run(&mut Blind), never.run(&mut Blind)];
    assert_eq!(ends[0], ends[1], "as if it had never been set");
    assert_eq!((ends[0].events, ends[0].reason), (1, EndReason::Settled));
    assert!(ends[0].at < ms(10_000), "{:?}", ends[0].at);
    let mut kept = toy(&cast(&[]));
    let end = kept.run(&mut Blind);
    assert_eq!(end.events, 2);
    assert!(end.at > SimTime::ZERO + Span::mins(50), "a timer that is pending is waited for");
}

#[test]
fn events_at_the_stop_time_run() {
    let mut world = toy(&vec![(0, vec![(When::Start, Do::Set(1, Span::secs(5)))])]);
    world.run_until(ms(4_999));
    assert_eq!(seen(&world, 0).len(), 1);
    world.run_until(ms(5_000));
    assert_eq!(seen(&world, 0)[1], (5_000, "timer 1".into()));
    assert_eq!(world.now(), ms(5_000));
}

#[test]
fn ties_run_in_the_order_in_which_they_were_asked_for() {
    let rules = [7, 3, 9, 1].map(|i| (When::Start, Do::Set(i, Span::secs(1))));
    let mut world = toy(&vec![(0, rules.to_vec())]);
    world.run_until(ms(1_000));
    let fired: Vec<String> = seen(&world, 0).into_iter().skip(1).map(|(_, what)| what).collect();
    assert_eq!(fired, ["timer 7", "timer 3", "timer 9", "timer 1"]);
}

#[test]
fn shuffled_ties_change_the_order_of_ties_and_the_digest_only() {
    let rules: Vec<_> = (0..20).map(|i| (When::Start, Do::Set(i, Span::secs(1)))).collect();
    let run = |shuffle_ties| {
        let cast = vec![(0, rules.clone())];
        let mut world = world(plan(&cast), &cast, WindowSpec { shuffle_ties, ..WindowSpec::default() });
        let end = world.run(&mut Blind);
        (seen(&world, 0), end)
    };
    let ((plain, end), (shuffled, other)) = (run(None), run(Some(5)));
    assert_ne!(plain, shuffled);
    let (mut a, mut b) = (plain, shuffled.clone());
    a.sort();
    b.sort();
    assert_eq!(a, b, "the same things happen at the same times");
    assert_eq!((end.at, end.events, end.reason), (other.at, other.events, other.reason));
    assert_eq!(run(Some(5)).0, shuffled, "a shuffle can be repeated");
}

#[test]
fn watching_changes_nothing_and_runs_repeat() {
    let run = |observer: &mut dyn Observer| toy(&pings(20, 10, 100)).run(observer);
    let mut counting = Counting(0);
    let end = run(&mut Blind);
    assert_eq!(end, run(&mut counting));
    assert!(counting.0 > 0 && end.events > 40);
    let mut by_hand = toy(&pings(20, 10, 100));
    by_hand.run_until(ms(500));
    by_hand.take_records();
    assert_eq!(by_hand.run(&mut Blind), end, "stopping on the way changes nothing either");
}

#[test]
fn a_world_can_be_cloned_and_both_run_on_alike() {
    let mut first = toy(&pings(20, 10, 100));
    first.run_until(ms(95));
    let mut second = first.clone();
    let ends = (first.run(&mut Blind), second.run(&mut Blind));
    assert_eq!(ends.0, ends.1);
    assert_eq!(seen(&first, 1), seen(&second, 1));
}

#[test]
fn a_link_delay_does_not_throttle_throughput() {
    let mut world = toy(&pings(100, 1, 1_000_000));
    world.run_until(ms(1_000));
    let expected: Vec<(u64, u8)> = (0..100).map(|i| (u64::from(i) + 50, i)).collect();
    assert_eq!(arrivals(&world), expected, "each is under way for 50 ms, however many there are");
}

#[test]
fn bandwidth_queues_departures_and_propagation_comes_on_top() {
    let kind = FaultKind::Bandwidth { bytes_per_s: 50.0 };
    let got = pings_under(link(0, 1, false), kind, 250, 2_000);
    // 10 bytes take 200 ms at 50 bytes a second: from the fourth on each leaves 200 ms after the one before.
    let left = |i: u64| if i < 3 { i * 100 } else { 300 + (i - 2) * 200 };
    let expected: Vec<(u64, u8)> = (0..10).map(|i| (left(u64::from(i)) + 50, i)).collect();
    assert_eq!(got, expected);
}

#[test]
fn an_unrelated_actor_region_or_fault_leaves_all_other_draws_as_they_were() {
    let rules: Vec<_> = (0..9)
        .flat_map(|i| {
            let timer = When::Timer(i);
            [
                (When::Start, Do::Set(i, Span::secs(1 + u64::from(i)))),
                (timer, Do::Draw),
                (timer, Do::Send(1, i, 10)),
            ]
        })
        .collect();
    let small = vec![(0, rules.clone()), (1, vec![])];
    let large = vec![(0, rules.clone()), (1, vec![]), (2, rules.clone()), (0, rules)];
    let happened = |cast: &Cast, struck: bool| {
        let mut plan = plan(cast);
        let regions = plan.network.pairs.len();
        let row = || (0..regions).map(|_| Law::Exponential { mean: 0.2 }).collect();
        plan.network.pairs = (0..regions).map(|_| row()).collect();
        if struck {
            plan.faults.push(fault(Scope::Node(NodeId(2)), FaultKind::Crash, 1_500, 3_000));
        }
        let mut world = world(plan, cast, WindowSpec { seed: 9, ..WindowSpec::default() });
        world.run_until(ms(20_000));
        let from_first = |(_, what): &(u64, String)| what.ends_with("of 0");
        let arrived: Vec<_> = seen(&world, 1).into_iter().filter(from_first).collect();
        (seen(&world, 0), arrived)
    };
    let alone = happened(&small, false);
    assert_eq!((alone.0.len(), alone.1.len()), (19, 9));
    assert_eq!(alone, happened(&large, false));
    assert_eq!(alone, happened(&large, true));
}

/// Actor 1 hands a record to its disk at 100 ms and another at 200 ms; the fault strikes at 205 ms, before the second is
/// durable, and lasts for a second. A ping every 100 ms.
fn struck(kind: FaultKind) -> (Vec<(u64, String)>, Vec<u64>) {
    let mut cast = pings(8, 100, 10);
    cast[1].1 = vec![
        (When::Start, Do::Set(1, Span::millis(100))),
        (When::Timer(1), Do::Persist(11)),
        (When::Timer(1), Do::Set(2, Span::millis(100))),
        (When::Timer(2), Do::Persist(22)),
        (When::Timer(2), Do::Set(3, Span::millis(100))),
    ];
    let mut world = toy(&cast);
    world.run_until(ms(205));
    world.strike_fault(fault(NODE, kind, 0, 1_000));
    world.run_until(ms(5_000));
    (seen(&world, 1), world.disk(ActorId(1)).0.clone())
}

#[test]
fn a_crash_keeps_what_was_handed_to_the_disk_and_forgets_the_rest() {
    let (seen, disk) = struck(FaultKind::Crash);
    assert_eq!(disk, [11, 22]);
    assert_eq!(seen, [(1_205, "restart with [11, 22]".to_string())], "blank, no timer, no message");
}

#[test]
fn a_power_loss_loses_what_was_not_durable_yet() {
    let (seen, disk) = struck(FaultKind::PowerLoss);
    assert_eq!(disk, [11]);
    assert_eq!(seen, [(1_205, "restart with [11]".to_string())]);
}

#[test]
fn a_destroyed_disk_starts_again_blank() {
    let (seen, disk) = struck(FaultKind::DestroyedDisk);
    assert!(disk.is_empty());
    assert_eq!(seen, [(1_205, "restart with []".to_string())]);
}

#[test]
fn a_pause_loses_nothing_and_takes_what_waited_in_order() {
    let (seen, disk) = struck(FaultKind::Pause);
    assert_eq!(disk, [11, 22]);
    let late: Vec<&str> = seen.iter().filter(|(at, _)| *at == 1_205).map(|(_, what)| what.as_str()).collect();
    let messages = (2..8).map(|i| format!("message {i} of 0"));
    let mut expected: Vec<String> = messages.collect();
    expected.insert(0, "durable 2".into());
    expected.insert(2, "timer 3".into());
    assert_eq!(late, expected, "durable at 210, message at 250, timer at 300, ...");
}

#[test]
fn a_timer_moved_later_before_a_pause_never_turns_the_clock_back() {
    let cast = vec![
        (0, vec![]),
        (
            0,
            vec![
                (When::Start, Do::Set(1, Span::millis(100))),
                (When::Start, Do::Set(2, Span::millis(50))),
                (When::Timer(2), Do::Set(1, Span::millis(250))),
            ],
        ),
    ];
    let mut world = toy(&cast);
    world.run_until(ms(80));
    world.strike_fault(fault(NODE, FaultKind::Pause, 0, 920));
    let mut last = SimTime::ZERO;
    while world.step(ms(5_000)) {
        assert!(world.now() >= last, "from {last} to {}", world.now());
        last = world.now();
    }
    assert_eq!(seen(&world, 1).last(), Some(&(1_000, "timer 1".to_string())));
}

#[test]
fn a_crash_during_a_pause_restarts_once_when_both_are_over() {
    let mut world = toy(&vec![(0, vec![]), (0, vec![])]);
    world.strike_fault(fault(NODE, FaultKind::Pause, 0, 1_000));
    world.strike_fault(fault(NODE, FaultKind::Crash, 0, 200));
    world.run_until(ms(500));
    world.strike_fault(fault(NODE, FaultKind::Crash, 0, 1_500));
    world.run_until(ms(3_000));
    world.strike_fault(fault(NODE, FaultKind::Pause, 0, 100));
    world.run_until(ms(9_000));
    assert_eq!(seen(&world, 1), [(2_000, "restart with []".to_string())]);
}

#[test]
fn what_is_destroyed_does_not_come_back() {
    let mut world = toy(&pings(8, 100, 10));
    world.run_until(ms(205));
    let id = world.strike_fault(fault(NODE, FaultKind::Destroyed, 0, 0));
    world.heal(id);
    world.run_until(ms(5_000));
    assert!(!world.is_up(ActorId(1)) && seen(&world, 1).is_empty());
}

#[test]
fn a_cut_is_one_way_and_takes_what_is_sent_while_it_lasts() {
    let got = pings_under(link(0, 1, false), FaultKind::Cut, 250, 300);
    assert_eq!(got.iter().map(|(_, tag)| *tag).collect::<Vec<_>>(), [0, 1, 2, 6, 7, 8, 9]);
    let back = pings_under(link(1, 0, false), FaultKind::Cut, 250, 300);
    assert_eq!(back.len(), 10, "the other way is open");
    assert_eq!(pings_under(link(1, 0, true), FaultKind::Cut, 250, 300), got, "a cut of both ways");
}

#[test]
fn isolation_cuts_a_scope_off_but_not_apart() {
    let mut cast = pings(10, 100, 10);
    cast.push((1, (0..10).map(|i| (When::Start, Do::Set(i, Span::millis(u64::from(i) * 100)))).collect()));
    cast[2].1.extend((0..10).map(|i| (When::Timer(i), Do::Send(1, 100 + i, 10))));
    let mut world = toy(&cast);
    world.run_until(ms(250));
    world.strike_fault(fault(Scope::Region(RegionId(1)), FaultKind::Isolation, 0, 300));
    world.run_until(ms(5_000));
    let tags: Vec<u8> = arrivals(&world).iter().map(|(_, tag)| *tag).collect();
    let outside: Vec<u8> = tags.iter().copied().filter(|tag| *tag < 100).collect();
    assert_eq!(outside, [0, 1, 2, 6, 7, 8, 9]);
    assert_eq!(tags.len() - outside.len(), 10, "inside all goes on");
}

#[test]
fn a_slow_link_multiplies_propagation() {
    let got = pings_under(link(0, 1, false), FaultKind::Slow { factor: 3.0 }, 0, 0);
    let expected: Vec<(u64, u8)> = (0..10).map(|i| (u64::from(i) * 100 + 150, i)).collect();
    assert_eq!(got, [&[(50, 0)], &expected[1..]].concat(), "the first had left before");
}

#[test]
fn a_lossy_link_loses_its_share() {
    let mut cast: Cast = vec![(0, vec![]), (1, vec![])];
    cast[0].1.push((When::Start, Do::Set(0, Span::millis(1))));
    cast[0].1.push((When::Timer(0), Do::Set(0, Span::millis(1))));
    cast[0].1.push((When::Timer(0), Do::Send(1, 0, 10)));
    let mut world = toy(&cast);
    world.strike_fault(fault(link(0, 1, false), FaultKind::Loss { probability: 0.3 }, 0, 0));
    world.run_until(ms(10_050));
    let arrived = arrivals(&world).len();
    assert!((6_800..7_200).contains(&arrived), "{arrived} of 10,000; five standard deviations are 229");
}

#[test]
fn a_slow_node_takes_longer_to_persist() {
    let cast = vec![
        (0, vec![]),
        (0, vec![(When::Start, Do::Set(1, Span::millis(100))), (When::Timer(1), Do::Persist(1))]),
    ];
    let mut world = toy(&cast);
    world.strike_fault(fault(NODE, FaultKind::Slow { factor: 5.0 }, 0, 0));
    world.run_until(ms(1_000));
    assert_eq!(seen(&world, 1).last(), Some(&(150, "durable 1".to_string())));
}

#[test]
fn a_fast_clock_fires_its_timers_early_and_a_step_moves_the_wall_clock_only() {
    let cast = vec![
        (0, vec![]),
        (0, vec![(When::Start, Do::Set(1, Span::secs(1))), (When::Timer(1), Do::Set(1, Span::secs(11)))]),
    ];
    let mut world = toy(&cast);
    world.strike_fault(fault(NODE, FaultKind::ClockDrift { ppm: 100_000.0 }, 0, 60_000));
    world.run_until(ms(10_999));
    assert_eq!(seen(&world, 1).len(), 2);
    world.run_until(ms(11_000));
    assert_eq!(seen(&world, 1)[2].0, 12_100, "11 s of its own clock are 10 s");
    world.strike_fault(fault(NODE, FaultKind::ClockStep { by_ns: -5_000_000_000 }, 0, 60_000));
    world.run_until(ms(21_000));
    let player = world.actor(ActorId(1));
    assert_eq!(seen(&world, 1)[3].0, 23_100, "the steady clock does not step");
    assert_eq!(player.wall, ms(18_100));
}

#[test]
fn a_trail_counts_fault_edges_as_the_digest_does() {
    let cast = pings(10, 100, 10);
    let mut plan = plan(&cast);
    plan.faults.push(fault(NODE, FaultKind::Isolation, 250, 300));
    let trail = Some(geodes::engine::trail::TrailSpec { every: 1, describe: (1, u64::MAX) });
    let mut world = world(plan, &cast, WindowSpec { trail, ..WindowSpec::default() });
    let end = world.run(&mut Blind);
    let trail = world.trail();
    assert_eq!((trail.digests.len() as u64, trail.events.len() as u64), (end.events, end.events));
    assert_eq!(trail.digests.last(), Some(&end.digest));
}

/// Two actors of which each answers a message with two.
fn storm(begin: u64) -> Cast {
    let twice = |to: u32| vec![(When::Message(0), Do::Send(to, 0, 10)); 2];
    let first = vec![(When::Start, Do::Set(0, Span::millis(begin))), (When::Timer(0), Do::Send(1, 0, 10))];
    vec![(0, [first, twice(1)].concat()), (1, twice(0))]
}

#[test]
fn actors_that_answer_each_message_with_two_end_the_window_instead_of_the_memory() {
    let cast = storm(100);
    let mut world = toy(&cast);
    let end = world.run(&mut Blind);
    let EndReason::Storm { at, message } = end.reason else { panic!("it ends as {:?}", end.reason) };
    assert_eq!((at, message), (end.at, "ping"));
    assert!(ms(100) < at && at < ms(10_000), "messages double within moments: {at}");
    assert!(world.in_flight() <= 1 << 19);
    assert!(end.reason.is_censored());
    assert_eq!(toy(&cast).run(&mut Blind), end, "the same again");
}

#[test]
fn a_storm_in_one_world_ends_all_worlds_of_the_window() {
    let cast = storm(100);
    let alone = toy(&cast).run(&mut Blind);
    for spec in [WindowSpec::default(), WindowSpec { seed: 2, ..WindowSpec::default() }] {
        let two = Plan { partitions: 2, ..plan(&cast) };
        let ready = Ready::<Toy>::new(cast.clone(), Vec::new());
        let end = ready.run(&two, spec, &|| Box::new(Blind)).end;
        assert_eq!(end.reason, alone.reason);
        assert_eq!(end.events, alone.events + cast.len() as u64, "the other world only starts");
        assert!(end.at >= alone.at);
    }
}
