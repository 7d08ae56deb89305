//! Serving reads at each level (COS-5).

use super::write::{GONE, REGION_GONE, SESSION_BEHIND, SESSION_LOST, value_in};
use super::{Cx, Replica};
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::model::operation::{Action, Key, Observed, Status, WriteId};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Ask, Msg, Reply, Token};
use crate::system::cosmos_db::mutation::Mutation;
use std::sync::Arc;

/// What a region sent before its data began anew has arrived, or been passed on, within this time.
const ALL_IN: Span = Span::mins(1);

impl Replica {
    pub(super) fn on_read(&mut self, from: ActorId, ask: Box<Ask>, cx: Cx) {
        if !self.serving || !self.current {
            return self.refuse(from, &ask, GONE, Span::ZERO, cx);
        }
        if !self.region_may_serve(ask.level, cx) {
            return self.refuse(from, &ask, REGION_GONE, Span::ZERO, cx);
        }
        let charge = self.read_charge(&ask);
        if !ask.free && ask.target == 0 && !self.settings.without(Mutation::NoThroughputLimit) {
            let taken = self.units.take(charge, cx.monotonic());
            if self.units.wants_more(cx.monotonic()) {
                self.ask_units(cx);
            }
            if let Err(wait) = taken {
                return self.refuse(from, &ask, Status::THROTTLED, wait, cx);
            }
        }
        match self.token_state(&ask, cx.monotonic()) {
            TokenState::Behind => self.refuse(from, &ask, SESSION_BEHIND, Span::ZERO, cx),
            TokenState::Lost => self.refuse(from, &ask, SESSION_LOST, Span::ZERO, cx),
            TokenState::Met => self.answer_read(from, &ask, charge as f32, cx),
        }
    }

    /// Strong and bounded reads ask two replicas, each of which charges its read: twice the price together (COS-5).
    fn read_charge(&self, ask: &Ask) -> f64 {
        let kilobytes = (f64::from(ask.bytes) / 1024.0).ceil().max(1.0);
        let half = self.settings.without(Mutation::ChargeReadsOnce) && ask.level.reads_by_quorum();
        self.settings.read_charge * kilobytes * if half { 0.5 } else { 1.0 }
    }

    /// COS-5, COS-13: an offline, syncing or removed region serves nothing; strong and bounded reads need a lease,
    /// so that a region that is cut off stops in time.
    fn region_may_serve(&self, level: Level, cx: Cx) -> bool {
        if self.settings.without(Mutation::ServeBeforeSync)
            || self.settings.without(Mutation::ServeBeforeCopy)
        {
            return true;
        }
        if !self.config.may_serve(&self.settings, self.partition, self.region) {
            return false;
        }
        if self.settings.without(Mutation::ForgetThrottling) {
            return true;
        }
        let now = cx.monotonic();
        let promises = self.settings.leased() && level.reads_by_quorum();
        !promises || (self.lease_until > now && self.is_fresh(now))
    }

    pub(super) fn token_state(&self, ask: &Ask, now: SimTime) -> TokenState {
        match &ask.token {
            None => TokenState::Met,
            Some(Token::Vector(v)) => {
                // A write comes after all that is in the log here, whether it has been applied or not.
                let here = if ask.action.is_write() { &self.vector } else { &self.applied_vector() };
                // What began anew will never have what is lacking of the time before, once all that was sent is in.
                let over = now.since(self.anew) >= ALL_IN;
                let lost = |(origin, seq)| over && here.get(origin) < seq && self.config.is_over(origin);
                match here.covers(v) {
                    true => TokenState::Met,
                    false if v.iter().any(lost) => TokenState::Lost,
                    false => TokenState::Behind,
                }
            }
            Some(Token::Log(_, 0)) => TokenState::Met,
            Some(Token::Log(term, index)) => {
                if *index <= self.commit && self.log.lineage().holds(*term, *index, self.log.last()) {
                    return TokenState::Met;
                }
                let epoch_of_token = term.0 >> 32;
                let known = self.log.lineage().holds(*term, *index, self.log.last());
                let newer = self.log.term_of(self.commit).is_some_and(|t| t.0 >> 32 > epoch_of_token);
                // Who takes over asks the other regions first: one of them may have what is lacking here.
                let taken_over =
                    self.is_writer() && self.leader.writable && u64::from(self.epoch) > epoch_of_token;
                if !known && (newer || taken_over) { TokenState::Lost } else { TokenState::Behind }
            }
        }
    }

    fn answer_read(&self, from: ActorId, ask: &Ask, charge: f32, cx: Cx) {
        let strong = ask.level == Level::Strong;
        let safe = if strong { self.visible() } else { self.commit };
        let look = |key: Key| if strong { self.store.read(key) } else { self.read_committed(key) };
        let observed = match &ask.action {
            Action::BatchRead(keys) => {
                let all: Vec<(Key, Option<WriteId>)> = keys.iter().map(|k| (*k, look(*k))).collect();
                Observed::Many(Arc::from(all))
            }
            Action::ReadBack => Observed::Serials(self.serials().into()),
            _ => match look(ask.key) {
                Some(value) => Observed::Value(value),
                None => Observed::Absent,
            },
        };
        let token = match self.settings.multi() {
            true => Token::Vector(self.applied_vector()),
            false => Token::Log(self.point(safe).1, safe),
        };
        let reply = Reply {
            op: ask.op,
            attempt: ask.attempt,
            status: if observed == Observed::Absent { Status::new(404, 0) } else { Status::OK },
            observed,
            last: self.durable,
            safe,
            position: None,
            token: Some(token),
            writer: self.config.writes(&self.settings, self.partition, self.region),
            charge,
            retry_after: Span::ZERO,
        };
        cx.send(from, Msg::Reply(Box::new(reply)));
    }

    /// The committed value, also where the documents lag behind the commit (strong accounts show weaker readers what is
    /// not yet committed everywhere).
    fn read_committed(&self, key: Key) -> Option<WriteId> {
        for index in (self.applied + 1..=self.commit).rev() {
            if let Some(entry) = self.log.get(index)
                && let Some(value) = value_in(&entry.body, key)
            {
                return value;
            }
        }
        self.store.read(key)
    }

    fn serials(&self) -> Vec<(u64, u64)> {
        let mut all = self.store.serials().clone();
        for index in self.applied + 1..=self.visible() {
            if let Some(entry) = self.log.get(index) {
                entry.body.writes().filter(|(k, _)| k.is_once()).for_each(|(k, _)| {
                    all.insert(k.number());
                });
            }
        }
        all.ranges().to_vec()
    }
}

pub(super) enum TokenState {
    Met,
    Behind,
    Lost,
}
