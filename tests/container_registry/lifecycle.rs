//! Replicas are created and deleted while clients push and pull; the home region's stays, and manages them.

use crate::case::{Text, small};
use crate::support::Seen;
use geodes::base::ids::RegionId;
use geodes::engine::record::Answer;
use geodes::model::operation::Outcome;
use geodes::system::container_registry::Mutation;

const HOUR: f64 = 3_600.0;

/// A replica in West US at the start; clients in East US too.
fn alone() -> Text {
    let mut text = small("replicas = [\"West US\"]");
    text.clients = vec!["West US", "East US"];
    text.run = ("3min", "20min");
    text
}

/// Pulls of East US between two times that were served by a region.
fn served(seen: &Seen, region: u32, from: f64, to: f64) -> usize {
    let pulls = seen.between(false, from, to).filter(|op| op.region == RegionId(1));
    pulls.filter(|op| op.outcome == Outcome::Ok && op.served == Some(RegionId(region))).count()
}

#[test]
fn a_new_replica_copies_everything_before_it_serves() {
    let text = alone().action("{ create-replica = { region = \"East US\" } }", 60);
    let seen = text.case().run();
    seen.assert_sound();
    assert_eq!(seen.answers(), [Answer::Done]);
    // 100 MB of a base and 4 times 20 MB at 10 MB/s, and what is pushed meanwhile.
    assert!(served(&seen, 0, 0.0, 75.0) > 10 && served(&seen, 1, 0.0, 78.0) == 0);
    assert!(served(&seen, 1, 120.0, 180.0) > 10 && served(&seen, 0, 120.0, 180.0) == 0);
    let failed = |seen: &Seen| seen.between(false, 0.0, 110.0).filter(|op| op.outcome != Outcome::Ok).count();
    assert_eq!(failed(&seen), 0);
    let mut text = text;
    text.run = ("3min", "3min");
    assert!(failed(&text.case().without(Mutation::ReadyAtOnce).run()) > 0);
}

#[test]
fn the_home_regions_replica_cannot_be_deleted() {
    let mut text = small("edition = \"2019\"").action("{ delete-replica = { region = \"West US\" } }", 30);
    text = text.action("{ delete-replica = { region = \"East US\" } }", 60);
    text.run = ("4min", "20min");
    let seen = text.case().run();
    seen.assert_sound();
    let answers = seen.answers();
    assert!(matches!(&answers[0], Answer::Refused(why) if why.contains("home")), "{answers:?}");
    assert_eq!(answers[1], Answer::Done);
    assert!(served(&seen, 1, 0.0, 60.0) > 5 && served(&seen, 1, 100.0, 240.0) == 0);
    assert!(served(&seen, 0, 100.0, 240.0) + served(&seen, 2, 100.0, 240.0) > 10);
    let without = text.case().without(Mutation::DeleteHome).run();
    assert_eq!(without.answers()[0], Answer::Done);
}

#[test]
fn losing_the_home_region_stops_management_and_not_data() {
    let mut text = small("").fault("region:West US", "power-loss", 30.0, HOUR);
    text = text.action("{ delete-replica = { region = \"West Europe\" } }", 60);
    text.clients = vec!["East US", "West Europe"];
    text.run = ("5min", "5min");
    let seen = text.case().run();
    let unreachable = Answer::Refused("the control plane is unreachable".to_string());
    assert_eq!(seen.answers(), [unreachable]);
    assert!(seen.share(true, 40.0, 290.0) > 0.99 && seen.share(false, 40.0, 290.0) > 0.99);
}
