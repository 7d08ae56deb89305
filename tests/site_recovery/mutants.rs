//! Each safeguard switched off in turn: a small scenario that is right with it and wrong without it.

use crate::case::{
    BOTH, CACHE, Case, HOST, ORDERED, alone, both, largest, lost_since, machines, manual, observed, sound,
    writable,
};
use crate::support::Seen;
use geodes::engine::record::{Answer, Change};
use geodes::system::site_recovery::Mutation;

const PROCESSED: &str = "\"latest-processed\"";

#[test]
fn what_the_cache_account_did_not_store_is_uploaded_again() {
    let text = alone(&manual(PROCESSED)).fault(CACHE, "crash", 20_000, 5_000).fault(
        "region:A",
        "destroyed",
        70_000,
        0,
    );
    let (good, bad) = both(&text, 90, Mutation::ForgetUnstored);
    assert!(lost_since(&good, 70.0) < 12.0, "{}", lost_since(&good, 70.0));
    assert!(lost_since(&bad, 70.0) > 40.0, "{}", lost_since(&bad, 70.0));
}

#[test]
fn a_machine_is_protected_once_its_first_copy_is_complete() {
    let text = alone(&manual(PROCESSED)).system("begin = \"unprotected\"").action("\"enable\"", 5_000).fault(
        "region:A",
        "power-loss",
        15_000,
        30_000,
    );
    let (good, bad) = both(&text, 90, Mutation::ProtectBeforeCopy);
    assert!(good.cuts().is_empty() && good.lost() == 0);
    assert!(bad.lost() > 100, "{}", bad.lost());
    let took = observed(&good, "protection-time");
    assert!(matches!(took[..], [(at, _)] if at > 65.0), "{took:?}");
}

#[test]
fn recovery_points_go_on_being_made() {
    let text = alone(&manual(PROCESSED)).fault("region:A", "destroyed", 70_000, 0);
    let (good, bad) = both(&text, 90, Mutation::CutOnePoint);
    assert!(lost_since(&good, 70.0) < 12.0, "{}", lost_since(&good, 70.0));
    assert!(lost_since(&bad, 70.0) > 40.0, "{}", lost_since(&bad, 70.0));
}

#[test]
fn what_is_older_than_the_retention_cannot_be_gone_back_to() {
    let text = alone(ORDERED)
        .system("retention = \"20s\"")
        .action("{ failover = { to = { at-least-old = \"40s\" } } }", 80_000);
    let (good, bad) = both(&text, 100, Mutation::NeverPrune);
    let refused = Answer::Refused("a machine has no such recovery point".into());
    assert_eq!((good.answers(), bad.answers()), (vec![refused], vec![Answer::Done]));
    assert!(lost_since(&bad, 80.0) > 40.0);
}

#[test]
fn an_app_consistent_point_makes_the_application_stand_still() {
    let text = alone(ORDERED).system("app-consistent = { every = \"1min\" }");
    let (good, bad) = both(&text, 90, Mutation::SkipFreeze);
    let slowest = |seen: &Seen| {
        let took = seen.operations().map(|op| op.completed.0.since(op.invoked.0).seconds());
        took.fold(0.0, f64::max)
    };
    assert!(slowest(&good) > 1.5 && slowest(&bad) < 0.5, "{} {}", slowest(&good), slowest(&bad));
}

#[test]
fn uploads_are_limited_by_the_class_of_the_disk() {
    let vms = "[{ name = \"db\", disks = [{ class = \"standard\", size = \"2GB\", churn = \"4MB/s\" }] }]";
    let text = machines(vms, ORDERED);
    let mut case = text.case(100);
    case.plan.limits.until_settled = false;
    case.plan.limits.cap = geodes::base::time::Span::secs(100);
    let (good, bad) = (case.run(), case.without(Mutation::NoChurnLimit).run());
    assert!(largest(&good, "replication-lag") > 40.0, "{}", largest(&good, "replication-lag"));
    assert!(largest(&bad, "replication-lag") < 3.0, "{}", largest(&bad, "replication-lag"));
}

#[test]
fn a_recovery_point_exists_once_it_was_processed() {
    let mut text =
        alone(&manual(PROCESSED)).system("retention = \"1h\"").fault("region:A", "destroyed", 65_500, 0);
    text.system = text.system.replace("each = { constant = \"1s\" }", "each = { constant = \"25s\" }");
    let (good, bad) = both(&text, 90, Mutation::OfferUnprocessed);
    // What the chosen point promises: nothing older than its moment is lost.
    let promised = |seen: &Seen| {
        let ages = observed(seen, "recovered-point-age");
        let (at, age) = *ages.first().expect("a failover");
        65.5 - (at - age)
    };
    assert!(
        lost_since(&good, 65.5) < promised(&good) + 0.5,
        "{} {}",
        lost_since(&good, 65.5),
        promised(&good)
    );
    assert!(lost_since(&bad, 65.5) > promised(&bad) + 3.0, "{} {}", lost_since(&bad, 65.5), promised(&bad));
}

#[test]
fn the_latest_point_takes_in_what_waits_in_the_cache_account() {
    let text = alone(&manual("\"latest\"")).fault(HOST, "power-loss", 67_000, 40_000);
    let (good, bad) = both(&text, 100, Mutation::SkipPending);
    assert!(lost_since(&good, 67.0) < 0.5, "{}", lost_since(&good, 67.0));
    assert!(lost_since(&bad, 67.0) > 1.0, "{}", lost_since(&bad, 67.0));
}

#[test]
fn groups_of_a_plan_are_started_one_after_another() {
    let text = machines(BOTH, &manual(PROCESSED))
        .system("plan = [{ vms = [\"db\"], after = { constant = \"10s\" } }, { vms = [\"web\"] }]")
        .fault("region:A", "power-loss", 40_000, 60_000);
    let (good, bad) = both(&text, 100, Mutation::IgnoreGroups);
    let apart = |seen: &Seen| writable(seen)[1] - writable(seen)[0];
    assert!(apart(&good) > 10.0 && apart(&bad) < 1.0, "{} {}", apart(&good), apart(&bad));
}

#[test]
fn nobody_fails_over_what_is_back_before_the_decision() {
    let text =
        alone("failover = { manual = { decide = { constant = \"20s\" }, to = \"latest-processed\" } }")
            .fault("region:A", "power-loss", 40_000, 15_000);
    let (good, bad) = both(&text, 100, Mutation::DecideAtOnce);
    assert_eq!((good.cuts().len(), good.lost()), (0, 0));
    assert_eq!(bad.cuts().len(), 1);
}

#[test]
fn machines_wait_for_room_in_the_target_region() {
    let text = machines(BOTH, &manual(PROCESSED))
        .system("target-capacity = { vms = 1, more-after = { constant = \"20s\" } }")
        .fault("region:A", "power-loss", 40_000, 60_000);
    let (good, bad) = both(&text, 100, Mutation::IgnoreCapacity);
    let apart = |seen: &Seen| (writable(seen)[1] - writable(seen)[0]).abs();
    assert!(apart(&good) > 19.0 && apart(&bad) < 1.0, "{} {}", apart(&good), apart(&bad));
}

/// How many writes name writes that are not there, over this many seeds.
fn inconsistent(text: &crate::case::Text, seeds: u64, without: Option<Mutation>) -> f64 {
    let one = |seed: u64| {
        let text = text.text(70).replace("seed = 7", &format!("seed = {seed}"));
        let case = Case::new(&text);
        let seen = match without {
            None => sound(&case),
            Some(mutation) => case.without(mutation).run(),
        };
        assert_eq!(observed(&seen, "cross-vm-inconsistencies").len(), 1);
        largest(&seen, "cross-vm-inconsistencies")
    };
    (1..=seeds).map(one).sum()
}

/// A web server and its database are a group; the first of them leads it.
fn group(first: &str) -> crate::case::Text {
    let web = "{ name = \"web\", disks = [DISK], refers-to = \"db\" }";
    let db = "{ name = \"db\", disks = [DISK] }";
    let vms = if first == "db" { format!("[{db}, {web}]") } else { format!("[{web}, {db}]") };
    machines(&vms, &manual(PROCESSED)).system("replication-groups = [[\"web\", \"db\"]]")
}

#[test]
fn machines_of_a_group_stand_still_until_all_have_marked() {
    let mut text = group("db").fault("region:A", "destroyed", 45_000, 0);
    let (short, long) = (
        "intra-zone = { constant = \"500us\" }",
        "intra-zone = { uniform = { from = \"1ms\", to = \"150ms\" } }",
    );
    text.topology = text.topology.replace(short, long);
    assert_eq!(inconsistent(&text, 4, None), 0.0);
    assert!(inconsistent(&text, 8, Some(Mutation::SkipBarrier)) > 0.0);
}

#[test]
fn machines_of_a_group_are_recovered_to_a_shared_point() {
    let mut text = group("web").fault("region:A", "destroyed", 45_000, 0);
    text.system = text.system.replace("each = { constant = \"1s\" }", "each = { constant = \"4s\" }");
    assert_eq!(inconsistent(&text, 4, None), 0.0);
    assert!(inconsistent(&text, 8, Some(Mutation::IgnoreSharedPoints)) > 0.0);
}

#[test]
fn a_machine_that_cannot_replicate_goes_on_serving() {
    let text = alone(ORDERED).fault(CACHE, "power-loss", 20_000, 20_000);
    let (good, bad) = both(&text, 70, Mutation::StopWithoutReplication);
    assert_eq!((good.share(true, 0.0, 60.0), good.share(false, 0.0, 60.0)), (1.0, 1.0));
    assert!(largest(&good, "replication-lag") > 15.0 && bad.share(true, 20.0, 60.0) < 0.9);
}

#[test]
fn who_is_not_signed_in_does_not_replicate() {
    let text = alone(ORDERED).fault("service", "dns-down", 5_000, 90_000);
    let (good, bad) = both(&text, 130, Mutation::SkipSignIn);
    assert_eq!(good.share(true, 0.0, 120.0), 1.0);
    assert!(largest(&good, "replication-lag") > 20.0, "{}", largest(&good, "replication-lag"));
    assert!(largest(&bad, "replication-lag") < 5.0, "{}", largest(&bad, "replication-lag"));
}

#[test]
fn a_test_failover_disturbs_nothing() {
    let text = alone(ORDERED).action("{ test-failover = { to = \"latest-processed\" } }", 30_000);
    let (good, bad) = both(&text, 60, Mutation::TestTakesNames);
    assert_eq!((good.answers(), good.share(true, 0.0, 60.0)), (vec![Answer::Done], 1.0));
    assert!(good.cuts().is_empty() && largest(&good, "replication-lag") < 3.0);
    assert!(bad.share(true, 30.0, 50.0) < 0.5, "{}", bad.share(true, 30.0, 50.0));
}

/// An outage, a failover, a commit, protection again, and back.
fn there_and_back() -> crate::case::Text {
    alone(&manual(PROCESSED))
        .fault("region:A", "power-loss", 40_000, 30_000)
        .action("\"commit\"", 80_000)
        .action("\"reprotect\"", 85_000)
        .action("\"failback\"", 130_000)
}

#[test]
fn protecting_a_machine_again_copies_what_differs() {
    let (good, bad) = both(&there_and_back(), 180, Mutation::CopyWholeDisks);
    assert_eq!(good.answers(), vec![Answer::Done; 3]);
    let took = |seen: &Seen| observed(seen, "protection-time").first().expect("it is protected").1;
    assert!(took(&good) < 18.0 && took(&bad) > 20.0, "{} {}", took(&good), took(&bad));
}

#[test]
fn a_failback_loses_nothing() {
    let (good, bad) = both(&there_and_back(), 180, Mutation::FailBackWithoutDrain);
    assert_eq!((good.cuts().len(), bad.cuts().len()), (2, 2));
    assert!(lost_since(&good, 130.0) > 80.0, "only the failover lost anything");
    assert!(bad.lost() > good.lost() + 5, "{} {}", bad.lost(), good.lost());
    assert_eq!(good.share(true, 160.0, 180.0), 1.0);
}

#[test]
fn a_machine_that_returns_tells_what_only_it_has() {
    let case = alone(&manual(PROCESSED)).fault("region:A", "power-loss", 47_000, 30_000).case(100);
    let (good, _) = case.needs(Mutation::ForgetSuffix, "loss-report", &["durability"]);
    assert!(good.lost() > 0);
}

#[test]
fn a_machine_without_new_points_for_long_is_resynchronised_once_the_other_region_is_back() {
    let text =
        alone(ORDERED).system("resync-after = \"30s\"").fault("region:B", "power-loss", 20_000, 90_000);
    let (good, bad) = both(&text, 160, Mutation::NeverSuspend);
    let told = |seen: &Seen| {
        let all = seen.changes().filter_map(|(at, change)| match change {
            Change::Milestone { what, .. } if what.contains("resynchronised") => Some((at, what.clone())),
            _ => None,
        });
        all.collect::<Vec<_>>()
    };
    let (suspended, again) = (&told(&good)[0], &told(&good)[1]);
    assert!(
        suspended.1 == "db is to be resynchronised" && (38.0..52.0).contains(&suspended.0),
        "{suspended:?}"
    );
    assert!(again.1 == "db is resynchronised" && (110.0..120.0).contains(&again.0), "{again:?}");
    assert_eq!((told(&good).len(), told(&bad)), (2, vec![]));
    // It takes the time of that copy, whenever the machine was first protected.
    let took = observed(&good, "protection-time");
    assert!(matches!(took[..], [(_, took)] if took < 30.0), "{took:?}");
    // Nothing is collected in between, and points are made again afterwards.
    let newest = |seen: &Seen| observed(seen, "recovery-point-age").last().expect("it is noted").1;
    assert!(newest(&good) < 20.0, "{}", newest(&good));
    assert_eq!((good.lost(), good.share(true, 0.0, 150.0)), (0, 1.0));
}

#[test]
fn a_machine_that_is_resynchronised_can_be_failed_over_to_its_points_from_before() {
    for to in [PROCESSED, "\"latest\""] {
        // Its cache account is away and it has been suspended for long; the other region is back, and it is copied.
        for (away, lost_at) in [(CACHE, 80_000), ("region:B", 115_000)] {
            let text = alone(ORDERED).system("resync-after = \"30s\"\ncopy-rate = \"1MB/s\"");
            let text =
                text.fault(away, "power-loss", 20_000, 90_000).fault(HOST, "power-loss", lost_at, 60_000);
            let order = format!("{{ failover = {{ to = {to} }} }}");
            let seen = sound(&text.action(&order, lost_at + 5_000).case(260));
            assert_eq!(seen.answers(), [Answer::Done], "{away}, {to}");
            let ages = observed(&seen, "recovered-point-age");
            let [(at, age)] = ages[..] else { panic!("{away}, {to}: {ages:?}") };
            let (at, lost_at) = (at - age, lost_at as f64 / 1e3);
            assert!((8.0..21.0).contains(&at), "{away}, {to}: the point is of {at} s");
            assert!((lost_since(&seen, lost_at) - (lost_at - at)).abs() < 2.0, "{away}, {to}");
            assert_eq!(seen.share(true, 240.0, 260.0), 1.0, "{away}, {to}");
        }
    }
}
