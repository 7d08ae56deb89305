//! Processing (ASR-1, ASR-4): what waits in a cache account is fetched to the other region and made into recovery points,
//! by a few servers that all machines share. A point exists once this is done, and not before.

use super::Service;
use super::state::{Protection, Stage};
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use crate::system::site_recovery::message::Msg;
use crate::system::site_recovery::point::{self, Kind, Tag};
use crate::system::site_recovery::settings::Settings;
use crate::system::site_recovery::timer::Timer;
use crate::system::site_recovery::{Cx, Mutation};
use std::collections::VecDeque;
use std::sync::Arc;

/// Without news of data that were asked for, a server gives up after this long.
const STALLED: Span = Span::secs(60);

/// A point to be made, or a part of a copy.
#[derive(Clone, Copy, Debug)]
struct Job {
    vm: usize,
    stream: u64,
    seq: u64,
    tag: Option<Tag>,
    /// Its data are there, and it is being made.
    fetched: bool,
}

/// The servers, and what waits for them.
#[derive(Clone, Debug)]
pub(super) struct Processing {
    queue: VecDeque<Job>,
    servers: Vec<Option<Job>>,
    /// By machine: the stream, and the last chunk and the latest moment that a job was made for.
    queued: Vec<(u64, u64, SimTime)>,
    /// By machine: the stream, and the last chunk that the replica has.
    have: Vec<(u64, u64)>,
    /// By machine: when the last point was made.
    last: Vec<Option<SimTime>>,
    /// By machine: its data did not come, and no point was made since.
    stalled: Vec<bool>,
}

impl Processing {
    /// Nothing to do.
    pub fn new(settings: &Settings) -> Processing {
        let n = settings.vms.len();
        Processing {
            queue: VecDeque::new(),
            servers: vec![None; settings.servers],
            queued: vec![(0, 0, SimTime::ZERO); n],
            have: vec![(0, 0); n],
            last: vec![None; n],
            stalled: vec![false; n],
        }
    }

    /// Whether no more waits than a point of each machine, and no data.
    pub fn keeps_up(&self) -> bool {
        let fetched = self.servers.iter().flatten().all(|job| job.fetched);
        fetched && self.queue.len() <= self.have.len()
    }

    /// Whether a machine's data did not come, and no point was made since.
    pub fn is_stalled(&self, vm: usize) -> bool {
        self.stalled[vm]
    }
}

impl Service {
    /// A cache account says what it has.
    pub(super) fn on_waiting(
        &mut self,
        vm: usize,
        (stream, seq, through): (u64, u64, SimTime),
        tags: &[(u64, Tag)],
        cx: Cx,
    ) {
        let state = &self.state.vms[vm];
        if state.protection == Protection::Suspended && self.state.run.is_none() {
            return self.end_suspension(vm, cx);
        }
        if stream != state.stream || state.protection == Protection::None {
            return;
        }
        let active = state.active;
        self.heard[vm][active].reached(through);
        if seq < self.have(vm) {
            return self.resynchronise(vm, cx);
        }
        if self.processing.queued[vm].0 != stream {
            self.processing.queued[vm] = (stream, state.processed, SimTime::ZERO);
        }
        let copying = matches!(state.protection, Protection::Copying(..));
        if copying && tags.is_empty() && seq > self.processing.queued[vm].1 {
            self.enqueue(Job { vm, stream, seq, tag: None, fetched: false });
        }
        for (seq, tag) in tags {
            let (_, last, at) = self.processing.queued[vm];
            if (*seq, tag.at) > (last, at) {
                self.enqueue(Job { vm, stream, seq: *seq, tag: Some(*tag), fetched: false });
                if self.without(Mutation::OfferUnprocessed) {
                    self.offer(vm, *tag, cx);
                }
            }
        }
        self.latest_is(vm, seq, through);
        self.work(cx);
    }

    fn enqueue(&mut self, job: Job) {
        let at = job.tag.map_or(SimTime::ZERO, |tag| tag.at);
        self.processing.queued[job.vm] = (job.stream, job.seq, at);
        self.processing.queue.push_back(job);
    }

    /// The last chunk of the present stream that the replica has.
    fn have(&self, vm: usize) -> u64 {
        let (stream, have) = self.processing.have[vm];
        if stream == self.state.vms[vm].stream { have } else { self.state.vms[vm].processed }
    }

    /// Somebody fails over to what is there now: that comes first.
    fn latest_is(&mut self, vm: usize, seq: u64, through: SimTime) {
        let Some(run) = self.state.run.as_ref().filter(|run| run.stage == Stage::Processing) else { return };
        let enough = run.stopped[vm].is_none_or(|last| seq >= last);
        if run.latest[vm] || !enough || self.is_processing_latest(vm) {
            return;
        }
        let tag = Tag { at: through, index: u64::MAX, kind: Kind::Latest, shared: None };
        let stream = self.state.vms[vm].stream;
        self.processing.queue.push_front(Job { vm, stream, seq, tag: Some(tag), fetched: false });
    }

    /// What has reached the replica is all that can be had of this machine.
    pub(super) fn latest_is_there(&mut self, vm: usize, cx: Cx) {
        let (have, state) = (self.have(vm), &self.state.vms[vm]);
        if have <= state.processed {
            return self.latest_done(vm, cx);
        }
        // Up to where that reaches nobody can tell: at least as far as the newest point.
        let at = state.points.last().map_or(SimTime::ZERO, |tag| tag.at);
        let tag = Tag { at, index: u64::MAX, kind: Kind::Latest, shared: None };
        let job = Job { vm, stream: state.stream, seq: have, tag: Some(tag), fetched: false };
        self.processing.queue.push_front(job);
        self.work(cx);
    }

    /// Gives work to servers that have none.
    pub(super) fn work(&mut self, cx: Cx) {
        for server in 0..self.processing.servers.len() {
            if self.processing.servers[server].is_some() {
                continue;
            }
            let streams: Vec<u64> = self.state.vms.iter().map(|vm| vm.stream).collect();
            self.processing.queue.retain(|job| job.stream == streams[job.vm]);
            let Some(job) = self.processing.queue.pop_front() else { return };
            self.processing.servers[server] = Some(job);
            if self.have(job.vm) >= job.seq {
                self.make(server, cx);
            } else {
                cx.send(self.cache(job.vm), Msg::Fetch(job.stream, self.have(job.vm), job.seq));
                cx.set_timer(Timer::Stalled(server as u16), STALLED);
            }
        }
    }

    pub(super) fn on_have(&mut self, vm: usize, stream: u64, have: u64, cx: Cx) {
        if stream != self.state.vms[vm].stream {
            return;
        }
        let known = self.have(vm);
        self.processing.have[vm] = (stream, known.max(have));
        for server in 0..self.processing.servers.len() {
            let Some(job) = self.processing.servers[server].filter(|job| job.vm == vm && !job.fetched) else {
                continue;
            };
            match have >= job.seq {
                true => self.make(server, cx),
                false => cx.set_timer(Timer::Stalled(server as u16), STALLED),
            }
        }
    }

    fn make(&mut self, server: usize, cx: Cx) {
        let Some(job) = self.processing.servers[server].as_mut() else { return };
        job.fetched = true;
        let takes = match job.tag {
            Some(_) => self.settings.processing.span(cx.random("processing")),
            None => Span::ZERO,
        };
        cx.cancel_timer(Timer::Stalled(server as u16));
        cx.set_timer(Timer::Made(server as u16), takes);
    }

    /// Data do not come: others are tried first, and the cache account will say again what it has.
    pub(super) fn on_stalled(&mut self, server: usize, cx: Cx) {
        let Some(job) = self.processing.servers[server].take().filter(|job| !job.fetched) else { return };
        self.processing.stalled[job.vm] = true;
        let state = &self.state.vms[job.vm];
        self.processing.queued[job.vm] = (job.stream, state.processed, SimTime::ZERO);
        self.processing.queue.retain(|other| other.vm != job.vm);
        if job.tag.is_some_and(|tag| tag.kind == Kind::Latest) {
            let planned = self.state.run.as_ref().is_some_and(|run| run.planned);
            if !planned {
                self.latest_is_there(job.vm, cx);
            }
        }
        self.work(cx);
    }

    /// A server has made its point.
    pub(super) fn on_made(&mut self, server: usize, cx: Cx) {
        let Some(job) = self.processing.servers[server].take() else { return };
        let (vm, now) = (job.vm, cx.now());
        self.processing.stalled[vm] = false;
        if job.stream == self.state.vms[vm].stream {
            let state = &mut self.state.vms[vm];
            state.processed = state.processed.max(job.seq);
            cx.send(self.cache(vm), Msg::Processed(job.stream, job.seq));
            if let Some(tag) = job.tag {
                self.observe_point(vm, tag, cx);
                self.offer(vm, tag, cx);
                self.protected(vm, cx);
            }
            self.keep(cx);
            self.processing.last[vm] = job.tag.map_or(self.processing.last[vm], |_| Some(now));
            if job.tag.is_some_and(|tag| tag.kind == Kind::Latest) {
                self.offer_passed(vm, job.seq, cx);
                self.latest_done(vm, cx);
            }
        }
        self.work(cx);
    }

    /// Points that waited behind it were processed with it.
    fn offer_passed(&mut self, vm: usize, upto: u64, cx: Cx) {
        let passed = |job: &Job| job.vm == vm && job.seq <= upto;
        let tags = self.processing.queue.iter().filter(|job| passed(job)).filter_map(|job| job.tag);
        for tag in tags.collect::<Vec<_>>() {
            self.offer(vm, tag, cx);
        }
        self.processing.queue.retain(|job| !passed(job));
    }

    /// The next point follows no other.
    pub(super) fn forget_intervals(&mut self, vm: usize) {
        self.processing.last[vm] = None;
    }

    /// Nothing is processed any more.
    pub(super) fn stop_processing(&mut self, cx: Cx) {
        self.processing.queue.clear();
        self.processing.stalled.fill(false);
        for server in 0..self.processing.servers.len() {
            self.processing.servers[server] = None;
            cx.cancel_timer(Timer::Made(server as u16));
            cx.cancel_timer(Timer::Stalled(server as u16));
        }
    }

    /// Whether somebody works on all that can be had of a machine.
    pub(super) fn is_processing_latest(&self, vm: usize) -> bool {
        let known = |job: &&Job| job.vm == vm && job.tag.is_some_and(|tag| tag.kind == Kind::Latest);
        self.processing.queue.iter().any(|job| known(&job))
            || self.processing.servers.iter().flatten().any(|job| known(&job))
    }

    fn observe_point(&self, vm: usize, tag: Tag, cx: Cx) {
        let now = cx.now();
        let value = now.since(tag.at).seconds();
        if tag.kind == Kind::Latest {
            return;
        }
        cx.change(Change::Observed { what: "point-lag", value });
        if let Some(last) = self.processing.last[vm] {
            let value = (now.since(last) + self.state.vms[vm].aged).seconds();
            cx.change(Change::Observed { what: "recovery-point-interval", value });
        }
    }

    /// A point can be failed over to; what it makes superfluous cannot any more.
    fn offer(&mut self, vm: usize, tag: Tag, cx: Cx) {
        let (retention, now) = (self.settings.retention, cx.now());
        let (once, prunes) = (self.without(Mutation::CutOnePoint), !self.without(Mutation::NeverPrune));
        let state = &mut self.state.vms[vm];
        if once && state.points.len() > 1 && tag.kind != Kind::Latest || state.points.contains(&tag) {
            return;
        }
        if state.points.last().is_none_or(|newest| newest.at < tag.at) {
            state.aged = Span::ZERO;
        }
        let at = state.points.partition_point(|known| known.at <= tag.at);
        state.points.insert(at, tag);
        if prunes {
            point::prune(&mut state.points, retention, now);
        }
        let points: Arc<[Tag]> = state.points.iter().copied().collect();
        let stream = state.stream;
        cx.send(self.machine(vm, true), Msg::Points(stream, points));
    }
}
