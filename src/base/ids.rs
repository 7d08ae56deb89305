//! Typed indices, and the vectors they index.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An index of one kind of thing: see [`id_type!`](crate::id_type).
pub trait Id: Copy + Ord + fmt::Debug {
    /// The id of position `i`.
    fn from_index(i: usize) -> Self;
    /// The position this id stands for.
    fn index(self) -> usize;
}

/// Declares a `Copy` newtype over `u32` that implements [`Id`].
#[macro_export]
macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        pub struct $name(pub u32);
        impl $crate::base::ids::Id for $name {
            fn from_index(i: usize) -> Self {
                $name(i as u32)
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id_type!(
    /// A region of the topology.
    RegionId
);
id_type!(
    /// A zone, numbered over all regions.
    ZoneId
);
id_type!(
    /// A fault domain, numbered over all zones.
    DomainId
);
id_type!(
    /// A node: it hosts actors and is what crashes.
    NodeId
);
id_type!(
    /// A range of keys, replicated as one unit.
    PartitionId
);
id_type!(
    /// One deterministic state machine of the deployed system.
    ActorId
);
id_type!(
    /// One `[workload.<name>]` table.
    WorkloadId
);
id_type!(
    /// One client process, numbered over all workloads.
    ClientId
);
id_type!(
    /// One fault of the plan.
    FaultId
);
id_type!(
    /// One `[[action]]` of the plan.
    ActionId
);
id_type!(
    /// One `[[hazard]]` of the plan.
    HazardId
);

/// A vector indexed by one kind of id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdVec<I, T> {
    items: Vec<T>,
    kind: PhantomData<fn(I)>,
}

impl<I: Id, T> IdVec<I, T> {
    /// An empty vector.
    pub const fn new() -> Self {
        IdVec { items: Vec::new(), kind: PhantomData }
    }
    /// Appends and returns the new item's id.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::from_index(self.items.len() - 1)
    }
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
    /// The item, if the id is in range.
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.index())
    }
    /// Items with their ids, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator {
        self.items.iter().enumerate().map(|(i, item)| (I::from_index(i), item))
    }
    /// Items with their ids, in order, to change.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (I, &mut T)> + ExactSizeIterator {
        self.items.iter_mut().enumerate().map(|(i, item)| (I::from_index(i), item))
    }
    /// All ids, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        (0..self.items.len()).map(I::from_index)
    }
    /// The items as a slice.
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }
}

impl<I: Id, T> Default for IdVec<I, T> {
    fn default() -> Self {
        IdVec::new()
    }
}
impl<I: Id, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(iter: It) -> Self {
        IdVec { items: iter.into_iter().collect(), kind: PhantomData }
    }
}
impl<I: Id, T> Index<I> for IdVec<I, T> {
    type Output = T;
    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}
impl<I: Id, T> IndexMut<I> for IdVec<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}
