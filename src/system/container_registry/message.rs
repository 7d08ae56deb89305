//! Messages.

use super::content::{Blob, Digest, MANIFEST_BYTES};
use super::disk::{Event, Image, Members};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::{Key, Position};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a replica answers a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// As asked.
    Ok,
    /// It is not there: a tag, a manifest or a layer.
    Missing,
    /// The manifest names layers that are not there.
    Invalid,
    /// Too many requests: ask again after this long.
    Throttled(Span),
    /// There is no replica that serves here.
    Unavailable,
}

/// What a client asks a replica.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Is this layer there?
    Head(Blob),
    /// Begin to upload a layer, of so many bytes.
    Open(Blob, u64),
    /// A chunk of an upload that was begun: the layer, the chunk's offset and length.
    Put(Blob, u64, u64),
    /// A stretch of a layer, which comes in chunks: from where, and how long.
    Get(Blob, u64, u64),
    /// The manifest that a tag points to; `true`: a closing read, which no tier holds up.
    Tag(Key, bool),
    /// The manifest of this digest.
    Digest(Digest),
    /// Point a tag to an image, whose own bytes these are.
    Manifest(Key, Digest, u64),
    /// Delete a tag.
    Delete(Key),
    /// Which write-once tags are there?
    ReadBack,
    /// Import this image from another registry's replica, and point its tag to it.
    Import(Key, Digest, u64),
}

/// What a replica answers.
#[derive(Clone, Debug)]
pub struct Reply {
    /// How.
    pub said: Said,
    /// The chunk concerned.
    pub offset: u64,
    /// Its length, if the answer carries it.
    pub bytes: u64,
    /// The upload is complete, and on disk.
    pub whole: bool,
    /// The manifest asked for, with the own bytes of its image.
    pub manifest: Option<(Digest, u64)>,
    /// Where a push stands.
    pub position: Option<Position>,
    /// Write-once tags.
    pub serials: Option<Arc<[(u64, u64)]>>,
}

impl Reply {
    /// An answer that carries nothing.
    pub fn new(said: Said) -> Reply {
        Reply { said, offset: 0, bytes: 0, whole: false, manifest: None, position: None, serials: None }
    }
}

/// A message.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Client to replica, or replica to replica that copies layers (`true`); with the asker's number for the answer.
    Ask(u64, Ask, bool),
    /// The answer.
    Reply(u64, Box<Reply>, bool),
    /// Client to resolver: the address of a registry.
    Lookup(u64, usize),
    /// The sites, and how long they may be kept.
    Resolved(u64, Arc<[usize]>, Span),
    /// Resolver to Traffic Manager.
    Query(usize),
    /// Traffic Manager to resolver.
    Answer(usize, Arc<[usize]>, Span),
    /// Probe to replica, of a round.
    Probe(u64),
    /// It serves.
    Alive(u64),
    /// Probe to Traffic Manager: what it found of each site.
    Report(Arc<[(usize, bool)]>),
    /// Replica to replica of a registry: its name, and events of its own with their numbers.
    Offer(u32, Arc<[(u64, Event)]>),
    /// To the replica of this name: up to which of its events everything is here; `None`: not known yet. With the name of
    /// the replica that says so.
    Taken(u32, Option<u64>, u32),
    /// Replica to replica: up to which of whose events it has everything, and whose it is taking in.
    Have(Arc<BTreeMap<u32, u64>>, Arc<[u32]>),
    /// A new replica asks another for everything.
    Wanted,
    /// Everything; `true`: what was pushed while time was jumped over was taken in there meanwhile.
    Image(Arc<Image>, bool),
    /// Control plane to replicas and Traffic Manager.
    Members(Box<Members>),
    /// Replica to Traffic Manager: the site serves (`true`), or does not.
    Ready(usize, bool),
    /// A push has arrived in the region of a site: when it was made, whether it was made there, and its image's own bytes.
    Webhook(usize, SimTime, bool, u64),
}

/// Headers and names.
const OVERHEAD: u64 = 512;
/// An event without its contents.
const EVENT: u64 = 128;

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        match self {
            Msg::Ask(_, Ask::Put(_, _, length), _) => OVERHEAD + length,
            Msg::Ask(_, Ask::Manifest(..), _) => OVERHEAD + MANIFEST_BYTES,
            Msg::Reply(_, reply, _) => {
                let manifest = reply.manifest.map_or(0, |_| MANIFEST_BYTES);
                let serials = reply.serials.as_ref().map_or(0, |serials| serials.len() as u64 * 16);
                OVERHEAD + reply.bytes + manifest + serials
            }
            Msg::Offer(_, events) => {
                let manifests = events.iter().filter(|(_, event)| matches!(event, Event::Tag(..))).count();
                OVERHEAD + events.len() as u64 * EVENT + manifests as u64 * MANIFEST_BYTES
            }
            Msg::Image(image, _) => {
                let manifests = image.manifests.len() as u64 * MANIFEST_BYTES;
                OVERHEAD + manifests + (image.tags.len() + image.blobs.len()) as u64 * EVENT
            }
            Msg::Have(seen, _) => OVERHEAD + seen.len() as u64 * 12,
            _ => OVERHEAD,
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_, ask, _) => match ask {
                Ask::Head(_) => "head",
                Ask::Open(..) => "open",
                Ask::Put(..) => "put",
                Ask::Get(..) => "get",
                Ask::Tag(..) => "tag",
                Ask::Digest(_) => "digest",
                Ask::Manifest(..) => "manifest",
                Ask::Delete(_) => "delete",
                Ask::ReadBack => "read-back",
                Ask::Import(..) => "import",
            },
            Msg::Reply(_, reply, _) if reply.bytes > 0 => "data",
            Msg::Reply(..) => "reply",
            Msg::Lookup(..) => "lookup",
            Msg::Resolved(..) => "resolved",
            Msg::Query(_) => "query",
            Msg::Answer(..) => "answer",
            Msg::Probe(_) => "probe",
            Msg::Alive(_) => "alive",
            Msg::Report(_) => "report",
            Msg::Offer(..) => "offer",
            Msg::Taken(..) => "taken",
            Msg::Have(..) => "have",
            Msg::Wanted => "wanted",
            Msg::Image(..) => "image",
            Msg::Members(_) => "members",
            Msg::Ready(..) => "ready",
            Msg::Webhook(..) => "webhook",
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Msg::Ask(_, _, false) | Msg::Reply(_, _, false) => Purpose::Client,
            Msg::Ask(_, _, true) | Msg::Reply(_, _, true) | Msg::Offer(..) | Msg::Taken(..) => {
                Purpose::Replication
            }
            Msg::Wanted | Msg::Image(..) => Purpose::Copy,
            _ => Purpose::Control,
        }
    }
}
