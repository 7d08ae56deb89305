//! Taking in what other replicas offer: an event at a time, once its layers are here. Only what is not here is moved (ACR-2).

use super::fetch::Why;
use super::{Replica, Waiting};
use crate::base::ids::PartitionId;
use crate::engine::record::Change;
use crate::model::operation::WriteId;
use crate::system::container_registry::Cx;
use crate::system::container_registry::content::Layer;
use crate::system::container_registry::disk::{Event, Record, State, Tagged, Version};
use crate::system::container_registry::message::Msg;
use crate::system::container_registry::mutation::Mutation;
use crate::system::container_registry::settings::Directory;
use std::collections::VecDeque;

impl Replica {
    /// Another replica offers events of its own.
    pub(super) fn on_offer(&mut self, site: usize, name: u32, events: &[(u64, Event)], cx: Cx) {
        match cx.disk().state {
            State::Absent if self.is_member(cx.disk()) => return self.begin(cx),
            State::Absent => return,
            State::Syncing => return self.say_taken(site, name, cx),
            State::Ready => {}
        }
        let seen = cx.disk().image.seen.get(&name).copied().unwrap_or(0);
        let inbox = self.inboxes.entry(site).or_default();
        if inbox.name != name {
            inbox.name = name;
            inbox.events.clear();
            inbox.job = None;
            self.drop_fetches(Why::Event(site), cx);
        }
        if let Some(inbox) = self.inboxes.get_mut(&site) {
            inbox.events.extend(events.iter().copied().filter(|(number, _)| *number > seen));
        }
        if self.settings.without(Mutation::HookEarly) {
            events.iter().for_each(|(_, event)| self.announce(event, false, cx));
        }
        self.say_taken(site, name, cx);
        self.take_next(site, cx);
        // A new one has something to tell, and is to be told.
        self.offer(site, cx);
    }

    /// Says what is here of a replica's events; a new replica does not know yet what it will have.
    fn say_taken(&self, site: usize, name: u32, cx: Cx) {
        let disk = cx.disk();
        let ready = disk.state == State::Ready;
        let upto = ready.then(|| disk.image.seen.get(&name).copied().unwrap_or(0));
        cx.send(Directory::site(site), Msg::Taken(name, upto, disk.name));
    }

    /// Takes up the next event of a site, unless one is being taken in.
    fn take_next(&mut self, site: usize, cx: Cx) {
        let Some(inbox) = self.inboxes.get_mut(&site).filter(|inbox| inbox.job.is_none()) else { return };
        let seen = cx.disk().image.seen.get(&inbox.name).copied().unwrap_or(0);
        inbox.events = inbox.events.split_off(&(seen + 1));
        let Some(event) = inbox.events.remove(&(seen + 1)) else { return };
        let left = self.missing(&event, cx);
        if let Some(inbox) = self.inboxes.get_mut(&site) {
            inbox.job = Some((seen + 1, event, left));
        }
        self.go_on_taking(site, cx);
    }

    /// The layers that an event is about, and that are not here.
    fn missing(&self, event: &Event, cx: Cx) -> VecDeque<Layer> {
        let everything = self.settings.without(Mutation::CopyEverything);
        let layers = match event {
            Event::Blob(blob, bytes) => vec![Layer { blob: *blob, bytes: *bytes }],
            Event::Had(..) => Vec::new(),
            Event::Tag(_, tagged, bytes, _) => {
                let image = tagged.image.map(|digest| self.settings.recipe.layers(digest, *bytes));
                image.unwrap_or_default()
            }
        };
        layers.into_iter().filter(|layer| everything || !cx.disk().has(&layer.blob)).collect()
    }

    /// Fetches further layers of the event that is being taken in, or keeps it once all are here.
    pub(super) fn go_on_taking(&mut self, site: usize, cx: Cx) {
        let most = self.settings.transfers.downloads;
        loop {
            let running = self.fetching(Why::Event(site));
            let Some((number, event, left)) =
                self.inboxes.get_mut(&site).and_then(|inbox| inbox.job.as_mut())
            else {
                return;
            };
            if running >= most {
                return;
            }
            match left.pop_front() {
                Some(layer) => self.fetch(Why::Event(site), site, layer, cx),
                None if running > 0 => return,
                None => {
                    let (number, event) = (*number, *event);
                    return self.keep(site, number, event, cx);
                }
            }
        }
    }

    fn keep(&mut self, site: usize, number: u64, event: Event, cx: Cx) {
        let Some(name) = self.inboxes.get(&site).map(|inbox| inbox.name) else { return };
        let mut event = event;
        if let Event::Tag(key, tagged, ..) = &mut event {
            let held = cx.disk().image.tags.get(key).copied();
            if self.settings.without(Mutation::LastArrivalWins) {
                self.stamp = self.stamp.max(cx.now().0) + 1;
                tagged.version = Version { stamp: self.stamp, name: cx.disk().name };
            }
            self.stamp = self.stamp.max(tagged.version.stamp);
            if let Some(held) = held {
                self.report_race(held, *tagged, cx);
            }
        }
        self.persist(Record::Taken(name, number, event), Waiting::Taken(site, event), cx);
    }

    /// The replica that took a push says that another one, made beside it elsewhere, takes its tag.
    fn report_race(&self, held: Tagged, other: Tagged, cx: Cx) {
        let mine = held.version.name == cx.disk().name;
        let beside = other.base < held.version && held.version < other.version;
        let (Some(loser), Some(winner)) = (held.image, other.image) else { return };
        if mine && beside && loser.write != WriteId::INITIAL && loser != winner {
            let partition = PartitionId(0);
            cx.change(Change::ConflictLost { partition, loser: loser.write, winner: winner.write });
        }
    }

    /// An event is on disk here.
    pub(super) fn on_taken_in(&mut self, site: usize, event: &Event, cx: Cx) {
        if !self.settings.without(Mutation::HookEarly) {
            self.announce(event, false, cx);
        }
        let Some(inbox) = self.inboxes.get_mut(&site) else { return };
        inbox.job = None;
        let name = inbox.name;
        self.say_taken(site, name, cx);
        self.take_next(site, cx);
    }
}
