//! Histories that leave and enter: as Jepsen's EDN and as JSON, for other checkers and from other tests.
//!
//! Out: a [`Recorder`](recorder::Recorder) watches a window, [`write`](mod@write) turns what it saw into text. In: [`edn`] and
//! [`json`] read forms, [`read`] makes operations of them, [`judge`] decides whether they are linearizable. The layout
//! of both formats is told in `docs/histories.md`.

pub mod datum;
pub mod edn;
pub mod json;
pub mod judge;
pub mod op;
pub mod read;
pub mod recorder;
mod text;
pub mod write;

pub use text::Fault;
