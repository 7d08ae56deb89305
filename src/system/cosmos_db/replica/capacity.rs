//! Request units (COS-7): one budget per partition and region, kept by the leader, lent out to the secondaries.

use super::{Cx, Replica};
use crate::algorithm::token_bucket::TokenBucket;
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::system::cosmos_db::message::Msg;
use std::collections::VecDeque;

/// A secondary borrows this share of a second's budget at a time.
const LOAN: f64 = 0.05;
/// As many secondaries share what the leader lends.
const BORROWERS: f64 = 3.0;

/// A request for units that is not answered for this long was lost.
const ASK_AGAIN: Span = Span::secs(1);

/// Nobody is told to come back later than this: the client library does not wait so long.
const LONGEST: Span = Span::secs(30);

/// A replica's view of the budget.
#[derive(Clone, Debug)]
pub struct Units {
    bucket: TokenBucket,
    rate: f64,
    leads: bool,
    balance: f64,
    /// A secondary: it has asked, and does not ask again before this time unless it is answered.
    asked_until: SimTime,
    /// A secondary: the leader has none to lend before this time.
    dry_until: SimTime,
    queue: Queue,
}

/// Who was told to come back, and for how much: whoever is refused next is told to come after them. Nothing is set
/// aside for them, though: units that are there go to whoever asks.
#[derive(Clone, Debug, Default)]
struct Queue {
    /// When, and millionths of a unit.
    told: VecDeque<(SimTime, u64)>,
    /// Their sum.
    sum: u64,
}

impl Queue {
    /// When to come back for `amount` units if `there` are there, `rate` come in each second, and all in the queue come
    /// before. [`Span::MAX`] when that is later than anybody waits.
    fn join(&mut self, amount: f64, there: f64, rate: f64, now: SimTime) -> Span {
        while let Some((_, units)) = self.told.front().filter(|(due, _)| *due <= now).copied() {
            self.sum -= units;
            self.told.pop_front();
        }
        let missing = (self.sum as f64 / 1e6 + amount - there).max(0.0);
        let wait = Span::from_secs_f64((missing / rate).min(LONGEST.seconds() * 2.0));
        if wait > LONGEST || rate <= 0.0 {
            return Span::MAX;
        }
        let wait = wait.max(Span::millis(1));
        let units = (amount * 1e6) as u64;
        let due = self.told.back().map_or(now + wait, |(last, _)| (now + wait).max(*last));
        self.told.push_back((due, units));
        self.sum += units;
        wait
    }
}

impl Units {
    /// The budget of a set with `rate` units a second; bursts of one second.
    pub fn new(rate: f64) -> Units {
        let bucket = TokenBucket::new(rate, rate);
        let balance = rate * LOAN;
        let queue = Queue::default();
        Units {
            bucket,
            rate,
            leads: false,
            balance,
            asked_until: SimTime::ZERO,
            dry_until: SimTime::ZERO,
            queue,
        }
    }

    pub(super) fn begin(&mut self, leads: bool, rate: f64, now: SimTime) {
        self.leads = leads;
        self.asked_until = now;
        self.dry_until = now;
        self.queue = Queue::default();
        self.set_rate(rate, now);
    }

    pub(super) fn set_rate(&mut self, rate: f64, now: SimTime) {
        if rate != self.rate {
            self.rate = rate;
            self.bucket.set_rate(rate, rate, now);
            self.queue = Queue::default();
            self.dry_until = now;
        }
    }

    /// Takes units, or says when to come back: when there will be enough for all who were told to come before, and for
    /// this one.
    pub(super) fn take(&mut self, amount: f64, now: SimTime) -> Result<(), Span> {
        if self.leads {
            return match self.bucket.take(amount, now) {
                Err(wait) if wait < Span::MAX => {
                    Err(self.queue.join(amount, self.bucket.available(now), self.rate, now))
                }
                other => other,
            };
        }
        if self.balance < amount {
            let wait = self.queue.join(amount, self.balance, self.rate / BORROWERS, now);
            return Err(wait.max(self.dry_until.since(now)));
        }
        self.balance -= amount;
        Ok(())
    }

    pub(super) fn wants_more(&self, now: SimTime) -> bool {
        !self.leads
            && now >= self.asked_until
            && now >= self.dry_until
            && self.balance < self.rate * LOAN / 2.0
    }

    /// The leader has lent units, or none before `wait` has passed.
    pub(super) fn granted(&mut self, amount: f64, wait: Span, now: SimTime) {
        self.asked_until = now;
        self.dry_until = now + wait;
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
            self.units.asked_until = cx.monotonic() + ASK_AGAIN;
            cx.send(set.leader, Msg::MoreUnits);
        }
    }

    /// A secondary asks for units; it gets half a loan, or what is left.
    pub(super) fn on_more_units(&mut self, from: ActorId, cx: Cx) {
        let now = cx.monotonic();
        let loan = self.units.rate * LOAN / 2.0;
        let (granted, wait) = match self.units.take(loan, now) {
            Ok(()) => (loan, Span::ZERO),
            Err(wait) => (0.0, wait.min(LONGEST)),
        };
        cx.send(from, Msg::Units(granted, wait));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::ZERO + Span::millis(ms)
    }

    #[test]
    fn whoever_is_refused_is_told_to_come_after_those_before() {
        let mut units = Units::new(400.0);
        units.begin(true, 400.0, at(0));
        let waits: Vec<_> = (0..82).map(|_| units.take(5.0, at(0))).collect();
        assert!(waits[..80].iter().all(Result::is_ok));
        let told = |ms: f64| Err(Span::from_secs_f64(ms / 1e3));
        assert_eq!(waits[80..], [told(12.5), told(25.0)]);
        assert_eq!(units.take(5.0, at(13)), Ok(()));
        assert_eq!(units.take(5.0, at(25)), Ok(()));
        assert_eq!(units.take(5.0, at(25)), told(12.5), "those who came do not wait any more");
    }

    #[test]
    fn nobody_is_told_to_come_back_in_an_hour() {
        let mut units = Units::new(400.0);
        units.begin(true, 400.0, at(0));
        let waits: Vec<_> = (0..10_000).filter_map(|_| units.take(5.0, at(0)).err()).collect();
        assert_eq!(waits.iter().filter(|wait| **wait < Span::MAX).count(), 2400);
        assert_eq!(units.take(500.0, at(0)), Err(Span::MAX), "more than there can ever be");
    }

    #[test]
    fn a_secondary_does_not_ask_while_the_leader_has_none() {
        let mut units = Units::new(400.0);
        units.begin(false, 400.0, at(0));
        assert!((0..20).all(|_| units.take(1.0, at(0)).is_ok()) && units.wants_more(at(0)));
        units.granted(0.0, Span::millis(50), at(1));
        assert_eq!(units.take(1.0, at(1)), Err(Span::millis(50)));
        assert!(!units.wants_more(at(50)) && units.wants_more(at(51)));
        units.granted(10.0, Span::ZERO, at(52));
        assert_eq!(units.take(1.0, at(52)), Ok(()));
    }
}
