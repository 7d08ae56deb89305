//! The settled configurations of an account: which region writes, and which regions are gone.
//!
//! A mode is named `write=East US`; by all of them if several regions write, `write=West US/East US`; partition by
//! partition where each fails over on its own, `write=West US@0,2-5/East US@1`; with the regions that do not serve any
//! more, `write=East US/without:West US`. No name of a region holds `/`, `:` or `@`. With several write regions the hub
//! is not part of it: a window begins with the first of them that is present.

use crate::base::ids::RegionId;
use crate::system::cosmos_db::account::{AccountConfig, RegionState};
use crate::system::cosmos_db::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};

const WRITES: &str = "write=";
const WITHOUT: &str = "without:";

/// The name of the mode that an account with this configuration is in.
pub(super) fn name(settings: &Settings, config: &AccountConfig) -> String {
    let region = |r: &RegionId| settings.names.get(r).cloned().unwrap_or_default();
    let present = |r: &RegionId| config.regions.get(r).is_some_and(|s| *s != RegionState::Offline);
    let mut places: Vec<String> = match settings.multi() {
        true => settings.writers.iter().filter(|r| present(r)).map(region).collect(),
        false => {
            let mut written: BTreeMap<RegionId, Vec<u32>> = BTreeMap::new();
            for (p, partition) in config.partitions.iter().enumerate() {
                written.entry(partition.writer).or_default().push(p as u32);
            }
            let alone = written.len() == 1;
            let at = |(r, ps): (&RegionId, &Vec<u32>)| match alone {
                true => region(r),
                false => format!("{}@{}", region(r), ranges(ps)),
            };
            written.iter().map(at).collect()
        }
    };
    let absent: Vec<&RegionId> = settings.regions.iter().filter(|r| !present(r)).collect();
    places.extend(absent.into_iter().enumerate().map(|(i, r)| match i {
        0 => format!("{WITHOUT}{}", region(r)),
        _ => region(r),
    }));
    format!("{WRITES}{}", places.join("/"))
}

/// The account as it is when a window begins in this mode. A name that is no mode of this account means: as the scenario
/// deploys it.
pub(super) fn begin(settings: &Settings, mode: &str) -> Settings {
    read(settings, mode).unwrap_or_else(|| settings.clone())
}

fn read(settings: &Settings, mode: &str) -> Option<Settings> {
    let find = |name: &str| settings.regions.iter().copied().find(|r| settings.names[r] == name);
    let (mut written, mut absent) = (Vec::new(), BTreeSet::new());
    let mut gone = false;
    for part in mode.strip_prefix(WRITES)?.split('/') {
        let part = part.strip_prefix(WITHOUT).inspect(|_| gone = true).unwrap_or(part);
        match part.split_once('@') {
            _ if gone => _ = absent.insert(find(part)?),
            None => written.push((find(part)?, None)),
            Some((name, which)) => written.push((find(name)?, Some(numbers(which)?))),
        }
    }
    let mut begun = settings.clone();
    begun.regions.retain(|r| !absent.contains(r));
    for (region, which) in written.into_iter().rev() {
        let all = || (0..settings.partitions).collect();
        for p in which.unwrap_or_else(all) {
            *begun.begins_in.get_mut(p as usize)? = region;
        }
    }
    begun.begins_in.iter().all(|r| begun.regions.contains(r)).then_some(begun)
}

/// `0,2-5`.
fn ranges(sorted: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for n in sorted {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *n => *last = *n,
            _ => runs.push((*n, *n)),
        }
    }
    let show = |(a, b): &(u32, u32)| if a == b { a.to_string() } else { format!("{a}-{b}") };
    runs.iter().map(show).collect::<Vec<_>>().join(",")
}

fn numbers(text: &str) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for run in text.split(',') {
        let (from, to) = run.split_once('-').unwrap_or((run, run));
        let (from, to): (u16, u16) = (from.parse().ok()?, to.parse().ok()?);
        all.extend((from..=to).map(u32::from));
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_named_in_runs() {
        for (text, all) in
            [("0", vec![0]), ("0,2-5", vec![0, 2, 3, 4, 5]), ("1-2,4,6-7", vec![1, 2, 4, 6, 7])]
        {
            assert_eq!((ranges(&all), numbers(text)), (text.to_owned(), Some(all)));
        }
        assert_eq!([numbers(""), numbers("x"), numbers("1-")], [None, None, None]);
    }
}
