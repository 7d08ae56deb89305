//! The checkers of sessions, prefix, bounds, convergence, durability and loss reports.

mod checkers_session {
    mod cases;
    mod flat;
    pub mod history;
    mod losses;
    mod model;
    mod oracle;
}
