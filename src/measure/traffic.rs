//! Bytes by directed link and purpose.

use crate::base::ids::RegionId;
use crate::engine::record::Purpose;
use crate::model::plan::Costs;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A directed link: sender and receiver; `None` is a global service.
pub type Link = (Option<RegionId>, Option<RegionId>);

/// Sums of the traffic records of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    links: BTreeMap<(Link, Purpose), Volume>,
}

/// Bytes and messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Bytes.
    pub bytes: u64,
    /// Messages.
    pub messages: u64,
}

impl Traffic {
    /// Takes in one record.
    pub fn add(&mut self, link: Link, purpose: Purpose, volume: Volume) {
        let sum = self.links.entry((link, purpose)).or_default();
        sum.bytes += volume.bytes;
        sum.messages += volume.messages;
    }

    /// Takes in the traffic of other partitions.
    pub fn merge(&mut self, other: Traffic) {
        for ((link, purpose), volume) in other.links {
            self.add(link, purpose, volume);
        }
    }

    /// All links and purposes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Link, Purpose, Volume)> + '_ {
        self.links.iter().map(|((link, purpose), volume)| (*link, *purpose, *volume))
    }

    /// What all of it costs, in US dollars; nothing within a region, or to and from global services.
    pub fn usd(&self, costs: &Costs) -> f64 {
        self.between().map(|((from, to), _, volume)| costs.egress_usd(from, to, volume.bytes)).sum()
    }

    /// Bytes that left a region (or any) for another one, for one purpose (or any).
    pub fn between_regions(&self, purpose: Option<Purpose>, from: Option<RegionId>) -> u64 {
        let wanted = |sender: RegionId, p: Purpose| {
            from.is_none_or(|region| region == sender) && purpose.is_none_or(|one| one == p)
        };
        let of = |((sender, _), p, volume): ((RegionId, RegionId), Purpose, Volume)| {
            if wanted(sender, p) { volume.bytes } else { 0 }
        };
        self.between().map(of).sum()
    }

    /// Links from one region to another, with sender and receiver.
    fn between(&self) -> impl Iterator<Item = ((RegionId, RegionId), Purpose, Volume)> + '_ {
        self.iter().filter_map(|((from, to), purpose, volume)| {
            let link = from.zip(to).filter(|(from, to)| from != to)?;
            Some((link, purpose, volume))
        })
    }
}
