//! Oracles: bulk transfers over a link of finite bandwidth take the time that they should.

use crate::case::{Text, mean, observed, small, took};
use geodes::model::operation::Outcome;

/// Base layers of 80 MB and 20 MB, and 20 MB of its own: what a client pulls that has nothing.
const IMAGE: f64 = 120e6;
/// Bytes a second of a link.
const LINK: f64 = 10e6;
const ROUND_TRIP: f64 = 0.060;

/// A replica in West US only, and clients in East US, on its link.
fn remote(clients: &[&'static str]) -> Text {
    let mut text = small("replicas = [\"West US\"]\nclient = { chunk = \"256kB\", downloads = 1 }");
    text.clients = clients.to_vec();
    text.inside = true;
    text
}

#[test]
fn a_pull_over_an_idle_link_takes_the_bytes_over_the_bandwidth_and_its_round_trips() {
    for chunk in ["1MB", "4MB"] {
        let mut text = remote(&["East US"]);
        text.table = format!("replicas = [\"West US\"]\nclient = {{ chunk = \"{chunk}\" }}");
        let mut hands = text.hands();
        hands.until(1.0);
        let pull = hands.pull(0, 0);
        hands.until(60.0);
        assert_eq!(hands.result(pull).outcome, Outcome::Ok);
        // One for the manifest, one for the first layers.
        let expected = IMAGE / LINK + 2.0 * ROUND_TRIP;
        let took = hands.took(pull);
        assert!((took / expected - 1.0).abs() < 0.01, "{took} s, expected {expected} s");
    }
}

#[test]
fn two_equal_transfers_share_a_link_fairly() {
    let mut hands = remote(&["East US", "East US"]).hands();
    hands.until(1.0);
    let pulls = [hands.pull(0, 0), hands.pull(1, 0)];
    hands.until(90.0);
    // A layer is asked for when the one before is there; meanwhile the other transfer has the link.
    let expected = 2.0 * IMAGE / LINK + 2.0 * ROUND_TRIP;
    for pull in pulls {
        let took = hands.took(pull);
        assert!((took / expected - 1.0).abs() < 0.01, "{took} s, expected {expected} s");
    }
}

#[test]
fn a_transfer_that_begins_halfway_through_another_takes_half_of_the_link_from_it() {
    let mut text = remote(&["East US", "East US"]);
    text.table += "\nbase-layers = [\"119MB\"]\nfirst-images = \"1MB\"\nown-layers = 1";
    let mut hands = text.hands();
    hands.until(1.0);
    let early = hands.pull(0, 0);
    hands.until(1.0 + IMAGE / LINK / 2.0);
    let late = hands.pull(1, 0);
    hands.until(90.0);
    // Half alone, the other half at half the rate; the late one then has the link to itself.
    for (pull, times) in [(early, 1.5), (late, 1.5)] {
        // The manifest and two layers, one after the other.
        let expected = times * IMAGE / LINK + 3.0 * ROUND_TRIP;
        let took = hands.took(pull);
        assert!((took / expected - 1.0).abs() < 0.01, "{took} s, expected {expected} s");
    }
}

#[test]
fn a_copy_takes_the_bytes_over_the_bandwidth_and_its_round_trips() {
    let mut text = small("own-layers = 1");
    text.clients = vec!["West US"];
    text.load = "rate = \"1/min\"\narrivals = \"even\"\nreads = \"0%\"\nkeys = 4\n\
                 document-size = \"100MB\"\ntimeout = \"60s\""
        .into();
    text.run = ("20min", "25min");
    let seen = text.case().run();
    let times = observed(&seen.records, "replication-time-east-us");
    assert!(times.len() >= 15, "{times:?}");
    // The layer is on its way before the manifest was pushed: it takes what is left of it, and then the offer of the
    // manifest and the answer to the webhook take their ways.
    let push =
        seen.between(true, 0.0, 1e9).map(took).sum::<f64>() / seen.between(true, 0.0, 1e9).count() as f64;
    let expected = 100e6 / LINK;
    assert!(
        (mean(&times) / expected - 1.0).abs() < 0.05,
        "{} s, expected {expected} s; pushes {push} s",
        mean(&times)
    );
    let spread = times.iter().fold(0.0f64, |most, t| most.max((t - mean(&times)).abs()));
    assert!(spread < 0.01 * expected, "{times:?}");
}
