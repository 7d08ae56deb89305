//! What goes over the wire.

use crate::algorithm::paxos::{Message, Proposal};
use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::Observed;
use crate::system::consensus::exchange::{Ask, Reply};
use crate::system::consensus::store::{Command, Store};
use std::sync::Arc;

const HEADER: u64 = 120;
const SLOT: u64 = 40;

/// A message.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A client's request.
    Ask(Box<Ask>),
    /// Its answer.
    Reply(Box<Reply>),
    /// Between replicas of a group.
    Paxos(Box<Message<Arc<Command>>>),
    /// An image of all slots up to one, and how many bytes it comes to.
    Image(u64, Arc<Store>, u64),
}

fn size(proposal: &Proposal<Arc<Command>>) -> u64 {
    SLOT + u64::from(proposal.bytes)
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        HEADER
            + match self {
                Msg::Ask(ask) if ask.action.is_write() => u64::from(ask.bytes),
                Msg::Reply(reply) if !matches!(reply.observed, Observed::Nothing) => 1024,
                Msg::Paxos(message) => match &**message {
                    Message::Accept { proposals, .. } => proposals.iter().map(size).sum(),
                    Message::Promise { accepted, .. } => accepted.iter().map(|(.., p)| size(p)).sum(),
                    _ => 0,
                },
                Msg::Image(.., bytes) => *bytes,
                _ => 0,
            }
    }

    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_) => "ask",
            Msg::Reply(_) => "reply",
            Msg::Paxos(message) => match **message {
                Message::Prepare { .. } => "prepare",
                Message::Promise { .. } => "promise",
                Message::Accept { .. } => "accept",
                Message::Accepted { .. } => "accepted",
                Message::Heartbeat { .. } => "heartbeat",
                Message::Alive { .. } => "alive",
                Message::Refused { .. } => "refused",
            },
            Msg::Image(..) => "image",
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Msg::Ask(_) | Msg::Reply(_) => Purpose::Client,
            Msg::Image(..) => Purpose::Copy,
            Msg::Paxos(message) => match **message {
                Message::Accept { .. } | Message::Accepted { .. } => Purpose::Replication,
                _ => Purpose::Control,
            },
        }
    }
}
