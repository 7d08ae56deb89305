//! Scopes as scenarios write them: `region:West US/zone:2`, `link:A<->B`, `@leader(0)/zone`.
//!
//! ```text
//! scope = "service" | place | "link:" end ("->" | "<->") end | role ["/domain" | "/zone" | "/region"]
//! place = "region:" name ["/zone:" n ["/domain:" n | "/node:" n]]
//! end   = ["region:"] name ["/zone:" n ["/node:" n]]
//! role  = "@write" | "@leader(" n ")"
//! ```
//! `*` in the place of a name or number stands for each. [`parse`] reads the text; [`Binder`] finds what it names.

mod bind;
mod parse;

pub use bind::{Binder, Bound};
pub use parse::{Inner, Part, PlaceText, RoleText, ScopeText, parse};

use crate::base::diagnostics::{Code, Diagnostics, Place};
use std::ops::Range;

/// Why a scope cannot be read or bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeError {
    /// The diagnostic's code.
    pub code: Code,
    /// Which bytes of the scope it is about.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl ScopeError {
    /// Adds it to `errors`; `place` is where the text `scope` is written.
    pub fn report(self, scope: &str, place: Place, errors: &mut Diagnostics) {
        errors.error(self.code, place.within(scope, self.range), self.message).hint(self.hint);
    }
}
