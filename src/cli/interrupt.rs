//! Ctrl-C and SIGTERM: the first stops asking and shows what is there; a second one ends the program.
//!
//! They are waited for on a thread of their own, so that neither a busy computation nor a reader that
//! does not read keeps them from being heard.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::error::{Error, ErrorKind, Result};
use crate::term::{clear_progress, is_paging};

/// What the operator, or whoever runs us, sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    pub fn kind(self) -> ErrorKind {
        match self {
            Signal::Interrupt => ErrorKind::Interrupted,
            Signal::Terminate => ErrorKind::Terminated,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Signal::Interrupt => "interrupted",
            Signal::Terminate => "terminated",
        }
    }
}

type Stop = Box<dyn FnOnce() + Send>;

/// Whether a signal has come since this was made.
#[derive(Clone)]
pub struct Interruption {
    first: watch::Receiver<Option<Signal>>,
    /// What the first signal stops.
    stop: Arc<Mutex<Option<Stop>>>,
}

impl Interruption {
    /// From now on the first signal is told here, and the second ends the program.
    pub fn listen() -> Result<Self> {
        let (tell, first) = watch::channel(None);
        let (say_ready, ready) = std::sync::mpsc::channel();
        let stop: Arc<Mutex<Option<Stop>>> = Arc::default();
        let heard = Arc::clone(&stop);
        let cannot = |e: &std::io::Error| Error::failed("cannot listen to signals").because(e);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| cannot(&e))?;
        let listening = move || {
            runtime.block_on(async move {
                let mut signals = match Signals::new() {
                    Ok(signals) => signals,
                    Err(error) => return drop(say_ready.send(Err(error))),
                };
                let _ = say_ready.send(Ok(()));
                let signal = signals.next().await;
                tell.send_replace(Some(signal));
                let stop = heard.lock().take();
                if let Some(stop) = stop {
                    stop();
                }
                loop {
                    match signals.next().await {
                        // In a pager Ctrl-C ends a search.
                        Signal::Interrupt if is_paging() => {}
                        signal => end(signal),
                    }
                }
            });
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(listening).map_err(|e| cannot(&e))?;
        match ready.recv() {
            Ok(Err(error)) => Err(cannot(&error)),
            Ok(Ok(())) | Err(_) => Ok(Self { first, stop }),
        }
    }

    pub fn happened(&self) -> Option<Signal> {
        *self.first.borrow()
    }

    pub async fn signalled(&self) -> Signal {
        let mut first = self.first.clone();
        let told = first.wait_for(Option::is_some).await.ok().and_then(|signal| *signal);
        match told {
            Some(signal) => signal,
            // Nobody listens any more, so nothing will come.
            None => std::future::pending().await,
        }
    }

    /// What the first signal stops; at once, if it has come already.
    pub fn stops(&self, stop: impl FnOnce() + Send + 'static) {
        *self.stop.lock() = Some(Box::new(stop));
        if self.happened().is_some()
            && let Some(stop) = self.stop.lock().take()
        {
            stop();
        }
    }

    /// Work that leaves nothing to show when it is given up.
    pub async fn during<T>(&self, doing: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = work => done,
            signal = self.signalled() => {
                Err(Error::new(signal.kind(), format!("{} while {doing}", signal.word())))
            }
        }
    }
}

/// By then the operator wants only their prompt back, with nothing of ours on the screen.
#[expect(clippy::exit, reason = "the other threads may be waiting for a reader that does not read")]
fn end(signal: Signal) {
    clear_progress();
    std::process::exit(i32::from(signal.kind().exit_code()));
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
