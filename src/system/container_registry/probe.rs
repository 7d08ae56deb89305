//! A place from which endpoints are probed, on timers of its own (ACR-3).

use super::Cx;
use super::message::Msg;
use super::mutation::Mutation;
use super::settings::{Directory, Settings};
use super::timer::Timer;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::contract::Steady;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A probe.
#[derive(Clone, Debug)]
pub struct Probe {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    round: u64,
    /// By site: probes that failed in a row, and whether one is under way.
    failed: BTreeMap<usize, (u32, bool)>,
}

impl Probe {
    /// One that has probed nothing.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Self {
        Probe { settings, directory, round: 0, failed: BTreeMap::new() }
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        let phase = cx.random("phase").uniform();
        cx.set_timer(Timer::Round, self.settings.probing.interval.scale(phase).max(Span(1)));
    }

    /// It would go on as it does now while no site is about to be taken for degraded.
    pub fn steady(&self) -> Steady {
        let tolerated = self.settings.probing.tolerated;
        Steady::when(self.failed.values().all(|(failed, _)| *failed == 0 || *failed > tolerated))
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Round => {
                self.round += 1;
                for site in 0..self.directory.sites {
                    self.failed.entry(site).or_default().1 = true;
                    cx.send(Directory::site(site), Msg::Probe(self.round));
                    cx.set_timer(Timer::Unanswered(site), self.settings.probing.timeout);
                }
                cx.set_timer(Timer::Round, self.settings.probing.interval);
            }
            Timer::Unanswered(site) => {
                if let Some(state) = self.failed.get_mut(&site).filter(|(_, open)| *open) {
                    *state = (state.0.saturating_add(1), false);
                    self.report(site, cx);
                }
            }
            _ => {}
        }
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        if let (Msg::Alive(round), Some(site)) = (msg, self.directory.site_of(from))
            && round == self.round
        {
            self.failed.insert(site, (0, false));
            cx.cancel_timer(Timer::Unanswered(site));
            self.report(site, cx);
        }
    }

    /// What it finds: a site is degraded once more probes in a row have failed than are tolerated.
    fn report(&self, site: usize, cx: Cx) {
        let none = self.settings.without(Mutation::TolerateNothing);
        let tolerated = if none { 0 } else { self.settings.probing.tolerated };
        let failed = self.failed.get(&site).map_or(0, |(failed, _)| *failed);
        cx.send(self.directory.traffic_manager, Msg::Report([(site, failed <= tolerated)].into()));
    }
}
