//! The modelled systems, and the registry that scenarios find them in.

pub mod registry;
