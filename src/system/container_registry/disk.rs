//! What a replica keeps.

use super::content::{Blob, Digest};
use crate::algorithm::interval_set::IntervalSet;
use crate::base::time::SimTime;
use crate::engine::contract::Storage;
use crate::model::operation::{Key, Position};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The order of what happened to a tag: a clock's reading that is after all that its replica had seen, and that replica's
/// name. Of two versions of a tag the greater stays (ACR-2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Nanoseconds.
    pub stamp: u64,
    /// The replica's name.
    pub name: u32,
}

/// What a tag points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// Since when.
    pub version: Version,
    /// What it was until then, at the replica that changed it.
    pub base: Version,
    /// Which image; `None`: the tag was deleted.
    pub image: Option<Digest>,
}

/// Something that happened at a replica, for the others to take in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A layer was uploaded: so many bytes.
    Blob(Blob, u64),
    /// Layers were uploaded while time was jumped over, of so many bytes; whom it is offered to took them in meanwhile.
    Had(Blob, u64),
    /// A tag was pointed to an image of so many own bytes, or deleted.
    Tag(Key, Tagged, u64, SimTime),
}

/// Everything that a replica has, for another one to take in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// Tags.
    pub tags: BTreeMap<Key, Tagged>,
    /// Manifests, with the own bytes of each image.
    pub manifests: BTreeMap<Digest, u64>,
    /// Layers, with their sizes.
    pub blobs: BTreeMap<Blob, u64>,
    /// Of each replica, by name: up to which of its events everything is here.
    pub seen: BTreeMap<u32, u64>,
}

/// How far a replica is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There is none.
    #[default]
    Absent,
    /// It copies what the others have (ACR-7).
    Syncing,
    /// It serves.
    Ready,
}

/// Durable state of a replica.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disk {
    /// The name under which it makes events; 0 on an empty disk.
    pub name: u32,
    /// How far it is.
    pub state: State,
    /// The data.
    pub image: Image,
    /// Own events which others may lack, the first by its number.
    pub log: VecDeque<Event>,
    /// Number of the first event in the log.
    pub first: u64,
    /// The replicas of the registry, with those whose routing is off, as the control plane said last.
    pub members: Option<Members>,
    once: IntervalSet,
}

/// Which replicas there are to be, as the control plane says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Counts changes.
    pub version: u64,
    /// Sites with a replica.
    pub sites: BTreeSet<usize>,
    /// Those of them to which no client is sent (ACR-5).
    pub unrouted: BTreeSet<usize>,
    /// The tier, as an index (ACR-9, ACR-12).
    pub tier: usize,
}

/// What is written.
#[derive(Clone, Debug)]
pub enum Record {
    /// A new replica begins to copy, under this name.
    Begin(u32),
    /// An own event.
    Own(Event),
    /// An event of the replica of this name, with its number.
    Taken(u32, u64, Event),
    /// A layer was copied.
    Blob(Blob, u64),
    /// Everything that another replica had is here; the layers are already.
    Merge(Arc<Image>),
    /// The copy is complete.
    Ready,
    /// Own events below this number are everywhere.
    Trim(u64),
    /// The control plane said so.
    Members(Members),
    /// The replica was deleted.
    Delete,
}

impl Storage for Disk {
    type Record = Record;

    fn write(&mut self, record: Record) {
        match record {
            Record::Begin(name) => {
                let members = self.members.take();
                *self = Disk { name, state: State::Syncing, first: 1, members, ..Disk::default() };
            }
            Record::Own(event) => {
                self.log.push_back(event);
                let number = self.last_own();
                self.apply(&event);
                self.image.seen.insert(self.name, number);
            }
            Record::Taken(name, number, event) => {
                self.apply(&event);
                let seen = self.image.seen.entry(name).or_default();
                *seen = number.max(*seen);
            }
            Record::Blob(blob, bytes) => _ = self.image.blobs.insert(blob, bytes),
            Record::Merge(image) => self.merge(&image),
            Record::Ready => self.state = State::Ready,
            Record::Trim(below) => {
                while self.first < below && self.log.pop_front().is_some() {
                    self.first += 1;
                }
            }
            Record::Members(members) => self.members = Some(members),
            Record::Delete => *self = Disk { members: self.members.take(), ..Disk::default() },
        }
    }
}

impl Disk {
    /// A replica that has been there for ever, with what all have.
    pub fn ready(name: u32, image: Image, members: Members) -> Disk {
        Disk { name, state: State::Ready, image, first: 1, members: Some(members), ..Disk::default() }
    }

    /// Number of the last own event; 0 before the first.
    pub fn last_own(&self) -> u64 {
        self.first + self.log.len() as u64 - u64::from(self.name > 0)
    }

    /// Own events from this number on.
    pub fn own_from(&self, number: u64) -> impl Iterator<Item = (u64, Event)> + '_ {
        let skip = number.saturating_sub(self.first) as usize;
        let from = self.first + skip as u64;
        self.log.iter().skip(skip).enumerate().map(move |(i, event)| (from + i as u64, *event))
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Blob(blob, bytes) | Event::Had(blob, bytes) => {
                self.image.blobs.insert(*blob, *bytes);
            }
            Event::Tag(key, tagged, bytes, _) => {
                if let Some(digest) = tagged.image {
                    self.image.manifests.insert(digest, *bytes);
                }
                self.point(*key, *tagged);
            }
        }
    }

    /// The greater version of a tag stays.
    fn point(&mut self, key: Key, to: Tagged) {
        let held = self.image.tags.entry(key).or_insert(to);
        if held.version < to.version {
            *held = to;
        }
        if key.is_once() {
            self.once.insert(key.number());
        }
    }

    fn merge(&mut self, other: &Image) {
        self.image.manifests.extend(&other.manifests);
        for (key, tagged) in &other.tags {
            self.point(*key, *tagged);
        }
        for (name, number) in &other.seen {
            let seen = self.image.seen.entry(*name).or_default();
            *seen = (*number).max(*seen);
        }
    }

    /// Which write-once tags are here.
    pub fn serials(&self) -> &[(u64, u64)] {
        self.once.ranges()
    }

    /// Whether an acknowledged push was seen: it is here, or was replaced by one that stays.
    pub fn has_seen(&self, position: Position) -> bool {
        self.image.seen.get(&position.stream).is_some_and(|seen| *seen >= position.index)
    }

    /// Whether a layer is here.
    pub fn has(&self, blob: &Blob) -> bool {
        self.image.blobs.contains_key(blob)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::operation::WriteId;

    fn tag(write: u64, stamp: u64, name: u32) -> Event {
        let key = Key::register(1);
        let image = Some(Digest { key, write: WriteId(write) });
        Event::Tag(
            key,
            Tagged { version: Version { stamp, name }, base: Version::default(), image },
            10,
            SimTime::ZERO,
        )
    }

    #[test]
    fn own_events_are_numbered_from_one_and_stay_until_they_are_trimmed() {
        let mut disk = Disk::ready(1, Image::default(), Members::default());
        assert_eq!(disk.last_own(), 0);
        for n in 1..=3 {
            disk.write(Record::Own(tag(n, n, 1)));
        }
        assert_eq!((disk.last_own(), disk.image.seen[&1]), (3, 3));
        disk.write(Record::Trim(3));
        assert_eq!(disk.own_from(1).collect::<Vec<_>>(), [(3, tag(3, 3, 1))]);
        disk.write(Record::Trim(9));
        assert_eq!((disk.last_own(), disk.own_from(1).count()), (3, 0));
    }

    #[test]
    fn of_two_versions_of_a_tag_the_greater_stays_in_whatever_order_they_come() {
        let image = |order: [(u64, u64, u32); 2]| {
            let mut disk = Disk::ready(1, Image::default(), Members::default());
            for (n, (write, stamp, name)) in order.into_iter().enumerate() {
                disk.write(Record::Taken(name, n as u64 + 1, tag(write, stamp, name)));
            }
            disk.image.tags[&Key::register(1)].image.map(|digest| digest.write.0)
        };
        assert_eq!(image([(5, 10, 2), (6, 10, 3)]), Some(6));
        assert_eq!(image([(6, 10, 3), (5, 10, 2)]), Some(6));
    }

    #[test]
    fn a_deleted_replica_has_nothing_and_remembers_who_the_others_are() {
        let members = Members { version: 3, ..Members::default() };
        let mut disk = Disk::ready(2, Image::default(), members.clone());
        disk.write(Record::Own(tag(1, 1, 2)));
        disk.write(Record::Delete);
        assert_eq!((disk.name, disk.state, disk.members.clone()), (0, State::Absent, Some(members)));
        disk.write(Record::Begin(70_000));
        assert_eq!((disk.name, disk.state, disk.last_own()), (70_000, State::Syncing, 0));
    }
}
