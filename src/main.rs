//! The command `geodes`.

use std::process::ExitCode;

fn main() -> ExitCode {
    geodes::cli::main()
}
