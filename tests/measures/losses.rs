//! Writes that went missing or out of reach, and switches made while a fault was open.

use crate::watched::{secs, single};
use crate::{FAULT, near, outage};
use geodes::base::ids::PartitionId;
use geodes::base::time::Span;
use geodes::engine::record::{Answer, Change, Record};
use geodes::model::operation::WriteId;

#[test]
fn rpo_spans_the_acknowledgements_of_the_lost_writes() {
    // Lost at the promotion at 150 s: acknowledged at 91 s, 95 s and, by the isolated primary, 104 s, after the onset.
    let (plan, window) = outage(&[100_000..160_000]);
    let window = window
        .lost(secs(150), FAULT, 1, secs(91), true)
        .lost(secs(150), FAULT, 2, secs(95), true)
        .lost(secs(150), FAULT, 3, secs(104), true)
        // Later the disk that held write 2 is gone for good.
        .lost(secs(200), FAULT, 2, secs(95), false);
    let findings = single(window.findings(&plan));
    near(&findings, "rpo.writes.max", 3.0);
    near(&findings, "rpo.bytes.max", 300.0);
    near(&findings, "rpo.time.max", 13.0);
    near(&findings, "rpo.recoverable.writes.max", 2.0);
    near(&findings, "rpo.recoverable.time.max", 13.0);
    // max(100, 95) - 95.
    near(&findings, "rpo.permanent.writes.max", 1.0);
    near(&findings, "rpo.permanent.time.max", 5.0);
    let by_partition = &findings.windows()[0].causes[0].rpo.partitions;
    assert_eq!(by_partition[&PartitionId(1)].writes, 2);
    assert_eq!(by_partition[&PartitionId(0)].time, Span::secs(5));
}

#[test]
fn writes_out_of_reach_are_followed_until_their_end() {
    // Ten exposed: one lost for good, three in the conflict feed, of which one is later merged; two overruled.
    let (plan, mut window) = outage(&[]);
    let partition = PartitionId(0);
    let (writes, bytes, time) = (10, 1000, Span::secs(4));
    window.push(secs(100), Record::Exposed { fault: FAULT, partition, writes, bytes, time });
    window = window.lost(secs(150), FAULT, 2, secs(99), false);
    for write in [11, 12, 13] {
        window = window.change(secs(230), Change::ConflictFeed { partition, write: WriteId(write) });
    }
    let of = vec![WriteId(12)];
    window = window.change(secs(240), Change::Merged { partition, of, into: WriteId(50) });
    for loser in [14, 15] {
        let (loser, winner) = (WriteId(loser), WriteId(60));
        window = window.change(secs(230), Change::ConflictLost { partition, loser, winner });
    }
    let findings = single(window.findings(&plan));
    near(&findings, "exposed.writes.max", 10.0);
    near(&findings, "exposed.time.max", 4.0);
    near(&findings, "exposed.lost.max", 1.0);
    near(&findings, "exposed.conflict-feed.max", 2.0);
    near(&findings, "exposed.merged.max", 1.0);
    near(&findings, "exposed.conflict-lost.max", 2.0);
    near(&findings, "exposed.returned.max", 4.0);
    near(&findings, "conflicts.lost", 2.0);
    near(&findings, "rpo.writes.max", 1.0);
}

#[test]
fn a_system_that_reports_other_losses_than_were_found_is_noticed() {
    let (plan, window) = outage(&[]);
    let partition = PartitionId(0);
    let window = window
        .lost(secs(150), FAULT, 2, secs(99), false)
        .lost(secs(150), FAULT, 4, secs(99), false)
        .change(secs(151), Change::ReportedLost { partition, write: WriteId(2) })
        .change(secs(151), Change::ReportedLost { partition, write: WriteId(6) });
    assert_eq!(window.findings(&plan).misreported, (1, 1));
}

#[test]
fn a_planned_switch_during_an_outage_is_seen() {
    let (mut plan, mut window) = outage(&[]);
    let label = "failover = { to = \"East US\" }".to_owned();
    let action = plan.actions.push(geodes::model::plan::Action { at: secs(150), label });
    window.push(secs(150), Record::Admin { at: secs(150), action, answer: None });
    let refused = {
        let mut window = window.clone();
        let answer = Some(Answer::Refused("no connection".into()));
        window.push(secs(151), Record::Admin { at: secs(151), action, answer });
        window.findings(&plan)
    };
    near(&single(refused), "failovers.in-outage", 0.0);
    window.push(secs(151), Record::Admin { at: secs(151), action, answer: Some(Answer::Done) });
    let done = window.findings(&plan);
    assert_eq!(
        done.causes.iter().map(|cause| cause.class.as_str()).collect::<Vec<_>>(),
        ["region(write)", "action(failover)"]
    );
    near(&single(done), "failovers.in-outage", 1.0);
}
