//! The control plane, in the home region: it says which replicas there are (ACR-5, ACR-7, ACR-8, ACR-12). And the receiver
//! of webhooks (ACR-6).

use super::Cx;
use super::command::Command;
use super::disk::{Members, Record};
use super::message::Msg;
use super::mutation::Mutation;
use super::settings::{Directory, Settings, TIERS};
use super::timer::Timer;
use crate::base::ids::ActionId;
use crate::base::time::{SimTime, Span};
use crate::engine::record::{Answer, Change};
use std::sync::Arc;

/// What was decided is said again this often, to whom it did not reach.
const AGAIN: Span = Span::secs(30);

/// The control plane.
#[derive(Clone, Debug)]
pub struct Control {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    members: Members,
}

impl Control {
    /// One that knows the replicas that are there at the start.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Self {
        let members = Control::first(&settings);
        Control { settings, directory, members }
    }

    /// The replicas that are there at the start.
    pub fn first(settings: &Settings) -> Members {
        let initial = settings.sites.iter().enumerate().filter(|(_, site)| site.initial);
        Members {
            version: 1,
            sites: initial.map(|(site, _)| site).collect(),
            unrouted: settings.unrouted.iter().copied().collect(),
            tier: settings.tier,
        }
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        if let Some(members) = &cx.disk().members {
            self.members = members.clone();
        }
        self.announce(cx);
    }

    /// Says which replicas there are.
    pub(super) fn announce(&self, cx: Cx) {
        let sites = (0..self.directory.sites).map(Directory::site);
        for to in sites.chain([self.directory.traffic_manager]) {
            cx.send(to, Msg::Members(Box::new(self.members.clone())));
        }
        cx.set_timer(Timer::Announce, AGAIN);
    }

    pub(super) fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx) {
        let answer = match self.change(command) {
            Ok(()) => {
                self.members.version += 1;
                cx.persist(Record::Members(self.members.clone()));
                self.announce(cx);
                Answer::Done
            }
            Err(why) => Answer::Refused(why.to_owned()),
        };
        cx.answer(id, answer);
    }

    fn change(&mut self, command: Command) -> Result<(), &'static str> {
        let any_tier = self.settings.without(Mutation::AnyTier);
        let replicated = |tier: usize| any_tier || self.settings.tiers[tier].replicated;
        match command {
            Command::Create(_) if !replicated(self.members.tier) => {
                return Err("geo-replication needs the premium tier");
            }
            Command::Create(site) if !self.members.sites.insert(site) => return Err("there is a replica"),
            Command::Delete(site) => {
                let keeps = !self.settings.home_deletable && !self.settings.without(Mutation::DeleteHome);
                if site == self.settings.home && keeps {
                    return Err("the home region's replica cannot be deleted");
                }
                if !self.members.sites.remove(&site) {
                    return Err("there is no replica");
                }
            }
            Command::Route(site, on) => {
                match on {
                    true => self.members.unrouted.remove(&site),
                    false => self.members.unrouted.insert(site),
                };
            }
            Command::Tier(tier) if !replicated(tier) && self.members.sites.len() > 1 => {
                return Err("replicas in several regions need the premium tier");
            }
            Command::Tier(tier) => self.members.tier = tier.min(TIERS.len() - 1),
            Command::Create(_) => {}
        }
        Ok(())
    }
}

/// The receiver of webhooks.
#[derive(Clone, Debug)]
pub struct Hooks {
    settings: Arc<Settings>,
}

impl Hooks {
    /// One that has heard of nothing.
    pub fn new(settings: Arc<Settings>) -> Self {
        Hooks { settings }
    }

    /// A push has arrived somewhere: how long after it was made is how long it took to be copied.
    pub(super) fn on_hook(&self, site: usize, (made, here): (SimTime, bool), bytes: u64, cx: Cx) {
        let value = cx.now().since(made).seconds();
        cx.change(Change::Observed { what: "webhook-delay", value });
        if !here {
            cx.change(Change::Observed { what: "replication-time", value });
            if let Some(name) = self.settings.name(site) {
                cx.change(Change::Observed { what: name.replication_time, value });
            }
            cx.change(Change::Observed { what: by_size(bytes), value });
        }
    }
}

/// The times that images take to be copied are also told apart by how many bytes each has of its own.
fn by_size(bytes: u64) -> &'static str {
    match bytes {
        ..1_000_000 => "replication-time-below-1-mb",
        1_000_000..10_000_000 => "replication-time-1-to-10-mb",
        10_000_000..100_000_000 => "replication-time-10-to-100-mb",
        100_000_000.. => "replication-time-from-100-mb",
    }
}
