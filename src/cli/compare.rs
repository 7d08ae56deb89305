//! `geodes compare`: two runs against each other, window by window; and gates for CI.

mod sides;

use crate::base::suggest;
use crate::cli::args::{CompareArgs, Format};
use crate::cli::baseline;
use crate::cli::deliver::print;
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::session::{Library, threads};
use crate::report::comparison::assemble::{Named, comparison, side};
use crate::report::comparison::{Comparison, csv, junit, markdown, table};
use crate::report::document::Document;
use crate::report::{json, junit as junit_report};
use crate::study::compare::gate::Gate;
use crate::study::compare::knows;

/// Compares two sides.
///
/// # Errors
/// [`Failure`], by kind.
pub fn compare(args: &CompareArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let gates = gates(&args.fail_on)?;
    let pool = threads(args.threads)?;
    let sides = sides::Sides::of(args, library, output)?;
    let (base, new) = sides.documents(args, &pool, output)?;
    let named = |label, document| Named { label, document };
    known(&gates, &base, &new)?;
    let found = comparison(named(&sides.base_label, &base), named(&sides.new_label, &new), &gates, args.all);
    print(&shown(&found, &new, args.format, output)?, output)?;
    if let Some(storm) = &new.storm {
        output.error(&format!("{}: {storm}", new.scenario));
    }
    keep(args, &new, output)?;
    Ok(status(&found, &base, &new, args))
}

/// Reads all gates; all mistakes are reported together.
fn gates(texts: &[String]) -> Result<Vec<Gate>, Failure> {
    let (mut gates, mut wrong) = (Vec::new(), Vec::new());
    for text in texts {
        match Gate::parse(text) {
            Ok(gate) => gates.push(gate),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if wrong.is_empty() { Ok(gates) } else { Err(Failure::Usage(wrong.join("\n"))) }
}

/// A gate on a region or a class of faults that neither side has would pass for ever.
fn known(gates: &[Gate], base: &Document, new: &Document) -> Result<(), Failure> {
    let (a, b) = (side(base), side(new));
    let unknown = |gate: &&Gate| !knows(&gate.aspect, &a, &b);
    let why = |gate: &Gate| {
        let columns = [&base.sample, &new.sample].into_iter().flatten().flat_map(|s| s.columns.iter());
        let hint = suggest::closest(&gate.aspect.column, columns.map(String::as_str));
        let hint = hint.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        format!("--fail-on `{}`: no window of either side has `{}`{hint}", gate.text, gate.aspect.column)
    };
    let wrong: Vec<String> = gates.iter().filter(unknown).map(why).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Usage(wrong.join("\n"))) }
}

fn shown(found: &Comparison, new: &Document, format: Format, output: &Output<'_>) -> Result<String, Failure> {
    let failed = |why: String| Failure::Internal(format!("cannot render the comparison: {why}"));
    match format {
        Format::Table => Ok(table::render(found, output.style)),
        Format::Json => {
            serde_json::to_value(found).map(|v| json::pretty(&v)).map_err(|e| failed(e.to_string()))
        }
        Format::Csv => csv::render(found).map_err(|e| failed(e.to_string())),
        Format::Junit => Ok(junit_report::render(&[junit::suite(found, new)])),
        Format::Markdown => Ok(markdown::render(found)),
    }
}

/// Stores the new results where they were asked for.
fn keep(args: &CompareArgs, new: &Document, output: &mut Output<'_>) -> Result<(), Failure> {
    let accepted = args.baseline.iter().filter(|_| args.accept);
    for name in args.shelf.save_baseline.iter().chain(accepted) {
        let dir = baseline::save(&args.shelf, name, new)?;
        output.say(&format!("baseline {name} in {}", dir.display()));
    }
    Ok(())
}

/// The worst of: a broken guarantee, an SLA row that is breached and was not in the base, a gate.
fn status(found: &Comparison, base: &Document, new: &Document, args: &CompareArgs) -> Status {
    if new.storm.is_some() {
        return Status::Internal;
    }
    let broken = |document: &Document| document.guarantees.iter().any(|g| g.verdict == "violated");
    if broken(new) || broken(base) {
        return Status::GuaranteeBroken;
    }
    let newly = found.sla.iter().any(|row| row.new == "breached" && row.base != "breached");
    let gate = |verdict: &str| !args.accept && found.gates.iter().any(|gate| gate.verdict == verdict);
    match () {
        () if new.gate && newly => Status::Breached,
        () if gate("regression") => Status::Regression,
        () if gate("inconclusive") && !args.allow_inconclusive => Status::Inconclusive,
        () => Status::Met,
    }
}
