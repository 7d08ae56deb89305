//! The side that writes.

use super::{Msg, Next, Quorum, Settings};
use crate::algorithm::quorum::Tally;
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use crate::system::lab::Cx;

/// Writes one version after the other.
#[derive(Clone, Debug)]
pub struct Writer {
    replicas: Vec<ActorId>,
    reader: Option<ActorId>,
    quorum: usize,
    every: Span,
    version: u64,
    /// When it began to write that version; none before its first write.
    began: Option<SimTime>,
    committed: u64,
    acks: Tally<ActorId>,
}

impl Writer {
    pub(super) fn new(settings: &Settings, replicas: Vec<ActorId>, reader: Option<ActorId>) -> Self {
        Writer {
            replicas,
            reader,
            quorum: settings.write_quorum as usize,
            every: settings.every,
            version: 0,
            began: None,
            committed: 0,
            acks: Tally::new(),
        }
    }

    /// Begins at a random moment of the first period.
    pub(super) fn on_start(&self, cx: &mut Cx<'_, Quorum>) {
        let phase = cx.random("phase").uniform();
        cx.set_timer(Next, self.every.scale(phase));
    }

    /// A writer that comes back knows no version, and must not use one again: it numbers on from its clock.
    pub(super) fn on_restart(&mut self, cx: &mut Cx<'_, Quorum>) {
        self.version = cx.monotonic().0;
        self.committed = self.version;
        self.on_start(cx);
    }

    pub(super) fn next(&mut self, cx: &mut Cx<'_, Quorum>) {
        if self.began.is_some() {
            let failed = self.committed < self.version;
            cx.change(Change::Observed { what: "failed", value: f64::from(u8::from(failed)) });
        }
        self.version += 1;
        self.began = Some(cx.monotonic());
        self.replicas.iter().for_each(|to| cx.send(*to, Msg::Write(self.version)));
        cx.set_timer(Next, self.every);
    }

    pub(super) fn ack(&mut self, from: ActorId, version: u64, cx: &mut Cx<'_, Quorum>) {
        self.acks.ack(from, version);
        let Some(began) = self.began else { return };
        if self.committed < self.version && self.acks.reached_by(self.quorum) >= self.version {
            self.committed = self.version;
            let value = cx.monotonic().since(began).seconds();
            cx.change(Change::Observed { what: "commit-latency", value });
            if let Some(reader) = self.reader {
                cx.send(reader, Msg::Committed(self.version));
            }
        }
    }
}
