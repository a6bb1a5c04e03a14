//! Questions only a person can answer; asked on a terminal, never the only way.

use std::io::{self, BufRead, IsTerminal, Write};

use super::progress::hide_progress;
use crate::aws::Prompt;
use crate::error::{Error, Result};

/// Asks on stderr, reads from stdin.
#[derive(Clone, Copy, Debug, Default)]
pub struct TerminalPrompt;

impl Prompt for TerminalPrompt {
    fn mfa_code(&self, serial: &str) -> Result<String> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Error::failed(format!(
                "an MFA code for {serial} is needed, and there is no terminal to ask on"
            ))
            .hint("run canvass in a terminal once, or use a profile that needs no MFA"));
        }
        let failed = |e: io::Error| Error::failed("cannot ask for the MFA code").because(&e);
        let _hidden = hide_progress();
        write!(io::stderr(), "MFA code for {serial}: ").map_err(failed)?;
        io::stderr().flush().map_err(failed)?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(failed)?;
        let code = line.trim();
        if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
            Ok(code.to_owned())
        } else {
            Err(Error::failed("an MFA code has six digits"))
        }
    }
}
