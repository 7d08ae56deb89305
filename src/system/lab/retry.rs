//! `lab-retry`: a client that tries again when a try fails for a reason that may not last.
//!
//! Every try reaches the server, which fails it with the given probability, independently. An operation fails when all its
//! tries have. Observed for each operation: `failed`, 1 or 0. The server can fail tries more often than it should
//! (`drawn`): the value is then multiplied by the likelihood ratio of what was drawn (importance sampling).

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::document::Located;
use crate::base::ids::{ActorId, NodeId, RegionId};
use crate::base::units::Share;
use crate::engine::contract::{SystemInfo, Wire};
use crate::engine::record::{Change, Completion, Purpose};
use crate::model::operation::{OpId, Request, Status};
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::lab::call::NoTimer;
use crate::system::lab::{Cast, Cx, Lab, NoDisk, Player};
use schemars::JsonSchema;
use serde::Deserialize;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Retry;

/// `[system.lab-retry]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LabRetry")]
pub struct Config {
    /// How often an operation is tried in all.
    pub tries: Located<u32>,
    /// The probability that a try fails.
    pub error: Located<Share>,
    /// The probability with which failures are drawn; the true one unless given.
    pub drawn: Option<Located<Share>>,
}

/// The table, resolved.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    tries: u32,
    error: f64,
    drawn: f64,
    server: NodeId,
}

/// One try of an operation, or what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Msg {
    op: OpId,
    /// Its number, from 1.
    attempt: u32,
    /// Whether it failed, in an answer.
    failed: bool,
    /// The likelihood ratio of this try and those before.
    weight: f64,
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        "try"
    }
    fn purpose(&self) -> Purpose {
        Purpose::Client
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Fails tries.
    Server(Settings),
    /// Tries again.
    Client(Settings, ActorId),
}

impl Player<Retry> for Actor {
    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Retry>) {
        match self {
            Actor::Server(Settings { error, drawn, .. }) => {
                let failed = cx.random("error").chance(*drawn);
                let ratio = if failed { *error / *drawn } else { (1.0 - *error) / (1.0 - *drawn) };
                cx.send(from, Msg { failed, weight: msg.weight * ratio, ..msg });
            }
            Actor::Client(settings, server) if msg.failed && msg.attempt < settings.tries => {
                cx.attempt(msg.op, false);
                cx.send(*server, Msg { attempt: msg.attempt + 1, failed: false, ..msg });
            }
            Actor::Client(..) => {
                let value = if msg.failed { msg.weight } else { 0.0 };
                cx.change(Change::Observed { what: "failed", value });
                let status = Some(if msg.failed { Status::new(503, 0) } else { Status::OK });
                cx.complete(msg.op, Completion { ok: !msg.failed, status, ..Completion::default() });
            }
        }
    }

    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, Retry>) {
        match self {
            Actor::Client(_, server) if !request.closing => {
                cx.send(*server, Msg { op: request.id, attempt: 1, failed: false, weight: 1.0 });
            }
            _ => cx.complete(request.id, Completion { ok: true, ..Completion::default() }),
        }
    }
}

impl Lab for Retry {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-retry",
        summary: "a client that tries again after errors that come and go",
        sources: &["P. Glasserman, Monte Carlo Methods in Financial Engineering (2003), section 4.6"],
        levels: &["none"],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Msg;
    type Timer = NoTimer;
    type Disk = NoDisk;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let before = errors.len();
        let Config { tries, error, drawn } = config.value;
        if tries.value == 0 {
            errors.error(Code::OutsideLimits, tries.place, "an operation is tried at least once");
        }
        for share in [Some(error), drawn].into_iter().flatten() {
            if !(share.0 > 0.0 && share.0 < 1.0) {
                let message = "the probability of an error is above 0% and below 100%";
                errors.error(Code::OutsideLimits, share.place, message);
            }
        }
        if errors.len() > before {
            return None;
        }
        let path = "lab-retry/server".to_owned();
        let server = plan.topology.add_service_node(path, NodeRole::Regional, Some(RegionId(0)));
        Some(Settings { tries: tries.value, error: error.0, drawn: drawn.map_or(error.0, |d| d.0), server })
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let server = cast.add(settings.server, "lab-retry/server", Actor::Server(*settings));
        cast.clients(plan, |_, _| Actor::Client(*settings, server));
    }
}
