//! A cluster while it grows.

use super::unit::{Unit, Up};
use crate::base::digest::mix;
use crate::base::dist::Law;
use crate::base::rng::Stream;
use crate::base::time::Span;
use crate::model::hazard::Process;
use crate::study::cluster::Occurrence;
use crate::study::skeleton::renewal::nanos;
use crate::study::skeleton::{LONGEST_CLUSTER, MOST_OCCURRENCES, Shared, SkeletonError};

/// No decision is biased beyond this probability.
const MOST: f64 = 0.8;
/// A biased repair is the longest of at most this many draws.
const LONGEST_OF: usize = 5;
/// The probability with which a hazard that comes with another is drawn while the depth is not reached.
const RIDER: f64 = 0.5;

/// One process: how long it has been up, and up to when it is decided whether it fails.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Life {
    up: Up,
    decided: f64,
}

/// What has been drawn so far. Times are seconds from the first onset.
pub(super) struct Growth<'a> {
    shared: &'a Shared,
    units: &'a [Unit],
    lives: Vec<Life>,
    /// The last probability of a failure: of this hazard, after such a life, up to then. Most units are alike.
    last: Option<((usize, Life, f64), f64)>,
    occurrences: Vec<Occurrence>,
    /// The end of the last repair, and a margin: what begins before joins.
    extent: f64,
    /// From this the numbers of its strikes are made.
    number: u64,
    plain: bool,
    /// The probability of all decisions under the biased law over that under the plain one.
    pub ratio: f64,
}

impl<'a> Growth<'a> {
    /// Nothing yet; `plain` draws follow the plain law and note what the biased one thinks of them.
    pub(super) fn new(shared: &'a Shared, units: &'a [Unit], number: u64, plain: bool) -> Growth<'a> {
        let lives = vec![Life { up: Up::Before, decided: 0.0 }; units.len()];
        let occurrences = Vec::new();
        Growth { shared, units, lives, last: None, occurrences, extent: 0.0, number, plain, ratio: 1.0 }
    }

    /// Begins with a failure of unit `first`, and goes on until nothing more fails within the extent.
    pub(super) fn grow(
        &mut self,
        first: usize,
        depth: usize,
        stream: &mut Stream,
    ) -> Result<(), SkeletonError> {
        self.fail(first, 0.0, depth, stream);
        loop {
            let (extent, missing) = (self.extent, self.missing(depth));
            let mut open = false;
            for i in 0..self.units.len() {
                if self.lives[i].decided < extent {
                    open = true;
                    self.decide(i, extent, missing, depth, stream);
                }
            }
            if !open {
                return Ok(());
            }
            self.bounded()?;
        }
    }

    /// How many failures are still wanted.
    fn missing(&self, depth: usize) -> usize {
        (depth + 1).saturating_sub(self.occurrences.len())
    }

    /// Whether unit `i`, which is up, fails up to `extent`.
    fn decide(&mut self, i: usize, extent: f64, missing: usize, depth: usize, stream: &mut Stream) {
        let (unit, life) = (&self.units[i], self.lives[i]);
        let asked = (unit.hazard, life, extent);
        let p = match self.last {
            Some((before, p)) if before == asked => p,
            _ => unit.chance(life.up, life.decided, extent),
        };
        self.last = Some((asked, p));
        // On average as many failures as are missing.
        let wanted = unit.share * missing as f64;
        if self.chance(p, wanted, stream) {
            let at = unit.when(life.up, life.decided, extent, stream.uniform());
            self.fail(i, at, depth, stream);
        } else {
            self.lives[i].decided = extent;
        }
    }

    /// One decision of true probability `p`, biased towards `wanted`.
    fn chance(&mut self, p: f64, wanted: f64, stream: &mut Stream) -> bool {
        let q = p.max(wanted.min(MOST));
        if p <= 0.0 || p >= 1.0 || q == p {
            return stream.chance(p);
        }
        let hit = stream.chance(if self.plain { p } else { q });
        self.ratio *= if hit { q / p } else { (1.0 - q) / (1.0 - p) };
        hit
    }

    /// Unit `i` fails at `at`, with all that comes with it.
    fn fail(&mut self, i: usize, at: f64, depth: usize, stream: &mut Stream) {
        let unit = &self.units[i];
        let lasts = self.repair(&unit.repair, self.missing(depth), stream);
        self.lives[i] = Life { up: Up::Since(at + lasts.seconds()), decided: at + lasts.seconds() };
        let (hazard, scope) = (unit.hazard, unit.scope);
        self.add(hazard, scope, at, lasts);
        let shared = self.shared;
        for rider in &shared.riders[hazard] {
            let Process::With { probability, lasts, .. } = &shared.hazards[*rider].process else { continue };
            for scope in 0..shared.hazards[*rider].scopes.len() {
                let wanted = if self.missing(depth) > 0 { RIDER } else { 0.0 };
                if self.chance(*probability, wanted, stream) {
                    self.add(*rider, scope, at, lasts.span(stream));
                }
            }
        }
    }

    /// A repair. While failures are missing, half of the biased ones are the longest of several draws: what overlaps most
    /// often overlaps a long repair. The density of the longest of `m` draws at `x` is that of one times the sum of
    /// `F(x)^i F(x-)^(m-1-i)`, for laws with atoms too.
    fn repair(&mut self, law: &Law, missing: usize, stream: &mut Stream) -> Span {
        let draws = (1 + missing).min(LONGEST_OF);
        if draws == 1 {
            return Span::from_secs_f64(law.sample(stream));
        }
        let longest = stream.uniform() < 0.5 && !self.plain;
        // As many numbers are taken either way: what follows does not depend on which it is.
        let uniforms: [f64; LONGEST_OF] =
            std::array::from_fn(|i| if i < draws { stream.uniform() } else { 0.0 });
        let drawn = law.largest(if longest { &uniforms[..draws] } else { &uniforms[..1] });
        // An atom is found again in spite of the rounding of shifted laws.
        let (high, low) = (law.cdf(drawn + drawn.abs() * 1e-12), law.cdf(drawn - drawn.abs() * 1e-12));
        let power = |x: f64, n: usize| match n {
            0 => 1.0,
            1 => x,
            2 => x * x,
            _ => libm::pow(x, n as f64),
        };
        let ratio: f64 = (0..draws).map(|i| power(high, i) * power(low, draws - 1 - i)).sum();
        self.ratio *= 0.5 + 0.5 * ratio;
        Span::from_secs_f64(drawn)
    }

    fn add(&mut self, hazard: usize, scope: usize, at: f64, lasts: Span) {
        let renewal = mix(self.number.rotate_left(32) ^ self.occurrences.len() as u64);
        let anatomy = &self.shared.anatomy[hazard][scope];
        self.occurrences.push(anatomy.occurrence(self.shared, hazard, scope, renewal, nanos(at), lasts));
        self.extent = self.extent.max(at + lasts.seconds() + self.shared.margin.seconds());
    }

    fn bounded(&self) -> Result<(), SkeletonError> {
        let endless = self.occurrences.len() > MOST_OCCURRENCES || self.extent > LONGEST_CLUSTER.seconds();
        if endless {
            return Err(SkeletonError::endless(self.shared, &self.occurrences, nanos(self.extent)));
        }
        Ok(())
    }

    /// All strikes, by onset.
    pub(super) fn finish(self) -> Vec<Occurrence> {
        let mut all = self.occurrences;
        all.sort_by_key(|occurrence| (occurrence.at, occurrence.hazard, occurrence.scope));
        all
    }
}
