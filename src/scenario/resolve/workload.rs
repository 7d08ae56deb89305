//! `[workload.<name>]`: workloads and their clients.

use super::Context;
use super::names::{is_file_safe, made_safe};
use super::topology::Resolved;
use crate::base::diagnostics::{Code, shown};
use crate::base::dist::Law;
use crate::base::document::{Located, Node, read};
use crate::base::ids::WorkloadId;
use crate::base::time::Span;
use crate::base::units::{Bytes, Share};
use crate::engine::contract::SystemInfo;
use crate::model::topology::{Node as Machine, NodeRole};
use crate::model::workload::{Affinity, Arrivals, Client, Workload, WriteMix, client_path};
use crate::scenario::sections;
use crate::scenario::text::{AffinityText, ArrivalsText, MixText, SizeText, WorkloadText};

/// More clients than this are refused.
const MOST_CLIENTS: u64 = 100_000;
/// Keys of one workload and partition, of each kind: each is remembered in every region.
const MOST_KEYS: u32 = 1_000_000;
/// Larger documents are refused.
const LARGEST_DOCUMENT: Bytes = Bytes(2 << 30);

pub(super) fn resolve(
    cx: &mut Context<'_>,
    root: &Node,
    topology: Option<&Resolved>,
    system: Option<&SystemInfo>,
) {
    let tables = sections::named(root, "workload", cx.errors);
    // A system without consistency levels takes no operations: it measures itself.
    let asked = system.is_none_or(|info| !info.levels.is_empty());
    if asked && tables.is_empty() && root.get("workload").is_none_or(|node| node.as_table().is_some()) {
        let message = "there is no `[workload.<name>]`: nothing would be measured";
        cx.errors.error(Code::NoWorkload, root.get("workload").unwrap_or(root).place, message);
    }
    if let Some((name, entry)) = tables.first().filter(|_| !asked) {
        let message = format!(
            "this system takes no operations, so nobody would do what workload `{}` asks",
            shown(name)
        );
        cx.errors.error(Code::RefusedCombination, entry.key, message).hint("leave the workload out");
    }
    for (name, entry) in tables {
        if !is_file_safe(name) {
            let message = format!("`{}` cannot be the name of a workload", shown(name));
            let safe = made_safe(name);
            let hint = if safe.is_empty() { String::new() } else { format!("for example `{safe}`") };
            cx.errors.error(Code::BadWorkloadName, entry.key, message).hint(hint);
        }
        let path = format!("workload.{}", crate::base::document::quoted_key(name));
        let Some(text): Option<WorkloadText> = read(&entry.node, &path, cx.errors) else { continue };
        let workload = workload(cx, name, &path, &text, system);
        let id = cx.plan.workloads.push(workload);
        if let Some(topology) = topology {
            clients(cx, topology, id, name, &text);
        }
    }
}

fn workload(
    cx: &mut Context<'_>,
    name: &str,
    path: &str,
    text: &WorkloadText,
    system: Option<&SystemInfo>,
) -> Workload {
    let key = |name: &str| format!("{path}.{name}");
    if text.rate.0 <= 0.0 {
        cx.errors.error(Code::ZeroRate, text.rate.place, "a workload with a rate of zero asks nothing");
    }
    let write_once = cx.or_default(key("write-once"), text.write_once.map(|s| s.value), Share(0.10));
    let registers = cx.or_default(key("keys"), text.keys.map(|n| n.value), 100);
    let objects = cx.or_default(key("objects"), text.objects.map(|n| n.value), 0);
    let skew = cx.or_default(key("skew"), text.skew, 0.0);
    let batch_keys = cx.or_default(key("batch-keys"), text.batch_keys.map(|n| n.value), 2);
    for (name, given) in [("keys", text.keys), ("objects", text.objects), ("batch-keys", text.batch_keys)] {
        if let Some(given) = given.filter(|given| given.value > MOST_KEYS) {
            let message = format!("`{name}` is at most {MOST_KEYS} for each partition, not {}", given.value);
            cx.errors.error(Code::NumberOutOfRange, given.place, message);
        }
    }
    let mix = mix(cx, text, registers, objects, batch_keys);
    let plain = 1.0 - mix.insert - mix.replace - mix.delete - mix.conditional;
    let to_registers = text.reads.0 > 0.0 || (write_once.0 < 1.0 && plain > 1e-9);
    if registers == 0 && (to_registers || objects == 0 && text.reads.0 > 0.0) {
        let place = text.keys.map(|keys| keys.place);
        cx.errors.error(
            Code::NoKeys,
            place,
            format!("workload `{}` has no keys to read or write", shown(name)),
        );
    }
    let timeout = cx.or_default(key("timeout"), text.timeout.map(|t| t.value), Span::secs(10));
    if timeout == Span::ZERO {
        let place = text.timeout.map(|t| t.place);
        cx.errors.error(Code::ZeroTimeout, place, "with a time-out of zero no operation succeeds");
    }
    Workload {
        name: name.to_string(),
        rate_per_s: text.rate.0,
        arrivals: arrivals(cx, key("arrivals"), text.arrivals),
        reads: text.reads.0,
        write_once: write_once.0,
        mix,
        registers,
        objects,
        skew,
        document_bytes: document(cx, key("document-size"), text.document_size),
        timeout,
        read_level: level(cx, text.level.as_ref(), system),
        affinity: affinity(cx, key("affinity"), text.affinity),
        batch_keys,
    }
}

fn arrivals(cx: &mut Context<'_>, key: String, text: Option<ArrivalsText>) -> Arrivals {
    match text {
        Some(ArrivalsText::Even) => Arrivals::Even,
        Some(ArrivalsText::Poisson) => Arrivals::Poisson,
        None => {
            cx.assume(key, "poisson", "default");
            Arrivals::Poisson
        }
    }
}

fn affinity(cx: &mut Context<'_>, key: String, text: Option<AffinityText>) -> Affinity {
    match text {
        Some(AffinityText::One) => Affinity::One,
        Some(AffinityText::All) => Affinity::All,
        None => {
            cx.assume(key, "all", "default");
            Affinity::All
        }
    }
}

fn mix(cx: &mut Context<'_>, text: &WorkloadText, registers: u32, objects: u32, batch_keys: u32) -> WriteMix {
    let Some(Located { value, place }) = &text.mix else { return WriteMix::default() };
    let MixText { insert, replace, delete, conditional, batch } = value;
    let share = |share: &Option<Share>| share.map_or(0.0, |share| share.0);
    let mix = WriteMix {
        insert: share(insert),
        replace: share(replace),
        delete: share(delete),
        conditional: share(conditional),
        batch: share(batch),
    };
    let of_objects = mix.insert + mix.replace + mix.delete + mix.conditional;
    // Shares are decimal: five of 20 % may exceed 1 in the last bit.
    if of_objects + mix.batch > 1.0 + 1e-9 {
        let total = Share(of_objects + mix.batch);
        cx.errors.error(Code::MixTooLarge, *place, format!("the shares of the mix add up to {total}"));
    }
    if of_objects > 0.0 && objects == 0 {
        let message = "inserts, replaces, deletes and conditional writes need object keys";
        let place = text.objects.map_or(*place, |objects| objects.place);
        cx.errors.error(Code::NeedsObjects, place, message).hint("for example `objects = 20`");
    }
    if mix.batch > 0.0 && (batch_keys < 2 || batch_keys > registers) {
        let place = text.batch_keys.map_or(*place, |keys| keys.place);
        let message = format!("a batch of {batch_keys} keys, of {registers} that there are");
        cx.errors.error(Code::BatchKeys, place, message);
    }
    mix
}

fn document(cx: &mut Context<'_>, key: String, text: Option<Located<SizeText>>) -> Law {
    let Some(Located { value, place }) = text else {
        let usual = Bytes(1024);
        cx.assume(key, usual, "default");
        return Law::Constant(usual.0 as f64);
    };
    let (law, least, most) = value.law();
    if least.0 == 0 || most > LARGEST_DOCUMENT {
        cx.errors.error(Code::DocumentSize, place, "documents have between 1 byte and 2 GiB");
    } else if let Err(error) = law.check() {
        cx.errors.error(Code::BadLaw, place, error.to_string());
    }
    law
}

fn level(
    cx: &mut Context<'_>,
    text: Option<&Located<String>>,
    system: Option<&SystemInfo>,
) -> Option<String> {
    let text = text?;
    if let Some(system) = system
        && !system.levels.contains(&text.as_str())
    {
        let message = format!("`{}` has no consistency level `{}`", system.name, shown(text));
        cx.errors
            .error(Code::UnknownLevel, text.place, message)
            .did_you_mean(text, system.levels.iter().copied());
    }
    Some(text.value.clone())
}

fn clients(cx: &mut Context<'_>, topology: &Resolved, workload: WorkloadId, name: &str, text: &WorkloadText) {
    let mut number = 0u32;
    if text.clients.0.is_empty() {
        cx.errors.error(Code::NoClients, text.clients.place, "the list of clients is empty");
    }
    for group in &text.clients.0 {
        if group.count.value == 0 {
            cx.errors.error(Code::NoClients, group.count.place, "a group of no clients");
        }
        let total = cx.plan.clients.len() as u64 + u64::from(group.count.value);
        if total > MOST_CLIENTS {
            let message = format!("{total} clients are more than the {MOST_CLIENTS} that are allowed");
            cx.errors.error(Code::TopologySize, group.count.place, message);
            continue;
        }
        let Some(region) = cx.plan.topology.region(&group.region) else {
            unknown_region(cx, topology, &group.region);
            continue;
        };
        for _ in 0..group.count.value {
            let node = cx.plan.topology.nodes.push(Machine {
                path: client_path(name, number),
                role: NodeRole::Client,
                region: Some(region),
                zone: None,
                domain: None,
                fails_with_place: group.fail_with_region.unwrap_or(true),
            });
            cx.plan.clients.push(Client { workload, number, region, node });
            number += 1;
        }
    }
}

/// Clients may sit where the system is not deployed, but the region has to be in the topology.
fn unknown_region(cx: &mut Context<'_>, topology: &Resolved, region: &Located<String>) {
    let names = cx.plan.topology.regions.iter().map(|(_, region)| region.name.as_str());
    let error = cx.errors.error(
        Code::UnknownRegion,
        region.place,
        format!("the scenario has no region `{}`", shown(region)),
    );
    if topology.catalog.as_ref().is_some_and(|catalog| catalog.region(region).is_some()) {
        error.hint("add it to `regions` in `[topology]`; systems have `regions` of their own for where they are deployed");
    } else {
        error.did_you_mean(region, names);
    }
}
