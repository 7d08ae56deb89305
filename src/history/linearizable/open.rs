//! The open operations of one key.

use crate::history::cluster::Point;
use crate::model::operation::OpId;

#[derive(Clone, Copy, Debug)]
struct Opened {
    id: OpId,
    start: Point,
    crossed: bool,
}

/// Operations that were invoked and have not ended, by invocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Open(Vec<Opened>);

/// What is known of an operation that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    /// When it was invoked.
    pub start: Point,
    /// Whether a lineage cut came in between.
    pub crossed: bool,
}

impl Open {
    /// An operation begins.
    pub fn begin(&mut self, id: OpId, start: Point) {
        if self.0.last().is_none_or(|last| last.id != id) {
            self.0.push(Opened { id, start, crossed: false });
        }
    }

    /// An operation ends; `None` if it was never seen to begin.
    pub fn end(&mut self, id: OpId) -> Option<Closed> {
        let at = self.0.iter().position(|o| o.id == id)?;
        let Opened { start, crossed, .. } = self.0.remove(at);
        Some(Closed { start, crossed })
    }

    /// A lineage cut: everything open crosses it.
    pub fn cut(&mut self) {
        self.0.iter_mut().for_each(|o| o.crossed = true);
    }

    /// No operation that ends from now on began earlier than this.
    pub fn horizon(&self, now: Point) -> Point {
        self.0.first().map_or(now, |o| o.start.min(now))
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The starts of all open operations.
    pub fn starts(&self) -> impl Iterator<Item = Point> + '_ {
        self.0.iter().map(|o| o.start)
    }
}
