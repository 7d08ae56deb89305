//! What a run came to, as one document, and one exporter per format.
//!
//! [`document::Document`] is the JSON that `--format json` prints; every exporter here works on it alone, so that any
//! view can be made again from stored results.

pub mod across;
pub mod assemble;
pub mod chronicle;
pub mod comparison;
pub mod csv;
pub mod document;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod number;
pub mod skeleton;
pub mod solution;
pub mod story;
pub mod svg;
pub mod table;
pub mod text;
pub mod timeline;
pub mod windows;
pub mod write;
