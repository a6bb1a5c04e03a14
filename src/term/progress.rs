//! What is going on, on a terminal's stderr: after a moment, and gone when done.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Term;
use crate::model::Ledger;

/// Quick answers show no progress at all.
const QUIET: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(100);

/// Shown until dropped.
pub struct Progress {
    task: tokio::task::JoinHandle<()>,
    bar: ProgressBar,
}

impl Progress {
    /// How far an answer has come.
    pub fn follow(term: &Term, ledger: Arc<Ledger>) -> Option<Self> {
        Self::show(term, move || {
            let (planned, closed, totals) = ledger.progress();
            let failed = totals.asked.saturating_sub(totals.answered);
            let failures = if failed > 0 { format!(" · {failed} failed") } else { String::new() };
            format!("{closed}/{planned} units · {} calls · {} rows{failures}", totals.calls, totals.rows)
        })
    }

    /// What is waited for, where nothing can be counted.
    pub fn waiting(term: &Term, what: &'static str) -> Option<Self> {
        Self::show(term, move || what.to_owned())
    }

    fn show(term: &Term, message: impl Fn() -> String + Send + 'static) -> Option<Self> {
        if !term.stderr_is_terminal {
            return None;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        let shown = bar.clone();
        let task = tokio::spawn(async move {
            tokio::time::sleep(QUIET).await;
            shown.set_draw_target(ProgressDrawTarget::stderr());
            loop {
                shown.set_message(message());
                shown.tick();
                tokio::time::sleep(TICK).await;
            }
        });
        Some(Self { task, bar })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.task.abort();
        self.bar.finish_and_clear();
    }
}
