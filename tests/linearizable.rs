//! Linearizability checkers against brute force, against each other, and on histories written by hand.

#[path = "linearizable/brute.rs"]
mod brute;
#[path = "linearizable/histories.rs"]
mod histories;
#[path = "linearizable/objects.rs"]
mod objects;
#[path = "linearizable/once.rs"]
mod once;
#[path = "linearizable/online.rs"]
mod online;
#[path = "linearizable/registers.rs"]
mod registers;
