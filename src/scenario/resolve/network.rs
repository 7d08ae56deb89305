//! Delays, bandwidth and loss, and disks.

use super::Context;
use super::links::{self, Overrides};
use super::topology::Resolved;
use crate::base::diagnostics::Code;
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{Located, Node, law};
use crate::base::ids::{IdVec, RegionId};
use crate::model::plan::NetworkPlan;
use crate::scenario::sections;
use crate::scenario::text::DiskText;

/// One-way delay in seconds to and from global services, where no catalogue says otherwise.
const GLOBAL_S: f64 = 0.020;
/// Seconds until a record is durable, where no catalogue says otherwise.
const PERSIST_S: f64 = 0.001;

pub(super) fn resolve(cx: &mut Context<'_>, root: &Node, topology: &Resolved) {
    let text = &topology.text;
    let catalog = topology.catalog.as_ref();
    let intra_zone = required(cx, "intra-zone", &text.intra_zone, catalog.map(|c| c.intra_zone()), topology);
    let inter_zone = required(cx, "inter-zone", &text.inter_zone, catalog.map(|c| c.inter_zone()), topology);
    let global = assumed(cx, "topology.global", &text.global, catalog.map(|c| c.global()), GLOBAL_S);
    let links = links::resolve(cx, root);
    let pairs = pairs(cx, topology, &links);
    let disk: DiskText = sections::table(root, "disk", cx.errors).map(|t| t.value).unwrap_or_default();
    cx.plan.disk.persist =
        assumed(cx, "disk.persist", &disk.persist, catalog.map(|c| c.persist()), PERSIST_S);
    let all = |cx: &Context<'_>| -> Vec<RegionId> { cx.plan.topology.regions.ids().collect() };
    let regions = all(cx);
    let matrix =
        |value: &dyn Fn(RegionId, RegionId) -> Option<f64>| -> IdVec<RegionId, IdVec<RegionId, Option<f64>>> {
            regions.iter().map(|&from| regions.iter().map(|&to| value(from, to)).collect()).collect()
        };
    let bandwidth = matrix(&|from, to| links.bandwidth.get(&(from, to)).map(|value| value.value));
    let loss = matrix(&|from, to| links.loss.get(&(from, to)).map(|value| value.value));
    let loss = loss.iter().map(|(_, row)| row.iter().map(|(_, p)| p.unwrap_or(0.0)).collect()).collect();
    cx.plan.network = NetworkPlan { intra_zone, inter_zone, pairs, global, bandwidth, loss };
}

/// A law that is written or in the catalogue; there is no usual one.
fn required(
    cx: &mut Context<'_>,
    key: &str,
    text: &Option<Located<SpanLaw>>,
    known: Option<Law>,
    topology: &Resolved,
) -> Law {
    match (text, known) {
        (Some(text), _) => law(text, cx.errors).unwrap_or_default(),
        (None, Some(known)) => known,
        (None, None) => {
            if !topology.catalog_failed {
                let message = format!("without a catalogue, `[topology]` needs `{key}`");
                let hint = format!("`catalog = \"azure\"`, or `{key} = {{ constant = \"500us\" }}`");
                cx.errors.error(Code::NeedsCatalog, topology.text.place, message).hint(hint);
            }
            Law::default()
        }
    }
}

/// A law that is written, in the catalogue, or assumed to be constant.
fn assumed(
    cx: &mut Context<'_>,
    key: &str,
    text: &Option<Located<SpanLaw>>,
    known: Option<Law>,
    seconds: f64,
) -> Law {
    match (text, known) {
        (Some(text), _) => law(text, cx.errors).unwrap_or_default(),
        (None, Some(known)) => known,
        (None, None) => {
            let law = Law::Constant(seconds);
            cx.assume(key, law.to_string(), "assumed");
            law
        }
    }
}

fn pairs(
    cx: &mut Context<'_>,
    topology: &Resolved,
    links: &Overrides,
) -> IdVec<RegionId, IdVec<RegionId, Law>> {
    let regions = cx.plan.topology.regions.clone();
    let mut rows = IdVec::new();
    for (from, sender) in regions.iter() {
        let mut row = IdVec::new();
        for (to, receiver) in regions.iter() {
            let given = links.delay.get(&(from, to)).map(|value| value.value.clone());
            let known = || topology.catalog.as_ref().and_then(|c| c.one_way(&sender.name, &receiver.name));
            let law = given.clone().or_else(known);
            let needless = from == to
                || topology.catalog_failed
                || topology.unknown.contains(&from)
                || topology.unknown.contains(&to);
            if law.is_none() && !needless {
                missing(cx, topology, (from, &sender.name), (to, &receiver.name), links);
            }
            if let (Some(law), None, Some(catalog)) = (&law, given, &topology.catalog) {
                let key = format!("link.{:?}", format!("{}->{}", sender.name, receiver.name));
                cx.assume(key, law.to_string(), format!("catalog {}, {}", catalog.name(), catalog.source()));
            }
            row.push(law.unwrap_or_default());
        }
        rows.push(row);
    }
    rows
}

/// Reports a pair without a delay: once if neither direction has one.
fn missing(
    cx: &mut Context<'_>,
    topology: &Resolved,
    from: (RegionId, &str),
    to: (RegionId, &str),
    links: &Overrides,
) {
    let other_way = links.delay.contains_key(&(to.0, from.0));
    if !other_way && to.0 < from.0 {
        return;
    }
    let (arrow, between) = if other_way {
        ("->", format!("no delay is known from `{}` to `{}`", from.1, to.1))
    } else {
        ("<->", format!("no delay is known between `{}` and `{}`", from.1, to.1))
    };
    let places = &topology.text.regions;
    let place = places.iter().find(|name| name.as_str() == to.1).map_or(places.place, |name| name.place);
    let hint = format!(
        "give one: `[[link]]` with `scope = \"link:{}{arrow}{}\"` and `rtt = \"60ms\"`",
        from.1, to.1
    );
    cx.errors.error(Code::NoLatency, place, between).hint(hint);
}
