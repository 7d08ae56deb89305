//! A history that was read: operations on keys, values by number.

use crate::history::exchange::datum::Datum;

/// What an operation did to its key. Values are numbers of [`History::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// Read this value.
    Read(u32),
    /// Wrote this value.
    Write(u32),
    /// Found the first value and wrote the second.
    Cas(u32, u32),
    /// Wrote this value over whatever value there was.
    Replace(u32),
    /// Removed whatever value there was.
    Delete,
}

/// One operation on one key that had an effect or may have had one, or a read that returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// Who called.
    pub process: i64,
    /// The key: a number of [`History::keys`].
    pub key: u32,
    /// What it did.
    pub did: Did,
    /// Which event began it, from 0.
    pub start: u32,
    /// Which event ended it; `None` if nobody knows whether it took effect.
    pub end: Option<u32>,
}

/// A history as operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The operations, by the event that ended them (those without an end last), then by their place in a transaction.
    pub ops: Vec<Op>,
    /// The keys; one, [`Datum::Nil`], if operations name none.
    pub keys: Vec<Datum>,
    /// The values; the first is [`Datum::Nil`].
    pub values: Vec<Datum>,
    /// Events read.
    pub events: u32,
    /// Events of a nemesis and other processes that are no clients.
    pub ignored: u32,
    /// Operations that failed, and so had no effect, and reads that never returned.
    pub left_out: u32,
    /// Operations of unknown outcome among [`ops`](Self::ops).
    pub unknown: u32,
    /// Transactions, each taken apart by key.
    pub transactions: u32,
}
