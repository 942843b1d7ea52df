//! The `badgebench` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    badgebench::cli::bug::install();
    let words = std::env::args_os().collect();
    let run = || badgebench::cli::run(words);
    // The message of a panic has been printed by then.
    let status = std::panic::catch_unwind(run).unwrap_or(badgebench::report::status::BUG);
    ExitCode::from(status)
}
