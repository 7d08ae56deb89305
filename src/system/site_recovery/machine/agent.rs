//! The agent on a machine (ASR-1, ASR-3, ASR-7): it uploads what the disks write to the cache account of its region, in
//! order, no faster than the limits, and only while it is signed in and the service is heard.

use super::Machine;
use super::flow::Flow;
use crate::algorithm::log::Term;
use crate::base::time::{SimTime, Span};
use crate::system::site_recovery::config::PortText;
use crate::system::site_recovery::disk::{DiskRecord, Entry, Use};
use crate::system::site_recovery::message::{Chunk, Copying, Msg, Standing};
use crate::system::site_recovery::point::Tag;
use crate::system::site_recovery::timer::Timer;
use crate::system::site_recovery::{Cx, Mutation, pop_if};
use std::collections::VecDeque;
use std::sync::Arc;

/// Chunks on their way at once.
const WINDOW: usize = 32;
/// What was not stored after this long is sent again.
const AGAIN: Span = Span::secs(10);
/// Being this far behind is work to be done.
const BEHIND: Span = Span::secs(60);
/// A sign-in that was not answered is tried again after this long.
const SIGN_IN_AGAIN: Span = Span::secs(30);

/// The agent's part of a machine's state.
#[derive(Clone, Debug, Default)]
pub(super) struct Agent {
    /// The protection that it works for; 0: none.
    pub stream: u64,
    /// It knows how far the cache account is.
    resumed: bool,
    /// The last chunk made.
    seq: u64,
    /// The last of the application's writes in one.
    upto: u64,
    /// Bytes of a copy that are to be sent first, and whether it knows if there are any.
    copying: f64,
    copy_known: bool,
    flushed: SimTime,
    /// When what was written became durable, by the steady clock, and up to where it was then.
    durable: VecDeque<(SimTime, u64)>,
    /// Points that wait for their data: the moment by the steady clock.
    tags: VecDeque<(SimTime, Tag)>,
    /// What was not stored yet, with when it was sent last.
    sent: VecDeque<(Arc<Chunk>, SimTime)>,
    /// Everything up to here has been stored, by the machine's wall clock.
    pub through: SimTime,
    /// A sign-in holds until then.
    signed_in: SimTime,
    /// When the service was heard.
    heard: SimTime,
    busy: bool,
}

impl Agent {
    /// Writes up to `index` are durable now.
    pub fn written(&mut self, now: SimTime, index: u64) {
        if self.stream != 0 {
            self.durable.push_back((now, index));
        }
    }

    /// A point, at this moment of the steady clock.
    pub fn mark(&mut self, at: SimTime, tag: Tag) {
        self.tags.push_back((at, tag));
    }

    /// Whether points make sense: a copy is not under way.
    pub fn protects(&self) -> bool {
        self.stream != 0 && self.copying <= 0.0
    }
}

impl Machine {
    /// Begins to run the application; `first`: when the world begins.
    pub(super) fn serve(&mut self, first: bool, cx: Cx) {
        let now = cx.monotonic();
        (self.serving, self.round, self.draining) = (true, None, None);
        self.referring.clear();
        self.held.clear();
        let limits = self.spec().disks.iter().map(|disk| (disk.churn, disk.limit));
        self.flow = Flow::new(limits, now);
        let disk = cx.disk();
        self.agent = Agent {
            stream: disk.stream,
            resumed: first,
            flushed: now,
            heard: now,
            // Of one that boots again the service knows better.
            through: if first { cx.now() } else { SimTime::ZERO },
            ..Agent::default()
        };
        self.replay(cx);
        self.agent.durable.clear();
        self.agent.upto = if first { self.applied } else { 0 };
        let settings = self.settings.clone();
        let mut phase = |length: Span, what| length.scale(cx.random(what).uniform());
        let signed_in = settings.token.scale(0.5) + phase(settings.token.scale(0.5), "sign-in");
        let flush = phase(settings.flush, "flush");
        let app = settings.app_consistent.map(|every| phase(every, "app-tag"));
        self.agent.signed_in = now + signed_in;
        cx.set_timer(Timer::SignIn, signed_in.saturating_sub(settings.token.scale(0.5)));
        cx.set_timer(Timer::Flush, flush);
        let law = settings.crash_consistent.span(cx.random("tag"));
        let tag = law.scale(cx.random("tag-phase").uniform());
        cx.set_timer(Timer::Tag, tag);
        if let Some(app) = app {
            cx.set_timer(Timer::AppTag, app);
        }
        for (number, disk) in self.spec().disks.iter().enumerate() {
            if let Some((_, every, _)) = &disk.bursts {
                let after = every.span(cx.random("burst"));
                cx.set_timer(Timer::Burst(number as u8 * 2), after);
            }
        }
        if !first {
            self.sign_in(cx);
        }
    }

    /// Even numbers begin a disk's burst, odd ones end it.
    pub(super) fn on_burst(&mut self, number: u8, cx: Cx) {
        let disk = usize::from(number / 2);
        let Some(spec) = self.settings.vms[self.vm].disks.get(disk).filter(|_| self.serving) else { return };
        let Some((rate, every, lasts)) = &spec.bursts else { return };
        let begins = number.is_multiple_of(2);
        let (rate, law) = if begins { (*rate, lasts) } else { (spec.churn, every) };
        self.flow.set_rate(disk, rate, cx.monotonic());
        let after = law.span(cx.random("burst"));
        cx.set_timer(Timer::Burst(number ^ 1), after);
    }

    pub(super) fn sign_in(&mut self, cx: Cx) {
        if self.serving || self.draining.is_some() {
            cx.send(self.directory.names, Msg::SignIn);
            cx.set_timer(Timer::SignIn, SIGN_IN_AGAIN);
        }
    }

    pub(super) fn on_signed_in(&mut self, cx: Cx) {
        self.agent.signed_in = cx.monotonic() + self.settings.token;
        cx.set_timer(Timer::SignIn, self.settings.token.scale(0.5));
    }

    /// Whether nothing that replication needs is known to be missing (ASR-7).
    pub(super) fn replicates(&self, cx: Cx) -> bool {
        self.replicates_at(cx.monotonic())
    }

    fn replicates_at(&self, now: SimTime) -> bool {
        let signed_in = now < self.agent.signed_in || self.without(Mutation::SkipSignIn);
        signed_in && now.since(self.agent.heard) < self.settings.silence && self.agent.sent.len() < WINDOW
    }

    /// Whether all that is written leaves in time.
    pub(super) fn keeps_up(&self, now: SimTime) -> bool {
        let agent = &self.agent;
        let stuck = agent.sent.front().is_some_and(|(_, sent)| now.since(*sent) >= AGAIN);
        let heard = now.since(agent.heard) < self.settings.lately();
        let begun = agent.resumed && agent.copy_known && agent.copying <= 0.0;
        begun && heard && !stuck && self.replicates_at(now) && self.flow.is_clear()
    }

    /// A sign-in goes on running out while time is left out.
    pub(super) fn skip_sign_in(&mut self, by: Span) {
        self.agent.signed_in = SimTime(self.agent.signed_in.0.saturating_sub(by.0));
    }

    /// The machine is to be resynchronised: until then nothing of what is written is kept for later.
    fn suspend(&mut self, cx: Cx) {
        let now = cx.monotonic();
        let Agent { signed_in, heard, through, busy, .. } = self.agent;
        self.flow.clear(now);
        self.agent = Agent { flushed: now, signed_in, heard, through, ..Agent::default() };
        if busy {
            cx.busy(false);
        }
    }

    /// What the service has decided.
    pub(super) fn on_standing(&mut self, standing: Standing, cx: Cx) {
        self.agent.heard = cx.monotonic();
        self.port = match standing.port_open {
            true => PortText::Open,
            false => PortText::Blocked,
        };
        let mine = standing.active == self.site;
        if !mine && standing.epoch > self.epoch && matches!(self.used, Use::Machine | Use::Stopped) {
            return self.superseded(standing.epoch, standing.cut, cx);
        }
        if standing.suspended
            && mine
            && self.serving
            && self.agent.stream != 0
            && standing.epoch == self.epoch
        {
            return self.suspend(cx);
        }
        if let Some((stream, after, copying)) = standing.stream
            && mine
            && self.serving
            && standing.epoch == self.epoch
        {
            if stream > self.agent.stream {
                cx.persist(DiskRecord::Protect(stream));
                self.protect(stream, after, cx);
            }
            if self.agent.resumed && !std::mem::replace(&mut self.agent.copy_known, true) {
                self.agent.copying = match copying {
                    Copying::Nothing => 0.0,
                    Copying::Everything => self.spec().disks.iter().map(|d| d.size).sum(),
                    Copying::Delta => self.flow.changed(self.spec().disks.iter().map(|d| d.working_set)),
                };
            }
        }
    }

    fn protect(&mut self, stream: u64, after: u64, cx: Cx) {
        let now = cx.monotonic();
        let (signed_in, heard) = (self.agent.signed_in, self.agent.heard);
        self.flow.clear(now);
        self.agent = Agent {
            stream,
            resumed: true,
            upto: after,
            flushed: now,
            signed_in,
            heard,
            // What was uploaded before is; of what is copied now nothing is until all of it is.
            through: self.agent.through,
            ..Agent::default()
        };
        self.agent.durable.push_back((now, self.applied));
    }

    /// The cache account says how far it is, to a machine that has just booted.
    pub(super) fn on_expect(&mut self, stream: u64, seq: u64, index: u64, cx: Cx) {
        if stream == self.agent.stream && !self.agent.resumed {
            (self.agent.resumed, self.agent.seq, self.agent.upto) = (true, seq, index);
            self.agent.durable.push_back((cx.monotonic(), cx.disk().log.last()));
        }
    }

    /// A machine that was stopped and whose host was down since goes on uploading.
    pub(super) fn drain_again(&mut self, epoch: u64, cx: Cx) {
        let now = cx.monotonic();
        self.agent =
            Agent { stream: cx.disk().stream, flushed: now, heard: now, signed_in: now, ..Agent::default() };
        self.draining = Some(epoch);
        self.sign_in(cx);
        cx.set_timer(Timer::Flush, Span::ZERO);
    }

    pub(super) fn on_stored(&mut self, stream: u64, seq: u64, cx: Cx) {
        if stream != self.agent.stream {
            return;
        }
        while let Some((chunk, _)) = pop_if(&mut self.agent.sent, |(chunk, _)| chunk.seq <= seq) {
            self.agent.through = self.agent.through.max(chunk.through);
        }
        self.drained(cx);
    }

    pub(super) fn on_flush(&mut self, cx: Cx) {
        if !self.serving && self.draining.is_none() {
            return;
        }
        self.flush(cx);
        cx.set_timer(Timer::Flush, self.settings.flush);
    }

    /// Uploads what may be uploaded since the last time.
    pub(super) fn flush(&mut self, cx: Cx) {
        let now = cx.monotonic();
        let length = now.since(std::mem::replace(&mut self.agent.flushed, now));
        self.flow.advance(now);
        if self.agent.stream == 0 {
            return self.flow.clear(now);
        }
        if !self.agent.resumed {
            return cx.send(self.cache(), Msg::Resume(self.agent.stream));
        }
        self.send_again(cx);
        let can = self.replicates(cx);
        if can && self.agent.copying > 0.0 {
            self.copy(length, cx);
        } else if can {
            self.upload(length, cx);
        }
        self.note_busy(can, cx);
    }

    fn copy(&mut self, length: Span, cx: Cx) {
        let bytes = self.agent.copying.min(self.settings.copy_rate * length.seconds());
        self.agent.copying -= bytes;
        if self.agent.copying < 1.0 {
            self.agent.copying = 0.0;
        }
        self.send_chunk(bytes, Vec::new(), (SimTime::ZERO, Vec::new()), true, cx);
    }

    fn upload(&mut self, length: Span, cx: Cx) {
        let unlimited = self.without(Mutation::NoChurnLimit);
        let limit = if unlimited { f64::MAX } else { self.settings.machine_limit };
        let bytes = match unlimited {
            true => self.flow.upload(Span::hours(24 * 365), limit),
            false => self.flow.upload(length, limit),
        };
        let (first, all) = (self.flow.through(true), self.flow.through(false));
        let mut upto = self.agent.upto;
        while let Some((_, index)) = pop_if(&mut self.agent.durable, |(at, _)| *at <= first) {
            upto = upto.max(index);
        }
        let count = (upto - self.agent.upto) as usize;
        let entries = if count > 0 { cx.disk().log.range(self.agent.upto + 1, count) } else { Vec::new() };
        let mut tags = Vec::new();
        while let Some((_, tag)) = pop_if(&mut self.agent.tags, |(at, _)| *at <= all) {
            tags.push(tag);
        }
        let behind = cx.monotonic().since(all);
        let through = SimTime(cx.now().0.saturating_sub(behind.0));
        self.send_chunk(bytes, entries, (through, tags), false, cx);
    }

    fn send_chunk(
        &mut self,
        bytes: f64,
        entries: Vec<(Term, Arc<Entry>)>,
        (through, tags): (SimTime, Vec<Tag>),
        copy: bool,
        cx: Cx,
    ) {
        self.agent.seq += 1;
        let (stream, seq, after) = (self.agent.stream, self.agent.seq, self.agent.upto);
        self.agent.upto += entries.len() as u64;
        let bytes = bytes as u64;
        let chunk = Arc::new(Chunk { stream, seq, bytes, after, entries, through, tags, copy });
        cx.send(self.cache(), Msg::Upload(chunk.clone()));
        if self.without(Mutation::ForgetUnstored) {
            self.agent.through = self.agent.through.max(through);
        } else {
            self.agent.sent.push_back((chunk, cx.monotonic()));
        }
    }

    fn send_again(&mut self, cx: Cx) {
        let now = cx.monotonic();
        if self.agent.sent.front().is_none_or(|(_, sent)| now.since(*sent) < AGAIN) {
            return;
        }
        let cache = self.cache();
        for (chunk, sent) in &mut self.agent.sent {
            *sent = now;
            cx.send(cache, Msg::Upload(chunk.clone()));
        }
    }

    fn note_busy(&mut self, can: bool, cx: Cx) {
        let behind = cx.monotonic().since(self.flow.through(false)) > BEHIND || self.agent.copying > 0.0;
        let busy = can && behind;
        if std::mem::replace(&mut self.agent.busy, busy) != busy {
            cx.busy(busy);
        }
    }

    /// Everything that a machine which was stopped had written is stored: the service is told up to which chunk.
    pub(super) fn drained(&mut self, cx: Cx) {
        let Some(epoch) = self.draining else { return };
        let left = !self.agent.sent.is_empty()
            || self.agent.upto < cx.disk().log.last()
            || self.flow.backlog() > 0.0
            || self.agent.copying > 0.0;
        if !left {
            let seq = self.agent.seq;
            cx.send(self.directory.service, Msg::Stopped(self.vm, epoch, Some(seq)));
        }
    }
}
