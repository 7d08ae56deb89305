//! The catalogues: what the built-in one says, that its laws reproduce the published figures, and what a broken one gets.

#[path = "catalog/broken.rs"]
mod broken;
#[path = "catalog/editions.rs"]
mod editions;
#[path = "catalog/figures.rs"]
mod figures;
#[path = "catalog/simulated.rs"]
mod simulated;

use geodes::scenario::catalog::Catalog;
use std::path::Path;

/// The built-in Azure catalogue.
fn azure() -> Catalog {
    Catalog::load("azure", Path::new(".")).expect("the built-in catalogue is well formed")
}
