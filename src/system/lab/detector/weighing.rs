//! How often a watcher would suspect a live member on a link that loses less than the network at hand.

use crate::base::time::Span;

/// Importance sampling of false suspicions by regeneration.
///
/// A watcher that has just heard its member has forgotten all that was before: stretches from one heartbeat that came to
/// the next, or to a suspicion, are independent of each other. So the mean time to a suspicion is the mean length of a
/// stretch over the probability that it ends in one (W. Smith, Renewal theory and its ramifications, 1958). Both are
/// estimated under a network that loses more: each heartbeat lost makes what was seen weigh `loss / drawn`, each that
/// came `(1 - loss) / (1 - drawn)`, which is the ratio of the two probabilities of the same stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighing {
    lost: f64,
    came: f64,
    stretches: u32,
    weight: f64,
    seen: u32,
    lengths: f64,
    suspicions: f64,
}

impl Weighing {
    /// For a link that loses `loss` of all heartbeats, over a network that loses `drawn` of them; one estimate from so
    /// many stretches.
    pub fn new(loss: f64, drawn: f64, stretches: u32) -> Self {
        Weighing {
            lost: loss / drawn,
            came: (1.0 - loss) / (1.0 - drawn),
            stretches,
            weight: 1.0,
            seen: 0,
            lengths: 0.0,
            suspicions: 0.0,
        }
    }

    /// A heartbeat was lost.
    pub fn lost(&mut self) {
        self.weight *= self.lost;
    }

    /// A heartbeat came, so long after the last one. The mean time to a suspicion, in seconds, when enough was seen.
    pub fn came(&mut self, after: Span) -> Option<f64> {
        self.weight *= self.came;
        self.end(after, 0.0)
    }

    /// The member is suspected, so long after its last heartbeat came. The same.
    pub fn suspected(&mut self, after: Span) -> Option<f64> {
        self.end(after, 1.0)
    }

    /// A stretch begins, whatever came before.
    pub fn begin(&mut self) {
        self.weight = 1.0;
    }

    fn end(&mut self, after: Span, suspicion: f64) -> Option<f64> {
        self.lengths += self.weight * after.seconds();
        self.suspicions += self.weight * suspicion;
        self.seen += 1;
        self.weight = 1.0;
        if self.seen < self.stretches || self.suspicions <= 0.0 {
            return None;
        }
        let estimate = self.lengths / self.suspicions;
        (self.seen, self.lengths, self.suspicions) = (0, 0.0, 0.0);
        Some(estimate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way in which a stretch can go, each as often as the network at hand makes it go.
    #[test]
    fn stretches_in_their_exact_proportions_give_the_exact_mean() {
        // Three misses; the network loses a half, so that 4, 2, 1 and 1 of 8 stretches go each way.
        let mut weighing = Weighing::new(0.01, 0.5, 8);
        let mut estimate = None;
        for (times, losses) in [(4, 0), (2, 1), (1, 2), (1, 3)] {
            for _ in 0..times {
                (0..losses).for_each(|_| weighing.lost());
                estimate = match losses {
                    3 => weighing.suspected(Span::secs(3)),
                    n => weighing.came(Span::secs(n + 1)),
                };
            }
        }
        let exact = 1_010_100.0;
        assert!((estimate.unwrap() / exact - 1.0).abs() < 1e-12, "{estimate:?}");
    }

    #[test]
    fn there_is_no_estimate_before_a_suspicion() {
        let mut weighing = Weighing::new(0.5, 0.5, 1);
        assert_eq!(weighing.came(Span::secs(1)), None);
        assert_eq!(weighing.suspected(Span::secs(3)), Some(4.0));
    }
}
