//! `[[link]]`: what differs between two regions.

use super::Context;
use crate::base::diagnostics::{Code, Place};
use crate::base::dist::Law;
use crate::base::document::{Located, Node, law, read};
use crate::base::ids::RegionId;
use crate::model::fault::{Place as Site, Scope};
use crate::model::topology::Topology;
use crate::scenario::scope::{self, Binder};
use crate::scenario::sections;
use crate::scenario::text::LinkText;
use std::collections::BTreeMap;

/// More settings than this are refused.
const MOST: usize = 100_000;

type Directed<T> = BTreeMap<(RegionId, RegionId), Located<T>>;

/// What `[[link]]` entries say, by direction.
#[derive(Default)]
pub(super) struct Overrides {
    pub delay: Directed<Law>,
    pub bandwidth: Directed<f64>,
    pub loss: Directed<f64>,
}

pub(super) fn resolve(cx: &mut Context<'_>, root: &Node) -> Overrides {
    let mut out = Overrides::default();
    let places = std::mem::take(&mut cx.plan.topology);
    let binder = Binder::new(&places);
    let mut settings = 0;
    for (number, node) in sections::list(root, "link", cx.errors).iter().enumerate() {
        let Some(text): Option<LinkText> = read(node, &format!("link.{number}"), cx.errors) else { continue };
        let directions = directions(cx, &binder, &text.scope);
        settings += 1 + directions.len();
        if settings > MOST || cx.errors.is_flood() {
            let message = format!("with this one there are more than {MOST} link settings");
            cx.errors.error(Code::TopologySize, node.place, message);
            break;
        }
        let delay = delay(cx, &text);
        if text.one_way.is_none() && text.rtt.is_none() && text.bandwidth.is_none() && text.loss.is_none() {
            let hint = "give `one-way`, `rtt`, `bandwidth` or `loss`";
            cx.errors.error(Code::LinkWithoutEffect, node.place, "this link sets nothing").hint(hint);
        }
        if let Some(bandwidth) = text.bandwidth.filter(|b| b.0 < 1.0) {
            let message = "a link that carries less than a byte a second";
            cx.errors
                .error(Code::FaultParameter, bandwidth.place, message)
                .hint("to cut a link use a `cut` fault");
        }
        for pair in directions {
            if let Some(delay) = &delay {
                put(cx, &places, &mut out.delay, pair, delay.clone(), "delay");
            }
            if let Some(bandwidth) = text.bandwidth {
                put(cx, &places, &mut out.bandwidth, pair, bandwidth.map(|b| b.0), "bandwidth");
            }
            if let Some(loss) = text.loss {
                put(cx, &places, &mut out.loss, pair, loss.map(|p| p.0), "loss");
            }
        }
    }
    drop(binder);
    cx.plan.topology = places;
    out
}

fn delay(cx: &mut Context<'_>, text: &LinkText) -> Option<Located<Law>> {
    if let (Some(one_way), Some(rtt)) = (&text.one_way, text.rtt) {
        let error = cx.errors.error(Code::RttAndOneWay, rtt.place, "this link has two delays");
        error.also(one_way.place, "the other").hint("give either `rtt` or `one-way`");
        return None;
    }
    let half = |rtt: Located<crate::base::time::Span>| rtt.map(|rtt| Law::Constant(rtt.seconds() / 2.0));
    match &text.one_way {
        Some(one_way) => law(one_way, cx.errors).map(|value| Located { value, place: one_way.place }),
        None => text.rtt.map(half),
    }
}

/// The directed pairs of regions that a link's scope stands for.
fn directions(
    cx: &mut Context<'_>,
    binder: &Binder<'_>,
    text: &Located<String>,
) -> Vec<(RegionId, RegionId)> {
    let bound = scope::parse(text).and_then(|scope| binder.bind(text, &scope, None));
    let bound = match bound {
        Ok(bound) => bound,
        Err(error) => {
            error.report(text, text.place, cx.errors);
            return Vec::new();
        }
    };
    let mut out = Vec::new();
    for link in bound {
        match link.scope {
            Scope::Link { from: Site::Region(from), to: Site::Region(to), both } => {
                out.push((from, to));
                if both {
                    out.push((to, from));
                }
            }
            _ => {
                let message = "this is no link between two regions";
                cx.errors.error(Code::LinkEnds, text.place, message).hint("`link:A->B` or `link:A<->B`");
                break;
            }
        }
    }
    out
}

fn put<T>(
    cx: &mut Context<'_>,
    places: &Topology,
    map: &mut Directed<T>,
    pair: (RegionId, RegionId),
    value: Located<T>,
    what: &str,
) {
    let place: Place = value.place;
    if let Some(first) = map.insert(pair, value) {
        let name = |id| places.regions[id].name.clone();
        let message = format!("the {what} from `{}` to `{}` is set twice", name(pair.0), name(pair.1));
        cx.errors.error(Code::LinkTwice, place, message).also(first.place, "the first time");
    }
}
