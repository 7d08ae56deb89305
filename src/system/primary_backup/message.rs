//! What goes over the wire.

use super::command::Command as Order;
use super::configuration::{Configuration, Known};
use super::disk::Entry;
use crate::algorithm::lineage::{Lineage, Term};
use crate::algorithm::register::Ballot;
use crate::base::ids::{ActionId, ActorId, ClientId, PartitionId};
use crate::base::time::SimTime;
use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::{Action, Key, Observed, OpId, Position, Status};
use crate::system::consensus::store::Store;
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
    /// From the primary: entries, or none.
    Append(Box<Append>),
    /// A backup has everything up to somewhere.
    Appended(Appended),
    /// What was sent then, in this epoch, does not follow what the backup has.
    Rejected(u64, Box<Have>, SimTime),
    /// There is a newer primary than the sender of what this answers.
    Fenced(Known),
    /// Everything, in place of a log.
    Image(Box<Image>),
    /// A replica that had lost its disk has everything again.
    Admit(u64),
    /// From a new primary: how far are you?
    Survey(Known),
    /// Here.
    Standing(u64, Box<Have>),
    /// From a new primary to a replica that is further: what comes after what I have?
    Fetch(u64, Box<Have>),
    /// That is what.
    Suffix(Box<Append>),
    /// Somebody is the primary, and may not know it.
    Lead(Known),
    /// Between a replica and the coordinator.
    Register(PartitionId, Register),
    /// From the primary to the coordinator, and when by its clock: it is alive.
    Renew(PartitionId, Known, SimTime),
    /// To what was sent then: it may go on.
    Granted(SimTime),
    /// To the operator: the primary of this partition is silent.
    Alarm(PartitionId),
    /// From the operator: the person who was called says that somebody should take over.
    TakeOver,
    /// An order of the operator.
    Order(ActionId, Arc<Order>),
    /// It was carried out, or refused for good (why).
    Ordered(ActionId, PartitionId, Option<&'static str>),
}

/// A proposal to the coordinator, and what each of its nodes says.
#[derive(Clone, Copy, Debug)]
pub enum Register {
    /// Promise this ballot; `takes_over`: to change the primary (`forced`: an operator wants it).
    Prepare {
        /// The ballot.
        ballot: Ballot,
        /// To change the primary.
        takes_over: bool,
        /// An operator wants it.
        forced: bool,
    },
    /// Promised; what was accepted last.
    Promised(Ballot, (Ballot, Configuration)),
    /// Accept this; `forced`: an operator wants it.
    Accept(Ballot, Configuration, bool),
    /// Accepted.
    Accepted(Ballot),
    /// Not this ballot: a greater one was promised.
    Outbid(Ballot, Ballot),
    /// Not now: the primary was heard, or may still trust its lease.
    Held(Ballot),
}

/// A client's request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Who asks.
    pub client: ClientId,
    /// The operation.
    pub op: OpId,
    /// The oldest operation that the client still waits for.
    pub floor: OpId,
    /// Which try it is.
    pub attempt: u16,
    /// The key; for batches the first one.
    pub key: Key,
    /// What is asked.
    pub action: Action,
    /// Documents' size in bytes.
    pub bytes: u32,
    /// Any replica may answer.
    pub anywhere: bool,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The operation.
    pub op: OpId,
    /// The try it answers.
    pub attempt: u16,
    /// How it ended; none when this replica may not answer.
    pub ended: Option<(Status, Option<Position>)>,
    /// What was read.
    pub observed: Observed,
    /// The primary, as far as it knows.
    pub primary: Option<ActorId>,
    /// Whether the primary answered, as such.
    pub as_primary: bool,
}

/// Up to where a primary's state is whole at a backup, and as of when it was the primary's.
pub type Whole = (u64, SimTime);

/// Entries of a log.
#[derive(Clone, Debug)]
pub struct Append {
    /// The configuration of the primary that sends them.
    pub known: Known,
    /// The entry before the first of these.
    pub prev: (u64, Term),
    /// The entries.
    pub entries: Vec<(Term, Entry)>,
    /// Up to where all of it may be used.
    pub whole: Whole,
    /// Every replica has the log up to here.
    pub everywhere: u64,
    /// When it left, by the sender's clock.
    pub sent: SimTime,
    /// Bytes of the entries.
    pub bytes: u64,
}

/// What a backup answers to entries.
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    /// The primary's epoch.
    pub epoch: u64,
    /// It has the primary's log up to here, durably.
    pub upto: u64,
    /// It lost its disk, and was not told yet that it has everything again.
    pub blank: bool,
    /// When what it answers had left.
    pub sent: SimTime,
}

/// What a replica has.
#[derive(Clone, Debug, Default)]
pub struct Have {
    /// The last entry.
    pub last: u64,
    /// Which epochs wrote which entries.
    pub lineage: Lineage,
    /// Entries up to here were compacted: it cannot cut them off.
    pub base: u64,
    /// It lost its disk, and does not know what it promised or had.
    pub blank: bool,
}

impl Have {
    /// How far it is: whoever has more can make up for it.
    pub fn rank(&self) -> (Term, u64) {
        (self.lineage.term_of(self.last).unwrap_or_default(), self.last)
    }
}

/// A partition as of one entry.
#[derive(Clone, Debug)]
pub struct Image {
    /// The configuration of the primary that sends it; to a new primary, its own.
    pub known: Known,
    /// The lineage of the log it replaces.
    pub lineage: Lineage,
    /// The last entry in it.
    pub upto: u64,
    /// The documents.
    pub store: Arc<Store>,
    /// Up to where all of it may be used.
    pub whole: Whole,
    /// Bytes on the wire.
    pub bytes: u64,
    /// The sender is no primary: the receiver is, and asked for it.
    pub fetched: bool,
    /// When it left, by the sender's clock.
    pub sent: SimTime,
}

/// Whether an entry crosses the wire at all.
fn framed((_, entry): &&(Term, Entry)) -> bool {
    !matches!(entry, Entry::Left { had: true, .. })
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        HEADER
            + match self {
                Msg::Ask(ask) if ask.action.is_write() => u64::from(ask.bytes),
                Msg::Reply(reply) if !matches!(reply.observed, Observed::Nothing) => 1024,
                Msg::Append(a) | Msg::Suffix(a) => {
                    a.bytes + ENTRY * a.entries.iter().filter(framed).count() as u64
                }
                Msg::Image(image) => image.bytes,
                _ => 0,
            }
    }

    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_) => "ask",
            Msg::Reply(_) => "reply",
            Msg::Append(a) if a.entries.is_empty() => "beat",
            Msg::Append(_) => "append",
            Msg::Appended(..) => "appended",
            Msg::Rejected(..) => "rejected",
            Msg::Fenced(_) => "fenced",
            Msg::Image(_) => "image",
            Msg::Admit(_) => "admit",
            Msg::Survey(_) => "survey",
            Msg::Standing(..) => "standing",
            Msg::Fetch(..) => "fetch",
            Msg::Suffix(_) => "suffix",
            Msg::Lead(_) => "lead",
            Msg::Register(_, Register::Prepare { .. }) => "prepare",
            Msg::Register(_, Register::Promised(..)) => "promised",
            Msg::Register(_, Register::Accept(..)) => "accept",
            Msg::Register(_, Register::Accepted(_)) => "accepted",
            Msg::Register(_, Register::Outbid(..)) => "outbid",
            Msg::Register(_, Register::Held(_)) => "held",
            Msg::Renew(..) => "renew",
            Msg::Granted(_) => "granted",
            Msg::Alarm(_) => "alarm",
            Msg::TakeOver => "take-over",
            Msg::Order(..) => "order",
            Msg::Ordered(..) => "ordered",
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Msg::Ask(_) | Msg::Reply(_) => Purpose::Client,
            Msg::Image(_) => Purpose::Copy,
            Msg::Append(a) if a.entries.is_empty() => Purpose::Control,
            Msg::Append(_) | Msg::Suffix(_) | Msg::Appended(..) | Msg::Rejected(..) => Purpose::Replication,
            _ => Purpose::Control,
        }
    }
}
