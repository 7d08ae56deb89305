//! What goes over the wire.

use super::disk::Entry;
use super::point::Tag;
use crate::algorithm::lineage::Lineage;
use crate::algorithm::log::Term;
use crate::base::ids::ClientId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::{Action, Key, Observed, OpId, Position, Status};
use std::sync::Arc;

/// Bytes of a message without what it carries.
const HEADER: u64 = 256;

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
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The operation.
    pub op: OpId,
    /// The try it answers.
    pub attempt: u16,
    /// How it ended.
    pub ended: (Status, Option<Position>),
    /// What was read.
    pub observed: Observed,
}

/// What a machine has written since its last upload, up to a moment.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Which protection of the machine it belongs to: each begins anew.
    pub stream: u64,
    /// Its number in the stream, from 1.
    pub seq: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// The application's last write before those of this chunk.
    pub after: u64,
    /// The application's writes.
    pub entries: Vec<(Term, Arc<Entry>)>,
    /// All that was written up to here, by the machine's wall clock, is in this chunk or an earlier one.
    pub through: SimTime,
    /// Points that are whole with it.
    pub tags: Vec<Tag>,
    /// It copies a disk, rather than what was just written.
    pub copy: bool,
}

/// What a machine says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Beat {
    /// Which machine.
    pub vm: usize,
    /// In which region.
    pub site: usize,
    /// The epoch it knows.
    pub epoch: u64,
    /// It serves the application.
    pub serving: bool,
    /// Everything it wrote up to here has been uploaded, by its wall clock.
    pub through: SimTime,
    /// What waits to be uploaded, in seconds of upload.
    pub backlog: f64,
}

/// What the service has decided about a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How often the machine was failed over, counting from 1.
    pub epoch: u64,
    /// The region where it runs.
    pub active: usize,
    /// The last write of the epoch before that is still there.
    pub cut: u64,
    /// The stream of the present protection, if it is protected: with what it begins after.
    pub stream: Option<(u64, u64, Copying)>,
    /// It is to be resynchronised, and collects nothing until then.
    pub suspended: bool,
    /// Port 20004 is open.
    pub port_open: bool,
}

/// What has to be copied before a machine is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copying {
    /// Nothing: it was when the window began.
    Nothing,
    /// All of its disks.
    Everything,
    /// What differs.
    Delta,
}

/// A message.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Client to machine.
    Ask(Box<Ask>),
    /// Machine to client.
    Reply(Box<Reply>),
    /// Client to names: under which address is this machine?
    Lookup(usize),
    /// Names to client.
    Found(usize, usize),
    /// Service to names: this machine is in that region, as of that epoch.
    Point(usize, usize, u64),
    /// Names to service: it stands so.
    Pointed(usize, u64),
    /// Machine to sign-in.
    SignIn,
    /// Sign-in to machine.
    SignedIn,
    /// Machine to machine: what is your last write? The operation that asks.
    Refer(OpId),
    /// The answer.
    Referred(OpId, Term, u64),
    /// Port 20004: mark a point in this round; consistent for applications, too.
    Mark(u64, bool),
    /// Port 20004: marked.
    Marked(u64),
    /// Port 20004: go on; whether all have marked it.
    Release(u64, bool),
    /// Machine to service.
    Beat(Beat),
    /// Service to machine.
    Standing(Standing),
    /// Machine to cache account.
    Upload(Arc<Chunk>),
    /// Cache account to machine: it has all of this stream up to here.
    Stored(u64, u64),
    /// Machine to cache account: how much do you have of this stream?
    Resume(u64),
    /// Cache account to machine: of this stream up to this chunk, with the application's writes up to there.
    Expect(u64, u64, u64),
    /// Cache account to service: of this machine, in this stream, it has chunks up to here and points waiting in it.
    Waiting(usize, u64, u64, SimTime, Arc<[(u64, Tag)]>),
    /// Service to cache account: say what you have.
    Report,
    /// Service to cache account: send chunks after the first and up to the second of this stream.
    Fetch(u64, u64, u64),
    /// Cache account to replica.
    Data(Arc<Vec<Arc<Chunk>>>),
    /// Replica to service: of this machine and stream it has chunks up to here.
    Have(usize, u64, u64),
    /// Service to cache account: chunks up to here are processed.
    Processed(u64, u64),
    /// Service to replica: the recovery points that there are.
    Points(u64, Arc<[Tag]>),
    /// Service to machine: stop, for this epoch is over; upload everything first if told so.
    Stop(u64, bool),
    /// Machine to service: stopped, and everything is uploaded up to this chunk if that was asked.
    Stopped(usize, u64, Option<u64>),
    /// Service to replica: be the machine from this write on, for this epoch, after waiting; it was planned.
    Create {
        /// The epoch.
        epoch: u64,
        /// The point.
        tag: Tag,
        /// By how much it is older than its moment says.
        aged: Span,
        /// How long it waits for room.
        wait: Span,
        /// Nothing is lost.
        planned: bool,
    },
    /// Replica to service: it runs as of this epoch, with this log.
    Running(usize, u64, Arc<Lineage>, u64),
    /// Service to machine: how many of your writes name some of the other that are not there?
    Inspect(u64, Arc<Lineage>, u64),
    /// Machine to service: told.
    Inspected(usize, u64),
    /// Service to replica: start a copy of the machine in a network of its own.
    Test(u64),
    /// Replica to service: it has started, and was thrown away.
    Tested(usize, u64),
    /// Service to stopped machine: become the replica of this stream, keeping writes up to here.
    Follow(u64, u64, u64),
    /// Machine to service: it is, and has the application's writes up to there.
    Following(usize, u64, u64),
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        HEADER
            + match self {
                Msg::Ask(ask) if ask.action.is_write() => u64::from(ask.bytes),
                Msg::Reply(reply) if !matches!(reply.observed, Observed::Nothing) => 1024,
                Msg::Upload(chunk) => chunk.bytes,
                Msg::Data(chunks) => chunks.iter().map(|c| c.bytes).sum(),
                Msg::Points(_, points) => 32 * points.len() as u64,
                _ => 0,
            }
    }

    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_) => "ask",
            Msg::Reply(_) => "reply",
            Msg::Lookup(_) => "lookup",
            Msg::Found(..) => "found",
            Msg::Point(..) => "point",
            Msg::Pointed(..) => "pointed",
            Msg::SignIn => "sign-in",
            Msg::SignedIn => "signed-in",
            Msg::Refer(_) => "refer",
            Msg::Referred(..) => "referred",
            Msg::Mark(..) => "mark",
            Msg::Marked(_) => "marked",
            Msg::Release(..) => "release",
            Msg::Beat(_) => "beat",
            Msg::Standing(_) => "standing",
            Msg::Upload(_) => "upload",
            Msg::Stored(..) => "stored",
            Msg::Resume(_) => "resume",
            Msg::Expect(..) => "expect",
            Msg::Waiting(..) => "waiting",
            Msg::Report => "report",
            Msg::Fetch(..) => "fetch",
            Msg::Data(_) => "data",
            Msg::Have(..) => "have",
            Msg::Processed(..) => "processed",
            Msg::Points(..) => "points",
            Msg::Stop(..) => "stop",
            Msg::Stopped(..) => "stopped",
            Msg::Create { .. } => "create",
            Msg::Running(..) => "running",
            Msg::Inspect(..) => "inspect",
            Msg::Inspected(..) => "inspected",
            Msg::Test(_) => "test",
            Msg::Tested(..) => "tested",
            Msg::Follow(..) => "follow",
            Msg::Following(..) => "following",
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Msg::Ask(_) | Msg::Reply(_) | Msg::Refer(_) | Msg::Referred(..) => Purpose::Client,
            Msg::Upload(chunk) if chunk.copy => Purpose::Copy,
            Msg::Data(chunks) if chunks.iter().any(|chunk| chunk.copy) => Purpose::Copy,
            Msg::Upload(_) | Msg::Data(_) | Msg::Stored(..) | Msg::Have(..) => Purpose::Replication,
            _ => Purpose::Control,
        }
    }
}
