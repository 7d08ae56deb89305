//! Who leads a replica set, and which version of that leader's log its messages speak of.

use crate::algorithm::election::Ballot;

/// A leader's time in office, up to the next cut of its log.
///
/// The network reorders messages, and the leader of a following region cuts its own log when the write region turns out
/// to have another one (COS-12). Entries sent before the cut must not overwrite what came after it, and
/// acknowledgements of them must not count: both are told apart by the number of cuts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenure {
    /// The ballot of the leader's election.
    pub ballot: Ballot,
    /// How often the leader has cut its log since.
    pub cuts: u32,
}
