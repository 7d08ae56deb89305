//! Which members are there, which regions can serve, and which one does.

use super::config::{QuorumOver, Settings};
use crate::base::time::{SimTime, Span};
use crate::model::plan::Plan;

/// What the director knows of one member.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Its region, as an index into the settings'.
    pub place: usize,
    /// Whether it is taken to be there.
    pub up: bool,
    /// When it was last heard of.
    pub heard: SimTime,
    /// The last write it has; `None` when its disk is blank.
    pub copy: Option<u64>,
}

/// What the director knows of all members.
#[derive(Clone, Debug)]
pub struct Health {
    /// By number.
    pub members: Vec<State>,
    quorum: usize,
    heartbeat: Span,
}

impl Health {
    /// All are there.
    pub fn new(settings: &Settings) -> Health {
        let state = |place| State { place, up: true, heard: SimTime::ZERO, copy: Some(0) };
        Health {
            members: settings.members.iter().map(|(_, place)| state(*place)).collect(),
            quorum: settings.read_quorum.max(settings.write_quorum),
            heartbeat: settings.heartbeat,
        }
    }

    /// Whether a region has a quorum of members with a copy.
    pub fn serves(&self, place: usize) -> bool {
        let able = |m: &&State| m.place == place && m.up && m.copy.is_some();
        self.members.iter().filter(able).count() >= self.quorum
    }

    /// How long after a heartbeat silence is noticed: longer than a heartbeat, so that one in time is no silence.
    pub fn patience(&self) -> Span {
        self.heartbeat.scale(1.25)
    }

    /// How long ago a member that has just been found silent failed: somewhere within the heartbeat after its last, so
    /// half a heartbeat after it.
    pub fn gone_for(&self, member: usize, now: SimTime) -> Span {
        Span(now.since(self.members[member].heard).0.saturating_sub(self.heartbeat.0 / 2))
    }

    /// The member with the most recent copy, of those that are there, and that copy.
    pub fn best(&self) -> Option<u64> {
        self.members.iter().filter(|m| m.up).filter_map(|m| m.copy).max()
    }

    /// Whether all members are there and all are blank.
    pub fn all_blank(&self) -> bool {
        self.members.iter().all(|m| m.up && m.copy.is_none())
    }
}

/// The name of the mode in which this region is active: empty for the first, with which a scenario begins.
pub fn mode_of(settings: &Settings, active: usize) -> String {
    match (settings.quorum_over, active) {
        (QuorumOver::ActiveRegion, 1..) => settings.regions[active].1.clone(),
        _ => String::new(),
    }
}

/// The region that is active in the plan's mode.
pub fn active_in_mode(settings: &Settings, plan: &Plan) -> usize {
    settings.regions.iter().position(|(_, name)| *name == plan.mode).unwrap_or(0)
}
