//! The commands: one file each, `Args` and a thin `run`; this file lists and dispatches.

pub mod config;
pub mod trust;

use std::process::ExitCode;

pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
