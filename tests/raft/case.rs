//! Small scenarios of Raft groups.

use crate::support::case::{self, Safeguards};
use crate::support::groups::{self, REGIONS, replicas};
use geodes::model::plan::Plan;
use geodes::system::raft::{Mutation, Raft, Settings};

/// A scenario of groups.
pub type Case = case::Case<Raft>;

impl Safeguards for Raft {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        settings.mutated(safeguard)
    }
}

/// A scenario's text.
pub type Text = groups::Text<Raft>;

/// Groups over the first `n` regions, with a client in each.
pub fn over(n: usize) -> Text {
    let system = format!(
        "replicas = {}\nelection-timeout = {{ uniform = {{ from = \"300ms\", to = \"600ms\" }} }}\n\
         heartbeat = \"50ms\"\nattempt-timeout = \"500ms\"\n",
        replicas(&REGIONS[..n])
    );
    Text::new((n, 4), n, system, "reads = \"read-index\"\n")
}
