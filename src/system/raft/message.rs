//! What goes over the wire.

use super::command::Command as Order;
use crate::algorithm::log::Term;
use crate::algorithm::raft::{self, Entry, Head, Payload};
use crate::base::ids::{ActionId, ActorId, PartitionId};
use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::Observed;
use crate::system::consensus::exchange::{Ask, Reply};
use crate::system::consensus::store::{Command, Store};
use std::sync::Arc;

const HEADER: u64 = 120;
const ENTRY: u64 = 40;

/// A message.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A client's request.
    Ask(Box<Ask>),
    /// Its answer.
    Reply(Box<Reply>),
    /// Between members of a group.
    Raft(Box<raft::Message<ActorId, Arc<Command>>>),
    /// A snapshot: what it says of the log, the documents, and how many bytes they come to.
    Image(Box<Head<ActorId>>, Arc<Store>, u64),
    /// An operator's order for the leader of a partition.
    Order(ActionId, Arc<Order>),
    /// It was carried out, or refused for good (why).
    Ordered(ActionId, PartitionId, Option<&'static str>),
}

fn raft_bytes(message: &raft::Message<ActorId, Arc<Command>>) -> u64 {
    match message {
        raft::Message::Append { entries, .. } => {
            let crosses = |(_, entry): &&(Term, Entry<ActorId, Arc<Command>>)| {
                !matches!(entry.payload, Payload::Left { had: true })
            };
            entries.iter().filter(crosses).map(|(_, entry)| ENTRY + u64::from(entry.bytes)).sum()
        }
        _ => 0,
    }
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        HEADER
            + match self {
                Msg::Ask(ask) if ask.action.is_write() => u64::from(ask.bytes),
                Msg::Reply(reply) if !matches!(reply.observed, Observed::Nothing) => 1024,
                Msg::Raft(message) => raft_bytes(message),
                Msg::Image(.., bytes) => *bytes,
                _ => 0,
            }
    }

    fn label(&self) -> &'static str {
        use raft::Message;
        match self {
            Msg::Ask(_) => "ask",
            Msg::Reply(_) => "reply",
            Msg::Raft(message) => match **message {
                Message::AskVote { pre: true, .. } => "ask-pre-vote",
                Message::AskVote { .. } => "ask-vote",
                Message::Vote { .. } => "vote",
                Message::Append { .. } => "append",
                Message::Appended { .. } => "appended",
                Message::Rejected { .. } => "rejected",
                Message::Heartbeat { .. } => "heartbeat",
                Message::Alive { .. } => "alive",
                Message::TimeoutNow { .. } => "timeout-now",
            },
            Msg::Image(..) => "image",
            Msg::Order(..) => "order",
            Msg::Ordered(..) => "ordered",
        }
    }

    fn purpose(&self) -> Purpose {
        use raft::Message;
        match self {
            Msg::Ask(_) | Msg::Reply(_) => Purpose::Client,
            Msg::Image(..) => Purpose::Copy,
            Msg::Raft(message) => match **message {
                Message::Append { .. } | Message::Appended { .. } | Message::Rejected { .. } => {
                    Purpose::Replication
                }
                _ => Purpose::Control,
            },
            Msg::Order(..) | Msg::Ordered(..) => Purpose::Control,
        }
    }
}
