//! Whose meter runs: calls are made, and wait, many layers below the unit that pays for them.

use std::sync::Arc;

use crate::model::Meter;

tokio::task_local! {
    static METER: Arc<Meter>;
}

/// Runs `work` with its attempts, and its waits for permits, quotas and other units' requests, counted on
/// `meter`. Tasks it spawns are not part of it.
pub async fn metered<F: Future>(meter: Arc<Meter>, work: F) -> F::Output {
    METER.scope(meter, work).await
}

/// One attempt of `service:Operation` sets out: counted now, so that one given up on the way has been counted.
pub fn count_attempt(operation: &str) {
    // Nobody's: a role, a list of regions.
    let _ = METER.try_with(|meter| meter.attempted(operation));
}

/// Counts the time `work` takes as waiting.
pub async fn waiting<F: Future>(work: F) -> F::Output {
    let meter = METER.try_with(Arc::clone).ok();
    let _wait = meter.as_ref().map(|meter| meter.waiting.start());
    work.await
}
