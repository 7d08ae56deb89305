//! Token buckets, retries and breakers: what they never exceed.

use crate::config;
use geodes::algorithm::circuit_breaker::Breaker;
use geodes::algorithm::retry::{Backoff, Retry};
use geodes::algorithm::token_bucket::{Share, TokenBucket};
use geodes::base::time::{SimTime, Span};
use proptest::prelude::*;

/// Asks for tokens, as (time since the one before in ns, amount in millionths).
fn demands() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let gap = prop_oneof![0..10u64, 0..1_000_000u64, 0..2_000_000_000u64];
    prop::collection::vec((gap, 0..30_000_000u64), 1..60)
}

fn tokens(micro: u64) -> f64 {
    micro as f64 / 1e6
}

proptest! {
    #![proptest_config(config(1_000))]

    /// Exactly, in integers, and over every stretch between two takes, not only from the start.
    #[test]
    fn no_stretch_of_time_yields_more_than_rate_times_time_plus_burst(
        rate in 0..900_000_000u64, burst in 0..40_000_000u64, demands in demands()
    ) {
        let mut bucket = TokenBucket::new(tokens(rate), tokens(burst));
        let mut now = 0;
        let mut taken: Vec<(u64, u64)> = Vec::new();
        for (gap, amount) in demands {
            now += gap;
            if bucket.take(tokens(amount), SimTime(now)).is_ok() {
                taken.push((now, amount));
            }
        }
        for (first, (start, _)) in taken.iter().enumerate() {
            let mut sum = 0u128;
            for (end, amount) in &taken[first..] {
                sum += u128::from(*amount);
                let dripped = u128::from(rate) * u128::from(end - start);
                prop_assert!(sum * 1_000_000_000 <= dripped + u128::from(burst) * 1_000_000_000);
            }
        }
    }

    #[test]
    fn the_wait_it_asks_for_is_enough_and_one_nanosecond_less_is_not(
        rate in 1..900_000_000u64, burst in 1..40_000_000u64, demands in demands()
    ) {
        let mut bucket = TokenBucket::new(tokens(rate), tokens(burst));
        let mut now = 0;
        for (gap, amount) in demands {
            now += gap;
            let amount = amount.min(burst);
            if let Err(wait) = bucket.take(tokens(amount), SimTime(now)) {
                prop_assert!(wait > Span::ZERO);
                let mut early = bucket;
                prop_assert_eq!(early.take(tokens(amount), SimTime(now + wait.0 - 1)), Err(Span(1)));
                now += wait.0;
                prop_assert_eq!(bucket.take(tokens(amount), SimTime(now)), Ok(()));
            }
        }
    }

    #[test]
    fn looking_in_between_changes_nothing(
        rate in 0..900_000_000u64, burst in 1..40_000_000u64, looks in prop::collection::vec(0..5_000_000u64, 1..40)
    ) {
        let drained = || {
            let mut bucket = TokenBucket::new(tokens(rate), tokens(burst));
            (bucket.take(tokens(burst), SimTime::ZERO), bucket)
        };
        let ((_, mut often), (_, mut once)) = (drained(), drained());
        let mut now = SimTime::ZERO;
        for look in looks {
            now += Span(look);
            prop_assert_eq!(often.take(0.0, now), Ok(()));
        }
        prop_assert_eq!(once.take(0.0, now), Ok(()));
        prop_assert_eq!(often, once);
    }

    /// A secondary that spends in advance what the bucket's holder granted it adds nothing to the budget.
    #[test]
    fn shares_spend_no_more_than_the_bucket_gave(
        rate in 0..90_000_000u64, demands in demands()
    ) {
        let burst = 20_000_000u64;
        let mut bucket = TokenBucket::new(tokens(rate), tokens(burst));
        let mut share = Share::new(2.0, 8.0);
        let (mut now, mut spent) = (0u64, 0u128);
        for (gap, amount) in demands {
            now += gap;
            let ask = share.shortfall();
            if share.wants_refill() && bucket.take(ask, SimTime(now)).is_ok() {
                share.refill(ask);
                prop_assert!(!share.wants_refill());
            }
            if share.spend(tokens(amount)) {
                spent += u128::from(amount);
            }
        }
        let dripped = u128::from(rate) * u128::from(now);
        prop_assert!(spent * 1_000_000_000 <= dripped + u128::from(burst) * 1_000_000_000);
    }

    #[test]
    fn retries_stay_within_their_time_and_number(
        initial in 1..2_000u64, factor in 1.0..4.0f64, max in 1..5_000u64, total in 0..60_000u64, jitter in 0.0..=1.0f64,
        tries in prop::collection::vec((0..3_000u64, 0.0..1.0f64, 0..4_000u64), 0..40), limit in 0..12u32,
    ) {
        let backoff =
            Backoff { initial: Span(initial), factor, max: Span(max), total: Span(total), jitter };
        let start = SimTime(77);
        let mut retry = Retry::new(backoff, start).max_tries(limit);
        let mut now = start;
        for (lasts, draw, least) in tries {
            now += Span(lasts);
            let longest = backoff.wait(retry.retries());
            let Some(wait) = retry.next_after(now, Span(least), draw) else { continue };
            prop_assert!(wait >= Span(least) && wait <= longest.max(Span(least)));
            prop_assert!(longest <= Span(max));
            now += wait;
            prop_assert!(now.since(start) <= Span(total));
        }
        prop_assert!(retry.retries() <= limit);
    }

    /// Against the rule spelt out over the whole list of outcomes.
    #[test]
    fn a_breaker_opens_after_a_row_of_failures_and_only_then(
        outcomes in prop::collection::vec((0..40u64, prop::bool::weighted(0.75)), 0..40), threshold in 1..5u32
    ) {
        let (reset, open_for) = (30u64, 50u64);
        let mut breaker = Breaker::new(threshold, Span(reset), Span(open_for));
        let (mut now, mut row, mut last, mut until) = (0u64, 0u32, 0u64, None);
        for (gap, fails) in outcomes {
            now += gap;
            prop_assert_eq!(breaker.allows(SimTime(now)), until.is_none_or(|u| now >= u));
            if !breaker.allows(SimTime(now)) {
                continue;
            }
            if !fails {
                breaker.success();
                (row, until) = (0, None);
                continue;
            }
            breaker.failure(SimTime(now));
            row = if row > 0 && now - last <= reset { row + 1 } else { 1 };
            last = now;
            if until.is_some() || row >= threshold {
                until = Some(now + open_for);
            }
        }
    }
}
