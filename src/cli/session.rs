//! What the verbs need from the rest of the library, and how a scenario's windows become one document.

use crate::cli::args::{LARGEST_SEED, Overrides, Topic};
use crate::cli::output::Failure;
use crate::cli::progress::Progress;
use crate::engine::contract::{WindowResult, WindowSpec};
use crate::history::exchange::recorder::Recorder;
use crate::report::document::Document;
use crate::report::solution::{Solution, SolutionStep};
use crate::report::text::Style;
use crate::scenario::Texts;
use crate::study::options::Options;
use crate::study::sampler::{Control, Study};
use crate::study::shard::Shard;
use crate::study::shard::part::Part;
use crate::study::shard::whole::Whole;
use rayon::prelude::*;
use std::num::NonZeroU64;
use std::path::Path;

/// A name and one line about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// What a scenario writes.
    pub name: String,
    /// One line.
    pub summary: String,
}

/// Everything that can be looked up or loaded.
pub trait Library: Sync {
    /// Reads, checks and resolves a scenario.
    ///
    /// # Errors
    /// Every diagnostic, rendered.
    fn load(&self, file: &Path, overrides: &Overrides, style: Style) -> Result<Box<dyn Session>, String>;
    /// Resolves a scenario from the texts it was read from before.
    ///
    /// # Errors
    /// Every diagnostic, rendered.
    fn load_again(&self, texts: &Texts, style: Style) -> Result<Box<dyn Session>, String>;
    /// What scenarios can name.
    fn list(&self, topic: Topic) -> Vec<Listing>;
    /// What an error code, a measure or another term means; `None` when it is unknown.
    fn explain(&self, word: &str) -> Option<String>;
    /// The JSON Schema of scenario files.
    fn scenario_schema(&self) -> serde_json::Value;
}

/// How good must a hazard be for a row to be met?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask<'a> {
    /// What is looked for: `hazard.region.mtbf`.
    pub key: &'a str,
    /// The row's name, or the promise itself; the first row that is not met when not given.
    pub row: Option<&'a str>,
}

/// One resolved scenario.
pub trait Session: Sync {
    /// Its name, fit for a directory.
    fn name(&self) -> &str;
    /// Its seed, overrides applied.
    fn seed(&self) -> u64;
    /// The resolved plan as text, with the origin of each value.
    fn plan(&self) -> String;
    /// Runs one window: a pure function of its argument.
    fn window(&self, spec: WindowSpec) -> WindowResult;
    /// Runs one window for its history alone: the same operations as [`Session::window`] has.
    fn history(&self, spec: WindowSpec) -> Recorder {
        let _ = spec;
        Recorder::default()
    }
    /// Gathers windows in order of their seeds.
    fn collector(&self) -> Box<dyn Collector + '_>;
    /// Whether it has hazards, so that it is studied rather than run once.
    fn has_hazards(&self) -> bool {
        false
    }
    /// Studies its hazards. `ties` shuffles events at equal times.
    fn study(&self, options: Options, ties: Option<u64>, control: &Control<'_>) -> Document {
        let _ = (options, ties, control);
        Document::default()
    }
    /// Studies its hazards beside another study.
    fn study_beside(&self, options: Options, control: &Control<'_>, meet: Meet<'_>) -> Document {
        let _ = meet;
        self.study(options, None, control)
    }
    /// Answers how good a hazard must be for a row to be met; `step` hears of each study.
    ///
    /// # Errors
    /// What is wrong with the question.
    fn solve(
        &self,
        ask: &Ask<'_>,
        options: &Options,
        control: &Control<'_>,
        step: &mut dyn FnMut(&SolutionStep),
    ) -> Result<Solution, String> {
        let _ = (options, control, step);
        Err(format!("there is nothing to solve `{}` for", ask.key))
    }
    /// Runs one shard of a study of its hazards.
    fn shard(&self, options: Options, shard: Shard, control: &Control<'_>) -> Part {
        let _ = (options, shard, control);
        Part::default()
    }
    /// The study that all these shards are of.
    ///
    /// # Errors
    /// When they are not shards of this scenario.
    fn merged(&self, whole: Whole, control: &Control<'_>) -> Result<Document, String> {
        let _ = (whole, control);
        Err(format!("`{}` has no hazards, and so no shards", self.name()))
    }
}

/// What is done with a study that has stopped, before it is summed up: gives whether it ran more windows.
pub type Meet<'a> = &'a mut (dyn FnMut(&mut Study<'_>) -> bool + Send);

/// Turns windows into a document.
pub trait Collector {
    /// Takes the next window.
    fn add(&mut self, seed: u64, window: WindowResult);
    /// Judges what was gathered.
    fn finish(self: Box<Self>) -> Document;
}

/// Windows simulated at once before they are folded in. A constant: the order of folding never depends on threads.
const BATCH: u64 = 16;

/// Checks that every seed of a run can be given to `--seed` alone.
///
/// # Errors
/// [`Failure::Usage`] when `seed + seeds - 1` is beyond the largest seed.
pub fn countable(session: &dyn Session, seeds: NonZeroU64) -> Result<(), Failure> {
    match session.seed().checked_add(seeds.get() - 1) {
        Some(last) if last <= LARGEST_SEED => Ok(()),
        _ => Err(Failure::Usage(format!(
            "{}: {seeds} seeds from {} on go beyond {LARGEST_SEED}, the largest; `--seed N` begins lower",
            session.name(),
            session.seed()
        ))),
    }
}

/// Runs the windows `seed .. seed + seeds` of a scenario, in parallel, and folds them in order of seed.
pub fn simulate(
    session: &dyn Session,
    seeds: NonZeroU64,
    base: WindowSpec,
    threads: &rayon::ThreadPool,
    progress: &Progress,
) -> Document {
    let mut collector = session.collector();
    let (first, seeds) = (session.seed(), seeds.get());
    let mut done = 0;
    while done < seeds {
        let batch: Vec<u64> = (done..seeds.min(done + BATCH)).map(|i| first + i).collect();
        let windows: Vec<WindowResult> = threads.install(|| {
            batch
                .par_iter()
                .map(|seed| {
                    let window = session.window(WindowSpec { seed: *seed, ..base });
                    progress.step();
                    window
                })
                .collect()
        });
        done += batch.len() as u64;
        for (seed, window) in batch.into_iter().zip(windows) {
            collector.add(seed, window);
        }
    }
    collector.finish()
}

/// A pool of threads: all cores unless a number is given.
///
/// # Errors
/// [`Failure::Internal`] when the system grants no threads.
pub fn threads(count: Option<NonZeroU64>) -> Result<rayon::ThreadPool, Failure> {
    let count = count.map_or(0, |n| usize::try_from(n.get()).unwrap_or(usize::MAX));
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build()
        .map_err(|error| Failure::Internal(format!("cannot start threads: {error}")))
}

/// The scenarios, borrowed.
pub fn references(sessions: &[Box<dyn Session>]) -> Vec<&dyn Session> {
    sessions.iter().map(AsRef::as_ref).collect()
}

/// Loads every file, so that the mistakes in all of them are reported together.
///
/// # Errors
/// [`Failure::Invalid`] with all diagnostics.
pub fn load_all(
    files: &[std::path::PathBuf],
    overrides: &Overrides,
    library: &dyn Library,
    style: Style,
) -> Result<Vec<Box<dyn Session>>, Failure> {
    let mut sessions = Vec::new();
    let mut rejected = Vec::new();
    for file in files {
        match library.load(file, overrides, style) {
            Ok(session) => sessions.push(session),
            Err(text) => rejected.push(text.trim_end().to_owned()),
        }
    }
    if rejected.is_empty() { Ok(sessions) } else { Err(Failure::Invalid(rejected.join("\n\n"))) }
}
