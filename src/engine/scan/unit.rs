//! Asking one unit: its deadline, its end, and what the ledger is told.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use tokio::sync::mpsc::Sender;

use crate::aws::within;
use crate::engine::scan::sink::{Stop, UnitSink};
use crate::engine::scan::state::{Ended, ScanState};
use crate::model::{Fault, FaultKind, UnitStatus};
use crate::sources::{UnitOutcome, UnitTask};

#[tracing::instrument(
    name = "unit",
    level = "debug",
    skip_all,
    fields(
        table = state.spec.table.name,
        account = task.account.id.as_str(),
        account_name = task.account.name,
        region = task.region.as_str(),
        status,
        calls,
        rows,
        bytes
    )
)]
pub async fn ask(state: Arc<ScanState>, task: UnitTask, into: Sender<Result<RecordBatch>>) {
    let started = Instant::now();
    let key = state.key(&task.account, &task.region);
    state.begun(&key, started);
    let mut sink = UnitSink::new(Arc::clone(&state), Arc::clone(&task.meter), into);
    let timeout = state.run.settings.fan_out.unit_timeout;
    let source = Arc::clone(&state.spec.source);

    let fetched = {
        let fetch = AssertUnwindSafe(source.fetch(&task, &mut sink)).catch_unwind();
        within(timeout, &task.meter.waiting, fetch).await
    };
    let mut outcome = match fetched {
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) => {
            failed(FaultKind::BadResponse, "a defect of canvass ended this unit: please report it")
        }
        None => failed(FaultKind::Timeout, &format!("no answer within {} s", timeout.as_secs_f64())),
    };
    tracing::Span::current()
        .record("calls", task.meter.calls())
        .record("rows", task.meter.rows())
        .record("bytes", task.meter.bytes());
    match sink.stop() {
        Some(Stop::Broken(fault)) => outcome.fault = Some(fault.clone()),
        // Cut short because nobody needs the rest: how that is called is known when the run ends.
        Some(Stop::NoMoreNeeded) if outcome.fault.is_none() => {
            return state.cut_short(&key, outcome.as_of, outcome.source);
        }
        _ => {}
    }
    let status = match (outcome.fault.take(), task.meter.rows()) {
        (None, _) if let Some(reason) = outcome.not_asked => UnitStatus::NotAsked { reason },
        (Some(fault), 0) => UnitStatus::Failed { fault },
        (Some(fault), _) => UnitStatus::Truncated { fault },
        (None, 0) => UnitStatus::Empty,
        (None, _) => UnitStatus::Answered,
    };
    tracing::Span::current().record("status", status.as_str());
    let UnitOutcome { as_of, source, because, .. } = outcome;
    state.close(&key, Ended { status, as_of, source, because });
}

fn failed(kind: FaultKind, message: &str) -> UnitOutcome {
    UnitOutcome { fault: Some(Fault::new(kind, message)), ..UnitOutcome::default() }
}
