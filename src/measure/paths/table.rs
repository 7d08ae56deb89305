//! The one table of measures: names, units, definitions, and where each value comes from.

mod data;
mod load;
mod service;

use crate::measure::findings::{CauseFilter, CauseFinding, Reading, WindowFindings};
use crate::measure::paths::{Ask, Measure};

/// All measures, in the order in which results list them.
pub fn table() -> impl Iterator<Item = &'static Measure> {
    service::TABLE.iter().chain(data::TABLE).chain(load::TABLE)
}

fn causes(w: &WindowFindings, ask: &Ask, read: impl Fn(&CauseFinding) -> Option<f64>) -> Option<Reading> {
    let every = CauseFilter::default();
    let filter = ask.filter.unwrap_or(&every);
    Some(Reading::PerFault(w.causes.iter().filter(|c| filter.has(c)).filter_map(read).collect()))
}
