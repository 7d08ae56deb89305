//! The observer of one world: measures, checkers and the story.

use crate::cli::standard::checks::Checks;
use crate::engine::contract::Observer;
use crate::engine::record::Record;
use crate::history::checkers::CheckSpec;
use crate::history::verdict::GuaranteeVerdict;
use crate::measure::findings::WindowFindings;
use crate::measure::setting::Setting;
use crate::measure::watch::Watch;
use crate::report::chronicle::{Chronicle, Names};
use std::any::Any;
use std::sync::Arc;

/// Everything that watches a world.
pub struct Seen {
    watch: Watch<Checks>,
    chronicle: Chronicle,
}

impl Seen {
    /// Nothing seen yet.
    pub fn boxed(setting: &Arc<Setting>, names: &Arc<Names>, spec: CheckSpec) -> Box<dyn Observer> {
        Box::new(Seen {
            watch: Watch::over(Arc::clone(setting), Checks::new(spec)),
            chronicle: Chronicle::new(Arc::clone(names)),
        })
    }

    /// What the window came to, the verdicts on its history, and its story.
    ///
    /// # Panics
    /// If the observer is not one that [`Seen::boxed`] made: a window gives back the observer it was given.
    pub fn finish(observer: Box<dyn Observer>) -> (WindowFindings, Vec<GuaranteeVerdict>, Chronicle) {
        let observer: Box<dyn Any> = observer;
        match observer.downcast::<Seen>() {
            Ok(seen) => {
                let (findings, checks) = seen.watch.finish();
                (findings, checks.finish(), seen.chronicle)
            }
            Err(_) => unreachable!("a window gives back the observer it was given"),
        }
    }
}

impl Observer for Seen {
    fn on_records(&mut self, records: &[Record]) {
        for record in records {
            self.chronicle.on_record(record);
            self.watch.on_record(record);
        }
    }

    /// # Panics
    /// If `other` is of another kind: the worlds of one window have one kind of observer.
    fn merge(&mut self, other: Box<dyn Observer>) {
        let other: Box<dyn Any> = other;
        match other.downcast::<Seen>() {
            Ok(other) => {
                self.chronicle.merge(other.chronicle);
                self.watch.merge(Box::new(other.watch));
            }
            Err(_) => unreachable!("the worlds of one window have one kind of observer"),
        }
    }
}
