//! One connection's work: a layer to move, or a manifest.

use super::Client;
use crate::algorithm::transfer::Transfer;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::record::Change;
use crate::model::operation::{OpId, Status};
use crate::system::container_registry::Cx;
use crate::system::container_registry::content::Layer;
use crate::system::container_registry::message::{Ask, Msg, Reply, Said};
use crate::system::container_registry::mutation::Mutation;
use crate::system::container_registry::settings::{Directory, Settings};
use crate::system::container_registry::timer::Timer;

/// How often chunks are repeated before a connection is given up.
const STALLS: u32 = 2;

/// What a connection is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A layer, up or down.
    Layer(Layer),
    /// One question, and its answer.
    Question(Ask),
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It looks the name up.
    Dialling,
    /// It asks whether a layer is there.
    Heading,
    /// It asks to upload the layer.
    Opening,
    /// Chunks move.
    Moving,
    /// It asked, and waits for the answer.
    Asking,
    /// It pauses before the next try.
    Pausing,
}

/// One connection's work.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub(super) op: OpId,
    pub(super) registry: usize,
    pub(super) what: What,
    pub(super) phase: Phase,
    pub(super) site: usize,
    pub(super) tries: u32,
    /// Where it was throttled: it goes there again.
    pub(super) throttled_at: Option<usize>,
    /// How often it was throttled.
    refusals: u32,
    transfer: Option<Transfer>,
    stalls: u32,
}

impl Client {
    /// Opens a connection.
    pub(super) fn open(&mut self, op: OpId, registry: usize, what: What, cx: Cx) {
        self.calls += 1;
        let errand = Errand {
            op,
            registry,
            what,
            phase: Phase::Dialling,
            site: 0,
            tries: 0,
            throttled_at: None,
            refusals: 0,
            transfer: None,
            stalls: 0,
        };
        self.errands.insert(self.calls, errand);
        self.dial(self.calls, cx);
    }

    /// It is connected: what is asked first.
    pub(super) fn begin(&mut self, call: u64, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        let pushes = self.jobs.get(&errand.op).is_some_and(|job| job.pushes());
        let always = self.settings.without(Mutation::UploadAlways);
        errand.stalls = 0;
        errand.transfer = None;
        match &errand.what {
            What::Layer(layer) if pushes && !always => {
                let ask = Ask::Head(layer.blob);
                errand.phase = Phase::Heading;
                self.say(call, ask, cx);
            }
            What::Layer(_) if pushes => self.open_upload(call, cx),
            What::Layer(_) => self.move_layer(call, cx),
            What::Question(ask) => {
                let ask = ask.clone();
                errand.phase = Phase::Asking;
                self.say(call, ask, cx);
            }
        }
    }

    fn say(&mut self, call: u64, ask: Ask, cx: Cx) {
        let Some(errand) = self.errands.get(&call) else { return };
        let slow = matches!(ask, Ask::Import(..));
        cx.send(Directory::site(errand.site), Msg::Ask(call, ask, false));
        let factor = f64::from(1 << errand.stalls);
        let wait = self.settings.transfers.timeout.scale(factor);
        // An import is answered when everything has been copied; only the operation's own time limits that.
        if !slow {
            cx.set_timer(Timer::Call(call), wait);
        }
    }

    /// A layer is to be uploaded: a replica that refuses that refuses it before any of its bytes have moved.
    fn open_upload(&mut self, call: u64, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        let What::Layer(layer) = errand.what else { return };
        errand.phase = Phase::Opening;
        self.say(call, Ask::Open(layer.blob, layer.bytes), cx);
    }

    /// Sends or asks for as many chunks as the window lets.
    fn move_layer(&mut self, call: u64, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        let What::Layer(layer) = errand.what else { return };
        let rule = &self.settings.transfers;
        errand.phase = Phase::Moving;
        let transfer =
            errand.transfer.get_or_insert_with(|| Transfer::new(layer.bytes, rule.chunk, rule.window));
        let mut offsets = Vec::new();
        while let Some(offset) = transfer.next_chunk() {
            offsets.push((offset, transfer.length(offset)));
        }
        self.say_chunks(call, &offsets, cx);
    }

    /// Sends these chunks; or asks for them, those that follow one another at once: a replica that refuses a layer refuses all
    /// that was asked of it.
    fn say_chunks(&mut self, call: u64, chunks: &[(u64, u64)], cx: Cx) {
        let Some(errand) = self.errands.get(&call) else { return };
        let What::Layer(Layer { blob, .. }) = errand.what else { return };
        if self.jobs.get(&errand.op).is_some_and(|job| job.pushes()) {
            return chunks
                .iter()
                .for_each(|(offset, length)| self.say(call, Ask::Put(blob, *offset, *length), cx));
        }
        for stretch in chunks.chunk_by(|(offset, length), (next, _)| offset + length == *next) {
            let length = stretch.iter().map(|(_, length)| length).sum();
            self.say(call, Ask::Get(blob, stretch[0].0, length), cx);
        }
    }

    pub(super) fn on_reply(&mut self, from: ActorId, call: u64, reply: Reply, cx: Cx) {
        let Some(errand) = self.errands.get(&call) else { return };
        let waits = !matches!(errand.phase, Phase::Dialling | Phase::Pausing);
        if !waits || Directory::site(errand.site) != from {
            return;
        }
        match (errand.phase, reply.said) {
            (_, Said::Throttled(wait)) => self.throttled(call, wait, cx),
            (_, Said::Unavailable) => self.fail_try(call, Some(Status::new(503, 0)), cx),
            (Phase::Heading, Said::Ok) => self.finish(call, reply, cx),
            (Phase::Heading, _) => self.open_upload(call, cx),
            (Phase::Opening, Said::Ok) => self.move_layer(call, cx),
            (Phase::Opening, _) => self.fail_try(call, Some(Status::new(503, 0)), cx),
            (Phase::Asking, _) => self.finish(call, reply, cx),
            (Phase::Moving, Said::Ok) => self.moved(call, reply, cx),
            (Phase::Moving, _) => self.fail_try(call, Some(Status::new(404, 2)), cx),
            (Phase::Dialling | Phase::Pausing, _) => {}
        }
    }

    /// A chunk is there; an upload is over when the replica says that it is whole.
    fn moved(&mut self, call: u64, reply: Reply, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        let pushes = self.jobs.get(&errand.op).is_some_and(|job| job.pushes());
        let Some(transfer) = &mut errand.transfer else { return };
        let news = transfer.arrived(reply.offset);
        let over = if pushes { reply.whole } else { transfer.is_done() };
        if news {
            errand.stalls = 0;
        }
        match over {
            true => self.finish(call, reply, cx),
            false if news => {
                cx.set_timer(Timer::Call(call), self.settings.transfers.timeout);
                self.move_layer(call, cx);
            }
            false => {}
        }
    }

    /// Nothing was heard of a connection; or its pause is over.
    pub(super) fn on_call_due(&mut self, call: u64, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        if errand.phase == Phase::Pausing {
            return self.dial_again(call, cx);
        }
        let repeats = errand.phase == Phase::Moving && errand.stalls < STALLS;
        let Some(transfer) = errand.transfer.as_ref().filter(|_| repeats) else {
            return self.fail_try(call, Some(Status::TIMEOUT), cx);
        };
        errand.stalls += 1;
        // At first the oldest alone: on a link that is held up the others wait behind it, and would be moved twice.
        let most = if errand.stalls == 1 { 1 } else { usize::MAX };
        let offsets: Vec<(u64, u64)> =
            transfer.under_way().take(most).map(|offset| (offset, transfer.length(offset))).collect();
        match offsets.is_empty() {
            true => self.fail_try(call, Some(Status::TIMEOUT), cx),
            false => self.say_chunks(call, &offsets, cx),
        }
    }

    /// The next try is a connection of its own: what is still said on the last one concerns nobody.
    fn dial_again(&mut self, call: u64, cx: Cx) {
        let Some(errand) = self.errands.remove(&call) else { return };
        self.calls += 1;
        self.errands.insert(self.calls, errand);
        self.dial(self.calls, cx);
    }

    /// Asked to come again later: it does, to the same replica (ACR-9).
    fn throttled(&mut self, call: u64, wait: Span, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        errand.throttled_at = Some(errand.site);
        if self.settings.without(Mutation::RerouteThrottled) {
            let registry = errand.registry;
            let other = self.settings.of(registry).find(|site| *site != errand.site);
            errand.throttled_at = other.or(errand.throttled_at);
        }
        errand.phase = Phase::Pausing;
        errand.transfer = None;
        let (op, pause) = (errand.op, growing(self.settings.transfers.pause, errand.refusals));
        errand.refusals += 1;
        let jitter = cx.random("back off").uniform();
        // Everyone who was refused would otherwise come back at once.
        let pause = wait.max(pause).scale(1.0 + jitter);
        cx.set_timer(Timer::Call(call), pause);
        cx.attempt(op, true);
        if let Some(job) = self.jobs.get_mut(&op) {
            job.throttled = true;
        }
    }

    /// A try failed: another one after a pause, which doubles; or the operation fails.
    pub(super) fn fail_try(&mut self, call: u64, status: Option<Status>, cx: Cx) {
        let Some(errand) = self.errands.get_mut(&call) else { return };
        errand.tries += 1;
        errand.throttled_at = None;
        let (op, tries) = (errand.op, errand.tries);
        if errand.phase != Phase::Dialling {
            judge(&self.settings, errand.site, false, cx);
        }
        if tries >= self.settings.transfers.tries {
            self.errands.remove(&call);
            cx.cancel_timer(Timer::Call(call));
            return self.fail(op, status.unwrap_or(Status::new(503, 1)), cx);
        }
        errand.phase = Phase::Pausing;
        errand.transfer = None;
        let pause = growing(self.settings.transfers.pause, tries - 1);
        cx.set_timer(Timer::Call(call), pause);
        cx.attempt(op, false);
    }

    /// A connection has done its work.
    fn finish(&mut self, call: u64, reply: Reply, cx: Cx) {
        let Some(errand) = self.errands.remove(&call) else { return };
        cx.cancel_timer(Timer::Call(call));
        judge(&self.settings, errand.site, true, cx);
        match errand.what {
            What::Layer(layer) => self.layer_done(errand.op, errand.site, layer, cx),
            What::Question(_) => self.answered(errand.op, errand.site, reply, cx),
        }
    }

    /// Drops the connections of an operation.
    pub(super) fn hang_up(&mut self, op: OpId, cx: Cx) {
        self.errands.retain(|call, errand| {
            if errand.op == op {
                cx.cancel_timer(Timer::Call(*call));
            }
            errand.op != op
        });
    }

    /// How many connections an operation has.
    pub(super) fn connections(&self, op: OpId) -> usize {
        self.errands.values().filter(|errand| errand.op == op).count()
    }
}

/// A pause that doubles each time, five times at most.
fn growing(pause: Span, times: u32) -> Span {
    pause.scale(f64::from(1 << times.min(5)))
}

/// What is promised is promised of each region: whether one that a connection was sent to served it. A client that goes
/// elsewhere in time sees nothing of that.
fn judge(settings: &Settings, site: usize, served: bool, cx: Cx) {
    if let Some(name) = settings.name(site) {
        cx.change(Change::Observed { what: name.served_by, value: f64::from(u8::from(served)) });
    }
}
