//! Pushes: layers that are there are not sent again, manifests name layers that are there, and what is acknowledged stays.

use crate::case::{Text, link, small};
use crate::support::Seen;
use geodes::base::dist::Law;
use geodes::engine::record::{Purpose, Record};
use geodes::model::operation::Outcome;
use geodes::system::container_registry::Mutation;

/// Bytes that clients sent and were sent.
fn moved(seen: &Seen) -> u64 {
    let of = |record: &Record| match record {
        Record::Traffic { purpose: Purpose::Client, bytes, .. } => Some(*bytes),
        _ => None,
    };
    seen.records.iter().filter_map(of).sum()
}

fn pushing(rate: &str, size: &str) -> Text {
    let mut text = small("");
    text.load = format!(
        "rate = \"{rate}\"\nreads = \"0%\"\nkeys = 4\nwrite-once = \"20%\"\ndocument-size = \"{size}\"\n\
         timeout = \"60s\""
    );
    text
}

#[test]
fn layers_that_are_there_are_not_uploaded_again() {
    let text = pushing("12/min", "1MB");
    let seen = text.case().run();
    let pushes = seen.between(true, 0.0, 1e9).filter(|op| op.outcome == Outcome::Ok).count() as u64;
    let own = moved(&seen) / pushes;
    assert!((1_000_000..1_100_000).contains(&own), "{own} bytes a push");
    let all = moved(&text.case().without(Mutation::UploadAlways).run()) / pushes;
    assert!(all > 100_000_000, "{all} bytes a push");
}

#[test]
fn a_manifest_is_taken_where_its_layers_are() {
    // Half of the connections go elsewhere.
    let mut text = pushing("1/s", "3MB");
    text.table =
        "replicas = [\"West US\", \"East US\"]\ndns = { resolvers = 8 }\ndata-endpoints = true".into();
    text.regions = vec!["West US", "East US", "Central US"];
    text.clients = vec!["Central US"; 3];
    text.links = ["West US<->Central US", "East US<->Central US"].map(|scope| link(scope, "10MB/s")).concat();
    text.links += &link("West US<->East US", "300kB/s");
    text.load = text
        .load
        .replace("reads = \"0%\"", "reads = \"50%\"")
        .replace("keys = 4\nwrite-once = \"20%\"", "keys = 2\nwrite-once = \"0%\"");
    text.run = ("60s", "60s");
    let broken = |seen: &Seen| {
        seen.between(false, 0.0, 1e9).filter(|op| op.status.code == 404 && op.status.sub == 2).count()
    };
    let refused = |seen: &Seen| seen.between(true, 0.0, 1e9).filter(|op| op.status.code == 400).count();
    let good = text.case().run();
    assert!(refused(&good) > 5 && broken(&good) == 0, "{} {}", refused(&good), broken(&good));
    let bad = text.case().without(Mutation::SkipValidation).run();
    assert_eq!(refused(&bad), 0);
    // Layers that went elsewhere were copied from there, or are asked for in vain.
    let again = |seen: &Seen| seen.between(false, 0.0, 1e9).filter(|op| op.attempts > 1).count();
    assert!(again(&bad) > again(&good), "{} {}", again(&bad), again(&good));
}

#[test]
fn what_is_acknowledged_is_on_disk() {
    let mut text = pushing("2/s", "10KB");
    // A layer that is acknowledged too soon makes its manifest fail; the next attempt finds the layer.
    text.table = "own-layers = 1\nclient = { push-attempts = 3 }".into();
    text.load = text.load.replace("\"20%\"", "\"100%\"");
    text.clients = vec!["West US"; 2];
    for n in 0..12 {
        text = text.fault("region:West US", "power-loss", 20.0 + 8.0 * f64::from(n), 2.0);
    }
    let mut case = text.case();
    case.plan.disk.persist = Law::Constant(0.1);
    case.needs(Mutation::AckBeforeDurable, "durability", &["convergence"]);
}
