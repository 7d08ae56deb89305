//! Log entries and what they write.

use crate::algorithm::version_vector::VersionVector;
use crate::model::operation::{Key, WriteId};
use crate::system::cosmos_db::store::Store;
use std::sync::Arc;

/// One entry of a replica set's log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it does.
    pub body: Body,
    /// Size on the wire and on disk.
    pub bytes: u32,
    /// Where it came from, on accounts with several write regions.
    pub stamp: Option<Arc<Stamp>>,
}

/// What an entry does to the store.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Sets a key.
    Put(Key, WriteId),
    /// Removes a key; the id names the deletion.
    Remove(Key, WriteId),
    /// Sets several keys, all or none.
    Batch(Arc<[(Key, WriteId)]>),
    /// Adds lost writes of an earlier lineage to the conflict feed (COS-12).
    Feed(Arc<[Lost]>),
    /// The application has dealt with entries of the conflict feed (COS-12): those marked are data again.
    Settled(Arc<[(Lost, bool)]>),
    /// Begins an epoch: what another log holds after this point from earlier epochs is not part of this one.
    Epoch,
    /// Stands for writes of a stretch of time that was jumped over.
    Blank {
        /// How many.
        writes: u32,
        /// What they come to on the wire.
        bytes: u32,
    },
    /// Several write regions: all that another region held, for one that lacks more than is kept in logs (COS-6).
    Copied(Arc<Copied>),
}

/// What another region held of the partition, taken in among the writes of this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Copied {
    /// The documents.
    pub store: Store,
    /// What of each region they contain.
    pub vector: VersionVector,
    /// What was here before.
    pub before: VersionVector,
    /// Bytes to move.
    pub bytes: u64,
}

impl Entry {
    /// Raises `vector` to what is there with this entry.
    pub fn raise(&self, vector: &mut VersionVector) {
        if let Some(stamp) = &self.stamp {
            vector.advance(stamp.origin, stamp.seq);
        } else if let Body::Copied(copied) = &self.body {
            vector.merge(&copied.vector);
        }
    }

    /// The last write of each region, among those this entry brings, that was there before it.
    pub fn below(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let one = self.stamp.as_ref().map(|stamp| (stamp.origin, stamp.seq - 1));
        let copied = if let Body::Copied(copied) = &self.body { Some(copied) } else { None };
        let news = copied.into_iter().flat_map(|c| c.vector.missing_from(&c.before));
        one.into_iter().chain(news.map(|(origin, from, _)| (origin, from - 1)))
    }
}

/// A write of an earlier lineage, as the conflict feed holds it (COS-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lost {
    /// Its key.
    pub key: Key,
    /// The write.
    pub write: WriteId,
    /// It removed the document.
    pub removes: bool,
}

impl Body {
    /// The (key, write) pairs it carries as data; feed entries carry none.
    pub fn writes(&self) -> impl Iterator<Item = (Key, WriteId)> + '_ {
        let (one, many, settled) = match self {
            Body::Put(k, w) | Body::Remove(k, w) => (Some((*k, *w)), &[][..], &[][..]),
            Body::Batch(all) => (None, &all[..], &[][..]),
            Body::Settled(all) => (None, &[][..], &all[..]),
            Body::Feed(_) | Body::Epoch | Body::Blank { .. } | Body::Copied(_) => (None, &[][..], &[][..]),
        };
        let back = settled.iter().filter(|(_, back)| *back).map(|(lost, _)| (lost.key, lost.write));
        one.into_iter().chain(many.iter().copied()).chain(back)
    }

    /// Its writes as the conflict feed would hold them.
    pub fn lost(&self) -> impl Iterator<Item = Lost> + '_ {
        let removes = matches!(self, Body::Remove(..));
        self.writes().map(move |(key, write)| Lost { key, write, removes })
    }
}

/// The origin of a write on an account with several write regions (COS-6).
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// Index of the region that accepted it.
    pub origin: u32,
    /// Its number among that region's writes of the partition, from 1.
    pub seq: u64,
    /// Orders conflicting writes: see [`order`].
    pub order: u64,
    /// What the accepting region had applied: decides whether two writes conflict at all.
    pub seen: VersionVector,
}

/// The number by which conflicts are settled: the key's generation (each deletion starts a new one, so that deletions
/// win over writes that did not see them), then the timestamp in microseconds or the numeric path's value.
///
/// It is a total order consistent with causality, so every region that has seen the same writes holds the same winner,
/// whatever the order of arrival.
pub fn order(generation: u64, value: u64) -> u64 {
    (generation.min((1 << 18) - 1) << 46) | (value & ((1 << 46) - 1))
}

/// The generation within an order number.
pub fn generation(order: u64) -> u64 {
    order >> 46
}

impl Stamp {
    /// Whether the write with `other` was already applied where this one was accepted.
    pub fn saw(&self, other: &Stamp) -> bool {
        self.seen.get(other.origin) >= other.seq
    }
}
