//! From text to a plan, or to every diagnostic with its place.

pub mod catalog;
