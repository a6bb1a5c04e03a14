//! What is going on, on a terminal's stderr: after a moment, and gone when done.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Term;
use crate::model::Ledger;

/// Quick answers show no progress at all.
const QUIET: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(100);

/// Follows a ledger until dropped.
pub struct Progress {
    task: tokio::task::JoinHandle<()>,
    bar: ProgressBar,
}

impl Progress {
    pub fn follow(term: &Term, ledger: Arc<Ledger>) -> Option<Self> {
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
                let (planned, closed, totals) = ledger.progress();
                let failed = totals.asked.saturating_sub(totals.answered);
                let failures = if failed > 0 { format!(" · {failed} failed") } else { String::new() };
                shown.set_message(format!(
                    "{closed}/{planned} units · {} calls · {} rows{failures}",
                    totals.calls, totals.rows
                ));
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
