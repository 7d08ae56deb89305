//! Small scenarios of primaries and backups.

use crate::support::case::{self, Safeguards};
use crate::support::groups::{self, REGIONS, replicas};
use geodes::model::plan::Plan;
use geodes::system::log_shipping::LogShipping;
use geodes::system::primary_backup::{Mutation, PrimaryBackup, Settings};

/// A scenario of primaries and backups.
pub type Case = case::Case<PrimaryBackup>;

impl Safeguards for PrimaryBackup {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        settings.mutated(safeguard)
    }
}

impl Safeguards for LogShipping {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        settings.mutated(safeguard)
    }
}

/// A scenario's text.
pub type Text = groups::Text<PrimaryBackup>;

/// Replicas over the first `n` regions, with a client in each; the coordinator's nodes in those of the first three.
pub fn over(n: usize) -> Text {
    let system = format!(
        "replicas = {}\ncoordinator = {}\nheartbeat = \"100ms\"\nsilence = \"1s\"\nsurvey = \"200ms\"\n\
         attempt-timeout = \"500ms\"\n",
        replicas(&REGIONS[..n]),
        replicas(&REGIONS[..3])
    );
    Text::new((n.max(3), 4), n, system, "")
}

/// Every backup acknowledges, a silent one is dropped after a second.
pub const SYNCHRONOUS: &str = "mode = { synchronous = { silent = { drop-after = \"1s\" } } }";
/// Every backup acknowledges, come what may.
pub const WAITING: &str = "mode = { synchronous = { silent = \"wait\" } }";
/// One backup acknowledges.
pub const SEMI: &str = "mode = { semi-synchronous = { acknowledgements = 1 } }";
/// One backup acknowledges, or none after a second.
pub const FALLING_BACK: &str =
    "mode = { semi-synchronous = { acknowledgements = 1, fall-back-after = \"1s\" } }";
/// No backup acknowledges.
pub const ASYNCHRONOUS: &str = "mode = \"asynchronous\"";
/// Leases.
pub const LEASE: &str = "fencing = \"lease\"\nreads = \"lease\"";
/// Epochs, and reads that ask first.
pub const CONFIRMED: &str = "fencing = \"epochs\"\nreads = \"confirmed\"";
/// Epochs alone.
pub const EPOCHS: &str = "fencing = \"epochs\"\nreads = \"unchecked\"";
/// Nobody decides.
pub const AUTOMATIC: &str = "promotion = { automatic = {} }";
