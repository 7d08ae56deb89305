//! What a strike consists of: which faults, and when each begins.

use super::Shared;
use crate::base::calendar::Calendar;
use crate::base::digest::{mix, text_hash};
use crate::base::ids::{HazardId, Id};
use crate::base::rng::{Seed, Stream};
use crate::base::time::Span;
use crate::model::fault::Scope;
use crate::model::hazard::{Exposed, Extent, Hazard, Strike};
use crate::model::topology::Topology;
use crate::study::cluster::{Occurrence, Part};
use std::sync::Arc;

/// One scope of a hazard, taken apart once.
#[derive(Clone, Debug)]
pub struct Anatomy {
    /// The key of its substreams: of the hazard's name and the scope's path.
    key: u64,
    whole: Target,
    /// The data nodes a strike chooses from; empty when it takes the whole scope.
    nodes: Vec<Target>,
}

#[derive(Clone, Debug)]
struct Target {
    scope: Scope,
    path: Arc<str>,
    hash: u64,
}

impl Anatomy {
    /// A hazard's scope; what has no data nodes of its own (a node, a link) can only be struck as a whole.
    pub fn new(name: &str, exposed: &Exposed, hazard: &Hazard, topology: &Topology) -> Anatomy {
        let target = |scope: Scope, path: &str| Target { scope, path: path.into(), hash: text_hash(path) };
        let whole = hazard.strike.extent == Extent::Whole || matches!(exposed.scope, Scope::Node(_));
        let nodes = topology.data_nodes_in(&exposed.scope).take(if whole { 0 } else { usize::MAX });
        Anatomy {
            key: text_hash(&format!("hazard:{name}/{}", exposed.path)),
            whole: target(exposed.scope.clone(), &exposed.path),
            nodes: nodes.map(|id| target(Scope::Node(id), &topology.nodes[id].path)).collect(),
        }
    }

    /// The substream of one renewal.
    pub(crate) fn stream(&self, seed: u64, renewal: u64, purpose: &str) -> Stream {
        Seed { scenario: seed, window: renewal }.stream(self.key, purpose)
    }

    /// The number of a strike that comes with strike `renewal` of this scope.
    pub(crate) fn ridden(&self, renewal: u64) -> u64 {
        mix(self.key.rotate_left(17) ^ renewal)
    }

    /// The strike of this number at this scope: which nodes it takes and when each of its faults begins within it. All of
    /// them end with it.
    pub(crate) fn occurrence(
        &self,
        shared: &Shared,
        hazard: usize,
        scope: usize,
        renewal: u64,
        at: u128,
        lasts: Span,
    ) -> Occurrence {
        let strike = &shared.hazards[hazard].strike;
        let key = Seed { scenario: shared.seed, window: renewal };
        let within = strike.within.min(lasts);
        let part = |target: &Target| {
            let drawn = || within.scale(key.stream(mix(self.key ^ target.hash), "onset").uniform());
            let after = if within == Span::ZERO { Span::ZERO } else { drawn() };
            let lasts = lasts.saturating_sub(after);
            Part { scope: target.scope.clone(), path: Arc::clone(&target.path), after, lasts }
        };
        let mut faults: Vec<Part> = match self.nodes[..] {
            [] => vec![part(&self.whole)],
            _ => self.targets(strike, key).into_iter().map(part).collect(),
        };
        if faults.len() > 1 {
            faults.sort_by(|a, b| (a.after, &a.path).cmp(&(b.after, &b.path)));
        }
        Occurrence { hazard: HazardId::from_index(hazard), scope, renewal, at: Calendar(at), lasts, faults }
    }

    /// Which nodes are struck. They are chosen by a number of their own each: another node in the scope changes none of them.
    fn targets(&self, strike: &Strike, key: Seed) -> Vec<&Target> {
        let all = self.nodes.len();
        let wanted = match &strike.extent {
            Extent::Whole => return vec![&self.whole],
            Extent::Share(share) => share * all as f64,
            Extent::Nodes(law) => law.sample(&mut key.stream(self.key, "nodes")),
        };
        let count = (wanted.round() as usize).clamp(1, all);
        let mut numbered: Vec<(u64, &Target)> = self
            .nodes
            .iter()
            .map(|node| (key.stream(mix(self.key ^ node.hash), "node").bits(), node))
            .collect();
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().take(count).map(|(_, node)| node).collect()
    }
}
