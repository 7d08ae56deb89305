//! An operation: a push, a pull, a deletion, or a closing read.

use super::Client;
use super::errand::What;
use crate::engine::record::{Change, Completion};
use crate::model::operation::{Action, Observed, OpId, Position, Request, Status};
use crate::system::container_registry::BY_DIGEST;
use crate::system::container_registry::Cx;
use crate::system::container_registry::content::{Digest, Layer};
use crate::system::container_registry::message::{Ask, Reply, Said};
use crate::system::container_registry::mutation::Mutation;
use crate::system::container_registry::settings::{Distribute, Settings};
use crate::system::container_registry::timer::Timer;
use std::collections::VecDeque;
use std::sync::Arc;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Layers move.
    Layers,
    /// The manifest is asked for, or sent.
    Manifest,
    /// The answer is awaited.
    Waiting,
}

/// An operation.
#[derive(Clone, Debug)]
pub(super) struct Job {
    request: Request,
    step: Step,
    /// The image.
    digest: Digest,
    /// Its own bytes.
    bytes: u64,
    left: VecDeque<Layer>,
    /// Registries that are still to be pushed to, the present one first.
    registries: VecDeque<usize>,
    /// Times that the push was made.
    attempts: u32,
    /// The registry's address, as a client with a cache heard it for this operation.
    pub(super) answer: Option<(usize, Arc<[usize]>)>,
    /// The replica that had the manifest.
    pub(super) served: Option<usize>,
    position: Option<Position>,
    /// What the layers cost that were pulled from another region.
    egress_usd: f64,
    /// A tag may have been pointed to the image.
    doubtful: bool,
    /// A try was answered 429.
    pub(super) throttled: bool,
}

impl Job {
    pub(super) fn new(request: Request, client: &Client) -> Job {
        let settings = &client.settings;
        let home = settings.homes.get(&client.id).copied().unwrap_or_default();
        let pulls = [settings.serves.get(&home).copied().unwrap_or(0)];
        let write = request.action.write_id();
        let pushes = write.is_some() && !matches!(request.action, Action::Delete(_));
        let registries = match request.action.is_write() {
            true => (0..settings.registries.len()).collect(),
            false => pulls.into_iter().collect(),
        };
        let digest = match write {
            Some(write) => Digest { key: request.key, write },
            None => client.pinned(request.key, request.partition),
        };
        let bytes = u64::from(request.bytes);
        let left = if pushes { settings.recipe.layers(digest, bytes).into() } else { VecDeque::new() };
        let step = if pushes { Step::Layers } else { Step::Manifest };
        Job {
            request,
            step,
            digest,
            bytes,
            left,
            registries,
            attempts: 1,
            answer: None,
            served: None,
            position: None,
            egress_usd: 0.0,
            doubtful: false,
            throttled: false,
        }
    }

    /// Whether layers go up.
    pub(super) fn pushes(&self) -> bool {
        self.request.action.is_write() && !matches!(self.request.action, Action::Delete(_))
    }

    fn registry(&self) -> usize {
        self.registries.front().copied().unwrap_or(0)
    }

    /// The one question of this operation at the present registry.
    fn question(&self, settings: &Settings) -> Ask {
        let distribute = settings.distribute;
        let by_digest = self.request.level == BY_DIGEST && !settings.without(Mutation::TagForDigest);
        let (key, closing) = (self.request.key, self.request.closing);
        match &self.request.action {
            Action::ReadBack => Ask::ReadBack,
            Action::Delete(_) => Ask::Delete(key),
            _ if self.pushes() && self.registry() > 0 && distribute == Distribute::Import => {
                Ask::Import(key, self.digest, self.bytes)
            }
            _ if self.pushes() => Ask::Manifest(key, self.digest, self.bytes),
            _ if by_digest && !closing => Ask::Digest(self.digest),
            _ => Ask::Tag(key, closing),
        }
    }
}

impl Client {
    /// Goes on with an operation.
    pub(super) fn go_on(&mut self, op: OpId, cx: Cx) {
        let rule = &self.settings.transfers;
        let Some(job) = self.jobs.get(&op) else { return };
        let (registry, most) = (job.registry(), if job.pushes() { rule.uploads } else { rule.downloads });
        if job.step == Step::Layers {
            while self.connections(op) < most {
                let Some(layer) = self.jobs.get_mut(&op).and_then(|job| job.left.pop_front()) else { break };
                self.open(op, registry, What::Layer(layer), cx);
            }
            if self.connections(op) > 0 {
                return;
            }
            let Some(job) = self.jobs.get_mut(&op) else { return };
            if !job.pushes() {
                return self.succeed(op, cx);
            }
            job.step = Step::Manifest;
        }
        let Some(job) = self.jobs.get_mut(&op).filter(|job| job.step == Step::Manifest) else { return };
        (job.step, job.doubtful) = (Step::Waiting, job.request.action.is_write());
        let ask = job.question(&self.settings);
        self.open(op, registry, What::Question(ask), cx);
    }

    /// A layer is where it is to be.
    pub(super) fn layer_done(&mut self, op: OpId, site: usize, layer: Layer, cx: Cx) {
        if let Some(job) = self.jobs.get_mut(&op).filter(|job| !job.pushes()) {
            let home = self.settings.homes.get(&self.id).copied().unwrap_or_default();
            let from = self.settings.sites[site].region;
            job.egress_usd += self.settings.costs.egress_usd(from, home, layer.bytes);
        }
        self.keep_layer(layer.blob, cx.monotonic());
        self.go_on(op, cx);
    }

    /// The manifest was answered.
    pub(super) fn answered(&mut self, op: OpId, site: usize, reply: Reply, cx: Cx) {
        let Some(job) = self.jobs.get_mut(&op) else { return };
        job.served = Some(site);
        match (&job.request.action, reply.said) {
            (Action::ReadBack, Said::Ok) => {
                let observed = reply.serials.map_or(Observed::Nothing, Observed::Serials);
                self.complete(op, (true, Status::OK, observed), cx);
            }
            (action, Said::Ok) if action.is_write() => {
                job.position = job.position.or(reply.position);
                self.pushed(op, cx);
            }
            (_, Said::Ok) => self.found(op, reply.manifest, cx),
            (_, Said::Invalid) => self.refused(op, cx),
            (Action::Delete(_), _) => self.complete(op, (false, Status::new(404, 0), Observed::Nothing), cx),
            _ => self.missing(op, cx),
        }
    }

    /// One registry has the image; perhaps there are more.
    fn pushed(&mut self, op: OpId, cx: Cx) {
        let layers = &self.settings.recipe;
        let Some(job) = self.jobs.get_mut(&op) else { return };
        job.registries.pop_front();
        if job.registries.is_empty() {
            let (key, write) = (job.request.key, job.digest.write);
            self.pins.insert(key, write);
            return self.complete(op, (true, Status::new(201, 0), Observed::Nothing), cx);
        }
        let imports = self.settings.distribute == Distribute::Import;
        let again = job.pushes() && !imports;
        job.left = if again { layers.layers(job.digest, job.bytes).into() } else { VecDeque::new() };
        job.step = if again { Step::Layers } else { Step::Manifest };
        self.go_on(op, cx);
    }

    /// A manifest is there: its layers that the client does not have are pulled. A closing read ends here.
    fn found(&mut self, op: OpId, manifest: Option<(Digest, u64)>, cx: Cx) {
        let Some(((digest, bytes), job)) = manifest.zip(self.jobs.get_mut(&op)) else { return };
        (job.digest, job.bytes, job.step) = (digest, bytes, Step::Layers);
        if !job.request.closing {
            let layers = self.settings.recipe.layers(digest, bytes).into_iter();
            job.left = layers.filter(|layer| !self.layers.contains(&layer.blob)).collect();
        }
        self.go_on(op, cx);
    }

    fn succeed(&mut self, op: OpId, cx: Cx) {
        let Some(job) = self.jobs.get(&op) else { return };
        let (key, write) = (job.request.key, job.digest.write);
        if job.request.level != BY_DIGEST {
            self.pins.insert(key, write);
        }
        self.complete(op, (true, Status::OK, Observed::Value(write)), cx);
    }

    /// `manifest unknown`: a tag that may never have been there is absent; one that was pushed elsewhere is not there yet,
    /// and the pull fails (ACR-8).
    fn missing(&mut self, op: OpId, cx: Cx) {
        let Some(job) = self.jobs.get(&op) else { return };
        if job.request.closing || job.request.key.is_object() {
            return self.complete(op, (true, Status::OK, Observed::Absent), cx);
        }
        self.complete(op, (false, Status::new(404, 0), Observed::Nothing), cx);
    }

    /// The manifest names layers that are not there: they went to another replica (ACR-4).
    fn refused(&mut self, op: OpId, cx: Cx) {
        let Some(job) = self.jobs.get_mut(&op) else { return };
        job.doubtful = false;
        if job.attempts >= self.settings.transfers.push_attempts {
            return self.complete(op, (false, Status::new(400, 1), Observed::Nothing), cx);
        }
        job.attempts += 1;
        job.left = self.settings.recipe.layers(job.digest, job.bytes).into();
        job.step = Step::Layers;
        cx.attempt(op, false);
        cx.set_timer(Timer::Again(op), self.settings.transfers.pause);
    }

    /// An operation fails for good.
    pub(super) fn fail(&mut self, op: OpId, status: Status, cx: Cx) {
        self.complete(op, (false, status, Observed::Nothing), cx);
    }

    pub(super) fn out_of_time(&mut self, op: OpId, cx: Cx) {
        let throttled = self.jobs.get(&op).is_some_and(|job| job.throttled);
        let status = if throttled { Status::THROTTLED } else { Status::TIMEOUT };
        self.fail(op, status, cx);
    }

    fn complete(&mut self, op: OpId, (ok, status, observed): (bool, Status, Observed), cx: Cx) {
        let Some(job) = self.jobs.remove(&op) else { return };
        self.hang_up(op, cx);
        cx.cancel_timer(Timer::Deadline(op));
        cx.cancel_timer(Timer::Again(op));
        self.observe(&job, (ok, status), cx);
        let served = job.served.map(|site| self.settings.sites[site].region);
        cx.complete(
            op,
            Completion {
                ok,
                indeterminate: job.doubtful,
                status: Some(status),
                observed,
                position: job.position,
                served,
                served_by_writer: true,
                ..Completion::default()
            },
        );
    }

    /// Shares of pushes and pulls that failed, by cause: means of ones and noughts.
    fn observe(&self, job: &Job, (ok, status): (bool, Status), cx: Cx) {
        if !job.request.action.is_write() && !job.request.closing {
            cx.change(Change::Observed { what: "pull-egress-usd", value: job.egress_usd });
        }
        let causes: &[(&str, u16)] = match () {
            () if job.request.closing => &[],
            () if job.pushes() => &[
                ("push-split", 400),
                ("push-throttled", 429),
                ("push-timeout", 408),
                ("push-unavailable", 503),
            ],
            () => &[
                ("pull-unknown", 404),
                ("pull-throttled", 429),
                ("pull-timeout", 408),
                ("pull-unavailable", 503),
            ],
        };
        for (what, code) in causes {
            let value = f64::from(u8::from(!ok && status.code == *code));
            cx.change(Change::Observed { what, value });
        }
    }
}
