//! The labs under faults: what each does when its nodes crash, stop, or cannot hear each other.

#[path = "labs/detector.rs"]
mod detector;
#[path = "labs/election.rs"]
mod election;
#[path = "labs/lease.rs"]
mod lease;
#[path = "labs/mistakes.rs"]
mod mistakes;
#[path = "labs/place.rs"]
mod place;
#[path = "labs/quorum.rs"]
mod quorum;
#[path = "labs/recovery_points.rs"]
mod recovery_points;
#[path = "labs/resolver.rs"]
mod resolver;
