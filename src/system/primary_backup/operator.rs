//! The operator: sends an order to all replicas, of which those concerned act, until every partition has carried it out.
//! With manual promotion also the person who is called when a primary is silent.

use super::Cx;
use super::Kin;
use super::command::Command;
use super::message::Msg;
use super::settings::{Directory, Promotion, Settings};
use super::timer::Timer;
use crate::base::ids::{ActionId, PartitionId};
use crate::base::time::Span;
use crate::engine::record::{Answer, Change};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An order that is not carried out yet is given again this often.
const AGAIN: Span = Span::millis(200);

/// The operator.
#[derive(Clone, Debug)]
pub struct Operator {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    orders: BTreeMap<ActionId, (Arc<Command>, BTreeSet<PartitionId>)>,
    /// Partitions whose primary was said to be silent since the last decision.
    alarms: BTreeSet<PartitionId>,
}

impl Operator {
    /// One with nothing to do.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Operator {
        Operator { settings, directory, orders: BTreeMap::new(), alarms: BTreeSet::new() }
    }

    /// Whether no order is under way.
    pub fn idle(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn on_admin<S: Kin>(&mut self, id: ActionId, command: Command, cx: Cx<S>) {
        let open: BTreeSet<PartitionId> = self.directory.replicas.keys().copied().collect();
        self.orders.insert(id, (Arc::new(command), open.clone()));
        for partition in open {
            self.order(id, partition, cx);
        }
    }

    pub(super) fn order<S: Kin>(&mut self, id: ActionId, partition: PartitionId, cx: Cx<S>) {
        let Some((order, open)) = self.orders.get(&id) else { return };
        let replicas = self.directory.replicas.get(&partition).filter(|_| open.contains(&partition));
        let Some(replicas) = replicas else { return };
        for to in replicas {
            cx.send(*to, Msg::Order(id, order.clone()));
        }
        cx.set_timer(Timer::Order(id, partition), AGAIN);
    }

    pub(super) fn on_ordered<S: Kin>(
        &mut self,
        id: ActionId,
        partition: PartitionId,
        why: Option<&str>,
        cx: Cx<S>,
    ) {
        let Some((_, open)) = self.orders.get_mut(&id) else { return };
        if let Some(why) = why {
            for partition in std::mem::take(open) {
                cx.cancel_timer(Timer::Order(id, partition));
            }
            self.orders.remove(&id);
            return cx.answer(id, Answer::Refused(format!("partition {}: {why}", partition.0)));
        }
        cx.cancel_timer(Timer::Order(id, partition));
        open.remove(&partition);
        if open.is_empty() {
            self.orders.remove(&id);
            cx.answer(id, Answer::Done);
        }
    }

    /// A backup says that its primary is silent: the first word calls the person.
    pub(super) fn on_alarm<S: Kin>(&mut self, partition: PartitionId, cx: Cx<S>) {
        let Promotion::Manual(decide) = &self.settings.promotion else { return };
        if self.alarms.is_empty() {
            let after = decide.span(cx.random("decide"));
            cx.set_timer(Timer::Decide, after);
        }
        self.alarms.insert(partition);
    }

    /// The person decides, for every partition that is still without a primary.
    pub(super) fn decide<S: Kin>(&mut self, cx: Cx<S>) {
        for partition in std::mem::take(&mut self.alarms) {
            let what = format!("partition {} is to have another primary", partition.0);
            cx.change(Change::Decided { what, partition: Some(partition) });
            for to in self.directory.replicas.get(&partition).into_iter().flatten() {
                cx.send(*to, Msg::TakeOver);
            }
        }
    }
}
