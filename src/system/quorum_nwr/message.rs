//! Messages.

use crate::algorithm::merkle::Digests;
use crate::algorithm::siblings::Version;
use crate::base::ids::{ActorId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::{Key, OpId, Position};
use crate::system::quorum_nwr::disk::{Value, Values};
use std::sync::Arc;

/// What a client asks of a coordinator.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The operation.
    pub op: OpId,
    /// Its partition.
    pub partition: PartitionId,
    /// Its key.
    pub key: Key,
    /// What is asked.
    pub what: What,
    /// How long the client waits.
    pub patience: Span,
}

/// Read or write.
#[derive(Clone, Debug)]
pub enum What {
    /// Read, from as many replicas.
    Read(u32),
    /// Write a version that the client has stamped: sent twice, it is still one version.
    Write(Version<Value>),
    /// Write a value that is to replace all that is there now: the coordinator makes the version.
    Replace(Value),
}

/// How it ended.
#[derive(Clone, Debug)]
pub enum End {
    /// Written: W nodes have it.
    Written(Position),
    /// Read: the version of the highest rank, if there is one.
    Found(Option<Value>),
    /// Too few nodes answered in time. `true`: it may be written all the same.
    Unavailable(bool),
}

/// Which request of a coordinator, and which place in the preference list it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The request.
    pub request: u64,
    /// The place in the list.
    pub place: u32,
    /// The node that should have been asked, if it is asked of one that stands in for it.
    pub home: Option<ActorId>,
}

/// A message.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Client to coordinator.
    Ask(Box<Ask>),
    /// Coordinator to client.
    Done(OpId, End),
    /// Keep these versions (for yourself, or for the node that the tag names).
    Store(Tag, Key, Values),
    /// They are kept.
    Stored(Tag),
    /// What do you have?
    Fetch(Tag, Key),
    /// This.
    Found(Tag, Values),
    /// Which write-once keys do you have?
    List(Tag),
    /// These.
    Listed(Tag, Arc<[(u64, u64)]>),
    /// You missed this.
    HandOver(Key, Values),
    /// Kept.
    HandedOver(Key, Values),
    /// Digests of one level of the sender's tree.
    Compare(u32, Digests),
    /// All of the sender's items in these leaves; with `true` the other's are wanted in return.
    Leaves(Vec<u32>, Vec<(Key, Values)>, bool),
    /// Give me everything: my disk was lost.
    Refill,
    /// Everything.
    Everything(Vec<(Key, Values)>),
}

/// Headers and names.
const OVERHEAD: u64 = 64;
/// A digest with its place.
const DIGEST: u64 = 12;

fn size(versions: &Values) -> u64 {
    versions.iter().map(|version| u64::from(version.value.bytes) + OVERHEAD).sum()
}

fn sizes(items: &[(Key, Values)]) -> u64 {
    items.iter().map(|(_, versions)| size(versions)).sum()
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        OVERHEAD
            + match self {
                Msg::Ask(ask) => match &ask.what {
                    What::Read(_) => 0,
                    What::Write(version) => u64::from(version.value.bytes),
                    What::Replace(value) => u64::from(value.bytes),
                },
                Msg::Done(_, End::Found(Some(value))) => u64::from(value.bytes),
                Msg::Store(_, _, versions) | Msg::Found(_, versions) | Msg::HandOver(_, versions) => {
                    size(versions)
                }
                Msg::Listed(_, ranges) => ranges.len() as u64 * 16,
                Msg::Compare(_, digests) => digests.len() as u64 * DIGEST,
                Msg::Leaves(leaves, items, _) => leaves.len() as u64 * 4 + sizes(items),
                Msg::Everything(items) => sizes(items),
                _ => 0,
            }
    }

    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_) => "ask",
            Msg::Done(..) => "done",
            Msg::Store(..) => "store",
            Msg::Stored(_) => "stored",
            Msg::Fetch(..) => "fetch",
            Msg::Found(..) => "found",
            Msg::List(_) => "list",
            Msg::Listed(..) => "listed",
            Msg::HandOver(..) => "hand-over",
            Msg::HandedOver(..) => "handed-over",
            Msg::Compare(..) => "compare",
            Msg::Leaves(..) => "leaves",
            Msg::Refill => "refill",
            Msg::Everything(_) => "everything",
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Msg::Ask(_) | Msg::Done(..) | Msg::Fetch(..) | Msg::Found(..) => Purpose::Client,
            Msg::List(_) | Msg::Listed(..) => Purpose::Client,
            Msg::Compare(..) | Msg::Refill => Purpose::Control,
            Msg::Everything(_) => Purpose::Copy,
            _ => Purpose::Replication,
        }
    }
}
