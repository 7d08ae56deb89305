//! Each safeguard switched off in turn: a small scenario that is sound with it and wrong without it.

use crate::case::over;
use geodes::system::raft::Mutation;

#[test]
fn a_small_scenario_is_sound_and_settles() {
    let seen = over(3).fault("region:A", "power-loss", 5_000, 8_000).case(20).seen(true);
    assert!(seen.assert_sound().settled(), "{:?}", seen.end());
    assert_eq!(seen.lost(), 0);
    assert_eq!(seen.share(true, 1.0, 5.0), 1.0);
    assert_eq!(seen.share(true, 8.0, 20.0), 1.0);
}

#[test]
fn a_commit_needs_a_quorum() {
    over(3)
        .fault("link:A->B", "cut", 5_000, 1_000)
        .fault("link:A->C", "cut", 5_000, 1_000)
        .fault("region:A", "power-loss", 5_300, 8_000)
        .case(20)
        .needs(Mutation::CommitAlone, "no-loss");
}

#[test]
fn a_leader_reads_only_while_it_leads() {
    over(3)
        .fault("link:A<->B", "cut", 5_000, 4_000)
        .fault("link:A<->C", "cut", 5_000, 4_000)
        .system("check-quorum = false")
        .case(20)
        .needs(Mutation::ReadUnconfirmed, "linearizable");
}
