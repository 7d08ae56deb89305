//! The allocator of the command: studies make and drop millions of small clusters.

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;
