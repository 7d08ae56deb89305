//! A token bucket, and the share of it that another spends.

use crate::base::time::{SimTime, Span};

const NANOS: u128 = 1_000_000_000;

/// Tokens as whole millionths; negative and NaN count as none, too many saturate.
fn micro(tokens: f64) -> u64 {
    (tokens * 1e6).round() as u64
}

/// A bucket that fills at a rate up to a burst: over any stretch of time t, no more than `rate * t + burst` tokens leave it.
///
/// It counts in whole millionths of a token and carries what is left over, so that the same calls give the same answers
/// however they are split in time. Amounts, rate and burst are rounded to millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenBucket {
    /// Millionths of a token per second.
    rate: u64,
    /// Millionths of a token.
    burst: u64,
    /// Millionths of a token, as of `filled`.
    level: u64,
    /// What has dripped in beyond `level`, in 10^-9 millionths; below 10^9, and 0 when full.
    fraction: u64,
    filled: SimTime,
}

impl TokenBucket {
    /// A full bucket: `rate_per_s` tokens a second, up to `burst` tokens.
    pub fn new(rate_per_s: f64, burst: f64) -> Self {
        let burst = micro(burst);
        TokenBucket { rate: micro(rate_per_s), burst, level: burst, fraction: 0, filled: SimTime::ZERO }
    }

    /// Takes `amount` tokens.
    ///
    /// # Errors
    /// Nothing is taken when there are too few; the error is how long until there would be enough if nobody took any:
    /// [`Span::MAX`] when that never happens (more than the burst, or no rate).
    pub fn take(&mut self, amount: f64, now: SimTime) -> Result<(), Span> {
        self.fill(now);
        let amount = micro(amount);
        if amount <= self.level {
            self.level -= amount;
            return Ok(());
        }
        if amount > self.burst || self.rate == 0 {
            return Err(Span::MAX);
        }
        let missing = u128::from(amount - self.level) * NANOS - u128::from(self.fraction);
        let wait = missing.div_ceil(u128::from(self.rate));
        // A caller whose clock is behind the bucket's waits until the bucket's has come that far.
        let behind = self.filled.since(now);
        Err(Span(u64::try_from(wait).unwrap_or(u64::MAX)) + behind)
    }

    /// How many tokens there are.
    pub fn available(&self, now: SimTime) -> f64 {
        let mut filled = *self;
        filled.fill(now);
        filled.level as f64 / 1e6
    }

    /// Changes rate and burst from `now` on. Tokens beyond the new burst are lost; a greater burst fills with time.
    pub fn set_rate(&mut self, rate_per_s: f64, burst: f64, now: SimTime) {
        self.fill(now);
        self.rate = micro(rate_per_s);
        self.burst = micro(burst);
        if self.level >= self.burst {
            (self.level, self.fraction) = (self.burst, 0);
        }
    }

    /// Tokens per second.
    pub fn rate(&self) -> f64 {
        self.rate as f64 / 1e6
    }

    /// The most tokens it holds.
    pub fn burst(&self) -> f64 {
        self.burst as f64 / 1e6
    }

    /// Lets in what has dripped since the last look; a time before that changes nothing.
    fn fill(&mut self, now: SimTime) {
        let dripped =
            u128::from(self.rate) * u128::from(now.since(self.filled).0) + u128::from(self.fraction);
        self.filled = self.filled.max(now);
        let room = u128::from(self.burst - self.level);
        if dripped >= room * NANOS {
            (self.level, self.fraction) = (self.burst, 0);
        } else {
            // Both fit: the quotient is below the room, the remainder below 10^9.
            self.level += (dripped / NANOS) as u64;
            self.fraction = (dripped % NANOS) as u64;
        }
    }
}

/// Tokens granted in advance by the holder of a bucket, spent elsewhere without asking for each one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Millionths of a token.
    balance: u64,
    low: u64,
    full: u64,
}

impl Share {
    /// An empty share that asks for more when it falls below `low` tokens, up to `full`.
    pub fn new(low: f64, full: f64) -> Self {
        let low = micro(low);
        Share { balance: 0, low, full: micro(full).max(low) }
    }

    /// Spends `amount` tokens; false, with nothing spent, when there are too few.
    pub fn spend(&mut self, amount: f64) -> bool {
        let left = self.balance.checked_sub(micro(amount));
        self.balance = left.unwrap_or(self.balance);
        left.is_some()
    }

    /// Whether it is time to ask for more.
    pub fn wants_refill(&self) -> bool {
        self.balance < self.low
    }

    /// How many tokens would fill it: what to ask for.
    pub fn shortfall(&self) -> f64 {
        self.full.saturating_sub(self.balance) as f64 / 1e6
    }

    /// The bucket's holder took `amount` tokens from it for this share.
    pub fn refill(&mut self, amount: f64) {
        self.balance = self.balance.saturating_add(micro(amount));
    }

    /// The tokens left.
    pub fn balance(&self) -> f64 {
        self.balance as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::ZERO + Span::millis(ms)
    }

    #[test]
    fn a_bucket_starts_full_and_says_how_long_to_wait() {
        let mut b = TokenBucket::new(400.0, 400.0);
        assert_eq!(b.take(400.0, at(0)), Ok(()));
        assert_eq!(b.take(10.0, at(0)), Err(Span::millis(25)));
        assert_eq!(b.take(10.0, at(24)), Err(Span::millis(1)));
        assert_eq!(b.take(10.0, at(25)), Ok(()));
        assert_eq!(b.available(at(25)), 0.0);
    }

    #[test]
    fn it_never_holds_more_than_its_burst() {
        let b = TokenBucket::new(400.0, 50.0);
        assert_eq!(b.available(at(3_600_000)), 50.0);
    }

    #[test]
    fn what_can_never_be_had_is_worth_no_wait() {
        let mut b = TokenBucket::new(400.0, 50.0);
        assert_eq!(b.take(50.1, at(0)), Err(Span::MAX));
        let mut dry = TokenBucket::new(0.0, 1.0);
        assert_eq!(dry.take(1.0, at(0)), Ok(()));
        assert_eq!(dry.take(1.0, at(9)), Err(Span::MAX));
    }

    #[test]
    fn looking_often_does_not_change_what_drips_in() {
        // A third of a millionth per nanosecond-step: every look leaves a remainder.
        let (mut often, mut once) =
            (TokenBucket::new(333.333333, 100.0), TokenBucket::new(333.333333, 100.0));
        assert_eq!((often.take(100.0, at(0)), once.take(100.0, at(0))), (Ok(()), Ok(())));
        for ns in 0..10_000 {
            assert!(often.take(100.0, SimTime(ns * 7)).is_err());
        }
        assert!(once.take(100.0, SimTime(9_999 * 7)).is_err());
        assert_eq!(often, once);
    }

    #[test]
    fn a_new_rate_holds_from_now_on_and_a_smaller_burst_spills() {
        let mut b = TokenBucket::new(100.0, 100.0);
        assert_eq!(b.take(100.0, at(0)), Ok(()));
        b.set_rate(1000.0, 1000.0, at(500));
        assert_eq!(b.available(at(500)), 50.0);
        assert_eq!(b.available(at(600)), 150.0);
        b.set_rate(10.0, 20.0, at(600));
        assert_eq!((b.available(at(600)), b.rate(), b.burst()), (20.0, 10.0, 20.0));
    }

    #[test]
    fn time_that_goes_back_adds_nothing_and_lengthens_the_wait() {
        let mut b = TokenBucket::new(100.0, 100.0);
        assert_eq!(b.take(100.0, at(1000)), Ok(()));
        assert_eq!(b.take(1.0, at(900)), Err(Span::millis(110)));
        assert_eq!(b.take(1.0, at(1009)), Err(Span::millis(1)));
        assert_eq!(b.take(1.0, at(1010)), Ok(()));
    }

    #[test]
    fn nonsense_amounts_do_no_harm() {
        let mut b = TokenBucket::new(f64::INFINITY, f64::INFINITY);
        assert_eq!(b.take(1e12, SimTime::MAX), Ok(()));
        let mut b = TokenBucket::new(1.0, 1.0);
        assert_eq!((b.take(f64::NAN, at(0)), b.take(-5.0, at(0))), (Ok(()), Ok(())));
        assert_eq!(b.available(at(0)), 1.0);
        assert_eq!(b.take(f64::INFINITY, at(0)), Err(Span::MAX));
    }

    #[test]
    fn a_share_spends_only_what_it_was_granted() {
        let mut s = Share::new(10.0, 40.0);
        assert!(!s.spend(1.0) && s.wants_refill());
        assert_eq!(s.shortfall(), 40.0);
        s.refill(40.0);
        assert!(!s.wants_refill());
        assert!(s.spend(30.0) && !s.wants_refill());
        assert!(!s.spend(10.5));
        assert!(s.spend(0.5) && s.wants_refill());
        assert_eq!(s.balance(), 9.5);
    }
}
