//! What the engine promises to the systems it runs, shown on a small one.

mod crashes;
mod ledger;
mod messages;
mod overlaps;
mod pauses;
mod place;
mod replay;
mod toy;
mod traps;
mod windows;
mod workload;
