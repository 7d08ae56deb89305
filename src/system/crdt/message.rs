//! Messages.

use super::disk::Part;
use crate::algorithm::version_vector::VersionVector;
use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::{Action, Key, Observed, OpId, Position, Status};
use std::sync::Arc;

/// A client's request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The operation.
    pub op: OpId,
    /// Its key.
    pub key: Key,
    /// What is asked.
    pub action: Action,
    /// Its document's size.
    pub bytes: u32,
    /// What the client has seen, if it wants to be served accordingly.
    pub token: Option<VersionVector>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The operation.
    pub op: OpId,
    /// How it ended; `None`: this replica has not seen what the client has.
    pub ended: Option<Status>,
    /// What was read.
    pub observed: Observed,
    /// Where the update stands.
    pub position: Option<Position>,
    /// What this replica has seen.
    pub context: VersionVector,
}

/// What one lacks who has seen `base`.
#[derive(Clone, Debug)]
pub struct Delta {
    /// What the replica had said that it is meant for.
    pub base: VersionVector,
    /// The keys that changed, or everything.
    pub part: Arc<Part>,
}

/// What a replica has.
#[derive(Clone, Debug)]
pub struct Have {
    /// What it has seen.
    pub context: VersionVector,
    /// Why it says so.
    pub why: Why,
}

/// Why a replica says what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It asks what the other has.
    Question,
    /// It was asked, or cannot take in what it was sent.
    Answer,
    /// It took in what it was sent.
    Merged,
}

/// A message.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Client to replica.
    Ask(Box<Ask>),
    /// Replica to client.
    Reply(Box<Reply>),
    /// Client to a replica that was silent.
    Ping,
    /// It is there.
    Pong,
    /// Replica to replica.
    Delta(Box<Delta>),
    /// Replica to replica.
    Have(Box<Have>),
}

/// Headers and names.
const OVERHEAD: u64 = 64;
/// An origin with a number.
const ENTRY: u64 = 12;

fn vector(of: &VersionVector) -> u64 {
    of.iter().count() as u64 * ENTRY
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        OVERHEAD
            + match self {
                Msg::Ask(ask) => {
                    let document = if ask.action.is_write() { u64::from(ask.bytes) } else { 0 };
                    document + ask.token.as_ref().map_or(0, vector)
                }
                Msg::Reply(reply) => {
                    let found = match &reply.observed {
                        Observed::Value(_) => 1024,
                        Observed::Serials(ranges) => ranges.len() as u64 * 16,
                        _ => 0,
                    };
                    found + vector(&reply.context)
                }
                Msg::Delta(delta) => {
                    let (part, new) = (&delta.part.of, &delta.part.new);
                    let live = part.keys.iter().flat_map(|(_, live)| live);
                    let values: u64 = live.map(|live| u64::from(live.value.bytes) + ENTRY + 8).sum();
                    let events: u64 = new.iter().map(vector).sum();
                    part.keys.len() as u64 * 8 + values + events + vector(&part.context) + vector(&delta.base)
                }
                Msg::Have(have) => vector(&have.context),
                Msg::Ping | Msg::Pong => 0,
            }
    }

    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_) => "ask",
            Msg::Reply(_) => "reply",
            Msg::Ping => "ping",
            Msg::Pong => "pong",
            Msg::Delta(delta) if delta.part.of.whole => "whole",
            Msg::Delta(_) => "delta",
            Msg::Have(_) => "have",
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Msg::Ask(_) | Msg::Reply(_) => Purpose::Client,
            Msg::Ping | Msg::Pong | Msg::Have(_) => Purpose::Control,
            Msg::Delta(delta) if delta.part.of.whole => Purpose::Copy,
            Msg::Delta(_) => Purpose::Replication,
        }
    }
}
