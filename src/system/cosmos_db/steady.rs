//! Whether the account's actors would go on as they do now: see `engine/jump.rs`.

use super::Actor;
use crate::base::time::SimTime;
use crate::engine::contract::Steady;

impl Actor {
    /// For how long this actor would.
    pub(super) fn steadiness(&self, now: SimTime) -> Steady {
        match self {
            Actor::Replica(a) => a.steady(now),
            Actor::Manager(a) => a.steady(),
            Actor::Account(a) => a.steady(),
            Actor::Controller(a) => a.steady(now),
            Actor::Client(a) => a.steady(now),
            // They answer, and look, at intervals.
            Actor::Discovery(_) | Actor::Vault(_) | Actor::Application(_) => Steady::Forever,
        }
    }
}
