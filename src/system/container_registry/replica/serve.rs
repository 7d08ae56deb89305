//! Serving clients: layers, manifests and tags, within the limits of the tier (ACR-1, ACR-9).

use super::{Import, Replica, Upload, Waiting};
use crate::algorithm::transfer::Transfer;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::model::operation::{Key, Position};
use crate::system::container_registry::Cx;
use crate::system::container_registry::content::{Blob, Digest, Layer};
use crate::system::container_registry::disk::{Event, Record, Tagged, Version};
use crate::system::container_registry::message::{Ask, Msg, Reply, Said};
use crate::system::container_registry::mutation::Mutation;
use crate::system::container_registry::timer::Timer;
use std::collections::BTreeSet;

/// Which way bytes go.
const DOWN: usize = 0;
const UP: usize = 1;

impl Replica {
    /// Someone asks. Other replicas (`copies`) are limited by the link alone.
    pub(super) fn on_ask(&mut self, from: ActorId, (call, ask, copies): (u64, Ask, bool), cx: Cx) {
        let by = (from, call);
        let refused = if copies { None } else { self.refused(cx).or_else(|| self.throttled(by, &ask, cx)) };
        if let Some(said) = refused {
            return cx.send(from, Msg::Reply(call, Box::new(Reply::new(said)), copies));
        }
        let reply = match ask {
            Ask::Head(blob) => Reply::new(if cx.disk().has(&blob) { Said::Ok } else { Said::Missing }),
            Ask::Get(blob, ..) if !cx.disk().has(&blob) => Reply::new(Said::Missing),
            Ask::Get(_, offset, length) => {
                return self.send_stretch((from, call, copies), (offset, length), cx);
            }
            Ask::Open(blob, bytes) => {
                let layer = Layer { blob, bytes };
                self.uploads.insert((from, call), Upload { layer, got: BTreeSet::new(), bytes: 0 });
                Reply::new(Said::Ok)
            }
            Ask::Put(blob, offset, length) => return self.on_put((from, call), blob, (offset, length), cx),
            Ask::Tag(key, _) => self.look_up(key, cx),
            Ask::Digest(digest) => self.manifest(digest, cx),
            Ask::ReadBack => Reply { serials: Some(cx.disk().serials().into()), ..Reply::new(Said::Ok) },
            Ask::Manifest(key, digest, bytes) => return self.push((from, call), (key, digest, bytes), cx),
            Ask::Delete(key) => return self.delete((from, call), key, cx),
            Ask::Import(key, digest, bytes) => {
                return self.import((from, call), Ask::Import(key, digest, bytes), cx);
            }
        };
        cx.send(from, Msg::Reply(call, Box::new(reply), copies));
    }

    /// Takes a token for a request; those that only go on with one, or repeat it, take none.
    fn throttled(&mut self, (client, call): (ActorId, u64), ask: &Ask, cx: Cx) -> Option<Said> {
        if self.settings.without(Mutation::Unlimited) {
            return None;
        }
        let now = cx.monotonic();
        let (bucket, way) = match ask {
            Ask::Get(_, 0, _) if self.due.contains(&(client, call, 0)) => return None,
            Ask::Get(_, 0, _) => (&mut self.reads, Some(DOWN)),
            Ask::Head(_) | Ask::Tag(_, false) | Ask::Digest(_) => (&mut self.reads, None),
            Ask::Open(..) => (&mut self.writes, Some(UP)),
            Ask::Manifest(..) | Ask::Delete(_) | Ask::Import(..) => (&mut self.writes, None),
            Ask::Get(..) | Ask::Put(..) | Ask::Tag(_, true) | Ask::ReadBack => return None,
        };
        let held = way.map_or(Span::ZERO, |way| self.busy[way].since(now));
        if held > self.settings.most_held {
            return Some(Said::Throttled(held.saturating_sub(self.settings.most_held)));
        }
        bucket.take(1.0, now).err().map(Said::Throttled)
    }

    /// Sends a stretch of a layer, in the chunks that all use.
    fn send_stretch(&mut self, (to, call, copies): (ActorId, u64, bool), (from, length): (u64, u64), cx: Cx) {
        let (chunk, end) = (self.settings.transfers.chunk.max(1), from + length);
        let mut offset = from;
        loop {
            let bytes = chunk.min(end - offset);
            let reply = Msg::Reply(call, Box::new(Reply { offset, bytes, ..Reply::new(Said::Ok) }), copies);
            match copies {
                true => cx.send(to, reply),
                // What is on its way is not sent twice, however often it is asked for.
                false if !self.due.insert((to, call, offset)) => {}
                false => self.pace(DOWN, bytes, (to, reply), cx),
            }
            offset += chunk;
            if offset >= end {
                return;
            }
        }
    }

    /// Sends a message once the tier's bandwidth has moved so many bytes.
    fn pace(&mut self, way: usize, bytes: u64, (to, msg): (ActorId, Msg), cx: Cx) {
        let tier = cx.disk().members.as_ref().map_or(self.settings.tier, |members| members.tier);
        let tier = self.settings.tiers[tier.min(self.settings.tiers.len() - 1)];
        let rate = if way == DOWN { tier.download } else { tier.upload };
        if rate.is_infinite() || bytes == 0 || self.settings.without(Mutation::Unlimited) {
            self.sent(to, &msg);
            return cx.send(to, msg);
        }
        let due = self.busy[way].max(cx.monotonic()) + Span::from_secs_f64(bytes as f64 / rate);
        self.busy[way] = due;
        self.calls += 1;
        self.held.insert((due, self.calls), (to, msg));
        self.serve_next(cx);
    }

    fn serve_next(&self, cx: Cx) {
        if let Some(((due, _), _)) = self.held.first_key_value() {
            cx.set_timer(Timer::Serve, due.since(cx.monotonic()));
        }
    }

    pub(super) fn serve_held(&mut self, cx: Cx) {
        let now = cx.monotonic();
        while let Some(entry) = self.held.first_entry()
            && entry.key().0 <= now
        {
            let (to, msg) = entry.remove();
            self.sent(to, &msg);
            cx.send(to, msg);
        }
        self.serve_next(cx);
    }

    /// A chunk is not due any more.
    fn sent(&mut self, to: ActorId, msg: &Msg) {
        if let Msg::Reply(call, reply, _) = msg {
            self.due.remove(&(to, *call, reply.offset));
        }
    }

    /// Says what has become durable, no sooner than the tier's bandwidth has taken what came before.
    pub(super) fn answer(&mut self, to: ActorId, msg: Msg, cx: Cx) {
        let due = self.busy[UP];
        let upload = matches!(&msg, Msg::Reply(_, reply, _) if reply.whole);
        if !upload || due <= cx.monotonic() {
            return cx.send(to, msg);
        }
        self.calls += 1;
        self.held.insert((due, self.calls), (to, msg));
        self.serve_next(cx);
    }

    /// A chunk of an upload. If there is none it is complete, or the replica has restarted since it was begun.
    fn on_put(&mut self, by: (ActorId, u64), blob: Blob, (offset, length): (u64, u64), cx: Cx) {
        let (from, call) = by;
        // What has come and is not answered yet is not answered twice, however often it comes.
        if self.due.contains(&(from, call, offset)) {
            return;
        }
        let Some(upload) = self.uploads.get_mut(&by) else {
            let said = if cx.disk().has(&blob) { Said::Ok } else { Said::Missing };
            let reply = Reply { offset, whole: said == Said::Ok, ..Reply::new(said) };
            return cx.send(from, Msg::Reply(call, Box::new(reply), false));
        };
        if upload.got.insert(offset) {
            upload.bytes += length;
        }
        let (layer, whole) = (upload.layer, upload.bytes >= upload.layer.bytes);
        let reply = Reply { offset, ..Reply::new(Said::Ok) };
        self.due.insert((from, call, offset));
        self.pace(UP, length, (from, Msg::Reply(call, Box::new(reply.clone()), false)), cx);
        if whole {
            self.uploads.remove(&by);
            self.pace.note(layer.bytes, cx.monotonic());
            let reply = Msg::Reply(call, Box::new(Reply { whole: true, ..reply }), false);
            self.make(Event::Blob(layer.blob, layer.bytes), Some((from, reply)), cx);
        }
    }

    /// An own event; what it was asked for with is answered once it is on disk.
    pub(super) fn make(&mut self, event: Event, answer: Option<(ActorId, Msg)>, cx: Cx) {
        self.own += 1;
        let early = self.settings.without(Mutation::AckBeforeDurable);
        if let Some((to, msg)) = answer {
            match early {
                true => cx.send(to, msg),
                false => {
                    self.persist(Record::Own(event), Waiting::Own(event), cx);
                    let Some((lsn, _)) = self.waiting.back() else { return };
                    return self.waiting.push_back((*lsn, Waiting::Answer(to, msg)));
                }
            }
        }
        self.persist(Record::Own(event), Waiting::Own(event), cx);
    }

    fn look_up(&self, key: Key, cx: Cx) -> Reply {
        match cx.disk().image.tags.get(&key).and_then(|tagged| tagged.image) {
            Some(digest) => self.manifest(digest, cx),
            None => Reply::new(Said::Missing),
        }
    }

    fn manifest(&self, digest: Digest, cx: Cx) -> Reply {
        match cx.disk().image.manifests.get(&digest) {
            Some(bytes) => Reply { manifest: Some((digest, *bytes)), ..Reply::new(Said::Ok) },
            None => Reply::new(Said::Missing),
        }
    }

    /// A manifest is taken if its layers are there.
    fn push(&mut self, (from, call): (ActorId, u64), (key, digest, bytes): (Key, Digest, u64), cx: Cx) {
        let layers = self.settings.recipe.layers(digest, bytes);
        let there = layers.iter().all(|layer| cx.disk().has(&layer.blob));
        if !there && !self.settings.without(Mutation::SkipValidation) {
            return cx.send(from, Msg::Reply(call, Box::new(Reply::new(Said::Invalid)), false));
        }
        self.point((from, call), (key, Some(digest), bytes), cx);
    }

    fn delete(&mut self, (from, call): (ActorId, u64), key: Key, cx: Cx) {
        match cx.disk().image.tags.get(&key).is_some_and(|tagged| tagged.image.is_some()) {
            true => self.point((from, call), (key, None, 0), cx),
            false => cx.send(from, Msg::Reply(call, Box::new(Reply::new(Said::Missing)), false)),
        }
    }

    /// Points a tag to an image, or to none.
    pub(super) fn point(
        &mut self,
        (from, call): (ActorId, u64),
        (key, image, bytes): (Key, Option<Digest>, u64),
        cx: Cx,
    ) {
        let (stamp, name) = (self.next_stamp(cx), cx.disk().name);
        let base = cx.disk().image.tags.get(&key).map_or(Version::default(), |tagged| tagged.version);
        let tagged = Tagged { version: Version { stamp, name }, base, image };
        let position = Some(Position { stream: name, term: stamp, index: self.own + 1 });
        let reply = Msg::Reply(call, Box::new(Reply { position, ..Reply::new(Said::Ok) }), false);
        self.make(Event::Tag(key, tagged, bytes, cx.now()), Some((from, reply)), cx);
    }

    /// Copies an image from the first registry, and points its tag to it (ACR-12).
    fn import(&mut self, (client, call): (ActorId, u64), ask: Ask, cx: Cx) {
        let Ask::Import(_, digest, bytes) = ask else { return };
        let layers = self.settings.recipe.layers(digest, bytes).into_iter();
        let only = self.settings.without(Mutation::ImportManifestOnly);
        let left = layers.filter(|layer| !only && !cx.disk().has(&layer.blob)).collect();
        let Some(from) = self.nearest_of(0) else { return };
        if self.imports.values().any(|import| (import.client, import.call) == (client, call)) {
            return;
        }
        self.calls += 1;
        let id = self.calls;
        self.imports.insert(id, Import { client, call, from, ask, left });
        self.go_on_importing(id, cx);
    }

    /// The nearest site of a registry.
    fn nearest_of(&self, registry: usize) -> Option<usize> {
        let here = self.settings.sites[self.site].region;
        let distance = |site: &usize| self.settings.latency.get(&here).map_or(0.0, |row| row[*site]);
        self.settings.of(registry).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// A transfer of a layer, in the chunks that all use.
    pub(super) fn transfer(&self, layer: &Layer) -> Transfer {
        let transfers = &self.settings.transfers;
        Transfer::new(layer.bytes, transfers.chunk, transfers.window)
    }
}
