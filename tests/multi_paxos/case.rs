//! Small scenarios of Multi-Paxos groups.

use crate::support::case::{self, Safeguards};
use crate::support::groups::{self, REGIONS, replicas};
use geodes::model::plan::Plan;
use geodes::system::multi_paxos::{MultiPaxos, Mutation, Settings};

/// A scenario of groups.
pub type Case = case::Case<MultiPaxos>;

impl Safeguards for MultiPaxos {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        settings.mutated(safeguard)
    }
}

/// A scenario's text.
pub type Text = groups::Text<MultiPaxos>;

/// Groups over the first `n` regions, with a client in each; the first leads.
pub fn over(n: usize) -> Text {
    let system = format!(
        "replicas = {}\nelection-timeout = {{ uniform = {{ from = \"300ms\", to = \"600ms\" }} }}\n\
         heartbeat = \"50ms\"\nattempt-timeout = \"500ms\"\ndata = \"1MB\"\n",
        replicas(&REGIONS[..n])
    );
    Text::new((n, 2), n, system, "reads = \"quorum\"\n")
}
