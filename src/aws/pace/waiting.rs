//! Whose watch runs while a call waits: calls wait many layers below the unit that must not be blamed.

use std::sync::Arc;

use crate::model::Stopwatch;

tokio::task_local! {
    static WATCH: Arc<Stopwatch>;
}

/// Runs `work` with its waits for permits, quotas and other units' requests on `watch`. Tasks it spawns
/// are not part of it.
pub async fn timed<F: Future>(watch: Arc<Stopwatch>, work: F) -> F::Output {
    WATCH.scope(watch, work).await
}

/// Counts the time `work` takes as waiting.
pub async fn waiting<F: Future>(work: F) -> F::Output {
    let watch = WATCH.try_with(Arc::clone).ok();
    let _wait = watch.as_ref().map(|watch| watch.start());
    work.await
}
