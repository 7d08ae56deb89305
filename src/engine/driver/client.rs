//! One client of a workload: its substreams and what it remembers.

use crate::base::dist::Law;
use crate::base::ids::{ActorId, ClientId, Id, NodeId, PartitionId, RegionId, WorkloadId};
use crate::base::rng::{Seed, Stream};
use crate::base::time::Span;
use crate::model::operation::{Key, WriteId};
use crate::model::plan::Plan;
use crate::model::workload::{Affinity, Arrivals, client_path};
use std::collections::BTreeMap;

/// What one arrival draws, whatever it turns into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    /// Read or write.
    pub read: f64,
    /// Which kind of it.
    pub kind: f64,
    /// Which partition.
    pub partition: f64,
    /// Which key.
    pub key: f64,
    /// Whether a read goes to a write-once key, and which.
    pub once: f64,
    /// Document size.
    pub bytes: u32,
}

/// A client process.
#[derive(Clone, Debug)]
pub(crate) struct ClientState {
    /// Which.
    pub id: ClientId,
    /// The actor that stands for it.
    pub actor: ActorId,
    /// Its node.
    pub node: NodeId,
    /// Where it sits.
    pub region: RegionId,
    /// What it does.
    pub workload: WorkloadId,
    /// The one partition it uses, unless it uses all.
    pub only: Option<PartitionId>,
    /// The value it last saw of each object; `None` if it was absent.
    pub seen: BTreeMap<(PartitionId, Key), Option<WriteId>>,
    /// Operations not invoked because it was down.
    pub skipped: u64,
    mean_gap: Option<f64>,
    spacing: Arrivals,
    arrivals: Stream,
    kinds: Stream,
    keys: Stream,
    sizes: Stream,
}

impl ClientState {
    /// The client as it starts; `None` if the plan does not know it.
    pub fn new(plan: &Plan, seed: Seed, id: ClientId, actor: ActorId, partitions: u64) -> Option<Self> {
        let client = plan.clients.get(id)?;
        let workload = plan.workloads.get(client.workload)?;
        let same = plan.clients.iter().filter(|(_, c)| c.workload == client.workload).count();
        let path = client_path(&workload.name, client.number);
        let only = (workload.affinity == Affinity::One)
            .then(|| PartitionId::from_index((u64::from(client.number) % partitions) as usize));
        let rate = workload.rate_per_s / same as f64;
        Some(ClientState {
            id,
            actor,
            node: client.node,
            region: client.region,
            workload: client.workload,
            only,
            seen: BTreeMap::new(),
            skipped: 0,
            mean_gap: (rate > 0.0).then_some(1.0 / rate),
            spacing: workload.arrivals,
            arrivals: seed.named(&path, "arrivals"),
            kinds: seed.named(&path, "kind"),
            keys: seed.named(&path, "key"),
            sizes: seed.named(&path, "size"),
        })
    }

    /// Time to the first arrival: a full gap, or with even spacing a random part of one.
    pub fn first_gap(&mut self) -> Option<Span> {
        match self.spacing {
            Arrivals::Poisson => self.next_gap(),
            Arrivals::Even => Some(Span::from_secs_f64(self.mean_gap? * self.arrivals.uniform())),
        }
    }

    /// Time to the next arrival; `None` if there are none.
    pub fn next_gap(&mut self) -> Option<Span> {
        let mean = self.mean_gap?;
        let gap = match self.spacing {
            Arrivals::Poisson => -mean * libm::log(self.arrivals.uniform()),
            Arrivals::Even => mean,
        };
        Some(Span::from_secs_f64(gap).max(Span(1)))
    }

    /// The draws of one arrival.
    pub fn draw(&mut self, size: &Law) -> Draws {
        let bytes = size.sample(&mut self.sizes).round().clamp(0.0, f64::from(u32::MAX)) as u32;
        Draws {
            read: self.kinds.uniform(),
            kind: self.kinds.uniform(),
            partition: self.keys.uniform(),
            key: self.keys.uniform(),
            once: self.keys.uniform(),
            bytes,
        }
    }
}
