//! `quorum-nwr`: what each configuration promises holds, whatever fails; and each safeguard is noticed when it is off.

mod support;

#[path = "quorum_nwr/claims.rs"]
mod claims;
#[path = "quorum_nwr/healing.rs"]
mod healing;
#[path = "quorum_nwr/mutants.rs"]
mod mutants;
#[path = "quorum_nwr/place.rs"]
mod place;
#[path = "quorum_nwr/random.rs"]
mod random;
