//! The program that shows what is taller than the screen.

use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt as _;

/// What is started when nobody says otherwise: leaves what fits, keeps colours, and the screen as it is.
const USUAL: &str = "less";
const USUAL_OPTIONS: &str = "FRX";

/// The command line that was chosen: the setting's, `$PAGER`'s, or the usual one; `None` where nothing
/// is to be paged.
pub fn chosen(setting: Option<&str>) -> Option<String> {
    let of_environment = || std::env::var("PAGER").ok();
    let command = setting.map(str::to_owned).or_else(of_environment).unwrap_or_else(|| USUAL.to_owned());
    let command = command.trim();
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    (!dumb && !matches!(command, "" | "none" | "cat")).then(|| command.to_owned())
}

/// Whether a pager has the terminal: what is pressed then is pressed in it.
static PAGING: AtomicBool = AtomicBool::new(false);

pub fn is_paging() -> bool {
    PAGING.load(Ordering::SeqCst)
}

/// A pager that was started; what is written to it appears when it likes.
pub struct Pager {
    child: Child,
    /// `None` once the operator has left it.
    input: Option<ChildStdin>,
}

impl Pager {
    /// Through the shell: `$PAGER` is a command line.
    pub fn start(command: &str) -> io::Result<Self> {
        leave_interrupts_to_the_pager();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            shell.env("LESS", USUAL_OPTIONS);
        }
        let mut child = shell.spawn()?;
        PAGING.store(true, Ordering::SeqCst);
        let input = child.stdin.take();
        Ok(Self { child, input })
    }

    /// `false` once the operator has seen enough.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let Some(input) = &mut self.input else { return Ok(false) };
        match input.write_all(bytes) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.input = None;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Waits until the operator leaves it. `false` if it never started.
    pub fn end(&mut self) -> io::Result<bool> {
        self.input = None;
        let status = self.child.wait();
        PAGING.store(false, Ordering::SeqCst);
        let status = status?;
        // The shell's own words: 126 for what cannot be run, 127 for what is not there.
        Ok(!matches!(status.code(), Some(126 | 127)))
    }
}

/// A pager left alone would fight with the shell over the terminal.
impl Drop for Pager {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// From here on Ctrl-C does not end us: in a pager it ends a search. Once caught, it stays caught.
fn leave_interrupts_to_the_pager() {
    let catch = || {
        let _ = tokio::signal::ctrl_c().now_or_never();
    };
    if tokio::runtime::Handle::try_current().is_ok() {
        catch();
    } else if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
        let _entered = runtime.enter();
        catch();
    }
}
