//! `lab-lossy-link`: a link that is good or bad for a while, and loses packets more often when it is bad.
//!
//! Every operation of the workload is one packet, and an acknowledgement that is never lost. Before each packet the link
//! may change its state; then it loses the packet with that state's probability (E. Gilbert, 1960; E. Elliott, 1963).
//! Observed for each packet: `lost`, 1 or 0.

use crate::base::diagnostics::Diagnostics;
use crate::base::document::Located;
use crate::base::ids::{ActorId, NodeId, RegionId};
use crate::base::units::Share;
use crate::engine::contract::SystemInfo;
use crate::engine::record::Change;
use crate::model::operation::Request;
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::lab::call::{Call, Caller, NoTimer};
use crate::system::lab::{Cast, Cx, Lab, NoDisk, Player};
use schemars::JsonSchema;
use serde::Deserialize;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct LossyLink;

/// `[system.lab-lossy-link]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LabLossyLink")]
pub struct Config {
    /// The probability that a good link is bad for the next packet.
    pub turns_bad: Share,
    /// The probability that a bad link is good for the next packet.
    pub turns_good: Share,
    /// The probability that a good link loses a packet.
    pub loss_when_good: Share,
    /// The probability that a bad link loses a packet.
    pub loss_when_bad: Share,
}

/// The table, resolved.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    turns: [f64; 2],
    loses: [f64; 2],
    far_end: NodeId,
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The link and its far end.
    Link {
        /// Its laws.
        settings: Settings,
        /// Its state.
        bad: bool,
    },
    /// Sends packets.
    Client(Caller),
}

impl Player<LossyLink> for Actor {
    fn on_message(&mut self, from: ActorId, msg: Call, cx: &mut Cx<'_, LossyLink>) {
        match (self, msg) {
            (Actor::Link { settings, bad }, Call::Ask(op)) => {
                *bad ^= cx.random("state").chance(settings.turns[usize::from(*bad)]);
                let lost = cx.random("loss").chance(settings.loses[usize::from(*bad)]);
                cx.change(Change::Observed { what: "lost", value: f64::from(u8::from(lost)) });
                if !lost {
                    cx.send(from, Call::Answer(op, true));
                }
            }
            (Actor::Client(caller), answer) => caller.answered::<LossyLink>(answer, cx),
            _ => {}
        }
    }

    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, LossyLink>) {
        if let Actor::Client(caller) = self {
            caller.invoke::<LossyLink>(&request, cx);
        }
    }
}

impl Lab for LossyLink {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-lossy-link",
        summary: "a link with good and bad times, which loses packets (Gilbert-Elliott)",
        sources: &["E. Elliott, Estimates of Error Rates for Codes on Burst-Noise Channels (1963)"],
        levels: &["none"],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Call;
    type Timer = NoTimer;
    type Disk = NoDisk;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, _: &mut Diagnostics) -> Option<Settings> {
        let config = config.value;
        let path = "lab-lossy-link/far-end".to_owned();
        Some(Settings {
            turns: [config.turns_bad.0, config.turns_good.0],
            loses: [config.loss_when_good.0, config.loss_when_bad.0],
            far_end: plan.topology.add_service_node(path, NodeRole::Regional, Some(RegionId(0))),
        })
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let link = Actor::Link { settings: *settings, bad: false };
        let link = cast.add(settings.far_end, "lab-lossy-link/far-end", link);
        cast.clients(plan, |_, _| Actor::Client(Caller::new(link)));
    }
}
