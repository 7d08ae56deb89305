//! Traffic Manager, resolvers and caches: which replica clients are sent to, and how long after a fault they go elsewhere.

use crate::case::{Hands, Text, first, link, mean, observed, small};
use crate::support::resolved;
use geodes::base::ids::RegionId;
use geodes::engine::record::Change;
use geodes::model::operation::Outcome;
use geodes::system::container_registry::message::Msg;
use geodes::system::container_registry::{Actor, ContainerRegistry, Mutation};
use rayon::prelude::*;

const WEST: &str = "region:West US";
const HOUR: f64 = 3_600.0;

/// Endpoints are probed from so many places.
fn probed(places: u32) -> Text {
    small(&format!("probe = {{ places = {places} }}"))
}

/// How long after West US was lost its endpoint was taken for degraded.
fn detection(text: &Text, seed: u64, onset: f64) -> f64 {
    let text = text.clone().fault(WEST, "power-loss", onset, HOUR);
    let mut hands = Hands::new(crate::case::Case::new(&text.text(seed)));
    hands.until(onset + 200.0);
    let is = |change: &Change| matches!(change, Change::Detected { what, .. } if what.contains("degraded"));
    first(&hands.records, onset, is).expect("it is noticed") - onset
}

#[test]
fn detection_lies_between_its_bounds_and_has_the_right_mean() {
    // From one place the phase of the probes decides; of four, three must agree: the third of four uniform phases.
    for (places, phase) in [(1, 0.5), (4, 0.6)] {
        let times: Vec<f64> = (1..=200).map(|seed| detection(&probed(places), seed, 40.0)).collect();
        // Three failures are tolerated: the fourth probe after the fault times out. A little for the way of the report.
        let (least, most) = (3.0 * 30.0 + 10.0, 4.0 * 30.0 + 10.0 + 0.1);
        assert!(times.iter().all(|t| (least..=most).contains(t)), "{times:?}");
        let expected = least + 30.0 * phase;
        // The standard deviation of a uniform phase is 8.7 s, of the third of four 6 s: four standard errors.
        assert!(
            (mean(&times) - expected).abs() < 2.5,
            "{places} places: {} s, expected {expected} s",
            mean(&times)
        );
    }
}

/// The largest distance of the distribution of `values` from the uniform one on [0, 1].
fn distance(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let off = |(i, x): (usize, &f64)| ((i + 1) as f64 / n - x).max(x - i as f64 / n);
    sorted.iter().enumerate().map(off).fold(0.0, f64::max)
}

#[test]
fn a_busy_population_switches_over_uniformly_in_the_ttl_after_detection() {
    let mut text = probed(1);
    text.clients = vec!["West US"];
    text.load = "rate = \"5/s\"\nreads = \"100%\"\nkeys = 1\ntimeout = \"60s\"".into();
    let n = 120;
    let switched = |seed: u64| {
        // The fault comes at any phase of the caches, which began together.
        let onset = 60.0 + (seed as f64 * 30.0 / f64::from(n)) * 7.0 % 30.0;
        let mut text = text.clone().fault(WEST, "power-loss", onset, HOUR);
        text.run = ("260s", "261s");
        let seen = crate::case::Case::new(&text.text(seed)).run();
        let is =
            |change: &Change| matches!(change, Change::Detected { what, .. } if what.contains("degraded"));
        let detected = first(&seen.records, onset, is).expect("it is noticed");
        let moved = |change: &Change| matches!(change, Change::Rerouted { region, .. } if region.0 > 0);
        (first(&seen.records, detected, moved).expect("it goes elsewhere") - detected) / 30.0
    };
    let shares: Vec<f64> = (1..=n as u64).map(switched).collect();
    assert!(shares.iter().all(|share| (0.0..1.05).contains(share)), "{shares:?}");
    // Kolmogorov and Smirnov, at 1 %.
    let critical = 1.63 / f64::from(n).sqrt();
    assert!(distance(&shares) < critical, "{} of at most {critical}: {shares:?}", distance(&shares));
}

/// West US is lost for an hour; the share of its clients' pulls that succeed from `from` to `to` seconds after that.
fn served(text: Text, off: Option<Mutation>, from: f64, to: f64) -> f64 {
    let mut text = text.fault(WEST, "power-loss", 60.0, HOUR);
    text.clients = vec!["West US"];
    text.load = "rate = \"1/s\"\nreads = \"100%\"\nkeys = 2\ntimeout = \"20s\"".into();
    text.run = ("12min", "12min");
    let case = text.case();
    let case = if let Some(part) = off { case.without(part) } else { case };
    case.run().share(false, 60.0 + from, 60.0 + to)
}

#[test]
fn clients_of_a_lost_region_go_elsewhere_once_it_is_noticed_and_forgotten() {
    // At most four intervals, a time-out and a TTL; a pull that began before may still be at it.
    assert!(served(small(""), None, 1.0, 60.0) < 0.1);
    assert!(served(small(""), None, 165.0, 600.0) > 0.99);
    assert!(served(small(""), Some(Mutation::NeverReroute), 165.0, 600.0) < 0.01);
}

#[test]
fn a_name_is_kept_for_its_time_to_live_and_no_longer() {
    assert!(served(small(""), None, 165.0, 600.0) > 0.99);
    assert!(served(small(""), Some(Mutation::IgnoreTtl), 165.0, 600.0) < 0.01);
}

#[test]
fn a_probe_that_would_time_out_after_the_next_one_is_refused() {
    for probe in ["interval = \"2s\"", "timeout = \"31s\"", "interval = \"5s\", timeout = \"6s\""] {
        let text = small(&format!("probe = {{ {probe} }}")).text(1);
        let errors = resolved::system::<ContainerRegistry>(&text).expect_err("it is refused");
        assert!(errors.contains("times out before the next one"), "{probe}: {errors}");
    }
}

#[test]
fn a_short_interruption_changes_nothing() {
    let mut text = small("");
    for at in [60.0, 160.0, 260.0, 360.0] {
        text = text.fault(WEST, "isolation", at, 12.0);
    }
    text.run = ("9min", "20min");
    let degraded = |case: crate::case::Case| {
        case.run()
            .count(|change| matches!(change, Change::Detected { what, .. } if what.contains("degraded")))
    };
    assert_eq!(degraded(text.case()), 0);
    assert!(degraded(text.case().without(Mutation::TolerateNothing)) > 0);
}

#[test]
fn when_all_endpoints_are_degraded_all_are_returned() {
    let pull = |off: Option<Mutation>| {
        let case = small("").case();
        let mut hands = Hands::new(if let Some(part) = off { case.without(part) } else { case });
        hands.until(1.0);
        let ids: Vec<_> = hands.world.actor_ids().collect();
        let manager = ids.iter().find(|id| matches!(hands.world.actor(**id), Actor::TrafficManager(_)));
        let manager = *manager.expect("there is one");
        let probes: Vec<_> =
            ids.iter().copied().filter(|id| matches!(hands.world.actor(*id), Actor::Probe(_))).collect();
        let pull = hands.pull(0, 0);
        for probe in probes {
            hands.world.deliver(probe, manager, Msg::Report([(0, false), (1, false), (2, false)].into()));
        }
        hands.until(30.0);
        hands.result(pull).outcome
    };
    assert_eq!(pull(None), Outcome::Ok);
    assert_eq!(pull(Some(Mutation::FailClosed)), Outcome::Fail);
}

#[test]
fn pulls_are_served_by_the_region_nearest_to_the_resolver() {
    let served = |table: &str| {
        let mut text = small(table);
        text.clients = vec!["East US"];
        let mut hands = text.hands();
        hands.until(1.0);
        let pull = hands.pull(0, 0);
        hands.until(60.0);
        hands.result(pull).served
    };
    assert_eq!(served(""), Some(RegionId(1)));
    assert_eq!(served("dns = { resolvers-at = { \"East US\" = \"West Europe\" } }"), Some(RegionId(2)));
}

/// Clients in Central US, as near to West US as to East US, which ask eight resolvers.
fn between(dns: &str, more: &str) -> Text {
    let mut text =
        small(&format!("replicas = [\"West US\", \"East US\"{more}]\ndns = {{ resolvers = 8{dns} }}"));
    text.regions = vec!["West US", "East US", "Central US"];
    text.clients = vec!["Central US"; 4];
    text.load =
        "rate = \"1/s\"\nreads = \"0%\"\nkeys = 20\ndocument-size = \"30MB\"\ntimeout = \"60s\"".into();
    text.run = ("3min", "3min");
    text
}

fn split(text: &Text, off: Option<Mutation>) -> f64 {
    let case = text.case();
    let seen = if let Some(part) = off { case.without(part).run() } else { case.run() };
    mean(&observed(&seen.records, "push-split"))
}

#[test]
fn a_push_is_split_without_a_dns_cache_and_whole_with_one() {
    let (without, with) = (between("", ""), between(", client-cache = true", ""));
    assert!(split(&without, None) > 0.2, "{}", split(&without, None));
    assert_eq!(split(&with, None), 0.0);
    assert!(split(&with, Some(Mutation::BypassClientCache)) > 0.2);
    // A replica in the clients' own region is the nearest for every resolver.
    assert_eq!(split(&between("", ", \"Central US\""), None), 0.0);
}

#[test]
fn with_a_dns_cache_no_push_is_ever_split() {
    // Answers last for a second, and change as often; a push takes several. Few enough push at once that none waits for long.
    let mut text = between(", client-cache = true, ttl = \"1s\", refresh = \"1s\"", "");
    text.load = text.load.replace("1/s", "10/min");
    let share = |seed: u64, off: Option<Mutation>| {
        let case = crate::case::Case::new(&text.text(seed));
        let seen = if let Some(part) = off { case.without(part) } else { case }.run();
        mean(&observed(&seen.records, "push-split"))
    };
    let shares = |off| -> Vec<f64> { (1..=100).into_par_iter().map(|seed| share(seed, off)).collect() };
    assert_eq!(shares(None), [0.0; 100]);
    assert!(mean(&shares(Some(Mutation::BypassClientCache))) > 0.3);
}

#[test]
fn routing_is_switched_off_and_on_while_copies_go_on() {
    let mut text = small("").action("{ routing-off = { region = \"East US\" } }", 60);
    text = text.action("{ routing-on = { region = \"East US\" } }", 240);
    text.clients = vec!["East US", "West US"];
    text.run = ("6min", "10min");
    let seen = text.case().run();
    let by = |from: f64, to: f64, region: u32| {
        let pulls = seen.between(false, from, to).filter(|op| op.region == RegionId(1));
        pulls.filter(|op| op.served == Some(RegionId(region))).count()
    };
    assert!(by(0.0, 60.0, 1) > 5 && by(100.0, 235.0, 1) == 0 && by(280.0, 360.0, 1) > 5);
    let copies = |seen: &crate::support::Seen| {
        let hooks = seen.changes().filter(|(at, change)| {
            (100.0..235.0).contains(at)
                && matches!(change, Change::Observed { what: "replication-time-east-us", .. })
        });
        hooks.count()
    };
    assert!(copies(&seen) > 10);
    seen.assert_sound();
    assert_eq!(copies(&text.case().without(Mutation::UnroutedIsIdle).run()), 0);
}

#[test]
fn layers_come_from_the_data_endpoint_of_the_region_that_gave_the_manifest() {
    // The other region does not have the image yet: a layer that is asked for there is asked for again.
    let mut text = between("", "");
    text.table += "\ndata-endpoints = true";
    text.links = ["West US<->Central US", "East US<->Central US"].map(|scope| link(scope, "10MB/s")).concat();
    text.links += &link("West US<->East US", "300kB/s");
    text.load = "rate = \"1/s\"\nreads = \"80%\"\nkeys = 2\nwrite-once = \"0%\"\ndocument-size = \"3MB\"\n\
                 timeout = \"20s\""
        .into();
    text.table = text.table.replace("resolvers = 8", "resolvers = 8, noise = \"100%\"");
    let attempts = |seen: &crate::support::Seen| {
        let pulls: Vec<u16> = seen
            .between(false, 0.0, 1e9)
            .filter(|op| op.outcome == Outcome::Ok)
            .map(|op| op.attempts)
            .collect();
        (pulls.iter().filter(|n| **n > 1).count(), pulls.len())
    };
    let (again, all) = attempts(&text.case().run());
    assert!(again == 0 && all > 10, "{again} of {all}");
    let (again, all) = attempts(&text.case().without(Mutation::NoDataEndpoint).run());
    assert!(again > 0, "{again} of {all}");
}
