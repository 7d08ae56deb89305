//! What `compare` is given: scenarios that are run, results that were stored.

use crate::cli::args::{CompareArgs, Overrides};
use crate::cli::baseline;
use crate::cli::clock::Deadline;
use crate::cli::output::{Failure, Output};
use crate::cli::progress::Progress;
use crate::cli::session::{Library, Session, countable, simulate};
use crate::cli::studied::{fits, studied, studied_like, studied_together};
use crate::engine::contract::WindowSpec;
use crate::report::document::Document;
use crate::report::text::Style;
use std::num::NonZeroU64;
use std::path::Path;

/// Windows of each side when nothing else says how many.
const SEEDS: NonZeroU64 = NonZeroU64::new(20).expect("20 is not 0");

enum Side {
    Stored(Box<Document>),
    Scenario(Box<dyn Session>),
}

/// Both sides, loaded.
pub struct Sides {
    base: Side,
    new: Side,
    /// What the base is called in the comparison.
    pub base_label: String,
    /// What the new side is called.
    pub new_label: String,
}

impl Side {
    fn name(&self) -> &str {
        match self {
            Side::Stored(document) => &document.scenario,
            Side::Scenario(session) => session.name(),
        }
    }
}

/// How sides are read.
struct Reader<'a> {
    args: &'a CompareArgs,
    library: &'a dyn Library,
    style: Style,
}

impl Reader<'_> {
    /// What a path stands for, if it is a stored result.
    fn stored(&self, path: &Path) -> Result<Option<Document>, Failure> {
        baseline::summary(path).map(|_| baseline::stored(path)).transpose()
    }

    /// A side. One that is run beside stored results takes their seeds, so that windows can be paired.
    fn side(
        &self,
        path: &Path,
        set: &[String],
        stored: Option<Document>,
        beside: Option<u64>,
    ) -> Result<Side, String> {
        if let Some(document) = stored {
            return Ok(Side::Stored(Box::new(document)));
        }
        let overrides = Overrides { seed: self.args.overrides.seed.or(beside), set: set.to_vec() };
        self.library.load(path, &overrides, self.style).map(Side::Scenario)
    }

    /// Two paths.
    fn pair(&self, base: &Path, new: &Path) -> Result<(Side, Side), Failure> {
        let (stored_base, stored_new) = (self.stored(base)?, self.stored(new)?);
        let set = self.args.overrides.set.as_slice();
        if stored_new.is_some() && !set.is_empty() {
            return Err(Failure::Usage(
                "--set changes a scenario; the new side is a stored result".to_owned(),
            ));
        }
        let seed = |other: &Option<Document>| other.as_ref().map(|document| document.seed);
        let (beside_base, beside_new) = (seed(&stored_new), seed(&stored_base));
        match (self.side(base, &[], stored_base, beside_base), self.side(new, set, stored_new, beside_new)) {
            (Ok(base), Ok(new)) => Ok((base, new)),
            (base, new) => {
                let mut texts: Vec<String> = [base.err(), new.err()].into_iter().flatten().collect();
                texts.iter_mut().for_each(|text| text.truncate(text.trim_end().len()));
                texts.dedup();
                Err(Failure::Invalid(texts.join("\n\n")))
            }
        }
    }

    /// A baseline, and the new side.
    fn kept(&self, name: &str, new: &Path) -> Result<(Side, Side), Failure> {
        let set = self.args.overrides.set.as_slice();
        let stored = self.stored(new)?;
        if stored.is_some() && !set.is_empty() {
            return Err(Failure::Usage(
                "--set changes a scenario; the new side is a stored result".to_owned(),
            ));
        }
        let run = stored.is_none();
        let mut new_side = self.side(new, set, stored, None).map_err(Failure::Invalid)?;
        let document = baseline::read(&self.args.shelf, name, new_side.name())?;
        if run {
            // Only now is it known with which seeds to run it.
            new_side = self.side(new, set, None, Some(document.seed)).map_err(Failure::Invalid)?;
        }
        Ok((Side::Stored(Box::new(document)), new_side))
    }
}

impl Sides {
    /// Reads what is stored, and loads what is to be run; the mistakes of both scenarios are reported together.
    ///
    /// # Errors
    /// [`Failure::Usage`] for sides that make no comparison, [`Failure::Invalid`] with all diagnostics.
    pub fn of(args: &CompareArgs, library: &dyn Library, output: &Output<'_>) -> Result<Sides, Failure> {
        let reader = Reader { args, library, style: output.talk };
        let usage = |why: &str| Err(Failure::Usage(why.to_owned()));
        let set = args.overrides.set.join(", ");
        let (base, new) = match (args.sides.as_slice(), &args.baseline) {
            ([_, _], Some(_)) => return usage("--baseline is the base: name only the new side"),
            ([base, new], None) => reader.pair(base, new)?,
            ([new], Some(name)) => reader.kept(name, new)?,
            ([only], None) if !set.is_empty() => reader.pair(only, only)?,
            _ => {
                return usage("one side alone: name a second one, or --baseline NAME, or --set PATH=VALUE");
            }
        };
        let base_label = args.baseline.clone().unwrap_or_else(|| base.name().to_owned());
        let new_label = match set.is_empty() {
            true => new.name().to_owned(),
            false => format!("{} with {set}", new.name()),
        };
        Ok(Sides { base, new, base_label, new_label })
    }

    /// Runs what is to be run, and gives the results of both sides.
    ///
    /// # Errors
    /// [`Failure::Usage`] when there are more seeds than there can be.
    pub fn documents(
        &self,
        args: &CompareArgs,
        pool: &rayon::ThreadPool,
        output: &Output<'_>,
    ) -> Result<(Document, Document), Failure> {
        let stored = [&self.base, &self.new].into_iter().find_map(|side| match side {
            Side::Stored(document) => NonZeroU64::new(document.windows),
            Side::Scenario(_) => None,
        });
        if let Some(found) = self.studies(args, pool, output)? {
            return Ok(found);
        }
        let seeds = args.seeds.or(stored).unwrap_or(SEEDS);
        let run = |side: &Side| match side {
            Side::Stored(document) => Ok(document.as_ref().clone()),
            Side::Scenario(session) if session.has_hazards() => {
                fits(&[session.as_ref()], args.seeds.unwrap_or(NonZeroU64::MIN), &args.enough.given())?;
                let deadline = Deadline::after(None);
                Ok(studied(session.as_ref(), &args.enough, None, deadline, pool, output))
            }
            Side::Scenario(session) => {
                fits(&[session.as_ref()], seeds, &args.enough.given())?;
                countable(session.as_ref(), seeds)?;
                let progress = Progress::new(output.progress, session.name(), seeds.get());
                Ok(simulate(session.as_ref(), seeds, WindowSpec::default(), pool, &progress))
            }
        };
        Ok((run(&self.base)?, run(&self.new)?))
    }

    /// Studies what has hazards so that both sides have the same windows: two scenarios, or one beside a stored study.
    fn studies(
        &self,
        args: &CompareArgs,
        pool: &rayon::ThreadPool,
        output: &Output<'_>,
    ) -> Result<Option<(Document, Document)>, Failure> {
        let enough = &args.enough;
        let seeds = args.seeds.unwrap_or(NonZeroU64::MIN);
        let fitting = |session: &dyn Session| fits(&[session], seeds, &enough.given());
        let like =
            |session: &dyn Session, stored: &Document| studied_like(session, stored, enough, pool, output);
        Ok(match (&self.base, &self.new) {
            (Side::Scenario(a), Side::Scenario(b)) if a.has_hazards() && b.has_hazards() => {
                fitting(a.as_ref())?;
                fitting(b.as_ref())?;
                Some(studied_together([a.as_ref(), b.as_ref()], enough, pool, output))
            }
            (Side::Stored(a), Side::Scenario(b)) if a.study.is_some() && b.has_hazards() => {
                fitting(b.as_ref())?;
                Some((a.as_ref().clone(), like(b.as_ref(), a)))
            }
            (Side::Scenario(a), Side::Stored(b)) if a.has_hazards() && b.study.is_some() => {
                fitting(a.as_ref())?;
                Some((like(a.as_ref(), b), b.as_ref().clone()))
            }
            _ => None,
        })
    }
}
