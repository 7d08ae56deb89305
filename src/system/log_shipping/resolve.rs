//! From the `[system.log-shipping]` table to a deployment.

use super::LogShipping;
use super::config::{Config, Points, ShipText, Stream};
use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::dist::Law;
use crate::base::document::{Located, law};
use crate::base::time::Span;
use crate::model::plan::{Plan, Provenance};
use crate::system::primary_backup::command::{Command, CommandText};
use crate::system::primary_backup::config::{ReadFrom, Seat};
use crate::system::primary_backup::settings::{Settings, Ship};
use crate::system::primary_backup::{Core, Tuning};
use crate::system::registry::Configure;

impl Configure for LogShipping {
    type Config = Located<Config>;
    type CommandText = CommandText;

    fn resolve(
        config: Self::Config,
        commands: Vec<CommandText>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Settings, Vec<Command>)> {
        let Located { value: config, place } = config;
        let default = vec![Located { value: Seat::Global, place }];
        let core = Core {
            name: "log-shipping",
            partitions: config.partitions,
            replicas: &config.sites,
            coordinator: config.coordinator.as_ref().unwrap_or(&default),
            fencing: config.fencing.value,
            promotion: &config.promotion.value,
            reads: config.reads,
            before: errors.len(),
            tuning: Tuning {
                heartbeat: config.heartbeat,
                silence: config.silence,
                survey: config.survey,
                switch_timeout: config.switch_timeout,
                clock_drift_bound: config.clock_drift_bound,
                window: config.window,
                batch: config.batch,
                log: config.log,
                data: config.data,
                copy_rate: config.copy_rate,
                attempt_timeout: config.attempt_timeout,
                retry_pause: config.retry_pause,
            },
        };
        let mut settings = core.settings(place, plan, errors)?;
        settings.ship = ship(&config.ship, errors)?;
        settings.read_anywhere = config.read_from == Some(ReadFrom::Nearest);
        let (key, value) = shown(&settings.ship);
        plan.facts.insert("ship".into(), key.into());
        let (key, origin) = (format!("system.log-shipping.ship.{key}"), "scenario".to_string());
        plan.provenance.push(Provenance { key, value, origin });
        core.finish(settings, place, commands, plan, errors)
    }
}

fn ship(text: &Located<ShipText>, errors: &mut Diagnostics) -> Option<Ship> {
    Some(match &text.value {
        ShipText::Stream(Stream { lag: None }) => Ship::Stream(None),
        ShipText::Stream(Stream { lag: Some(lag) }) => Ship::Stream(Some(law(lag, errors)?)),
        ShipText::Points(Points { every, lag }) => {
            if every.value < Span::millis(100) {
                errors.error(Code::OutsideLimits, every.place, "recovery points are at least 100ms apart");
            }
            let lag = match lag {
                Some(lag) => law(lag, errors)?,
                None => Law::Constant(0.0),
            };
            Ship::Points(every.value, lag)
        }
    })
}

fn shown(ship: &Ship) -> (&'static str, String) {
    match ship {
        Ship::Stream(None) => ("stream", "at once".into()),
        Ship::Stream(Some(lag)) => ("stream", format!("lag {lag} s")),
        Ship::Points(every, lag) => ("points", format!("every {every}, lag {lag} s")),
    }
}
