//! Names and sign-in: under which address each machine is reached, and who may replicate (ASR-7). Both are down with
//! `dns-down`.

use super::disk::DiskRecord;
use super::message::Msg;
use super::{Cx, pop_if};
use crate::base::ids::ActorId;
use crate::engine::contract::Lsn;
use std::collections::VecDeque;

/// Names and sign-in.
#[derive(Clone, Debug, Default)]
pub struct Names {
    writing: VecDeque<(Lsn, ActorId, usize)>,
}

impl Names {
    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::SignIn => cx.send(from, Msg::SignedIn),
            Msg::Lookup(vm) => {
                let site = cx.disk().names.get(vm).map_or(0, |name| name.0);
                cx.send(from, Msg::Found(vm, site));
            }
            Msg::Point(vm, site, epoch) => {
                let lsn = cx.persist(DiskRecord::Name(vm, site, epoch));
                self.writing.push_back((lsn, from, vm));
            }
            _ => {}
        }
    }

    pub(super) fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        while let Some((_, from, vm)) = pop_if(&mut self.writing, |(lsn, ..)| *lsn <= upto) {
            let epoch = cx.disk().names.get(vm).map_or(0, |name| name.1);
            cx.send(from, Msg::Pointed(vm, epoch));
        }
    }
}
