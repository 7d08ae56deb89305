//! `geodes schema`: JSON Schema of scenarios, results, comparisons and solutions.

use crate::cli::args::{SchemaArgs, SchemaOf};
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::session::Library;
use crate::report::across::Across;
use crate::report::comparison::Comparison;
use crate::report::document::Document;
use crate::report::json::pretty;
use crate::report::solution::Solution;

/// Prints a schema.
///
/// # Errors
/// Only when standard output cannot be written.
pub fn schema(args: &SchemaArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let schema = match args.of {
        SchemaOf::Scenario => library.scenario_schema(),
        SchemaOf::Result => serde_json::to_value(schemars::schema_for!(Document))
            .map_err(|error| Failure::Internal(error.to_string()))?,
        SchemaOf::Rows => serde_json::to_value(schemars::schema_for!(Across))
            .map_err(|error| Failure::Internal(error.to_string()))?,
        SchemaOf::Solution => serde_json::to_value(schemars::schema_for!(Solution))
            .map_err(|error| Failure::Internal(error.to_string()))?,
        SchemaOf::Comparison => serde_json::to_value(schemars::schema_for!(Comparison))
            .map_err(|error| Failure::Internal(error.to_string()))?,
    };
    output.data(&pretty(&schema))?;
    Ok(Status::Met)
}
