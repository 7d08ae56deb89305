//! What messages weigh, what they are called, and what they are for.

use super::{DOCUMENT, Entries, Msg};
use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::Observed;
use crate::system::cosmos_db::entry::{Body, Entry};

const HEADER: u64 = 120;

fn entries_bytes(entries: &Entries) -> u64 {
    let bytes = |e: &Entry| match &e.body {
        // The jump that it stands for has counted it.
        Body::Blank { .. } => u64::from(e.bytes),
        Body::Copied(copied) => u64::from(e.bytes) + 40 + copied.bytes,
        _ => u64::from(e.bytes) + 40,
    };
    entries.iter().map(|(_, e)| bytes(e)).sum()
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        HEADER
            + match self {
                Msg::Ask(ask) if ask.action.is_write() => u64::from(ask.bytes),
                Msg::Reply(reply) if !matches!(reply.observed, Observed::Nothing) => 1024,
                Msg::Append { entries, .. } | Msg::Ship { entries, .. } | Msg::Deltas { entries, .. } => {
                    entries_bytes(entries)
                }
                Msg::TailIs { entries, .. } => entries_bytes(entries),
                Msg::Orphans { bytes, .. } => *bytes,
                Msg::Feed(_, all) | Msg::SettleFeed(_, all) => all.len() as u64 * DOCUMENT,
                Msg::Copy(_, image) | Msg::Backup(image) => image.bytes,
                _ => 0,
            }
    }

    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_) => "ask",
            Msg::Reply(_) => "reply",
            Msg::Resolve { .. } => "resolve",
            Msg::Resolved { .. } => "resolved",
            Msg::Discover => "discover",
            Msg::Topology(_) => "topology",
            Msg::Append { .. } => "append",
            Msg::Ack { .. } => "ack",
            Msg::Nack { .. } => "nack",
            Msg::Commit { .. } => "commit",
            Msg::ShipDuty { .. } => "ship-duty",
            Msg::Progress { .. } => "progress",
            Msg::Ship { .. } => "ship",
            Msg::Shipped { .. } => "shipped",
            Msg::Deltas { .. } => "deltas",
            Msg::Merged { .. } => "merged",
            Msg::Orphans { .. } => "orphans",
            Msg::OrphansKept => "orphans-kept",
            Msg::ReadFeed(_) => "read-feed",
            Msg::Feed(..) => "feed",
            Msg::SettleFeed(..) => "settle-feed",
            Msg::FeedSettled(_) => "feed-settled",
            Msg::Prepare { .. } => "prepare",
            Msg::Promise { .. } => "promise",
            Msg::Activate { .. } => "activate",
            Msg::Activated { .. } => "activated",
            Msg::Configure { .. } => "configure",
            Msg::Alive { .. } => "alive",
            Msg::Region { .. } => "region",
            Msg::Build { .. } => "build",
            Msg::Built { .. } => "built",
            Msg::Copy(..) => "copy",
            Msg::RegionAlive { .. } => "region-alive",
            Msg::Account { .. } => "account",
            Msg::QuorumChange { .. } => "quorum-change",
            Msg::Joined { .. } => "joined",
            Msg::Decide(_) => "decide",
            Msg::Decided(..) => "decided",
            Msg::Handover { .. } => "handover",
            Msg::Drained { .. } => "drained",
            Msg::Tail { .. } => "tail",
            Msg::TailIs { .. } => "tail-is",
            Msg::Freshness { .. } => "freshness",
            Msg::FreshnessIs { .. } => "freshness-is",
            Msg::MoreUnits => "more-units",
            Msg::Units(..) => "units",
            Msg::Backup(_) => "backup",
            Msg::AnyBackup => "any-backup",
            Msg::Backups(_) => "backups",
            Msg::Restore(_) => "restore",
            Msg::Restored(_) => "restored",
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Msg::Ask(_) | Msg::Reply(_) => Purpose::Client,
            Msg::ReadFeed(_) | Msg::Feed(..) | Msg::SettleFeed(..) | Msg::FeedSettled(_) => Purpose::Client,
            Msg::Append { .. }
            | Msg::Ack { .. }
            | Msg::Nack { .. }
            | Msg::Commit { .. }
            | Msg::Progress { .. } => Purpose::Replication,
            Msg::Ship { .. } | Msg::Shipped { .. } | Msg::Deltas { .. } | Msg::Merged { .. } => {
                Purpose::Replication
            }
            Msg::Tail { .. } | Msg::TailIs { .. } | Msg::Orphans { .. } | Msg::OrphansKept => {
                Purpose::Replication
            }
            Msg::Copy(..) | Msg::Backup(_) => Purpose::Copy,
            _ => Purpose::Control,
        }
    }
}
