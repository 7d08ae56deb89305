//! What a log holds.

use super::Membership;
use std::sync::Arc;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<I, C> {
    /// What it does.
    pub payload: Payload<I, C>,
    /// Its size on the wire and on disk.
    pub bytes: u32,
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload<I, C> {
    /// Nothing: a leader's first entry, and whatever a witness is told of.
    Blank,
    /// A command for the state machine.
    Command(C),
    /// From here on, these are the members.
    Members(Arc<Membership<I>>),
}

impl<I: Clone, C: Clone> Entry<I, C> {
    /// An entry that does nothing.
    pub fn blank() -> Self {
        Entry { payload: Payload::Blank, bytes: 0 }
    }

    /// What a witness is told of it: that it is there, and who the members are.
    pub fn for_witness(&self) -> Self {
        match &self.payload {
            Payload::Command(_) => Entry::blank(),
            _ => self.clone(),
        }
    }
}
