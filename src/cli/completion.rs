//! `canvass completion`: a completion script for a shell.

use clap_complete::Shell;

use super::Outcome;
use crate::error::Result;
use crate::term::Term;

/// print a completion script for your shell
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  canvass completion bash > ~/.local/share/bash-completion/completions/canvass\n  canvass completion zsh > ~/.zfunc/_canvass"
)]
pub struct Args {
    /// the shell
    #[arg(value_enum)]
    pub shell: Shell,
}

pub fn run(args: &Args, term: &Term) -> Result<Outcome> {
    term.print(&script(args.shell))?;
    Ok(Outcome::Complete)
}

/// The script as it is checked in under `completions/`.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "canvass", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
