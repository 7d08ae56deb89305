//! When clients were themselves down: that time is not the service's.

use crate::base::ids::RegionId;
use crate::base::time::{SimTime, Span};
use std::collections::BTreeMap;

/// Stretches of time in which the clients of a region were down with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Downtime {
    regions: BTreeMap<RegionId, Stretches>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stretches {
    depth: u32,
    spans: Vec<(SimTime, Option<SimTime>)>,
}

impl Downtime {
    /// Something that stops the clients of a region began.
    pub fn down(&mut self, region: RegionId, at: SimTime) {
        let stretches = self.regions.entry(region).or_default();
        stretches.depth += 1;
        if stretches.depth == 1 {
            stretches.spans.push((at, None));
        }
    }

    /// It ended.
    pub fn up(&mut self, region: RegionId, at: SimTime) {
        let Some(stretches) = self.regions.get_mut(&region) else { return };
        stretches.depth = stretches.depth.saturating_sub(1);
        if stretches.depth == 0
            && let Some(last) = stretches.spans.last_mut()
        {
            last.1 = last.1.or(Some(at));
        }
    }

    /// How much of `from..to` the clients of a region were down.
    pub fn within(&self, region: RegionId, from: SimTime, to: SimTime) -> Span {
        let Some(stretches) = self.regions.get(&region) else { return Span::ZERO };
        stretches.spans.iter().fold(Span::ZERO, |sum, (down, up)| {
            sum + up.unwrap_or(SimTime::MAX).min(to).since((*down).max(from))
        })
    }

    /// Takes in what another world of the same window saw: the same faults, so the longer list stands.
    pub fn merge(&mut self, other: Downtime) {
        for (region, theirs) in other.regions {
            let mine = self.regions.entry(region).or_default();
            if theirs.spans.len() > mine.spans.len() {
                *mine = theirs;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_faults_are_counted_once() {
        let at = |secs| SimTime::ZERO + Span::secs(secs);
        let mut downtime = Downtime::default();
        downtime.down(RegionId(0), at(10));
        downtime.down(RegionId(0), at(15));
        downtime.up(RegionId(0), at(20));
        downtime.up(RegionId(0), at(30));
        assert_eq!(downtime.within(RegionId(0), at(0), at(100)), Span::secs(20));
        assert_eq!(downtime.within(RegionId(0), at(12), at(14)), Span::secs(2));
        assert_eq!(downtime.within(RegionId(1), at(0), at(100)), Span::ZERO);
    }
}
