//! Tiers limit operations and bandwidth; geo-replication needs the highest; and what two registries cost, and one.

use crate::case::{Text, mean, observed, shipped, small};
use crate::support::{Seen, resolved, seconds};
use geodes::base::ids::RegionId;
use geodes::engine::record::{Answer, Purpose, Record};
use geodes::model::operation::Outcome;
use geodes::system::container_registry::{ContainerRegistry, Mutation};

/// One replica of the basic tier, with 1,000 reads a minute; each pull reads a manifest and six layers or so.
fn basic(rate: &str) -> Text {
    let mut text = small(
        "tier = \"basic\"\nreplicas = [\"West US\"]\nclient = { layer-cache = false }\n\
                          base-layers = [\"1kB\", \"1kB\"]\nfirst-images = \"1kB\"",
    );
    text.clients = vec!["West US"; 5];
    text.load = format!("rate = \"{rate}\"\nreads = \"100%\"\nkeys = 4\ntimeout = \"30s\"");
    text.run = ("10min", "10min");
    text
}

fn throttled(seen: &Seen) -> u64 {
    seen.operations().map(|op| u64::from(op.throttled)).sum()
}

#[test]
fn a_tier_limits_operations_a_minute() {
    // Six reads a pull: 1,000 a minute are 166 pulls a minute.
    let below = basic("120/min").case().run();
    assert_eq!(throttled(&below), 0);
    let text = basic("400/min");
    let above = text.case().run();
    assert!(throttled(&above) > 100);
    // Tokens are saved up at the start, and gone after some minutes.
    let done = above.between(false, 300.0, 570.0).filter(|op| op.outcome == Outcome::Ok).count() as f64;
    let most = 1_000.0 / 6.0 * 270.0 / 60.0;
    assert!(done < most * 1.05, "{done} of at most {most}");
    let free = text.case().without(Mutation::Unlimited).run();
    assert_eq!(throttled(&free), 0);
}

#[test]
fn a_tiers_bandwidth_is_shared_by_its_clients() {
    let mut text = basic("1/min");
    text.table =
        "tier = \"basic\"\nreplicas = [\"West US\"]\nclient = { chunk = \"256kB\", downloads = 1 }".into();
    text.clients = vec!["West US"; 2];
    let mut hands = text.hands();
    hands.until(1.0);
    let pulls = [hands.pull(0, 0), hands.pull(1, 1)];
    hands.until(60.0);
    // 120 MB each at 30 MB/s in all.
    for pull in pulls {
        assert!((hands.took(pull) / 8.0 - 1.0).abs() < 0.05, "{} s", hands.took(pull));
    }
}

#[test]
fn a_client_that_is_throttled_is_not_sent_elsewhere() {
    let mut text = small("base-layers = [\"1kB\"]\nfirst-images = \"1kB\"\nclient = { layer-cache = false }");
    text.clients = vec!["West US"; 8];
    text.load = "rate = \"300/s\"\nreads = \"100%\"\nkeys = 4\ntimeout = \"10s\"".into();
    text.run = ("30s", "30s");
    let elsewhere =
        |seen: &Seen| seen.operations().filter(|op| op.served.is_some_and(|r| r != RegionId(0))).count();
    let seen = text.case().run();
    assert!(throttled(&seen) > 0);
    assert_eq!(elsewhere(&seen), 0);
    assert!(elsewhere(&text.case().without(Mutation::RerouteThrottled).run()) > 0);
}

#[test]
fn a_cluster_that_a_tier_holds_up_is_served_once_the_tier_is_changed() {
    let seen = shipped("throttled-tier").run();
    let (before, after) = (seen.share(false, 1_200.0, 1_500.0), seen.share(false, 1_800.0, 3_300.0));
    assert!(before < 0.3 && after > 0.99, "{before} {after}");
    let free = shipped("throttled-tier").without(Mutation::Unlimited).run();
    assert!(free.share(false, 1_200.0, 1_500.0) > 0.99);
}

/// When the last pull of a run ended, and how many requests were refused.
fn last_pull(seen: &Seen) -> (f64, u64) {
    let pulls = || seen.between(false, 0.0, 1e9);
    assert!(pulls().all(|op| op.outcome == Outcome::Ok));
    (pulls().map(|op| seconds(op.completed.0)).fold(0.0, f64::max), throttled(seen))
}

#[test]
fn empty_nodes_that_pull_at_once_all_have_the_image_in_the_time_that_the_tier_takes() {
    let case = || shipped("cold-scale-out");
    let seen = case().run();
    assert_eq!(seen.between(false, 0.0, 1e9).count(), 300);
    // 300 times 120 MB at 30 MB/s: what is refused costs nothing, and the tier is never idle for long.
    let ((took, refused), least) = (last_pull(&seen), 300.0 * 120e6 / 30e6);
    assert!(refused > 300 && (least * 0.99..least * 1.05).contains(&took), "{took} s, {refused} refused");
    let (took, refused) = last_pull(&case().without(Mutation::Unlimited).run());
    assert!(refused == 0 && took < 65.0, "{took} s, {refused} refused");
}

#[test]
fn a_push_that_is_refused_moves_no_layer() {
    // A hundred writes a minute, and each push takes four of them.
    let mut text = small("tier = \"basic\"\nreplicas = [\"West US\"]\nbase-layers = [\"1kB\"]");
    text.clients = vec!["East US"; 8];
    text.inside = true;
    text.load =
        "rate = \"200/min\"\nreads = \"0%\"\nkeys = 4\nwrite-once = \"100%\"\ndocument-size = \"300kB\"\n\
                 timeout = \"30s\""
            .into();
    text.run = ("5min", "5min");
    let seen = text.case().run();
    assert!(throttled(&seen) > 100);
    let moved = seen.records.iter().map(|record| match record {
        Record::Traffic {
            from: Some(RegionId(1)),
            to: Some(RegionId(0)),
            purpose: Purpose::Client,
            bytes,
            ..
        } => *bytes,
        _ => 0,
    });
    let moved = moved.sum::<u64>() as f64;
    let requests = seen.operations().map(|op| f64::from(op.attempts)).sum::<f64>();
    // A push that fails for the limit of its manifest has moved its layers; no layer is moved twice. A request is half a kB.
    let layers = 300e3 * seen.between(true, 0.0, 1e9).count() as f64;
    assert!(moved < layers + 8_000.0 * requests, "{moved} bytes, {layers} of layers, {requests} tries");
}

#[test]
fn geo_replication_needs_the_premium_tier() {
    let refused = small("tier = \"standard\"").text(1);
    let errors = resolved::system::<ContainerRegistry>(&refused).expect_err("it is refused");
    assert!(errors.contains("premium"), "{errors}");
    let mut text = small("tier = \"standard\"\nreplicas = [\"West US\"]");
    for (command, at) in [
        ("{ create-replica = { region = \"East US\" } }", 20),
        ("{ tier = \"premium\" }", 40),
        ("{ create-replica = { region = \"East US\" } }", 60),
        ("{ tier = \"basic\" }", 80),
    ] {
        text = text.action(command, at);
    }
    text.run = ("3min", "20min");
    let answers = text.case().run().answers();
    let refusals: Vec<bool> = answers.iter().map(|answer| matches!(answer, Answer::Refused(_))).collect();
    assert_eq!(refusals, [true, false, false, true], "{answers:?}");
    let answers = text.case().without(Mutation::AnyTier).run().answers();
    assert_eq!(answers[0], Answer::Done);
}

/// Two registries: West US for America, West Europe for Europe.
fn two(distribute: &str) -> Text {
    let mut text = small(&format!(
        "replicas = [\"West US\"]\ndistribute = \"{distribute}\"\n\
         others = [{{ replicas = [\"West Europe\"] }}]"
    ));
    text.clients = vec!["West US", "West Europe"];
    text.load =
        "rate = \"20/min\"\nreads = \"50%\"\nkeys = 4\nwrite-once = \"30%\"\ndocument-size = \"10MB\"\n\
                 timeout = \"60s\""
            .into();
    text.run = ("3min", "10min");
    text
}

#[test]
fn an_import_brings_an_image_into_another_registry_with_its_layers() {
    for distribute in ["import", "push-each"] {
        let seen = two(distribute).case().run();
        assert!(seen.share(true, 0.0, 180.0) > 0.99 && seen.share(false, 0.0, 180.0) > 0.99, "{distribute}");
        let europe = seen.between(false, 0.0, 180.0).filter(|op| op.region == RegionId(2));
        assert!(europe.into_iter().all(|op| op.served == Some(RegionId(2))));
    }
    let mut text = two("import");
    text.run = ("3min", "3min");
    let without = text.case().without(Mutation::ImportManifestOnly).run();
    assert!(without.share(false, 0.0, 180.0) < 0.9);
}

#[test]
fn local_pulls_cost_no_traffic_and_remote_ones_do() {
    let text = small("client = { layer-cache = false }");
    let cost = |seen: &Seen| mean(&observed(&seen.records, "pull-egress-usd"));
    assert_eq!(cost(&text.case().run()), 0.0);
    // Of three regions two pull 120 MB from West US, at 2 or 5 cents a GB.
    let remote = cost(&text.case().without(Mutation::PullFromFirst).run());
    assert!((0.0004..0.01).contains(&remote), "{remote}");
    let fee: f64 = text.case().plan.facts["replica-usd-month"].parse().expect("a number");
    assert!((fee - 3.0 * 1.667 * 730.0 / 24.0).abs() < 0.01);
}
