//! The network: it decides each packet's fate and counts bytes.
//!
//! Propagation and bandwidth are separate things: any number of messages are in flight over a link at once, and only a
//! link of finite bandwidth queues them for departure. Cuts, isolation and loss are decided when a message is sent; one
//! that waits for a link is also lost if the link is cut when it leaves, or if its node goes down before.
//! Delivery order is not promised: each message draws its own delay.
//!
//! Draws come from a substream per sender and destination region, so a region more, or a fault, changes no other draw.
//! A sender that serves partitions which may run apart draws for each receiver on its own: what one partition asks of it
//! changes nothing for another.

pub(crate) mod link;
pub(crate) mod rule;

use crate::base::digest::mix;
use crate::base::ids::{ActorId, FaultId, Id, IdVec, NodeId, RegionId, ZoneId};
use crate::base::rng::{Seed, Stream};
use crate::base::time::{SimTime, Span};
use crate::engine::network::link::Link;
use crate::engine::network::rule::{Effect, Rule};
use crate::engine::record::{Purpose, Record};
use crate::model::plan::NetworkPlan;
use crate::model::topology::Topology;

/// Time to reach another actor on the same node.
pub(crate) const LOOPBACK: Span = Span::micros(20);

#[derive(Clone, Copy, Debug)]
struct Place {
    region: Option<RegionId>,
    zone: Option<ZoneId>,
    /// Belongs to its place, rather than being a client that only sits near it.
    inside: bool,
}

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    /// The actor.
    pub actor: ActorId,
    /// Its node.
    pub node: NodeId,
    /// The hash of its path.
    pub path_hash: u64,
}

/// Who is sent to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receiver {
    /// The actor.
    pub actor: ActorId,
    /// Its node.
    pub node: NodeId,
    /// The hash of its path.
    pub path_hash: u64,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It never arrives.
    Lost,
    /// It arrives then.
    Arrives(SimTime),
    /// It joins the queue of a link, and arrives this long after its departure.
    Queues(u32, Span),
}

#[derive(Clone, Debug)]
struct Lane {
    /// The destination, and the receiver if it has a lane of its own.
    to: (u32, Option<ActorId>),
    /// What its substreams are keyed by.
    path: u64,
    delay: Stream,
    loss: Option<Stream>,
}

/// The state of the network of one world.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    seed: Seed,
    places: IdVec<NodeId, Place>,
    regions: usize,
    /// Names of the delay and loss substreams by destination: regions, then `local`, then `global`.
    purposes: Vec<(String, String)>,
    /// By sender, each in order of [`Lane::to`].
    lanes: Vec<Vec<Lane>>,
    /// By sender: whether it has a lane for each receiver.
    shared: Vec<bool>,
    rules: Vec<Rule>,
    /// By directed pair of regions.
    pub links: Vec<Link>,
    /// Bytes and messages by directed pair (regions, then global) and purpose.
    traffic: Vec<(u64, u64)>,
}

impl Network {
    /// A network without faults.
    pub fn new(topology: &Topology, plan: &NetworkPlan, shared: Vec<bool>, seed: Seed) -> Self {
        let regions = topology.regions.len();
        let places = topology
            .nodes
            .iter()
            .map(|(_, n)| Place { region: n.region, zone: n.zone, inside: n.fails_with_place })
            .collect();
        let names = topology.regions.iter().map(|(_, r)| r.name.as_str()).chain(["local", "global"]);
        let purposes = names.map(|n| (format!("net>{n}"), format!("loss>{n}"))).collect();
        let base = |i: usize| {
            let (from, to) = (RegionId::from_index(i / regions), RegionId::from_index(i % regions));
            plan.bandwidth.get(from).and_then(|row| row.get(to)).copied().flatten()
        };
        Network {
            seed,
            places,
            regions,
            purposes,
            lanes: vec![Vec::new(); shared.len()],
            shared,
            rules: Vec::new(),
            links: (0..regions * regions).map(|i| Link::new(base(i))).collect(),
            traffic: vec![(0, 0); (regions + 1) * (regions + 1) * Purpose::ALL.len()],
        }
    }

    /// Sends a message now, unless the link's queue takes it.
    pub fn send(
        &mut self,
        plan: &NetworkPlan,
        from: Sender,
        receiver: Receiver,
        (bytes, purpose): (u64, Purpose),
        now: SimTime,
    ) -> Fate {
        let to = receiver.node;
        if from.node == to {
            return Fate::Arrives(now + LOOPBACK);
        }
        let (here, there) = (self.places[from.node], self.places[to]);
        let (mut delay, lane) = self.delay(plan, from, receiver, (here, there));
        let mut kept = match (here.region, there.region) {
            (Some(a), Some(b)) if a != b => {
                1.0 - plan.loss.get(a).and_then(|row| row.get(b)).copied().unwrap_or(0.0)
            }
            _ => 1.0,
        };
        for rule in &self.rules {
            match rule.on(from.node, to) {
                None => {}
                Some(Effect::Drop) => return Fate::Lost,
                Some(Effect::Slow(factor)) => delay = delay.scale(factor),
                Some(Effect::Lose(p)) => kept *= 1.0 - p,
            }
        }
        self.count(here.region, there.region, bytes, purpose);
        if kept < 1.0 && self.lost(from, lane, kept) {
            return Fate::Lost;
        }
        match self.link_between(here, there) {
            Some(link) if self.links[link].queues() => Fate::Queues(link as u32, delay),
            _ => Fate::Arrives(now + delay),
        }
    }

    fn delay(
        &mut self,
        plan: &NetworkPlan,
        from: Sender,
        receiver: Receiver,
        (here, there): (Place, Place),
    ) -> (Span, usize) {
        let (law, to) = match (here.region, there.region) {
            (Some(a), Some(b)) if a == b => {
                let apart = here.zone.is_some() && there.zone.is_some() && here.zone != there.zone;
                (if apart { &plan.inter_zone } else { &plan.intra_zone }, self.regions)
            }
            (Some(a), Some(b)) => {
                (plan.pairs.get(a).and_then(|row| row.get(b)).unwrap_or(&plan.global), b.index())
            }
            _ => (&plan.global, self.regions + 1),
        };
        let own = self.shared[from.actor.index()].then_some(receiver);
        let key = (to as u32, own.map(|r| r.actor));
        let lanes = &mut self.lanes[from.actor.index()];
        let at = match lanes.binary_search_by_key(&key, |lane| lane.to) {
            Ok(at) => at,
            Err(at) => {
                let path = own.map_or(from.path_hash, |r| mix(from.path_hash) ^ r.path_hash);
                let delay = self.seed.stream(path, &self.purposes[to].0);
                lanes.insert(at, Lane { to: key, path, delay, loss: None });
                at
            }
        };
        (law.span(&mut lanes[at].delay), at)
    }

    /// Whether a fault drops everything from one node to another.
    pub fn cut(&self, from: NodeId, to: NodeId) -> bool {
        self.rules.iter().any(|rule| rule.on(from, to) == Some(Effect::Drop))
    }

    fn lost(&mut self, from: Sender, lane: usize, kept: f64) -> bool {
        let lane = &mut self.lanes[from.actor.index()][lane];
        let (seed, purpose) = (self.seed, &self.purposes[lane.to.0 as usize].1);
        let path = lane.path;
        !lane.loss.get_or_insert_with(|| seed.stream(path, purpose)).chance(kept)
    }

    /// The provider's link between two regions; clients that only sit near a region reach the others around it.
    fn link_between(&self, here: Place, there: Place) -> Option<usize> {
        let (a, b) = (here.region?, there.region?);
        (a != b && here.inside && there.inside).then(|| a.index() * self.regions + b.index())
    }

    fn count(&mut self, from: Option<RegionId>, to: Option<RegionId>, bytes: u64, purpose: Purpose) {
        let place = |r: Option<RegionId>| r.map_or(self.regions, Id::index);
        let at = (place(from) * (self.regions + 1) + place(to)) * Purpose::ALL.len() + purpose as usize;
        let cell = &mut self.traffic[at];
        cell.0 += bytes;
        cell.1 += 1;
    }

    /// Bytes and messages sent so far, one record per directed pair and purpose that has any.
    pub fn traffic(&self) -> impl Iterator<Item = Record> + '_ {
        let n = self.regions + 1;
        let place = move |i: usize| (i < self.regions).then(|| RegionId::from_index(i));
        self.traffic.iter().enumerate().filter(|(_, t)| t.1 > 0).map(move |(i, &(bytes, messages))| {
            let purpose = Purpose::ALL[i % Purpose::ALL.len()];
            let pair = i / Purpose::ALL.len();
            Record::Traffic { from: place(pair / n), to: place(pair % n), purpose, bytes, messages }
        })
    }

    /// The counters behind [`Network::traffic`], in a fixed order.
    pub fn counters(&mut self) -> impl Iterator<Item = &mut u64> {
        self.traffic.iter_mut().flat_map(|(bytes, messages)| [bytes, messages])
    }

    /// Adds what a fault does to messages.
    pub fn add_rule(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// Ends what a fault did to messages.
    pub fn drop_rules(&mut self, fault: FaultId) {
        self.rules.retain(|rule| rule.fault != fault);
    }

    /// The link between two regions, as an index into [`Network::links`].
    pub fn link(&self, from: RegionId, to: RegionId) -> usize {
        from.index() * self.regions + to.index()
    }

    /// Whether some link needs longer than `span` to send what waits for it.
    pub fn backlogged(&self, span: Span, now: SimTime) -> bool {
        self.links.iter().any(|link| link.backlog(now) > span)
    }
}
