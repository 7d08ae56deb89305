//! `[[fault]]` and `[[action]]`.

use crate::base::document::{Located, Raw};
use crate::base::time::Span;
use crate::base::units::{Bandwidth, Ppm, Share, SignedSpan};
use schemars::JsonSchema;
use serde::Deserialize;

/// `[[fault]]`: one interval in which something is wrong.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FaultText {
    /// What it hits: `region:West US`, `region:West US/zone:2`, `link:A->B`, `service`, `@write`, ...
    pub scope: Located<String>,
    /// What it does.
    pub kind: Located<KindText>,
    /// When it begins, counted from the start of the window.
    pub at: Located<Span>,
    /// How long it lasts. Required, except for `destroyed`, which has no end.
    pub lasts: Option<Located<Span>>,
}

/// What a fault does to its scope.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KindText {
    /// Processes die and lose their memory; writes already handed to the disk complete.
    Crash,
    /// Processes stop and go on later with all they had.
    Pause,
    /// Machines go dark: memory and disk writes under way are lost, durable data stays.
    PowerLoss,
    /// No message enters or leaves the scope; inside it all goes on.
    Isolation,
    /// Messages over a link are dropped.
    Cut,
    /// Disks and messages of the scope take `factor` times as long.
    Slow {
        /// At least 1.
        factor: f64,
    },
    /// Messages of the scope are lost.
    Loss {
        /// The share lost.
        probability: Share,
    },
    /// A link's bandwidth is reduced.
    Bandwidth {
        /// What is left of it.
        to: Bandwidth,
    },
    /// Disks are blank when the processes restart.
    DestroyedDisk,
    /// The scope is gone for good, with its data.
    Destroyed,
    /// Wall clocks jump at the onset, and back at the end.
    ClockStep {
        /// How far; negative jumps back.
        by: SignedSpan,
    },
    /// Clocks run fast (positive) or slow.
    ClockDrift {
        /// By how much.
        by: Ppm,
    },
    /// Name resolution and account discovery are down.
    DnsDown,
    /// The control plane makes no decisions; data paths go on.
    ControlPlaneDown,
}

/// `[[action]]`: what an operator does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ActionText {
    /// When, counted from the start of the window.
    pub at: Located<Span>,
    /// A command of the deployed system.
    #[serde(rename = "do")]
    pub command: Raw,
}
