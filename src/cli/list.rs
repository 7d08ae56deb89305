//! `geodes list`: what scenarios can name.

use crate::cli::args::ListArgs;
use crate::cli::exit::Status;
use crate::cli::output::{Outcome, Output};
use crate::cli::session::Library;
use crate::report::text::{Columns, Style};

/// Prints names with a line about each.
///
/// # Errors
/// Only when standard output cannot be written.
pub fn list(args: &ListArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    // One name a line, whatever the width: that is what scripts read.
    let style = Style { width: usize::MAX, ..output.style };
    let mut table = Columns::new(&[false, false]);
    for listing in library.list(args.topic) {
        table.row([listing.name, listing.summary]);
    }
    output.data(&table.render(style, 0))?;
    Ok(Status::Met)
}
