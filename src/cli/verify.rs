//! `geodes verify`: prove on the user's machine that a scenario gives the same bytes again.

mod difference;

use crate::cli::args::VerifyArgs;
use crate::cli::clock::Deadline;
use crate::cli::exit::Status;
use crate::cli::files::scenarios;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::progress::Progress;
use crate::cli::session::{Library, Session, load_all, references, simulate, threads};
use crate::cli::studied::{fits, studied};
use crate::engine::contract::WindowSpec;
use crate::report::document::Document;
use crate::report::write;
use std::num::NonZeroU64;

/// The ways a scenario is run; all of them must agree.
const WAYS: [(&str, u64); 4] = [("1 thread", 1), ("1 thread, again", 1), ("2 threads", 2), ("4 threads", 4)];

/// Verifies every file.
///
/// # Errors
/// [`Failure`], by kind.
pub fn verify(args: &VerifyArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let sessions = load_all(&scenarios(&args.files)?, &args.overrides, library, output.talk)?;
    fits(&references(&sessions), args.seeds, &args.enough.given())?;
    let mut worst = Status::Met;
    for session in &sessions {
        worst = worst.max(one(session.as_ref(), args, output)?);
    }
    Ok(worst)
}

fn one(session: &dyn Session, args: &VerifyArgs, output: &mut Output<'_>) -> Outcome {
    output.data(&format!("{}\n", session.name()))?;
    let (mut status, mut differs) = (Status::Met, false);
    let mut first: Option<Document> = None;
    for (way, threads) in WAYS {
        let document = pass(session, args, WindowSpec::default(), threads, output)?;
        let verdict = match &first {
            None => "recorded".to_owned(),
            Some(first) => match differing(first, &document)? {
                None => "identical".to_owned(),
                Some(file) => {
                    differs = true;
                    format!("DIFFERS in {file}")
                }
            },
        };
        output.data(&format!("  {way:<22} digest {}  {verdict}\n", document.digest))?;
        if let Some(storm) = document.storm.as_ref().filter(|_| first.is_none()) {
            output.error(&format!("{}: {storm}", session.name()));
            status = status.max(Status::Internal);
        }
        first.get_or_insert(document);
    }
    if differs {
        status = status.max(Status::NotReproducible);
        if !session.has_hazards() {
            let found = difference::find(session, args.seeds)?;
            output.data(&format!("  {found}\n"))?;
        }
    }
    Ok(status.max(shuffled(session, args, output)?))
}

/// Once more with the order of simultaneous events shuffled: the digest may differ, the guarantees must hold.
fn shuffled(session: &dyn Session, args: &VerifyArgs, output: &mut Output<'_>) -> Outcome {
    let spec = WindowSpec { shuffle_ties: Some(1), ..WindowSpec::default() };
    let document = pass(session, args, spec, 4, output)?;
    let broken: Vec<&str> =
        document.guarantees.iter().filter(|g| g.verdict == "violated").map(|g| g.name.as_str()).collect();
    let verdict = match broken.is_empty() {
        true => "guarantees hold".to_owned(),
        false => format!("BROKEN: {}", broken.join(", ")),
    };
    output.data(&format!("  {:<22} digest {}  {verdict}\n", "ties shuffled", document.digest))?;
    Ok(if broken.is_empty() { Status::Met } else { Status::GuaranteeBroken })
}

fn pass(
    session: &dyn Session,
    args: &VerifyArgs,
    spec: WindowSpec,
    count: u64,
    output: &Output<'_>,
) -> Result<Document, Failure> {
    let pool = threads(NonZeroU64::new(count))?;
    if session.has_hazards() {
        let never = Deadline::after(None);
        return Ok(studied(session, &args.enough, spec.shuffle_ties, never, &pool, output));
    }
    let progress = Progress::new(output.progress, session.name(), args.seeds.get());
    Ok(simulate(session, args.seeds, spec, &pool, &progress))
}

/// The first result file in which two documents differ.
fn differing(a: &Document, b: &Document) -> Result<Option<&'static str>, Failure> {
    let files = |d| write::files(d).map_err(|error| Failure::Internal(error.to_string()));
    let (a, b) = (files(a)?, files(b)?);
    let differ = a.iter().zip(&b).find(|(a, b)| a != b).map(|(a, _)| a.0);
    Ok(differ.or((a.len() != b.len()).then_some(write::PICTURE)))
}
