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
    /// Nothing: it stands for commands of a stretch of time that was left out ([`Core::left_out`](super::Core::left_out)).
    Left {
        /// Whoever is sent it took them in meanwhile: it costs nothing more.
        had: bool,
    },
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
            Payload::Left { .. } => Entry { payload: Payload::Left { had: true }, bytes: self.bytes },
            Payload::Blank | Payload::Members(_) => self.clone(),
        }
    }

    /// As it is sent to a member who kept up while time was left out, or did not.
    pub fn offer(&mut self, kept_up: bool) {
        if let Payload::Left { had } = &mut self.payload {
            *had = kept_up;
        }
    }

    /// What it takes to be sent to such a one.
    pub fn weight(&self, kept_up: bool) -> u64 {
        match self.payload {
            Payload::Left { .. } if kept_up => 0,
            _ => u64::from(self.bytes),
        }
    }
}
