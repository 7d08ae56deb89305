//! `container-registry`: what is promised holds, whatever fails; transfers and caches take the time that they should; and
//! each part is noticed when it is off.

mod support;

#[path = "container_registry/case.rs"]
mod case;
#[path = "container_registry/copies.rs"]
mod copies;
#[path = "container_registry/curve.rs"]
mod curve;
#[path = "container_registry/example.rs"]
mod example;
#[path = "container_registry/lifecycle.rs"]
mod lifecycle;
#[path = "container_registry/published.rs"]
mod published;
#[path = "container_registry/pushes.rs"]
mod pushes;
#[path = "container_registry/routing.rs"]
mod routing;
#[path = "container_registry/schedules.rs"]
mod schedules;
#[path = "container_registry/sweep.rs"]
mod sweep;
#[path = "container_registry/tiers.rs"]
mod tiers;
#[path = "container_registry/transfers.rs"]
mod transfers;
