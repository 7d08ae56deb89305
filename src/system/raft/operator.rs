//! The operator: sends an order to all replicas, of which the leaders act, until every partition has carried it out.

use super::Cx;
use super::command::Command;
use super::message::Msg;
use super::settings::{Directory, Settings};
use super::timer::Timer;
use crate::base::ids::{ActionId, PartitionId};
use crate::base::time::Span;
use crate::engine::record::Answer;
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
}

impl Operator {
    /// One with nothing to do.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Operator {
        Operator { settings, directory, orders: BTreeMap::new() }
    }

    /// Whether no order is under way.
    pub fn idle(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx) {
        self.set_aside(&command, cx);
        let open: BTreeSet<PartitionId> = self.directory.replicas.keys().copied().collect();
        self.orders.insert(id, (Arc::new(command), open.clone()));
        for partition in open {
            self.order(id, partition, cx);
        }
    }

    /// The latest order counts: one about the same that is not carried out yet would be undone, and undo it in turn.
    fn set_aside(&mut self, by: &Command, cx: Cx) {
        let about = |order: &Command| match order {
            Command::TransferLeadership(_) => None,
            Command::AddMembers(region) | Command::RemoveMembers(region) => Some(*region),
        };
        let same = self.orders.iter().filter(|(_, (order, _))| about(order) == about(by));
        for id in same.map(|(id, _)| *id).collect::<Vec<ActionId>>() {
            self.refuse(id, "a later order says otherwise".into(), cx);
        }
    }

    fn refuse(&mut self, id: ActionId, why: String, cx: Cx) {
        let Some((_, open)) = self.orders.remove(&id) else { return };
        for partition in open {
            cx.cancel_timer(Timer::Order(id, partition));
        }
        cx.answer(id, Answer::Refused(why));
    }

    pub(super) fn order(&mut self, id: ActionId, partition: PartitionId, cx: Cx) {
        let Some((order, open)) = self.orders.get(&id) else { return };
        let Some(replicas) = self.directory.replicas.get(&partition).filter(|_| open.contains(&partition))
        else {
            return;
        };
        for (to, slot) in replicas.iter().zip(&self.settings.slots) {
            if slot.kind != super::config::Kind::Witness {
                cx.send(*to, Msg::Order(id, order.clone()));
            }
        }
        cx.set_timer(Timer::Order(id, partition), AGAIN);
    }

    pub(super) fn on_ordered(&mut self, id: ActionId, partition: PartitionId, why: Option<&str>, cx: Cx) {
        let Some((_, open)) = self.orders.get_mut(&id) else { return };
        if let Some(why) = why {
            return self.refuse(id, format!("partition {}: {why}", partition.0), cx);
        }
        cx.cancel_timer(Timer::Order(id, partition));
        open.remove(&partition);
        if open.is_empty() {
            self.orders.remove(&id);
            cx.answer(id, Answer::Done);
        }
    }
}
