//! Special functions on `libm`: the same bits on every machine, which platform mathematics does not promise.
//!
//! Accuracy is about 1e-12 relative or better over the ranges used here; the tests hold them to 1e-9 against an
//! independent implementation.

pub mod beta;
pub mod gamma;
pub mod normal;
mod solve;
pub mod stirling;
pub mod student;
