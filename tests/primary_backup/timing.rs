//! How long takeovers take.
