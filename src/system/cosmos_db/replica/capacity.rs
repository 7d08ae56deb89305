//! Request units (COS-7): one budget per partition and region, kept by the leader, lent out to the secondaries.

use super::{Cx, Replica};
use crate::algorithm::token_bucket::TokenBucket;
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::system::cosmos_db::message::Msg;

/// A secondary borrows this share of a second's budget at a time.
const LOAN: f64 = 0.05;

/// A replica's view of the budget.
#[derive(Clone, Debug)]
pub struct Units {
    bucket: TokenBucket,
    rate: f64,
    leads: bool,
    balance: f64,
    asked: bool,
}

impl Units {
    /// The budget of a set with `rate` units a second; bursts of one second.
    pub fn new(rate: f64) -> Units {
        let bucket = TokenBucket::new(rate, rate);
        Units { bucket, rate, leads: false, balance: rate * LOAN, asked: false }
    }

    pub(super) fn begin(&mut self, leads: bool, rate: f64, now: SimTime) {
        self.leads = leads;
        self.asked = false;
        self.set_rate(rate, now);
    }

    pub(super) fn set_rate(&mut self, rate: f64, now: SimTime) {
        if rate != self.rate {
            self.rate = rate;
            self.bucket.set_rate(rate, rate, now);
        }
    }

    /// Takes units, or says when to come back.
    pub(super) fn take(&mut self, amount: f64, now: SimTime) -> Result<(), Span> {
        if self.leads {
            return self.bucket.take(amount, now);
        }
        if self.balance < amount {
            return Err(Span::millis(100));
        }
        self.balance -= amount;
        Ok(())
    }

    pub(super) fn wants_more(&self) -> bool {
        !self.leads && !self.asked && self.balance < self.rate * LOAN / 2.0
    }

    pub(super) fn granted(&mut self, amount: f64) {
        self.asked = false;
        self.balance = (self.balance + amount).min(self.rate * LOAN);
    }
}

impl Replica {
    /// The partition's provisioned units a second in this region.
    pub(super) fn my_units(&self) -> f64 {
        self.config.units.get(&self.region).copied().unwrap_or(self.settings.units_per_s)
    }

    pub(super) fn ask_units(&mut self, cx: Cx) {
        if let Some(set) = &self.set {
            self.units.asked = true;
            cx.send(set.leader, Msg::MoreUnits);
        }
    }

    /// A secondary asks for units; it gets half a loan, or what is left.
    pub(super) fn on_more_units(&mut self, from: ActorId, cx: Cx) {
        let now = cx.monotonic();
        let loan = self.units.rate * LOAN / 2.0;
        let granted = match self.units.bucket.take(loan, now) {
            Ok(()) => loan,
            Err(_) => 0.0,
        };
        cx.send(from, Msg::Units(granted));
    }
}
