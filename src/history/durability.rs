//! Durability: at the end, every acknowledged write is there, superseded, accounted for, or known to be lost.

use super::convergence::{ClosingReads, Held};
use super::evidence::{Line, key_name};
use super::finding::lines_in_order;
use super::loss_report::Losses;
use super::verdict::GuaranteeVerdict;
use super::versions::{KeyHistory, NEVER, Stamp, Version, Versions};
use crate::algorithm::interval_set::IntervalSet;
use crate::base::ids::PartitionId;
use crate::model::operation::{Key, WriteId};

const NAME: &str = "durability";

/// Judges every retained acknowledged write by the closing reads. `losses` excuses the writes that were found lost,
/// came back through the conflict feed, or were overruled by a recorded decision. `settled`: the window ended with
/// nothing under way, so that what no region shows is gone. `merged`: copies join their states. Then of writes that were
/// made beside each other the one of the higher rank is shown, and a deletion removes what its copy had seen: what was
/// complete before it, perhaps, and not what else there was.
pub fn durability(
    versions: &Versions,
    closing: &ClosingReads,
    losses: &Losses,
    settled: bool,
    merged: bool,
) -> GuaranteeVerdict {
    let mut gone: Option<Vec<String>> = None;
    let mut unread: Option<(String, u64)> = None;
    let mut not_read = |name: String| {
        unread.get_or_insert((name, 0)).1 += 1;
    };
    let mut checked = versions.acknowledged;
    for (partition, key, history) in versions.keys() {
        if !history.ring.iter().any(|v| v.acknowledged()) {
            continue;
        }
        match judge(versions, closing, losses, merged, (partition, key, history)) {
            Found::Unread => not_read(key_name(partition, key)),
            Found::Gone(lines) => _ = gone.get_or_insert(lines),
            Found::Fine => {}
        }
    }
    for (partition, once) in versions.once().filter(|(_, once)| !once.acknowledged.is_empty()) {
        checked += once.acknowledged.len();
        match closing.once.get(&partition) {
            None => not_read(format!("p{}/once", partition.0)),
            Some(regions) => {
                let shown = regions.values().fold(IntervalSet::new(), |all, h: &Held| all.union(&h.serials));
                let missing = once.acknowledged.difference(&shown);
                let mut serials = missing.ranges().iter().flat_map(|(a, b)| *a..=*b);
                let lost = serials.find(|n| {
                    !losses.excuses(
                        partition,
                        WriteId::of_once(partition, Key::once(*n)),
                        once.find(*n).map(|v| v.completed),
                    )
                });
                if let Some(serial) = lost {
                    let write = once.find(serial).map(|v| Line::of_version(partition, Key::once(serial), v));
                    let reads = regions.values().map(|h| h.line).chain(write).collect();
                    let mut lines = lines_in_order(reads);
                    lines.push(format!("{} was acknowledged", key_name(partition, Key::once(serial))));
                    gone.get_or_insert(lines);
                }
            }
        }
    }
    match (gone, unread) {
        (Some(lines), _) if settled => {
            GuaranteeVerdict::violated(NAME, checked, "an acknowledged write is gone without account", lines)
        }
        (Some(_), _) => GuaranteeVerdict::unknown(
            NAME,
            checked,
            "an acknowledged write was not shown, but the window ended before it settled",
        ),
        (None, Some((first, n))) => {
            GuaranteeVerdict::unknown(NAME, checked, format!("{n} keys had no closing read, {first} first"))
        }
        (None, None) => GuaranteeVerdict::holds(NAME, checked),
    }
}

enum Found {
    Fine,
    Unread,
    Gone(Vec<String>),
}

/// The region that shows the newest version decides: whether the others agree is convergence.
fn judge(
    versions: &Versions,
    closing: &ClosingReads,
    losses: &Losses,
    merged: bool,
    (partition, key, history): (PartitionId, Key, &KeyHistory),
) -> Found {
    let Some(regions) = closing.keys.get(&(partition, key)) else { return Found::Unread };
    let shown = regions.values().map(|c| (versions.complete(partition, history, c.value), c.invoked));
    let best = shown.max().unwrap_or((NEVER, NEVER));
    let (mut complete, read): (Stamp, Stamp) = best;
    if merged {
        complete = complete.max(history.deleted());
    }
    let outranked = |version: &Version| {
        let rank = version.rank.filter(|_| merged);
        let over = |shown: Option<WriteId>, rank| shown.is_some() && history.stays(shown, rank) == Some(true);
        rank.is_some_and(|rank| regions.values().any(|c| over(c.value, rank)))
    };
    let missed = history.ring.iter().find(|v| {
        v.acknowledged()
            && !outranked(v)
            && v.completed < read
            && v.invoked > complete
            && !losses.excuses(partition, v.id, Some(v.completed))
    });
    match missed {
        None => Found::Fine,
        Some(version) => {
            let write = Line::of_version(partition, key, version);
            let lines = regions.values().map(|c| c.line).chain([write]).collect();
            Found::Gone(lines_in_order(lines))
        }
    }
}
