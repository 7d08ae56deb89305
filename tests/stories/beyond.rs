//! What a story cannot tell: messages that come too late, and what actors keep.

use geodes::base::ids::{ActorId, PartitionId, RegionId};
use geodes::system::cosmos_db::message::Msg;
use geodes::system::cosmos_db::{Actor, CosmosDb};

type Teller = crate::teller::Teller<CosmosDb>;

const FIRST: PartitionId = PartitionId(0);

fn find(teller: &Teller, path: &str) -> ActorId {
    teller.world.actor_ids().find(|id| teller.world.path(*id) == path).expect("it is deployed")
}

fn writer(teller: &Teller) -> RegionId {
    match teller.world.actor(find(teller, "cosmos-db/account")) {
        Actor::Account(account) => account.config.partition(FIRST).writer,
        _ => unreachable!("the path is the account's"),
    }
}

#[test]
fn a_word_about_a_switch_that_was_given_up_does_not_end_the_next_one() {
    let mut teller = Teller::new(
        "topology = [\"West US 2\", \"East US\"]\nwrite-regions = [\"West US 2\"]\nconsistency = \"session\"\n",
    )
    .expect("it deploys");
    let mut tell = |line: &str| teller.command(line);
    // The target can be asked how it is, but gets nothing of what is written.
    assert!(!tell("cut link:West US 2->East US").contains("error"));
    assert!(tell("write k=1 from West US 2").contains("acknowledged"));
    tell("action failover to East US");
    tell("advance 90s");
    assert!(tell("log").contains("did not catch up"), "the first switch was given up");
    tell("action failover to East US");
    tell("advance 30s");
    let refused = tell("write k=2 from West US 2");
    assert!(!refused.contains("acknowledged"), "the second switch is under way: {refused}");
    let (account, leader) = (
        find(&teller, "cosmos-db/account"),
        find(&teller, "cosmos-db/partition:0/region:West US 2/replica:0"),
    );
    let (west, east) = (RegionId(0), RegionId(1));
    teller.world.deliver(leader, account, Msg::Drained { partition: FIRST, switch: 1 });
    assert_eq!(writer(&teller), west, "since the first switch, writes were accepted");
    teller.world.deliver(leader, account, Msg::Drained { partition: FIRST, switch: 2 });
    assert_eq!(writer(&teller), east);
}

#[test]
fn a_leader_forgets_when_entries_were_appended_once_everybody_has_them() {
    for regions in ["\"West US 2\"", "\"West US 2\", \"East US\""] {
        let lines =
            format!("topology = [{regions}]\nwrite-regions = [\"West US 2\"]\nconsistency = \"session\"\n");
        let mut teller = Teller::new(&lines).expect("it deploys");
        for _ in 0..10 {
            assert!(teller.command("write k=1 from West US 2 x40").contains("40"));
        }
        teller.command("advance 5s");
        let leader = find(&teller, "cosmos-db/partition:0/region:West US 2/replica:0");
        let Actor::Replica(leader) = teller.world.actor(leader) else {
            unreachable!("the path is a replica's")
        };
        assert!(leader.is_writer());
        assert_eq!(leader.appends_remembered(), 0, "{regions}");
    }
}
