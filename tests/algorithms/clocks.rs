//! Leases and failure detectors on clocks that drift.

use crate::config;
use geodes::algorithm::detector::{Heartbeats, PhiAccrual};
use geodes::algorithm::lease::{Grantor, Holder};
use geodes::base::time::{SimTime, Span};
use proptest::prelude::*;

/// A clock that shows whole nanoseconds: an offset, and a rate in parts per million off true time.
#[derive(Clone, Copy, Debug)]
struct Clock {
    offset: u64,
    ppm: i64,
}

impl Clock {
    /// What it shows at true time `t`.
    fn at(self, t: u64) -> SimTime {
        let rate = u128::try_from(1_000_000 + self.ppm).expect("rates are positive");
        SimTime(self.offset + u64::try_from(u128::from(t) * rate / 1_000_000).expect("windows are short"))
    }

    /// The first true time at which it shows `shown` or later.
    fn when(self, shown: SimTime) -> u64 {
        let rate = u128::try_from(1_000_000 + self.ppm).expect("rates are positive");
        let elapsed = u128::from(shown.0.saturating_sub(self.offset));
        u64::try_from((elapsed * 1_000_000).div_ceil(rate)).expect("windows are short")
    }
}

/// One renewal: when it is asked for after the one before, the delays of request and grant, and its length.
type Renewal = (u64, u64, u64, u64);

/// The first true time at which the holder trusts a lease that the grantor believes over, after all `renewals`.
fn overlap(bound: u32, holder_clock: Clock, grantor_clock: Clock, renewals: &[Renewal]) -> Option<u64> {
    let (mut holder, mut grantor) = (Holder::new(), Grantor::new(bound));
    let mut asked = 0;
    // (true time, request time by the holder's clock, length): a grant at the grantor, then at the holder.
    let mut events = Vec::new();
    for (gap, there, back, length) in renewals {
        asked += gap;
        let stamp = holder_clock.at(asked);
        holder.requested(stamp);
        events.push((asked + there, true, stamp, Span(*length)));
        events.push((asked + there + back, false, stamp, Span(*length)));
    }
    events.sort();
    let ends: Vec<u64> = events.iter().map(|(t, ..)| *t).skip(1).chain([u64::MAX]).collect();
    for ((t, at_grantor, stamp, length), end) in events.into_iter().zip(ends) {
        if at_grantor {
            grantor.grant((), grantor_clock.at(t), length);
        } else {
            holder.granted(stamp, length);
        }
        // Until the next event the holder can only lose trust and the grantor only give it up: look when it does.
        let over = grantor.latest().map_or(t, |until| grantor_clock.when(until)).max(t);
        let trusted = holder.valid(holder_clock.at(over)) && grantor.all_expired(grantor_clock.at(over));
        if over < end && trusted {
            return Some(over);
        }
    }
    None
}

#[test]
fn drift_beyond_the_bound_lets_the_holder_outlive_the_grantor() {
    let holder = Clock { offset: 0, ppm: -200 };
    let grantor = Clock { offset: 0, ppm: 200 };
    let renewal = [(0, 0, 0, Span::secs(1000).0)];
    assert_eq!(overlap(200, holder, grantor, &renewal), None);
    assert!(overlap(100, holder, grantor, &renewal).is_some());
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn no_lease_is_trusted_after_the_grantor_believes_it_over(
        bound in 0..300_000u32, holder_share in -1.0..=1.0f64, grantor_share in -1.0..=1.0f64,
        offsets in (0..1u64 << 40, 0..1u64 << 40),
        renewals in prop::collection::vec((0..5_000u64, 0..3_000u64, 0..3_000u64, 1..20_000u64), 1..8),
        scale in prop_oneof![Just(1u64), Just(1_000), Just(1_000_000)],
    ) {
        // Half the cases run at the very bound.
        let ppm = |share: f64| (f64::from(bound) * (share * 2.0).clamp(-1.0, 1.0)) as i64;
        let holder = Clock { offset: offsets.0, ppm: ppm(holder_share) };
        let grantor = Clock { offset: offsets.1, ppm: ppm(grantor_share) };
        let scaled: Vec<Renewal> =
            renewals.iter().map(|(a, b, c, d)| (a * scale, b * scale, c * scale, d * scale)).collect();
        prop_assert_eq!(overlap(bound, holder, grantor, &scaled), None);
    }

    #[test]
    fn a_member_is_suspected_exactly_when_its_last_sign_of_life_is_a_time_out_old(
        signs in prop::collection::vec((0..4u32, 0..100u64), 0..30), timeout in 1..50u64, now in 0..150u64
    ) {
        let mut detector = Heartbeats::new(Span(timeout));
        (0..3).for_each(|who| detector.watch(who, SimTime::ZERO));
        for (who, at) in &signs {
            detector.heard(*who, SimTime(*at));
        }
        let last = |who: u32| signs.iter().filter(|(w, _)| *w == who).map(|(_, at)| *at).max().unwrap_or(0);
        let expected: Vec<u32> = (0..3).filter(|who| now >= last(*who) + timeout).collect();
        prop_assert_eq!(detector.suspects(SimTime(now)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_accrual_detector_suspects_from_its_deadline_on_and_its_suspicion_never_falls(
        intervals in prop::collection::vec(1_000_000..3_000_000_000u64, 0..40),
        threshold in 0.5..16.0f64, window in 2..20usize,
    ) {
        let mut detector = PhiAccrual::new(threshold, window, Span::secs(1), Span::millis(50));
        let mut now = SimTime::ZERO;
        detector.heard(now);
        for interval in intervals {
            now += Span(interval);
            detector.heard(now);
        }
        let deadline = detector.deadline().expect("it was heard");
        prop_assert!(detector.suspects(deadline) && !detector.suspects(SimTime(deadline.0 - 1)));
        prop_assert!((detector.phi(deadline) - threshold).abs() < 1e-4);
        let mut before = 0.0;
        for step in 0..60u64 {
            let phi = detector.phi(now + Span::millis(100) * step);
            prop_assert!(phi >= before);
            before = phi;
        }
    }
}
