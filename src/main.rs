//! Parse, run, render the error, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    canvass::cli::main()
}
