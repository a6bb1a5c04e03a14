//! Ctrl-C: the first press stops asking and shows what is there; a second one ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt as _;
use tokio::sync::Notify;

use crate::error::{Error, ErrorKind};

/// Whether the operator pressed Ctrl-C since this was made.
#[derive(Clone, Debug, Default)]
pub struct Interrupted {
    once: Arc<AtomicBool>,
    again: Arc<Notify>,
}

impl Interrupted {
    pub fn happened(&self) -> bool {
        self.once.load(Ordering::Relaxed)
    }

    /// Ends when Ctrl-C is pressed a second time: by then the operator wants only their prompt back.
    pub async fn pressed_again(&self) -> Error {
        self.again.notified().await;
        Error::new(ErrorKind::Interrupted, "interrupted")
    }
}

/// Calls `cancel` at the first Ctrl-C.
pub fn on_ctrl_c(cancel: impl FnOnce() + Send + 'static) -> Interrupted {
    let interrupted = Interrupted::default();
    let pressed = interrupted.clone();
    let mut first = Box::pin(tokio::signal::ctrl_c());
    // Caught from now on: a task may have to wait for its turn behind much work.
    let already = (&mut first).now_or_never();
    tokio::spawn(async move {
        let heard = match already {
            Some(heard) => heard,
            None => first.await,
        };
        if heard.is_ok() {
            pressed.once.store(true, Ordering::Relaxed);
            cancel();
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            pressed.again.notify_one();
        }
    });
    interrupted
}
