//! Machines, their disks, replication groups and the recovery plan.

use crate::base::diagnostics::{Code, Diagnostics, shown};
use crate::base::dist::Law;
use crate::base::document::{Located, law};
use crate::system::site_recovery::churn::{self, ChurnMode};
use crate::system::site_recovery::config::{Config, DiskText, VmText};
use crate::system::site_recovery::settings::{DiskSpec, Group, Vm};

/// A recovery plan has at most so many machines, and so many groups.
const MOST_MACHINES: usize = 100;
const MOST_GROUPS: usize = 7;
/// A replication group has at most so many machines.
const MOST_IN_GROUP: usize = 16;
/// A machine has at most so many disks.
const MOST_DISKS: usize = 64;

/// The machines, those with a count one by one.
pub(super) fn machines(config: &Config, mode: ChurnMode, errors: &mut Diagnostics) -> Vec<Vm> {
    let mut vms: Vec<Vm> = Vec::new();
    let mut refers = Vec::new();
    for Located { value: text, place } in &config.vms.value {
        let disks = disks(text, mode, errors);
        if disks.is_empty() || disks.len() > MOST_DISKS {
            let message = format!("a machine has between 1 and {MOST_DISKS} disks");
            errors.error(Code::OutsideLimits, *place, message);
        }
        let names = match text.count {
            None => vec![text.name.value.clone()],
            Some(count) => {
                let many = count.value.min(MOST_MACHINES as u32 + 1);
                (0..many).map(|n| format!("{}-{n}", text.name.value)).collect()
            }
        };
        for name in names {
            if vms.iter().any(|vm| vm.name == name) {
                let message = format!("there are two machines called `{}`", shown(&name));
                errors.error(Code::RefusedCombination, text.name.place, message);
            }
            refers.push(text.refers_to.as_ref());
            vms.push(Vm { name, disks: disks.clone(), refers_to: None });
        }
    }
    if vms.is_empty() || vms.len() > MOST_MACHINES {
        let message = format!("a recovery plan has between 1 and {MOST_MACHINES} machines");
        errors.error(Code::OutsideLimits, config.vms.place, message);
    }
    for (vm, other) in refers.into_iter().enumerate() {
        let Some(other) = other else { continue };
        let found = find(other, &vms, errors);
        if found == Some(vm) {
            let message = "a machine does not refer to itself";
            errors.error(Code::RefusedCombination, other.place, message);
        }
        vms[vm].refers_to = found;
    }
    vms
}

fn find(name: &Located<String>, vms: &[Vm], errors: &mut Diagnostics) -> Option<usize> {
    let found = vms.iter().position(|vm| vm.name == name.value);
    if found.is_none() {
        let known: Vec<&str> = vms.iter().map(|vm| vm.name.as_str()).collect();
        let message = format!("there is no machine called `{}`", shown(&name.value));
        errors.error(Code::UnknownPlace, name.place, message).did_you_mean(&name.value, known);
    }
    found
}

fn disks(text: &VmText, mode: ChurnMode, errors: &mut Diagnostics) -> Vec<DiskSpec> {
    let disk = |text: &DiskText, errors: &mut Diagnostics| {
        let size = text.size.value.0 as f64;
        let working_set = text.working_set.map_or(size / 10.0, |set| set.value.0 as f64);
        if let Some(set) = text.working_set.filter(|set| set.value.0 > text.size.value.0) {
            let message = "the working set is a part of the disk";
            errors.error(Code::OutsideLimits, set.place, message);
        }
        let bursts = text.bursts.as_ref().and_then(|bursts| {
            let Located { value: bursts, .. } = bursts;
            Some((bursts.churn.value.0, law(&bursts.every, errors)?, law(&bursts.lasts, errors)?))
        });
        let io = text.io.map_or(16_000, |io| io.value.0);
        DiskSpec {
            size,
            churn: text.churn.map_or(0.0, |churn| churn.value.0),
            working_set,
            limit: churn::of_disk(mode, text.class, io),
            bursts,
        }
    };
    text.disks.iter().map(|text| disk(&text.value, errors)).collect()
}

/// The replication groups, and which of them each machine belongs to.
pub(super) fn groups(
    config: &Config,
    vms: &[Vm],
    errors: &mut Diagnostics,
) -> (Vec<Vec<usize>>, Vec<Option<usize>>) {
    let mut of = vec![None; vms.len()];
    let mut groups = Vec::new();
    for Located { value: names, place } in config.replication_groups.iter().flatten() {
        if names.len() < 2 || names.len() > MOST_IN_GROUP {
            let message = format!("a replication group has between 2 and {MOST_IN_GROUP} machines");
            errors.error(Code::OutsideLimits, *place, message);
        }
        let mut members = Vec::new();
        for name in names {
            let Some(vm) = find(name, vms, errors) else { continue };
            if of[vm].replace(groups.len()).is_some() {
                let message = format!("`{}` is in a replication group already", shown(&name.value));
                errors.error(Code::RefusedCombination, name.place, message);
            }
            members.push(vm);
        }
        members.sort_unstable();
        groups.push(members);
    }
    (groups, of)
}

/// The recovery plan: every machine is in it once.
pub(super) fn plan(config: &Config, vms: &[Vm], errors: &mut Diagnostics) -> Vec<Group> {
    let nothing = || Law::Constant(0.0);
    let Some(text) = &config.plan else {
        return vec![Group { vms: (0..vms.len()).collect(), before: nothing(), after: nothing() }];
    };
    if text.value.is_empty() || text.value.len() > MOST_GROUPS {
        let message = format!("a recovery plan has between 1 and {MOST_GROUPS} groups");
        errors.error(Code::OutsideLimits, text.place, message);
    }
    let mut seen = vec![false; vms.len()];
    let mut groups = Vec::new();
    for group in text.value.iter().map(|group| &group.value) {
        let mut members = Vec::new();
        for name in &group.vms {
            let Some(vm) = find(name, vms, errors) else { continue };
            if std::mem::replace(&mut seen[vm], true) {
                let message = format!("`{}` is in the plan already", shown(&name.value));
                errors.error(Code::RefusedCombination, name.place, message);
            }
            members.push(vm);
        }
        let mut script = |given: &Option<Located<_>>| match given {
            None => nothing(),
            Some(text) => law(text, errors).unwrap_or_default(),
        };
        let (before, after) = (script(&group.before), script(&group.after));
        groups.push(Group { vms: members, before, after });
    }
    if let Some(vm) = seen.iter().position(|seen| !seen) {
        let message = format!("`{}` is not in the recovery plan", shown(&vms[vm].name));
        errors.error(Code::RefusedCombination, text.place, message);
    }
    groups
}
