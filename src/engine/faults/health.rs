//! The state of one node under overlapping faults.

use crate::base::ids::FaultId;

/// A node is up when no fault that takes it down covers it; the same goes for pauses and isolation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    /// Faults that hold it down.
    pub down: u32,
    /// Faults that pause it.
    pub paused: u32,
    /// Faults that cut it off.
    pub isolated: u32,
    /// It is gone for good.
    pub destroyed: bool,
    /// It came up while paused: its processes start when the pause ends.
    pub restart_waits: bool,
    /// Slow factors in force.
    pub slow: Vec<(FaultId, f64)>,
}

impl Health {
    /// Its processes exist.
    pub fn up(&self) -> bool {
        self.down == 0 && !self.destroyed
    }
    /// Its processes run.
    pub fn running(&self) -> bool {
        self.up() && self.paused == 0
    }
    /// Its processes run and others can talk to them.
    pub fn reachable(&self) -> bool {
        self.running() && self.isolated == 0
    }
    /// How many times as long its disks take.
    pub fn slowness(&self) -> f64 {
        self.slow.iter().map(|(_, factor)| factor).product()
    }
}
